"""Croissant 1.0: files with their digests, a record set for each table, keys and references; the approval as PROV-O."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from datapolisher.exporters._croissant_context import CONTEXT
from datapolisher.exporters._types import word
from datapolisher.exporters.base import Column, Exported, ExporterSpec, Subject, Table
from datapolisher.exporters.subject import relative, without_rules

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
_NESTED = ("STRUCT", "MAP", "UNION")

# (table, its column) → (the other table, its column).
Links = Mapping[tuple[str, str], tuple[str, str]]


@dataclass(frozen=True)
class _Ids:
    """Names as parts of an identifier, each its own: ``a b`` and ``a_b`` are two."""

    given: dict[tuple[str, ...], str] = field(default_factory=dict)

    def of(self, *parts: str) -> str:
        """The identifier of a table, of one of its columns, or of a file."""
        if parts not in self.given:
            plain = "/".join(re.sub(r"[^A-Za-z0-9_.-]+", "_", part) for part in parts)
            taken = set(self.given.values())
            names = (plain, *(f"{plain}_{n}" for n in range(2, len(taken) + 3)))
            self.given[parts] = next(name for name in names if name not in taken)
        return self.given[parts]


def write(subject: Subject) -> Exported:
    """The JSON-LD document."""
    ids, (links, circles) = _Ids(), _links(subject)
    content: dict[str, Any] = {
        "@context": CONTEXT,
        "@type": "sc:Dataset",
        "name": subject.name,
        "description": subject.description or f"{subject.name}: {len(subject.tables)} tables",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "version": "1.0.0",
    }
    content |= {"datePublished": subject.made_at} if subject.made_at else {}
    content["distribution"] = [part for table in subject.tables for part in _files(subject, table, ids)]
    content["recordSet"] = [_records(table, ids, links) for table in subject.tables]
    content |= _provenance(subject)
    left_out = (*_left_out(subject), *circles)
    return Exported({"croissant": json.dumps(content, indent=2, ensure_ascii=False, default=str) + "\n"}, left_out)


def _left_out(subject: Subject) -> Iterator[str]:
    yield from without_rules(subject)
    for table in subject.tables:
        if any(c.values or c.low is not None or c.high is not None or c.pattern for c in table.columns):
            yield f"{table.name}: the standard has no place for lists of values, bounds and forms"
        if any(len(ref.columns) > 1 for ref in table.references):
            yield f"{table.name}: the standard has no place for references over several columns"
        for column in table.columns:
            if column.type.startswith(_NESTED):
                yield f"{table.name}.{column.name}: the standard's reader takes no value with parts"
        if table.directory and relative(subject, table.files[0].path).startswith(".."):
            yield f"{table.name}: its parts are found from a folder above them only; name a file there with -o"


def _links(subject: Subject) -> tuple[Links, list[str]]:
    """The references over one column; one that closes a circle is left out: readers follow references, and would not end."""
    links: dict[tuple[str, str], tuple[str, str]] = {}
    circles: list[str] = []
    known = {table.name for table in subject.tables}
    for table in subject.tables:
        for ref in table.references:
            if len(ref.columns) > 1 or ref.table not in known:
                continue
            if _leads_to(ref.table, table.name, links):
                circles.append(f"{table.name}.{ref.columns[0]}: a reference to {ref.table} that closes a circle")
            else:
                links[table.name, ref.columns[0]] = (ref.table, ref.others[0])
    return links, circles


def _leads_to(start: str, end: str, links: Links) -> bool:
    """Whether references lead from one table to the other."""
    seen, ahead = {start}, [start]
    while ahead:
        here = ahead.pop()
        fresh = {there for (table, _), (there, _) in links.items() if table == here} - seen
        seen |= fresh
        ahead += sorted(fresh)
    return end in seen


def _files(subject: Subject, table: Table, ids: _Ids) -> Iterator[dict[str, Any]]:
    """Each file with its digest; the parts of a directory also as one set, which the records are read from."""
    if table.directory:
        folders = {path.rsplit("/", 1)[0] for path in (relative(subject, file.path) for file in table.files)}
        yield {
            "@type": "cr:FileSet",
            "@id": ids.of("files", table.name),
            "name": table.name,
            "encodingFormat": _PARQUET,
            "includes": [f"{folder}/*" for folder in sorted(folders)],
        }
    for file in table.files:
        yield {
            "@type": "cr:FileObject",
            "@id": ids.of("files", file.path) if table.directory else ids.of("files", table.name),
            "name": file.path,
            "contentUrl": relative(subject, file.path),
            "contentSize": f"{file.bytes} B",
            "encodingFormat": _PARQUET,
            "sha256": file.sha256,
        }


def _records(table: Table, ids: _Ids, links: Links) -> dict[str, Any]:
    columns = [column for column in table.columns if not column.type.startswith(_NESTED)]
    made: dict[str, Any] = {"@type": "cr:RecordSet", "@id": ids.of(table.name), "name": table.name}
    made["description"] = f"{table.rows} rows"
    if table.key:
        made["key"] = [{"@id": ids.of(table.name, name)} for name in table.key]
    return made | {"field": [_field(table, column, ids, links) for column in columns]}


def _field(table: Table, column: Column, ids: _Ids, links: Links) -> dict[str, Any]:
    made: dict[str, Any] = {
        "@type": "cr:Field",
        "@id": ids.of(table.name, column.name),
        "name": column.name,
        "dataType": word(column.type, _TYPES, "sc:Text"),
        "source": _source(table, column, ids),
    }
    made |= {"description": column.description} if column.description else {}
    made |= {"repeated": True} if column.type.endswith("[]") else {}
    target = links.get((table.name, column.name))
    return made | ({"references": {"field": {"@id": ids.of(*target)}}} if target else {})


def _source(table: Table, column: Column, ids: _Ids) -> dict[str, Any]:
    """The column of the files; what stands in their path is read off it."""
    place = {"@id": ids.of("files", table.name)}
    if not table.directory:
        return {"fileObject": place, "extract": {"column": column.name}}
    if column.name not in table.partitions:
        return {"fileSet": place, "extract": {"column": column.name}}
    form = f"(?:.*/)?{re.escape(column.name)}=([^/]+)/"
    return {"fileSet": place, "extract": {"fileProperty": "fullpath"}, "transform": {"regex": form}}


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
