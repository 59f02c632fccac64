"""Rarer checks of six tools, over tables with names that need quoting and keys of two columns: what each saw, by our own count."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import pytest
from datapolisher.importing.assemble import Asked, Imported, import_results
from datapolisher.importing.look import Look

LIBRARY = Path(__file__).parent / "library"
TABLES = ("q_items=loan items", "stg_copies=book_copy")

Found = dict[str, int | None]


def at(table: str, found: dict[str, int | None]) -> Found:
    return {f"{table}.{place}": rows for place, rows in found.items()}


# What the damage really is.
MEMBER_KEY = at("Members", {"Member No primary_key_duplicate": 1, " duplicate_row": 2})
NO_MAIL = at("Members", {"E-Mail unexpected_null": 8})
MAIL = at("Members", {"E-Mail invalid_format": 6})
STATUS = at("Members", {"STATUS category_variant": 6, "STATUS unknown_category": 3})
COUNTRY = at("Members", {"country mixed_code_system": 5, "country unknown_category": 2})
HEIGHT = at("Members", {"Größe out_of_range": 4})
BORN = at("Members", {"born future_timestamp": 3})
ZIP = at("Members", {"zip invalid_format": 5})
BALANCE = at("Members", {"balance out_of_range": 3})
STALE = at("Members", {"joined stale_data": None})
ITEM_KEY = at("loan items", {"loan_no,line primary_key_duplicate": 1, " duplicate_row": 3})
NO_MEMBER = at("loan items", {"Member No foreign_key_orphan": 7})
NO_COPY = at("loan items", {"ISBN,copy_no foreign_key_orphan": 11})
NO_BOOK = at("loan items", {"ISBN foreign_key_orphan": 6})
NOT_BACK = at("loan items", {"returned on unexpected_null": 11})
BACK_EARLY = at("loan items", {"returned on,taken on interval_inverted": 9})
FEE = at("loan items", {"Fee €,days,daily rate arithmetic_mismatch": 8})
DAYS = at("loan items", {"days out_of_range": 4})
CHANNEL = at("loan items", {"channel category_variant": 5, "channel unknown_category": 2})
TOO_EARLY = at("loan items", {"taken on temporal_violation": 6})
BOOK = at("book", {"currency mixed_code_system": 3, "pages out_of_range": 2})
READING = at(
    "reading",
    {"reading_id primary_key_duplicate": 1, "value unexpected_null": 9},
)
UNIT = at("reading", {"unit category_variant": 8, "unit unknown_category": 3})
NO_SENSOR = at("reading", {"sensor_id foreign_key_orphan": 6})
SENSOR = at("sensor", {"battery_pct out_of_range": 2, "ip invalid_format": 3, "site_code foreign_key_orphan": 2})
FIRMWARE = at("sensor", {"firmware invalid_format": 2})

GX_MEMBERS = (
    MEMBER_KEY
    | NO_MAIL
    | MAIL
    | STATUS
    | COUNTRY
    | HEIGHT
    | BORN
    | at(
        "Members",
        {
            "STATUS invalid_format": 163,  # no word is a date, or JSON
            "zip constraint_violated": 163,  # it should be empty
            "zip type_mismatch": None,
            "phone missing_column": None,
            "balance schema_drift": None,
        },
    )
)
CASES: dict[str, tuple[str, Found]] = {
    "gx-members": (
        "gx_members.json",
        GX_MEMBERS | BALANCE | at("Members", {"Größe outlier": 2, "zip invalid_format": 163}),
    ),
    "gx-boolean": ("gx_boolean.json", GX_MEMBERS | at("Members", {"Größe outlier": None, "zip invalid_format": 18})),
    "gx-several-columns": (
        "gx_items.json",
        ITEM_KEY
        | NO_MEMBER
        | NOT_BACK
        | BACK_EARLY
        | DAYS
        | CHANNEL
        | at(
            "loan items",
            {
                "Fee € out_of_range": 4,
                "channel,line constraint_violated": 7,  # pairs that are not in the set
                "days,line,copy_no constraint_violated": 405,  # a sum, and …
                "days,line,copy_no constraint_violated 2": 159,  # … values that should differ
                "days,line constraint_violated": 402,
                "daily rate unknown_category": 133,
                "note sentinel_value": 114,
                "channel invalid_format": 2,
            },
        ),
    ),
    "gx-checkpoint-of-tables-queries-and-files": (
        "gx_described.json",
        ITEM_KEY
        | BACK_EARLY
        | FEE
        | READING
        | UNIT
        | NO_SENSOR
        | SENSOR
        | FIRMWARE
        | at("reading", {"hi,lo constraint_violated": 4, "ts unexpected_null": 5, "value out_of_range": 7})
        | at("sensor", {"battery_pct out_of_range 2": 2}),  # the same for three models only
    ),
    "gx-a-batch-is-a-part": ("gx_batch.json", UNIT | at("reading", {"value unexpected_null": 9})),
    "dbt": (
        "dbt/run_results.json",
        MEMBER_KEY
        | NO_MAIL
        | MAIL
        | STATUS
        | COUNTRY
        | BORN
        | ZIP
        | BALANCE
        | STALE
        | ITEM_KEY
        | NO_MEMBER
        | NO_COPY
        | NOT_BACK
        | BACK_EARLY
        | FEE
        | DAYS
        | CHANNEL
        | TOO_EARLY
        | BOOK
        | READING
        | SENSOR
        | at("loan items", {"ISBN foreign_key_orphan": 4})  # those at the desk
        | at("Members", {" constraint_violated": 3})  # numbers that do not follow on each other
        | at(
            "book",
            {
                "currency invalid_format": 3,
                "genre schema_drift": None,
                "pages,price,currency,published,language schema_drift": None,
                "price type_mismatch": None,
                "subtitle missing_column": None,
            },
        ),
    ),
    "dbt-freshness": (
        "dbt/sources.json",
        dict.fromkeys(["reading. stale_data", "sensor. stale_data", "site. stale_data"]),
    ),
    "soda-scan": (
        "soda_scan.json",
        MEMBER_KEY
        | NO_MAIL
        | MAIL
        | STATUS
        | COUNTRY
        | HEIGHT
        | BORN
        | ZIP
        | BALANCE
        | STALE
        | ITEM_KEY
        | NO_MEMBER
        | NO_COPY
        | NOT_BACK
        | BACK_EARLY
        | FEE
        | DAYS
        | CHANNEL
        | TOO_EARLY
        | BOOK
        | at("loan items", {"ISBN constraint_violated": 408})  # values that must not be in the other table
        | at(
            "Members", {"zip invalid_format": 158, "zip invalid_format 2": 5}
        ),  # the first is another rule: at most four
    ),
    "soda-schema": (
        "soda_schema.json",
        ZIP
        | at(
            "Members",
            {
                "Member No constraint_violated": 36,  # members who never borrowed: no key of theirs is wrong
                "balance schema_drift": None,
                "zip schema_drift": None,
                "phone missing_column": None,
                "zip type_mismatch": None,
            },
        ),
    ),
    "soda-fleet": (
        "soda_fleet.json",
        READING
        | UNIT
        | NO_SENSOR
        | SENSOR
        | FIRMWARE
        | at(
            "reading",
            {
                "lo,hi constraint_violated": 4,
                "ts stale_data": None,
                "value out_of_range": 7,
                "value sentinel_value": 7,
            },
        ),
    ),
    "soda-broken-off": ("soda_broken_off.json", {}),
    "soda-contracts": (
        "soda_contracts.json",
        MEMBER_KEY
        | NO_MAIL
        | MAIL
        | STATUS
        | HEIGHT
        | BORN
        | ZIP
        | BALANCE
        | STALE
        | ITEM_KEY
        | NO_MEMBER
        | NO_BOOK
        | FEE
        | DAYS
        | CHANNEL
        | TOO_EARLY
        | at("Members", {"E-Mail,born constraint_violated": 3}),
    ),
    "pointblank-steps": (
        "members_pointblank.json",
        MEMBER_KEY
        | NO_MAIL
        | MAIL
        | STATUS
        | HEIGHT
        | BORN
        | ZIP
        | BALANCE
        | STALE
        | at(
            "Members",
            {
                "Größe,joined,STATUS,country,born,balance schema_drift": None,
                "Größe constraint_violated": 2,
                "country unknown_category": 2,  # those that are named as unwanted
                "country mixed_code_system": 3,  # each segment by itself
                "country mixed_code_system 2": 1,
                "country mixed_code_system 3": 1,
                "country unknown_category 2": 1,
                "country unknown_category 3": 1,
                "phone missing_column": None,
                "zip type_mismatch": None,
                "zip constraint_violated": 163,
            },
        ),
    ),
    "pointblank-in-table": (
        "loan_items_pointblank.json",
        NO_MEMBER | NO_COPY | NO_BOOK | at("loan items", {"channel invalid_format": 131}),
    ),
    "frictionless-checks": (
        "frictionless_checks.json",
        ITEM_KEY | NOT_BACK | DAYS | CHANNEL | at("loan items", {"days outlier": 2}),
    ),
    "frictionless-structure": (
        "frictionless_structure.json",
        at("book", {"genre,pages,price,currency,published,language schema_drift": None}),
    ),
}


@cache
def imported(name: str, *, data: bool = True) -> Imported:
    return import_results([LIBRARY / name], Asked(LIBRARY / "data" if data else None, TABLES))


def found(report: dict[str, Any]) -> Found:
    """Place and defect → our count; what no word of the vocabulary says aside; a second of one place has its number."""
    listed: Found = {}
    issues = [issue for issue in report["issues"] if issue["defect"] != "other"]
    for issue in sorted(issues, key=lambda issue: -(issue["evidence"]["rows_affected"] or 0)):
        name = f"{issue['location']['table']}.{','.join(issue['location']['columns'])} {issue['defect']}"
        again = sum(key == name or key.startswith(f"{name} ") for key in listed)
        listed[f"{name} {again + 1}" if again else name] = issue["evidence"]["rows_affected"]
    return listed


@pytest.mark.parametrize(("name", "expected"), CASES.values(), ids=CASES)
def test_what_a_tool_saw_is_found_and_nothing_else(name: str, expected: Found) -> None:
    assert found(imported(name).report) == expected


@pytest.mark.parametrize(("name", "expected"), CASES.values(), ids=CASES)
def test_the_report_follows_its_contract_and_its_queries_run(name: str, expected: Found) -> None:
    contract = json.loads(files("datapolisher").joinpath("contracts", "crunch-report", "v1.json").read_text("utf-8"))
    report = imported(name)
    for text in (report.to_json(), imported(name, data=False).to_json()):
        jsonschema.Draft202012Validator(contract).validate(json.loads(text))
    with duckdb.connect() as con:
        con.execute("SET TimeZone='UTC'")
        for issue in report.report["issues"]:
            if issue["sql_query"]:
                assert con.execute(issue["sql_query"]).fetchall() == [(issue["evidence"]["observed"],)]


@pytest.mark.parametrize(("name", "expected"), CASES.values(), ids=CASES)
def test_every_check_that_failed_is_a_finding_or_told_with_a_reason(name: str, expected: Found) -> None:
    result = imported(name)
    quiet = [c for c in result.report["checks"] if c["status"] in {"error", "skipped"} and not c.get("reason")]
    assert quiet == []
    if not expected:
        assert result.unmapped


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("soda_broken_off.json", "members-gone-missing_count: the scan broke off before it was evaluated"),
        ("dbt/run_results.json", "unit_fct: it speaks of a model's code, not of data"),
        ("dbt/run_results.json", "some_total: no word of the vocabulary says this"),
        ("members_pointblank.json", 'Members has no column "gone"'),
        ("frictionless_structure.json", "extra cell: no word of the vocabulary says this"),
    ],
    ids=["scan-broke-off", "unit-test", "total", "no-such-column", "no-word"],
)
def test_what_is_no_finding_is_told(name: str, said: str) -> None:
    assert [line for line in imported(name).unmapped if said in line]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dbt/run_results.json", "the run did not make broken_model (skipped), fct_loan_items (skipped)"),
        ("gx_batch.json", "a batch is a part of its table (day 05, month 03, year 2024)"),
        ("soda_broken_off.json", "Query execution error"),
    ],
    ids=["models-not-made", "batch", "log-of-the-scan"],
)
def test_what_a_reader_has_to_know_is_noted(name: str, said: str) -> None:
    assert [line for line in imported(name).notes if said in line]


def test_a_rule_for_some_rows_only_is_measured_on_those_and_takes_none_out() -> None:
    """``relationships_where`` and a named filter of Soda, whose condition stands only in the scan's own query."""
    desk = [i for i in imported("dbt/run_results.json").report["issues"] if i["location"]["columns"] == ["ISBN"]]
    assert [i["evidence"]["details"]["only"] for i in desk] == ["channel = 'desk'"]
    assert [i["evidence"]["details"]["rule"] for i in desk] == ["inferred"]
    checks = [c for c in imported("soda_scan.json").report["checks"] if c["location"]["columns"] == ["STATUS"]]
    assert {c["status"] for c in checks} == {"failed", "passed"}


