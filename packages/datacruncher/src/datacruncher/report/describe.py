"""The catalog for people: as text, as a Mermaid diagram, or as a file to correct."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence

from datacruncher.catalog import Catalog, Column, ForeignKey, Table
from datacruncher.words import word_set


def text(catalog: Catalog) -> str:
    """Tables with kind, rows, keys and roles."""
    return "\n".join(line for table in catalog for line in _lines(table)) + "\n"


def _lines(table: Table) -> Iterator[str]:
    kind = f"{table.kind} ({table.kind_confidence:.2f})" if table.kind_confidence else table.kind
    yield f"{table.name}  {kind}, {table.rows:,} rows"
    key = table.primary_key
    yield f"  key {', '.join(key.columns)}  {_certainty(key.source, key.confidence)}" if key else "  key none found"
    for reference in table.foreign_keys:
        orphans = f", {reference.orphans:,} orphans" if reference.orphans else ""
        to = f"{reference.to_table}.{', '.join(reference.to_columns)}"
        certainty = _certainty(reference.source, reference.confidence)
        yield f"  {', '.join(reference.columns)} → {to}  {certainty}{orphans}"
    width = max((len(column.name) for column in table.columns), default=0)
    for column in table.columns:
        roles = ", ".join(f"{role} {certainty:.2f}" for role, certainty in column.roles.items())
        nulls = f"{column.facts.null_share:.1%} null" if column.facts.nulls else ""
        yield "    " + "  ".join(part for part in (column.name.ljust(width), column.type, roles, nulls) if part)
    yield ""


def _certainty(source: str, confidence: float) -> str:
    return "declared" if source == "declared" else f"inferred, {confidence:.2f}"


def mermaid(catalog: Catalog) -> str:
    """An entity-relationship diagram in Mermaid's language."""
    names = _entities(catalog)
    lines = ["erDiagram"]
    for table in catalog:
        words = _distinct(column.name for column in table.columns)
        lines.append(f"    {_entity(names[table.name], table.name)} {{")
        for column, word in zip(table.columns, words, strict=True):
            said = f' "{_quoted(column.name)}"' if word != column.name else ""
            lines.append(f"        {_type(column.type)} {word}{_marks(table, column.name)}{said}")
        lines.append("    }")
    lines += [_relation(reference, catalog, names) for reference in catalog.foreign_keys]
    return "\n".join(lines) + "\n"


def _entities(catalog: Catalog) -> dict[str, str]:
    tables = [table.name for table in catalog]
    return dict(zip(tables, _distinct(tables), strict=True))


def _entity(word: str, name: str) -> str:
    return word if word == name else f'{word}["{_quoted(name)}"]'


def _relation(reference: ForeignKey, catalog: Catalog, names: Mapping[str, str]) -> str:
    """One parent (or none, where the reference may be empty) to any number of children."""
    child = catalog.tables[reference.table]
    one = "|o" if any(child.column(name).facts.nulls for name in reference.columns) else "||"
    label = _quoted(", ".join(reference.columns))
    return f'    {names[reference.to_table]} {one}--o{{ {names[reference.table]} : "{label}"'


def _marks(table: Table, column: str) -> str:
    marks = ["PK"] if table.primary_key and column in table.primary_key.columns else []
    marks += ["FK"] if any(column in reference.columns for reference in table.foreign_keys) else []
    return f" {', '.join(marks)}" if marks else ""


def _distinct(names: Iterable[str]) -> list[str]:
    """The names as Mermaid takes them (letters of ASCII, digits, underscores, a letter first), no two alike."""
    found: list[str] = []
    for name in names:
        word = re.sub(r"[^A-Za-z0-9_]+", "_", name).strip("_") or "unnamed"
        word = word if word[0].isalpha() and word.lower() not in _RESERVED else f"n{word}"
        number, free = 2, word
        while free in found:
            free, number = f"{word}_{number}", number + 1
        found.append(free)
    return found


# Words that mean something to Mermaid where a name stands.
_RESERVED = word_set(
    "class classdef style direction title acctitle accdescr end erdiagram subgraph tb bt lr rl u"
    " pk fk uk one only many zero or more to optionally"
)


def _type(name: str) -> str:
    """The head of a type: ``STRUCT(a INTEGER)`` → STRUCT, ``DECIMAL(10,2)[]`` → DECIMAL_10_2."""
    nested = re.match(r"(STRUCT|MAP|UNION|ENUM)\b", name)
    return nested[1] if nested else _distinct([name])[0]


def _quoted(name: str) -> str:
    return " ".join(name.replace('"', "'").split())


def yaml(catalog: Catalog) -> str:
    """A file for ``--catalog`` that says what was understood, with the certainty of each guess beside it."""
    lines = ["# What datacruncher understood. Correct what is wrong; what you leave out stays as it is found."]
    lines += [
        "# key: [] says that there is no key, references: [] that it refers to nothing, a role of null that it has none."
    ]
    lines.append("tables:")
    for table in catalog:
        lines += [f"  {_scalar(table.name)}:", *_corrected(table)]
    return "\n".join(lines) + "\n"


def _corrected(table: Table) -> Iterator[str]:
    yield f"    kind: {table.kind}  # {table.kind_confidence:.2f}"
    key = table.primary_key
    yield f"    key: {_flow(key.columns)}  # {_certainty(key.source, key.confidence)}" if key else "    key: []"
    yield "    references:" if table.foreign_keys else "    references: []"
    for reference in table.foreign_keys:
        said = f"columns: {_flow(reference.columns)}, table: {_scalar(reference.to_table)}, key: {_flow(reference.to_columns)}"
        yield f"      - {{{said}}}  # {_certainty(reference.source, reference.confidence)}"
    roles = [(column.name, _own_roles(column)) for column in table.columns]
    if any(own for _, own in roles):
        yield "    roles:"
    for name, own in roles:
        if own:
            yield f"      {_scalar(name)}: {own[0][0]}  # {own[0][1]:.2f}"


def _own_roles(column: Column) -> list[tuple[str, float]]:
    """Roles that can be given: those of keys are said with the keys."""
    known = [item for item in column.roles.items() if item[0] not in {"primary_key", "foreign_key"}]
    return sorted(known, key=lambda item: -item[1])


def _flow(names: Sequence[str]) -> str:
    return f"[{', '.join(_scalar(name) for name in names)}]"


def _scalar(name: str) -> str:
    """A name as YAML reads it back: bare where nothing in it could mean anything else."""
    bare = re.fullmatch(r"[A-Za-z][A-Za-z0-9_]*", name) and name.lower() not in _MEANING
    return name if bare else json.dumps(name, ensure_ascii=False)


_MEANING = frozenset({"y", "n", "yes", "no", "on", "off", "true", "false", "null"})
