"""A report against an earlier one: which findings are new, which are gone, and what has moved."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from msgspec.structs import replace

from datacruncher.checks.base import SEVERITIES
from datacruncher.earlier import Earlier, EarlierColumn, EarlierIssue, EarlierTable
from datacruncher.report import stability
from datacruncher.report.model import Change, ColumnFacts, Compared, Drift, Finding, Issue, TableFacts
from datacruncher.report.shown import Report

_WORDS: tuple[str, ...] = SEVERITIES


def compare(report: Report, earlier: Earlier, named: str, *, private: bool = False) -> Report:
    """The report with its findings marked, and what changed since.

    Parameters
    ----------
    named
        The earlier report (or the earlier data), as the user named it.
    private
        The earlier report may hold values of the data; they are not repeated.
    """
    known = {each: issue for issue in earlier.issues for each in issue.ids}
    marked = [replace(issue, status=_status(issue, known.get(issue.id))) for issue in report.issues]
    by_status = {
        word: [issue.id for issue in marked if issue.status == word] for word in ("new", "graver", "unchanged")
    }
    lost = [old for old in earlier.issues if old.id not in _present(report)]
    gone = [old for old in lost if _was_asked(old, report)]
    compared = Compared(
        report=named,
        dataset=earlier.dataset,
        analysis_date=earlier.analysis_date,
        **by_status,
        gone=[_short(old, private) for old in gone],
        not_asked=[_short(old, private) for old in lost if old not in gone],
        drift=sorted(_drifts(report, earlier, private), key=lambda drift: (-drift.psi, drift.table, drift.column)),
        changes=list(_changes(report, earlier)),
    )
    return replace(report, issues=marked, baseline=compared)


def _status(issue: Issue, old: EarlierIssue | None) -> str:
    if old is None:
        return "new"
    graver = old.severity in _WORDS and _WORDS.index(issue.severity) < _WORDS.index(old.severity)
    return "graver" if graver and old.id == issue.id else "unchanged"


def _present(report: Report) -> set[str]:
    """Ids of what was found, symptoms of graver causes included."""
    found = {issue.id for issue in report.issues}
    for issue in report.issues:
        explained = issue.evidence.details.get("explains") or []
        found |= {str(item["id"]) for item in explained if isinstance(item, dict) and "id" in item}
    return found


def _was_asked(old: EarlierIssue, report: Report) -> bool:
    """Whether its check ran this time, and did not break at its table."""
    runs = [run for run in report.checks if run.check == old.check]
    broke = any(
        run.status == "error" and (not run.location or run.location.table == old.location.table) for run in runs
    )
    return not broke and any(run.status in {"passed", "failed"} for run in runs)


def _short(old: EarlierIssue, private: bool) -> Finding:
    said = f"{old.check} in {old.location.table or 'the dataset'}" if private else old.finding
    return Finding(id=old.id, check=old.check, severity=old.severity, finding=said, table=old.location.table)


def _pairs(report: Report, earlier: Earlier) -> Iterator[tuple[TableFacts, EarlierTable]]:
    old = {table.name: table for table in earlier.tables}
    for table in report.tables:
        if table.name in old:
            yield table, old[table.name]


def _drifts(report: Report, earlier: Earlier, private: bool) -> Iterator[Drift]:
    for table, old in _pairs(report, earlier):
        before = {column.name: column for column in old.columns}
        for column in table.columns:
            known = before.get(column.name)
            if known is not None and stability.is_kept(column.role) and known.type in {"", column.type}:
                drift = _drift(table, column, old, known, private)
                if drift is not None:
                    yield drift


def _drift(
    table: TableFacts, column: ColumnFacts, old: EarlierTable, known: EarlierColumn, private: bool
) -> Drift | None:
    """The drift of one column; None where it is small, could be chance, or can't be compared."""
    if table.rows < stability.FEWEST or old.rows < stability.FEWEST or column.nulls is None or known.nulls is None:
        return None
    holes = known.nulls / old.rows, column.nulls / table.rows
    shares = _shares(column, known) or ([1.0], [1.0])
    before = [holes[0], *(share * (1 - holes[0]) for share in shares[0])]
    now = [holes[1], *(share * (1 - holes[1]) for share in shares[1])]
    psi = stability.index(before, now)
    if psi < max(stability.NOTABLE, 3 * stability.chance(len(before), old.rows, table.rows)):
        return None
    said = f"{table.name}.{column.name}: {_moved(column, known, holes, private)} (PSI {psi:.2f})"
    return Drift(
        table=table.name, column=column.name, psi=round(psi, 4), said=said, rows_before=old.rows, rows=table.rows
    )


def _shares(column: ColumnFacts, known: EarlierColumn) -> tuple[list[float], list[float]] | None:
    if column.frequencies and known.frequencies:
        return stability.of_frequencies(known.frequencies, column.frequencies)
    if column.quantiles and known.quantiles:
        return stability.of_quantiles(known.quantiles, column.quantiles)
    return None


def _moved(column: ColumnFacts, known: EarlierColumn, holes: tuple[float, float], private: bool) -> str:
    """What moved most, in words."""
    if abs(holes[1] - holes[0]) > 0.05:
        return f"{holes[0]:.1%} → {holes[1]:.1%} empty"
    if column.frequencies and known.frequencies:
        return "its values have other shares" if private else _most_moved(known.frequencies, column.frequencies)
    middle = (known.quantiles or {}).get("p50"), (column.quantiles or {}).get("p50")
    if all(isinstance(value, int | float) for value in middle):
        return f"median {middle[0]:,.6g} → {middle[1]:,.6g}"
    return "distributed otherwise"


def _most_moved(before: Mapping[str, int], now: Mapping[str, int]) -> str:
    shares = stability.of_frequencies(before, now)
    names = sorted({*before, *now})
    name, old, new = max(zip(names, *shares, strict=True), key=lambda item: abs(item[2] - item[1]))
    return f"{name if len(name) <= 40 else name[:39] + '…'} {old:.0%} → {new:.0%}"


def _changes(report: Report, earlier: Earlier) -> Iterator[Change]:
    if not earlier.tables:
        return
    now, before = {table.name for table in report.tables}, {table.name for table in earlier.tables}
    yield from (Change(table=name, change="removed") for name in sorted(before - now))
    yield from (Change(table=name, change="added") for name in sorted(now - before))
    for table, old in _pairs(report, earlier):
        if table.rows != old.rows:
            yield Change(table=table.name, change="rows", before=old.rows, now=table.rows)
        types = {column.name: column.type for column in old.columns}
        current = {column.name: column.type for column in table.columns}
        for name in [*types, *(name for name in current if name not in types)]:
            if name not in current:
                yield Change(table=table.name, column=name, change="removed")
            elif name not in types:
                yield Change(table=table.name, column=name, change="added")
            elif types[name] not in {"", current[name]}:
                yield Change(table=table.name, column=name, change="type", before=types[name], now=current[name])
