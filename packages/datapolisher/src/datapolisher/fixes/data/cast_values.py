"""A column of another type than declared, whose every value says the same in the declared one: give it that type."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from datapolisher.documents import Finding
from datapolisher.expressions import call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import Spot, in_key, spot, words
from datapolisher.sql import INTEGERS, ident
from datapolisher.steps import Quarantine, Retype, Step
from datapolisher.workbench import Workbench

_DSL = {
    "int": "BIGINT",
    "integer": "BIGINT",
    "float": "DOUBLE",
    "string": "VARCHAR",
    "str": "VARCHAR",
    "text": "VARCHAR",
    "bool": "BOOLEAN",
    "date": "DATE",
    "datetime": "TIMESTAMP",
}
_REAL = frozenset({"DOUBLE", "FLOAT"})
# Beyond, a double does not hold every whole number.
_EXACT = 2**53
_MOST = 0.05


class _Cast(NamedTuple):
    """A column, its declared type, the values that would not come back the same, and all values."""

    place: Spot
    target: str
    lost: int
    total: int
    # Whether all that is lost are fractions, which a step can find.
    fractions: bool


def _target(finding: Finding) -> str:
    said = str(finding.details.get("declared_type") or "")
    return _DSL.get(said.lower(), said.upper())


def _castable(own: str, target: str) -> bool:
    """Whether values of the one type can say what the other type holds, and both engines write them alike."""
    number = own in INTEGERS or own in _REAL or own.startswith("DECIMAL")
    return (
        (target == "BIGINT" and number and own != target)
        or (target == "DOUBLE" and number and own != target)
        or (target == "VARCHAR" and own in {*INTEGERS, "BOOLEAN", "DATE"})
        or (target == "BOOLEAN" and own in INTEGERS)
        or (own, target) in {("DATE", "TIMESTAMP"), ("TIMESTAMP", "DATE")}
    )


def _cast(finding: Finding, context: Context) -> _Cast | None:
    return context.once(("cast values", finding.id), lambda: _measured(finding, context))


def _measured(finding: Finding, context: Context) -> _Cast | None:
    place, target = spot(finding, context), _target(finding)
    if place is None or in_key(context, place) or not _castable(place.type, target):
        return None
    column = ident(place.column)
    same = f"TRY_CAST(TRY_CAST({column} AS {target}) AS {place.type}) IS NOT DISTINCT FROM {column}"
    exact = f"abs(CAST({column} AS DOUBLE)) <= {_EXACT}" if {place.type, target} & _REAL else "TRUE"
    # The zero below zero has no other number; a number that is none (NaN) has no whole.
    whole = f"isfinite({column}) AND CAST({column} AS VARCHAR) <> '-0.0'" if place.type in _REAL else "TRUE"
    fraction = f"{column} <> trunc({column})" if target == "BIGINT" and place.type == "DOUBLE" else "FALSE"
    with Workbench(context.dataset) as bench:
        total, lost, strange = bench.rows(
            f"SELECT count({column}), count(*) FILTER (NOT ({same} AND {exact} AND {whole})), "
            f"count(*) FILTER (NOT ({same} AND {exact} AND {whole}) AND NOT ({exact} AND {whole} AND {fraction})) "
            f"FROM {bench.relation(place.table)} WHERE {column} IS NOT NULL"
        )[0]
    return _Cast(place, target, lost, total, not strange)


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    cast = _cast(finding, context)
    if cast is None or not cast.total or (cast.lost and not cast.fractions) or cast.lost > _MOST * cast.total:
        return []
    place = cast.place
    rest: list[Step] = []
    if cast.lost:
        rest.append(
            Quarantine(place.table, call("unequal", call("round_double", place.here, 0), place.here), "type_mismatch")
        )
    return [*rest, Retype(place.table, place.column, cast.target, place.type)]


def _policy(finding: Finding, context: Context) -> Decision:
    cast = _cast(finding, context)
    if cast is not None and not cast.lost:
        return Decision("fix", "every value says the same in the declared type", budgeted=False)
    return Decision("ask", f"{cast.lost if cast else 0:,} values would not come back from the declared type")


def _plan(finding: Finding, context: Context) -> str:
    cast = _cast(finding, context)
    rest = f", quarantine {cast.lost:,} rows whose value is none of it" if cast and cast.lost else ""
    return f"cast {words(finding)} from {cast.place.type if cast else ''} to {cast.target if cast else ''}{rest}"


SPEC = FixSpec(
    id="cast_values",
    title="Give a column its declared type",
    path="postprocess",
    defects=("type_mismatch",),
    order=Order.TYPES,
    safe="Every value comes back the same; whole numbers beyond 2⁵³ never become real ones, and no time gets a zone.",
    policy=_policy,
    plan=_plan,
    steps=_steps,
)
