"""What a column's values are like, for the sink to choose an encoding by."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core.generators.base import TIMES
from datagen_core.generators.datetime_series import DatetimeSeriesParams, grid_of
from datagen_core.generators.lookup import LookupParams
from datagen_core.sinks.base import Field, Layout
from datagen_core.values import ARROW_TYPES

if TYPE_CHECKING:
    from datagen_core.engine.columns import ColumnWork

FEW = 1 << 14
"""Distinct values up to which a dictionary is smaller and as fast as differences."""
CENTS = 2
_KEEPS = frozenset({"map_values", "clamp", "round", "seasonality"})  # modifiers after which few values are still few


def field_of(work: ColumnWork) -> Field:
    """The column as it is written."""
    column = work.column
    return Field(column.name, ARROW_TYPES[column.type], column.nullable, layout_of(work))


def layout_of(work: ColumnWork) -> Layout:
    """What the column's values are like."""
    if work.column.type == "bool":
        return "plain"
    if work.column.type == "string":
        return "plain" if work.unique else "repeated"
    if work.column.type in TIMES:
        return "repeated" if _few_times(work) else "ordered"
    if work.column.type == "float":
        return "repeated" if _few_floats(work) else "plain"
    return "repeated" if _few_ints(work) else "ordered"


def _changed(work: ColumnWork) -> bool:
    return bool(work.multipliers) or any(use.name not in _KEEPS for _, use, _ in work.modifiers)


def _few_times(work: ColumnWork) -> bool:
    params = work.use.params
    if work.column.type == "date":
        return True
    if isinstance(params, DatetimeSeriesParams) and not _changed(work):
        frame = work.table.world.document.timeframe
        return grid_of(params, work.table.world.timeframe, frame.freq).size <= FEW
    return work.use.name == "choice"


def _few_floats(work: ColumnWork) -> bool:
    rounded = [use.params.digits for _, use, _ in work.modifiers if use.name == "round"]
    if rounded and work.modifiers[-1][1].name in {"round", "clamp"}:
        return bool(rounded[-1] <= CENTS)
    if _changed(work):
        return False
    return work.use.name == "choice" or _from_few(work)


def _from_few(work: ColumnWork) -> bool:
    params = work.use.params
    return isinstance(params, LookupParams) and work.table.world.table(params.table).total <= FEW


def _few_ints(work: ColumnWork) -> bool:
    clamp = work.clamp
    return work.use.name == "choice" or (clamp is not None and clamp[1] - clamp[0] <= FEW)
