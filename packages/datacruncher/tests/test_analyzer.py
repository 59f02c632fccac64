"""A run: findings by contract, stable ids, one cause for its symptoms, a score, nothing dropped in silence."""

from __future__ import annotations

import datetime as dt
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest
from datacruncher import crunch, registry
from datacruncher.catalog.model import Table
from datacruncher.checks.base import Binding, CheckSpec, Found, Place, Steps, Verdict, capped
from datacruncher.errors import InputError
from datacruncher.findings import Outcome, issues, score
from datacruncher.report.json import encode
from datacruncher.report.model import Report
from datacruncher.words import percent, sentence

Write = Callable[[Path, Any], Path]
CONTRACT = json.loads((Path(__file__).parents[3] / "contracts" / "crunch-report" / "v1.json").read_text())


@pytest.fixture(scope="module")
def clean(chinook: Path) -> Report:
    return crunch(str(chinook))


DAMAGE = {
    "Track": "UPDATE x SET TrackId = TrackId - 1 WHERE TrackId IN (100, 200, 300)",
    "Customer": "UPDATE x SET CustomerId = NULL WHERE CustomerId = 59",
    "InvoiceLine": "UPDATE x SET InvoiceId = 100000 + InvoiceLineId WHERE InvoiceLineId % 20 = 0",
}


