"""Documents of others: what is read, what is refused, and where the mistake is said to be."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datapolisher import intake, source
from datapolisher.documents import CrunchReport
from datapolisher.errors import DocumentError, InputError
from datapolisher.reading import read_document


def _read(content: Any) -> CrunchReport:
    return intake.read_report(content if isinstance(content, str) else json.dumps(content, indent=1), "r.json")


def test_unknown_fields_of_a_later_minor_version_pass(make: Any) -> None:
    content = make.report(
        "d", make.finding("whitespace", "t", "c", colour="red"), contract="crunch-report/1.7", extra={"a": 1}
    )
    assert [f.defect for f in _read(content).issues] == ["whitespace"]


def test_the_designs_own_example_without_ids_and_contract_reads(make: Any) -> None:
    old = {"dataset": "output/", "issues": [{"severity": "high", "category": "data_quality", "finding": "47% early"}]}
    issue = _read(old).issues[0]
    assert (issue.defect, len(issue.id)) == ("other", 12)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            {"contract": "crunch-report/2.0"},
            "crunch-report/2.0 is a later contract; this datapolisher reads crunch-report/1.x",
        ),
        ({"contract": "polish-report/1.0"}, 'contract "polish-report/1.0": not a crunch-report'),
        ({"contract": 7}, "contract 7: not a crunch-report"),
        ({"dataset": None}, "r.json:9:13: dataset: a text is needed, not null"),
        ({"issues": {}}, "issues: a list is needed, not {}"),
    ],
)
def test_what_is_no_report_is_refused_with_its_place(make: Any, change: dict[str, Any], said: str) -> None:
    with pytest.raises(DocumentError) as caught:
        _read(make.report("d") | change)
    assert said in str(caught.value)
    assert caught.value.exit_code == 2


@pytest.mark.parametrize(
    ("text", "place"),
    [('{"dataset": "d", "issues": [],}', "1:30"), ('{"dataset": "d",\n "issues": [1, 2,\n]}', "2:17")],
)
def test_a_comma_too_many_is_pointed_at(text: str, place: str) -> None:
    with pytest.raises(DocumentError, match=f"r.json:{place}: not JSON: trailing comma; remove it"):
        _read(text)


def test_every_mistake_is_named_at_once(make: Any) -> None:
    bad = make.finding("whitespace", "t", "c", severity="fatal", finding=3)
    worse = make.finding("whitespace", "t", "c")
    del worse["finding"]
    with pytest.raises(DocumentError) as caught:
        _read(make.report("d", bad | {"location": {"table": 5}}, worse) | {"personas": "VP"})
    lines = str(caught.value).splitlines()
    assert len(lines) == 5
    assert {line.split(": ")[1] for line in lines} == {
        "issues[0].severity",
        "issues[0].finding",
        "issues[0].location.table",
        "issues[1]",
        "personas",
    }


def test_deep_nesting_is_refused(make: Any) -> None:
    with pytest.raises(DocumentError, match="nested too deeply"):
        read_document("[" * 100_000, CrunchReport, "crunch-report", "r.json")


def test_control_characters_do_not_reach_a_terminal(make: Any) -> None:
    issue = _read(make.report("d", make.finding("other", "t", finding="a\x1b[2Jb"))).issues[0]
    assert "\x1b" not in issue.finding


class TestDataset:
    def test_it_is_looked_for_here_and_beside_the_report(
        self, make: Any, shop: Path, write_report: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        path = write_report(make.report("shop"))
        elsewhere = tmp_path / "elsewhere"
        elsewhere.mkdir()
        monkeypatch.chdir(elsewhere)
        assert set(intake.take(path).context.dataset.tables) == {"order", "user"}

    def test_neither_place_is_an_input_error(self, make: Any, write_report: Callable[..., Path]) -> None:
        with pytest.raises(InputError, match="exists; name the data with --data DIR"):
            intake.take(write_report(make.report("nowhere")))

    def test_a_digest_that_differs_is_told(self, make: Any, shop: Path, write_report: Callable[..., Path]) -> None:
        same = intake.take(write_report(make.report(shop, dataset_digest=source.dataset_digest(shop))))
        other = intake.take(write_report(make.report(shop, dataset_digest="sha256:" + "0" * 64)))
        assert (same.digest_matches, other.digest_matches) == (True, False)
        assert any("the data changed since it was crunched" in note for note in other.notes)

    def test_keys_that_the_files_do_not_have_are_dropped(
        self, make: Any, shop: Path, write_report: Callable[..., Path]
    ) -> None:
        tables = [
            {"name": "user", "rows": 5, "columns": [], "primary_key": {"columns": ["ghost"], "source": "declared"}},
            {
                "name": "order",
                "rows": 100,
                "columns": [{"name": "amount", "type": "DOUBLE", "role": "amount"}, {"name": "ghost", "type": "X"}],
                "foreign_keys": [
                    {
                        "columns": ["user_id"],
                        "references": {"table": "user", "columns": ["user_id"]},
                        "source": "declared",
                    },
                    {
                        "columns": ["ghost"],
                        "references": {"table": "user", "columns": ["user_id"]},
                        "source": "declared",
                    },
                ],
            },
        ]
        context = intake.take(write_report(make.report(shop, tables=tables))).context
        assert context.primary_key("user") == ()
        assert [key.columns for key in context.foreign_keys("order")] == [("user_id",)]
        assert context.role_of("order", "amount") == "amount"
        assert context.role_of("order", "ghost") is None


class TestDirectory:
    def test_a_link_that_leads_out_is_refused(self, make: Any, shop: Path, tmp_path: Path) -> None:
        (tmp_path / "secret.parquet").write_bytes((shop / "user.parquet").read_bytes())
        (shop / "leak.parquet").symlink_to(tmp_path / "secret.parquet")
        with pytest.raises(DocumentError, match="leads out of the dataset"):
            source.read_dataset(shop)

    def test_a_file_that_is_no_parquet_is_kept_on_the_record(self, make: Any, shop: Path) -> None:
        (shop / "broken.parquet").write_text("a,b\n1,2\n")
        dataset = source.read_dataset(shop)
        assert set(dataset.tables) == {"order", "user"}
        assert "not readable as Parquet" in dataset.unreadable[Path("broken.parquet")]

    def test_an_empty_directory_is_an_input_error(self, make: Any, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="no Parquet file"):
            source.read_dataset(tmp_path)

    def test_hidden_names_are_not_data_and_not_in_the_digest(self, make: Any, shop: Path) -> None:
        before = source.dataset_digest(shop)
        (shop / ".manifest.yaml").write_text("contract: manifest/1.0\n")
        (shop / "_quarantine").mkdir()
        (shop / "_quarantine" / "user.parquet").write_bytes((shop / "user.parquet").read_bytes())
        assert source.dataset_digest(shop) == before
        assert set(source.read_dataset(shop).tables) == {"order", "user"}
