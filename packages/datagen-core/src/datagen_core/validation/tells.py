"""Tells of data that was made carelessly: piles at the edges of time and at midnight, names against e-mails, favourites."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from datagen_core import stats
from datagen_core.generators.datetime_series import DatetimeSeriesParams, grid_of
from datagen_core.generators.faker import FakerParams, companions
from datagen_core.generators.lookup import LookupParams
from datagen_core.instants import Span
from datagen_core.pools.romanize import handle
from datagen_core.timegrid import Sampler, cycle
from datagen_core.validation.case import Case, Skip, Trial, check
from datagen_core.validation.exposure import exposure, floors, latest, patterns_of, timeframe, window_of
from datagen_core.validation.laws import ALPHA, LEAST_W, enough
from datagen_core.validation.links import link, parent_rows
from datagen_core.validation.report import Outcome
from datagen_core.validation.times import judge_pattern, series

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from datagen_core.schema.model import Column, Document, Node

LEAST_PILE = 0.002
"""Share of all rows at one place of time that is too small to matter."""
FEWEST_TARGETS = 10
FEWEST_DRAWS = 8.0
MOST_NAMES = 20_000
"""Rows of a table whose names are held against the addresses beside them, evenly spaced over it."""
NAMES = ("name", "last_name", "first_name")
ADDRESSES = ("email", "ascii_email", "safe_email", "free_email", "company_email", "user_name")
_MOVES = ("seasonality", "time_jitter")


# --- times -----------------------------------------------------------------------------------------------------------


@check("behaviour.edges")
def edges(case: Case) -> Iterator[Trial]:
    """No more rows lie at the first and last instant, hour and day, or at the instant that bounds each, than are expected."""
    for node, column in series(case.document, DatetimeSeriesParams):
        yield Trial(node.id, (column.name,), partial(_edges, case, node, column))


@check("behaviour.undeclared_pattern")
def undeclared_patterns(case: Case) -> Iterator[Trial]:
    """Hours and weekdays come evenly where no pattern says otherwise: no pile at midnight, no weekend that nobody declared."""
    for node, column in series(case.document, DatetimeSeriesParams):
        declared = {pattern.dimension for pattern in patterns_of(column)}
        for dimension in ("hour", "dow"):
            if dimension not in declared and not (dimension == "hour" and column.type == "date"):
                yield Trial(node.id, (column.name,), partial(judge_pattern, case, node, column, dimension))


def _edges(case: Case, node: Node, column: Column) -> Outcome:
    found = exposure(case, node, column)
    enough(found.rows)
    seen, wanted = found.observed, found.expected
    places = {"first day": (seen[0].sum(), wanted[0].sum()), "last day": (seen[-1].sum(), wanted[-1].sum())}
    if column.type == "datetime" and not any(use.name == "time_jitter" for use in column.modifiers):
        flat, far = seen.ravel(), wanted.ravel()
        first, last = np.flatnonzero(far > 0)[[0, -1]]
        places["first hour"], places["last hour"] = (flat[first], far[first]), (flat[last], far[last])
    piles = {place: _pile(float(count), float(mean), found.rows) for place, (count, mean) in places.items()}
    bound = _at_bound(case, node, column)
    if bound is not None:
        piles["instant that bounds the row"] = _pile(*bound)
    return _worst(piles, found.rows)


def _pile(count: float, mean: float, rows: int) -> tuple[float, float, float, float]:
    """(excess as a share of all rows, the share that chance and what does not matter explain, count, mean)."""
    z = -stats.normal_quantile(ALPHA / 5)
    chance = z * math.sqrt(mean) + z * z / 3  # Bernstein's bound, for small means too
    return (count - mean) / rows, max(LEAST_PILE, chance / rows), count, mean


def _worst(piles: dict[str, tuple[float, float, float, float]], rows: int) -> Outcome:
    place, (excess, tolerance, count, mean) = max(piles.items(), key=lambda item: item[1][0] / item[1][1])
    message = (
        f"at the {place} lie {count:.0f} rows, {mean:.1f} expected; "
        f"{max(excess, 0):.2%} of all rows too many, tolerance {tolerance:.2%}"
    )
    observed, expected = ({name: round(one[at], 3) for name, one in piles.items()} for at in (2, 3))
    z = (count - mean) / math.sqrt(mean) if mean > 0 else None
    return Outcome(excess <= tolerance, message, observed, expected, z, None, max(excess, 0.0), rows)


def _at_bound(case: Case, node: Node, column: Column) -> tuple[float, float, int] | None:
    """Rows at the very instant that bounds them from below, how many are expected, and all rows; None where it is unclear."""
    moved = [use.name for use in column.modifiers if use.name not in _MOVES]
    floor = floors(case, node, column)
    if floor is None or moved or column.type != "datetime" or _ages(case.document, node):
        return None
    values = case.values(node.id, column.name)
    end = latest(case.document, node, column)  # who is bounded by the last instant has no other
    there = ~values.nulls() & (floor >= window_of(case.document, column).start) & (floor < end)
    if not there.any():
        return None
    hits = float((values.numbers == floor)[there].sum())
    if any(use.name == "time_jitter" for use in column.modifiers):
        return hits, 0.0, len(values)  # noise leaves the instant itself to nobody
    return hits, float(_chances(case, node, column, floor[there]).sum()), len(values)


def _ages(document: Document, node: Node) -> bool:
    parent = document.node(node.parents[0]) if node.parents else None
    return parent is not None and parent.vintage_behavior is not None


def _chances(case: Case, node: Node, column: Column, floor: NDArray[np.int64]) -> NDArray[np.float64]:
    """The chance of each row to be at its floor: its weight among the grid's points from there on."""
    document = case.document
    grid = grid_of(column.generator.params, timeframe(document), document.timeframe.freq)
    span = Span(grid.span.start, max(latest(document, node, column), grid.span.start))
    drawn = Sampler(grid, [cycle(one.dimension, one.weights) for one in patterns_of(column)], span.end)
    first = grid.first_from(floor)
    inside = first < drawn.size
    at = grid.at(np.minimum(first, max(drawn.size - 1, 0)))
    weight = drawn.below(first + 1) - drawn.below(first)
    left = drawn.mass - drawn.below(first)
    return np.where(
        inside & (at == floor) & (left > 0), weight / np.where(left > 0, left, 1.0), np.where(inside, 0.0, 1.0)
    )


