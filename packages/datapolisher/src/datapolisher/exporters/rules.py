"""Rules between columns that somebody declared and a finding tells of, as conditions that an exporter may write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from datapolisher.documents import CrunchReport
from datapolisher.documents import Finding as Issue
from datapolisher.exporters.base import Rule
from datapolisher.importing.sqltext import MIRRORED, parse_condition
from datapolisher.sql import ident

_ORDERS = frozenset({">=", ">", "="})


def rules_of(report: CrunchReport, table: str, columns: Mapping[str, str]) -> tuple[Rule, ...]:
    """The rules for a table, each once; one that names a column that is not there is none."""
    found = [rule for issue in report.issues if issue.table == table for rule in _rule(issue, table)]
    return tuple(dict.fromkeys(rule for rule in found if set(rule.columns) <= set(columns)))


def _rule(issue: Issue, table: str) -> Iterator[Rule]:
    details = issue.details
    if details.get("rule") != "declared":
        return
    reader = _READERS.get(issue.defect)
    rule = _after(details, table) if issue.defect == "temporal_violation" else reader(details) if reader else None
    if rule is not None:
        yield rule


def _interval(details: Mapping[str, Any]) -> Rule | None:
    end, start = details.get("end_column"), details.get("start_column")
    return _order(end, ">" if details.get("strict") else ">=", start)


def _constraint(details: Mapping[str, Any]) -> Rule | None:
    said = details.get("constraint")
    if not isinstance(said, Mapping):
        return None
    if details.get("kind") == "inequality":
        return _order(said.get("left"), str(said.get("op")), said.get("right"))
    return _condition(str(said.get("condition"))) if details.get("kind") == "condition" else None


def _equation(details: Mapping[str, Any]) -> Rule | None:
    result, formula, tolerance = (details.get(key) for key in ("result_column", "formula", "tolerance"))
    if not isinstance(result, str) or not isinstance(tolerance, int | float):
        return None
    return _condition(f"abs({ident(result)} - ({formula})) <= {float(tolerance)!r}", f"{result} = {formula}")


def _after(details: Mapping[str, Any], table: str) -> Rule | None:
    """A child's time that is not before its parent's: a condition with a look at the other table."""
    names = [details.get(key) for key in ("child_column", "parent_table", "parent_column")]
    link, key = (tuple(map(str, details.get(name) or ())) for name in ("foreign_key", "parent_key"))
    if not all(isinstance(name, str) and name for name in names) or not link or len(link) != len(key):
        return None
    child, parent, other = map(str, names)
    own = f"{ident(table)}."
    on = [f"p.{ident(k)} = {own}{ident(column)}" for column, k in zip(link, key, strict=True)]
    early = " AND ".join([*on, f"{own}{ident(child)} < p.{ident(other)}"])
    condition = f"NOT EXISTS (SELECT 1 FROM {ident(parent)} AS p WHERE {early})"
    return Rule((child, *link), condition, f"{child} >= {parent}.{other}")


def _order(left: Any, op: str, right: Any) -> Rule | None:
    if not isinstance(left, str) or not isinstance(right, str):
        return None
    if op not in _ORDERS and MIRRORED.get(op) in _ORDERS:
        left, op, right = right, MIRRORED[op], left
    made = _condition(f"{ident(left)} {op} {ident(right)}", f"{left} {op} {right}")
    return Rule((left, right), made.condition, made.words, op if op in _ORDERS else "") if made else None


def _condition(text: str, words: str = "") -> Rule | None:
    """A condition that is one: what a report says is read and written again, and never passed on as it is."""
    node = parse_condition(text)
    if node is None or not node.known or not node.columns:
        return None
    return Rule(node.columns, node.sql(), words or node.words())


_READERS = {"interval_inverted": _interval, "constraint_violated": _constraint, "arithmetic_mismatch": _equation}