def test_dbts_queries_tell_most_of_it_without_the_manifest(tmp_path: Path) -> None:
    """Names with spaces, conditions in ``config.where``, sources that are files: all of it stands in the compiled SQL."""
    path = tmp_path / "run_results.json"
    path.write_bytes((LIBRARY / "dbt" / "run_results.json").read_bytes())
    seen = found(import_results([path], Asked(LIBRARY / "data", TABLES)).report)
    told = (
        MEMBER_KEY
        | NO_MAIL
        | MAIL
        | STATUS
        | COUNTRY
        | BORN
        | ZIP
        | BALANCE
        | ITEM_KEY
        | NO_MEMBER
        | NO_COPY
        | NOT_BACK
    )
    told |= BACK_EARLY | FEE | DAYS | CHANNEL | TOO_EARLY | BOOK | READING | SENSOR
    assert {name: seen.get(name) for name in told} == told
    assert not any(name.endswith("foreign_key_orphan") for name in seen.keys() - told.keys())


@pytest.mark.parametrize("listed", [True, False], ids=["a-list", "by-identifier"])
def test_results_that_somebody_dumped_together_are_known(tmp_path: Path, listed: bool) -> None:
    """``{str(key): result.to_json_dict() for key, result in checkpoint_result.run_results.items()}``, or the values alone."""
    trees = [json.loads((LIBRARY / name).read_text("utf-8")) for name in ("gx_members.json", "gx_items.json")]
    named = {f"ValidationResultIdentifier::{n}": tree for n, tree in enumerate(trees)}
    (tmp_path / "gx.json").write_text(json.dumps(trees if listed else named), "utf-8")
    together = found(import_results([tmp_path / "gx.json"], Asked(LIBRARY / "data")).report)
    assert together == CASES["gx-members"][1] | CASES["gx-several-columns"][1]


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("SELECT * FROM {batch} WHERE days < 0", ("days out_of_range", 4, "declared")),
        (
            'SELECT b.* FROM {batch} b LEFT JOIN book k ON k."ISBN" = b."ISBN" WHERE k."ISBN" IS NULL AND b.line = 1',
            ("ISBN foreign_key_orphan", 5, "inferred"),
        ),
        (
            'SELECT "Member No" FROM {batch} EXCEPT SELECT "Member No" FROM "Members"',
            ("Member No foreign_key_orphan", 7, "declared"),
        ),
        ("SELECT * FROM {batch} UNION ALL SELECT * FROM {batch}", ("constraint_violated", 828, "declared")),
    ],
    ids=["condition", "keys-of-some-rows", "except", "no-pattern"],
)
def test_a_batch_in_a_query_has_all_the_names_of_its_table(
    tmp_path: Path, query: str, expected: tuple[str, int, str]
) -> None:
    """The asset is called otherwise than the table behind it, and only that is a table of the data."""
    config = {"type": "unexpected_rows_expectation", "kwargs": {"unexpected_rows_query": query}}
    meta = {"active_batch_definition": {"data_asset_name": "lent 2024"}, "batch_spec": {"table_name": "loan items"}}
    result = {"success": False, "expectation_config": config, "result": {"observed_value": 4}}
    (tmp_path / "gx.json").write_text(json.dumps({"results": [result], "meta": meta}), "utf-8")
    issues = import_results([tmp_path / "gx.json"], Asked(LIBRARY / "data")).report["issues"]
    assert [
        (
            " ".join([*i["location"]["columns"], i["defect"]]),
            i["evidence"]["rows_affected"],
            i["evidence"]["details"]["rule"],
        )
        for i in issues
    ] == [expected]


