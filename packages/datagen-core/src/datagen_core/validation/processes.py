"""Laws of funnels and state models: who goes on, where to, and after how long."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from datagen_core.behaviors.creation import time_column
from datagen_core.behaviors.segments import column_of
from datagen_core.behaviors.stages import chances
from datagen_core.behaviors.transitions import Model
from datagen_core.generators.datetime_series import DatetimeSeriesParams, grid_of
from datagen_core.generators.state import RoleParams
from datagen_core.instants import DAY, HOUR, PATTERN_LENGTHS, Span
from datagen_core.schema.domain import values_of
from datagen_core.timegrid import Grid, cycle_index
from datagen_core.validation.case import Case, Skip, Trial, check
from datagen_core.validation.exposure import Pattern, hour_weights, latest, timeframe
from datagen_core.validation.journeys import OTHERS, Journeys, births, factors, groups, journeys, played, processes
from datagen_core.validation.laws import enough, judge_cumulated, judge_shares
from datagen_core.validation.rates import judge_events, judge_rate
from datagen_core.validation.times import LABELS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from datagen_core.schema.model import Column, Document, Node, StateTransitionModel
    from datagen_core.validation.report import Outcome

EDGES = 200
"""Points at which the law of the waits is compared."""


@check("behaviour.stage_rate")
def stage_rates(case: Case) -> Iterator[Trial]:
    """As many go on to a stage as its rate says, by segment."""
    for node, _ in processes(case):
        config = node.stage_config
        if config is None:
            continue
        column = played(node, "to") or played(node, "index")
        names = _groups(case.document, node)
        for stage in range(1, len(config.stages)):
            for group in names:
                judge = partial(_stage_rate, case, node, stage, group)
                yield Trial(node.id, (column.name,) if column else (), judge)


def _groups(document: Document, node: Node) -> list[str]:
    """The segments that differ, and the others where there are any; one group where none does."""
    parent, varied = document.node(node.parents[0]), node.process.segment_variation if node.process is not None else {}
    name = column_of(document, parent, varied) if varied and parent is not None else None
    column = parent.column(name) if name is not None and parent is not None else None
    if parent is None or column is None:
        return [""]
    values = values_of(document, parent, column)
    named = [f" in {segment}" for segment in varied]
    return named if values is not None and set(map(str, values)) <= set(varied) else [*named, OTHERS]


def _chosen(case: Case, node: Node, group: str) -> tuple[NDArray[np.bool_], str]:
    """The parents of a segment, or of those that no segment names; and in words."""
    every = groups(case, node)
    name = group if group in every else OTHERS
    if name not in every:
        raise Skip("every segment has a rate of its own")
    return every[name], name


def _stage_rate(case: Case, node: Node, stage: int, group: str) -> Outcome:
    found, config = journeys(case, node), node.stage_config
    if config is None:
        raise Skip(f"{node.id} is no funnel")
    chosen, group = _chosen(case, node, group)
    before, here = _there(found, stage - 1) & chosen, _there(found, stage) & chosen
    multiplier = factors(case, node)[chosen]
    expected = float(chances(config, stage, multiplier[:1])[0]) if len(multiplier) else 0.0
    names = config.stages[stage - 1].stage_name, config.stages[stage].stage_name
    return judge_rate(int((before & here).sum()), int(before.sum()), expected, f"from {names[0]} to {names[1]}{group}")


def _there(found: Journeys, stage: int) -> NDArray[np.bool_]:
    """Which parents reach a stage: by a row of it, or where no column says so by as many rows."""
    if found.code is None:
        return found.count > stage
    rows = found.parent[found.code == stage]
    return np.bincount(rows, minlength=found.parents) > 0


@check("behaviour.wait")
def waits(case: Case) -> Iterator[Trial]:
    """Waits between steps are exponential with the declared mean, net of the window's end."""
    for node, _ in processes(case):
        own = played(node, "time")
        if own is not None:
            yield Trial(node.id, (own.name,), partial(_wait, case, node, own))


def _wait(case: Case, node: Node, own: Column) -> Outcome:
    found = journeys(case, node)
    if found.time is None or own.type != "datetime":
        raise Skip(f"{node.id}.{own.name} has days and no times")
    later = np.flatnonzero(~found.first)
    mean, room = _means(case, node, found, later - 1)
    wait = (found.time[later] - found.time[later - 1]).astype(np.float64)
    usable = np.isfinite(mean) & (wait > 0) & (wait <= room)
    enough(int(usable.sum()))
    wait, mean, room = wait[usable], mean[usable], room[usable]
    passed = np.sort(np.expm1(-wait / mean) / np.expm1(-room / mean))
    points = np.linspace(0, 1, EDGES + 1)[1:-1]
    observed = np.searchsorted(passed, points, side="right") / len(passed)
    return judge_cumulated(points, observed, points, len(passed), "waits by their own law (0 to 1)")


