"""What the language knows and the engine does not serve yet: refused with its place, never left out in silence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core import registry
from datagen_core.errors import Problem
from datagen_core.generators.base import TIMES
from datagen_core.schema.preflight.scope import columns_of, nodes_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.schema.model import Document

LATER = ("stage_config", "state_transition_model", "attribution_chain")
"""Parts of a node that the engine does not serve yet."""


def check(document: Document) -> Iterator[Problem]:
    """One problem for each use of what is not served yet."""
    for node, pointer in nodes_of(document):
        for key in LATER:
            if getattr(node, key) is not None:
                yield Problem((*pointer, key), f"not yet supported: {key}", on_key=True)
    for _place, column, _pointer in columns_of(document):
        generator = registry.spec("generators", column.generator.name)
        if generator is not None and generator.make is None:
            yield Problem(column.generator.pointer, f"not yet supported: {column.generator.name}", on_key=True)
        for use in column.modifiers:
            modifier = registry.spec("modifiers", use.name)
            if modifier is not None and modifier.make is None and not (modifier.shapes_time and column.type in TIMES):
                yield Problem((*use.pointer[:-1], "transform"), f"not yet supported: {use.name}")
