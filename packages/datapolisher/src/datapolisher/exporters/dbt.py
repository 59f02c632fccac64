"""dbt: the tables as sources, with the tests that dbt has without a package."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from datapolisher import source
from datapolisher.exporters._yaml import dump
from datapolisher.exporters.base import Column, Exported, ExporterSpec, Reference, Subject, Table

_HEAD = (
    "Sources with tests, as dbt reads them. dbt-duckdb finds the files by external_location, seen from where dbt runs."
)
_PROJECT = "dbt_project.yml"
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
# dbt takes a text with these for a template, and runs it.
_TEMPLATE = re.compile(r"\{\{|\{%|\{#")


def write(subject: Subject) -> Exported:
    """``sources.yml``."""
    source_: dict[str, Any] = {"name": _plain(subject.name)}
    source_ |= {"description": _harmless(subject.description)} if subject.description else {}
    meta: dict[str, Any] = {"dataset_digest": subject.digest}
    meta |= {"quality_score": subject.score} if subject.score else {}
    meta |= {k: _harmless(str(subject.approval[k])) for k in ("approved_by", "approved_at") if subject.approval.get(k)}
    source_["config"] = {"meta": meta}
    names = _names(subject)
    source_["tables"] = [_table(subject, table, names) for table in subject.tables]
    return Exported({"sources": dump({"version": 2, "sources": [source_]}, _HEAD)}, tuple(_left_out(subject)))


def _plain(name: str) -> str:
    plain = "".join(char if char.isalnum() else "_" for char in name.lower()).strip("_")
    return plain if plain[:1].isalpha() else f"source_{plain}"


def _names(subject: Subject) -> dict[str, str]:
    """Table → its name in dbt, each its own: ``Loan Items`` and ``loan_items`` are two."""
    found: dict[str, str] = {}
    for table in subject.tables:
        name = plain = _plain(table.name)
        for n in range(2, len(subject.tables) + 2):
            if name not in found.values():
                break
            name = f"{plain}_{n}"
        found[table.name] = name
    return found


def _harmless(text: str) -> str:
    """The text without what dbt would run."""
    return _TEMPLATE.sub(lambda match: " ".join(match[0]), text)


def _unsayable(name: str) -> bool:
    return '"' in name or bool(_TEMPLATE.search(name))


def _left_out(subject: Subject) -> Iterator[str]:
    for table in subject.tables:
        for column in table.columns:
            if column.low is not None or column.high is not None or column.pattern:
                yield f"{table.name}.{column.name}: dbt has tests of bounds and forms only in packages"
            if column.values and _TEMPLATE.search("".join(map(str, column.values))):
                yield f"{table.name}.{column.name}: dbt would take a value of its list for a template"
            if _unsayable(column.name):
                yield f"{table.name}.{column.name}: dbt neither quotes such a name, nor leaves it as it is"
        for rule in table.rules:
            yield f"{table.name}: dbt tests {rule.words} only with a package"
        if len(table.key) > 1:
            yield f"{table.name}: dbt tests a key of several columns only with a package"
        for reference in table.references:
            if len(reference.columns) > 1:
                names = ", ".join(reference.columns)
                yield f"{table.name}.{names}: dbt has no test of a reference over several columns"


def _table(subject: Subject, table: Table, names: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": names[table.name]}
    made |= {"identifier": table.name} if names[table.name] != table.name else {}
    made["description"] = f"{table.rows} rows"
    made["config"] = {"meta": {"external_location": _location(subject, table)}}
    columns = [column for column in table.columns if not _unsayable(column.name)]
    made["columns"] = [_column(table, column, _plain(subject.name), names) for column in columns]
    return made


def _location(subject: Subject, table: Table) -> str:
    """Where dbt-duckdb finds the rows: one file, or all parts of a directory; seen from the project, in which dbt runs."""
    file = table.files[0].path
    if table.directory:
        head = file.split("/", 1)[0]
        file = f"{'' if '=' in head else f'{head}/'}**/*{Path(file).suffix}"
    path = os.path.relpath(subject.root.resolve() / file, _project(subject.output))
    return _harmless(Path(path).as_posix())


def _project(output: Path) -> Path:
    """The dbt project that the document will lie in; where there is none, the document's folder."""
    folders = output.resolve().parents
    return next((folder for folder in folders if (folder / _PROJECT).is_file()), folders[0])


@cache
def _reserved() -> frozenset[str]:
    """The words that no name may be without quotes."""
    with source.connect() as con:
        rows = con.execute(
            "SELECT keyword_name FROM duckdb_keywords() WHERE keyword_category <> 'unreserved'"
        ).fetchall()
    return frozenset(row[0] for row in rows)


def _needs_quotes(name: str) -> bool:
    return not _PLAIN.fullmatch(name) or name.lower() in _reserved()


def _column(table: Table, column: Column, source_: str, names: Mapping[str, str]) -> dict[str, Any]:
    made: dict[str, Any] = {"name": column.name}
    made |= {"quote": True} if _needs_quotes(column.name) else {}
    made["data_type"] = column.type.lower()
    made |= {"description": _harmless(column.description)} if column.description else {}
    tests = list(_tests(table, column, source_, names))
    return made | ({"data_tests": tests} if tests else {})


def _tests(table: Table, column: Column, source_: str, names: Mapping[str, str]) -> Iterator[Any]:
    if column.required:
        yield "not_null"
    if column.unique:
        yield "unique"
    if column.values and not _TEMPLATE.search("".join(map(str, column.values))):
        yield {"accepted_values": {"arguments": _listed(column.values)}}
    for reference in table.references:
        if reference.columns == (column.name,) and reference.table in names and not _unsayable(reference.others[0]):
            yield {"relationships": {"arguments": _target(reference, source_, names)}}


def _listed(values: tuple[Any, ...]) -> dict[str, Any]:
    """The values as dbt writes them into its query: in quotes, and it doubles none that stand in them."""
    if all(isinstance(value, int | float) for value in values):
        return {"values": list(values), "quote": False}
    return {"values": [str(value).replace("'", "''") for value in values]}


def _target(reference: Reference, source_: str, names: Mapping[str, str]) -> dict[str, str]:
    field = reference.others[0]
    return {
        "to": f"source('{source_}', '{names[reference.table]}')",
        "field": '"' + field.replace('"', '""') + '"' if _needs_quotes(field) else field,
    }


SPEC = ExporterSpec("dbt", "dbt: sources with tests", "sources.yml", write)
