"""``verify`` and signatures: one changed byte voids an approval, and it is said which file."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result
from datapolisher import source
from datapolisher.cli import main
from datapolisher.yaml_text import Text

Run = Callable[..., Result]
MANIFEST = ".manifest.yaml"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datapolisher.commands.available", lambda _: False)
    return lambda *args: CliRunner().invoke(main, args)


@pytest.fixture
def approved(run: Run, make: Any, shop: Path, write_report: Any) -> Path:
    write_report(make.report("shop", dataset_digest=source.dataset_digest(shop)))
    assert run("polish", "--path", "approve", "--approved-by", "Ann", "--notes", "fine").exit_code == 0
    return shop


@pytest.fixture
def key(tmp_path: Path) -> Path:
    if shutil.which("ssh-keygen") is None:
        pytest.skip("OpenSSH is not installed")
    path = tmp_path / "key"
    subprocess.run(
        ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "ann@example.com", "-f", str(path)], check=True
    )
    return path


def _signers(key: Path, *names: str) -> Path:
    path = key.with_name("signers")
    path.write_text("".join(f"{name} {key.with_suffix('.pub').read_text()}" for name in names))
    return path


def test_what_was_approved_holds(run: Run, approved: Path) -> None:
    result = run("verify", "shop")
    assert (result.exit_code, result.stderr) == (0, "")
    assert "as approved: 2 files, approved by Ann" in result.stdout


CHANGES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "one byte": (
        lambda root: (root / "order.parquet").write_bytes((root / "order.parquet").read_bytes()[:-1] + b"x"),
        "order.parquet: is not what was approved",
    ),
    "a file is gone": (lambda root: (root / "user.parquet").unlink(), "user.parquet: is gone"),
    "a new table": (
        lambda root: shutil.copy(root / "user.parquet", root / "more.parquet"),
        "more.parquet: was not there when the dataset was approved",
    ),
    "a file beside": (lambda root: (root / "notes.txt").write_text("x"), "a file beside the tables was added"),
    "not approved": (
        lambda root: _replace(root / MANIFEST, "approved: true", "approved: false"),
        "the manifest does not approve the dataset",
    ),
    "a path that leads out": (
        lambda root: _replace(root / MANIFEST, "path: order.parquet", "path: ../crunch_report.json"),
        "../crunch_report.json: leads out of the dataset",
    ),
}


def _replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize("case", CHANGES)
def test_a_change_is_named_with_its_file(case: str, run: Run, approved: Path) -> None:
    change, said = CHANGES[case]
    change(approved)
    result = run("verify", "shop")
    assert (result.exit_code, said in result.stderr) == (1, True), result.stderr


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: [", ".manifest.yaml:1:5: not YAML"),
        ("- a", "not a manifest"),
        ("contract: manifest/2.0\nfiles: []\napproval: {}", "a manifest/1.x document is needed"),
        ("contract: manifest/1.0\nfiles: [{path: a}]\napproval: {}", "files: a list of"),
        ("contract: manifest/1.0\nfiles: []", "approval: is missing"),
    ],
)
def test_what_is_no_manifest_is_refused(text: str, said: str, run: Run, approved: Path) -> None:
    (approved / MANIFEST).write_text(text)
    result = run("verify", "shop")
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr


def test_nobody_approved(run: Run, shop: Path) -> None:
    result = run("verify", "shop")
    assert (result.exit_code, "nobody has approved this dataset" in result.stderr) == (2, True)


class TestSigned:
    @pytest.fixture
    def signed(self, run: Run, make: Any, shop: Path, write_report: Any, key: Path) -> Path:
        write_report(make.report("shop", dataset_digest=source.dataset_digest(shop)))
        args = ("--approved-by", "Ann", "--notes", "fine", "--sign", str(key))
        result = run("polish", "--path", "approve", *args)
        assert result.exit_code == 0, result.stderr
        return shop

    def test_it_is_verified(self, run: Run, signed: Path, key: Path) -> None:
        content = Text((signed / MANIFEST).read_text(), "m").tree
        contract = json.loads(files("datapolisher").joinpath("contracts/manifest/v1.json").read_text())
        jsonschema.validate(json.loads(json.dumps(content)), contract)
        alone = run("verify", "shop")
        assert (alone.exit_code, "signed with SHA256:" in alone.stdout) == (0, True), alone.stderr
        known = run("verify", "shop", "--signers", str(_signers(key, "ann@example.com")))
        assert (known.exit_code, "signed by ann@example.com" in known.stdout) == (0, True), known.stderr

    def test_a_changed_manifest_is_not_what_was_signed(self, run: Run, signed: Path) -> None:
        _replace(signed / MANIFEST, "approved_by: Ann", "approved_by: Eve")
        result = run("verify", "shop")
        assert (result.exit_code, "does not sign this manifest" in result.stderr) == (1, True), result.stderr

    def test_a_missing_signature(self, run: Run, signed: Path) -> None:
        (signed / f"{MANIFEST}.sig").unlink()
        result = run("verify", "shop")
        assert (result.exit_code, "the signature is missing" in result.stderr) == (1, True)

    def test_another_key(self, run: Run, signed: Path, key: Path) -> None:
        other = key.with_name("other")
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(other)], check=True)
        result = run("verify", "shop", "--signers", str(_signers(other, "eve@example.com")))
        assert (result.exit_code, "is not one of" in result.stderr) == (1, True)
        (signed / f"{MANIFEST}.sig").unlink()
        subprocess.run(
            ["ssh-keygen", "-q", "-Y", "sign", "-f", str(other), "-n", "datagen-manifest", str(signed / MANIFEST)],
            check=True,
        )
        forged = run("verify", "shop")
        assert (forged.exit_code, "and the approval says" in forged.stderr) == (1, True)

    def test_no_key_no_manifest(self, run: Run, make: Any, shop: Path, write_report: Any, tmp_path: Path) -> None:
        write_report(make.report("shop", dataset_digest=source.dataset_digest(shop)))
        (tmp_path / "nokey").write_text("x")
        for name, said in (("nowhere", "no such key"), ("nokey", "not an SSH key")):
            result = run("polish", "--path", "approve", "--sign", name)
            assert (result.exit_code, said in result.stderr) == (2, True), result.stderr
            assert not (shop / MANIFEST).exists()


class TestAccepted:
    def test_one_by_one_or_by_severity(self, run: Run, make: Any, shop: Path, write_report: Any) -> None:
        high = [make.finding("out_of_range", "order", c, severity="high") for c in ("amount", "status")]
        mild = make.finding("whitespace", "order", "status", severity="low")
        write_report(make.report("shop", *high, mild, dataset_digest=source.dataset_digest(shop)))
        by = ("--path", "approve", "--approved-by", "Ann", "--notes", "a test set")
        some = run("polish", *by, "--accept", high[0]["id"])
        assert (some.exit_code, high[1]["id"] in some.stderr) == (1, True)
        assert high[0]["id"] not in some.stderr
        assert run("polish", *by, "--accept", "high", "--accept", mild["id"]).exit_code == 0
        accepted = Text((shop / MANIFEST).read_text(), "m").tree["approval"]["accepted"]
        assert [entry["id"] for entry in accepted] == [finding["id"] for finding in (*high, mild)]
        assert {entry["reason"] for entry in accepted} == {"Ann: a test set"}

    def test_a_word_nearby_is_named(self, run: Run, make: Any, shop: Path, write_report: Any) -> None:
        write_report(make.report("shop", dataset_digest=source.dataset_digest(shop)))
        result = run("polish", "--path", "approve", "--approved-by", "A", "--notes", "x", "--accept", "hihg")
        assert (result.exit_code, 'did you mean "high"?' in result.stderr) == (2, True)
