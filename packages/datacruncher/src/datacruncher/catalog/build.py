"""From an open dataset and what is declared about it to its catalog.

Declared keys come first; what is not declared is inferred. A declared key whose table or column is missing in the data is
left out here and found by a check of expectations.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from datacruncher import sampling
from datacruncher.catalog import foreign_keys as references
from datacruncher.catalog import keys, kinds, roles
from datacruncher.catalog.model import Catalog, Column, Facts, ForeignKey, Key, Table
from datacruncher.catalog.names import Names
from datacruncher.catalog.stated import with_stated
from datacruncher.documents import Declared
from datacruncher.profile import family_of, profile
from datacruncher.source import QueryError

if TYPE_CHECKING:
    from datacruncher.source import Session, Source, View


def build(source: Source, declared: Declared, now: dt.datetime) -> Catalog:
    """The catalog of a dataset.

    Parameters
    ----------
    declared
        The schema and the metadata, if there are any.
    now
        The instant of the analysis, UTC.
    """
    session = source.session()
    tables = {}
    for view in list(source.views.values()):
        try:
            tables[view.name] = _table(source, session, view, declared)
        except QueryError as error:
            source.give_up(view.name, error)
    return infer(tables, declared, Catalog({}, now, declared.document, session.ask, files=source.layout.files))


def infer(tables: Mapping[str, Table], declared: Declared, catalog: Catalog) -> Catalog:
    """The catalog with keys, foreign keys, roles and kinds of these profiled tables."""
    names = Names({table.name: [column.name for column in table.columns] for table in tables.values()})
    known = dict(tables)
    for name, table in known.items():
        known[name] = _with_primary_key(table, declared, names, catalog)
    found = list(_foreign_keys(known, declared, names, catalog))
    known = {name: replace(t, foreign_keys=tuple(k for k in found if k.table == name)) for name, t in known.items()}
    for name, table in known.items():
        known[name] = _with_composite_key(table, names, catalog)
    for key in references.composite_foreign_keys(known, names, catalog.ask):
        known[key.table] = replace(known[key.table], foreign_keys=(*known[key.table].foreign_keys, key))
    known = {name: roles.with_roles(table, names) for name, table in known.items()}
    known = {name: kinds.with_kind(table, known, names) for name, table in known.items()}
    known = {name: with_stated(table, declared.document) for name, table in known.items()}
    return replace(catalog, tables=known)


def _table(source: Source, session: Session, view: View, declared: Declared) -> Table:
    sampled = sampling.take(session, view)
    facts = profile(session, view, sampled < 1.0)
    node = declared.document.node(view.name) if declared.document else None
    columns = tuple(
        Column(
            view.name,
            name,
            kind,
            family_of(kind),
            position,
            facts[name],
            declared=node.column(name) if node else None,
            partition=name in view.partitions,
        )
        for position, (name, kind) in enumerate(view.columns.items())
    )
    files = source.layout.of(view.name)
    rows = _rows(facts, view)
    bytes_ = sum(file.bytes for file in files)
    return Table(view.name, rows, columns, len(files), bytes_, declared=node, sampled=sampled)


def _rows(facts: Mapping[str, Facts], view: View) -> int:
    return next((fact.rows for fact in facts.values()), view.rows)


def _with_primary_key(table: Table, declared: Declared, names: Names, catalog: Catalog) -> Table:
    columns = _declared_key(table, declared)
    if columns:
        table = keys.with_exact(table, columns if len(columns) == 1 else (), catalog.ask)
        holds = len(columns) > 1 and keys.ascends(table, columns, catalog.ask)
        return replace(table, primary_key=Key(columns, "declared", evidence="declared", holds=holds))
    table, key = keys.primary_key(table, names, catalog.ask)
    return replace(table, primary_key=key)


def _with_composite_key(table: Table, names: Names, catalog: Catalog) -> Table:
    if table.primary_key is not None:
        return replace(table, primary_key=keys.bridge_key(table, names) or table.primary_key)
    single = [key.columns[0] for key in table.foreign_keys if len(key.columns) == 1]
    return replace(table, primary_key=keys.composite_key(table, names, single, catalog.ask))


def _declared_key(table: Table, declared: Declared) -> tuple[str, ...]:
    """The declared key, if the data has all of its columns."""
    stated: dict[str, tuple[str, ...]] = {}
    if declared.metadata:
        stated |= {t.name: tuple(t.primary_key) for t in declared.metadata.tables if t.primary_key}
    if declared.document:
        stated |= dict(declared.document.primary_keys())
    columns = stated.get(table.name, ())
    return columns if all(table.get(name) for name in columns) else ()


def _foreign_keys(
    tables: Mapping[str, Table], declared: Declared, names: Names, catalog: Catalog
) -> Iterator[ForeignKey]:
    """Declared references, then inferred ones of columns and tables about which nothing is declared."""
    stated = [key for key in _declared_references(declared) if _exists(key, tables)]
    seen: set[tuple[str, tuple[str, ...]]] = set()
    for key in stated:
        if (key.table, key.columns) not in seen:
            seen.add((key.table, key.columns))
            yield _counted(key, tables, catalog)
    silent = {name for name, table in tables.items() if not _is_declared(table, declared)}
    for key in references.foreign_keys(tables, names, catalog.ask) if silent else ():
        if key.table in silent and (key.table, key.columns) not in seen:
            yield key


def _is_declared(table: Table, declared: Declared) -> bool:
    """Whether the table's references are declared: then what is not declared is not meant."""
    in_metadata = declared.metadata and any(t.name == table.name for t in declared.metadata.tables)
    return table.declared is not None or bool(in_metadata)


def _declared_references(declared: Declared) -> Iterable[ForeignKey]:
    if declared.document:
        for table, column, parent, key in declared.document.foreign_keys():
            yield ForeignKey(table, (column,), parent, (key,), "declared", evidence="declared")
    for stated in declared.metadata.tables if declared.metadata else ():
        for fk in stated.foreign_keys:
            to = fk.references
            yield ForeignKey(
                stated.name, tuple(fk.columns), to.table, tuple(to.columns), "declared", evidence="declared"
            )


def _exists(key: ForeignKey, tables: Mapping[str, Table]) -> bool:
    ends = ((key.table, key.columns), (key.to_table, key.to_columns))
    return len(key.columns) == len(key.to_columns) and all(
        table in tables and all(tables[table].get(column) for column in columns) for table, columns in ends
    )


def _counted(key: ForeignKey, tables: Mapping[str, Table], catalog: Catalog) -> ForeignKey:
    if len(key.columns) > 1:
        return key
    child, parent = tables[key.table].column(key.columns[0]), tables[key.to_table].column(key.to_columns[0])
    if not references.comparable(child, parent):
        return key
    return replace(key, orphans=references.overlap_of(child, parent, catalog.ask).orphans)
