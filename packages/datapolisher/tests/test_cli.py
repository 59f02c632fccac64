"""The commands: what they write and print, their exit codes, and what they refuse."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from click.testing import CliRunner, Result
from datapolisher import source
from datapolisher.cli import main
from datapolisher.vocabulary import words

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call a command in the directory that holds the dataset; no other command is installed."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("datapolisher.commands.available", lambda _: False)
    return lambda *args: CliRunner().invoke(main, args)


@pytest.fixture
def before(shop: Path) -> dict[str, str]:
    return {path.name: source.sha256(path) for path in shop.iterdir()}


def _unchanged(shop: Path, before: dict[str, str]) -> bool:
    return {path.name: source.sha256(path) for path in shop.iterdir()} == before


def _valid(path: Path) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    contract = files("datapolisher").joinpath("contracts/polish-report/v1.json").read_text(encoding="utf-8")
    jsonschema.validate(content, json.loads(contract))
    return content


class TestAuto:
    def test_without_anything_to_mend_a_faithful_copy_is_written(
        self, run: Run, make: Any, shop: Path, before: dict[str, str], write_report: Any, tmp_path: Path
    ) -> None:
        (shop / "notes.txt").write_text("mine")
        write_report(make.report("shop", make.finding("low_retention", "user", category="business_logic")))
        result = run("polish", "--auto")
        assert result.exit_code == 0, result.stderr
        polished = tmp_path / "shop_polished"
        assert {p.name for p in polished.iterdir()} == {*before, "notes.txt", ".polish.json"}
        assert all(source.sha256(polished / name) == digest for name, digest in before.items())
        report = _valid(tmp_path / "polish_report.json")
        assert report["actions"][0]["status"] == "skipped"
        assert "fact about the business" in report["actions"][0]["reason"]
        assert any("faithful copy" in note for note in report["notes"])
        assert not [path for path in tmp_path.iterdir() if path.name.endswith(".partial")]

    def test_a_second_run_replaces_its_own_result_only(
        self, run: Run, make: Any, shop: Path, write_report: Any, tmp_path: Path
    ) -> None:
        write_report(make.report("shop"))
        assert run("polish", "--auto").exit_code == 0
        assert run("polish", "--auto").exit_code == 0
        (tmp_path / "shop_polished" / "mine.csv").write_text("a")
        result = run("polish", "--auto")
        assert result.exit_code == 2
        assert "holds files that polishing did not write (mine.csv)" in result.stderr
        assert (tmp_path / "shop_polished" / "mine.csv").read_text() == "a"

    @pytest.mark.parametrize("target", ["shop", "shop/inside", "."])
    def test_the_input_is_never_the_output(
        self, target: str, run: Run, make: Any, shop: Path, before: dict[str, str], write_report: Any
    ) -> None:
        write_report(make.report("shop"))
        result = run("polish", "--auto", "-o", target)
        assert (result.exit_code, "the output may not be the input" in result.stderr) == (2, True)
        assert _unchanged(shop, before)

    def test_every_finding_is_accounted_for(
        self, run: Run, make: Any, shop: Path, write_report: Any, tmp_path: Path
    ) -> None:
        issues = [
            make.finding("outlier", "order", "amount"),
            make.finding("whitespace", "ghost", "name"),
            make.finding("whitespace", "order", 'x"; DROP TABLE y; --'),
            make.finding("other", None),
            make.finding("no_such_defect", "order", "amount"),
        ]
        write_report(make.report("shop", *issues))
        assert run("polish", "--auto").exit_code == 0
        actions = _valid(tmp_path / "polish_report.json")["actions"]
        assert [action["finding_id"] for action in actions] == [issue["id"] for issue in issues]
        assert all(action["status"] == "skipped" and action["reason"] for action in actions)


class TestDryRun:
    def test_it_shows_the_plan_and_keeps_it(
        self, run: Run, make: Any, shop: Path, write_report: Any, tmp_path: Path
    ) -> None:
        write_report(make.report("shop", make.finding("outlier", "order", "amount", rows=1234, total=99999)))
        there = sorted(tmp_path.rglob("*"))
        result = run("polish", "--dry-run")
        assert result.exit_code == 0
        assert "1,234" in result.stdout
        assert sorted(tmp_path.rglob("*")) == sorted([*there, tmp_path / "polish_plan.yaml"])


class TestSchemaAlone:
    def test_the_schema_is_improved_the_data_is_not_made_and_that_is_said(
        self, run: Run, make: Any, shop: Path, schema_text: str, write_report: Any, tmp_path: Path
    ) -> None:
        (tmp_path / "schema.json").write_text(schema_text)
        issue = make.finding("temporal_violation", "order", "placed_at", related=("user", "created_at"))
        write_report(make.report("shop", issue))
        result = run("polish", "--path", "schema", "--schema", "schema.json")
        assert result.exit_code == 0, result.stderr
        assert '"after_parent": false' not in (tmp_path / "schema_improved.json").read_text()
        assert not (tmp_path / "shop_polished").exists()
        report = _valid(tmp_path / "polish_report.json")
        action = report["actions"][0]
        assert (action["status"], action["verified"], report["after"]) == ("applied", None, report["before"])
        assert action["schema_patch"][0] == {"op": "remove", "path": "/nodes/1/columns/2/after_parent"}
        assert "pip install datagen-core" in report["unverified"][0]
        assert '-        {"name": "placed_at", "type": "datetime", "after_parent": false,' in result.stdout

    def test_without_a_document_it_says_why(self, run: Run, make: Any, shop: Path, write_report: Any) -> None:
        write_report(make.report("shop"))
        result = run("polish", "--path", "schema")
        assert result.exit_code == 2
        assert "path 1 is not available" in result.stderr
        assert "--schema" in result.stderr


class TestApprove:
    def test_it_writes_the_manifest_and_touches_no_data(
        self, run: Run, make: Any, shop: Path, before: dict[str, str], write_report: Any, tmp_path: Path
    ) -> None:
        write_report(make.report("shop", dataset_digest=source.dataset_digest(shop)))
        result = run("polish", "--path", "approve")
        assert result.exit_code == 0, result.stderr
        assert (shop / ".manifest.yaml").read_text().startswith("contract: manifest/1.0\ndataset_name: shop\n")
        (shop / ".manifest.yaml").unlink()
        assert _unchanged(shop, before)
        assert not (tmp_path / "polish_report.json").exists()

    def test_a_critical_finding_refuses_and_a_person_may_override(
        self, run: Run, make: Any, shop: Path, write_report: Any, tmp_path: Path
    ) -> None:
        issue = make.finding("temporal_violation", "order", "placed_at", severity="critical", finding="47% too early")
        write_report(make.report("shop", issue, dataset_digest=source.dataset_digest(shop)))
        refused = run("polish", "--path", "approve")
        assert (refused.exit_code, "47% too early" in refused.stderr) == (1, True)
        assert not (shop / ".manifest.yaml").exists()
        taken = run("polish", "--path", "approve", "--approved-by", "Ann", "--notes", "test data", "-o", "elsewhere")
        assert taken.exit_code == 0, taken.stderr
        assert "reason: 'Ann: test data'" in (tmp_path / "elsewhere" / ".manifest.yaml").read_text()


WRONG: dict[str, tuple[list[str], str]] = {
    "two modes": (["--auto", "--path", "approve"], "exclude each other"),
    "nobody to ask": (["--interactive"], "--interactive needs a terminal"),
    "no such path": (["--path", "magic"], "'magic' is not one of"),
    "a choice without a fix": (["--choose", "abc"], "write FINDING=FIX"),
    "a choice for no finding": (["--choose", "zzz=skip"], "no such finding"),
    "no such fix": (["--choose", "outlier-order-amount=quarantine_everything"], "no such fix"),
    "no such data": (["--data", "nowhere"], "no such directory"),
    "no such schema": (["--schema", "nowhere.json"], "nowhere.json: no such file"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_call_is_exit_code_2_and_writes_nothing(
    case: str, run: Run, make: Any, shop: Path, write_report: Any, tmp_path: Path
) -> None:
    write_report(make.report("shop", make.finding("outlier", "order", "amount")))
    there = sorted(tmp_path.rglob("*"))
    args, said = WRONG[case]
    result = run("polish", *args)
    assert (result.exit_code, said in result.stderr) == (2, True), result.stderr
    assert "Traceback" not in result.output
    assert sorted(tmp_path.rglob("*")) == there


def test_the_memory_of_every_engine_is_what_was_said(
    run: Run, make: Any, shop: Path, write_report: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_report(make.report("shop", make.finding("whitespace", "user", "name")))
    limits: set[str] = set()
    connect = source.connect

    def watched() -> Any:
        con = connect()
        limits.add(str(con.execute("SELECT current_setting('memory_limit')").fetchall()[0][0]))
        return con

    monkeypatch.setattr(source, "connect", watched)
    assert run("polish", "--path", "postprocess", "--memory-limit", "512MiB").exit_code == 0
    assert limits == {"512.0 MiB"}
    assert source.memory_limit() is None


def test_no_amount_of_memory(run: Run, make: Any, shop: Path, write_report: Any) -> None:
    write_report(make.report("shop", make.finding("whitespace", "user", "name")))
    result = run("polish", "--path", "postprocess", "--memory-limit", "much")
    assert result.exit_code == 2
    assert "--memory-limit much: " in result.stderr
    assert "write a number and a unit" in result.stderr


def test_a_missing_report_is_named(run: Run) -> None:
    result = run("polish", "--auto")
    assert (result.exit_code, result.stderr) == (2, "crunch_report.json: no such file\n")


def test_json_is_the_report_and_nothing_else(run: Run, make: Any, shop: Path, write_report: Any) -> None:
    write_report(make.report("shop"))
    result = run("polish", "--dry-run", "--json")
    assert json.loads(result.stdout)["contract"] == "polish-report/1.0"


class TestFixes:
    def test_list_and_show(self, run: Run) -> None:
        listed = json.loads(run("fixes", "list", "--json").stdout)
        assert {"round_values", "keep_children_after_parents"} <= {fix["id"] for fix in listed}
        for fix in listed:
            shown = run("fixes", "show", fix["id"]).stdout
            assert fix["title"] in shown
            assert fix["safe"] in shown

    def test_every_word_of_the_vocabulary_is_served_or_has_its_reason(self, run: Run) -> None:
        listed = json.loads(run("fixes", "defects", "--json").stdout)
        known = {fix["id"] for fix in json.loads(run("fixes", "list", "--json").stdout)}
        assert {entry["defect"] for entry in listed} == words() - {"other"}
        for entry in listed:
            named = {*entry["schema"], *entry["postprocess"], *entry["by_choice"]}
            assert named <= known
            assert entry["else"]
        shown = run("fixes", "defects").stdout
        assert all(entry["defect"] in shown for entry in listed)

    def test_a_word_nearby_is_named(self, run: Run) -> None:
        assert 'did you mean "round_values"?' in run("fixes", "show", "round_vales").stderr
        wrong = run("fixes", "list", "--defect", "temporal_violatoin")
        assert (wrong.exit_code, 'did you mean "temporal_violation"?' in wrong.stderr) == (2, True)


@pytest.mark.parametrize("args", [["--help"], ["polish", "--help"], ["fixes", "--help"]])
def test_help_is_light(args: list[str]) -> None:
    code = (
        "import sys\nfrom datapolisher.cli import main\n"
        f"try: main({args!r})\nexcept SystemExit: pass\n"
        "heavy = {'duckdb', 'polars', 'numpy', 'pyarrow', 'rich', 'msgspec', 'ruamel'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "Usage:" in done.stdout
