"""How many children each parent has.

The rate of a parent is λ × its life × its segment × the effects at its own time; the count is drawn from that, then
bounded. Effects that depend on the child's own row or time act on the rows: candidates are drawn and kept in proportion.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from datagen_core.behaviors import segments
from datagen_core.behaviors.creation import creation_column, own_time, time_column
from datagen_core.behaviors.effects import EffectIndex
from datagen_core.behaviors.vintage import Ageing, Curve, multipliers_of, staircase
from datagen_core.engine.cells import Cells
from datagen_core.engine.counts import Counter
from datagen_core.engine.pieces import pieces
from datagen_core.engine.seams import Family
from datagen_core.engine.slices import Slice
from datagen_core.errors import InputError
from datagen_core.generators.datetime_series import DatetimeSeriesParams, sampler
from datagen_core.generators.lookup import LookupParams
from datagen_core.instants import DAY, UNIT_DAYS, to_text
from datagen_core.timegrid import Pattern, Sampler

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from datagen_core.behaviors.effects import EffectArgs
    from datagen_core.engine.block import BlockStreams
    from datagen_core.engine.seams import ColumnLike, SliceLike, TableLike
    from datagen_core.values import Values

MOST_CANDIDATES = 1000.0  # rows drawn for each that is kept, at most


class FanoutWork:
    """The fanout of a fact.

    Parameters
    ----------
    table
        The fact, which has a primary parent.
    """

    def __init__(self, table: TableLike) -> None:
        self.table = table
        self.document = table.world.document
        self.counter = Counter(table.node.fanout)
        if table.parent is None:
            raise InputError(f"{table.name} has no parent")
        self.parent = table.parent
        created = creation_column(self.parent.node)
        own = own_time(self.parent.node)
        self._created = None if created is None else created.name
        self._own_time = None if own is None else own.name

    # --- what it needs ---------------------------------------------------------------------------------------------

    @cached_property
    def effects(self) -> list[EffectArgs]:
        """The effects that act on the table."""
        return [use.params for use in self.table.node.modifiers]

    @cached_property
    def _locals(self) -> dict[str, str]:
        """Columns of the fact that are a column of the parent, and which."""
        found = {}
        for column in self.table.node.columns:
            params = self.table.column_work(column.name).use.params
            copied = isinstance(params, LookupParams) and not params.pairs and params.table == self.parent.name
            if copied and not column.modifiers and not column.null_rate:
                found[column.name] = params.column
        return found

    def _by_parent(self, effect: EffectArgs) -> bool:
        """Whether all rows of a parent feel the effect alike."""
        known = all(name in self._locals for name in effect.on)
        return known and (effect.window is None or self._own_time is not None)

    def _by_time(self, effect: EffectArgs) -> bool:
        """Whether the effect acts on when rows occur: on every key alike, at the rows' own times."""
        return not effect.on and not self._by_parent(effect)

    @cached_property
    def _row_effects(self) -> list[EffectArgs]:
        return [effect for effect in self.effects if not (self._by_parent(effect) or self._by_time(effect))]

    @cached_property
    def row_columns(self) -> frozenset[str]:
        """The fact's own columns that decide whether a candidate is kept."""
        names = {name for effect in self._row_effects for name in effect.on}
        time = self._time_work
        if time is not None and self._own_time is None and any(effect.window for effect in self._row_effects):
            names.add(time.column.name)
        return frozenset(names)

    @cached_property
    def parent_columns(self) -> frozenset[str]:
        """The parent's columns without which the fanout cannot be drawn."""
        names = {self._created} if self._ages and self._created is not None else set()
        behavior = self.parent.node.segment_behavior
        if behavior is not None and (self._segmented or self._speeds):
            names.add(behavior.segment_column)
        for effect in self.effects:
            names |= {self._locals[name] for name in effect.on if name in self._locals}
            if effect.window is not None and self._own_time is not None and not self._by_time(effect):
                names.add(self._own_time)
        time = self._time_work
        if time is not None:
            names |= {bound.column for bound in time.bounds if bound.way.how == "parent"}
        return frozenset(names)

    def role_columns(self, _role: str) -> frozenset[str]:
        """None: no row plays a part in a process."""
        return frozenset()

    @property
    def _segmented(self) -> bool:
        return segments.differs(self.parent.node.segment_behavior, "fanout_multiplier")

    @property
    def _speeds(self) -> bool:
        return self.curve is not None and segments.differs(self.parent.node.segment_behavior, "decay_rate")

    @property
    def _ages(self) -> bool:
        """Whether the length of a parent's life counts."""
        fanout = self.table.node.fanout
        return self.parent.node.vintage_behavior is not None or (fanout is not None and fanout.per is not None)

    @cached_property
    def _time_work(self) -> ColumnLike | None:
        column = time_column(self.table.node)
        return None if column is None else self.table.column_work(column.name)

    @cached_property
    def curve(self) -> Curve | None:
        """Activity by age, None without `vintage_behavior`; constant 1 without a curve for the fanout."""
        vintage = self.parent.node.vintage_behavior
        if vintage is None:
            return None
        return staircase(multipliers_of(vintage, None), float(self.table.world.timeframe.length))

    # --- rates -----------------------------------------------------------------------------------------------------

    def _factor(self, parents: SliceLike) -> NDArray[np.float64]:
        """What the rate of each parent is multiplied by."""
        factor = self._life(parents)
        behavior = self.parent.node.segment_behavior
        if behavior is not None and self._segmented:
            factor *= segments.traits(behavior, parents.values(behavior.segment_column), "fanout_multiplier")
        for effect in self.effects:
            if self._by_parent(effect) and effect.map.op == "mul":
                factor *= self._effect_on_parents(effect, parents)
        return factor * self._time_factor * self._most

    def _added(self, parents: SliceLike) -> NDArray[np.float64] | None:
        added = [e for e in self.effects if self._by_parent(e) and e.map.op == "add"]
        if not added:
            return None
        made: NDArray[np.float64] = np.sum([self._effect_on_parents(effect, parents) for effect in added], axis=0)
        return made

    def _life(self, parents: SliceLike) -> NDArray[np.float64]:
        """The parent's life in the window, in timeframes (or in the unit of `per`), weighted by its activity."""
        factor = np.ones(parents.rows)
        if not self._ages:
            return factor
        frame = self.table.world.timeframe
        fanout = self.table.node.fanout
        per = fanout.per if fanout is not None else None
        unit = float(UNIT_DAYS[per] * DAY) if per is not None else float(frame.length)
        if self._created is None:
            return factor * (frame.length / unit)
        created = parents.values(self._created)
        begin = (np.maximum(frame.start - created.numbers, 0)).astype(np.float64)
        end = np.maximum((frame.end + 1 - created.numbers).astype(np.float64), 0.0)
        begin = np.minimum(begin, end)
        if self.curve is None:
            lived = end - begin
        else:
            speed = self._speed(parents)
            lived = (self.curve.integral(end * speed) - self.curve.integral(begin * speed)) / speed
        return np.where(created.nulls(), frame.length / unit, lived / unit)

    def _speed(self, parents: SliceLike) -> Any:
        behavior = self.parent.node.segment_behavior
        if behavior is None or not self._speeds:
            return 1.0
        return segments.traits(behavior, parents.values(behavior.segment_column), "decay_rate")

    def _index(self, effect: EffectArgs) -> EffectIndex:
        position = self.effects.index(effect)
        world = self.table.world
        return self.table.memo.get(
            ("effect", position),
            lambda: EffectIndex(effect, self.document, lambda table, name: world.table(table).column(name)),
        )

    def _effect_on_parents(self, effect: EffectArgs, parents: SliceLike) -> NDArray[np.float64]:
        keys = [parents.values(self._locals[name]) for name in effect.on]
        time = parents.values(self._own_time) if effect.window is not None and self._own_time is not None else None
        return _felt(self._index(effect), effect, keys, time, parents.rows)

    # --- effects on when rows occur --------------------------------------------------------------------------------

    @cached_property
    def patterns(self) -> list[Pattern]:
        """What effects without keys do to the times of the table's rows."""
        return [_pattern(self._index(effect)) for effect in self.effects if self._by_time(effect)]

    @cached_property
    def _time_factor(self) -> float:
        """How many more rows occur because of these effects: the mean of their product over the time's weights."""
        work = self._time_work
        timed = [effect for effect in self.effects if self._by_time(effect)]
        if not timed:
            return 1.0
        if work is None or not isinstance(work.use.params, DatetimeSeriesParams):
            factors = [self._index(effect).at([], None, 1)[0] for effect in timed if effect.window is None]
            return float(np.prod(factors))
        drawn = sampler(work.use.params, Cells(work, None))
        plain = [pattern for pattern in self.table.shaping(work) if pattern not in self.patterns]
        return drawn.mean_weight / Sampler(drawn.grid, [*_own(work), *plain], work.limits.until).mean_weight

    # --- drawing ---------------------------------------------------------------------------------------------------

    def slices(self, parents: SliceLike, streams: BlockStreams, first: int | None) -> Iterator[Slice]:
        """The slices of the children of a slice of parents."""
        factor = self._factor(parents)
        alive = self._alive(parents)
        thin = bool(self._row_effects)
        counts = self.counter.draw(
            lambda purpose: streams.get(f"\x01fanout{purpose}"),
            factor,
            self._added(parents),
            chance=self._least_chance if thin else None,
        )
        if alive is not None:
            counts[~alive] = 0
        self._tell_of_bounds(counts, factor, parents)
        limit = self.table.world.slice_rows
        whole = thin or self.table.keys.plan.kind == "siblings"
        for start, children in pieces(counts, limit, whole=whole):
            rows = Slice(self.table, streams, int(children.sum()), first, family=Family(parents, start, children))
            if thin:
                rows = self._thinned(rows, first)
            if rows.rows:
                yield rows
                first = None if first is None else first + rows.rows

    def _tell_of_bounds(self, counts: NDArray[np.int64], factor: NDArray[np.float64], parents: SliceLike) -> None:
        """Where multipliers ask for far more children than the fanout allows, its bound alone decides: say so."""
        beyond = self.counter.far_beyond(factor, counts)
        if beyond and parents.first is not None:
            what = f"have the most {self.table.name} that max allows: multipliers ask for over twice as many"
            self.table.world.tally(self.parent.name, what, parents.first, beyond)

    def _alive(self, parents: SliceLike) -> NDArray[np.bool_] | None:
        """Which parents have any room for a child's time; None for all."""
        work = self._time_work
        if work is None or not isinstance(work.use.params, DatetimeSeriesParams):
            return None
        bounds = [bound for bound in work.bounds if bound.way.how == "parent" and not bound.equal]
        if not bounds:
            return None
        low, high = work.limits.of_parents(parents)
        drawn = sampler(work.use.params, Cells(work, None))
        alive = np.asarray(drawn.mass_between(low, high)) > 0
        if not alive.all() and parents.first is not None:
            what = (
                f"have no {self.table.name}: {work.name} has no instant left between their own times and {_end(drawn)}"
            )
            self.table.world.tally(self.parent.name, what, parents.first, int((~alive).sum()))
        return alive

    @cached_property
    def _most(self) -> float:
        """How many candidates are drawn for a row at the highest effect."""
        most = 1.0
        for effect in self._row_effects:
            most *= max(self._index(effect).largest, 0.0)
        if most > MOST_CANDIDATES:
            raise InputError(
                f"{self.table.name}: the effects on its rows multiply up to {most:.3g}; where their keys are drawn "
                f"row by row they may reach {MOST_CANDIDATES:g}"
            )
        return most

    @cached_property
    def _least_chance(self) -> float:
        """The chance that a candidate is kept, at least."""
        least = 1.0
        for effect in self._row_effects:
            least *= max(self._index(effect).smallest, 0.0)
        return least / self._most if self._most > 0 else 0.0

    def _thinned(self, rows: Slice, first: int | None) -> Slice:
        """The candidates that are kept, each in proportion to the effects on it."""
        chance = np.ones(rows.rows)
        for effect in self._row_effects:
            chance *= _felt(self._index(effect), effect, *self._keys_and_time(effect, rows), rows.rows)
        chance /= self._most if self._most > 0 else 1.0
        rows_of = rows.parent_rows - rows.related.start
        keep = self.counter.keep(rows.streams.get("\x01thin").random(rows.rows), chance, rows_of)
        return rows.thinned(keep, first)

    def _keys_and_time(self, effect: EffectArgs, rows: Slice) -> tuple[list[Values], Values | None]:
        keys = [rows.values(name) for name in effect.on]
        if effect.window is None:
            return keys, None
        if self._own_time is not None:
            return keys, rows.parent(self._own_time)
        work = self._time_work
        if work is None:
            raise InputError(
                f"{self.table.name}: an effect with a window needs a time, and neither it nor its parent has one"
            )
        return keys, rows.values(work.column.name)

    def ageing(self, rows: SliceLike) -> Ageing | None:
        """How the activity of the parents of these rows changes with age; None where it does not."""
        if self.curve is None or self.curve.flat or self._created is None:
            return None
        work = self._time_work
        if work is None or not work.column.after_parent:
            return None
        parents, start = rows.related.parents, rows.related.start
        created = rows.own_parents(parents.values(self._created))
        speed = self._speed(parents)
        low, _ = work.limits.of_parents(parents)
        part = slice(start, start + len(created))
        floor = created.numbers if low is None else low[part]
        return Ageing(
            self.curve, created.numbers, speed[part] if self._speeds else None, floor, rows.weights_of_parents
        )


def _end(drawn: Sampler) -> str:
    return to_text(drawn.grid.span.end)


def _own(work: ColumnLike) -> list[Pattern]:
    from datagen_core.timegrid import cycle  # noqa: PLC0415

    params = work.use.params
    return [cycle(one.dimension, one.weights) for one in params.all_patterns]


def _felt(
    index: EffectIndex, effect: EffectArgs, keys: list[Values], time: Values | None, rows: int
) -> NDArray[np.float64]:
    felt = index.at(keys, None if time is None else time.numbers, rows)
    if time is not None and time.valid is not None:
        felt = np.where(time.valid, felt, effect.map.default)
    return np.maximum(felt, 0.0)


def _pattern(index: EffectIndex) -> Pattern:
    return Pattern(
        lambda times: np.maximum(index.at([], times, len(times)), 0.0),
        lambda span: index.instants[(index.instants > span.start) & (index.instants <= span.end)],
    )
