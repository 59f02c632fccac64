"""Preflight: what a document of the right form can still get wrong, all at once, before any work.

Each module here looks at one kind of mistake and yields problems; their order is the document's, not ours.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core.behaviors import refusals
from datagen_core.errors import DocumentError
from datagen_core.schema.derived import complete
from datagen_core.schema.preflight import (
    behaviors,
    circles,
    columns,
    constraints,
    names,
    nodes,
    order,
    possible,
    references,
    targets,
)
from datagen_core.schema.preflight.facts import Doubts

if TYPE_CHECKING:
    from datagen_core.errors import Problem
    from datagen_core.schema.model import Document

_STRUCTURE = (names, nodes, columns, references, behaviors, constraints, targets, order, circles)


def problems(document: Document, form: Doubts | None = None) -> list[Problem]:
    """All mistakes of meaning.

    Parameters
    ----------
    form
        What mistakes of form make doubtful, where the document is the usable rest of one that has such.
    """
    document = complete(document)
    if names.ambiguous(document):  # what else is named by a name of two tables can't be judged
        return [*names.check(document), *columns.check(document)]
    found = [problem for module in _STRUCTURE for problem in module.check(document)]
    found += possible.check(document, (form or Doubts()).joined(document, found))
    if not found and form is None:
        found += refusals.problems(document)
    return found


def check(document: Document) -> Document:
    """The document with all that it means (`derived`), when nothing is wrong with it.

    Raises
    ------
    DocumentError
        With all mistakes of meaning, placed, in the order of the document.
    """
    document = complete(document)
    found = problems(document)
    if not found:
        return document
    raise document.origin.error(found) if document.origin is not None else DocumentError(problems=found)
