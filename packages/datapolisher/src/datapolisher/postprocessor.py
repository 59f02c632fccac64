"""Path 2: steps → ``postprocess.sql`` and ``postprocess.py``, one of them applied, and every row accounted for.

Whichever script runs, its result is held against the steps as the workbench sees them: rows in = rows out + quarantined +
folded, the same values in every column, and columns that no step names as they were. Else nothing is kept.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

import msgspec

from datapolisher import source, sql
from datapolisher.errors import InputError, WorkError
from datapolisher.expressions import KeyIn, all_of, call
from datapolisher.fixes.base import Context, Planned
from datapolisher.postprocess.polars_script import render_polars, unsupported
from datapolisher.postprocess.program import CODECS, ROW, Entry, Program, comment, log_key, reserved
from datapolisher.postprocess.sql_builder import State
from datapolisher.postprocess.sql_script import render_sql
from datapolisher.report.model import Sums, TableBalance
from datapolisher.source import Dataset
from datapolisher.sql import ident, is_number
from datapolisher.steps import DropDuplicates, Quarantine, written
from datapolisher.workbench import Closing, Workbench

Engine = Literal["duckdb", "polars"]
SQL_FILE, POLARS_FILE = "postprocess.sql", "postprocess.py"
# A chain of rows that refer to rows of their own table is followed so far.
_MAX_CHAIN = 50


@dataclass(frozen=True, slots=True)
class Counts:
    """What one finding's steps did.

    Parameters
    ----------
    rows_changed, cells_changed
        Among the rows that stay; a row counts once.
    rows_quarantined
        Children that went along with their parents included.
    rows_collapsed
        Copies that were folded into the first.
    rows_added
        Rows for keys that the table did not have.
    sql
        The statements.
    by_table
        Table → (rows changed, rows quarantined).
    """

    rows_changed: int = 0
    cells_changed: int = 0
    rows_quarantined: int = 0
    rows_collapsed: int = 0
    rows_added: int = 0
    sql: str = ""
    by_table: Mapping[str, tuple[int, int]] = field(default_factory=dict)


NOTHING = Counts()


@dataclass(frozen=True)
class Applied:
    """What a run of the steps did: by finding (or wish), and table by table."""

    counts: Mapping[str, Counts]
    tables: tuple[TableBalance, ...]


def scripts(
    context: Context, entries: Sequence[Entry], origin: Path, target: Path, *, change_log: bool = True
) -> dict[str, str]:
    """File name → text of both scripts.

    Parameters
    ----------
    entries
        The steps of a `Trial`, with those that take children along.
    origin, target
        The directories that stand at the top of the scripts: what is read, and what is written.
    """
    program = _program(context, tuple(entries), origin, target, change_log=change_log)
    return {SQL_FILE: render_sql(program), POLARS_FILE: render_polars(program)}


class Trial(Closing):
    """Steps that were performed on a workbench: what they do is known, and nothing is written yet."""

    def __init__(self, context: Context, planned: Sequence[Planned]) -> None:
        self._context = context
        self._bench = Workbench(context.dataset)
        try:
            self.entries, statements = _entries(self._bench, context, planned)
            self.applied = _account(self._bench, context, planned, statements)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Leave the workbench."""
        self._bench.close()

    def carry_out(self, data: Path, engine: Engine = "duckdb", *, change_log: bool = True) -> Applied:
        """Run one of the scripts, from the dataset into the directory `data`, and account for every row.

        Raises
        ------
        WorkError
            The script failed, or its result is not what the steps say; `data` is gone then.
        """
        dataset = self._context.dataset
        origin, target = dataset.root.absolute(), data.absolute()
        program = _program(self._context, self.entries, origin, target, change_log=change_log)
        try:
            _RUNNERS[engine](self._bench, program)
            _prove(self._bench, dataset, program, self.applied, data)
            tables = tuple(
                msgspec.structs.replace(table, sums=_sums(self._bench, self._context, table.name, data))
                for table in self.applied.tables
            )
        except BaseException:
            shutil.rmtree(data, ignore_errors=True)
            raise
        return replace(self.applied, tables=tables)


def apply(
    context: Context, planned: Sequence[Planned], data: Path, engine: Engine = "duckdb", *, change_log: bool = True
) -> Applied:
    """The steps, tried and carried out; see `Trial`."""
    with Trial(context, planned) as trial:
        return trial.carry_out(data, engine, change_log=change_log)