def test_the_same_check_of_every_day_is_measured_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    days = [tmp_path / f"{day}.json" for day in range(1, 31)]
    tree = json.loads((LIBRARY / "gx_batch.json").read_text("utf-8"))
    for day in days:
        tree["meta"]["active_batch_definition"]["batch_identifiers"]["day"] = day.stem
        tree["meta"]["run_id"]["run_time"] = f"2024-03-{int(day.stem):02}T05:00:00+00:00"
        day.write_text(json.dumps(tree), "utf-8")
    asked = []
    rows = Look.rows
    monkeypatch.setattr(Look, "rows", lambda look, query: asked.append(query) or rows(look, query))
    once = import_results(days[:1], Asked(LIBRARY / "data")).report["issues"]
    alone, asked[:] = len(asked), []
    report = import_results(days, Asked(LIBRARY / "data")).report
    assert len(asked) == alone
    assert [issue["id"] for issue in report["issues"]] == [issue["id"] for issue in once]
    assert len(report["issues"][0]["evidence"]["details"]["reported"]["also"]) == 29
    assert len(report["checks"]) == 30 * 3


@pytest.mark.parametrize(
    ("name", "place", "expected"),
    [
        ("gx_described.json", "reading.ts unexpected_null", "inferred"),  # mostly 0.9, and passes
        ("dbt/run_results.json", "reading.value unexpected_null", "inferred"),  # warn_if > 5
        ("dbt/run_results.json", "Members.Member No primary_key_duplicate", "declared"),
        ("soda_scan.json", "Members.zip invalid_format", "declared"),  # < 0.5 %, and = 0 by another check
        ("soda_scan.json", "Members.balance out_of_range", "inferred"),  # < 10, and passes
        ("soda_scan.json", "Members.STATUS unknown_category", "declared"),  # warn: when > 0
        ("soda_fleet.json", "reading.reading_id primary_key_duplicate", "declared"),  # < 1
        ("soda_contracts.json", "Members.E-Mail unexpected_null", "inferred"),  # less than 1 percent
        ("soda_contracts.json", "Members.E-Mail invalid_format", "declared"),
    ],
)
def test_a_check_that_lets_some_rows_pass_takes_none_out_by_itself(name: str, place: str, expected: str) -> None:
    rules = {
        issue["evidence"]["details"]["rule"]
        for issue in imported(name).report["issues"]
        if f"{issue['location']['table']}.{','.join(issue['location']['columns'])} {issue['defect']}" == place
        and issue["evidence"]["rows_affected"] != 158
    }
    assert rules == {expected}


def test_two_rules_of_one_place_keep_both_counts() -> None:
    """What one rule finds is part of what the other finds: one finding, and the smaller count stands beside."""
    issues = imported("gx_members.json").report["issues"]
    zips = next(i for i in issues if i["defect"] == "invalid_format" and i["location"]["columns"] == ["zip"])
    also = zips["evidence"]["details"]["reported"]["also"]
    assert {entry["rows_here"] for entry in also if "rows_here" in entry} == {5, 18}
