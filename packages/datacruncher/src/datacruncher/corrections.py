"""What a person says about a dataset's tables: it overrules what was inferred, and what a schema says.

The file (``catalog.yaml``) holds only what is to be said; what it leaves out stays as it was found. ``key: []`` says that a
table has no key, ``references: []`` that it refers to nothing, a role of ``null`` that a column has none.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from datacruncher.catalog import Catalog, Column, ForeignKey, Table, keys, kinds, roles
from datacruncher.catalog import foreign_keys as found_keys
from datacruncher.catalog.model import Key
from datacruncher.catalog.names import Names
from datacruncher.catalog.stated import with_stated
from datacruncher.catalog.vocabulary import KINDS, ROLES
from datacruncher.errors import InputError, Problem
from datacruncher.personas import yaml_tree
from datacruncher.reading import Mistake, Pointer, address, mistakes

_OF_KEYS = ("primary_key", "foreign_key")


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Any part of the file."""


class Reference(Part, frozen=True):
    """`columns` hold the `key` of `table`."""

    columns: list[str]
    table: str
    key: list[str]


class TableCorrection(Part, frozen=True):
    """What is said about a table."""

    kind: str | None = None
    key: list[str] | None = None
    references: list[Reference] | None = None
    roles: dict[str, str | list[str] | None] = {}


class CatalogFile(Part, frozen=True):
    """The whole file."""

    tables: dict[str, TableCorrection]


class Correction:
    """A file that was read; what it says can only be held against the data once that is open."""

    def __init__(self, document: CatalogFile, tree: yaml_tree.Tree) -> None:
        self.document = document
        self.tree = tree

    def applied(self, catalog: Catalog) -> Catalog:
        """The catalog as corrected; roles and kinds that rest on its keys are read again.

        Raises
        ------
        InputError
            A table, column, role or kind that does not exist; all of them, with their places and the nearest word.
        """
        _raise(self.tree, list(_unknown(self.document, catalog)))
        said = self.document.tables
        tables = {name: _with_keys(table, said.get(name), catalog) for name, table in catalog.tables.items()}
        if any(word.key is not None or word.references is not None for word in said.values()):
            tables = _read_again(tables, catalog)
        return replace(catalog, tables={name: _with_words(table, said.get(name)) for name, table in tables.items()})


def _read_again(tables: dict[str, Table], catalog: Catalog) -> dict[str, Table]:
    """Roles and kinds of these keys."""
    names = Names({name: [column.name for column in table.columns] for name, table in tables.items()})
    tables = {name: roles.with_roles(table, names) for name, table in tables.items()}
    tables = {name: kinds.with_kind(table, tables, names) for name, table in tables.items()}
    return {name: with_stated(table, catalog.document) for name, table in tables.items()}


def read_corrections(path: str) -> Correction:
    """The file at `path`.

    Raises
    ------
    InputError
        It can't be read, or is not what such a file holds; every mistake with line and column.
    """
    try:
        text = Path(path).read_text(encoding="utf-8-sig")
    except OSError as error:
        raise InputError([Problem(f"can't be read: {error.strerror}", address="--catalog", file=path)]) from error
    except UnicodeDecodeError as error:
        raise InputError(
            [Problem(f"is not UTF-8 text (byte {error.start})", address="--catalog", file=path)]
        ) from error
    tree = yaml_tree.read(text, path)
    _raise(tree, list(mistakes(tree.value, CatalogFile)))
    return Correction(msgspec.convert(tree.value, CatalogFile), tree)


def _raise(tree: yaml_tree.Tree, wrong: list[Mistake]) -> None:
    problems = []
    for at, problem in wrong:
        line, column = tree.place(at, key=bool(at) and problem.received == at[-1])
        problems.append(replace(problem, file=tree.file, address=address(at), line=line, column=column))
    if problems:
        raise InputError(sorted(problems, key=lambda problem: (problem.line, problem.column)))


