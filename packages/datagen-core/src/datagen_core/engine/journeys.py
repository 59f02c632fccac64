"""Tables whose rows are the steps of something: stages of a funnel, changes of state, touchpoints before a conversion.

How many rows a parent has and what they hold by their role is drawn for some parents at a time; the rows are then cut into
slices. What is not asked for (the times of a funnel while its rows are counted) is not drawn.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import cached_property, partial
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa

from datagen_core import registry
from datagen_core.behaviors import attribution, segments, stages
from datagen_core.behaviors.creation import creation_column, time_column
from datagen_core.behaviors.transitions import Model, Steps
from datagen_core.engine.cells import Cells
from datagen_core.engine.fanout import FanoutWork
from datagen_core.engine.pieces import pieces
from datagen_core.engine.seams import Family
from datagen_core.engine.slices import Slice
from datagen_core.errors import InputError
from datagen_core.generators.choice import Picker
from datagen_core.generators.datetime_series import DatetimeSeriesParams
from datagen_core.generators.state import RoleParams
from datagen_core.schema.model import GeneratorUse
from datagen_core.values import Values, take_text

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from datagen_core.engine.block import BlockStreams
    from datagen_core.engine.seams import Offspring, SliceLike, TableLike
    from datagen_core.schema.model import AttributionChain, StageConfig, StateTransitionModel

CHUNK_ROWS = 1 << 18
"""Rows that the parents which are worked on at once may have, at most; one parent's own aside."""
FEWEST_PARENTS = 64


def offspring(table: TableLike) -> Offspring:
    """What makes the rows of a fact that has a parent."""
    node = table.node
    if node.touches is not None:
        return TouchesWork(table, node.touches)
    if node.stage_config is not None:
        return FunnelWork(table, node.stage_config)
    if node.state_transition_model is not None:
        return StatesWork(table, node.state_transition_model)
    return FanoutWork(table)


class Chunk(ABC):
    """Some parents' rows.

    Attributes
    ----------
    count
        Rows of each parent.
    """

    count: NDArray[np.int64]

    @abstractmethod
    def role(self, role: str, rows: slice) -> Values:
        """What some of the rows hold by their role."""


