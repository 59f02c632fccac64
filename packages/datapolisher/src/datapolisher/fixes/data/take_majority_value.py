"""By choice: a value that its key determines becomes what nearly all rows of that key say, where they are many."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any, NamedTuple

from datapolisher.documents import Finding
from datapolisher.expressions import Column, all_of, call, is_one_of
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import Spot, in_key, spot
from datapolisher.sql import Scalar, ident
from datapolisher.steps import Step, Update
from datapolisher.workbench import Workbench

_SHARE, _ROWS = 0.9, 10
# More groups than this that disagree, or other values than this, are no slips.
_GROUPS, _VALUES = 5_000, 200


class _Rule(NamedTuple):
    """A column, and the one that is said to determine it."""

    place: Spot
    by: str


def _rule(finding: Finding, context: Context) -> _Rule | None:
    said, dependent = finding.details.get("determinant"), finding.details.get("dependent")
    named = [str(name) for name in said] if isinstance(said, list) else []
    place = spot(finding, context, dependent if isinstance(dependent, str) else None)
    if place is None or len(named) != 1 or in_key(context, place) or context.type_of(place.table, named[0]) is None:
        return None
    return _Rule(place, named[0])


def _majorities(rule: _Rule, context: Context) -> dict[Scalar, list[Scalar]]:
    """Value → the determinants whose rows nearly all say it, where some do not."""
    by, value = ident(rule.by), ident(rule.place.column)
    with Workbench(context.dataset) as bench:
        found = bench.rows(
            f"WITH counts AS (SELECT {by} AS k, {value} AS v, count(*) AS n FROM {bench.relation(rule.place.table)} "
            f"WHERE {by} IS NOT NULL AND {value} IS NOT NULL GROUP BY ALL) "
            "SELECT k, arg_max(v, n) FROM counts GROUP BY k "
            f"HAVING count(*) > 1 AND sum(n) >= {_ROWS} AND max(n) >= {_SHARE} * sum(n) ORDER BY 1 LIMIT {_GROUPS + 1}"
        )
    groups: dict[Any, list[Scalar]] = defaultdict(list)
    for key, majority in found:
        groups[majority].append(key)
    return groups if len(found) <= _GROUPS and len(groups) <= _VALUES else {}


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    rule = _rule(finding, context)
    if rule is None:
        return []
    here = rule.place.here
    return [
        Update(
            rule.place.table,
            rule.place.column,
            call("first_known", majority, here),
            all_of([is_one_of(Column(rule.by), keys), call("unequal", here, majority)]),
        )
        for majority, keys in sorted(_majorities(rule, context).items(), key=lambda item: str(item[0]))
    ]


def _plan(finding: Finding, context: Context) -> str:
    rule = _rule(finding, context)
    groups = sum(map(len, _majorities(rule, context).values())) if rule else 0
    where = f"{rule.place.table}.{rule.place.column}" if rule else ""
    return f"write what {_SHARE:.0%} of at least {_ROWS} rows say into {where}, in {groups:,} groups that disagree"


SPEC = FixSpec(
    id="take_majority_value",
    title="Write what nearly all rows of a key say",
    path="postprocess",
    defects=("dependency_violation",),
    order=Order.DERIVED,
    safe="Right where the group is large and nearly of one mind, wrong after a move or a rename: only by choice.",
    policy=lambda _finding, _context: Decision("ask", "the many are wrong after a move or a rename"),
    plan=_plan,
    steps=_steps,
    by_choice=True,
)
