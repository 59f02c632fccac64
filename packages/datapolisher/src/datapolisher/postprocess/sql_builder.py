"""Steps as DuckDB SQL: one view per step, each over the one before; rows that a step takes out are found at once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from datapolisher import sql
from datapolisher.expressions import (
    BLANKS,
    OPERATIONS,
    Call,
    Cast,
    ChildAggregate,
    Column,
    Expression,
    KeyIn,
    Matches,
    ParentValue,
    Rewrite,
    Value,
)
from datapolisher.postprocess.program import FILE, ROW, Entry, free_names, logged
from datapolisher.source import TableFiles
from datapolisher.sql import ident, idents, text
from datapolisher.steps import (
    AddColumn,
    AddRows,
    DropColumn,
    DropDuplicates,
    MapValues,
    Quarantine,
    Retype,
    Step,
    Swap,
    Update,
    expressions,
    relations,
)

# Beyond this many pairs a mapping stands in a table of its own in place of a CASE.
_CASE_LIMIT = 200
# Up to so many rows a table's removed rows are marked in a string of bits (8 rows a byte).
_BITS_LIMIT = 1 << 29

_ROW, _FILE = ident(ROW), ident(FILE)
# Where a table has several files, `ROW` holds the file's number above these bits, and the row's in it below.
_FILE_SHIFT = 40
_MAPPED = "#mapped"


@dataclass
class Removal:
    """Rows that a step took out: where they were, and where their positions are kept.

    `changed` are the columns that earlier steps had changed; with `bits`, a string of bits says for each row of the table
    whether it is one of them.
    """

    entry: Entry
    before: str
    rows: str
    changed: tuple[str, ...] = ()
    bits: bool = False

    @property
    def copies(self) -> bool:
        """True for rows that equal one that stays."""
        return isinstance(self.entry.step, DropDuplicates)


@dataclass
class State:
    """A table after some steps.

    Parameters
    ----------
    source
        The table on disk.
    label
        The first part of its views' names.
    columns
        Name → DuckDB type, in the order of the output.
    version
        Steps so far.
    removals
        Steps that took rows out.
    logs
        Steps whose old values are kept: (entry, hidden column with the old value, column).
    old_types
        Hidden column → its type.
    added
        Steps that made a column.
    made
        Steps that made a column, gave one another type or dropped one: (entry, the type before, empty for none).
    inserted
        Steps that added rows: (entry, the table of their keys and positions).
    in_order
        Whether the newest view yields its rows in the order of the files: no step joins, or looks along an order. DuckDB
        promises that order for scans, filters and projections, so that nothing has to be sorted.
    """

    source: TableFiles
    label: str
    columns: dict[str, str]
    version: int = 0
    removals: list[Removal] = field(default_factory=list)
    logs: list[tuple[Entry, str, str]] = field(default_factory=list)
    old_types: dict[str, str] = field(default_factory=dict)
    added: list[Entry] = field(default_factory=list)
    made: list[tuple[Entry, str]] = field(default_factory=list)
    inserted: list[tuple[Entry, str]] = field(default_factory=list)
    in_order: bool = True

    def name(self, version: int | None = None) -> str:
        """The view of that version (the newest by default), quoted."""
        return ident(f"{self.label} {self.version if version is None else version}")

    def kept_type(self, hidden: str) -> str:
        """The type of a hidden column with old values."""
        return self.old_types[hidden]


class SqlBuilder:
    """Renders steps one after the other, and knows each table's newest view."""

    def __init__(self, tables: Iterable[TableFiles]) -> None:
        self.states: dict[str, State] = {}
        # Looks into other tables of the step that is being written → the column of its source that holds the answer.
        self._answers: dict[Expression, str] = {}
        for source in tables:
            label = free_names([source.name], (state.label for state in self.states.values()))[source.name]
            self.states[source.name] = State(source, label, dict(source.columns))

    def open(self, table: str) -> list[str]:
        """The statements that make the table's first view."""
        state = self.states[table]
        files = [f"getvariable('input') || {text('/' + path.as_posix())}" for path in state.source.files]
        listed = ",\n  ".join(files)
        hive = "TRUE" if state.source.partitions else "FALSE"
        union = ", union_by_name = TRUE" if len(files) > 1 else ""
        # Not file_index: it counts anew where a filter on the file's name leaves files out.
        position = f"list_position(getvariable({text(f'{state.label} files')}), {_FILE})"
        number = f" + (CAST({position} AS BIGINT) << {_FILE_SHIFT})" if len(files) > 1 else ""
        return [
            f"SET VARIABLE {ident(f'{state.label} files')} = [\n  {listed}\n];",
            f"CREATE OR REPLACE TEMP VIEW {state.name()} AS\n"
            f"SELECT *, file_row_number{number} AS {_ROW}\n"
            f"FROM read_parquet(getvariable({text(f'{state.label} files')}), "
            f"hive_partitioning = {hive}{union}, filename = {text(FILE)});",
        ]

    def add(self, entry: Entry) -> list[str]:
        """The statements of a step; the table's newest view is then the one after it."""
        step = entry.step
        state = self.states[step.table]
        self._answers = {node: f"#answer {number}" for number, node in enumerate(dict.fromkeys(relations(step)), 1)}
        statements = list(self._statements(entry, state))
        self._answers = {}
        state.version += 1
        if isinstance(step, AddColumn | Retype):
            if isinstance(step, Retype) or step.column not in state.columns:
                state.made.append((entry, state.columns.get(step.column, "")))
            state.columns[step.column] = step.type
        return statements

    def _statements(self, entry: Entry, state: State) -> Iterator[str]:
        step = entry.step
        if isinstance(step, Quarantine | DropDuplicates):
            yield from self._removal(entry, state)
            return
        if isinstance(step, Swap):
            yield self._swapped(entry, step, state)
            return
        if isinstance(step, AddRows):
            state.in_order = False
            yield from self._inserted(entry, step, state)
            return
        if isinstance(step, DropColumn):
            yield _dropped(entry, step, state)
            return
        if self._answers or _is_long(step) or _looks_along(step):
            state.in_order = False
        if isinstance(step, MapValues) and _is_long(step):
            yield _map_table(state, step)
        new = f"CAST({self.new_value(step)} AS {_new_type(step, state)}) AS {ident(step.column)}"
        if logged(step, state.columns):
            hidden = f"#old {state.version + 1}"
            state.logs.append((entry, hidden, step.column))
            state.old_types[hidden] = state.columns[step.column]
            items = f"* REPLACE (\n  {new}\n), {ident(step.column)} AS {ident(hidden)}"
        else:
            state.added.append(entry)
            items = f"*,\n  {new}"
        yield (
            f"CREATE OR REPLACE TEMP VIEW {state.name(state.version + 1)} AS\n"
            f"SELECT {self._all_but_answers(items, step)}\nFROM {self._source(state, step)};"
        )

    def _swapped(self, entry: Entry, step: Swap, state: State) -> str:
        state.in_order = state.in_order and not self._answers
        new, old = [], []
        for column, other in ((step.first, step.second), (step.second, step.first)):
            hidden = f"#old {state.version + 1} {column}"
            state.logs.append((entry, hidden, column))
            state.old_types[hidden] = state.columns[column]
            value_ = f"CASE WHEN {self.expression(step.where)} THEN {ident(other)} ELSE {ident(column)} END"
            new.append(f"\n  {value_} AS {ident(column)}")
            old.append(f"{ident(column)} AS {ident(hidden)}")
        return (
            f"CREATE OR REPLACE TEMP VIEW {state.name(state.version + 1)} AS\n"
            f"SELECT {self._all_but_answers('*', step)} REPLACE ({','.join(new)}\n), {', '.join(old)}\n"
            f"FROM {self._source(state, step)};"
        )

    def _all_but_answers(self, items: str, step: Step) -> str:
        """The same list, without the columns that `_source` adds; it begins with a star."""
        added = [*self._answers.values(), *([_MAPPED] if _is_long(step) else [])]
        return items.replace("*", f"* EXCLUDE ({idents(added)})", 1) if added else items

    def _source(self, state: State, step: Step) -> str:
        """The newest view called ``t``, with a column for each look into another table: one join each, by whole keys."""
        joins = [self._join(number, node, name) for number, (node, name) in enumerate(self._answers.items(), 1)]
        names = [f"r{number}.{ident(name)}" for number, name in enumerate(self._answers.values(), 1)]
        if isinstance(step, MapValues) and _is_long(step):
            joins.append(f"LEFT JOIN {_map_name(state)} AS m ON m.old = t.{ident(step.column)}")
            names.append(f"m.new AS {ident(_MAPPED)}")
        if not joins:
            return f"{state.name()} AS t"
        return f"(\n  SELECT t.*, {', '.join(names)} FROM {state.name()} AS t\n  {' '.join(joins)}\n) AS t"

    def _join(self, number: int, node: Expression, name: str) -> str:
        if not isinstance(node, KeyIn | ParentValue | ChildAggregate):
            raise TypeError(f"no join for a {type(node).__name__}")
        keys, alias = idents(node.keys, "p."), f"r{number}"
        if isinstance(node, KeyIn):
            found = " UNION ".join(f"SELECT {idents(node.keys)} FROM {source}" for source in self._key_sources(node))
            found = found or f"SELECT {idents(node.keys)} FROM {self.states[node.table].name()} WHERE FALSE"
            answers = f"SELECT DISTINCT {keys}, TRUE AS {ident(name)} FROM ({found}) AS p"
        else:
            value_ = f"min(p.{ident(node.value)})" if isinstance(node, ParentValue) else _aggregate(node)
            answers = (
                f"SELECT {keys}, {value_} AS {ident(name)} FROM {self.states[node.table].name()} AS p GROUP BY {keys}"
            )
        pairs = zip(node.keys, node.columns, strict=True)
        on = " AND ".join(f"{alias}.{ident(key)} = t.{ident(column)}" for key, column in pairs)
        return f"LEFT JOIN ({answers}) AS {alias} ON {on}"

    def _removal(self, entry: Entry, state: State) -> Iterator[str]:
        step = entry.step
        word = "copies" if isinstance(step, DropDuplicates) else "taken"
        rows = ident(f"{state.label} {word} {state.version + 1}")
        query = (
            self._copies(state)
            if isinstance(step, DropDuplicates)
            else f"SELECT {_ROW} FROM {self._source(state, step)}\nWHERE {self.expression(step.where)}"
            if isinstance(step, Quarantine)
            else ""
        )
        yield f"CREATE OR REPLACE TEMP TABLE {rows} AS\n{query};"
        changed = tuple(dict.fromkeys(column for _, _, column in state.logs))
        bits = state.in_order and state.source.rows <= _BITS_LIMIT
        removal = Removal(entry, state.name(), rows, changed, bits)
        state.in_order = bits
        if bits:
            yield from _marked(state, removal)
        yield (
            f"CREATE OR REPLACE TEMP VIEW {state.name(state.version + 1)} AS\n"
            f"SELECT * FROM {state.name()}\nWHERE {among(state, removal, negate=True)};"
        )
        state.removals.append(removal)

    def _copies(self, state: State) -> str:
        names = idents(state.columns)
        repeated = f"SELECT hash({names}) FROM {state.name()} GROUP BY 1 HAVING count(*) > 1"
        return (
            f"SELECT {_ROW}, min({_ROW}) OVER (PARTITION BY {names}) AS kept FROM {state.name()}\n"
            f"WHERE hash({names}) IN (\n  {repeated}\n)\nQUALIFY {_ROW} > kept"
        )

    def _inserted(self, entry: Entry, step: AddRows, state: State) -> Iterator[str]:
        rows = ident(f"{state.label} added {state.version + 1}")
        files = state.source.files
        first = len(files) << 40 if len(files) > 1 else 0
        numbered = state.name(None if state.inserted else 0)
        last = f"(SELECT coalesce(max({_ROW}), {first - 1}) FROM {numbered} WHERE {_ROW} >= {first})"
        same = " AND ".join(f"p.{ident(key)} = k.{ident(key)}" for key in step.keys)
        yield (
            f"CREATE OR REPLACE TEMP TABLE {rows} AS\n"
            f"SELECT {idents(step.keys)}, {last} + row_number() OVER (ORDER BY {idents(step.keys)}) AS {_ROW}\n"
            f"FROM ({self._new_keys(step, state)}) AS k\n"
            f"WHERE NOT EXISTS (SELECT 1 FROM {state.name()} AS p WHERE {same});"
        )
        cells = {key: ident(key) for key in step.keys} | {step.mark: "TRUE"}
        old = [(hidden, cells[column]) for _, hidden, column in state.logs if column in cells]
        kept = "".join(f", CAST({cell} AS {state.kept_type(hidden)}) AS {ident(hidden)}" for hidden, cell in old)
        file = f"getvariable('input') || {text('/' + files[-1].as_posix())}"
        yield (
            f"CREATE OR REPLACE TEMP VIEW {state.name(state.version + 1)} AS\nSELECT * FROM {state.name()}\n"
            f"UNION ALL BY NAME\nSELECT *, TRUE AS {ident(step.mark)}{kept}, {file} AS {_FILE} FROM {rows};"
        )
        state.inserted.append((entry, rows))

    def _new_keys(self, step: AddRows, state: State) -> str:
        """The keys that are to be there, as a query."""
        types = [state.columns[key] for key in step.keys]
        if step.source is None:
            given = [f"CAST({value(v)} AS {t})" for v, t in zip(step.values, types, strict=True)]
            return f"SELECT {', '.join(f'{v} AS {ident(k)}' for v, k in zip(given, step.keys, strict=True))}"
        own = [ident(name) for name in step.source.keys]
        named = ", ".join(f"{name} AS {ident(key)}" for name, key in zip(own, step.keys, strict=True))
        whole = " AND ".join(f"{name} IS NOT NULL" for name in own)
        return f"SELECT DISTINCT {named} FROM {self.states[step.source.table].name()} WHERE {whole}"

    def new_value(self, step: Step) -> str:
        """What a step writes into its column, over the newest view called ``t``."""
        if isinstance(step, Update):
            value = self.expression(step.value)
            if step.where is None:
                return value
            return f"CASE WHEN {self.expression(step.where)} THEN {value} ELSE {ident(step.column)} END"
        if isinstance(step, AddColumn):
            marked = step.mark and step.column in self.states[step.table].columns
            return f"({ident(step.column)} OR {self.expression(step.value)})" if marked else self.expression(step.value)
        if isinstance(step, MapValues):
            return self._mapped(step)
        if isinstance(step, Retype):
            return ident(step.column)
        raise TypeError(f"a {type(step).__name__} writes no column")

    def _mapped(self, step: MapValues) -> str:
        column = ident(step.column)
        if len(step.mapping) > _CASE_LIMIT:
            return f"CASE WHEN {ident(_MAPPED)} IS NULL THEN {column} ELSE {ident(_MAPPED)} END"
        pairs = "".join(f"\n    WHEN {value(old)} THEN {value(new)}" for old, new in step.mapping)
        return f"CASE {column}{pairs}\n    ELSE {column} END"

    def expression(self, node: Expression) -> str:
        """An expression over the newest view called ``t``."""
        if isinstance(node, Column):
            return ident(node.name)
        if isinstance(node, Value):
            return value(node.value)
        if isinstance(node, Call):
            args = [self.expression(arg) for arg in node.args]
            return OPERATIONS[node.op].sql.format(*args, all=", ".join(args), rest=", ".join(args[1:]))
        if isinstance(node, Cast):
            return f"{'TRY_CAST' if node.lenient else 'CAST'}({self.expression(node.of)} AS {node.type})"
        return self._matched(node) if isinstance(node, Matches | Rewrite) else self._related(node)

    def _matched(self, node: Matches | Rewrite) -> str:
        of, pattern = f"CAST({self.expression(node.of)} AS VARCHAR)", text(node.pattern)
        if isinstance(node, Rewrite):
            return f"regexp_replace({of}, {pattern}, {text(node.template)}, 'g')"
        return f"regexp_full_match({of}, {pattern})"

    def _related(self, node: Expression) -> str:
        if (name := self._answers.get(node)) is not None:
            return f"coalesce({ident(name)}, FALSE)" if isinstance(node, KeyIn) else ident(name)
        if isinstance(node, KeyIn) and len(node.keys) == 1:  # many times faster than EXISTS beside other conditions
            key, column = ident(node.keys[0]), ident(node.columns[0])
            sources = " UNION ALL ".join(f"SELECT {key} FROM {source}" for source in self._key_sources(node))
            return f"coalesce(t.{column} IN ({sources}), FALSE)" if sources else "FALSE"
        if isinstance(node, KeyIn):
            found = [f"EXISTS (SELECT 1 FROM {source} AS p WHERE {_on(node)})" for source in self._key_sources(node)]
            return f"({' OR '.join(found)})" if found else "FALSE"
        if isinstance(node, ParentValue):
            least = f"min(p.{ident(node.value)})"
            return f"(SELECT {least} FROM {self.states[node.table].name()} AS p WHERE {_on(node)})"
        if isinstance(node, ChildAggregate):
            source = self.states[node.table].name()
            return f"(SELECT {_aggregate(node)} FROM {source} AS p WHERE {_on(node)})"
        raise TypeError(f"no SQL for a {type(node).__name__}")

    def _key_sources(self, node: KeyIn) -> list[str]:
        state = self.states[node.table]
        keys = idents(node.keys)
        if node.which == "present":
            return [state.name()]
        if node.which == "repeated":
            return [f"(SELECT {keys} FROM {state.name()} GROUP BY ALL HAVING count(*) > 1)"]
        return [
            f"(SELECT {keys} FROM {removal.before} WHERE {_ROW} IN (SELECT {_ROW} FROM {removal.rows}))"
            for removal in state.removals
            if not removal.copies
        ]


