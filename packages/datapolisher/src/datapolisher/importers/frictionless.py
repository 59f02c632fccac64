"""frictionless: the report of a package, a resource or a file; an entry for each bad cell or row."""

from __future__ import annotations

import ast
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from typing import Any

from datapolisher import reading
from datapolisher.errors import InputError
from datapolisher.importers.base import Document, ImporterSpec
from datapolisher.importing.claims import (
    Banned,
    Between,
    Broken,
    Claim,
    Exists,
    Length,
    Member,
    NoOthers,
    NotNull,
    Pattern,
    Readable,
    Refers,
    Rule,
    Testimony,
    Unique,
    Whole,
)
from datapolisher.importing.conditions import rules_of
from datapolisher.importing.sqltext import parse_condition

Error = Mapping[str, Any]
_CONSTRAINT = re.compile(r'constraint "(\w+)" is "(.*)"', re.DOTALL)
_TYPE = re.compile(r'type is "(\w+)/?([^"]*)"')
_ROW = re.compile(r'the row constraint to conform is "(.*)"', re.DOTALL)
_FORMATS = frozenset({"email", "uri", "uuid"})


def _recognises(tree: Any) -> bool:
    tasks = tree.get("tasks") if isinstance(tree, dict) else None
    return isinstance(tasks, list) and "valid" in tree and all(isinstance(t, dict) and "errors" in t for t in tasks)


def read(document: Document) -> Testimony:
    """Errors of one kind in one place are one claim; a task without errors is one that passed."""
    keys = _declared_keys(document)
    claims = tuple(
        claim for task in document.tree["tasks"] for claim in _of_task(task, keys.get(str(task.get("name")), ()))
    )
    notes = [
        f"{task.get('name')}: {warning}" for task in document.tree["tasks"] for warning in task.get("warnings") or ()
    ]
    notes += [str(warning) for warning in document.tree.get("warnings") or ()]
    notes += [str(error.get("message")) for error in document.tree.get("errors") or ()]
    version = str(document.tree.get("version") or "")
    return Testimony("frictionless", version, claims, None, tuple(notes))


def _is_package(tree: Any) -> bool:
    resources = tree.get("resources") if isinstance(tree, dict) else None
    return isinstance(resources, list) and all(isinstance(r, dict) and "name" in r for r in resources)


def _declared_keys(document: Document) -> dict[str, tuple[str, ...]]:
    """Resource → its primary key, off the descriptor that was given along or lies beside: the report does not name it."""
    trees = [tree for tree in document.beside.values() if _is_package(tree)]
    beside = document.path.with_name("datapackage.json")
    if not trees and beside.is_file():
        with suppress(InputError):
            trees = [reading.parse(reading.read_text(beside), str(beside))]
    found: dict[str, tuple[str, ...]] = {}
    for resource in (r for tree in trees if _is_package(tree) for r in tree["resources"]):
        schema = resource.get("schema")
        said = schema.get("primaryKey") if isinstance(schema, dict) else None
        key = (said,) if isinstance(said, str) else tuple(map(str, said or ()))
        found |= {resource["name"]: key} if key else {}
    return found


def _of_task(task: Mapping[str, Any], key: tuple[str, ...]) -> Iterator[Claim]:
    place = str(task.get("place") or "").replace("\\", "/").rsplit("/", 1)[-1].split(".")[0]
    tables = tuple(dict.fromkeys(name for name in (str(task.get("name") or ""), place) if name))
    groups: dict[tuple[Any, ...], list[Error]] = defaultdict(list)
    for error in task.get("errors") or ():
        groups[_kind(error)].append(error)
    for (kind, *_), errors in groups.items():
        yield _claim(kind, errors, tables, task, key)
    if not groups:
        yield Claim("frictionless.validate", "passed", tables, words=f"{task.get('name')} is valid")


def _kind(error: Error) -> tuple[Any, ...]:
    """What must be equal for two errors to be one claim: kind, field, constraint."""
    kind = str(error.get("type"))
    constraint = _CONSTRAINT.search(str(error.get("note", "")))
    rule = constraint[1] if constraint else ""
    if kind == "row-constraint":
        rule = str(error.get("note"))
    place = error.get("fieldName") or tuple(error.get("fieldNames") or ())
    return kind, place, rule, error.get("referenceName")


