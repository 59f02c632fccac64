"""A directory, its metadata, its manifest and a report → what an exporter may say about it."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datapolisher import manifest, seal, source
from datapolisher.documents import CrunchReport, Metadata
from datapolisher.documents import Finding as Issue
from datapolisher.exporters.base import Column, File, Finding, Reference, Subject, Table
from datapolisher.exporters.rules import rules_of
from datapolisher.fixes.base import Context
from datapolisher.intake import know


def subject(root: Path, output: Path, report_path: Path | None = None, schema: Path | None = None) -> Subject:
    """Everything that is known about the dataset.

    Raises
    ------
    InputError
        The directory, the report or the manifest cannot be read.
    """
    report, metadata, context = know(root, report_path, schema)
    content = _manifest(root)
    with source.connect() as con:
        tables = tuple(_table(name, _Sources(report, metadata, context), con) for name in context.dataset.tables)
    return Subject(
        name=str(content.get("dataset_name") or (metadata.name if metadata else root.resolve().name)),
        root=root,
        output=output,
        tables=tables,
        description=_said(context),
        made_at=content.get("approval", {}).get("approved_at") or (metadata.generated_at if metadata else None),
        generator=f"{metadata.generator.name} {metadata.generator.version}".strip() if metadata else "",
        digest=source.dataset_digest(root),
        approval=content.get("approval") or {},
        score=str(content.get("quality_score") or _score(report, known=report_path is not None)),
        findings=_open(report) if report_path is not None else None,
    )


def _manifest(root: Path) -> Mapping[str, Any]:
    path = root / manifest.FILE
    return seal.read_manifest(path) if path.is_file() else {}


def _said(context: Context) -> str:
    head = (context.schema.tree.get("metadata") or {}) if context.schema else {}
    return str(head.get("description") or "") if isinstance(head, Mapping) else ""


def _score(report: CrunchReport, *, known: bool) -> str:
    return f"{manifest.quality_score(report)}/100" if known else ""


def _open(report: CrunchReport) -> tuple[Finding, ...]:
    return tuple(Finding(issue.severity, issue.defect, issue.finding) for issue in report.issues)


@dataclass(frozen=True)
class _Sources:
    """Where knowledge comes from, the weakest first."""

    report: CrunchReport
    metadata: Metadata | None
    context: Context


def _table(name: str, known: _Sources, con: Any) -> Table:
    context = known.context
    found = context.dataset.tables[name]
    paths = [(file, context.dataset.root / file) for file in found.files]
    rules = _rules(known.report, name)
    return Table(
        name=name,
        rows=context.dataset.rows(name),
        columns=tuple(_column(name, column, known, rules.get(column, {})) for column in found.columns),
        files=tuple(File(file.as_posix(), path.stat().st_size, source.sha256(path)) for file, path in paths),
        key=context.primary_key(name),
        references=tuple(
            Reference(key.columns, key.references.table, key.references.columns) for key in context.foreign_keys(name)
        ),
        rules=rules_of(known.report, name, found.columns),
        directory=found.directory,
        partitions=found.partitions,
    )


def _column(table: str, name: str, known: _Sources, rules: Mapping[str, Any]) -> Column:
    context = known.context
    said = context.declared_column(table, name) or {}
    written = {**rules, **_declared(said), **_of_document(context, table, name)}
    key = context.primary_key(table)
    return Column(
        name=name,
        type=context.dataset.tables[table].columns[name],
        required=True if name in key else _required(table, name, known, written),
        unique=True if key == (name,) else written.get("unique"),
        description=str(said.get("description") or said.get("comment") or ""),
        values=tuple(written["values"]) if written.get("values") else None,
        low=written.get("min"),
        high=written.get("max"),
        pattern=written.get("pattern"),
    )


def _required(table: str, name: str, known: _Sources, written: Mapping[str, Any]) -> bool | None:
    nullable = known.context.nullable(table, name)
    if nullable is None and known.metadata is not None:
        listed = [c for t in known.metadata.tables if t.name == table for c in t.columns if c.name == name]
        nullable = listed[0].nullable if listed else None
    return written.get("required") if nullable is None else not nullable


def _declared(said: Mapping[str, Any]) -> dict[str, Any]:
    """The rules that stand at the column itself."""
    rules = said.get("constraints") or {}
    found = {key: rules[key] for key in ("min", "max", "pattern", "unique") if rules.get(key) is not None}
    drawn = ((said.get("generator") or {}).get("choice") or {}).get("choices")
    values = rules.get("enum") or (drawn if not said.get("modifiers") else None)  # a modifier may write other values
    return found | ({"values": [v for v in values if v is not None]} if isinstance(values, list) else {})


def _of_document(context: Context, table: str, column: str) -> dict[str, Any]:
    """The rules of the document's ``constraints`` that speak of this column."""
    tree = context.schema.tree.get("constraints") if context.schema else None
    place = f"{table}.{column}"
    found: dict[str, Any] = {}
    for rule in _listed(tree, "ranges"):
        if rule.get("attr") == place:
            found |= {key: rule[key] for key in ("min", "max") if rule.get(key) is not None}
    for rule in _listed(tree, "enum"):
        if rule.get("attr") == place and isinstance(rule.get("values"), list):
            found["values"] = rule["values"]
    for rule in _listed(tree, "pattern"):
        if rule.get("attr") == place:
            found["pattern"] = rule.get("regex")
    unique = tree.get("unique") if isinstance(tree, Mapping) else None
    return found | ({"unique": True} if isinstance(unique, list) and place in unique else {})


def _listed(tree: Any, key: str) -> Iterator[Mapping[str, Any]]:
    rules = tree.get(key) if isinstance(tree, Mapping) else None
    yield from (rule for rule in rules or () if isinstance(rule, Mapping)) if isinstance(rules, list) else ()


def _rules(report: CrunchReport, table: str) -> dict[str, dict[str, Any]]:
    """Column → rules that somebody declared and a finding tells of: they hold for the data to come, too."""
    found: dict[str, dict[str, Any]] = {}
    for issue in report.issues:
        if issue.table == table and len(issue.columns) == 1 and issue.details.get("rule") == "declared":
            found.setdefault(issue.columns[0], {}).update(_rule(issue))
    return found


def _rule(issue: Issue) -> dict[str, Any]:
    details = issue.details
    if issue.defect == "out_of_range":
        return {key: details[key] for key in ("min", "max") if details.get(key) is not None}
    if issue.defect in {"unknown_category", "category_variant", "mixed_code_system"} and details.get("accepted"):
        return {"values": details["accepted"]}
    if issue.defect == "invalid_format" and details.get("pattern"):
        return {"pattern": details["pattern"]}
    return {"required": True} if issue.defect == "unexpected_null" else {}


def relative(subject_: Subject, file: str) -> str:
    """The file's path as seen from the document, with ``/``."""
    where = subject_.output.resolve().parent
    return Path(os.path.relpath((subject_.root / file).resolve(), where)).as_posix()


def without_rules(subject_: Subject) -> Iterator[str]:
    """What a standard leaves out that has no place for rules between columns."""
    for table in subject_.tables:
        for rule in table.rules:
            yield f"{table.name}: the standard has no place for {rule.words}"