def _unknown(document: CatalogFile, catalog: Catalog) -> Iterator[Mistake]:
    for name, said in document.tables.items():
        at: Pointer = ("tables", name)
        table = catalog.tables.get(name)
        if table is None:
            yield at, Problem(f'there is no table "{name}"', received=name, accepted=list(catalog.tables))
            continue
        if said.kind is not None and said.kind not in KINDS:
            yield (*at, "kind"), Problem(f'unknown kind "{said.kind}"', received=said.kind, accepted=list(KINDS))
        yield from _unknown_columns(table, said.key or (), (*at, "key"))
        for index, reference in enumerate(said.references or ()):
            yield from _unknown_reference(table, reference, catalog, (*at, "references", index))
        for column, words in said.roles.items():
            yield from _unknown_columns(table, (column,), (*at, "roles"), by_name=True)
            yield from _unknown_roles(words, (*at, "roles", column))


def _unknown_columns(table: Table, names: Any, at: Pointer, *, by_name: bool = False) -> Iterator[Mistake]:
    for index, name in enumerate(names):
        if table.get(name) is None:
            accepted = [column.name for column in table.columns]
            problem = Problem(f'{table.name} has no column "{name}"', received=name, accepted=accepted)
            yield (*at, name if by_name else index), problem


def _unknown_reference(table: Table, reference: Reference, catalog: Catalog, at: Pointer) -> Iterator[Mistake]:
    yield from _unknown_columns(table, reference.columns, (*at, "columns"))
    parent = catalog.tables.get(reference.table)
    if parent is None:
        problem = Problem(
            f'there is no table "{reference.table}"', received=reference.table, accepted=list(catalog.tables)
        )
        yield (*at, "table"), problem
        return
    yield from _unknown_columns(parent, reference.key, (*at, "key"))
    if len(reference.columns) != len(reference.key) or not reference.columns:
        counts = f"{len(reference.columns)} columns and {len(reference.key)} of the key"
        yield at, Problem(f"{counts} don't match", hint="name one column for each of the key")


def _unknown_roles(words: str | list[str] | None, at: Pointer) -> Iterator[Mistake]:
    for word in _listed(words):
        if word in _OF_KEYS:
            yield at, Problem(f'"{word}" is no role to give', hint='say it with "key" or "references" of the table')
        elif word not in ROLES:
            accepted = [role for role in ROLES if role not in _OF_KEYS]
            yield at, Problem(f'unknown role "{word}"', received=word, accepted=accepted)


def _listed(words: str | list[str] | None) -> list[str]:
    return [] if words is None else [words] if isinstance(words, str) else words


def _with_keys(table: Table, said: TableCorrection | None, catalog: Catalog) -> Table:
    if said is None:
        return table
    if said.key is not None:
        table = keys.with_exact(table, tuple(said.key) if len(said.key) == 1 else (), catalog.ask)
        key = Key(tuple(said.key), "declared", evidence="the corrected catalog") if said.key else None
        table = replace(table, primary_key=key)
    if said.references is not None:
        stated = [_reference(table, reference) for reference in said.references]
        counted = [_counted(key, table, catalog) for key in stated]
        table = replace(table, foreign_keys=tuple(counted))
    return table


def _reference(table: Table, said: Reference) -> ForeignKey:
    evidence = "the corrected catalog"
    return ForeignKey(table.name, tuple(said.columns), said.table, tuple(said.key), "declared", evidence=evidence)


def _counted(key: ForeignKey, table: Table, catalog: Catalog) -> ForeignKey:
    """With its orphans, where one column refers to one of a type that can be compared."""
    if len(key.columns) > 1:
        return key
    child, parent = table.column(key.columns[0]), catalog.tables[key.to_table].column(key.to_columns[0])
    if not found_keys.comparable(child, parent):
        return key
    return replace(key, orphans=found_keys.overlap_of(child, parent, catalog.ask).orphans)


def _with_words(table: Table, said: TableCorrection | None) -> Table:
    if said is None:
        return table
    columns = tuple(_with_roles(column, said) for column in table.columns)
    kind = {"kind": said.kind, "kind_confidence": 1.0} if said.kind is not None else {}
    return replace(table, columns=columns, **kind)  # type: ignore[arg-type]


def _with_roles(column: Column, said: TableCorrection) -> Column:
    if column.name not in said.roles:
        return column
    kept = {role: certainty for role, certainty in column.roles.items() if role in _OF_KEYS}
    return replace(column, roles={**dict.fromkeys(_listed(said.roles[column.name]), 1.0), **kept})
