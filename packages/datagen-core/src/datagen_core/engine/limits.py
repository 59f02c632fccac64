"""What keeps a column's values inside their bounds: floors and ceilings of times, ranges of numbers, patterns of strings."""

from __future__ import annotations

import math
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from datagen_core import sampling
from datagen_core.behaviors.bounds import ceilings_of, drawable, highest, lowest
from datagen_core.behaviors.references import FREE
from datagen_core.distributions import DistributionParams
from datagen_core.engine.cells import Cells
from datagen_core.engine.patterned import Patterned
from datagen_core.generators.base import NUMBERS, TIMES
from datagen_core.generators.datetime_series import DatetimeSeriesParams, Window, sampler
from datagen_core.generators.diffusion_curve import DiffusionCurveParams
from datagen_core.instants import DAY, Span, parse_instant
from datagen_core.values import Values

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from datagen_core.behaviors.bounds import Bound
    from datagen_core.engine.seams import ColumnLike, SliceLike

_EARLIEST = np.iinfo(np.int64).min // 4
_LATEST = np.iinfo(np.int64).max // 4


class Limits:
    """The bounds of one column."""

    def __init__(self, work: ColumnLike) -> None:
        self._work = work

    # --- times ---------------------------------------------------------------------------------------------------

    @property
    def span(self) -> Span:
        """The window that a time column's instants are drawn from."""
        params = self._work.use.params
        if isinstance(params, DatetimeSeriesParams | DiffusionCurveParams) and isinstance(params.within, Window):
            return params.within.span
        return self._work.table.world.timeframe

    @cached_property
    def until(self) -> int | None:
        """The last instant that leaves room for the columns that are drawn above this one; None without any."""
        work = self._work
        latest = []
        for ceiling in ceilings_of(work.table.world.document, work.table.node, work.column):
            above = work.table.column_work(ceiling.column)
            last = above.limits.latest
            if above.column.type in TIMES and last is not None:
                source = last // DAY * DAY if above.column.type == "date" else last
                latest.append(highest(work.column.type, source, strict=ceiling.strict))
        return min(latest, default=None)

    @cached_property
    def latest(self) -> int | None:
        """The last instant that can be drawn for the column, None where nobody knows."""
        work = self._work
        if isinstance(work.use.params, DatetimeSeriesParams):
            return sampler(work.use.params, Cells(work, None)).last
        if isinstance(work.use.params, DiffusionCurveParams):
            return self.span.end if self.until is None else min(self.span.end, self.until)
        return None

    def floor(self, rows: SliceLike) -> NDArray[np.int64] | None:
        """The earliest instant of each row, None without a bound."""
        return self._extreme(rows, upper=False)

    def ceiling(self, rows: SliceLike) -> NDArray[np.int64] | None:
        """The latest instant of each row, None without a bound."""
        return self._extreme(rows, upper=True)

    def _extreme(self, rows: SliceLike, *, upper: bool) -> NDArray[np.int64] | None:
        if self._work.column.type not in TIMES:
            return None
        bounds = [bound for bound in self._work.bounds if bound.upper == upper and not bound.equal]
        sources = ((bound, self._work.bounding(bound, rows)) for bound in bounds)
        return self._narrow(sources, upper=upper)

    def of_parents(self, parents: SliceLike) -> tuple[NDArray[np.int64] | None, NDArray[np.int64] | None]:
        """The earliest and the latest instant that each row of the primary parent leaves to its children."""
        bounds = [bound for bound in self._work.bounds if bound.way.how == "parent" and not bound.equal]
        sources = [(bound, parents.values(bound.column)) for bound in bounds]
        low = self._narrow((one for one in sources if not one[0].upper), upper=False)
        return low, self._narrow((one for one in sources if one[0].upper), upper=True)

    def _narrow(self, sources: Iterable[tuple[Bound, Values]], *, upper: bool) -> NDArray[np.int64] | None:
        found: NDArray[np.int64] | None = None
        for bound, source in sources:
            limit = instants(self._work.column.type, bound, source)
            found = limit if found is None else (np.minimum if upper else np.maximum)(found, limit)
        return found

    def window(self, rows: SliceLike) -> tuple[Any, Any]:
        """The earliest and the latest instant that the column may hold."""
        span, floor, ceiling = self.span, self.floor(rows), self.ceiling(rows)
        low: Any = span.start if floor is None else np.maximum(floor, span.start)
        until = span.end if self.until is None else min(span.end, self.until)
        high: Any = until if ceiling is None else np.minimum(ceiling, until)
        return low, high if floor is None else np.maximum(high, low)

    # --- all kinds -----------------------------------------------------------------------------------------------

    def apply(self, values: Values, cells: Cells) -> Values:
        """The values inside all their bounds."""
        if self._work.column.type in TIMES:
            return self._clip(self._after(values, cells))
        if self._work.column.type in NUMBERS:
            return self._clip(self._compared(self._clamped(values), cells))
        return values

    def _after(self, values: Values, cells: Cells) -> Values:
        """Times not before their floor and not after their ceiling, whatever modifiers did to them."""
        if not self._work.bounds or not drawable(cells.document, cells.node, cells.column):
            return values
        rows = cells.slice
        floor, ceiling = self.floor(rows), self.ceiling(rows)
        times = values.numbers
        if ceiling is not None:
            times = np.minimum(times, ceiling)
        if floor is not None:
            times = np.maximum(times, floor)
        return Values(times, values.valid)

    def _clamped(self, values: Values) -> Values:
        clamp = self._work.clamp
        if clamp is None or not (self._work.column.modifiers or self._work.multipliers or self._is_int):
            return values
        low, high = self._whole(*clamp)
        return values.map_numbers(lambda numbers: np.clip(numbers, low, high))

    @property
    def _is_int(self) -> bool:
        return self._work.column.type == "int"

    def _whole(self, low: float, high: float) -> tuple[float, float]:
        """Bounds between which a value still lies when it has become the column's type."""
        if not self._is_int:
            return low, high
        inner = (
            float(math.ceil(low)) if math.isfinite(low) else low,
            float(math.floor(high)) if math.isfinite(high) else high,
        )
        return inner if inner[0] <= inner[1] else (low, high)

    @cached_property
    def ranges(self) -> tuple[Any, Any] | None:
        """The narrowest range that constraints and clamps of larger columns leave; None without any."""
        column = self._work.column
        declared = [
            (one.min, one.max)
            for one in self._work.table.world.document.constraints.ranges
            if one.attr == f"{self._work.table.node.id}.{column.name}"
        ]
        if column.constraints is not None:
            declared.append((column.constraints.min, column.constraints.max))
        if column.type in TIMES:
            return _narrowest([(_instant(low, _EARLIEST), _instant(high, _LATEST, end=True)) for low, high in declared])
        found = [(_number(low, -math.inf), _number(high, math.inf)) for low, high in declared]
        found += [(-math.inf, high) for high in self._room_above()]
        narrowest = _narrowest(found)
        return None if narrowest is None else self._whole(*narrowest)

    def _room_above(self) -> Iterator[float]:
        work = self._work
        if work.column.type not in NUMBERS:
            return
        for ceiling in ceilings_of(work.table.world.document, work.table.node, work.column):
            clamp = work.table.column_work(ceiling.column).clamp
            if clamp is not None:
                yield _beyond(clamp[1], work.column.type, down=True) if ceiling.strict else clamp[1]

    def _clip(self, values: Values) -> Values:
        if self.ranges is None:
            return values
        low, high = self.ranges
        return values.map_numbers(lambda numbers: np.clip(numbers, low, high))

    def _compared(self, values: Values, cells: Cells) -> Values:
        """Numbers on their side of the columns that bound them: drawn again, and at last the bound itself."""
        for bound in self._work.bounds:
            other = self._work.bounding(bound, cells.slice)
            limit = other.numbers.astype(np.float64)
            if bound.kind == "int" or self._is_int:
                limit = np.rint(limit)
            edge = _beyond(limit, self._work.column.type, down=bound.upper) if bound.strict else limit
            values = self._redrawn(values, edge, ~other.nulls(), bound, cells)
        return values

    def _redrawn(
        self, values: Values, edge: NDArray[np.float64], known: NDArray[np.bool_], bound: Bound, cells: Cells
    ) -> Values:
        params = self._work.use.params
        numbers = values.numbers.astype(np.float64)
        comparable = np.rint if self._is_int else np.asarray
        wrong = _wrong(comparable(numbers), edge, known, upper=bound.upper)
        if isinstance(params, DistributionParams) and not self._work.column.modifiers:
            for again in range(sampling.REDRAWS):
                if not len(wrong):
                    break
                numbers[wrong] = sampling.draw(
                    params, len(wrong), _streams(cells, f"{bound.column}{again}"), cells.once
                )
                wrong = wrong[_wrong(comparable(numbers[wrong]), edge[wrong], known[wrong], upper=bound.upper)]
        numbers[wrong] = edge[wrong]
        return Values(numbers, values.valid)

    # --- strings -------------------------------------------------------------------------------------------------

    @cached_property
    def patterns(self) -> list[str]:
        """The regular expressions that the column's strings have to match."""
        column = self._work.column
        own = [column.constraints.pattern] if column.constraints is not None and column.constraints.pattern else []
        attribute = f"{self._work.table.node.id}.{column.name}"
        return own + [one.regex for one in self._work.table.world.document.constraints.pattern if one.attr == attribute]

    def patterned(self, values: Values, cells: Cells) -> Values:
        """Strings that match their pattern: what a free generator made otherwise is replaced from the pattern."""
        if not self.patterns or not values.is_text or self._work.use.name not in FREE - {"choice"}:
            return values
        return cells.once("pattern", lambda: Patterned(self.patterns)).mend(values, cells)


