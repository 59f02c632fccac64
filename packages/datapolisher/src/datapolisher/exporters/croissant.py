"""Croissant 1.0: files with their digests, a record set for each table, keys and references; the approval as PROV-O."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from datapolisher.exporters._croissant_context import CONTEXT
from datapolisher.exporters._types import word
from datapolisher.exporters.base import Column, Exported, ExporterSpec, Subject, Table
from datapolisher.exporters.subject import relative

_TYPES = {
    "boolean": "sc:Boolean",
    "time": "sc:DateTime",
    "date": "sc:Date",
    "clock": "sc:Time",
    "whole": "sc:Integer",
    "number": "sc:Float",
    "text": "sc:Text",
    "uuid": "sc:Text",
}
_PARQUET = "application/x-parquet"
_PROV = "http://www.w3.org/ns/prov#"


def write(subject: Subject) -> Exported:
    """The JSON-LD document."""
    content: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": subject.name,
        "description": subject.description or f"{subject.name}: {len(subject.tables)} tables",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "version": "1.0.0",
    }
    content |= {"datePublished": subject.made_at} if subject.made_at else {}
    content["distribution"] = [part for table in subject.tables for part in _files(subject, table)]
    content["recordSet"] = [_records(table, subject) for table in subject.tables]
    content |= _provenance(subject)
    left_out = [
        f"{table.name}: the standard has no place for {what}"
        for table in subject.tables
        for what, there in (
            ("lists of values, bounds and forms", any(c.values or c.low or c.high or c.pattern for c in table.columns)),
            ("references over several columns", any(len(ref.columns) > 1 for ref in table.references)),
        )
        if there
    ]
    return Exported(
        {"croissant": json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n"}, tuple(left_out)
    )


def _id(*parts: str) -> str:
    return "/".join(re.sub(r"[^A-Za-z0-9_.-]+", "_", part) for part in parts)


def _files(subject: Subject, table: Table) -> Iterator[dict[str, Any]]:
    for file in table.files:
        yield {
            "@type": "cr:FileObject",
            "@id": _file_id(table, file.path),
            "name": file.path,
            "contentUrl": relative(subject, file.path),
            "contentSize": f"{file.bytes} B",
            "encodingFormat": _PARQUET,
            "sha256": file.sha256,
        }


def _file_id(table: Table, path: str) -> str:
    return _id("files", path) if len(table.files) > 1 else _id("files", table.name)


def _records(table: Table, subject: Subject) -> dict[str, Any]:
    known = {name for other in subject.tables for name in [other.name]}
    targets = {r.columns[0]: r for r in table.references if len(r.columns) == 1 and r.table in known}
    fields = [_field(table, column) for column in table.columns]
    for column, field in zip(table.columns, fields, strict=True):
        if column.name in targets:
            reference = targets[column.name]
            field["references"] = {"field": {"@id": _id(reference.table, reference.others[0])}}
    made: dict[str, Any] = {"@type": "cr:RecordSet", "@id": _id(table.name), "name": table.name}
    made["description"] = f"{table.rows} rows"
    if table.key:
        made["key"] = [{"@id": _id(table.name, name)} for name in table.key]
    return made | {"field": fields}


def _field(table: Table, column: Column) -> dict[str, Any]:
    source: Any = [
        {"fileObject": {"@id": _file_id(table, file.path)}, "extract": {"column": column.name}} for file in table.files
    ]
    made: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": _id(table.name, column.name),
        "name": column.name,
        "dataType": word(column.type, _TYPES, "sc:Text"),
        "source": source[0],
    }
    made |= {"description": column.description} if column.description else {}
    return made | ({"repeated": True} if column.type.endswith("[]") else {})


def _provenance(subject: Subject) -> dict[str, Any]:
    """Who made it and who approved it, in the words of PROV-O."""
    made: dict[str, Any] = {}
    if subject.generator:
        made[f"{_PROV}wasGeneratedBy"] = {"@type": f"{_PROV}Activity", "name": subject.generator}
    if subject.approval.get("approved"):
        notes = "; ".join(filter(None, [str(subject.approval.get("notes") or ""), subject.score, subject.digest]))
        made[f"{_PROV}wasAttributedTo"] = {
            "@type": f"{_PROV}Agent",
            "name": str(subject.approval.get("approved_by")),
            "description": f"approved {subject.approval.get('approved_at')}: {notes}",
        }
    return made


SPEC = ExporterSpec("croissant", "Croissant 1.0", "{name}.croissant.json", write)
