"""Real results of five tools about one small clinic, whose damage is known: what each check saw is found, and nothing else.

``clinic/data`` was damaged on purpose; the results are the tools' own (Great Expectations 1.24, dbt 1.11, Soda 3.5 and 4.28,
pointblank 1.1, frictionless 5.21), made with other options each. Only machine paths were cut.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest
from datapolisher.importing.assemble import Asked, Imported, import_results

CLINIC = Path(__file__).parent / "clinic"

# Place and defect → rows; what the damage really is.
KEY = {"visit.visit_id primary_key_duplicate": 2, "visit duplicate_row": 2}
PARENTS = {"visit.ward code foreign_key_orphan": 7, "visit.doctor_nr foreign_key_orphan": 5}
OUTCOME = {"visit.outcome category_variant": 5, "visit.outcome unknown_category": 3}
NO_OUTCOME = {"visit.outcome unexpected_null": 4}
PHONE = {"visit.phone invalid_format": 6, "visit.phone whitespace": 3}
COUNTRY = {"doctor.country mixed_code_system": 4, "doctor.country unknown_category": 3}
EXTRA = {"visit.extra out_of_range": 5}
NO_DOCTOR = {"visit.doctor_nr unexpected_null": 6}
BILL = {"visit.bill arithmetic_mismatch": 8}
STAY = {"visit.discharged interval_inverted": 4}
EARLY = {"visit.admitted temporal_violation": 3}
# Great Expectations: its own checks of the table's shape, a bound for times, and a rule for some rows only.
GX = (
    KEY
    | PARENTS
    | OUTCOME
    | NO_OUTCOME
    | PHONE
    | EXTRA
    | STAY
    | {"visit.admitted out_of_range": 3, "visit.days out_of_range": 60}
    | {
        "visit.payer missing_column": None,
        "visit.days type_mismatch": None,
        "visit other": None,
        "visit.rate other": None,
    }
)
POINTBLANK = KEY | PARENTS | OUTCOME | NO_OUTCOME | NO_DOCTOR | PHONE | EXTRA | STAY | BILL

CASES: dict[str, tuple[list[str], dict[str, int | None]]] = {
    "gx-complete": (["gx_complete.json"], GX | NO_DOCTOR),
    "gx-summary": (["gx_summary.json"], GX | NO_DOCTOR),
    "gx-boolean-tells-no-tolerated-rows": (["gx_boolean.json"], GX),
    "gx-described": (["gx_described.json"], GX | NO_DOCTOR),
    "dbt": (
        ["dbt/run_results.json"],
        KEY
        | PARENTS
        | OUTCOME
        | NO_DOCTOR
        | PHONE
        | EXTRA
        | STAY
        | EARLY
        | BILL
        | {"visit.outcome unexpected_null": 2, "visit other": None},
    ),
    "soda-scan": (
        ["soda_scan.json"],
        KEY
        | PARENTS
        | OUTCOME
        | NO_OUTCOME
        | NO_DOCTOR
        | PHONE
        | EXTRA
        | STAY
        | EARLY
        | BILL
        | {"doctor.country mixed_code_system": 4, "visit.days out_of_range": 123, "visit.bill other": None},
    ),
    "soda-contract": (
        ["soda_contract.json"],
        KEY
        | OUTCOME
        | NO_DOCTOR
        | EXTRA
        | STAY
        | BILL
        | {
            "visit.doctor_nr foreign_key_orphan": 5,
            "visit.outcome unexpected_null": 2,
            "visit.extra out_of_range if": 69,
            "visit.phone invalid_format": 901,
            "visit.ward code schema_drift": None,
            "visit.note type_mismatch": None,
            "visit.admitted stale_data": None,
            "visit other": None,
        },
    ),
    "pointblank": (["visit_pointblank.json"], POINTBLANK | {"visit.outcome unknown_category if": 24}),
    "pointblank-fields-cut": (["pointblank_cut.json"], POINTBLANK),
    "pointblank-named-by-its-file": (["report.doctor.json"], COUNTRY),
    "frictionless": (
        ["frictionless.json", "datapackage.json"],
        KEY
        | OUTCOME
        | NO_OUTCOME
        | NO_DOCTOR
        | PHONE
        | EXTRA
        | BILL
        | COUNTRY
        | {"visit.ward code foreign_key_orphan": 7},
    ),
    "frictionless-stopped-at-its-limit": (["frictionless_stopped.json"], EXTRA | {"visit.outcome unknown_category": 3}),
}


def imported(*names: str, data: bool = True, **asked: Any) -> Imported:
    return import_results([CLINIC / name for name in names], Asked(CLINIC / "data" if data else None, **asked))


def found(report: dict[str, Any]) -> dict[str, int | None]:
    """Place and defect → our count; a rule for some rows only is marked where the same place has another."""
    listed: dict[str, int | None] = {}
    for issue in report["issues"]:
        place = ".".join([issue["location"]["table"], *issue["location"]["columns"][:1]])
        name = f"{place} {issue['defect']}"
        name += " if" if "only" in issue["evidence"]["details"] and name in listed else ""
        listed[name] = issue["evidence"]["rows_affected"]
    return listed


@pytest.mark.parametrize(("names", "expected"), CASES.values(), ids=CASES)
def test_what_a_tool_saw_is_found_and_nothing_else(names: list[str], expected: dict[str, int | None]) -> None:
    report = imported(*names).report
    assert found(_unfiltered_first(report)) == expected


def _unfiltered_first(report: dict[str, Any]) -> dict[str, Any]:
    return report | {"issues": sorted(report["issues"], key=lambda issue: "only" in issue["evidence"]["details"])}


@pytest.mark.parametrize(("names", "expected"), CASES.values(), ids=CASES)
def test_the_report_follows_its_contract(names: list[str], expected: dict[str, int | None]) -> None:
    contract = json.loads(files("datapolisher").joinpath("contracts", "crunch-report", "v1.json").read_text("utf-8"))
    for report in (imported(*names).to_json(), imported(*names, data=False, tables=("visit",)).to_json()):
        jsonschema.Draft202012Validator(contract).validate(json.loads(report))


@pytest.mark.parametrize(("names", "expected"), CASES.values(), ids=CASES)
def test_each_query_gives_its_count_in_a_fresh_duckdb(names: list[str], expected: dict[str, int | None]) -> None:
    queries = [issue for issue in imported(*names).report["issues"] if issue["sql_query"]]
    assert queries
    with duckdb.connect() as con:
        con.execute("SET TimeZone='UTC'")
        for issue in queries:
            assert con.execute(issue["sql_query"]).fetchall() == [(issue["evidence"]["observed"],)], issue["finding"]


def test_the_tools_own_numbers_stand_beside_ours() -> None:
    issues = {issue["defect"]: issue for issue in imported("dbt/run_results.json").report["issues"]}
    key = issues["primary_key_duplicate"]["evidence"]
    assert key["details"]["reported"]["failures"] == 4
    assert (key["rows_affected"], key["details"]["rows_in_groups"], key["details"]["identical_rows"]) == (2, 4, 2)
    assert issues["category_variant"]["evidence"]["details"]["reported"]["counts"] == "values"


@pytest.mark.parametrize(
    ("name", "check", "status", "reason"),
    [
        ("visit_pointblank.json", "pointblank.col_vals_gt", "error", 'no column "nope"'),
        ("visit_pointblank.json", "pointblank.col_vals_lt", "skipped", "switched off"),
        ("visit_pointblank.json", "pointblank.col_vals_le", "skipped", "lambda"),
        ("soda_scan.json", "soda_core.max", "skipped", "homes"),
        ("gx_summary.json", "great_expectations.expect_table_row_count_to_equal", "failed", "no word"),
    ],
    ids=["no-such-column", "switched-off", "rows-chosen-by-code", "filter-by-name", "a-number-of-the-whole"],
)
def test_what_is_no_finding_is_accounted_for(name: str, check: str, status: str, reason: str) -> None:
    result = imported(name)
    told = [c for c in result.report["checks"] if c["check"] == check and reason in c.get("reason", "")]
    assert [c["status"] for c in told] == [status]
    assert any(line.startswith(check) and reason in line for line in result.unmapped)


def test_a_rule_that_tolerates_offenders_may_not_take_rows_out() -> None:
    issues = imported("gx_summary.json").report["issues"]
    nulls = next(i for i in issues if i["location"]["columns"] == ["doctor_nr"] and i["defect"] == "unexpected_null")
    assert (nulls["severity"], nulls["evidence"]["details"]["rule"]) == ("low", "inferred")
    some = next(i for i in issues if i["location"]["columns"] == ["days"] and i["defect"] == "out_of_range")
    assert some["evidence"]["details"]["only"] == "outcome=='home'"
    assert some["evidence"]["details"]["rule"] == "inferred"


def test_keys_and_references_are_known_afterwards() -> None:
    tables = {table["name"]: table for table in imported("dbt/run_results.json").report["tables"]}
    assert tables["visit"]["primary_key"] == {"columns": ["visit_id"], "source": "declared"}
    assert tables["doctor"]["primary_key"] == {"columns": ["doctor_nr"], "source": "declared"}
    targets = [key["references"] for key in tables["visit"]["foreign_keys"]]
    assert targets == [
        {"table": "ward", "columns": ["ward code"]},
        {"table": "doctor", "columns": ["doctor_nr"]},
    ]


def test_without_data_the_tools_words_and_counts_are_left() -> None:
    result = imported("gx_complete.json", data=False)
    ours = found(result.report)
    assert ours["stg_visits.outcome unexpected_null"] == 4
    assert ours["stg_visits.visit_id primary_key_duplicate"] == 8
    assert all(issue["sql_query"] is None for issue in result.report["issues"])


def test_without_its_manifest_dbt_is_read_by_its_sql(tmp_path: Path) -> None:
    blind = tmp_path / "run_results.json"
    blind.write_text((CLINIC / "dbt" / "run_results.json").read_text("utf-8"), "utf-8")
    result = import_results([blind], Asked(CLINIC / "data"))
    assert found(result.report) == CASES["dbt"][1]
    assert "no manifest.json beside it" in result.notes[0]


def test_a_manifest_may_be_given_along(tmp_path: Path) -> None:
    blind = tmp_path / "results.json"
    blind.write_text((CLINIC / "dbt" / "run_results.json").read_text("utf-8"), "utf-8")
    result = import_results([blind, CLINIC / "dbt" / "manifest.json"], Asked(CLINIC / "data"))
    assert result.notes == ()
    warned = [issue for issue in result.report["issues"] if issue["location"]["columns"] == ["doctor_nr"]]
    assert {issue["severity"] for issue in warned} == {"critical", "medium"}


def test_samples_can_be_kept_out() -> None:
    report = imported("gx_complete.json", samples=False).report
    assert all(issue["evidence"]["samples"] == [] for issue in report["issues"])
    assert any(issue["evidence"]["samples"] for issue in imported("gx_complete.json").report["issues"])
