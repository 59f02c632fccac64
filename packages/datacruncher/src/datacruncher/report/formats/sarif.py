"""SARIF 2.1.0: what code hosts show as alerts and follow from run to run.

A finding's place is a file of the dataset and, within it, table and column by name. Lines make no sense in Parquet; hosts
that ask for one get the first.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

import msgspec

from datacruncher.report.formats import FormatSpec
from datacruncher.report.model import Finding, Issue, Report
from datacruncher.report.sentences import place

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_LEVELS = {"critical": "error", "high": "error", "medium": "warning", "low": "note"}
_RANKS = {"critical": 95.0, "high": 75.0, "medium": 40.0, "low": 10.0}
_STATES = {"new": "new", "graver": "updated", "unchanged": "unchanged"}


def render(report: Report) -> str:
    """The log with one run."""
    gone = report.baseline.gone if report.baseline else []
    rules = list(dict.fromkeys([*(issue.check for issue in report.issues), *(old.check for old in gone)]))
    run = {
        "tool": {"driver": _driver(report, rules)},
        "invocations": [{"executionSuccessful": True, "toolExecutionNotifications": _broken(report)}],
        "results": [
            *(_result(issue, rules, report) for issue in report.issues),
            *(_absent(old, rules, report) for old in gone),
        ],
        "columnKind": "unicodeCodePoints",
        "properties": {"quality_score": report.summary.quality_score, "dataset": report.dataset},
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _driver(report: Report, rules: Iterable[str]) -> dict[str, Any]:
    first = {issue.check: issue for issue in reversed(report.issues)}
    return {
        "name": report.tool.name,
        "version": report.tool.version,
        "semanticVersion": report.tool.version,
        "rules": [_rule(rule, first.get(rule)) for rule in rules],
    }


def _rule(rule: str, issue: Issue | None) -> dict[str, Any]:
    name = rule.rpartition(".")[2].replace("_", " ")
    found: dict[str, Any] = {"id": rule, "shortDescription": {"text": name[:1].upper() + name[1:]}}
    if issue is not None:
        found["defaultConfiguration"] = {"level": _LEVELS[issue.severity]}
        found["properties"] = {"tags": ["data quality", issue.category, issue.defect]}
    return found


def _broken(report: Report) -> list[dict[str, Any]]:
    """Checks that could not run."""
    return [
        {"level": "error", "message": {"text": f"{run.check}: {run.reason}"}, "descriptor": {"id": run.check}}
        for run in report.checks
        if run.status == "error"
    ]


def _result(issue: Issue, rules: list[str], report: Report) -> dict[str, Any]:
    result = {
        "ruleId": issue.check,
        "ruleIndex": rules.index(issue.check),
        "level": _LEVELS[issue.severity],
        "kind": "fail",
        "message": {"text": f"{issue.finding}. {issue.recommendation}".strip()},
        "locations": [_location(issue.location.table, place(issue), report)],
        "partialFingerprints": {"findingId/v1": issue.id},
        "rank": _RANKS[issue.severity],
        "properties": _properties(issue),
    }
    if issue.evidence.rows_affected:
        result["occurrenceCount"] = issue.evidence.rows_affected
    return result | ({"baselineState": _STATES[issue.status]} if issue.status else {})


def _properties(issue: Issue) -> dict[str, Any]:
    found = {
        "severity": issue.severity,
        "persona": issue.persona,
        "defect": issue.defect,
        "observed": issue.evidence.observed,
        "rows_total": issue.evidence.rows_total,
        "sql_query": issue.sql_query,
    }
    return {name: value for name, value in found.items() if value is not None}


def _absent(old: Finding, rules: list[str], report: Report) -> dict[str, Any]:
    """A finding of the report before that is no longer there."""
    return {
        "ruleId": old.check,
        "ruleIndex": rules.index(old.check),
        "level": _LEVELS.get(old.severity, "none"),
        "message": {"text": old.finding},
        "locations": [_location(old.table, old.table or "the dataset", report)],
        "partialFingerprints": {"findingId/v1": old.id},
        "baselineState": "absent",
    }


def _location(table: str | None, name: str, report: Report) -> dict[str, Any]:
    logical = {"fullyQualifiedName": name, "kind": "object"}
    artifact = {"uri": quote(_file(table, report), safe="/:")}
    physical = {"artifactLocation": artifact, "region": {"startLine": 1}}
    return {"physicalLocation": physical, "logicalLocations": [logical]}


def _file(table: str | None, report: Report) -> str:
    """The table's file or directory, as the user named the dataset."""
    known = next((found.path for found in report.tables if found.name == table and found.path), None)
    return known or report.dataset


SPEC = FormatSpec("sarif", "SARIF 2.1.0, for code hosts", (".sarif", ".sarif.json"), render)
