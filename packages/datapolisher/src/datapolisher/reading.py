"""JSON that machines exchange → Structs, in three steps: text → tree; a walk that collects every mistake; conversion.

Unknown keys pass. Each mistake carries the line and column of the value that is wrong.
"""

from __future__ import annotations

import codecs
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from datapolisher.errors import DocumentError, InputError, Problem
from datapolisher.json_text import Pointer, address, locate

T = TypeVar("T", bound=msgspec.Struct)
_CONTRACT = re.compile(r"^(?P<name>[a-z-]+)/(?P<major>\d+)(\.(?P<minor>\d+))?$")


def read_text(path: Path) -> str:
    """The file's text.

    Raises
    ------
    InputError
        It cannot be read, or is no UTF-8.
    """
    try:
        return _decoded(path.read_bytes())
    except FileNotFoundError as error:
        raise InputError(f"{path}: no such file") from error
    except IsADirectoryError as error:
        raise InputError(f"{path}: is a directory; a file is needed") from error
    except UnicodeDecodeError as error:
        raise InputError(f"{path}: not UTF-8 text: byte {error.start} cannot be decoded") from error
    except OSError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from error


def _decoded(content: bytes) -> str:
    """UTF-8, or UTF-16 with the mark that tells so: what some shells write behind ``>``."""
    marked = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    return content.decode("utf-16" if marked else "utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")


def parse(text: str, name: str) -> Any:
    """JSON text → tree; `name` stands in the error.

    Raises
    ------
    DocumentError
        The text is no JSON; with its line and column.
    """
    try:
        return json.loads(text)
    except json.JSONDecodeError as error:
        problem = _no_json(error, text, name)
    except RecursionError:
        problem = Problem("nested too deeply to be a document of ours", file=name)
    raise DocumentError(problems=[problem])


def _no_json(error: json.JSONDecodeError, text: str, name: str) -> Problem:
    """Where a text stops being JSON; a comma too many is named and pointed at, whatever the decoder calls it."""
    comma = error.pos if text[error.pos : error.pos + 1] == "," else len(text[: error.pos].rstrip()) - 1
    if text[comma : comma + 1] == "," and text[comma + 1 :].lstrip()[:1] in {"]", "}"}:
        line, column = text.count("\n", 0, comma) + 1, comma - text.rfind("\n", 0, comma)
        return Problem("not JSON: trailing comma; remove it", file=name, line=line, column=column)
    return Problem(f"not JSON: {error.msg}", file=name, line=error.lineno, column=error.colno)


def read_document(text: str, kind: type[T], contract: str, name: str) -> T:
    """Text → Struct of a contract's major version 1.

    Raises
    ------
    DocumentError
        Not JSON, another contract or major version (one sentence), or mistakes of form (all of them).
    """
    tree = parse(text, name)
    if not isinstance(tree, dict):
        raise DocumentError(problems=[Problem(f"not a {contract} document: an object is needed", file=name)])
    _check_contract(tree.get("contract"), contract, name, text)
    problems = [_placed(pointer, message, text, name) for pointer, message in _walk(tree, _info(kind), ())]
    if problems:
        raise DocumentError(problems=problems)
    return msgspec.convert(tree, kind)


def _check_contract(found: Any, contract: str, name: str, text: str) -> None:
    if found is None:
        return
    match = _CONTRACT.match(found) if isinstance(found, str) else None
    if match and match["name"] == contract and match["major"] == "1":
        return
    if match and match["name"] == contract:
        message = f"{found} is a later contract; this datapolisher reads {contract}/1.x: update datapolisher"
    else:
        message = f"contract {json.dumps(found)[:60]}: not a {contract}; a {contract}/1.x document is needed"
    raise DocumentError(problems=[_placed(("contract",), message, text, name)])


def _placed(pointer: Pointer, message: str, text: str, name: str) -> Problem:
    line, column = locate(text, pointer)
    return Problem(message, address=address(pointer), file=name, line=line, column=column)


def _info(kind: type[msgspec.Struct]) -> msgspec.inspect.Type:
    return msgspec.inspect.type_info(kind)


def _walk(value: Any, expected: msgspec.inspect.Type, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    """Every mistake below `pointer`."""
    kinds = msgspec.inspect
    if isinstance(expected, kinds.UnionType):
        yield from _walk_union(value, expected, pointer)
    elif isinstance(expected, kinds.StructType):
        yield from _walk_struct(value, expected, pointer)
    elif isinstance(expected, kinds.VarTupleType):
        if isinstance(value, list):
            for i, item in enumerate(value):
                yield from _walk(item, expected.item_type, (*pointer, i))
        else:
            yield pointer, f"a list is needed, not {_shown(value)}"
    elif isinstance(expected, kinds.DictType):
        if not isinstance(value, dict):
            yield pointer, f"an object is needed, not {_shown(value)}"
    elif isinstance(expected, kinds.LiteralType):
        if value not in expected.values:
            yield pointer, f"{_shown(value)} is not one of {', '.join(map(str, expected.values))}"
    elif not _is_scalar(value, expected):
        yield pointer, f"{_NAMES[type(expected)]} is needed, not {_shown(value)}"


def _walk_union(value: Any, union: msgspec.inspect.UnionType, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    attempts = [list(_walk(value, kind, pointer)) for kind in union.types]
    if all(attempts):
        yield from max(attempts, key=lambda found: len(found[0][0]))


def _walk_struct(value: Any, struct: msgspec.inspect.StructType, pointer: Pointer) -> Iterator[tuple[Pointer, str]]:
    if not isinstance(value, dict):
        yield pointer, f"an object is needed, not {_shown(value)}"
        return
    for field in struct.fields:
        if field.encode_name in value:
            yield from _walk(value[field.encode_name], field.type, (*pointer, field.encode_name))
        elif field.required:
            yield pointer, f'"{field.encode_name}" is missing'


_PYTHON: dict[type[msgspec.inspect.Type], tuple[type, ...]] = {
    msgspec.inspect.StrType: (str,),
    msgspec.inspect.IntType: (int,),
    msgspec.inspect.FloatType: (int, float),
    msgspec.inspect.BoolType: (bool,),
    msgspec.inspect.NoneType: (type(None),),
}
_NAMES: dict[type[msgspec.inspect.Type], str] = {
    msgspec.inspect.StrType: "a text",
    msgspec.inspect.IntType: "a whole number",
    msgspec.inspect.FloatType: "a number",
    msgspec.inspect.BoolType: "true or false",
    msgspec.inspect.NoneType: "null",
}


def _is_scalar(value: Any, expected: msgspec.inspect.Type) -> bool:
    if isinstance(expected, msgspec.inspect.AnyType):
        return True
    if isinstance(value, bool) and not isinstance(expected, msgspec.inspect.BoolType):
        return False
    return isinstance(value, _PYTHON[type(expected)])


def _shown(value: Any) -> str:
    shown = json.dumps(value, ensure_ascii=False, default=str)
    return shown if len(shown) <= 60 else f"{shown[:57]}…"
