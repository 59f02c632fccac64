"""What a reader should know of a run though nothing is wrong: parts of the document that act on nothing, or too much."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core.behaviors import segments
from datagen_core.behaviors.creation import creation_column, time_column
from datagen_core.behaviors.vintage import multipliers_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.schema.model import Document, Node


def notes(document: Document) -> Iterator[str]:
    """One sentence for each matter."""
    for node in document.nodes:
        yield from _segments(node)
        yield from _unseen(node)
        yield from _piles(document, node)


def _segments(node: Node) -> Iterator[str]:
    behavior = node.segment_behavior
    if behavior is None:
        return
    if segments.differs(behavior, "value_multiplier") and not behavior.applies_to_columns:
        yield f"{node.id}: value_multiplier acts on nothing; name columns of its children in applies_to_columns"
    curves = list(multipliers_of(node.vintage_behavior, None)) if node.vintage_behavior is not None else []
    if segments.differs(behavior, "decay_rate") and not curves:
        yield f"{node.id}: decay_rate acts on nothing; it is the speed along a curve of vintage_behavior on the fanout"


def _unseen(node: Node) -> Iterator[str]:
    """Steps of which no column says what they are."""
    roles = {getattr(column.generator.params, "role", None) for column in node.columns}
    if node.stage_config is not None and not roles & {"to", "index"}:
        yield f'{node.id}: no column holds the stage; call one "stage_name", or give it the generator {{"state": "to"}}'
    if node.state_transition_model is not None and "to" not in roles:
        yield f'{node.id}: no column holds the state; let the name of one end in "state", or give it {{"state": "to"}}'


def _piles(document: Document, node: Node) -> Iterator[str]:
    """Facts whose parents come to be all over the window, and have as many children however late they come."""
    parent = document.node(node.parents[0]) if node.kind == "fact" and node.parents else None
    if parent is None or node.fanout is None or node.fanout.per is not None or parent.vintage_behavior is not None:
        return
    created, own = creation_column(parent), time_column(node)
    if created is not None and own is not None and own.after_parent:
        yield (
            f"{node.id}: every {parent.id} has as many rows however late it comes to be, so that {own.name} piles up "
            f'towards the end of the window; "per" in the fanout makes lambda a rate over the life of {parent.id}'
        )
