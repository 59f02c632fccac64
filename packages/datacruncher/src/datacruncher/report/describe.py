"""The catalog for people: as text, or as a Mermaid diagram."""

from __future__ import annotations

import re
from collections.abc import Iterator

from datacruncher.catalog import Catalog, ForeignKey, Table


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
    lines = ["erDiagram"]
    for table in catalog:
        lines.append(f"    {_word(table.name)} {{")
        lines += [
            f"        {_word(column.type)} {_word(column.name)}{_marks(table, column.name)}" for column in table.columns
        ]
        lines.append("    }")
    lines += [_relation(reference) for reference in catalog.foreign_keys]
    return "\n".join(lines) + "\n"


def _relation(reference: ForeignKey) -> str:
    label = ", ".join(reference.columns).replace('"', "'")
    return f'    {_word(reference.to_table)} ||--o{{ {_word(reference.table)} : "{label}"'


def _marks(table: Table, column: str) -> str:
    marks = ["PK"] if table.primary_key and column in table.primary_key.columns else []
    marks += ["FK"] if any(column in reference.columns for reference in table.foreign_keys) else []
    return f" {', '.join(marks)}" if marks else ""


def _word(name: str) -> str:
    """A name as Mermaid takes it: letters, digits, underscores."""
    return re.sub(r"\W+", "_", name).strip("_") or "unnamed"
