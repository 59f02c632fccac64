"""Structure: tables, columns, types, nulls, keys. All but the row counts are hard."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from datagen_core.behaviors.references import lookups
from datagen_core.validation.case import Case, Skip, Trial, check
from datagen_core.validation.dataset import as_values, suits
from datagen_core.validation.keys import KeyIndex, repeats
from datagen_core.validation.links import composite, parent_rows
from datagen_core.validation.report import Outcome

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from datagen_core.schema.model import Column, Document, Node
    from datagen_core.validation.links import Link


@check("structure.table", hard=True)
def tables(case: Case) -> Iterator[Trial]:
    """Every table has a file that can be read."""
    for node in case.document.nodes:
        yield Trial(node.id, (), partial(_table, case, node.id))


def _table(case: Case, name: str) -> Outcome:
    broken = case.dataset.unreadable.get(name)
    if broken:
        return Outcome(False, f"table {name} cannot be read: {broken}")
    if name not in case.dataset.tables:
        return Outcome(False, f"no file for table {name}")
    rows = case.table(name).rows
    return Outcome(True, f"table {name} has {rows} rows", observed=rows, n=rows)


@check("structure.rows")
def rows(case: Case) -> Iterator[Trial]:
    """Every table has the rows that its generator wrote down, and a vocabulary its values."""
    written = case.dataset.metadata_rows()
    for node in case.document.nodes:
        yield Trial(node.id, (), partial(_rows, case, node, written.get(node.id)))


def _rows(case: Case, node: Node, written: int | None) -> Outcome:
    table = case.table(node.id)
    if written is None and node.kind == "vocab":
        lists = [len(column.generator.params.values) for column in node.columns if column.generator.name == "enum_list"]
        written = max(lists, default=None)
    if written is None:
        raise Skip("no .metadata.json says how many rows there should be")
    return Outcome(
        table.rows == written, f"{table.rows} rows, {written} were written", table.rows, written, n=table.rows
    )


@check("structure.columns", hard=True)
def columns(case: Case) -> Iterator[Trial]:
    """Every declared column is there."""
    for node in case.document.nodes:
        yield Trial(node.id, tuple(column.name for column in node.columns), partial(_columns, case, node))


def _columns(case: Case, node: Node) -> Outcome:
    found = case.table(node.id).schema.names
    declared = [column.name for column in node.columns]
    missing = [name for name in declared if name not in found]
    further = [name for name in found if name not in declared]
    message = f"missing: {', '.join(missing)}" if missing else f"all {len(declared)} columns are there"
    return Outcome(not missing, message + (f"; not declared: {', '.join(further)}" if further else ""), found, declared)


@check("structure.type", hard=True)
def types(case: Case) -> Iterator[Trial]:
    """Every column has its declared type."""
    for node, column in _every_column(case.document):
        yield Trial(node.id, (column.name,), partial(_type, case, node, column))


def _every_column(document: Document) -> Iterator[tuple[Node, Column]]:
    for node in document.nodes:
        for column in node.columns:
            yield node, column


def _type(case: Case, node: Node, column: Column) -> Outcome:
    schema = case.table(node.id).schema
    if column.name not in schema.names:
        raise Skip(f"column {node.id}.{column.name} is missing")
    found = schema.field(column.name).type
    return Outcome(suits(column.type, found), f"{found}, declared {column.type}", str(found), column.type)


@check("structure.null", hard=True)
def nulls(case: Case) -> Iterator[Trial]:
    """A column that is not nullable has no null."""
    for node, column in _every_column(case.document):
        if not column.nullable:
            yield Trial(node.id, (column.name,), partial(_null, case, node.id, column.name))


def _null(case: Case, table: str, name: str) -> Outcome:
    source = case.readable(table, name)
    count = sum(batch.column(0).null_count for batch in source.batches([name]))
    return Outcome(count == 0, f"{count} of {source.rows} values are null", count, 0, n=source.rows)


@check("structure.primary_key", hard=True)
def primary_keys(case: Case) -> Iterator[Trial]:
    """A primary key is unique and never null."""
    for node in case.document.nodes:
        yield Trial(node.id, node.keys, partial(_primary_key, case, node))


def _primary_key(case: Case, node: Node) -> Outcome:
    source = case.readable(node.id, *node.keys)
    again, missing = repeats([case.values(node.id, name) for name in node.keys])
    message = f"{again} rows repeat a key and {missing} have none, of {source.rows}"
    if not again and not missing:
        message = f"{source.rows} rows, as many keys"
    return Outcome(not again and not missing, message, again + missing, 0, n=source.rows)


@check("structure.foreign_key", hard=True)
def foreign_keys(case: Case) -> Iterator[Trial]:
    """Every value of a foreign key is a key of the other table."""
    for source, target in references(case.document):
        table, _, name = source.rpartition(".")
        yield Trial(table, (name,), partial(_foreign_key, case, source, target))
    for node in case.document.nodes:
        for other in case.document.nodes:
            found = composite(case.document, node, other.id)
            if found is not None:
                yield Trial(node.id, tuple(column for column, _ in found.pairs), partial(_whole_key, case, node, found))


def references(document: Document) -> Iterator[tuple[str, str]]:
    """The declared foreign keys, and the lookups of another table's key, each once."""
    found = [(key.source, key.target) for key in document.constraints.foreign_keys]
    for node in document.nodes:
        for column, params in lookups(document, node):
            other = document.node(params.table)
            if other is not None and other.keys == (params.column,) and not params.pairs and not column.modifiers:
                found.append((f"{node.id}.{column.name}", params.source))
    yield from dict.fromkeys(found)