def _means(
    case: Case, node: Node, found: Journeys, rows: NDArray[np.int64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """The mean wait after each row in microseconds (infinite where there is none), and how long it may be."""
    time = found.time if found.time is not None else np.zeros(0, np.int64)
    end = timeframe(case.document).end
    if node.stage_config is not None:
        to_come = found.count[found.parent[rows]] - 2 - found.position[rows]
        room = (end - time[rows] - np.maximum(to_come, 0)).astype(np.float64)
        start = time[rows - found.position[rows]]
        room = np.where(start > end, np.inf, room)
        return np.full(len(rows), node.stage_config.time_between_stages_hours * HOUR), room
    chance, period = _chances(case, node, found, rows)
    mean = np.divide(period, chance, out=np.full(len(rows), np.inf), where=chance > 0)
    return mean, (end - time[rows]).astype(np.float64)


def _chances(case: Case, node: Node, found: Journeys, rows: NDArray[np.int64]) -> tuple[NDArray[np.float64], float]:
    """p of each row, and the period in microseconds."""
    if node.state_transition_model is None or found.code is None or found.time is None:
        raise Skip(f"{node.id} has no column of states, or no time")
    states = Model(node.state_transition_model)
    whose = found.parent[rows]
    begun = np.zeros(found.parents, np.int64)
    begun[found.parent[found.first]] = found.time[found.first]
    created = births(case, node)
    born = begun if created is None else np.where(created.nulls(), begun, created.numbers)
    code = found.code[rows]
    chance = states.chance(np.maximum(code, 0), factors(case, node)[whose], found.time[rows] - born[whose])
    return np.where(code >= 0, chance, 0.0), states.period


@check("behaviour.transition_rate")
def transition_rates(case: Case) -> Iterator[Trial]:
    """States are left as often as their probability per period says, by segment, given the time that each had."""
    for node, _ in processes(case):
        model, column = node.state_transition_model, played(node, "to")
        if model is None or column is None:
            continue
        names = _groups(case.document, node)
        for state in [name for name, one in model.states.items() if not one.terminal]:
            for group in names:
                judge = partial(_transition_rate, case, node, state, group)
                yield Trial(node.id, (column.name,), judge)


def _transition_rate(case: Case, node: Node, state: str, group: str) -> Outcome:
    found, model = journeys(case, node), node.state_transition_model
    own = time_column(node)
    if model is None or found.code is None or found.time is None or own is None or own.type != "datetime":
        raise Skip(f"{node.id} has no times of its changes")
    chosen, group = _chosen(case, node, group)
    at_risk = (found.code == found.names.index(state)) & chosen[found.parent] & (found.position < model.max_transitions)
    rows = np.flatnonzero(at_risk)
    chance, period = _chances(case, node, found, rows)
    until = np.where(found.last[rows], timeframe(case.document).end, found.time[np.minimum(rows + 1, len(at_risk) - 1)])
    exposure = np.maximum(until - found.time[rows], 0) / period
    events = int((~found.last[rows]).sum())
    return judge_events(events, float((chance * exposure).sum()), len(rows), f"leaving {state}{group}")


@check("behaviour.transition_mix")
def transition_mixes(case: Case) -> Iterator[Trial]:
    """Where a state leads is as frequent as its next_states say."""
    for node, _ in processes(case):
        model, column = node.state_transition_model, played(node, "to")
        for state, one in model.states.items() if model is not None and column is not None else ():
            if len(one.next_states) > 1 and column is not None and model is not None:
                yield Trial(node.id, (column.name,), partial(_transition_mix, case, node, model, state))


def _transition_mix(case: Case, node: Node, model: StateTransitionModel, state: str) -> Outcome:
    found = journeys(case, node)
    if found.code is None:
        raise Skip(f"{node.id} has no column of states")
    came = ~found.first & (np.roll(found.code, 1) == found.names.index(state)) & (found.code >= 0)
    observed = np.bincount(found.code[came], minlength=len(found.names))
    expected = Model(model).following[found.names.index(state)]
    return judge_shares(observed, expected, found.names, f"after {state}")


@check("behaviour.start")
def starts(case: Case) -> Iterator[Trial]:
    """Journeys without a parent's creation begin when the column's own generator says."""
    for node, _ in processes(case):
        own = played(node, "time")
        params = own.generator.params if own is not None else None
        series = params.own.params if isinstance(params, RoleParams) and params.own is not None else None
        if own is not None and isinstance(series, DatetimeSeriesParams):
            for pattern in series.all_patterns:
                judge = partial(_start, case, node, own, pattern.dimension)
                yield Trial(node.id, (own.name,), judge)


def _start(case: Case, node: Node, own: Column, dimension: str) -> Outcome:
    if births(case, node) is not None:
        raise Skip(f"{node.id} begins with its {node.parents[0]}")
    series: DatetimeSeriesParams = own.generator.params.own.params
    found = journeys(case, node)
    if found.time is None:
        raise Skip(f"{node.id} has no time")
    times = found.time[found.first]
    enough(len(times))
    grid = grid_of(series, timeframe(case.document), case.document.timeframe.freq)
    span = Span(grid.span.start, max(min(grid.span.end, latest(case.document, node, own)), grid.span.start))
    patterns = [Pattern(one.dimension, one.weights) for one in series.all_patterns]
    table = hour_weights(Grid(span, grid.freq), patterns)
    hours = (grid.span.start // DAY * 24 + np.arange(table.size)) * HOUR
    size = PATTERN_LENGTHS[dimension]
    expected = np.bincount(cycle_index(hours, dimension), table.reshape(-1), size)
    return judge_shares(
        np.bincount(cycle_index(times, dimension), minlength=size), expected, LABELS[dimension], dimension
    )
