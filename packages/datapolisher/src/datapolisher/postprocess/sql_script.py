"""``postprocess.sql``: a script that runs as it stands in DuckDB, from its parameters to the files it writes."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from datapolisher.postprocess.program import (
    CHANGE_COLUMNS,
    DEFAULT_CODEC,
    DROPPED,
    FILE,
    ROW,
    TAKEN_COLUMNS,
    Entry,
    Program,
    comment,
    free_names,
)
from datapolisher.postprocess.sql_builder import MACROS, SETTINGS, Removal, SqlBuilder, State, differ, parameters
from datapolisher.sql import ident, idents, text
from datapolisher.steps import AddColumn, DropColumn, Retype

# Files up to this size are copied byte by byte (the copy is held in memory), larger ones row by row.
_BLOB_LIMIT = 512 * 1024 * 1024
_ROW, _FILE = ident(ROW), ident(FILE)
# Lines of the change log that stand behind those of every step.
_AFTER_ALL = 1_000_000


def _parquet(codec: str = DEFAULT_CODEC) -> str:
    return f"(FORMAT parquet, COMPRESSION {codec})"


@dataclass(frozen=True, slots=True)
class Block:
    """A part of the script: lines of comment, and the statements below them."""

    comment: str
    statements: tuple[str, ...] = ()


def render_sql(program: Program) -> str:
    """The whole script, as text that ends with a newline."""
    return "\n\n".join("\n".join(filter(None, (b.comment, *b.statements))) for b in blocks(program)) + "\n"


def blocks(program: Program) -> Iterator[Block]:
    """The parts of the script, in their order."""
    builder = SqlBuilder(program.tables.values())
    yield Block(_header(program), (SETTINGS + parameters(program.input, program.output), "\n" + MACROS))
    for table in _read(program):
        yield Block(f"-- Table {comment(table)} as it is.", tuple(builder.open(table)))
    for number, entry in enumerate(program.entries, 1):
        yield Block(_step_head(number, entry), tuple(builder.add(entry)))
    yield Block("-- Directories: a copy of no rows makes them.", tuple(_directories(program, builder)))
    for table in program.touched:
        yield Block(f"-- Table {comment(table)}, polished.", tuple(_write(program, builder.states[table])))
    for table in program.untouched:
        yield Block(f"-- Table {comment(table)}: no step changes it.", tuple(_copy(program, table)))
    if program.others:
        yield Block("-- Files that are no table.", tuple(_copy_bytes(file) for file in program.others))


def _header(program: Program) -> str:
    return (
        f"-- Polishes {comment(str(program.input))} into {comment(str(program.output))}. Run it as it stands:\n"
        "--     duckdb < postprocess.sql\n"
        "-- from the directory that the two paths below start from. It may be run again: the result is the same.\n"
        "-- Rows that are taken out lie in _quarantine/, with the reason"
        + (", changed cells with their old values in _changes/.\n" if program.change_log else ".\n")
        + "-- postprocess.py does the same with Polars. Needs DuckDB 1.5 or newer."
    )


def _read(program: Program) -> list[str]:
    """Tables that steps change or look into."""
    named = {table for entry in program.entries for table in entry.tables}
    return sorted(named)


def _step_head(number: int, entry: Entry) -> str:
    return (
        f"-- {number}. {comment(entry.fix)} on {comment(entry.step.table)}, for {comment(entry.id)}\n"
        f"--    {comment(entry.why)}"
    )


def _directories(program: Program, builder: SqlBuilder) -> Iterator[str]:
    files = [*program.others, *(file for source in program.tables.values() for file in source.files)]
    folders = {parent for file in files for parent in file.parents}
    states = [builder.states[table] for table in program.touched]
    if any(_taken(state) for state in states):
        folders.add(Path("_quarantine"))
    if program.change_log and any(_has_log(state) for state in states):
        folders.add(Path("_changes"))
    if program.change_log and any(dropped(state) for state in states):
        folders |= {Path("_changes"), DROPPED}
    for folder in sorted(folders):
        target = "getvariable('output')" + ("" if folder == Path() else f" || {text('/' + folder.as_posix())}")
        yield (
            f"COPY (SELECT 1 AS x, 1 AS y WHERE FALSE) TO ({target}) "
            "(FORMAT parquet, PARTITION_BY (y), OVERWRITE_OR_IGNORE);"
        )


def _write(program: Program, state: State) -> Iterator[str]:
    table = state.source.name
    order = "" if state.in_order else f"\n  ORDER BY {_ROW}"
    for file in state.source.files:
        columns = ", ".join(_written(program, state, file))
        path = text("/" + file.as_posix())
        part = f"\n  WHERE {_FILE} = getvariable('input') || {path}" if len(state.source.files) > 1 else ""
        yield (
            f"COPY (\n  SELECT {columns}\n  FROM {state.name()}{part}{order}\n"
            f") TO (getvariable('output') || {path}) {_parquet(program.codec(file))};"
        )
    if _taken(state):
        yield f"COPY (\n{taken_query(state)}\n) TO ({_target('_quarantine', table)}) {_parquet()};"
    if program.change_log and _has_log(state):
        key = program.log_key(table, state.columns)
        if told(state):
            yield changed_rows(state, key)
        query = changes_query(state, key, program.own_columns(state.source))
        yield f"COPY (\n{query}\n) TO ({_target('_changes', table)}) {_parquet()};"
        if dropped(state):
            yield f"COPY (\n{_dropped_query(state)}\n) TO ({_target(DROPPED.as_posix(), table)}) {_parquet()};"


def _written(program: Program, state: State, file: Path) -> Iterator[str]:
    """The columns of a file, in the types that it has them in."""
    for name, type_ in program.layout(file, state.source, state.columns).items():
        plain = type_ == state.columns[name]
        yield ident(name) if plain else f"CAST({ident(name)} AS {type_}) AS {ident(name)}"


def _taken(state: State) -> bool:
    return any(not removal.copies for removal in state.removals)


def _has_log(state: State) -> bool:
    return bool(state.logs or state.added or state.inserted) or any(removal.copies for removal in state.removals)


def dropped(state: State) -> tuple[str, ...]:
    """The columns that steps took out."""
    return tuple(entry.step.column for entry, _ in state.made if isinstance(entry.step, DropColumn))


def _dropped_query(state: State) -> str:
    """The dropped columns of every row of the input, as they were on disk, with the place of each row."""
    names = dropped(state)
    ours = free_names(("_file", "_row"), names).values()
    places = ", ".join(f"{place} AS {ident(name)}" for place, name in zip(_position("b."), ours, strict=True))
    return f"SELECT {idents(names, 'b.')}, {places}\nFROM {state.name(0)} AS b\nORDER BY {_ROW}"


def told(state: State) -> list[int]:
    """The numbers of the logs that hold changed cells; those of dropped columns are kept elsewhere."""
    return [number for number, (entry, *_) in enumerate(state.logs) if not isinstance(entry.step, DropColumn)]


def _target(folder: str, table: str) -> str:
    return f"getvariable('output') || {text(f'/{folder}/{table}.parquet')}"


def _position(alias: str = "") -> tuple[str, str]:
    """The file (relative to the dataset) and the row in it, as SQL."""
    file = f"substr({alias}{_FILE}, length(getvariable('input')) + 2)"
    return file, f"{alias}{_ROW} & ((1::BIGINT << 40) - 1)"


def taken_query(state: State) -> str:
    """The rows that were taken out, as they were on disk, each with its reason, finding and fix."""
    original = state.source.columns
    names = free_names(TAKEN_COLUMNS, original)
    chosen = "\nUNION ALL\n".join(
        f"SELECT {_ROW}, {text(getattr(removal.entry.step, 'reason', ''))} AS reason, "
        f"{text(removal.entry.id)} AS finding, {text(removal.entry.fix)} AS fix\nFROM {removal.rows}"
        for removal in state.removals
        if not removal.copies
    )
    file, row = _position("b.")
    sources = ("q.reason", "q.finding", "q.fix", file, row)
    ours = ",\n  ".join(f"{source} AS {ident(name)}" for source, name in zip(sources, names.values(), strict=True))
    return (
        f"WITH q AS (\n{chosen}\n)\nSELECT {idents(original, 'b.')},\n  {ours}\n"
        f"FROM {state.name(0)} AS b JOIN q USING ({_ROW})\nORDER BY {_ROW}"
    )


def changes_query(state: State, key: list[str], own: Mapping[str, Mapping[str, str]] | None = None) -> str:
    """Every changed cell of the rows that stay, with its old and new value as text; and every copy that was folded.

    A folded copy has no column; its `_new` says which row stands for it (``file:row``). Where a copy differed from that
    row before it was mended, a line for the cell says how (`_old` is the copy's own value, `_new` the other row's). A
    column that was added or given another type has a line without a row: its type before (null for none) and after; a
    dropped one ``dropped`` and its place. A row that was added has a line without a column and without values. A file that
    had other columns, or types, than in the result has a line without a row and a column: those (`own`), as JSON.
    """
    parts = [_changed_cells(state, number, key) for number in told(state)]
    folds = [removal for removal in state.removals if removal.copies]
    parts += [_folded(removal, number, key) for number, removal in enumerate(folds, len(state.logs))]
    parts += [_unlike(state, fold, column, key) for fold in folds for column in fold.changed]
    parts += [_column_row(state, number, key) for number in range(len(state.made))]
    parts += [_inserted_rows(state, number, key) for number in range(len(state.inserted))]
    parts += [_file_row(state, number, key, *item) for number, item in enumerate((own or {}).items())]
    rows = "\nUNION ALL\n".join(parts)
    return f"SELECT * EXCLUDE (n, r) FROM (\n{rows}\n)\nORDER BY r, n"


def changed_name(state: State) -> str:
    """The table of `changed_rows`, quoted."""
    return ident(f"{state.label} changed")


def changed_rows(state: State, key: Iterable[str], more: str = "") -> str:
    """The statement that keeps the rows that stay and have a changed cell, once for all steps; the log is written from it.

    Parameters
    ----------
    key
        Columns to keep beside the changed ones.
    more
        Further columns, as SQL.
    """
    hidden = [name for _, name, _ in state.logs]
    columns = dict.fromkeys([*key, *(column for _, _, column in state.logs if column in state.columns)])
    where = " OR ".join(differs(state, number) for number in told(state))
    return (
        f"CREATE OR REPLACE TEMP TABLE {changed_name(state)} AS\n"
        f"SELECT {_ROW}, {_FILE}, {idents([*columns, *hidden])}{more}\nFROM {state.name()} AS t\nWHERE {where};"
    )


def _cells(state: State, number: int) -> tuple[tuple[str, str], tuple[str, str]]:
    """The columns that hold a step's old and new value, each with its type."""
    _, hidden, column = state.logs[number]
    later = [name for _, name, other in state.logs[number + 1 :] if other == column]
    new = (later[0], state.kept_type(later[0])) if later else (column, state.columns[column])
    return (hidden, state.kept_type(hidden)), new


