"""What is left of a document with mistakes of form, so that its mistakes of meaning can be told in the same breath.

Parts that can't be used are taken out or replaced by something harmless, as little as possible of each; what they make
uncertain elsewhere is remembered, so that no mistake is told that only our taking out would have made.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import msgspec

from datagen_core.schema.model import Document, GeneratorUse, ModifierUse
from datagen_core.schema.positions import Item, plain, walk

if TYPE_CHECKING:
    from collections.abc import Iterable

    from datagen_core.errors import Pointer, Problem

UNKNOWN = ""  # the name of a generator that stands in for one that can't be used; nothing is registered under it
_HARMLESS: dict[Pointer, Any] = {
    ("version",): "1.0",
    ("metadata",): {"name": "unnamed"},
    ("constraints",): {},
    ("timeframe", "start"): "1970-01-01",
    ("timeframe", "end"): "2200-01-01",
    ("timeframe", "freq"): "H",
}
_REQUIRED_OF_COLUMN = frozenset({"name", "type"})
_REQUIRED_OF_NODE = frozenset({"id", "kind", "columns"})


@dataclass
class Salvage:
    """The usable rest.

    Attributes
    ----------
    document
        The rest; None where too little is left.
    names
        Tables and columns that were taken out: a reference to them is no mistake of its own.
    wrong, above
        The items (by identity) at which mistakes of form are on record, and those above them.
    rows
        Whether one of these mistakes may change how many rows a table has.
    """

    document: Document | None = None
    names: set[str] = field(default_factory=set)
    wrong: set[int] = field(default_factory=set)
    above: set[int] = field(default_factory=set)
    rows: bool = False

    def columns(self, root: Item) -> frozenset[tuple[str, str]]:
        """(table, column) of the columns that have a mistake of form."""
        doubted = self.wrong | self.above
        return frozenset(
            (str(node.entries["id"].value), str(column.entries["name"].value))
            for node in root.entries["nodes"].elements
            for column in node.entries["columns"].elements
            if id(column) in doubted
        )

    def explains(self, root: Item, problem: Problem) -> bool:
        """Whether a mistake of meaning is no more than the consequence of a mistake of form."""
        if problem.received in self.names:
            return True
        way = _way(root, problem.pointer)
        if any(id(item) in self.wrong for item in way):
            return True
        return len(problem.pointer) > 4 and id(way[-1]) in self.above


def salvage(root: Item, lost: Iterable[Pointer], problems: Iterable[Problem]) -> Salvage:
    """Take out what is lost from a tree in canonical form.

    Parameters
    ----------
    root
        The tree; changed in place.
    lost
        Pointers of what can't be used.
    problems
        The mistakes of form that are on record.
    """
    rest = Salvage()
    for problem in problems:
        way = _way(root, problem.pointer)
        rest.wrong.add(id(way[-1]))
        rest.above.update(id(item) for item in way[:-1])
        rest.rows |= problem.pointer[:1] == ("nodes",) and problem.pointer[2:3] != ("columns",)
    taken = [element for pointer in lost for element in _take_out(root, pointer, rest)]
    if taken and any(item is root for item in taken):
        return rest
    _remove(root, {id(item) for item in taken})
    _renumber(root)
    try:
        rest.document = msgspec.convert(plain(root), Document)
    except msgspec.ValidationError:
        rest.document = None  # more was wrong than could be taken out; the mistakes of form are told alone
    return rest


def _way(root: Item, pointer: Pointer) -> list[Item]:
    """The items on the way to a pointer, as far as they exist."""
    way = [root]
    for step in pointer:
        child = way[-1].child(step)
        if child is None:
            break
        way.append(child)
    return way


def _take_out(root: Item, pointer: Pointer, rest: Salvage) -> list[Item]:
    """Make one lost part harmless at once, or return the elements of lists that have to go."""
    match pointer:
        case ("nodes", int(), "columns", int(), *_):
            return _of_column(root, pointer, rest)
        case ("nodes", int(), *_):
            return _of_node(root, pointer, rest)
        case ("constraints" | "targets", str(), int(), *_):
            return _elements(root, pointer[:3])
        case ("constraints" | "targets", str(), *_):
            return _without(root, pointer[:2])
        case (str(key), *_):
            return _top_level(root, key, pointer)
    return [root]


def _of_column(root: Item, pointer: Pointer, rest: Salvage) -> list[Item]:
    column, _steps = root.follow(pointer[:4])
    match pointer[4:]:
        case ("generator", *_):
            column.value["generator"] = Item(None, made=GeneratorUse(UNKNOWN, None))
            return []
        case ("modifiers", int(), *_):
            return _elements(root, pointer[:6])
        case (str(key), *_) if key not in _REQUIRED_OF_COLUMN:
            return _without(root, pointer[:5])
    _lose(column.child("name"), rest)
    return _elements(root, pointer[:4])


def _of_node(root: Item, pointer: Pointer, rest: Salvage) -> list[Item]:
    node, _steps = root.follow(pointer[:2])
    match pointer[2:]:
        case ("pk", *_):
            harmless = node.value["pk"] = Item([])
            rest.wrong.add(id(harmless))  # that it names no column is our doing
            return []
        case ("modifiers", int(), *_):
            return _elements(root, pointer[:4])
        case (str(key), *_) if key not in _REQUIRED_OF_NODE:
            return _without(root, pointer[:3])
    for column in node.entries.get("columns", Item([])).elements:
        _lose(column.child("name"), rest)
    _lose(node.child("id"), rest)
    return _elements(root, pointer[:2])


def _top_level(root: Item, key: str, pointer: Pointer) -> list[Item]:
    if key == "nodes":
        return [root]
    if pointer == ("timeframe",) or (key == "timeframe" and pointer not in _HARMLESS):
        names = [place[1] for place in _HARMLESS if place[0] == "timeframe" and len(place) > 1]
        root.value["timeframe"] = Item({str(name): Item(_HARMLESS["timeframe", name]) for name in names})
        return []
    place = pointer if pointer in _HARMLESS else (key,)
    if place not in _HARMLESS:
        return _without(root, (key,))
    parent, _steps = root.follow(place[:-1])
    harmless = _HARMLESS[place]
    inner = {name: Item(value) for name, value in harmless.items()} if isinstance(harmless, dict) else harmless
    parent.value[place[-1]] = Item(inner)
    return []


def _lose(name: Item | None, rest: Salvage) -> None:
    if name is not None and isinstance(name.value, str):
        rest.names.add(name.value)


def _elements(root: Item, pointer: Pointer) -> list[Item]:
    item, steps = root.follow(pointer)
    return [item] if steps == len(pointer) else []


def _without(root: Item, pointer: Pointer) -> list[Item]:
    parent, _steps = root.follow(pointer[:-1])
    parent.entries.pop(str(pointer[-1]), None)
    return []


def _remove(item: Item, taken: set[int]) -> None:
    """Take elements out of their lists, all the way down."""
    if isinstance(item.value, list):
        item.value = [element for element in item.value if id(element) not in taken]
    for child in [*item.entries.values(), *item.elements]:
        _remove(child, taken)


def _renumber(root: Item) -> None:
    """Give generators and modifiers the pointers that they have after elements were taken out."""
    for pointer, item in walk(root):
        if isinstance(item.made, GeneratorUse):
            item.made.pointer = (*pointer, item.made.name) if item.made.name != UNKNOWN else pointer
        elif isinstance(item.made, ModifierUse):
            item.made.pointer = (*pointer, "args")
