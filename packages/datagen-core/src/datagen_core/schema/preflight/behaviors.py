"""Behaviour of parents and shapes of facts: segments, ages, funnels, states, touchpoints."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from datagen_core.behaviors.segments import column_of
from datagen_core.errors import Problem
from datagen_core.generators.base import TIMES
from datagen_core.schema.derived import TOUCH_COLUMNS
from datagen_core.schema.domain import values_of
from datagen_core.schema.model import ParametricCurve
from datagen_core.schema.preflight.scope import column_names, no_column, nodes_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from datagen_core.errors import Pointer
    from datagen_core.schema.model import (
        AgeMultiplier,
        AttributionChain,
        Document,
        Node,
        SegmentBehavior,
        StageConfig,
        State,
        StateTransitionModel,
        VintageBehavior,
    )

MOST_TOUCHES = 10_000  # of a conversion, which is worked on as a whole
LONGEST_WINDOW = 100_000.0  # days; times stay far inside 64 bits
WHOLE = frozenset({"fanout", "all"})  # what an age multiplier applies to besides columns


def check(document: Document) -> Iterator[Problem]:
    """The behaviours of every node."""
    for node, pointer in nodes_of(document):
        if node.segment_behavior is not None:
            yield from _segments(document, node, node.segment_behavior, (*pointer, "segment_behavior"))
        if node.vintage_behavior is not None:
            yield from _vintage(document, node, node.vintage_behavior, (*pointer, "vintage_behavior"))
        if node.stage_config is not None:
            yield from _stages(document, node, node.stage_config, (*pointer, "stage_config"))
            yield from _roles(node, pointer)
        if node.state_transition_model is not None:
            yield from _states(document, node, node.state_transition_model, (*pointer, "state_transition_model"))
            yield from _roles(node, pointer)
        if node.attribution_chain is not None:
            yield from _attribution(node, node.attribution_chain, (*pointer, "attribution_chain"))


def _segments(document: Document, node: Node, behavior: SegmentBehavior, pointer: Pointer) -> Iterator[Problem]:
    if behavior.segment_column:  # where it could not be inferred, that is on record already
        yield from no_column(document, node.id, behavior.segment_column, (*pointer, "segment_column"))
    for group in ("behaviors", "segments"):
        yield from _known_segments(document, node, getattr(behavior, group), (*pointer, group))
    for name, traits in behavior.behaviors.items():
        for key in ("fanout_multiplier", "value_multiplier", "decay_rate"):
            least = None if key == "value_multiplier" else 0.0
            yield from _number(getattr(traits, key), (*pointer, "behaviors", name, key), least=least)
    shares = {name: share.base_probability for name, share in behavior.segments.items()}
    for name, share in shares.items():
        yield from _number(share, (*pointer, "segments", name, "base_probability"), most=1.0)
    if shares and not math.isclose(math.fsum(shares.values()), 1.0, abs_tol=0.01):
        yield Problem((*pointer, "segments"), f"the segments' shares sum to {math.fsum(shares.values()):g}, not to 1")
    columns = behavior.applies_to_columns
    named = [(name, (*pointer, "applies_to_columns", index)) for index, name in enumerate(columns)]
    yield from _applied(document, node, named)


def _known_segments(
    document: Document, node: Node | None, segments: Mapping[str, object], pointer: Pointer
) -> Iterator[Problem]:
    """Segments that the segment column can't hold."""
    name = column_of(document, node, segments) if node is not None else None
    column = node.column(name) if node is not None and name is not None else None
    values = values_of(document, node, column) if node is not None and column is not None else None
    if values is None or column is None or node is None:
        return
    words = sorted({str(value) for value in values if value is not None})
    for name in segments if words else ():
        if name not in words:
            message = f'{node.id}.{column.name} never holds "{name}"'
            yield Problem((*pointer, name), message, received=name, accepted=words, on_key=True)


def _children(document: Document, node: Node) -> list[Node]:
    return [other for other in document.nodes if node.id in other.parents]


def _applied(document: Document, node: Node, names: Iterable[tuple[str, Pointer]]) -> Iterator[Problem]:
    """Columns of the children that a multiplier names, each with its place."""
    if any(document.node(parent) is None for other in document.nodes for parent in other.parents):
        return  # a child may be lost by a wrong name, which is on record
    children = _children(document, node)
    known = tuple(dict.fromkeys(name for child in children for name in column_names(child)))
    for name, pointer in names:
        if name not in known:
            yield Problem(pointer, f'no child of {node.id} has a column "{name}"', received=name, accepted=known)