def differs(state: State, number: int) -> str:
    """Whether a step changed its cell of a row called ``t``."""
    (old, old_type), (new, new_type) = _cells(state, number)
    return differ(old, new, (old_type, new_type), "t.")


def _changed_cells(state: State, number: int, key: list[str]) -> str:
    entry, _, column = state.logs[number]
    old, new = (_as_text(*cell) for cell in _cells(state, number))
    head = _log_row(number, key, (text(column), old, new), entry)
    return f"{head}\nFROM {changed_name(state)} AS t\nWHERE {differs(state, number)}"


def _folded(removal: Removal, number: int, key: list[str]) -> str:
    file, row = _position("k.")
    cells = ("CAST(NULL AS VARCHAR)", "CAST(NULL AS VARCHAR)", f"{file} || ':' || ({row})")
    return (
        f"{_log_row(number, key, cells, removal.entry)}\nFROM {removal.before} AS t "
        f"JOIN {removal.rows} AS c USING ({_ROW}) JOIN {removal.before} AS k ON k.{_ROW} = c.kept"
    )


def _unlike(state: State, fold: Removal, column: str, key: list[str]) -> str:
    """Cells in which copies differed, on disk, from the row that stands for them."""
    if column not in state.source.columns:
        return _nothing(state, key, fold.entry)
    own, other = (_as_text(column, state.source.columns[column], alias) for alias in ("t", "k"))
    cells = (text(column), own, other)
    return (
        f"{_log_row(_AFTER_ALL, key, cells, fold.entry)}\nFROM {state.name(0)} AS t JOIN {fold.rows} AS c USING ({_ROW}) "
        f"JOIN {state.name(0)} AS k ON k.{_ROW} = c.kept\nWHERE {own} IS DISTINCT FROM {other}"
    )


