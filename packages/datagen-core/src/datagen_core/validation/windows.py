"""Times lie in the window that their generator draws from."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from datagen_core.generators.datetime_series import DatetimeSeriesParams
from datagen_core.generators.diffusion_curve import DiffusionCurveParams
from datagen_core.instants import DAY, SECOND, to_text
from datagen_core.validation.case import Case, Skip, Trial, check
from datagen_core.validation.exposure import floors, window_of
from datagen_core.validation.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from datagen_core.schema.model import Column, Node

STAYING = frozenset({"seasonality", "time_jitter", "outliers", "add"})
"""Modifiers that move no instant out of its window, or all of them alike."""


@check("values.window")
def windows(case: Case) -> Iterator[Trial]:
    """No time lies before the first or after the last instant of its generator's window."""
    for node in case.document.nodes:
        for column in node.columns:
            series = isinstance(column.generator.params, DatetimeSeriesParams | DiffusionCurveParams)
            if series and column.type in {"datetime", "date"}:
                yield Trial(node.id, (column.name,), partial(_window, case, node, column))


def _window(case: Case, node: Node, column: Column) -> Outcome:
    odd = [use.name for use in column.modifiers if use.name not in STAYING]
    if odd or node.process is not None:
        raise Skip(f"{odd[0]} moves the times" if odd else "the steps of a process decide the times")
    span = window_of(case.document, column)
    shift = sum(round(use.params.value * SECOND) for use in column.modifiers if use.name == "add")
    values = case.values(node.id, column.name)
    times, last = values.numbers - shift, span.end
    first = span.start // DAY * DAY if column.type == "date" else span.start
    outside = ~values.nulls() & ((times < first) | (times > last)) & ~_forced(case, node, column, times)
    rows = int(outside.sum())
    message = f"no time of {len(times)} lies outside its window"
    if rows:
        example = to_text(int(values.numbers[outside][0]))
        message = f"{rows} of {len(times)} times lie outside their window, such as {example}"
    expected = {"start": to_text(first + shift), "end": to_text(last + shift)}
    return Outcome(not rows, message, rows, expected, effect=rows / max(len(times), 1), n=len(times))


def _forced(case: Case, node: Node, column: Column, times: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Rows that what comes before them leaves no instant of the window: they stand where that is."""
    try:
        floor = floors(case, node, column)
    except Skip:
        return np.ones(len(times), bool)
    return np.zeros(len(times), bool) if floor is None else times == floor
