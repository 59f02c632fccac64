"""Results as people read them, and as machines do."""

from __future__ import annotations

import json
from datetime import date
from typing import TYPE_CHECKING, Any

import click

from datagen_core.wording import size

if TYPE_CHECKING:
    import pyarrow as pa

    from datagen_core.exporting import Exported
    from datagen_core.plan import Plan
    from datagen_core.run import Result


def as_json(content: Any) -> None:
    """One JSON document on stdout."""
    click.echo(json.dumps(content, ensure_ascii=False, indent=2, default=_text))


def _text(value: Any) -> str:
    """Instants in ISO 8601, as in every file that we write."""
    return value.isoformat().replace("+00:00", "Z") if isinstance(value, date) else str(value)


def written(result: Result | Exported) -> None:
    """What was written, and what a reader should know of it."""
    for note in result.notes:
        click.echo(f"note: {note}")
    count = len(result.tables)
    tables = f"{count} table{'' if count == 1 else 's'}"
    click.echo(f"{tables}, {result.rows:,} rows, {size(result.bytes)} in {result.seconds:.1f} s → {result.directory}")


def written_json(result: Result) -> dict[str, Any]:
    """What was written, for machines."""
    return {
        "directory": str(result.directory),
        "seed": result.metadata["seed"],
        "rows": result.rows,
        "bytes": result.bytes,
        "seconds": round(result.seconds, 3),
        "tables": [
            {"name": table.name, "rows": table.rows, "bytes": table.bytes, "files": list(table.files)}
            for table in result.tables
        ],
        "notes": list(result.notes),
    }


def exported_json(result: Exported) -> dict[str, Any]:
    """What was exported, for machines."""
    return {
        "directory": str(result.directory),
        "rows": result.rows,
        "bytes": result.bytes,
        "seconds": round(result.seconds, 3),
        "tables": list(result.manifests),
        "notes": list(result.notes),
    }


def planned(source: str, plan: Plan) -> None:
    """What a document that was found right will make."""
    click.echo(f"{source}: valid; {len(plan.tables)} tables, about {plan.rows:,.0f} rows")


def planned_json(source: str, plan: Plan) -> dict[str, Any]:
    """What a document that was found right will make, for machines."""
    tables = [{"name": table.node.id, "rows": round(table.rows), "bytes": table.bytes} for table in plan.tables]
    return {"schema": source, "valid": True, "tables": tables}


def previewed_json(tables: dict[str, pa.Table]) -> dict[str, Any]:
    """A few rows of each table, for machines."""
    return {name: rows.to_pylist() for name, rows in tables.items()}


def validated(report: dict[str, Any], path: str) -> None:
    """A validation report: the score, its parts, and what does not hold with its numbers."""
    failed = [check for check in report["checks"] if check["status"] in {"failed", "error"}]
    for check in sorted(failed, key=lambda check: not check["hard"]):
        place = ".".join([check["location"]["table"], *check["location"]["columns"][:1]])
        click.echo(f"{'FAILED' if check['hard'] else 'failed'}  {check['id']}  {place}: {check['message']}")
    for name, part in report["parts"].items():
        counts = f"{part['passed']} of {part['passed'] + part['failed']} checks"
        skipped = f", {part['skipped']} skipped" if part["skipped"] else ""
        click.echo(f"{name:<10} {part['share']:7.1%}  {part.get('note') or counts + skipped}")
    hard = "" if report["hard_constraints_hold"] else "; a hard constraint does not hold"
    verdict = "passed" if report["passed"] else "not passed"
    click.echo(f"score {report['score']:.1f} (at least {report['min_score']:g}{hard}): {verdict} → {path}")
