"""A document, right in form and meaning."""

from __future__ import annotations

from datagen_core.errors import DocumentError, Problem
from datagen_core.schema.load import Examined, Source, examine, in_order
from datagen_core.schema.model import Document
from datagen_core.schema.preflight import check, problems
from datagen_core.schema.preflight.facts import Doubts


def load(source: Source) -> Document:
    """Read a document and check it, form and meaning.

    Parameters
    ----------
    source
        A path, a JSON text that begins with ``{``, or the document as Python values.

    Raises
    ------
    InputError
        When there is nothing to read.
    DocumentError
        With all mistakes of the document; ``str(error)`` has a line for each, ``error.problems`` the objects.
    """
    found = examine(source)
    if not found.problems and found.document is not None:
        return check(found.document)
    raise DocumentError(problems=in_order([*found.problems, *_meaning(found)]))


def _meaning(found: Examined) -> list[Problem]:
    """Mistakes of meaning in the usable rest of a document with mistakes of form."""
    if found.document is None or found.rest is None:
        return []
    root, rest = found.origin.root, found.rest
    told = {str(problem) for problem in found.problems}
    doubts = Doubts(columns=rest.columns(root), rows=rest.rows)
    own = [one for one in problems(found.document, doubts) if not rest.explains(root, one)]
    return [placed for placed in found.origin.error(own).problems if str(placed) not in told]


def loaded(document: Document | Source) -> Document:
    """The document itself, or what `load` makes of its source."""
    return document if isinstance(document, Document) else load(document)
