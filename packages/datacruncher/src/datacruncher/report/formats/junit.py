"""JUnit's XML: a suite for each persona, a case for each check at each place."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from datacruncher.report.formats import FormatSpec
from datacruncher.report.model import CheckRun, Issue, Location, Report
from datacruncher.report.sentences import headline

_Key = tuple[str, str, str]
# What XML 1.0 can't hold.
_BAD = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def render(report: Report) -> str:
    """The document; a check that found something is a failure whose type is its severity."""
    found = {_key(issue.persona, issue.check, issue.location): issue for issue in report.issues}
    asked = dict.fromkeys([*report.personas, *(run.persona or "measured for the report" for run in report.checks)])
    suites = [_suite(report, name, found) for name in asked]
    total = Counter(status for run in report.checks for status in [_status(run, found)])
    head = f"<testsuites name={_attribute(headline(report))} {_counts(len(report.checks), total)}>"
    return "\n".join(['<?xml version="1.0" encoding="UTF-8"?>', head, *filter(None, suites), "</testsuites>", ""])


def _key(persona: str | None, check: str, place: Location | None) -> _Key:
    where = "" if place is None else f"{place.table or ''}.{','.join(place.columns)}>{place.related}"
    return persona or "", check, where


def _status(run: CheckRun, found: dict[_Key, Issue]) -> str:
    """A symptom that a graver finding explains counts once, with its cause."""
    if run.status == "failed" and _key(run.persona, run.check, run.location) not in found:
        return "skipped"
    return run.status


def _suite(report: Report, name: str, found: dict[_Key, Issue]) -> str:
    runs = [run for run in report.checks if (run.persona or "measured for the report") == name]
    if not runs:
        return ""
    totals = Counter(_status(run, found) for run in runs)
    seconds = sum(run.seconds for run in runs)
    cases = "\n".join(_case(run, found) for run in runs)
    head = f'  <testsuite name={_attribute(name)} {_counts(len(runs), totals)} time="{seconds:.3f}">'
    return f"{head}\n{cases}\n  </testsuite>"


def _counts(tests: int, totals: Counter[str]) -> str:
    return f'tests="{tests}" failures="{totals["failed"]}" errors="{totals["error"]}" skipped="{totals["skipped"]}"'


def _case(run: CheckRun, found: dict[_Key, Issue]) -> str:
    family, _, name = run.check.rpartition(".")
    named = f"{name} at {_where(run.location)}" if run.location and run.location.table else name
    head = (
        f'    <testcase classname={_attribute(family or run.check)} name={_attribute(named)} time="{run.seconds:.3f}"'
    )
    inside = _inside(run, found.get(_key(run.persona, run.check, run.location)))
    return f"{head}/>" if inside is None else f"{head}>{inside}</testcase>"


def _where(place: Location) -> str:
    there = f" and {place.related.table}" if place.related else ""
    columns = f".{','.join(place.columns)}" if place.columns else ""
    return f"{place.table}{columns}{there}"


def _inside(run: CheckRun, issue: Issue | None) -> str | None:
    if run.status == "failed" and issue is not None:
        lines: Sequence[str | None] = (
            issue.recommendation,
            issue.sql_query and f"\n{issue.sql_query};",
            f"\nid {issue.id}",
        )
        text = _text("\n".join(line for line in lines if line))
        return f"<failure type={_attribute(issue.severity)} message={_attribute(issue.finding)}>{text}</failure>"
    if run.status == "error":
        return f'<error type="error" message={_attribute(run.reason or "")}/>'
    if run.status in {"skipped", "failed"}:
        return f"<skipped message={_attribute(run.reason or '')}/>"
    return None


def _text(value: str) -> str:
    return escape(_BAD.sub("\ufffd", value))


def _attribute(value: str) -> str:
    return quoteattr(_BAD.sub("\ufffd", value), {"\n": "&#10;", "\r": "&#13;", "\t": "&#9;"})


SPEC = FormatSpec("junit", "JUnit's XML, for servers that run tests", (".xml",), render)
