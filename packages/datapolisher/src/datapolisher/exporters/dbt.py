"""dbt: the tables as sources, with the tests that dbt has without a package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datapolisher.exporters._yaml import dump
from datapolisher.exporters.base import Column, Exported, ExporterSpec, Reference, Subject, Table
from datapolisher.exporters.subject import relative

_HEAD = "Sources with tests, as dbt reads them. dbt-duckdb finds the files by external_location."


def write(subject: Subject) -> Exported:
    """``sources.yml``."""
    name = _name(subject.name)
    source: dict[str, Any] = {"name": name}
    source |= {"description": subject.description} if subject.description else {}
    meta: dict[str, Any] = {"dataset_digest": subject.digest}
    meta |= {"quality_score": subject.score} if subject.score else {}
    meta |= {k: str(subject.approval[k]) for k in ("approved_by", "approved_at") if subject.approval.get(k)}
    source["config"] = {"meta": meta}
    source["tables"] = [_table(subject, table, name) for table in subject.tables]
    return Exported({"sources": dump({"version": 2, "sources": [source]}, _HEAD)}, tuple(_left_out(subject)))


def _name(name: str) -> str:
    plain = "".join(char if char.isalnum() else "_" for char in name.lower()).strip("_")
    return plain if plain[:1].isalpha() else f"source_{plain}"


def _left_out(subject: Subject) -> Iterator[str]:
    for table in subject.tables:
        for column in table.columns:
            if column.low is not None or column.high is not None or column.pattern:
                yield f"{table.name}.{column.name}: dbt has tests of bounds and forms only in packages"
        if len(table.key) > 1:
            yield f"{table.name}: dbt tests a key of several columns only with a package"


def _table(subject: Subject, table: Table, source: str) -> dict[str, Any]:
    made: dict[str, Any] = {"name": _name(table.name)}
    made |= {"identifier": table.name} if _name(table.name) != table.name else {}
    made["description"] = f"{table.rows} rows"
    made["config"] = {"meta": {"external_location": _location(subject, table)}}
    made["columns"] = [_column(table, column, source) for column in table.columns]
    return made


def _location(subject: Subject, table: Table) -> str:
    """Where dbt-duckdb finds the rows: one file, or all parts of a directory."""
    first = table.files[0].path
    return relative(subject, first if not table.directory else f"{first.split('/', 1)[0]}/**/*.parquet")


def _column(table: Table, column: Column, source: str) -> dict[str, Any]:
    made: dict[str, Any] = {"name": column.name}
    made |= {"quote": True} if not column.name.isidentifier() else {}
    made["data_type"] = column.type.lower()
    made |= {"description": column.description} if column.description else {}
    tests = list(_tests(table, column, source))
    return made | ({"data_tests": tests} if tests else {})


def _tests(table: Table, column: Column, source: str) -> Iterator[Any]:
    if column.required:
        yield "not_null"
    if column.unique:
        yield "unique"
    if column.values:
        quote = {} if all(isinstance(value, str) for value in column.values) else {"quote": False}
        yield {"accepted_values": {"arguments": {"values": list(column.values), **quote}}}
    for reference in table.references:
        if reference.columns == (column.name,):
            yield {"relationships": {"arguments": _target(reference, source)}}


def _target(reference: Reference, source: str) -> dict[str, str]:
    field = reference.others[0]
    return {
        "to": f"source('{source}', '{_name(reference.table)}')",
        "field": field if field.isidentifier() else '"' + field + '"',
    }


SPEC = ExporterSpec("dbt", "dbt: sources with tests", "sources.yml", write)
