"""``.manifest.yaml``: what an approved dataset is, who approved it, and the digests that the approval speaks of.

Keys stand in the order of the contract, which is the order in which people read them.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.scalarstring import DoubleQuotedScalarString

from datapolisher import source
from datapolisher.documents import CrunchReport, Finding, TableFacts
from datapolisher.fixes.base import Context
from datapolisher.intake import Intake
from datapolisher.report.model import measured

CONTRACT = "manifest/1.0"
FILE = ".manifest.yaml"
# What a signature says that it signs.
NAMESPACE = "datagen-manifest"

# DuckDB's names of types, as Arrow writes them.
_ARROW = {
    "TINYINT": "int8",
    "SMALLINT": "int16",
    "INTEGER": "int32",
    "BIGINT": "int64",
    "HUGEINT": "decimal128(38, 0)",
    "UTINYINT": "uint8",
    "USMALLINT": "uint16",
    "UINTEGER": "uint32",
    "UBIGINT": "uint64",
    "FLOAT": "float",
    "DOUBLE": "double",
    "BOOLEAN": "bool",
    "VARCHAR": "string",
    "BLOB": "binary",
    "DATE": "date32[day]",
    "TIME": "time64[us]",
    "TIMESTAMP": "timestamp[us]",
    "TIMESTAMP_S": "timestamp[s]",
    "TIMESTAMP_MS": "timestamp[ms]",
    "TIMESTAMP_NS": "timestamp[ns]",
    "TIMESTAMP WITH TIME ZONE": "timestamp[us, tz=UTC]",
    "INTERVAL": "month_day_nano_interval",
    "UUID": "fixed_size_binary[16]",
}
_DECIMAL = re.compile(r"DECIMAL\((\d+),\s*(\d+)\)")


def arrow_type(duckdb_type: str) -> str:
    """DuckDB's name of a type as Arrow writes it; nested types keep DuckDB's name, in lower case."""
    if match := _DECIMAL.fullmatch(duckdb_type):
        return f"decimal128({match[1]}, {match[2]})"
    return _ARROW.get(duckdb_type, duckdb_type.lower())


def build(intake: Intake, approval: Mapping[str, Any]) -> dict[str, Any]:
    """The manifest's content.

    Parameters
    ----------
    intake
        The report that was accepted and the dataset that it speaks of.
    approval
        Its section ``approval``.
    """
    metadata = intake.metadata
    return {
        "contract": CONTRACT,
        "dataset_name": metadata.name if metadata else intake.context.dataset.root.resolve().name,
        "generated_at": _generated_at(intake),
        "generator_version": metadata.generator.version if metadata else None,
        "quality_score": f"{quality_score(intake.report)}/100",
        "schema": {
            "source": metadata.schema.path if metadata else None,
            "seed": metadata.seed if metadata else None,
            "tables": _tables(intake),
        },
        "validation": _validation(intake.report),
        "files": _files(intake.context),
        "dataset_digest": intake.digest,
        "report": {"path": str(intake.report_path), "sha256": source.sha256(intake.report_path)},
        "approval": dict(approval),
    }


def _generated_at(intake: Intake) -> str | None:
    """When the data was made: as its metadata says, else when they were written beside it; None for other data."""
    metadata = intake.metadata
    if metadata is None or metadata.generated_at is not None:
        return metadata.generated_at if metadata else None
    written = datetime.fromtimestamp(intake.context.dataset.metadata.stat().st_mtime, UTC)
    return written.strftime("%Y-%m-%dT%H:%M:%SZ")


def quality_score(report: CrunchReport) -> int:
    """The report's own score; computed by its contract's formula where it has none."""
    said = measured(report).quality_score
    if said is not None:
        return said
    graded = [f.severity for f in report.issues if f.category != "business_logic"]
    weights = {"critical": 20.0, "high": 8.0, "medium": 2.0, "low": 0.25}
    score = max(0.0, 100.0 - sum(weights[severity] for severity in graded))
    ceiling = 59 if "critical" in graded else 89 if "high" in graded else 100
    return round(min(score, ceiling))


def _tables(intake: Intake) -> list[dict[str, Any]]:
    context = intake.context
    order = [table.name for table in intake.metadata.tables] if intake.metadata else []
    names = [*(n for n in order if n in context.dataset.tables), *(n for n in context.dataset.tables if n not in order)]
    return [
        {
            "name": name,
            "rows": context.dataset.rows(name),
            "columns": _columns(intake, context.tables[name]),
        }
        for name in names
    ]


def _columns(intake: Intake, facts: TableFacts) -> list[dict[str, Any]]:
    types = intake.context.dataset.tables[facts.name].columns
    nulls = {column.name: column.nulls for column in facts.columns}
    keys = set(intake.context.primary_key(facts.name))
    targets = {
        key.columns[0]: f"{key.references.table}.{key.references.columns[0]}"
        for key in facts.foreign_keys
        if len(key.columns) == 1
    }
    made = []
    for name, kind in types.items():
        entry: dict[str, Any] = {"name": name, "type": arrow_type(kind)}
        entry["nullable"] = name not in keys and _nullable(intake, facts.name, name, nulls.get(name))
        entry |= {"pk": True} if name in keys else {}
        entry |= {"fk": targets[name]} if name in targets else {}
        entry |= _description(intake.context, facts.name, name)
        made.append(entry)
    return made


def _nullable(intake: Intake, table: str, column: str, nulls: int | None) -> bool:
    """What is declared; else whether the analyst saw nulls, which unknown counts as."""
    declared = intake.context.nullable(table, column)
    return declared if declared is not None else nulls != 0


def _description(context: Context, table: str, column: str) -> dict[str, str]:
    definition = context.declared_column(table, column) or {}
    said = definition.get("description") or definition.get("comment")
    return {"description": said} if isinstance(said, str) else {}


def _validation(report: CrunchReport) -> dict[str, Any]:
    counts = measured(report).by_severity
    metrics = report.metrics
    known = {
        "fk_integrity": metrics.fk_integrity,
        "temporal_violations": metrics.temporal_violations,
        "null_rate": metrics.null_rate,
    }
    return {
        "datacruncher_version": report.tool.version if report.tool.name == "datacruncher" else None,
        "analyzed_by": list(report.personas),
        "findings": {"critical": counts.critical, "high": counts.high, "medium": counts.medium, "low": counts.low},
        "metrics": {name: f"{value:.1f}%" for name, value in known.items() if value is not None},
    }


def _files(context: Context) -> list[dict[str, Any]]:
    root = context.dataset.root
    with source.connect() as con:
        return [
            {
                "path": file.as_posix(),
                "bytes": (root / file).stat().st_size,
                "rows": source.rows_of(con, root / file),
                "sha256": source.sha256(root / file),
            }
            for table in context.dataset.tables.values()
            for file in table.files
        ]


def accepted_entry(finding: Finding, reason: str) -> dict[str, str]:
    """One line of ``approval.accepted``."""
    said = {"id": finding.id, "severity": finding.severity, "defect": finding.defect}
    return {**said, "finding": finding.finding, "reason": reason}


def render(content: Mapping[str, Any]) -> str:
    """The manifest as YAML, its sections apart by a blank line."""
    yaml = YAML()
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    yaml.representer.add_representer(
        type(None), lambda dumper, _: dumper.represent_scalar("tag:yaml.org,2002:null", "null")
    )
    sections: list[str] = []
    for key, value in content.items():
        stream = io.StringIO()
        yaml.dump({key: _quoted(value) if key == "approval" else value}, stream)
        apart = isinstance(value, dict | list) and bool(sections)
        sections.append(("\n" if apart else "") + stream.getvalue())
    return "".join(sections)


def _quoted(approval: Mapping[str, Any]) -> dict[str, Any]:
    return {k: DoubleQuotedScalarString(v) if k == "notes" else v for k, v in approval.items()}