def _nothing(state: State, key: list[str], entry: Entry) -> str:
    cells = ("CAST(NULL AS VARCHAR)",) * 3
    return f"{_log_row(_AFTER_ALL, key, cells, entry)}\nFROM {state.name()} AS t\nWHERE FALSE"


def _inserted_rows(state: State, number: int, key: list[str]) -> str:
    """The lines of rows that a step added."""
    entry, rows = state.inserted[number]
    head = _log_row(_AFTER_ALL, key, ("CAST(NULL AS VARCHAR)",) * 3, entry)
    return f"{head}\nFROM {state.name()} AS t JOIN (SELECT {_ROW} FROM {rows}) AS i USING ({_ROW})"


def _column_row(state: State, number: int, key: list[str]) -> str:
    """The line that says that a column was added, dropped, or given another type."""
    entry, before = state.made[number]
    step = entry.step
    name, type_ = (step.column, step.type) if isinstance(step, AddColumn | Retype) else ("", "")
    if isinstance(step, DropColumn):
        name, type_ = step.column, f"dropped {list(state.source.columns).index(step.column)}"
    nothing = "CAST(NULL AS VARCHAR)"
    values = (
        *(text(name), text(before) if before else nothing, text(type_)),
        *(text(entry.id), text(entry.fix), nothing, "CAST(NULL AS BIGINT)"),
    )
    ours = ",\n  ".join(f"{source} AS {ident(name)}" for source, name in zip(values, CHANGE_COLUMNS, strict=True))
    keys = "".join(f"CAST(NULL AS {state.columns[name]}) AS {ident(name)}, " for name in key)
    return f"SELECT {number} AS n, -1 AS r, {keys}\n  {ours}"


