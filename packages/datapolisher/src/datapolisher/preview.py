"""What a fix would do, before it does it: a few rows before and after, and the SQL or the patch."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from datapolisher.documents import Finding
from datapolisher.errors import WorkError
from datapolisher.fixes.base import Context
from datapolisher.plan import Option
from datapolisher.postprocess.program import ROW, Entry, comment
from datapolisher.postprocess.sql_builder import Removal, State
from datapolisher.sql import ident, idents
from datapolisher.steps import AddColumn, AddRows, DropColumn, Retype
from datapolisher.workbench import Workbench

_SAMPLES = 3
_WIDTH = 40


@dataclass(frozen=True, slots=True)
class Preview:
    """A look ahead.

    Parameters
    ----------
    rows
        A line for each sample: what a cell is and would be, or the row that would leave.
    count
        How many rows would change or leave; None for path 1, which draws the data anew.
    script
        The SQL of path 2, or the JSON patch of path 1.
    """

    rows: tuple[str, ...]
    count: int | None
    script: str


def look(context: Context, finding: Finding, option: Option) -> Preview:
    """What the option would do with the finding; nothing is written."""
    if option.fix.path == "schema":
        lines = tuple(f"{change.op} {change.path}: {change.reason}" for change in option.changes) or (option.words,)
        patch = [change.operation() for change in option.changes]
        return Preview(lines, None, json.dumps(patch, indent=2, ensure_ascii=False))
    try:
        return _performed(context, finding, option)
    except WorkError as error:
        return Preview((f"cannot be looked at: {error}",), None, "")


def _performed(context: Context, finding: Finding, option: Option) -> Preview:
    with Workbench(context.dataset) as bench:
        steps = [Entry(comment(finding.id), option.fix.id, comment(option.words), step) for step in option.steps]
        script = "\n".join(bench.add(entry) for entry in steps)
        samples: list[str] = []
        count = 0
        for table in dict.fromkeys(step.table for step in option.steps):
            state, key = bench.state(table), context.primary_key(table)
            changed = [(hidden, column) for entry, hidden, column in state.logs if _is_told(entry)]
            where = " OR ".join(_differs(hidden, _next(state, hidden, column)) for hidden, column in changed)
            count += int(bench.value(f"SELECT count(*) FROM {state.name()} WHERE {where}")) if where else 0
            count += sum(rows for _, rows in (*bench.taken(table), *bench.inserted(table)))
            gone = [hidden for entry, hidden, _ in state.logs if isinstance(entry.step, DropColumn)]
            count += sum(int(bench.value(f"SELECT count({ident(hidden)}) FROM {state.name()}")) for hidden in gone)
            samples += [*_cells(bench, state, key), *_taken(bench, state, key, finding)]
            samples += [*_inserted(bench, state), *_dropped(bench, state, key)]
    return Preview((*option.fix.shows(finding, context), *samples), count, script)


def _is_told(entry: Entry) -> bool:
    """Whether a step's cells are shown as changed: not those of marks, nor of a column that goes as a whole."""
    return not (isinstance(entry.step, DropColumn) or (isinstance(entry.step, AddColumn) and entry.step.mark))


def _next(state: State, hidden: str, column: str) -> str:
    """Where the value after a step stands: the next kept value of the column, or the column itself."""
    names = [name for _, name, other in state.logs if other == column]
    place = names.index(hidden)
    return names[place + 1] if place + 1 < len(names) else column


def _differs(old: str, new: str) -> str:
    return f"CAST({ident(old)} AS VARCHAR) IS DISTINCT FROM CAST({ident(new)} AS VARCHAR)"


