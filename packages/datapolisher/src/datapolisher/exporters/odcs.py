"""Open Data Contract Standard 3.1: tables, types, keys, references, quality rules, and the approval."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from datapolisher.exporters._types import word
from datapolisher.exporters._yaml import dump
from datapolisher.exporters.base import Column, Exported, ExporterSpec, Rule, Subject, Table
from datapolisher.exporters.subject import relative
from datapolisher.sql import ident

_TYPES = {
    "boolean": "boolean",
    "time": "timestamp",
    "date": "date",
    "clock": "time",
    "whole": "integer",
    "number": "number",
    "text": "string",
    "uuid": "string",
    "list": "array",
    "struct": "object",
}
# A name that the standard lets a relationship refer to.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_\-]*")
_LISTED = 500


def write(subject: Subject) -> Exported:
    """The contract."""
    left_out = list(_left_out(subject))
    content: dict[str, Any] = {
        "apiVersion": "v3.1.0",
        "kind": "DataContract",
        "id": _slug(subject.name),
        "name": subject.name,
        "version": "1.0.0",
        "status": "active" if subject.approval.get("approved") else "draft",
    }
    if subject.description:
        content["description"] = {"purpose": subject.description}
    if subject.made_at:
        content["contractCreatedTs"] = subject.made_at
    content["servers"] = _servers(subject)
    content["schema"] = [_table(table) for table in subject.tables]
    content["customProperties"] = list(_custom(subject))
    return Exported({"contract": dump(content)}, tuple(left_out))


def _servers(subject: Subject) -> list[dict[str, Any]]:
    """Where the tables lie, one entry for each layout: ``{model}`` stands for the table's name."""
    layouts: dict[str, list[str]] = {}
    for table in subject.tables:
        layouts.setdefault(_layout(table), []).append(table.name)
    ordered = sorted(layouts, key=lambda layout: (-len(layouts[layout]), layout))
    base = relative(subject, ".")
    return [
        {
            "server": "local" if n == 0 else f"local-{n + 1}",
            "type": "local",
            "path": f"{base}/{layout}",
            "format": "parquet",
            **({"description": f"holds {', '.join(layouts[layout])}"} if len(layouts) > 1 else {}),
        }
        for n, layout in enumerate(ordered)
    ]


def _layout(table: Table) -> str:
    """A table's files below the dataset: one, or all parts of a directory."""
    path = PurePosixPath(table.files[0].path)
    if not table.directory:
        return f"{{model}}{path.suffix}"
    return f"**/*{path.suffix}" if "=" in path.parts[0] else f"{{model}}/**/*{path.suffix}"


def _slug(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower() or "dataset"


def _left_out(subject: Subject) -> Iterator[str]:
    for table in subject.tables:
        for reference in table.references:
            if not _sayable(table.name, *reference.columns, reference.table, *reference.others):
                yield f"{table.name}.{', '.join(reference.columns)}: the standard refers to plain names only"


def _sayable(*names: str) -> bool:
    return all(_NAME.fullmatch(name) for name in names)


def _table(table: Table) -> dict[str, Any]:
    made: dict[str, Any] = {
        "name": table.name,
        "physicalName": table.name,
        "physicalType": "table",
        "logicalType": "object",
        "properties": [_property(table, column) for column in table.columns],
    }
    composite = [ref for ref in table.references if len(ref.columns) > 1 and _sayable(table.name, *ref.columns)]
    if composite:
        made["relationships"] = [
            {
                "type": "foreignKey",
                "from": [f"{table.name}.{name}" for name in ref.columns],
                "to": [f"{ref.table}.{name}" for name in ref.others],
            }
            for ref in composite
        ]
    made["quality"] = [
        {
            "type": "library",
            "metric": "rowCount",
            "mustBeGreaterThan": 0,
            "description": f"{table.rows} rows when it was written",
        },
        *(_rule(table, rule) for rule in table.rules),
    ]
    return made


def _rule(table: Table, rule: Rule) -> dict[str, Any]:
    """A rule between columns, as a query that counts the rows that break it."""
    query = f"SELECT COUNT(*) FROM {ident(table.name)} WHERE NOT ({rule.condition})"
    return {"type": "sql", "query": query, "mustBe": 0, "dimension": "consistency", "description": rule.words}


def _property(table: Table, column: Column) -> dict[str, Any]:
    logical = word(column.type, _TYPES, "string")
    made: dict[str, Any] = {"name": column.name, "logicalType": logical, "physicalType": column.type}
    if column.name in table.key:
        made |= {"primaryKey": True, "primaryKeyPosition": table.key.index(column.name) + 1}
    made |= {"required": True} if column.required else {}
    made |= {"unique": True} if column.unique else {}
    made |= {"partitioned": True} if column.name in table.partitions else {}
    made |= {"description": column.description} if column.description else {}
    if options := _options(column, logical):
        made["logicalTypeOptions"] = options
    if targets := [
        f"{ref.table}.{ref.others[0]}"
        for ref in table.references
        if ref.columns == (column.name,) and _sayable(table.name, column.name, ref.table, ref.others[0])
    ]:
        made["relationships"] = [{"type": "foreignKey", "to": target} for target in targets]
    if quality := list(_quality(table, column)):
        made["quality"] = quality
    return made


def _options(column: Column, logical: str) -> dict[str, Any]:
    bounds = {key: value for key, value in (("minimum", column.low), ("maximum", column.high)) if value is not None}
    if logical in {"integer", "number"}:
        return {key: value for key, value in bounds.items() if isinstance(value, int | float)}
    if logical in {"date", "timestamp"}:
        return {key: str(value) for key, value in bounds.items()}
    return {"pattern": column.pattern} if logical == "string" and column.pattern else {}


def _quality(table: Table, column: Column) -> Iterator[dict[str, Any]]:
    if column.required:
        yield {"type": "library", "metric": "nullValues", "mustBe": 0, "dimension": "completeness"}
    if column.unique or table.key == (column.name,):
        yield {"type": "library", "metric": "duplicateValues", "mustBe": 0, "dimension": "uniqueness"}
    if column.values is not None and len(column.values) <= _LISTED:
        arguments = {"validValues": list(column.values)}
        yield {
            "type": "library",
            "metric": "invalidValues",
            "mustBe": 0,
            "arguments": arguments,
            "dimension": "conformity",
        }


def _custom(subject: Subject) -> Iterator[dict[str, Any]]:
    """The approval, which the standard has no place of its own for."""
    yield {"property": "datasetDigest", "value": subject.digest}
    if subject.score:
        yield {"property": "qualityScore", "value": subject.score}
    if subject.generator:
        yield {"property": "generator", "value": subject.generator}
    for key, name in (("approved_by", "approvedBy"), ("approved_at", "approvedAt"), ("notes", "approvalNotes")):
        if subject.approval.get(key):
            yield {"property": name, "value": str(subject.approval[key])}
    if subject.findings is not None:
        yield {"property": "openFindings", "value": [f"{f.severity}: {f.defect}: {f.text}" for f in subject.findings]}


SPEC = ExporterSpec("odcs", "Open Data Contract Standard 3.1", "{name}.odcs.yaml", write)
