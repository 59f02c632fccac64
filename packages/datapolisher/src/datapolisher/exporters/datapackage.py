"""Data Package 2: a resource for each table, with its schema; digests under a key of our own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from datapolisher.errors import InputError
from datapolisher.exporters._types import word
from datapolisher.exporters.base import Column, Exported, ExporterSpec, Subject, Table
from datapolisher.exporters.subject import relative, without_rules

_TYPES = {
    "boolean": "boolean",
    "time": "datetime",
    "date": "date",
    "clock": "time",
    "whole": "integer",
    "number": "number",
    "text": "string",
    "uuid": "string",
    "list": "list",
    "struct": "object",
}


def write(subject: Subject) -> Exported:
    """The descriptor."""
    content: dict[str, Any] = {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": _slug(subject.name),
        "title": subject.name,
    }
    content |= {"description": subject.description} if subject.description else {}
    content |= {"created": subject.made_at} if subject.made_at else {}
    names = _names(subject)
    content["resources"] = [_resource(subject, table, names) for table in subject.tables]
    content["datagen"] = _ours(subject)
    text = json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n"
    return Exported({"datapackage": text}, tuple(_left_out(subject)))


def _left_out(subject: Subject) -> Iterator[str]:
    yield from without_rules(subject)
    for table in subject.tables:
        for name in table.partitions:
            yield f"{table.name}.{name}: stands in the files' paths and not in the files, for which the standard has no place"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9._-]+", "-", name.lower()).strip("-") or "dataset"


def _names(subject: Subject) -> dict[str, str]:
    """Table → the name of its resource, each its own."""
    found: dict[str, str] = {}
    for table in subject.tables:
        plain, taken = _slug(table.name), set(found.values())
        names = (plain, *(f"{plain}-{n}" for n in range(2, len(taken) + 3)))
        found[table.name] = next(name for name in names if name not in taken)
    return found


def _resource(subject: Subject, table: Table, names: Mapping[str, str]) -> dict[str, Any]:
    paths = [_path(subject, file.path) for file in table.files]
    made: dict[str, Any] = {
        "name": names[table.name],
        "title": table.name,
        "type": "table",
        "path": paths[0] if len(paths) == 1 else paths,
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
    }
    return made | {"schema": _schema(table, names)}


def _path(subject: Subject, file: str) -> str:
    """A path that the standard allows: from the descriptor downwards."""
    path = relative(subject, file)
    if path.startswith(".."):
        raise InputError(
            f"{subject.output}: a data package lies beside its data or above it, and {path} lies elsewhere; name a file "
            f"in {subject.root.resolve().parent} with -o"
        )
    return path


def _schema(table: Table, names: Mapping[str, str]) -> dict[str, Any]:
    outside = set(table.partitions)
    made: dict[str, Any] = {"fields": [_field(column) for column in table.columns if column.name not in outside]}
    if table.key and not outside & set(table.key):
        made["primaryKey"] = list(table.key)
    references = [ref for ref in table.references if not outside & set(ref.columns)]
    if references:
        made["foreignKeys"] = [
            {"fields": list(ref.columns), "reference": {"resource": names[ref.table], "fields": list(ref.others)}}
            for ref in references
            if ref.table in names
        ]
    return made


def _field(column: Column) -> dict[str, Any]:
    kind = word(column.type, _TYPES, "any")
    made: dict[str, Any] = {"name": column.name, "type": kind}
    made |= {"format": "uuid"} if column.type == "UUID" else {}
    made |= {"description": column.description} if column.description else {}
    constraints: dict[str, Any] = {key: True for key in ("required", "unique") if getattr(column, key)}
    if kind in {"integer", "number", "date", "datetime"}:
        constraints |= {"minimum": column.low} if column.low is not None else {}
        constraints |= {"maximum": column.high} if column.high is not None else {}
    constraints |= {"enum": list(column.values)} if column.values else {}
    constraints |= {"pattern": column.pattern} if column.pattern and kind == "string" else {}
    return made | ({"constraints": constraints} if constraints else {})


def _ours(subject: Subject) -> dict[str, Any]:
    """The approval, under a key of our own name: the standard keeps what it does not know."""
    made: dict[str, Any] = {"dataset_digest": subject.digest}
    made |= {"quality_score": subject.score} if subject.score else {}
    made |= {"generator": subject.generator} if subject.generator else {}
    made |= (
        {"approval": {k: str(v) for k, v in subject.approval.items() if k != "accepted"}} if subject.approval else {}
    )
    if subject.findings is not None:
        made["open_findings"] = [
            {"severity": f.severity, "defect": f.defect, "finding": f.text} for f in subject.findings
        ]
    return made | {"tables": [{"name": t.name, "rows": t.rows, "files": _digests(subject, t)} for t in subject.tables]}


def _digests(subject: Subject, table: Table) -> list[dict[str, Any]]:
    """Not as ``bytes`` and ``hash`` of the resource: the standard's own tool cannot count those of Parquet, and fails."""
    return [{"path": _path(subject, file.path), "bytes": file.bytes, "sha256": file.sha256} for file in table.files]


SPEC = ExporterSpec("datapackage", "Data Package 2.0", "datapackage.json", write)
