"""The registry of importers: one module per tool, found by its content; third parties add theirs by entry point."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from datapolisher import reading
from datapolisher.errors import DocumentError, InputError, Problem
from datapolisher.importers.base import Document, ImporterSpec

__all__ = ["Document", "ImporterSpec", "all_importers", "find", "read_documents"]

GROUP = "datapolisher.importers"


@cache
def all_importers() -> tuple[ImporterSpec, ...]:
    """Every importer, ours first.

    Raises
    ------
    InputError
        Two importers have one name.
    """
    names = [
        module.name for module in pkgutil.iter_modules(__path__) if module.name != "base" and module.name[0] != "_"
    ]
    found: dict[str, ImporterSpec] = {}
    for name in sorted(names):
        spec: ImporterSpec = importlib.import_module(f"{__name__}.{name}").SPEC
        found[spec.id] = spec
    for entry in entry_points(group=GROUP):
        spec = entry.load()
        if spec.id in found:
            raise InputError(f"two importers are called {spec.id}: ours, and {entry.value}")
        found[spec.id] = spec
    return tuple(found.values())


def find(document: Document) -> ImporterSpec:
    """The importer of a document.

    Raises
    ------
    InputError
        No tool that we know writes such a document.
    """
    found = next((spec for spec in all_importers() if spec.recognises(document.tree)), None)
    if found is None:
        known = ", ".join(spec.id for spec in all_importers())
        raise InputError(f"{document.path}: no result of a tool that is known here ({known})")
    return found


def read_documents(paths: Sequence[Path], unread: list[str] | None = None) -> list[Document]:
    """The results among the files, each with the documents that were given along; a directory stands for what is in it.

    Files of a directory that are no JSON are named in `unread`, with the reason.

    Raises
    ------
    InputError
        A file is missing, is no JSON, or is no result of a tool that we know; with every mistake.
    """
    trees: dict[Path, Any] = {}
    problems: list[Problem] = []
    for path in paths:
        try:
            trees |= dict(_trees(path, [] if unread is None else unread))
        except DocumentError as error:
            problems += error.problems
        except InputError as error:
            problems.append(Problem(str(error)))
    if problems:
        raise DocumentError(problems=problems)
    companions = {p: tree for p, tree in trees.items() if any(spec.companion(tree) for spec in all_importers())}
    documents = [Document(path, tree, companions) for path, tree in trees.items() if path not in companions]
    if not documents:
        raise InputError(f"{', '.join(map(str, paths))}: no result of a tool in it")
    for document in documents:
        find(document)
    return documents


def _trees(path: Path, unread: list[str]) -> Iterator[tuple[Path, Any]]:
    if not path.is_dir():
        yield path, reading.parse(reading.read_text(path), str(path))
        return
    for file in sorted(path.rglob("*.json")):
        try:
            tree = reading.parse(reading.read_text(file), str(file))
        except InputError as error:
            unread.append(f"left aside: {error}")
            continue  # a folder of results holds other files too
        if any(spec.recognises(tree) for spec in all_importers()):
            yield file, tree
