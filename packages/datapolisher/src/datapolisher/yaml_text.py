"""YAML that people edit → a plain tree, and the line and column of each of its values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from datapolisher.errors import DocumentError, Problem

Pointer = tuple[str | int, ...]


class Text:
    """A YAML document: its tree, and where each value stands.

    Raises
    ------
    DocumentError
        The text is no YAML, or says a key twice; with its line and column.
    """

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        try:
            self.tree: Any = YAML(typ="rt").load(text)
        except YAMLError as error:
            raise DocumentError(problems=[_problem(error, name)]) from error

    def problem(
        self, pointer: Pointer, message: str, received: str | None = None, accepted: Sequence[str] = ()
    ) -> Problem:
        """A mistake at a place."""
        line, column = self._place(pointer)
        return Problem(message, _address(pointer), received, accepted, self.name, line, column)

    def _place(self, pointer: Pointer) -> tuple[int, int]:
        node: Any = self.tree
        place = (1, 1)
        for key in pointer:
            marks = getattr(node, "lc", None)
            if marks is None or not isinstance(node, Mapping | list):
                break
            try:
                line, column = marks.value(key) if isinstance(node, Mapping) else marks.item(key)
                node = node[key]  # type: ignore[index]
            except (KeyError, IndexError, TypeError):
                break
            place = (line + 1, column + 1)
        return place

    def key_problem(self, pointer: Pointer, message: str, accepted: Sequence[str]) -> Problem:
        """A mistake in a key: the last part of the pointer."""
        node = self.tree
        for key in pointer[:-1]:
            node = node[key]
        line, column = node.lc.key(pointer[-1])
        return Problem(message, _address(pointer[:-1]), str(pointer[-1]), accepted, self.name, line + 1, column + 1)


def unknown_keys(text: Text, node: Mapping[Any, Any], pointer: Pointer, accepted: Sequence[str]) -> Iterator[Problem]:
    """A problem for each key that is not accepted, with the nearest one that is."""
    for key in node:
        if key not in accepted:
            yield text.key_problem((*pointer, key), f'unknown key "{key}"', accepted)


def _problem(error: YAMLError, name: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    line, column = (mark.line + 1, mark.column + 1) if mark else (0, 0)
    said = str(getattr(error, "problem", None) or error).splitlines()[0]
    return Problem(f"not YAML: {said}", file=name, line=line, column=column)


def _address(pointer: Pointer) -> str:
    said = ""
    for key in pointer:
        said += f"[{key}]" if isinstance(key, int) else f".{key}" if said else str(key)
    return said