def _entries(
    bench: Workbench, context: Context, planned: Sequence[Planned]
) -> tuple[tuple[Entry, ...], dict[str, list[str]]]:
    """The steps as the script has them, with those that take children along; and each finding's statements."""
    entries: list[Entry] = []
    statements: dict[str, list[str]] = {}
    for plan in planned:
        id_, why = comment(plan.id), comment(plan.why)
        for step in plan.steps:
            entry = Entry(id_, plan.fix, why, step)
            for added in [entry, *_with_children(bench, context, entry, statements.setdefault(plan.id, []))]:
                entries.append(added)
    return tuple(entries), statements


def _with_children(bench: Workbench, context: Context, entry: Entry, said: list[str]) -> Iterator[Entry]:
    """Perform a step; then yield the steps that take along what refers to rows that it took out, and so on."""
    said.append(bench.add(entry))
    if not isinstance(entry.step, Quarantine):
        return
    waiting = [entry.step.table]
    for _ in range(_MAX_CHAIN):
        if not waiting:
            return
        table = waiting.pop(0)
        for child, step in _orphaned(bench, context, table):
            why = f"rows of {comment(child)} whose parent in {comment(table)} was quarantined"
            along = Entry(entry.id, entry.fix, why, step)
            said.append(bench.add(along))
            waiting.append(child)
            yield along
    raise WorkError(
        f"{entry.fix} on {entry.step.table}: children that would go along form a chain of more than {_MAX_CHAIN} links"
    )


def _orphaned(bench: Workbench, context: Context, table: str) -> Iterator[tuple[str, Quarantine]]:
    """Steps for the children whose parents were taken out of `table`, where there are any."""
    for child, key in context.references_to(table):
        to = key.references.columns
        gone = KeyIn(key.columns, table, to, "taken")
        left = call("negate", KeyIn(key.columns, table, to, "present"))
        step = Quarantine(child, all_of([gone, left]), "parent_quarantined")
        if bench.count(child, step.where):
            yield child, step


def _program(context: Context, entries: tuple[Entry, ...], origin: Path, target: Path, *, change_log: bool) -> Program:
    dataset = context.dataset
    for name in {table for entry in entries for table in entry.tables}:
        if taken := reserved(dataset.tables[name]):
            raise InputError(f'{name}: the column "{taken}" has a name that the scripts need: rename it first')
    others = tuple(f for f in (*dataset.others, *dataset.unreadable) if (dataset.root / f).is_file())
    return Program(
        input=origin,
        output=target,
        tables=dataset.tables,
        entries=entries,
        keys={name: context.primary_key(name) for name in dataset.tables},
        change_log=change_log,
        sizes={name: _size(dataset, name) for name in dataset.tables},
        others=others,
        uneven=frozenset(name for name in dataset.tables if _is_uneven(dataset, name)),
        compression=_compression(dataset),
        layouts=dict(_layouts(dataset)),
    )


def _size(dataset: Dataset, table: str) -> int:
    return max((dataset.root / file).stat().st_size for file in dataset.tables[table].files)


def _compression(dataset: Dataset) -> dict[Path, str]:
    """The codec of each file, that of most of its pages; files whose codec no script can write have none here."""
    found: dict[Path, str] = {}
    with source.connect() as con:
        for table in dataset.tables.values():
            for file in table.files:
                codec = source.codec_of(con, dataset.root / file)
                found |= {file: codec} if codec in CODECS else {}
    return found


def _layouts(dataset: Dataset) -> Iterator[tuple[Path, dict[str, str]]]:
    """Files whose columns, or their types, are not those of their table as it is read."""
    with source.connect() as con:
        for table in dataset.tables.values():
            as_read = [(name, type_) for name, type_ in table.columns.items() if name not in table.partitions]
            for file in table.files:
                own = source.layout_of(con, dataset.root / file)
                if list(own.items()) != as_read:
                    yield file, own