def _cells(bench: Workbench, state: State, key: tuple[str, ...]) -> Iterator[str]:
    """``order 17: status: 'Paid ' → 'Paid'``: for each column its first changed cells."""
    for column in dict.fromkeys(column for entry, _, column in state.logs if _is_told(entry)):
        first = next(hidden for _, hidden, other in state.logs if other == column)
        shown = idents([*key, first, column])
        # What only reads otherwise in another type comes last.
        real = [h for entry, h, other in state.logs if other == column and not isinstance(entry.step, Retype)]
        rank = " AND ".join(["TRUE", *(f"NOT ({_differs(hidden, _next(state, hidden, column))})" for hidden in real)])
        query = (
            f"SELECT {shown} FROM {state.name()} WHERE {_differs(first, column)} "
            f"ORDER BY {rank}, {ident(ROW)} LIMIT {_SAMPLES}"
        )
        for row in bench.rows(query):
            *keys, old, new = row
            yield f"{_row(state.source.name, keys)}: {column}: {_shown(old)} → {_shown(new)}"
    for entry in state.added:
        if isinstance(entry.step, AddColumn) and not entry.step.mark:
            shown = idents([*key, entry.step.column])
            for row in bench.rows(f"SELECT {shown} FROM {state.name()} ORDER BY {ident(ROW)} LIMIT {_SAMPLES}"):
                yield f"{_row(state.source.name, row[:-1])}: {entry.step.column}: (no such column) → {_shown(row[-1])}"


def _inserted(bench: Workbench, state: State) -> Iterator[str]:
    """``customer 17 would be added``: the first keys."""
    for entry, rows in state.inserted:
        if isinstance(entry.step, AddRows):
            position = ident(ROW)
            query = f"SELECT {idents(entry.step.keys)} FROM {rows} ORDER BY {position} LIMIT {_SAMPLES}"
            yield from (
                f"{_row(state.source.name, row)} would be added, {entry.step.mark}" for row in bench.rows(query)
            )


def _dropped(bench: Workbench, state: State, key: tuple[str, ...]) -> Iterator[str]:
    """``order 17: note: 'x' → (no such column)``: the first values that go."""
    for entry, hidden, column in state.logs:
        if isinstance(entry.step, DropColumn):
            query = f"SELECT {idents([*key, hidden])} FROM {state.name()} ORDER BY {ident(ROW)} LIMIT {_SAMPLES}"
            for row in bench.rows(query):
                yield f"{_row(state.source.name, row[:-1])}: {column}: {_shown(row[-1])} → (no such column)"


def _taken(bench: Workbench, state: State, key: tuple[str, ...], finding: Finding) -> Iterator[str]:
    """``order 17 would leave: amount -3.0``: the first rows that each step takes out."""
    named = [c for c in (*finding.columns, *state.source.columns) if c in state.source.columns and c not in key]
    columns = list(dict.fromkeys(named))[:4]
    for removal in state.removals:
        yield from _leaving(bench, state, removal, key, columns)


def _leaving(
    bench: Workbench, state: State, removal: Removal, key: tuple[str, ...], columns: list[str]
) -> Iterator[str]:
    position = ident(ROW)
    query = (
        f"SELECT {idents([*key, *columns]) or '1'} FROM {removal.before} "
        f"WHERE {position} IN (SELECT {position} FROM {removal.rows}) ORDER BY {position} LIMIT {_SAMPLES}"
    )
    verb = "is a copy and would be folded" if removal.copies else "would go to quarantine"
    for row in bench.rows(query):
        cells = ", ".join(f"{c} {_shown(v)}" for c, v in zip(columns, row[len(key) :], strict=False))
        yield f"{_row(state.source.name, row[: len(key)])} {verb}: {cells}"


def _row(table: str, key: Any) -> str:
    return f"{table} {'/'.join(map(str, key))}" if key else table


def _shown(value: Any) -> str:
    """A value on one line, without anything that a terminal would obey."""
    text = repr(value) if isinstance(value, str) else "null" if value is None else str(value)
    plain = comment(text) if not isinstance(value, str) else "".join(c if c.isprintable() else " " for c in text)
    return plain if len(plain) <= _WIDTH else f"{plain[: _WIDTH - 1]}…"