def _vintage(document: Document, node: Node, behavior: VintageBehavior, pointer: Pointer) -> Iterator[Problem]:
    created = node.column(behavior.created_at_column)
    if created is None:
        accepted = tuple(column.name for column in node.columns if column.type in TIMES)
        message = f'{node.id} has no column "{behavior.created_at_column}", from which age is counted'
        name = behavior.created_at_column
        yield Problem((*pointer, "created_at_column"), message, received=name, accepted=accepted)
    elif created.type not in TIMES:
        message = f"{node.id}.{created.name} is {created.type}, not a time"
        yield Problem((*pointer, "created_at_column"), message)
    for name, multiplier in behavior.age_based_multipliers.items():
        place = (*pointer, "age_based_multipliers", name)
        yield from _curve(multiplier.curve, (*place, "curve"))
        yield from _applied(document, node, _targets(multiplier, (*place, "applies_to")))


def _targets(multiplier: AgeMultiplier, pointer: Pointer) -> Iterator[tuple[str, Pointer]]:
    """The columns that an age multiplier names, each with its place."""
    if isinstance(multiplier.applies_to, str):
        named: list[tuple[str, Pointer]] = [(multiplier.applies_to, pointer)]
    else:
        named = [(name, (*pointer, index)) for index, name in enumerate(multiplier.applies_to)]
    yield from (entry for entry in named if entry[0] not in WHOLE)


def _curve(curve: tuple[float, ...] | ParametricCurve, pointer: Pointer) -> Iterator[Problem]:
    if isinstance(curve, ParametricCurve):
        for key in ("a", "b"):
            value = getattr(curve.params, key)
            if value is None:
                yield Problem(pointer, f'a {curve.curve_type} curve needs "{key}" in its params')
            else:
                yield from _number(value, (*pointer, "params", key), least=None)
        return
    if not curve:
        yield Problem(pointer, "the curve is empty")
    for index, value in enumerate(curve):
        yield from _number(value, (*pointer, index))


def _stages(document: Document, node: Node, config: StageConfig, pointer: Pointer) -> Iterator[Problem]:
    if not config.stages:
        yield Problem((*pointer, "stages"), "a funnel has at least one stage")
    names = [stage.stage_name for stage in config.stages]
    for index, stage in enumerate(config.stages):
        place = (*pointer, "stages", index)
        yield from _number(stage.transition_rate, (*place, "transition_rate"), most=1.0)
        if stage.stage_name in names[:index]:
            yield Problem((*place, "stage_name"), f'two stages are called "{stage.stage_name}"')
    yield from _number(config.time_between_stages_hours, (*pointer, "time_between_stages_hours"), above=True)
    yield from _variation(document, node, config, pointer)


def _variation(
    document: Document, node: Node, model: StageConfig | StateTransitionModel, pointer: Pointer
) -> Iterator[Problem]:
    place = (*pointer, "segment_variation")
    parent = document.node(node.parents[0]) if node.parents else None
    if model.segment_variation and parent is not None and column_of(document, parent, model.segment_variation) is None:
        message = f"{parent.id} has no segment_behavior that would say which column holds its segments"
        yield Problem(place, message, hint="and no string column, or more than one, lists them all")
    yield from _known_segments(document, parent, model.segment_variation, place)
    for name, variation in model.segment_variation.items():
        for key in ("transition_multiplier", "churn_multiplier"):
            yield from _number(getattr(variation, key, 1.0), (*place, name, key))


def _roles(node: Node, pointer: Pointer) -> Iterator[Problem]:
    """Columns that a process fills, and what would make their values mean something else."""
    process = "stage_config" if node.stage_config is not None else "state_transition_model"
    for index, column in enumerate(node.columns):
        role = getattr(column.generator.params, "role", None)
        place = (*pointer, "columns", index)
        if role is None:
            continue
        if column.null_rate:
            yield Problem((*place, "null_rate"), f"{process} fills {column.name} in every row", on_key=True)
        for number, use in enumerate(column.modifiers):
            if not (role in {"to", "from"} and use.name == "map_values"):
                message = f"{process} says what {column.name} holds: {use.name} would make it say something else"
                yield Problem((*place, "modifiers", number, "transform"), message)