def _is_uneven(dataset: Dataset, table: str) -> bool:
    """Whether the table's parts differ in their columns or types."""
    files = dataset.tables[table].files
    if len(files) == 1:
        return False
    listed = ", ".join(sql.text(str(dataset.root / file)) for file in files)
    query = (
        "SELECT count(DISTINCT columns) FROM (SELECT file_name, list((name, type, logical_type)) AS columns "
        f"FROM parquet_schema([{listed}]) WHERE num_children IS NULL GROUP BY file_name)"
    )
    with source.connect() as con:
        row = con.execute(query).fetchone()
    return row is not None and row[0] > 1


def _account(
    bench: Workbench, context: Context, planned: Sequence[Planned], statements: Mapping[str, list[str]]
) -> Applied:
    """Rows and cells by finding, and rows by table, as the workbench sees them."""
    tables = list(context.dataset.tables)
    touched = [table for table in tables if bench.is_touched(table)]
    counts = {plan.id: replace(NOTHING, sql="\n".join(statements.get(plan.id, []))) for plan in planned}
    by_comment = {comment(plan.id): plan.id for plan in planned}
    for table in touched:
        bench.keep_changes(table, log_key(context.primary_key(table), bench.state(table).columns))
        _count_taken(bench, table, counts, by_comment)
        _count_changed(bench, table, counts, by_comment)
        for entry, rows in bench.inserted(table):
            before = counts[by_comment[entry.id]]
            counts[by_comment[entry.id]] = replace(before, rows_added=before.rows_added + rows)
    return Applied(counts, tuple(_balance(bench, context, table) for table in touched))


def _count_taken(bench: Workbench, table: str, counts: dict[str, Counts], ids: Mapping[str, str]) -> None:
    for entry, rows in bench.taken(table):
        id_ = ids[entry.id]
        before = counts[id_]
        if isinstance(entry.step, DropDuplicates):
            counts[id_] = replace(before, rows_collapsed=before.rows_collapsed + rows)
        else:
            by_table = _plus(before.by_table, table, (0, rows))
            counts[id_] = replace(before, rows_quarantined=before.rows_quarantined + rows, by_table=by_table)


def _count_changed(bench: Workbench, table: str, counts: dict[str, Counts], ids: Mapping[str, str]) -> None:
    changed = bench.changed(table)
    found = sorted({change.id for change in changed})
    if not found:
        return
    cells = [" + ".join(f"count(*) FILTER ({c.where})" for c in changed if c.id == id_) for id_ in found]
    either = [" OR ".join(f"({c.where})" for c in changed if c.id == id_) for id_ in found]
    rows = [f"count(*) FILTER ({where})" for where in either]
    numbers = bench.rows(f"SELECT {', '.join([*cells, *rows])} FROM {bench.changes(table)} AS t")[0]
    for position, comment_ in enumerate(found):
        before = counts[ids[comment_]]
        cell, row = int(numbers[position]), int(numbers[position + len(found)])
        counts[ids[comment_]] = replace(
            before,
            cells_changed=before.cells_changed + cell,
            rows_changed=before.rows_changed + row,
            by_table=_plus(before.by_table, table, (row, 0)),
        )


def _plus(by_table: Mapping[str, tuple[int, int]], table: str, more: tuple[int, int]) -> dict[str, tuple[int, int]]:
    changed, taken = by_table.get(table, (0, 0))
    return {**by_table, table: (changed + more[0], taken + more[1])}


def _balance(bench: Workbench, context: Context, table: str) -> TableBalance:
    before, after = bench.balance(table)
    taken = bench.taken(table)
    collapsed = sum(rows for entry, rows in taken if isinstance(entry.step, DropDuplicates))
    quarantined = sum(rows for _, rows in taken) - collapsed
    added = sum(rows for _, rows in bench.inserted(table))
    if before + added != after + quarantined + collapsed:
        raise WorkError(
            f"{table}: {before:,} rows in, {added:,} added, {after:,} out, {quarantined:,} quarantined, {collapsed:,} "
            "folded: rows are lost; nothing is applied"
        )
    return TableBalance(
        name=table,
        rows_in=before,
        rows_out=after,
        rows_quarantined=quarantined,
        rows_collapsed=collapsed,
        rows_added=added,
    )


