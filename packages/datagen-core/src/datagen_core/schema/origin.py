"""Where a document came from: its file, its text, and the place of each of its parts."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from datagen_core.errors import DocumentError
from datagen_core.schema.positions import Item, Lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from datagen_core.errors import Pointer, Problem


@dataclass(frozen=True, slots=True)
class Origin:
    """The source of a document.

    Parameters
    ----------
    path
        The file as its user named it; empty for a document that was never a file.
    label
        What stands in messages before line and column; empty where there are no lines to speak of.
    text
        The JSON text.
    root
        Its tree in canonical form: pointers of the Structs lead to what the author wrote.
    digest
        Hexadecimal digest of the file's bytes, or of the text where there is no file.
    """

    path: str
    label: str
    text: str
    root: Item
    digest: str

    @property
    def document(self) -> Any:
        """The document as its author wrote it, as Python values."""
        return json.loads(self.text)

    def error(self, problems: Iterable[Problem]) -> DocumentError:
        """All problems, each once, with file, line, column and address, in the order of the document."""
        lines = Lines(self.text)
        ordered = sorted(problems, key=lambda problem: (self._offset(problem), problem.message))
        placed = (self._placed(problem, lines) for problem in ordered)
        return DocumentError(problems=list({str(problem): problem for problem in placed}.values()))

    def _placed(self, problem: Problem, lines: Lines) -> Problem:
        line, column = lines.place(self._offset(problem)) if self.label else (0, 0)
        return problem.at(self.label, line, column, self._address(problem))

    def _address(self, problem: Problem) -> str:
        """Of the object, where one of its keys is wrong."""
        pointer = problem.pointer[:-1] if problem.on_key else problem.pointer
        return address(self.root, pointer, whole=not self.label)

    def _offset(self, problem: Problem) -> int:
        item, steps = self.root.follow(problem.pointer)
        return item.key_at if problem.on_key and steps == len(problem.pointer) else item.at


def address(root: Item, pointer: Pointer, *, whole: bool = False) -> str:
    """A pointer in the reader's terms: ``payment.paid_at`` for what belongs to a column, else ``nodes[3].fanout``.

    Parameters
    ----------
    whole
        True for the rest of the way too (``payment.paid_at.generator.…``), where no line and column will say it.
    """
    name = _column_name(root, pointer)
    if name is None:
        return _dotted(root, pointer)
    column, _ = root.follow(pointer[:4])
    return name + ("." + _dotted(column, pointer[4:]) if whole and len(pointer) > 4 else "")


def _column_name(root: Item, pointer: Pointer) -> str | None:
    if len(pointer) < 4 or pointer[0] != "nodes" or pointer[2] != "columns":
        return None
    table, _ = root.follow((*pointer[:2], "id"))
    column, _ = root.follow((*pointer[:4], "name"))
    named = isinstance(table.value, str) and isinstance(column.value, str) and table.value and column.value
    return f"{table.value}.{column.value}" if named else None


def _dotted(item: Item, pointer: Pointer) -> str:
    """The pointer from an item on, with the numbers that its author would count."""
    parts: list[str] = []
    at: Item | None = item
    for step in pointer:
        at = at.child(step) if at is not None else None
        number = at.number if at is not None and at.number >= 0 else step
        parts.append(f".{step}" if isinstance(step, str) else f"[{number}]")
    return "".join(parts).removeprefix(".")
