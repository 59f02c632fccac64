"""YAML text → a plain tree, and where each of its keys and values stands.

What strangers wrote is limited: no aliases (they can expand without end), no tags of our own, no key twice, 1 MB.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from io import StringIO
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from datacruncher.errors import InputError, Problem
from datacruncher.reading import Pointer

LARGEST = 1024 * 1024  # characters


@dataclass
class Tree:
    """A document: its values, and line and column (1-based) of each key and value."""

    file: str
    value: Any = None
    values: dict[Pointer, tuple[int, int]] = field(default_factory=dict)
    keys: dict[Pointer, tuple[int, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def place(self, pointer: Pointer, *, key: bool = False) -> tuple[int, int]:
        """Where the value (or its key) stands; of what is missing, its nearest parent."""
        if key and pointer in self.keys:
            return self.keys[pointer]
        while pointer not in self.values and pointer:
            pointer = pointer[:-1]
        return self.values.get(pointer, (1, 1))


def read(text: str, file: str) -> Tree:
    """The tree of a text.

    Raises
    ------
    InputError
        It is no YAML, too large, or uses what is not allowed; all with their places.
    """
    if len(text) > LARGEST:
        raise InputError([Problem("larger than 1 MB; no person wrote that", file=file)])
    yaml = YAML(typ="safe", pure=True)
    try:
        node = yaml.compose(StringIO(text))
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise InputError(
            [Problem(f"no YAML: {error.problem or error.context}", file=file, line=line, column=column)]
        ) from error
    except (YAMLError, RecursionError) as error:
        raise InputError([Problem(f"no YAML: {str(error).splitlines()[0]}", file=file)]) from error
    tree = Tree(file)
    if node is not None:
        tree.value = _Builder(tree, yaml).build(node, ())
    if tree.problems:
        raise InputError(tree.problems)
    return tree


class _Builder:
    def __init__(self, tree: Tree, yaml: YAML) -> None:
        self.tree = tree
        self.yaml = yaml
        self.seen: set[int] = set()

    def build(self, node: Node, at: Pointer) -> Any:
        self.tree.values[at] = _mark(node)
        if id(node) in self.seen:
            place = self.tree.keys.get(at, _mark(node))
            return self._refuse(place, "an alias (*name) is not allowed here", "write the value out")
        self.seen.add(id(node))
        if isinstance(node, MappingNode):
            return self._mapping(node, at)
        if isinstance(node, SequenceNode):
            return [self.build(item, (*at, index)) for index, item in enumerate(node.value)]
        return self._scalar(node)

    def _mapping(self, node: MappingNode, at: Pointer) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            key = str(key_node.value) if isinstance(key_node, ScalarNode) else ""
            if not key:
                self._refuse(_mark(key_node), "a key must be a word", "")
                continue
            if key in found:
                self._refuse(_mark(key_node), f'the key "{key}" stands twice', "keep one of them")
            self.tree.keys[*at, key] = _mark(key_node)
            found[key] = self.build(value_node, (*at, key))
        return found

    def _scalar(self, node: Node) -> Any:
        kind = str(node.tag).rpartition(":")[2]
        if kind not in {"str", "int", "float", "bool", "null"}:
            if kind in {"timestamp", "date"}:
                return str(node.value)
            return self._refuse(_mark(node), f'the tag "{node.tag}" is not allowed here', "write a plain value")
        return self.yaml.constructor.construct_object(node)

    def _refuse(self, place: tuple[int, int], message: str, hint: str) -> None:
        line, column = place
        self.tree.problems.append(Problem(message, hint=hint, file=self.tree.file, line=line, column=column))


def _mark(node: Node) -> tuple[int, int]:
    return node.start_mark.line + 1, node.start_mark.column + 1