def _claim(
    kind: str, errors: Sequence[Error], tables: tuple[str, ...], task: Mapping[str, Any], key: tuple[str, ...]
) -> Claim:
    reader, labels = _READERS.get(kind), task.get("labels") or ()
    read_ = _primary(errors, key, labels) if kind == "primary-key" else reader(errors, labels) if reader else ()
    rules = read_ or _unread(kind, errors)
    rows = {error["rowNumber"] for error in errors if "rowNumber" in error} or _positions(errors)
    cells = Counter(str(error["cell"]) for error in errors if error.get("cell") not in {None, ""})
    return Claim(
        check=f"frictionless.{kind}",
        outcome="failed",
        tables=tables,
        rules=rules,
        words=_words(errors[0]),
        reason=str(errors[0].get("message", ""))[:300],
        reported={"errors": len(errors), "rows": len(rows)}
        | ({"stopped": task["warnings"]} if task.get("warnings") else {}),
        rows=len(rows) or None,
        total=(task.get("stats") or {}).get("rows"),
        values=dict(cells),
        samples=_samples(errors, task.get("labels") or ()),
    )


def _positions(errors: Sequence[Error]) -> set[str]:
    """Rows that only the notes name."""
    found = (re.search(r'row at position "(\d+)"', str(error.get("note", ""))) for error in errors)
    return {match[1] for match in found if match}


def _unread(kind: str, errors: Sequence[Error]) -> tuple[Rule, ...]:
    """An error that no rule of ours says: of cells or rows where it names some, else of the whole table."""
    named = tuple(dict.fromkeys(str(error["fieldName"]) for error in errors if error.get("fieldName")))
    if any("rowNumber" in error for error in errors):
        return (Broken(named[:1]),)
    return (Whole((), f"{kind.replace('-', ' ')}: {' '.join(str(errors[0].get('note') or '').split())}"),)


def _words(error: Error) -> str:
    place = error.get("fieldName") or ", ".join(error.get("fieldNames") or ())
    title = str(error.get("title") or error.get("type"))
    note = str(error.get("note") or "").split("the same as")[0].strip(" :")
    return f"{place + ': ' if place else ''}{title.lower()}{f' ({note[:80]})' if note else ''}"


def _samples(errors: Sequence[Error], labels: Sequence[str]) -> tuple[dict[str, Any], ...]:
    rows = [error["cells"] for error in errors if isinstance(error.get("cells"), list)]
    return tuple(dict(zip(labels, cells, strict=False)) for cells in rows[:5])


def _field(errors: Sequence[Error]) -> tuple[str, ...]:
    return (str(errors[0].get("fieldName")),)


def _constraint(errors: Sequence[Error], _: Sequence[str]) -> tuple[Rule, ...]:
    """Which constraint stands only in the note: ``constraint "enum" is "['a', 'b']"``."""
    match = _CONSTRAINT.search(str(errors[0].get("note", "")))
    reader = _CONSTRAINTS.get(match[1]) if match else None
    return reader(_field(errors), match[2]) if match and reader else ()


def _listed(text: str) -> tuple[Any, ...]:
    try:
        found = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return ()
    return tuple(found) if isinstance(found, list | tuple) else ()


def _number(text: str) -> Any:
    try:
        return int(text) if text.lstrip("-").isdigit() else float(text)
    except ValueError:
        return text


_CONSTRAINTS: dict[str, Callable[[tuple[str, ...], str], tuple[Rule, ...]]] = {
    "required": lambda field, _: (NotNull(field),),
    "unique": lambda field, _: (Unique(field),),
    "enum": lambda field, text: (Member(field, _listed(text)),) if _listed(text) else (),
    "minimum": lambda field, text: (Between(field, low=_number(text)),),
    "maximum": lambda field, text: (Between(field, high=_number(text)),),
    "exclusiveMinimum": lambda field, text: (Between(field, low=_number(text), above=True),),
    "exclusiveMaximum": lambda field, text: (Between(field, high=_number(text), below=True),),
    "pattern": lambda field, text: (Pattern(field, text, whole=True),),
    "minLength": lambda field, text: (Length(field, low=int(text)),),
    "maxLength": lambda field, text: (Length(field, high=int(text)),),
}


