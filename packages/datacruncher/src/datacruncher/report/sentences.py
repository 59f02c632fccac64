"""Phrases that several forms of the report share."""

from __future__ import annotations

from collections.abc import Iterable

from datacruncher.report.model import Change, Issue, Report


def place(issue: Issue) -> str:
    """Table and columns: ``Invoice.CustomerId``."""
    here = issue.location
    return ".".join([here.table or "the dataset", *([", ".join(here.columns)] if here.columns else [])])


def alike(issues: Iterable[Issue]) -> list[list[Issue]]:
    """Findings of one check and severity together, in the order of their first."""
    groups: dict[tuple[str, str], list[Issue]] = {}
    for issue in issues:
        groups.setdefault((issue.severity, issue.check), []).append(issue)
    return list(groups.values())


def headline(report: Report) -> str:
    """Dataset, size, score and counts in a line."""
    rows = sum(table.rows for table in report.tables)
    size = f"{_count(len(report.tables), 'table')}, {_count(rows, 'row')}"
    return f"{report.dataset}: {size}, quality {report.summary.quality_score}/100, {counted(report)}"


def counted(report: Report) -> str:
    """``2 critical, 1 medium``."""
    found = ", ".join(f"{n} {name}" for name, n in report.summary.by_severity.items() if n)
    return found or "no findings"


def _count(n: int, word: str) -> str:
    return f"{n:,} {word}{'' if n == 1 else 's'}"


def changed(change: Change) -> str:
    """A change of a table or column in words."""
    name = f"{change.table}.{change.column}" if change.column else f"table {change.table}"
    if change.change == "rows" and isinstance(change.before, int) and isinstance(change.now, int):
        grown = f" ({change.now / change.before - 1:+.1%})" if change.before else ""
        return f"{change.table}: {change.before:,} → {change.now:,} rows{grown}"
    return f"{name} {_CHANGES[change.change]}" + (f" {change.before} → {change.now}" if change.change == "type" else "")


_CHANGES = {"added": "is new", "removed": "is gone", "type": "changed its type", "rows": "has another number of rows"}
