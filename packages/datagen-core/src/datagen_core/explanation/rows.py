"""Why a table has as many rows as it has."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core.behaviors import segments
from datagen_core.behaviors.effects import EffectArgs
from datagen_core.estimate import bounds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.schema.model import Document, Fanout, Node


def rows_story(document: Document, node: Node) -> str:
    """One phrase."""
    if node.kind == "vocab":
        return "as many as its list has values"
    if not node.parents:
        return "the number where a schema gives none" if node.rows is None else "as the schema says"
    return _of_process(node) if node.touches is not None or node.process is not None else _of_fanout(document, node)


def _of_process(node: Node) -> str:
    parent = node.parents[0]
    if node.touches is not None:
        return f"{node.touches.min_touches} to {node.touches.max_touches} touchpoints before each {parent}"
    if node.stage_config is not None:
        return f"one for each stage that a {parent} reaches, of {len(node.stage_config.stages)}"
    most = node.state_transition_model.max_transitions if node.state_transition_model is not None else 0
    return f"one for the initial state of each {parent} and for each change of it, {most} at most"


def _of_fanout(document: Document, node: Node) -> str:
    parent = node.parents[0]
    if node.fanout is None:
        return f"one for each {parent}"
    acting = list(_acting(document, node))
    return f"for each {parent} {_drawn(node.fanout)}" + (f"; its rate × {' × '.join(acting)}" if acting else "")


def _drawn(fanout: Fanout) -> str:
    low, high = bounds(fanout)
    per = f" per {fanout.per}" if fanout.per is not None else ""
    if fanout.distribution == "uniform":
        return f"{low:g} to {high:g}{per}, each as often"
    rate = 1.0 if fanout.rate is None else fanout.rate
    bounded = f", {low:g} to {high:g}" if fanout.max is not None or fanout.clamp is not None else ""
    return f"{fanout.distribution} with mean {rate:g}{per}{bounded}"


def _acting(document: Document, node: Node) -> Iterator[str]:
    """What the rate of a parent is multiplied by."""
    parent = document.node(node.parents[0])
    if parent is None:
        return
    if parent.vintage_behavior is not None or (node.fanout is not None and node.fanout.per is not None):
        yield "its life in the timeframe"
    if parent.vintage_behavior is not None and parent.vintage_behavior.age_based_multipliers:
        yield "activity by age"
    if segments.differs(parent.segment_behavior, "fanout_multiplier") and parent.segment_behavior is not None:
        yield f"its {parent.segment_behavior.segment_column}"
    for use in node.modifiers:
        if isinstance(use.params, EffectArgs):
            yield f"the effects in {use.params.effect_table}"
