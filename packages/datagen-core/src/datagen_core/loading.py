"""A document, right in form and meaning."""

from __future__ import annotations

from datagen_core.schema.load import Source, read
from datagen_core.schema.model import Document
from datagen_core.schema.preflight import check


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
    return check(read(source))


def loaded(document: Document | Source) -> Document:
    """The document itself, or what `load` makes of its source."""
    return document if isinstance(document, Document) else load(document)