def among(state: State, removal: Removal, *, negate: bool = False) -> str:
    """Whether a row of the table is one that a step took out, as a condition.

    Bits say it where they can: a join would bring the rows out of the files' order.
    """
    if not removal.bits:
        return f"{_ROW} {'NOT ' if negate else ''}IN (SELECT {_ROW} FROM {removal.rows})"
    variable = text(removal.rows[1:-1].replace('""', '"'))
    return f"get_bit(getvariable({variable}), CAST({_place(state)} AS INTEGER)) = {0 if negate else 1}"


def _place(state: State) -> str:
    """The row's number among all rows of the table, from 0."""
    if len(state.source.files) == 1:
        return _ROW
    starts = f"getvariable({text(f'{state.label} starts')})"
    return f"{starts}[{_ROW} >> {_FILE_SHIFT}] + ({_ROW} & ((1::BIGINT << {_FILE_SHIFT}) - 1))"


def _marked(state: State, removal: Removal) -> Iterator[str]:
    """The statements that make a string of bits of a table of positions."""
    footers = f"parquet_file_metadata(getvariable({text(f'{state.label} files')}))"
    if not state.removals:
        yield (
            f"SET VARIABLE {ident(f'{state.label} rows')} = "
            f"(SELECT greatest(CAST(sum(num_rows) AS BIGINT), 1) FROM {footers});"
        )
    if not state.removals and len(state.source.files) > 1:
        yield (
            f"SET VARIABLE {ident(f'{state.label} starts')} = (\n"
            f"  SELECT list(upto - num_rows ORDER BY n)\n"
            f"  FROM (SELECT n, num_rows, CAST(sum(num_rows) OVER (ORDER BY n) AS BIGINT) AS upto FROM (\n"
            f"    SELECT list_position(getvariable({text(f'{state.label} files')}), file_name) AS n, num_rows\n"
            f"    FROM {footers})));"
        )
    length = f"getvariable({text(f'{state.label} rows')})"
    bits = f"bitstring_agg(CAST({_place(state)} AS BIGINT), 0, {length} - 1)"
    yield (
        f"SET VARIABLE {removal.rows} = "
        f"(SELECT coalesce({bits}, bitstring('0', CAST({length} AS INTEGER))) FROM {removal.rows});"
    )


