"""Path 3: what is approved, what is refused, and what the manifest says."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from datapolisher import approver, intake, manifest, source
from datapolisher.approver import Approval
from datapolisher.errors import GateError
from ruamel.yaml import YAML

AT = datetime(2024, 11, 10, 12, 5, tzinfo=UTC)


@pytest.fixture
def taken(make: Any, shop: Path, write_report: Callable[..., Path]) -> Callable[..., intake.Intake]:
    def take(*issues: dict[str, Any], **changes: Any) -> intake.Intake:
        digest = {"dataset_digest": source.dataset_digest(shop)}
        return intake.take(write_report(make.report(shop, *issues, **(digest | changes))))

    return take


def test_the_manifest_has_the_keys_of_its_contract_in_their_order(taken: Any, make: Any) -> None:
    tables = [
        {"name": "user", "rows": 5, "primary_key": {"columns": ["user_id"], "source": "inferred"},
         "columns": [{"name": "name", "type": "VARCHAR", "nulls": 0}, {"name": "created_at", "type": "TIMESTAMP", "nulls": 2}]},
        {"name": "order", "rows": 100, "columns": [],
         "foreign_keys": [{"columns": ["user_id"], "references": {"table": "user", "columns": ["user_id"]}, "source": "inferred"}]},
    ]  # fmt: skip
    content = approver.approve(taken(make.finding("whitespace", "user", "name"), tables=tables), Approval(), AT)
    text = manifest.render(content)
    loaded = YAML(typ="safe", pure=True).load(text)
    contract = json.loads(files("datapolisher").joinpath("contracts/manifest/v1.json").read_text(encoding="utf-8"))
    jsonschema.validate(loaded, contract)
    assert list(loaded) == [key for key in contract["properties"] if key in loaded]
    order, user = loaded["schema"]["tables"]
    assert user["columns"] == [
        {"name": "user_id", "type": "int64", "nullable": False, "pk": True},
        {"name": "name", "type": "string", "nullable": False},
        {"name": "created_at", "type": "timestamp[us]", "nullable": True},
    ]
    assert order["columns"][1]["fk"] == "user.user_id"
    assert "quality_score: 90/100\n" in text
    assert "fk_integrity: 100.0%\n" in text
    assert loaded["approval"]["approved_by"] == "datacruncher"
    assert loaded["approval"]["approved_at"] == "2024-11-10T12:05:00Z"
    assert {file["path"]: file["rows"] for file in loaded["files"]} == {"user.parquet": 5, "order.parquet": 100}


REFUSED = {
    "critical": {"defect": "temporal_violation", "severity": "critical"},
    "a critical fact about the business": {
        "defect": "funnel_inversion",
        "severity": "critical",
        "category": "business_logic",
    },
    "an orphan, however few": {"defect": "foreign_key_orphan", "severity": "low"},
    "a repeated key": {"defect": "primary_key_duplicate", "severity": "medium"},
    "a column of another type": {"defect": "type_mismatch", "severity": "medium"},
    "high, about the data": {"defect": "out_of_range", "severity": "high"},
}
ACCEPTED = {
    "nothing open": None,
    "medium": {"defect": "whitespace", "severity": "medium"},
    "high, about the business": {"defect": "low_retention", "severity": "high", "category": "business_logic"},
}


@pytest.mark.parametrize("case", REFUSED)
def test_refused_until_a_person_accepts_it(case: str, taken: Any, make: Any) -> None:
    changes = dict(REFUSED[case])
    issue = make.finding(changes.pop("defect"), "user", "name", finding="what stands", **changes)
    with pytest.raises(GateError, match="what stands") as caught:
        approver.approve(taken(issue), Approval())
    assert caught.value.exit_code == 1
    with pytest.raises(GateError, match="say why with --notes"):
        approver.approve(taken(issue), Approval("Ann", "  "))
    section = approver.approve(taken(issue), Approval("Ann", "known, a test set"), AT)["approval"]
    assert section["approved_by"] == "Ann"
    assert section["accepted"] == [
        {
            "id": issue["id"],
            "severity": issue["severity"],
            "defect": issue["defect"],
            "finding": "what stands",
            "reason": "Ann: known, a test set",
        }
    ]


@pytest.mark.parametrize("case", ACCEPTED)
def test_approved_without_a_person(case: str, taken: Any, make: Any) -> None:
    changes = dict(ACCEPTED[case] or {})
    issues = [make.finding(changes.pop("defect"), "user", "name", **changes)] if changes else []
    assert approver.approve(taken(*issues), Approval())["approval"]["approved"] is True


def test_changed_data_is_never_approved(taken: Any) -> None:
    other = taken(dataset_digest="sha256:" + "0" * 64)
    for approval in (Approval(), Approval("Ann", "I know")):
        with pytest.raises(GateError, match="the data changed since it was crunched; crunch again"):
            approver.approve(other, approval)


def test_a_report_without_a_digest_needs_a_person(taken: Any) -> None:
    with pytest.raises(GateError, match="does not say which bytes"):
        approver.approve(taken(dataset_digest=None), Approval())
    assert approver.approve(taken(dataset_digest=None), Approval("Ann", "imported"))["approval"]["approved"] is True


@pytest.mark.parametrize(
    ("severities", "score"),
    [([], 100), (["low"], 100), (["medium", "low"], 98), (["high"], 89), (["critical"], 59), (["critical"] * 6, 0)],
)
def test_a_report_without_a_score_gets_the_contracts(severities: list[str], score: int, taken: Any, make: Any) -> None:
    issues = [make.finding("other", "user", "name", severity=word) for word in severities]
    business = make.finding("low_retention", "user", severity="high", category="business_logic")
    assert manifest.quality_score(taken(*issues, business, summary=None).report) == score


@pytest.mark.parametrize(
    ("duckdb_type", "arrow"),
    [
        ("BIGINT", "int64"),
        ("VARCHAR", "string"),
        ("DECIMAL(10,2)", "decimal128(10, 2)"),
        ("TIMESTAMP_NS", "timestamp[ns]"),
        ("TIMESTAMP WITH TIME ZONE", "timestamp[us, tz=UTC]"),
        ("INTEGER[]", "integer[]"),
    ],
)
def test_types_as_arrow_writes_them(duckdb_type: str, arrow: str) -> None:
    assert manifest.arrow_type(duckdb_type) == arrow
