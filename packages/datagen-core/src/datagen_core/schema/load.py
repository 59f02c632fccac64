"""A document's text → its Structs, in four steps; the first three are here, the fourth is `preflight`.

1. text → a tree with positions (`positions`); 2. a walk over the tree that collects all mistakes of form (`form`) and
brings it into canonical form (`canonical`); 3. `msgspec.convert`, which then cannot fail.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from datagen_core.errors import DocumentError, InputError, Problem
from datagen_core.schema.form import Form
from datagen_core.schema.model import Document
from datagen_core.schema.origin import Origin
from datagen_core.schema.positions import Broken, Item, Lines, Tree, parse, plain
from datagen_core.schema.salvage import Salvage, salvage

if TYPE_CHECKING:
    from collections.abc import Iterable

VERSION = "1.0"
LARGEST = 16 * 1024 * 1024  # bytes of a document; the largest known one has 26 kB
TEXT = "<text>"

Source = str | PathLike[str] | Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Examined:
    """A document after the first three steps.

    Parameters
    ----------
    origin
        Where it came from.
    document
        Its Structs; where there are mistakes of form, those of the usable rest, or None.
    problems
        The mistakes of form, placed.
    rest
        What the mistakes of form explain; None where there are none.
    """

    origin: Origin
    document: Document | None
    problems: list[Problem]
    rest: Salvage | None = None


def read(source: Source) -> Document:
    """The document of a file, a text or a mapping, right in form; its meaning is not checked yet.

    Parameters
    ----------
    source
        A path; a text that begins with ``{``; or the document as Python values.

    Raises
    ------
    InputError
        When there is nothing to read.
    DocumentError
        With all mistakes of form, in the order of the document.
    """
    found = examine(source)
    if found.problems or found.document is None:
        raise DocumentError(problems=found.problems)
    return found.document


def examine(source: Source) -> Examined:
    """A document and its mistakes of form.

    Raises
    ------
    InputError
        When there is nothing to read.
    DocumentError
        When the text is no tree, or the document is of another language: then there is nothing more to say.
    """
    path, label, text, digest = _opened(source)
    tree = parse(text)
    if tree.root is None:
        raise DocumentError(problems=_slips(tree, text, label))
    origin = Origin(path, label, text, tree.root, digest)
    _refuse_other_languages(origin)
    form = Form()
    form.struct(tree.root, Document, ())
    form.problems += _metadata(tree.root)
    if not form.problems and not tree.slips:
        document = msgspec.convert(plain(tree.root), Document)
        return Examined(origin, msgspec.structs.replace(document, origin=origin), [])
    placed = in_order([*_slips(tree, text, label), *origin.error(form.problems).problems])
    rest = salvage(tree.root, form.lost, form.problems)
    document_left = rest.document and msgspec.structs.replace(rest.document, origin=origin)
    return Examined(origin, document_left, placed, rest)


def in_order(problems: list[Problem]) -> list[Problem]:
    """Placed problems in the order of the document."""
    return sorted(problems, key=lambda problem: (problem.line, problem.column))


def _opened(source: Source) -> tuple[str, str, str, str]:
    """Path, label for messages, text and digest of a source."""
    if isinstance(source, Mapping):
        text = _dumped(source)
        return "", "", text, _digest(text.encode())
    if isinstance(source, str) and source.lstrip("\ufeff \t\r\n").startswith("{"):
        text = source.removeprefix("\ufeff")
        return "", TEXT, text, _digest(text.encode("utf-8", "surrogatepass"))
    path = str(source)
    content = _content(Path(path), path)
    return path, path, _decoded(content, path), _digest(content)


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _dumped(source: Mapping[str, Any]) -> str:
    try:
        return json.dumps(dict(source), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise InputError(f"the document is not made of JSON values: {error}") from error


def _content(path: Path, name: str) -> bytes:
    if path.is_dir():
        raise InputError(f"{name}: is a directory; name the schema's file")
    try:
        size = path.stat().st_size
        if size > LARGEST:
            raise InputError(f"{name}: {size:,} bytes; a document has at most {LARGEST:,}")
        return path.read_bytes()
    except FileNotFoundError as error:
        raise InputError(f"{name}: no such file") from error
    except (OSError, ValueError) as error:
        raise InputError(f"{name}: can't be read: {getattr(error, 'strerror', None) or error}") from error


def _decoded(content: bytes, name: str) -> str:
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise InputError(f"{name}: is UTF-16 text; save it as UTF-8")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        if b"\x00" in content[:1024]:
            raise InputError(f"{name}: is no JSON text") from error
        good = content[: error.start].decode("utf-8-sig", "replace")
        line, column = Lines(good).place(len(good))
        problem = Problem((), f"byte 0x{content[error.start]:02x} is not UTF-8", hint="save the file as UTF-8")
        raise DocumentError(problems=[problem.at(name, line, column, "")]) from error


def _slips(tree: Tree, text: str, label: str) -> list[Problem]:
    lines = Lines(text)
    return [
        Problem((), slip.message, hint=slip.hint).at(label, *(lines.place(slip.at) if label else (0, 0)), "")
        for slip in tree.slips
    ]


def _refuse_other_languages(origin: Origin) -> None:
    """One sentence for a document that is not of this language, in place of a mistake for each of its keys."""
    found = list(_other_languages(origin.root))
    if found:
        raise origin.error(found[:1])


def _other_languages(root: Item) -> Iterable[Problem]:
    if not isinstance(root.value, dict):
        yield Problem((), "a document is one JSON object", hint='it begins with {"version": "1.0", …')
        return
    if "tables" in root.value and "nodes" not in root.value:
        yield Problem(
            ("tables",),
            'this document is in the older format, with "tables"',
            hint=f'write each table as one of the list "nodes" (id, kind, pk, columns) and add "version": "{VERSION}"',
            on_key=True,
        )
    version = root.value.get("version")
    if version is not None and isinstance(version.value, str | int | float) and version.value != VERSION:
        shown = json.dumps(version.value)
        yield Problem(
            ("version",), f"the language of this document is {shown}", hint=f'write "{VERSION}", the one read here'
        )


def _metadata(root: Item) -> Iterable[Problem]:
    """The name is required; all other notes are text."""
    metadata = root.entries.get("metadata")
    if metadata is None or not isinstance(metadata.value, dict):
        return
    if "name" not in metadata.value:
        yield Problem(("metadata",), 'missing key "name"')
    for key, item in metadata.value.items():
        if not isinstance(item.value, str | Broken):
            yield Problem(("metadata", key), "expected text")
        elif isinstance(item.value, str) and key == "name" and not item.value.strip():
            yield Problem(("metadata", key), "the dataset's name is empty")