def _dropped(entry: Entry, step: DropColumn, state: State) -> str:
    hidden = f"#old {state.version + 1}"
    state.made.append((entry, state.columns[step.column]))
    state.logs.append((entry, hidden, step.column))
    state.old_types[hidden] = state.columns.pop(step.column)
    return (
        f"CREATE OR REPLACE TEMP VIEW {state.name(state.version + 1)} AS\n"
        f"SELECT * RENAME ({ident(step.column)} AS {ident(hidden)})\nFROM {state.name()};"
    )


def differ(old: str, new: str, types: tuple[str, str], prefix: str = "") -> str:
    """Whether two columns hold other values, as SQL: as text would tell them apart, without writing text of every cell."""
    first, second = f"{prefix}{ident(old)}", f"{prefix}{ident(new)}"
    texts = f"CAST({first} AS VARCHAR) IS DISTINCT FROM CAST({second} AS VARCHAR)"
    if types[0] != types[1] and all(map(sql.is_number, types)):
        return f"CAST({first} AS DOUBLE) IS DISTINCT FROM CAST({second} AS DOUBLE)"
    if {*types} == {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE"}:
        return f"CAST({first} AS TIMESTAMP) IS DISTINCT FROM CAST({second} AS TIMESTAMP)"
    if types[0] != types[1]:
        return texts
    if types[0] in {"DOUBLE", "FLOAT"}:  # 0.0 and -0.0 are equal, and not the same
        return f"({first} IS DISTINCT FROM {second} OR ({first} = 0 AND signbit({first}) <> signbit({second})))"
    return f"{first} IS DISTINCT FROM {second}"


def value(constant: sql.Scalar) -> str:
    """A literal; real numbers in a form that DuckDB reads as DOUBLE and not as DECIMAL."""
    written = sql.literal(constant)
    if isinstance(constant, float) and not isinstance(constant, bool):
        return written if "e" in written else f"{written}e0"
    return written


def _on(node: KeyIn | ParentValue | ChildAggregate) -> str:
    return " AND ".join(
        f"p.{ident(key)} = t.{ident(column)}" for key, column in zip(node.keys, node.columns, strict=True)
    )


def _aggregate(node: ChildAggregate) -> str:
    if node.op == "count":
        return "nullif(count(*), 0)"
    function = {"mean": "avg"}.get(node.op, node.op)
    return f"{function}(p.{ident(node.value or '')})"


def _new_type(step: Step, state: State) -> str:
    return step.type if isinstance(step, AddColumn | Retype) else state.columns[getattr(step, "column", "")]


def _is_long(step: Step) -> bool:
    return isinstance(step, MapValues) and len(step.mapping) > _CASE_LIMIT


def _looks_along(step: Step) -> bool:
    """Whether a step computes along the order of the rows: a window."""
    nodes = (node for expression in expressions(step) for node in expression.walk())
    return any(isinstance(node, Call) and " OVER (" in OPERATIONS[node.op].sql for node in nodes)


def _map_name(state: State) -> str:
    return ident(f"{state.label} map {state.version + 1}")


def _map_table(state: State, step: MapValues) -> str:
    rows = ",\n  ".join(f"({value(old)}, {value(new)})" for old, new in step.mapping)
    return f"CREATE OR REPLACE TEMP TABLE {_map_name(state)} AS\nSELECT * FROM (VALUES\n  {rows}\n) AS m(old, new);"


def _blank_lines() -> str:
    codes = [f"chr({ord(char)})" for char in BLANKS]
    return " ||\n".join("  " + " || ".join(codes[start : start + 10]) for start in range(0, len(codes), 10))


SETTINGS = "SET TimeZone = 'UTC';\nSET preserve_insertion_order = TRUE;\n"


def parameters(source: Path, output: Path) -> str:
    """The statements that say where the script reads and writes."""
    return (
        "-- Parameters: the directory that is read (never written), and the one that is written.\n"
        f"SET VARIABLE input = {text(source.as_posix())};\n"
        f"SET VARIABLE output = {text(output.as_posix())};"
    )


MACROS = f"""\
-- Blanks: Unicode white space, zero width space and joiners, byte order mark.
CREATE OR REPLACE TEMP MACRO blanks() AS
{_blank_lines()};
CREATE OR REPLACE TEMP MACRO trim_blanks(s) AS
  regexp_replace(CAST(s AS VARCHAR), '\\A[' || blanks() || ']+|[' || blanks() || ']+\\z', '', 'g');
CREATE OR REPLACE TEMP MACRO squeeze_blanks(s) AS regexp_replace(CAST(s AS VARCHAR), '[' || blanks() || ']{{2,}}', ' ', 'g');
CREATE OR REPLACE TEMP MACRO strip_separators(s) AS regexp_replace(s, '[ ()./-]+', '', 'g');
-- Half to even on the decimal value, exact: (m + 0.5) / 10^k is the double that stands for the tie, since one division
-- of two exact numbers rounds once. Numbers too large to have decimals stay.
CREATE OR REPLACE TEMP MACRO round_scaled(x, m, p) AS
  (m + CASE WHEN x > (m + 0.5e0) / p OR (x = (m + 0.5e0) / p AND m % 2 <> 0) THEN 1 ELSE 0 END) / p;
CREATE OR REPLACE TEMP MACRO round_double(x, k) AS
  CASE WHEN abs(x) < 4503599627370496e0 / pow(10e0, k)
    THEN round_scaled(x, floor(x * pow(10e0, k)), pow(10e0, k)) ELSE x END;
CREATE OR REPLACE TEMP MACRO round_away(x, k) AS
  CASE WHEN abs(x) < 4503599627370496e0 / pow(10e0, k) AND abs(x) = (floor(abs(x) * pow(10e0, k)) + 0.5e0) / pow(10e0, k)
    THEN sign(x) * ((floor(abs(x) * pow(10e0, k)) + 1) / pow(10e0, k)) ELSE round_double(x, k) END;
CREATE OR REPLACE TEMP MACRO round_float(x, k) AS CAST(round_double(CAST(CAST(x AS VARCHAR) AS DOUBLE), k) AS FLOAT);
"""