def _sums(bench: Workbench, context: Context, table: str, data: Path) -> dict[str, Sums]:
    """The sums of amount columns, before the first step and in the result."""
    state = bench.state(table)
    facts = context.tables.get(table)
    named = [c.name for c in facts.columns if c.role == "amount"] if facts else []
    amounts = [c for c in named if c in state.columns and is_number(state.source.columns.get(c, ""))]
    if not amounts:
        return {}
    items = ", ".join(f"CAST(sum({ident(name)}) AS DOUBLE)" for name in amounts)
    relations = (state.name(0), context.dataset.relation(table, data))
    before, after = (bench.rows(f"SELECT {items} FROM {relation}")[0] for relation in relations)
    return {name: Sums(before=b, after=a) for name, b, a in zip(amounts, before, after, strict=True)}


def _run_sql(bench: Workbench, program: Program) -> None:
    bench.perform(program)


def _run_polars(_: Workbench, program: Program) -> None:
    if lost := unsupported(program):
        raise WorkError(f"{POLARS_FILE}: Polars does not keep the types of {', '.join(lost)}; use --script duckdb")
    script = program.output.with_name(f".{program.output.name}.{os.getpid()}.py")
    script.write_text(render_polars(program), encoding="utf-8")
    try:
        done = subprocess.run(  # noqa: S603 -- the interpreter that runs us, and a script that we rendered
            [sys.executable, str(script), str(program.input), str(program.output)],
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        script.unlink(missing_ok=True)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no message"])[-1]
        raise WorkError(f"{POLARS_FILE}: {said}")


_RUNNERS = {"duckdb": _run_sql, "polars": _run_polars}


def _prove(bench: Workbench, dataset: Dataset, program: Program, applied: Applied, data: Path) -> None:
    """Hold what was written against the steps; see the module's first lines."""
    balances = {balance.name: balance for balance in applied.tables}
    for table in program.touched:
        _prove_values(bench, dataset, table, program, data)
        _prove_quarantine(bench, table, balances[table].rows_quarantined, data)
    for table in program.untouched:
        for file in dataset.tables[table].files:
            if not (data / file).is_file():
                raise WorkError(f"{table}: {file} is missing in the result; nothing is applied")


def _prove_values(bench: Workbench, dataset: Dataset, table: str, program: Program, data: Path) -> None:
    state = bench.state(table)
    written = dataset.relation(table, data)
    described = {str(row[0]): str(row[1]) for row in bench.rows(f"DESCRIBE SELECT * FROM {written}")}
    if described != state.columns:
        raise WorkError(f"{table}: the result has other columns or types than the steps make; nothing is applied")
    columns = list(state.columns)
    # What is expected rests on the files themselves, but for the rows that steps change, and in those only named columns do.
    expected = bench.expected(table)
    if bench.fingerprint(written, columns) != (expected or bench.fingerprint(state.name(), columns)):
        raise WorkError(f"{table}: the result has other values than the steps make; nothing is applied")
    if expected:
        return
    spared = [c for c in state.source.columns if c not in set(_changed_columns(program, table))]
    taken = " UNION ALL ".join(f"SELECT {ident(ROW)} FROM {removal.rows}" for removal in state.removals)
    stay = f"{ident(ROW)} NOT IN ({taken})" if taken else "TRUE"
    if bench.fingerprint(written, spared) != bench.fingerprint(_as_it_was(state, spared), spared, stay):
        raise WorkError(f"{table}: a column that no step names was changed; nothing is applied")


def _as_it_was(state: State, spared: Sequence[str]) -> str:
    """The table before the first step, and the rows that steps added; those columns of it that no step names."""
    if not state.inserted:
        return state.name(0)
    kept = sql.idents([*spared, ROW])
    added = " UNION ALL ".join(f"SELECT {ident(ROW)} FROM {rows}" for _, rows in state.inserted)
    return (
        f"(SELECT {kept} FROM {state.name(0)} UNION ALL "
        f"SELECT {kept} FROM {state.name()} WHERE {ident(ROW)} IN ({added}))"
    )


def _changed_columns(program: Program, table: str) -> Iterable[str]:
    for entry in program.entries:
        if entry.step.table == table:
            yield from written(entry.step)


def _prove_quarantine(bench: Workbench, table: str, expected: int, data: Path) -> None:
    file = data / "_quarantine" / f"{table}.parquet"
    kept: Any = 0
    if file.is_file():
        kept = bench.value(f"SELECT count(*) FROM {sql.parquet([str(file)])}")
    if kept != expected:
        raise WorkError(f"{table}: {expected:,} rows leave, {kept:,} are in quarantine; nothing is applied")