@pytest.fixture(scope="module")
def broken(chinook: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("broken") / "data"
    shutil.copytree(chinook, folder)
    for table, damage in DAMAGE.items():
        with duckdb.connect() as con:
            con.execute(f"CREATE TABLE x AS FROM '{folder}/{table}.parquet'")
            con.execute(damage)
            con.execute(f"COPY x TO '{folder}/{table}.parquet' (FORMAT parquet)")
    return folder


def test_clean_data_has_no_critical_and_no_high_finding(clean: Report) -> None:
    assert [i.finding for i in clean.issues if i.severity in {"critical", "high"}] == []
    assert clean.summary.quality_score >= 90
    assert clean.metrics["tables_analyzed"] == 11
    assert clean.metrics["total_rows"] == 15607
    assert clean.metrics["fk_integrity"] == 100.0
    assert "temporal_violations" not in clean.metrics
    assert any(run.check == "temporal.child_before_parent" and run.status == "skipped" for run in clean.checks)
    assert [run.reason for run in clean.checks if run.status == "error"] == []


def test_each_break_is_found_where_it_is_with_its_count(broken: Path) -> None:
    report = crunch(str(broken), personas=["Data Engineer"])
    found = {
        (i.defect, i.location.table, *i.location.columns): i.evidence.rows_affected
        for i in report.issues
        if i.severity in {"critical", "high"}
    }
    assert found[("primary_key_duplicate", "Track", "TrackId")] == 3
    assert found[("primary_key_null", "Customer", "CustomerId")] == 1
    assert found[("foreign_key_orphan", "InvoiceLine", "InvoiceId")] == 112
    assert report.summary.quality_score <= 59


@pytest.mark.parametrize("samples", [True, False])
def test_the_report_fits_its_contract(broken: Path, samples: bool) -> None:
    report = json.loads(encode(crunch(str(broken), samples=samples)))
    jsonschema.Draft202012Validator(CONTRACT).validate(report)
    ids = [issue["id"] for issue in report["issues"]]
    assert len(ids) == len(set(ids))
    assert all(len(issue["evidence"]["samples"]) <= 5 for issue in report["issues"])


def test_ids_are_the_same_in_the_next_run_and_elsewhere(broken: Path, tmp_path: Path) -> None:
    shutil.copytree(broken, tmp_path / "moved")
    first, second = crunch(str(broken)), crunch(str(tmp_path / "moved"), personas=["Data Engineer", "CFO"])
    ids = {issue.id for issue in first.issues if issue.persona in {"Data Engineer", "Finance VP"}}
    assert ids <= {issue.id for issue in second.issues}


def test_two_runs_say_the_same(broken: Path, now: dt.datetime) -> None:
    def told() -> Any:
        report = json.loads(encode(crunch(str(broken), now=now.replace(tzinfo=dt.UTC))))
        for run in report["checks"]:
            run.pop("seconds")
        return report

    assert told() == told()


def test_shown_queries_run_as_they_stand(broken: Path) -> None:
    report = crunch(str(broken))
    assert report.issues
    for issue in report.issues:
        with duckdb.connect() as con:
            if issue.sql_query:
                cursor = con.execute(issue.sql_query)
                row = dict(zip([c[0] for c in cursor.description], cursor.fetchone() or (), strict=True))
                assert row.get("rows_affected", issue.evidence.rows_affected) == issue.evidence.rows_affected
            if issue.rows_query:
                assert con.execute(f"SELECT COUNT(*) FROM ({issue.rows_query})").fetchone() != (0,)


SECRETS = ["Zaphod Beeblebrox", "1977-05-25", "zaphod@magrathea.example", "Magrathea", "QX-42-SECRET"]


def test_without_samples_no_value_of_a_cell_appears(tmp_path: Path, write_tables: Write) -> None:
    name, born, email, city, code = SECRETS
    folder = write_tables(
        tmp_path / "data",
        {
            "customer": f"""SELECT CASE WHEN i = 7 THEN 8 ELSE i END AS customer_id,
                CASE WHEN i % 2 = 0 THEN '{name}' ELSE ' {name}' END AS full_name, DATE '{born}' AS born,
                CASE WHEN i % 9 = 0 THEN '{email}' ELSE 'no mail' || i END AS email,
                CASE WHEN i % 5 = 0 THEN upper('{city}') ELSE '{city}' END AS city FROM range(100) t(i)""",
            "orders": f"""SELECT i AS order_id, CASE WHEN i % 4 = 0 THEN 900 + i ELSE i % 100 END AS customer_id,
                '{code}' AS coupon_code, CASE WHEN i % 30 = 0 THEN '{code}' ELSE 'open' END AS status FROM range(300) t(i)""",
        },
    )
    report = crunch(str(folder), samples=False)
    assert report.issues
    text = encode(report).decode()
    assert [secret for secret in SECRETS if secret.lower() in text.lower()] == []
    shown = encode(crunch(str(folder))).decode()
    assert name in shown


def _outcome(
    check_id: str, table: str, columns: tuple[str, ...], rows: int | None, explains: tuple[str, ...] = ()
) -> Outcome:
    check = registry.spec("keys.foreign_key_orphan")
    assert check is not None
    spec: CheckSpec = replace(check, id=check_id, explains=explains)
    binding = Binding(Table(table, 100, ()))
    found = Found(binding, {"rows_affected": rows, "rows_total": 100}, None)  # type: ignore[arg-type]
    return Outcome(
        "P",
        spec,
        "failed",
        place=Place(table, columns),
        binding=binding,
        found=found,
        verdict=Verdict(0.1),
        severity="high",
    )


def test_a_cause_takes_in_its_symptoms() -> None:
    cause = _outcome("keys.double_load", "t", (), 50, ("keys.primary_*", "consistency.*"))
    inside = _outcome("keys.primary_key_duplicate", "t", ("id",), 50)
    larger = _outcome("consistency.totals", "t", ("a",), 51)
    elsewhere = _outcome("keys.primary_key_null", "u", ("id",), 1)
    other = _outcome("validity.whitespace", "t", ("a",), 1)
    told = issues([inside, larger, cause, elsewhere, other])
    assert {outcome.check.id for outcome in told} == {
        "keys.double_load",
        "consistency.totals",
        "keys.primary_key_null",
        "validity.whitespace",
    }
    assert cause.explains == [inside]
    assert inside.explained_by is cause and "keys.double_load" in inside.reason


def test_a_cause_with_columns_takes_in_only_those() -> None:
    cause = _outcome("a.cause", "t", ("x", "y"), 9, ("b.*",))
    inside, outside = _outcome("b.one", "t", ("y",), 9), _outcome("b.two", "t", ("z",), 1)
    assert {outcome.check.id for outcome in issues([cause, inside, outside])} == {"a.cause", "b.two"}


def test_two_that_explain_each_other_leave_one() -> None:
    one, two = _outcome("a.one", "t", (), 5, ("a.two",)), _outcome("a.two", "t", (), 5, ("a.one",))
    assert len(issues([one, two])) == 1


@pytest.mark.parametrize(
    ("counts", "expected"),
    [
        ((0, 0, 0, 0), 100),
        ((1, 0, 0, 0), 59),
        ((0, 1, 0, 0), 89),
        ((0, 0, 2, 3), 95),
        ((1, 1, 0, 0), 59),
        ((3, 0, 0, 0), 40),
        ((0, 2, 1, 0), 82),
        ((9, 9, 9, 9), 0),
        ((0, 0, 0, 1), 100),
    ],
)
def test_the_score_of_the_contract(counts: tuple[int, ...], expected: int) -> None:
    assert score(dict(zip(("critical", "high", "medium", "low"), counts, strict=True))) == expected


@pytest.mark.parametrize(
    ("steps", "size", "expected"),
    [
        (Steps(critical=0.01, high=0.0), 0.02, "critical"),
        (Steps(critical=0.01, high=0.0), 0.01, "high"),
        (Steps(critical=0.01, high=0.0), 0.0, None),
        (Steps(high=0.4, below=True), 0.25, "high"),
        (Steps(high=0.4, below=True), 0.4, None),
        (Steps(low=0.0), float("nan"), None),
    ],
)
def test_steps(steps: Steps, size: float, expected: str | None) -> None:
    assert steps.of(size) == expected


def test_a_ceiling_keeps_an_uncertain_finding_from_being_grave() -> None:
    assert capped("critical", "medium") == "medium"
    assert capped("low", "medium") == "low"
    assert capped(None, "medium") is None
    assert capped("high", None) == "high"


@pytest.mark.parametrize(
    ("share", "said"),
    [
        (0.472, "47%"),
        (0.05, "5.0%"),
        (0.004, "0.4%"),
        (0.00004, "less than 0.01%"),
        (0.9996, "99.96%"),
        (1.0, "100%"),
        (0.0, "0%"),
    ],
)
def test_percentages_are_never_rounded_to_nothing(share: float, said: str) -> None:
    assert percent(share) == said


@pytest.mark.parametrize("template", ["{a.b}", "{a[0]}", "{0}", "{}", "{a!r}", "{a:{b}}", "{missing}", "{a:q}", "{"])
def test_templates_take_names_and_nothing_else(template: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        sentence(template, {"a": 1, "b": 2})


def test_a_metadata_file_of_another_contract_is_refused(tmp_path: Path, write_tables: Write) -> None:
    folder = write_tables(tmp_path / "data", {"t": {"id": [1]}})
    (folder / ".metadata.json").write_text('{"contract": "dataset-metadata/2.0"}')
    with pytest.raises(InputError, match=re.escape(".metadata.json:1:14: contract: is no dataset-metadata/1.x")):
        crunch(str(folder))


def test_gates() -> None:
    report = crunch(str(Path(__file__).parent / "data" / "chinook"), personas=["Data Engineer"])
    assert not report.fails(on_critical=True, on_high=True)
