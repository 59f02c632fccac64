"""By choice: two words that stand far more often in each other's column are exchanged (a first and a last name)."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import all_of, any_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import Spot, in_key, spot
from datapolisher.sql import ident
from datapolisher.steps import Step, Swap
from datapolisher.workbench import Workbench

# How many times more often a word has to stand in the other column.
_TIMES = 5
# More pairs are no slips.
_PAIRS = 500


def _places(finding: Finding, context: Context) -> tuple[Spot, Spot] | None:
    named = [finding.details.get(name) for name in ("first", "second")]
    found = [spot(finding, context, name) if isinstance(name, str) else None for name in named]
    first, second = found
    if first is None or second is None or first == second or not (first.is_text and second.is_text):
        return None
    return None if in_key(context, first) or in_key(context, second) else (first, second)


def _pairs(finding: Finding, context: Context) -> list[tuple[str, str]]:
    """Values of the two columns that belong to the other one each; none where there are too many."""
    places = _places(finding, context)
    if places is None:
        return []
    first, second = (ident(place.column) for place in places)
    with Workbench(context.dataset) as bench:
        found = bench.rows(
            f"WITH pairs AS (SELECT {first} AS a, {second} AS b, count(*) AS n FROM {bench.relation(places[0].table)} "
            f"WHERE {first} IS NOT NULL AND {second} IS NOT NULL GROUP BY ALL), "
            "firsts AS (SELECT a AS v, sum(n) AS n FROM pairs GROUP BY 1), "
            "seconds AS (SELECT b AS v, sum(n) AS n FROM pairs GROUP BY 1) "
            "SELECT p.a, p.b FROM pairs AS p JOIN seconds AS ab ON ab.v = p.a JOIN firsts AS ba ON ba.v = p.b "
            "JOIN firsts AS aa ON aa.v = p.a JOIN seconds AS bb ON bb.v = p.b "
            f"WHERE ab.n >= {_TIMES} * aa.n AND ba.n >= {_TIMES} * bb.n ORDER BY ALL LIMIT {_PAIRS + 1}"
        )
    return found if len(found) <= _PAIRS else []


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    places = _places(finding, context)
    pairs = context.once(("swapped words", finding.id), lambda: _pairs(finding, context))
    if places is None or not pairs:
        return []
    first, second = places
    where = any_of([all_of([call("equal", first.here, a), call("equal", second.here, b)]) for a, b in pairs])
    return [Swap(first.table, first.column, second.column, where)]


def _plan(finding: Finding, context: Context) -> str:
    pairs = context.once(("swapped words", finding.id), lambda: _pairs(finding, context))
    shown = ", ".join(f"{a!r} ↔ {b!r}" for a, b in pairs[:3])
    return f"exchange in {finding.table} {shown}{', …' if len(pairs) > 3 else ''}"


SPEC = FixSpec(
    id="swap_words",
    title="Exchange words that belong to the other column",
    path="postprocess",
    defects=("swapped_columns",),
    order=Order.FORMATS,
    safe="Each word stands five times as often in the other column, and may still be right where it is: only by choice.",
    policy=lambda _finding, _context: Decision("ask", "a word that is rare in its column is not for that a wrong one"),
    plan=_plan,
    steps=_steps,
    by_choice=True,
)
