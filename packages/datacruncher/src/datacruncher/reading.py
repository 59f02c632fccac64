"""A tree of a document against the Structs that it must fit: every mistake, not only the first.

Known keys and types are derived from the Structs (``msgspec.inspect``), so that there is one home for them. After a tree
without mistakes ``msgspec.convert`` cannot fail.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import msgspec
from msgspec import inspect

from datacruncher.errors import Problem

Pointer = tuple[str | int, ...]
Mistake = tuple[Pointer, Problem]


def mistakes(tree: Any, kind: Any, at: Pointer = ()) -> Iterator[Mistake]:
    """What keeps `tree` from being a `kind` (a Struct or any type that msgspec knows)."""
    yield from _walk(tree, inspect.type_info(kind), at)


def address(pointer: Pointer) -> str:
    """The pointer as people write it: ``checks[2].severity``."""
    return "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in pointer).lstrip(".")


def _walk(tree: Any, kind: inspect.Type, at: Pointer) -> Iterator[Mistake]:
    match kind:
        case inspect.AnyType() | inspect.RawType():
            return
        case inspect.StructType():
            yield from _struct(tree, kind, at)
        case inspect.UnionType():
            yield from _union(tree, kind, at)
        case inspect.LiteralType():
            if tree not in kind.values or isinstance(tree, bool):
                accepted = [str(value) for value in kind.values]
                yield (
                    at,
                    Problem(f"{_shown(tree)} is none of the accepted words", received=str(tree), accepted=accepted),
                )
        case inspect.ListType() | inspect.VarTupleType():
            yield from _list(tree, kind.item_type, at)
        case inspect.DictType():
            yield from _dict(tree, kind.value_type, at)
        case _:
            if not _is(tree, kind):
                yield at, Problem(f"{_name(kind)} expected, {_what(tree)} found")


def _struct(tree: Any, kind: inspect.StructType, at: Pointer) -> Iterator[Mistake]:
    if not isinstance(tree, dict):
        yield at, Problem(f"an object expected, {_what(tree)} found")
        return
    fields = {field.encode_name: field for field in kind.fields}
    if kind.forbid_unknown_fields:
        for key in tree.keys() - fields.keys():
            yield (*at, key), Problem(f'unknown key "{key}"', received=str(key), accepted=_keys(fields))
    for name, field in fields.items():
        if name in tree:
            yield from _walk(tree[name], field.type, (*at, name))
        elif field.required:
            yield at, Problem(f'"{name}" is missing')


def _keys(fields: Any) -> Sequence[str]:
    return [name for name in fields if name not in {"comment", "$schema"}]


def _union(tree: Any, kind: inspect.UnionType, at: Pointer) -> Iterator[Mistake]:
    """The mistakes of the option of the tree's own kind; of none, that none fits."""
    if any(not list(_walk(tree, option, at)) for option in kind.types):
        return
    for option in kind.types:
        alike = isinstance(option, inspect.StructType | inspect.DictType) and isinstance(tree, dict)
        if alike or (isinstance(option, inspect.ListType) and isinstance(tree, list)):
            yield from _walk(tree, option, at)
            return
        if isinstance(option, inspect.LiteralType) and isinstance(tree, str):
            yield from _walk(tree, option, at)
            return
    options = " or ".join(_name(option) for option in kind.types if not isinstance(option, inspect.NoneType))
    yield at, Problem(f"{options} expected, {_what(tree)} found")


def _list(tree: Any, item: inspect.Type, at: Pointer) -> Iterator[Mistake]:
    if not isinstance(tree, list):
        yield at, Problem(f"a list expected, {_what(tree)} found")
        return
    for index, element in enumerate(tree):
        yield from _walk(element, item, (*at, index))


def _dict(tree: Any, value: inspect.Type, at: Pointer) -> Iterator[Mistake]:
    if not isinstance(tree, dict):
        yield at, Problem(f"an object expected, {_what(tree)} found")
        return
    for key, element in tree.items():
        yield from _walk(element, value, (*at, key))


def _is(tree: Any, kind: inspect.Type) -> bool:
    if isinstance(tree, bool):
        return isinstance(kind, inspect.BoolType)
    match kind:
        case inspect.StrType():
            return isinstance(tree, str) and len(tree) >= (kind.min_length or 0)
        case inspect.IntType():
            return isinstance(tree, int)
        case inspect.FloatType():
            return isinstance(tree, int | float)
        case inspect.NoneType():
            return tree is None
    return False


_NAMES = (
    (inspect.StrType, "a text"),
    (inspect.IntType, "a whole number"),
    (inspect.FloatType, "a number"),
    (inspect.BoolType, "true or false"),
    (inspect.NoneType, "nothing"),
    (inspect.StructType | inspect.DictType, "an object"),
    (inspect.ListType | inspect.VarTupleType, "a list"),
    (inspect.LiteralType, "a word"),
)


def _name(kind: inspect.Type) -> str:
    return next((name for types, name in _NAMES if isinstance(kind, types)), "another value")


def _what(tree: Any) -> str:
    words = ((bool, "true or false"), (int | float, "a number"), (str, "a text"), (list, "a list"), (dict, "an object"))
    named = next((name for kinds, name in words if isinstance(tree, kinds)), "nothing")
    return f"{named} ({_shown(tree)})" if isinstance(tree, bool | int | float | str) else named


def _shown(tree: Any) -> str:
    text = (
        msgspec.json.encode(tree).decode() if isinstance(tree, bool | int | float | str | None) else type(tree).__name__
    )
    return text if len(text) <= 40 else text[:37] + "…"