def _foreign_key(case: Case, source: str, target: str) -> Outcome:
    (child, column), (parent, key) = case.column(source), case.column(target)
    table = case.readable(child.id, column.name)
    index = KeyIndex.of(case.values(parent.id, key.name))
    orphans = present = 0
    for batch in table.batches([column.name]):
        values = as_values(batch.column(0), key.type if column.type != "string" else "string")
        there = ~values.nulls()
        present += int(there.sum())
        orphans += int(((index.find(values) < 0) & there).sum())
    message = f"{orphans} of {present} values of {source} are not in {target}"
    if not orphans:
        message = f"every {source} exists in {target}"
    return Outcome(orphans == 0, message, orphans, 0, effect=orphans / max(present, 1), n=present)


def _whole_key(case: Case, node: Node, found: Link) -> Outcome:
    """A foreign key of several columns: they have to be a key together."""
    rows = parent_rows(case, node, found)
    null = np.logical_or.reduce([case.values(node.id, column).nulls() for column, _ in found.pairs])
    orphans, present = int(((rows < 0) & ~null).sum()), int((~null).sum())
    named = f"{node.id}.({', '.join(column for column, _ in found.pairs)})"
    message = f"{orphans} of {present} values of {named} are not in {found.table}"
    if not orphans:
        message = f"every {named} exists in {found.table}"
    return Outcome(orphans == 0, message, orphans, 0, effect=orphans / max(present, 1), n=present)


@check("structure.self_reference", hard=True)
def self_references(case: Case) -> Iterator[Trial]:
    """No row refers to itself, directly or through others."""
    for source, target in references(case.document):
        table, other = source.rpartition(".")[0], target.rpartition(".")[0]
        name = source.rpartition(".")[2]
        if table == other and name != target.rpartition(".")[2]:
            yield Trial(table, (name,), partial(_self_reference, case, source, target))


def _self_reference(case: Case, source: str, target: str) -> Outcome:
    (node, column), (_, key) = case.column(source), case.column(target)
    keys, values = case.values(node.id, key.name), case.values(node.id, column.name)
    above = KeyIndex.of(keys).find(values)
    own = np.arange(len(above))
    first = int((above == 0).sum()) if not column.nullable else 0
    to_itself = int((above == own).sum()) - (1 if first and above[0] == 0 else 0)
    circular = in_circles(np.where(above == own, -1, above))
    message = f"{to_itself} rows refer to themselves and {circular} stand in a circle"
    return Outcome(not to_itself and not circular, message, to_itself + circular, 0, n=len(above))


def in_circles(above: NDArray[np.int64]) -> int:
    """How many rows never reach a root, by doubling the steps: after log2(n) rounds whoever is not at a root circles."""
    root = len(above)
    step = np.append(np.where(above < 0, root, above), root)
    for _ in range(max(root, 1).bit_length()):
        step = step[step]
    return int((step[:root] != root).sum())