class _Work(ABC):
    """The part that all kinds of steps share."""

    row_columns: frozenset[str] = frozenset()

    def __init__(self, table: TableLike, most: int) -> None:
        if table.parent is None:
            raise InputError(f"{table.name} has no parent")
        self.table = table
        self.parent = table.parent
        self._width = max(FEWEST_PARENTS, CHUNK_ROWS // max(most, 1))

    def _rates(self, parents: SliceLike) -> NDArray[np.float64]:
        """What the rates of each parent are multiplied by."""
        return np.ones(parents.rows)

    @abstractmethod
    def _chunk(self, parents: SliceLike, part: slice, rates: NDArray[np.float64], streams: BlockStreams) -> Chunk:
        """The rows of some parents of a slice, whose rates are multiplied."""

    def slices(self, parents: SliceLike, streams: BlockStreams, first: int | None) -> Iterator[Slice]:
        """The slices of the children of a slice of parents."""
        rates = self._rates(parents)
        for start in range(0, parents.rows, self._width):
            part = slice(start, min(start + self._width, parents.rows))
            chunk = self._chunk(parents, part, rates[part], streams)
            row = 0
            whole = self.table.keys.plan.kind == "siblings"
            for begin, children in pieces(chunk.count, self.table.world.slice_rows, whole=whole):
                rows = int(children.sum())
                family = Family(parents, start + begin, children)
                roles = partial(chunk.role, rows=slice(row, row + rows))
                yield Slice(self.table, streams, rows, first, family=family, roles=roles)
                row += rows
                first = None if first is None else first + rows


class _JourneyWork(_Work):
    """Journeys that begin at the creation of their parent, and whose pace depends on its segment."""

    def __init__(self, table: TableLike, process: StageConfig | StateTransitionModel, most: int) -> None:
        super().__init__(table, most)
        self._varied = process.segment_variation
        self._segment = (
            segments.column_of(table.world.document, self.parent.node, self._varied) if self._varied else None
        )
        self._time = time_column(table.node)
        created = creation_column(self.parent.node)
        free = self._time is not None and not self._time.after_parent
        self._created = None if created is None or free else created

    @property
    def parent_columns(self) -> frozenset[str]:
        return frozenset() if self._segment is None else frozenset({self._segment})

    def role_columns(self, role: str) -> frozenset[str]:
        timed = role == "time" and self._created is not None
        return frozenset({self._created.name}) if timed and self._created is not None else frozenset()

    def _rates(self, parents: SliceLike) -> NDArray[np.float64]:
        found = None if self._segment is None else parents.values(self._segment)
        return segments.variation(self._varied, found, parents.rows)

    @property
    def _end(self) -> int:
        return self.table.world.timeframe.end

    def _start(self, parents: SliceLike, part: slice, streams: BlockStreams) -> NDArray[np.int64]:
        """When each journey begins: at its parent's creation, or by the time column's own generator where there is none."""
        created = None if self._created is None else parents.values(self._created.name)
        if created is not None and self._created is not None and not self._created.nullable:
            return created.numbers[part]
        drawn = self._drawn(parents, part, streams)
        return drawn if created is None else np.where(created.nulls()[part], drawn, created.numbers[part])

    def _drawn(self, parents: SliceLike, part: slice, streams: BlockStreams) -> NDArray[np.int64]:
        count = part.stop - part.start
        if self._time is None:  # nobody will see when it begins: anywhere in the window
            frame = self.table.world.timeframe
            anywhere: NDArray[np.int64] = (streams.get("\x01start").random(count) * frame.length).astype(np.int64)
            return frame.start + anywhere
        use = self._own_generator
        spec = registry.spec("generators", use.name)
        family = Family(parents, part.start, np.ones(count, dtype=np.int64))
        one_each = Slice(self.table, streams, count, None, family=family)
        cells = Cells(self.table.column_work(self._time.name), one_each, "\x01start")
        made: Values = spec.make(use.params, cells)  # type: ignore[union-attr]
        return made.numbers

    @cached_property
    def _own_generator(self) -> GeneratorUse:
        """What the document gives the time column; a point of the timeframe's grid where it says no more than its role."""
        params = None if self._time is None else self._time.generator.params
        if isinstance(params, RoleParams) and params.own is not None:
            return params.own
        return GeneratorUse("datetime_series", DatetimeSeriesParams())


class FunnelWork(_JourneyWork):
    """The stages that each parent reaches."""

    def __init__(self, table: TableLike, config: StageConfig) -> None:
        super().__init__(table, config, len(config.stages))
        self.config = config
        self.names = pa.array([*(stage.stage_name for stage in config.stages), None], pa.string())

    def _chunk(self, parents: SliceLike, part: slice, rates: NDArray[np.float64], streams: BlockStreams) -> Chunk:
        count = stages.reached(self.config, rates, lambda purpose: streams.get(f"\x01{purpose}"))
        return _Stages(self, count, lambda: self._start(parents, part, streams), streams)

    def times(self, start: NDArray[np.int64], count: NDArray[np.int64], streams: BlockStreams) -> NDArray[np.int64]:
        """When each stage is reached."""
        return stages.times(self.config, start, count, self._end, lambda purpose: streams.get(f"\x01{purpose}"))


class _Stages(Chunk):
    def __init__(
        self,
        work: FunnelWork,
        count: NDArray[np.int64],
        start: Callable[[], NDArray[np.int64]],
        streams: BlockStreams,
    ) -> None:
        self.count = count
        self._work = work
        self._start = start
        self._streams = streams

    def role(self, role: str, rows: slice) -> Values:
        if role == "time":
            return Values(self._times[rows])
        index = self._index[rows]
        if role == "index":
            return Values(index)
        before = np.where(index > 0, index - 1, len(self._work.names) - 1)
        return Values(take_text(self._work.names, index if role == "to" else before))

    @cached_property
    def _index(self) -> NDArray[np.int64]:
        return attribution.positions(self.count) - 1

    @cached_property
    def _times(self) -> NDArray[np.int64]:
        return self._work.times(self._start(), self.count, self._streams)


class StatesWork(_JourneyWork):
    """The states through which each parent goes."""

    def __init__(self, table: TableLike, model: StateTransitionModel) -> None:
        self.model = Model(model)
        periods = table.world.timeframe.length / self.model.period  # p is 1 at most: a change in each period
        super().__init__(table, model, int(min(model.max_transitions, 2 * periods + 20)) + 1)
        self.names = pa.array([*self.model.names, None], pa.string())

    @property
    def parent_columns(self) -> frozenset[str]:
        return super().parent_columns | self.role_columns("time")

    def _chunk(self, parents: SliceLike, part: slice, rates: NDArray[np.float64], streams: BlockStreams) -> Chunk:
        start = self._start(parents, part, streams)
        steps = self.model.run(start, rates, self._end, lambda purpose: streams.get(f"\x01{purpose}"))
        return _States(self, steps)


class _States(Chunk):
    def __init__(self, work: StatesWork, steps: Steps) -> None:
        self.count = steps.count
        self._work = work
        self._steps = steps

    def role(self, role: str, rows: slice) -> Values:
        if role == "time":
            return Values(self._steps.time[rows])
        if role == "index":
            return Values(self._index[rows])
        state = self._steps.state[rows] if role == "to" else self._steps.origin[rows]
        return Values(take_text(self._work.names, np.where(state < 0, len(self._work.names) - 1, state)))

    @cached_property
    def _index(self) -> NDArray[np.int64]:
        return attribution.positions(self.count) - 1


class TouchesWork(_Work):
    """The touchpoints before each conversion; a conversion without a time has none."""

    def __init__(self, table: TableLike, chain: AttributionChain) -> None:
        super().__init__(table, chain.max_touches)
        self.chain = chain
        time = time_column(self.parent.node)
        if time is None:
            raise InputError(f"{self.parent.name} has no datetime column")
        self._time = time
        self.channels = pa.array(chain.channels, pa.string())
        self.picker = Picker(chain.channel_weights or (1.0,) * len(chain.channels))

    @property
    def parent_columns(self) -> frozenset[str]:
        return frozenset({self._time.name}) if self._time.nullable else frozenset()

    def role_columns(self, role: str) -> frozenset[str]:
        return frozenset({self._time.name}) if role == "time" else frozenset()

    def _chunk(self, parents: SliceLike, part: slice, rates: NDArray[np.float64], streams: BlockStreams) -> Chunk:
        number = part.stop - part.start
        count = streams.get("\x01touches").integers(self.chain.min_touches, self.chain.max_touches + 1, number)
        if self._time.nullable:
            count[parents.values(self._time.name).nulls()[part]] = 0
        return _Touches(self, count, lambda: parents.values(self._time.name).numbers[part], streams)


class _Touches(Chunk):
    def __init__(
        self,
        work: TouchesWork,
        count: NDArray[np.int64],
        times: Callable[[], NDArray[np.int64]],
        streams: BlockStreams,
    ) -> None:
        self.count = count
        self._work = work
        self._conversions = times
        self._streams = streams

    def role(self, role: str, rows: slice) -> Values:
        if role == "channel":
            return Values(take_text(self._work.channels, self._channel[rows]))
        if role == "position":
            return Values(attribution.positions(self.count)[rows])
        return Values((self._time if role == "time" else self._weight)[rows])

    @cached_property
    def _channel(self) -> NDArray[np.int64]:
        picked: NDArray[np.int64] = self._work.picker(self._streams.get("\x01channel"), int(self.count.sum()))
        return picked

    @cached_property
    def _distance(self) -> NDArray[np.int64]:
        """Microseconds before the conversion, the first touch first."""
        drawn = attribution.before(self._work.chain, self._streams.get("\x01before").random(int(self.count.sum())))
        return attribution.in_order(drawn, self.count)

    @cached_property
    def _time(self) -> NDArray[np.int64]:
        return np.repeat(self._conversions(), self.count) - self._distance

    @cached_property
    def _weight(self) -> NDArray[np.float64]:
        some = self.count[self.count > 0]
        return attribution.weights(self._work.chain, self._distance, some)
