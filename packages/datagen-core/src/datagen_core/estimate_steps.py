"""How many rows funnels and state models make for each parent on average, from their declared rates alone.

A state model is followed on a grid of ages: the share of the parents in each state, and how many of them leave it in each
step. A parent that comes to be at a random instant of the window reaches age a with probability 1 - a/T; one that comes to
be at a random instant after its own parent with probability 1 - a/T + a/T ln(a/T).
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from datagen_core.behaviors.creation import creation_column
from datagen_core.behaviors.segments import column_of
from datagen_core.behaviors.transitions import PERIODS
from datagen_core.generators.choice import ChoiceParams, weights_of
from datagen_core.generators.enum_list import EnumListParams
from datagen_core.instants import DAY, parse_instant
from datagen_core.schema.model import StageConfig

if TYPE_CHECKING:
    from collections.abc import Iterable

    from datagen_core.schema.model import Document, Node, State, StateTransitionModel

_DRAWN = frozenset({"datetime_series", "diffusion_curve", "lookup"})
LEAST_STEPS, MOST_STEPS = 60, 2_000
FINE = 0.2  # of the fastest state's mean sojourn a step is, where that many steps suffice


def steps(process: StageConfig | StateTransitionModel, parent: Node, document: Document) -> float:
    """The mean number of rows of a parent."""
    varied = {name: one.factor for name, one in process.segment_variation.items()}
    column = column_of(document, parent, varied) or ""
    shares = segment_shares(parent, column, varied) if varied else {"": 1.0}
    rows = {
        factor: _stages(process, factor)
        if isinstance(process, StageConfig)
        else _states(process, factor, timeframe_days(document), lateness(document, parent) or 1)
        for factor in {varied.get(name, 1.0) for name in shares}
    }
    return math.fsum(share * rows[varied.get(name, 1.0)] for name, share in shares.items())


def timeframe_days(document: Document) -> float:
    """The length of the document's window in days."""
    frame = document.timeframe
    start, end = parse_instant(frame.start) or 0, parse_instant(frame.end, end=True) or 0
    return max(end - start + 1, 0) / DAY


def segment_shares(parent: Node, name: str, segments: Iterable[str]) -> dict[str, float]:
    """The share of each segment, as the column's weights declare it; equal shares where nothing does."""
    column = parent.column(name)
    params = column.generator.params if column is not None else None
    if isinstance(params, ChoiceParams) and params.choices:
        found: dict[str, float] = {}
        for value, share in zip(params.choices, weights_of(params, len(params.choices)), strict=False):
            found[str(value)] = found.get(str(value), 0.0) + share
        return found
    names = [str(value) for value in params.values] if isinstance(params, EnumListParams) else list(segments)
    return dict.fromkeys(names, 1.0 / len(names)) if names else {}


def lateness(document: Document, node: Node) -> int:
    """How often in a row something comes to be anywhere in what is left of the window: a parent, then its children, …"""
    created = creation_column(node)
    if created is None or created.generator.name not in _DRAWN:
        return 0
    parent = document.node(node.parents[0]) if node.parents else None
    if parent is None or created.generator.name == "lookup":
        return 1 if parent is None else max(lateness(document, parent), 1)
    return 1 + lateness(document, parent)


def alive(late: int, share: float) -> float:
    """The chance that a row lives for a share of the window, by how often in a row its making was left to chance."""
    if not late:
        return 1.0
    once = 1.0 - share
    return once if late == 1 or share <= 0 else max(once + share * math.log(share), 0.0)


def _stages(config: StageConfig, factor: float) -> float:
    reached, total = 1.0, 1.0
    for stage in config.stages[1:]:
        reached *= min(1.0, stage.transition_rate * factor)
        total += reached
    return total


def _states(model: StateTransitionModel, factor: float, days: float, late: int) -> float:
    """1 for the initial state, and the flow out of states over the ages that parents reach."""
    period = PERIODS[model.period_unit]
    fastest = max((state.transition_prob_per_period for state in model.states.values()), default=0.0)
    count = min(max(round(days / period * min(fastest * factor, 1.0) / FINE), LEAST_STEPS), MOST_STEPS)
    width = days / count
    shares = dict.fromkeys(model.states, 0.0) | {model.initial_state: 1.0}
    total = 0.0
    for step in range(count):
        age = (step + 0.5) * width
        multiplier = factor * _curve(model, age / period)
        flows = {name: share * _left(model.states[name], multiplier, width / period) for name, share in shares.items()}
        total += math.fsum(flows.values()) * alive(late, age / days)
        for name, flow in flows.items():
            shares[name] -= flow
            weights = model.states[name].next_states
            for after, weight in weights.items() if flow else ():
                shares[after] = shares.get(after, 0.0) + flow * weight / (sum(weights.values()) or 1.0)
    return 1.0 + min(total, float(model.max_transitions))


def _curve(model: StateTransitionModel, age: float) -> float:
    curve = model.vintage_variation.churn_multiplier_curve
    return curve[min(int(age), len(curve) - 1)] if curve else 1.0


def _left(state: State, multiplier: float, periods: float) -> float:
    """The share of those in a state who leave it within some periods."""
    if state.terminal:
        return 0.0
    return -math.expm1(-min(state.transition_prob_per_period * multiplier, 1.0) * periods)
