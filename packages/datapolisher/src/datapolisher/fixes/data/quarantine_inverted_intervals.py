"""An end before its start: take the row out where the order is declared."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Column, call
from datapolisher.fixes.base import Context, FixSpec, Order
from datapolisher.fixes.data._places import constraint_of, is_constraint, quarantine_if_declared, words
from datapolisher.steps import Quarantine, Step

# The relation that is declared → the one that breaks it.
_BROKEN = {">=": "below", ">": "at_most", "<=": "above", "<": "at_least"}


def sides(finding: Finding) -> tuple[str, str, str] | None:
    """(left, operation that breaks the rule, right), columns of the finding's table."""
    said = constraint_of(finding)
    if said:
        left, right = (str(said.get(side, "")) for side in ("left", "right"))
        table, broken = f"{finding.table}.", _BROKEN.get(str(said.get("op")))
        return (left.removeprefix(table), broken, right.removeprefix(table)) if broken else None
    start, end = finding.details.get("start_column"), finding.details.get("end_column")
    if start is None or end is None:
        return None
    return str(end), "at_most" if finding.details.get("strict") else "below", str(start)


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    found = sides(finding) if is_constraint(finding, "inequality") else None
    table = finding.table or ""
    if found is None:
        return []
    left, broken, right = found
    types = {context.type_of(table, left), context.type_of(table, right)}
    if len(types) != 1 or None in types:
        return []
    return [Quarantine(table, call(broken, Column(left), Column(right)), "interval_inverted")]


SPEC = FixSpec(
    id="quarantine_inverted_intervals",
    title="Quarantine rows whose end is before their start",
    path="postprocess",
    defects=("interval_inverted", "constraint_violated"),
    order=Order.TIMES,
    safe="Which of the two is wrong is unknown, and swapping them is a guess; an open end is no error.",
    policy=quarantine_if_declared,
    plan=lambda finding, _: f"quarantine rows of {words(finding)} whose order is broken",
    steps=_steps,
)