def _streams(cells: Cells, name: str) -> Callable[[str], np.random.Generator]:
    return lambda purpose: cells.rng(f"{name}\x02{purpose}")


def _wrong(
    numbers: NDArray[np.float64], edge: NDArray[np.float64], known: NDArray[np.bool_], *, upper: bool
) -> NDArray[np.int64]:
    return np.flatnonzero(known & ((numbers > edge) if upper else (numbers < edge)))


def _beyond(limit: Any, kind: str, *, down: bool) -> Any:
    """The next value of a kind below or above a limit."""
    if kind == "int":
        return limit - 1 if down else limit + 1
    return np.nextafter(limit, -np.inf if down else np.inf)


def instants(kind: str, bound: Bound, source: Values) -> NDArray[np.int64]:
    """The bound that each source value is for a time column of a kind; far away where the source is null."""
    place = highest if bound.upper else lowest
    times: Any = source.numbers
    if bound.kind == "date":
        times = times // DAY * DAY
    limit: NDArray[np.int64] = place(kind, times, strict=bound.strict)  # type: ignore[assignment]
    return limit if source.valid is None else np.where(source.valid, limit, _LATEST if bound.upper else _EARLIEST)


def _instant(value: Any, default: int, *, end: bool = False) -> int:
    found = parse_instant(str(value), end=end) if value is not None else None
    return default if found is None else found


def _number(value: Any, default: float) -> float:
    return default if value is None or isinstance(value, str) else float(value)


def _narrowest(pairs: list[tuple[Any, Any]]) -> tuple[Any, Any] | None:
    if not pairs:
        return None
    low, high = max(pair[0] for pair in pairs), min(pair[1] for pair in pairs)
    unbounded = low in {-math.inf, _EARLIEST} and high in {math.inf, _LATEST}
    return None if unbounded else (low, high)
