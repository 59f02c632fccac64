"""What an importer is: it recognises the documents of one tool by what stands in them, and says what they claim.

One importer is one module that defines ``SPEC``; third parties add theirs through the entry-point group
``datapolisher.importers``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datapolisher.importing.claims import Testimony


@dataclass(frozen=True)
class Document:
    """A file of another tool.

    Parameters
    ----------
    path, tree
        The file and the JSON in it.
    beside
        Other JSON documents that were given along with it, by their path: dbt's results need their manifest.
    """

    path: Path
    tree: Any
    beside: Mapping[Path, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ImporterSpec:
    """A registered importer.

    Parameters
    ----------
    id
        The tool's name; the module's name.
    title
        What it reads, one sentence.
    recognises
        Whether a document is of this tool: by its content, never by its name.
    read
        What the document claims.
    companion
        Whether a document is no result, but goes along with one of this tool.
    """

    id: str
    title: str
    recognises: Callable[[Any], bool]
    read: Callable[[Document], Testimony]
    companion: Callable[[Any], bool] = lambda _: False