# --- people ----------------------------------------------------------------------------------------------------------


@check("values.identity")
def identities(case: Case) -> Iterator[Trial]:
    """The e-mail and the user name of a row are made from the name that stands in it."""
    for node in case.document.nodes:
        mates = companions(node)
        names = [column for column in node.columns if _method(column) in NAMES]
        for column in node.columns:
            if _method(column) in ADDRESSES:
                mine = mates[column.name].ordinal
                own = [name for name in names if mates[name.name].ordinal == mine]
                if own:
                    yield Trial(node.id, (own[0].name, column.name), partial(_identity, case, node, own[0], column))


def _method(column: Column) -> str:
    params = column.generator.params
    return params.method if isinstance(params, FakerParams) and not column.modifiers else ""


def _identity(case: Case, node: Node, name: Column, address: Column) -> Outcome:
    if _method(name) == "first_name" and _method(address) == "user_name":
        raise Skip("a user name has no more than the first letter of a first name")
    names, addresses = (case.values(node.id, column.name).data for column in (name, address))
    step = max(1, len(names) // MOST_NAMES)
    pairs = zip(names[::step].to_pylist(), addresses[::step].to_pylist(), strict=True)
    judged = [agrees for one, other in pairs if one and other and (agrees := _agrees(one, other)) is not None]
    if not judged:
        raise Skip("no name is written in letters that an address could have")
    wrong = judged.count(False)
    message = (
        f"{wrong} of {len(judged)} addresses have nothing of the name beside them"
        if wrong
        else f"all {len(judged)} addresses that were read are made from the name beside them"
    )
    return Outcome(not wrong, message, wrong, 0, effect=wrong / len(judged), n=len(judged))


def _agrees(name: str, address: str) -> bool | None:
    """Whether an address has a part of the name; None where no part can be read."""
    local = address.partition("@")[0].lower()
    parts = [part for part in _parts(name) if len(part) > 1]
    return any(part in local for part in parts) if parts else None


def _parts(name: str) -> Iterator[str]:
    """The words of a name in Latin letters; the two halves at every place where it has no blank."""
    words = name.split()
    if len(words) == 1:
        words += [half for at in range(1, len(name)) for half in (name[:at], name[at:])]
    for locale in ("en", "de"):
        yield from (handle(word, locale) for word in words)


# --- rows that are drawn ---------------------------------------------------------------------------------------------


@check("behaviour.drawn_rows")
def drawn_rows(case: Case) -> Iterator[Trial]:
    """Rows of a table that are drawn at random come alike: none is a favourite that nobody declared."""
    for node in case.document.nodes:
        for column in node.columns:
            params = column.generator.params
            if isinstance(params, LookupParams) and _is_drawn(case.document, node, column, params):
                yield Trial(node.id, (column.name,), partial(_drawn, case, node, column, params))


def _is_drawn(document: Document, node: Node, column: Column, params: LookupParams) -> bool:
    found = link(document, node, params.table)
    primary = node.parents[:1] == (params.table,)
    return (
        found is not None and found.column == column.name and not (params.pairs or primary or params.table == node.id)
    )


def _drawn(case: Case, node: Node, column: Column, params: LookupParams) -> Outcome:
    _undisturbed(node, column)
    found = link(case.document, node, params.table)
    if found is None:
        raise Skip(f"{node.id} has no key of {params.table}")
    rows = parent_rows(case, node, found)
    targets = case.table(params.table).rows
    counts = np.bincount(rows[rows >= 0], minlength=targets)
    n = int(counts.sum())
    enough(n)
    together = math.ceil(FEWEST_DRAWS * targets / n)  # neighbours are put together where each is drawn too seldom
    groups = targets // together
    if groups < FEWEST_TARGETS:
        raise Skip(f"{n} rows among {targets} are too few")
    counts = counts[: groups * together].reshape(groups, together).sum(axis=1)
    what = f"{params.table} per {node.id}" + (f", {together} together" if together > 1 else "")
    return _dispersion(counts, int(counts.sum()), what)


def _undisturbed(node: Node, column: Column) -> None:
    """Skip where something else decides which row is taken."""
    if column.modifiers or column.unique:
        raise Skip("modifiers or uniqueness decide the values")
    if column.name in node.keys:
        raise Skip("a part of the key has to differ from row to row")
    if any(column.name in getattr(use.params, "on", ()) for use in node.modifiers):
        raise Skip("an effect on the table keeps rows by this column's value")


def _dispersion(counts: NDArray[Any], n: int, what: str) -> Outcome:
    """Fisher's index of dispersion: variance / mean of the counts, 1 where all come alike."""
    freedom = len(counts) - 1
    mean = n / len(counts)
    statistic = float(((counts - mean) ** 2).sum() / mean)
    low, high = stats.chi2_quantile(1 - ALPHA / 2, freedom), stats.chi2_quantile(ALPHA / 2, freedom)
    slack = LEAST_W**2 * mean * freedom  # favourites by 2 % are too small to matter
    at = int(counts.argmax())
    favour = math.sqrt(max(statistic / freedom - 1, 0.0) / mean)
    message = (
        f"{what}: {mean:.1f} each, {counts[at]} at most (number {at + 1} of {len(counts)}); variance "
        f"{statistic / freedom:.3f} of what chance makes, tolerance {(low - slack) / freedom:.3f} to "
        f"{(high + slack) / freedom:.3f}"
    )
    tail = stats.chi2_sf(statistic, freedom)
    ok = low - slack <= statistic <= high + slack
    return Outcome(ok, message, statistic / freedom, 1.0, statistic, 2 * min(tail, 1 - tail), favour, n)