def _type(errors: Sequence[Error], _: Sequence[str]) -> tuple[Rule, ...]:
    match = _TYPE.search(str(errors[0].get("note", "")))
    kind, form = (match[1], match[2]) if match else ("", "")
    return (Readable(_field(errors), form if kind == "string" and form in _FORMATS else kind),) if kind else ()


def _foreign(errors: Sequence[Error], _: Sequence[str]) -> tuple[Rule, ...]:
    first = errors[0]
    own, other = first.get("fieldNames") or (), first.get("referenceFieldNames") or ()
    parent = str(first.get("referenceName") or "")
    return (Refers(tuple(own), (parent,), tuple(other)),) if own and parent else ()


def _primary(errors: Sequence[Error], key: Sequence[str], labels: Sequence[str]) -> tuple[Rule, ...]:
    """The report does not name the key: it is the descriptor's, else the data may tell.

    A key that is missing is reported under the same word as one that repeats.
    """
    missing = [error for error in errors if "the same as" not in str(error.get("note", ""))]
    surplus = len(errors) - len(missing)
    names = tuple(map(str, key))
    empty = tuple(NotNull((name,)) for name in names) if missing else ()
    if not surplus:
        return empty
    among = () if names else tuple(map(str, labels))
    return (Unique(names, key=True, among=among, surplus=surplus), *empty) if names or among else ()


def _row(errors: Sequence[Error], _: Sequence[str]) -> tuple[Rule, ...]:
    match = _ROW.search(str(errors[0].get("note", "")))
    node = parse_condition(match[1]) if match else None
    return rules_of(node) if node else ()


def _forbidden(errors: Sequence[Error], _: Sequence[str]) -> tuple[Rule, ...]:
    match = re.search(r'forbidden values are "(\[.*\])"', str(errors[0].get("note", "")), re.DOTALL)
    listed = _listed(match[1]) if match else ()
    return (Banned(_field(errors), listed or tuple(dict.fromkeys(str(error.get("cell")) for error in errors))),)


def _deviated(errors: Sequence[Error], _: Sequence[str]) -> tuple[Rule, ...]:
    """Far from the others: the field stands in the note."""
    note = re.search(r'field "([^"]+)"', str(errors[0].get("note", "")))
    named = errors[0].get("fieldName") or (note[1] if note else "")
    return (Broken((str(named),) if named else (), "outlier"),)


def _labels(errors: Sequence[Error], _: Sequence[str]) -> tuple[Rule, ...]:
    names = tuple(dict.fromkeys(str(e["fieldName"]) for e in errors if e.get("fieldName")))
    return (Exists(names),) if names else ()


def _extra(errors: Sequence[Error], labels: Sequence[str]) -> tuple[Rule, ...]:
    extra = {str(error.get("label") or "") for error in errors}
    return (NoOthers(tuple(name for name in labels if name not in extra)),) if labels else ()


_UNREADABLE = frozenset(
    {"error", "source-error", "scheme-error", "format-error", "encoding-error", "compression-error", "resource-error"}
)
_READERS: dict[str, Callable[[Sequence[Error], Sequence[str]], tuple[Rule, ...]]] = {
    "constraint-error": _constraint,
    "type-error": _type,
    "missing-cell": lambda errors, _: (NotNull(_field(errors)),),
    "foreign-key": _foreign,
    "unique-error": lambda errors, _: (Unique(_field(errors)),),
    "duplicate-row": lambda _, __: (Unique(()),),
    "row-constraint": _row,
    "forbidden-value": _forbidden,
    "deviated-value": _deviated,
    "deviated-cell": _deviated,
    "missing-label": _labels,
    "incorrect-label": _labels,
    "extra-label": _extra,
    **dict.fromkeys(_UNREADABLE, lambda _, __: (Broken((), "unreadable_file"),)),
}

SPEC = ImporterSpec(
    id="frictionless",
    title="frictionless: the JSON report of `frictionless validate`",
    recognises=_recognises,
    read=read,
    companion=_is_package,
)