def _file_row(state: State, number: int, key: list[str], file: str, columns: Mapping[str, str]) -> str:
    """The line that says which columns a file had, of which types."""
    values = ["CAST(NULL AS VARCHAR)"] * len(CHANGE_COLUMNS)
    values[1], values[5], values[6] = text(json.dumps(dict(columns))), text(file), "CAST(NULL AS BIGINT)"
    ours = ",\n  ".join(f"{source} AS {ident(name)}" for source, name in zip(values, CHANGE_COLUMNS, strict=True))
    keys = "".join(f"CAST(NULL AS {state.columns[name]}) AS {ident(name)}, " for name in key)
    return f"SELECT {_AFTER_ALL + number} AS n, -1 AS r, {keys}\n  {ours}"


def _log_row(number: int, key: list[str], cells: tuple[str, str, str], entry: Entry) -> str:
    values = (*cells, text(entry.id), text(entry.fix), *_position("t."))
    ours = ",\n  ".join(f"{source} AS {ident(name)}" for source, name in zip(values, CHANGE_COLUMNS, strict=True))
    keys = "".join(f"t.{ident(name)}, " for name in key)
    return f"SELECT {number} AS n, t.{_ROW} AS r, {keys}\n  {ours}"


def _as_text(column: str, type_: str, alias: str = "t") -> str:
    quoted = f"{alias}.{ident(column)}"
    if type_ == "TIMESTAMP_NS":
        return f"strftime({quoted}, '%Y-%m-%d %H:%M:%S.%n')"
    if type_.startswith("TIMESTAMP"):
        return f"strftime({quoted}, '%Y-%m-%d %H:%M:%S.%f')"
    return quoted if type_ == "VARCHAR" else f"CAST({quoted} AS VARCHAR)"


def _copy(program: Program, table: str) -> Iterator[str]:
    for file in program.tables[table].files:
        if program.sizes.get(table, 0) <= _BLOB_LIMIT:
            yield _copy_bytes(file)
            continue
        path = text("/" + file.as_posix())
        rows = f"FROM read_parquet(getvariable('input') || {path}, hive_partitioning = FALSE)"
        yield f"COPY ({rows}) TO (getvariable('output') || {path}) {_parquet(program.codec(file))};"


def _copy_bytes(file: Path) -> str:
    path = text("/" + file.as_posix())
    content = f"SELECT content FROM read_blob(getvariable('input') || {path})"
    return f"COPY ({content}) TO (getvariable('output') || {path}) (FORMAT blob);"