def _states(document: Document, node: Node, model: StateTransitionModel, pointer: Pointer) -> Iterator[Problem]:
    known = tuple(model.states)
    if model.initial_state not in known:
        message = f'unknown state "{model.initial_state}"'
        yield Problem((*pointer, "initial_state"), message, received=model.initial_state, accepted=known)
    for name, state in model.states.items():
        yield from _state(state, known, (*pointer, "states", name))
    if model.max_transitions < 1:
        yield Problem(
            (*pointer, "max_transitions"), f"max_transitions is {model.max_transitions}; it has to be 1 or more"
        )
    for index, value in enumerate(model.vintage_variation.churn_multiplier_curve):
        yield from _number(value, (*pointer, "vintage_variation", "churn_multiplier_curve", index))
    yield from _variation(document, node, model, pointer)


def _state(state: State, known: tuple[str, ...], pointer: Pointer) -> Iterator[Problem]:
    if state.terminal:
        if state.next_states:
            yield Problem((*pointer, "next_states"), "nothing follows a terminal state", on_key=True)
        return
    yield from _number(state.transition_prob_per_period, (*pointer, "transition_prob_per_period"))
    if not any(weight > 0 for weight in state.next_states.values()):
        yield Problem(pointer, "a state has next_states, or is terminal", hint='write "terminal": true')
    for name, weight in state.next_states.items():
        place = (*pointer, "next_states", name)
        if name not in known:
            yield Problem(place, f'unknown state "{name}"', received=name, accepted=known, on_key=True)
        yield from _number(weight, place)


def _attribution(node: Node, chain: AttributionChain, pointer: Pointer) -> Iterator[Problem]:
    if not chain.channels:
        yield Problem((*pointer, "channels"), "the list of channels is empty")
    if chain.channel_weights is not None:
        yield from _weights(chain.channel_weights, len(chain.channels), "channels", (*pointer, "channel_weights"))
    if chain.min_touches < 1:
        yield Problem((*pointer, "min_touches"), f"min_touches is {chain.min_touches}; it has to be 1 or more")
    if chain.max_touches < chain.min_touches:
        message = f"max_touches {chain.max_touches} lies below min_touches {chain.min_touches}"
        yield Problem((*pointer, "max_touches"), message)
    if chain.max_touches > MOST_TOUCHES:
        message = f"max_touches is {chain.max_touches}; a conversion has at most {MOST_TOUCHES}"
        yield Problem((*pointer, "max_touches"), message)
    yield from _number(chain.time_window_days, (*pointer, "time_window_days"), above=True, most=LONGEST_WINDOW)
    if chain.time_decay_halflife_days is not None:
        yield from _number(chain.time_decay_halflife_days, (*pointer, "time_decay_halflife_days"), above=True)
    if not any(column.type in TIMES for column in node.columns):
        yield Problem(pointer, f"{node.id} has no datetime column, which the touches come before", on_key=True)
    for name in node.keys:
        if name in TOUCH_COLUMNS:
            message = f'{chain.touchpoint_table_name} has a column "{name}" of its own beside the key of {node.id}'
            yield Problem(pointer, message, hint=f"give the key of {node.id} another name", on_key=True)


def _weights(weights: Iterable[float], count: int, what: str, pointer: Pointer) -> Iterator[Problem]:
    found = list(weights)
    if len(found) != count:
        yield Problem(pointer, f"{len(found)} weights for {count} {what}")
    for index, weight in enumerate(found):
        yield from _number(weight, (*pointer, index))
    if not any(found):
        yield Problem(pointer, "all weights are 0")


def _number(
    value: float, pointer: Pointer, *, least: float | None = 0.0, most: float | None = None, above: bool = False
) -> Iterator[Problem]:
    """The problem of a number outside its bounds; `above` excludes the lower one."""
    name = next((step for step in reversed(pointer) if isinstance(step, str)), "value")
    if least is not None and (value < least or (above and value == least)):
        wanted = f"above {least:g}" if above else f"{least:g} or more"
        yield Problem(pointer, f"{name} is {value:g}; it has to be {wanted}")
    elif most is not None and value > most:
        yield Problem(pointer, f"{name} is {value:g}; it has to be at most {most:g}")
