"""``undo``: the record of a polished dataset, read backwards, gives the input back row for row.

Every row that left lies in ``_quarantine/`` as it was; every cell that changed, every copy that was folded and every column
that was made or given another type stands in ``_changes/``. Positions of rows follow from both: what left is known by its
place, and the rows that stayed kept their order.
"""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from datapolisher import output, source, sql
from datapolisher.__about__ import __version__
from datapolisher.errors import InputError, WorkError
from datapolisher.postprocess.program import CHANGE_COLUMNS, CODECS, DEFAULT_CODEC, DROPPED, TAKEN_COLUMNS, free_names
from datapolisher.source import Dataset, TableFiles
from datapolisher.sql import ident, idents, text

CHANGES, QUARANTINE = "_changes", "_quarantine"
KEPT_METADATA = Path(CHANGES) / ".metadata.json"
_TEXT = "VARCHAR"
# The types that a step may start from, and that a file may have had.
_BEFORE = re.compile(
    r"VARCHAR|BOOLEAN|U?(TINY|SMALL|BIG)INT|U?INTEGER|HUGEINT|FLOAT|DOUBLE|DATE|TIMESTAMP(_MS|_S|_NS)?|DECIMAL\([0-9]{1,2},[0-9]{1,2}\)"
)
# What the record says of a dropped column: its place among the columns.
_PLACE = re.compile("dropped ([0-9]{1,6})")


@dataclass(frozen=True)
class Restored:
    """A table as it was: rows that came back from quarantine, copies unfolded, cells with their old value."""

    table: str
    rows: int
    from_quarantine: int = 0
    unfolded: int = 0
    cells: int = 0
    columns_dropped: tuple[str, ...] = ()
    columns_restored: tuple[str, ...] = ()
    rows_dropped: int = 0


@dataclass(frozen=True)
class _Record:
    """What is on record about one table.

    Parameters
    ----------
    table
        As it lies in the result.
    root
        The result.
    changes, taken
        Its files of the record; None where there is none.
    types
        Column → the type that it had; the columns of the input, in their order.
    added
        Columns that the input does not have.
    dropped, columns
        Columns that the result does not have, and the file that holds them.
    own
        File → the columns that it had with their types, where its own do not tell.
    """

    table: TableFiles
    root: Path
    changes: Path | None
    taken: Path | None
    types: Mapping[str, str] = field(default_factory=dict)
    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    columns: Path = Path()
    own: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def kept(self) -> dict[str, str]:
        """Our columns of the file of dropped columns, by the names that they have there."""
        return free_names(("_file", "_row"), self.dropped)

    @property
    def ours(self) -> dict[str, str]:
        """Our columns of the quarantine, by the names that they have there."""
        return free_names(TAKEN_COLUMNS, self.types)

    def log(self) -> str:
        """The change log as a relation with the columns of `CHANGE_COLUMNS` and ``n``, the order of its lines."""
        if self.changes is None:
            empty = ", ".join(f"CAST(NULL AS {_TEXT}) AS {ident(name)}" for name in CHANGE_COLUMNS[:-1])
            return f'(SELECT {empty}, CAST(NULL AS BIGINT) AS "_row", 0 AS n WHERE FALSE)'
        own = idents(CHANGE_COLUMNS)
        file = text(str(self.changes))
        return f"(SELECT {own}, file_row_number AS n FROM read_parquet({file}, file_row_number = true))"


def undo(polished: Path, target: Path) -> tuple[Restored, ...]:
    """Write the input of a polished dataset into `target`.

    Raises
    ------
    InputError
        `polished` is no result of polishing, has no record, or is no longer what was written.
    WorkError
        The record does not fit the data.
    """
    _refuse(polished)
    dataset = _as_recorded(source.read_dataset(polished))
    output.check_target(target, polished)
    with output.staging(target) as scratch:
        stage = scratch / "restored"
        restored = tuple(_restore(dataset, stage))
        _copy_rest(dataset, stage)
        output.mark(stage, __version__)
        output.publish(stage, target)
    return restored


def _as_recorded(dataset: Dataset) -> Dataset:
    """The dataset, its table called as in the record where it is called after its directory, which has another name now."""
    if not source.is_partitioned(dataset.root):
        return dataset
    (table,) = dataset.tables.values()
    files = [file for folder in (CHANGES, QUARANTINE) for file in sorted((dataset.root / folder).glob("*.parquet"))]
    name = next((file.stem for file in files), table.name)
    return replace(dataset, tables={name: replace(table, name=name)})


def _refuse(polished: Path) -> None:
    """Say why there is nothing to undo, or no way to."""
    if not polished.is_dir():
        raise InputError(f"{polished}: no such directory")
    said = output.read_mark(polished)
    if said is None:
        if not (polished / CHANGES).is_dir() and not (polished / QUARANTINE).is_dir():
            raise InputError(
                f"{polished}: neither {output.MARKER} nor {CHANGES}/ is there: not a result of polishing, or its record "
                "is gone"
            )
        return
    if said.get("regenerated"):
        raise InputError(f"{polished}: the data was generated again, not changed; its input still lies where it was")
    if said.get("change_log") is False:
        raise InputError(f"{polished}: polished with --no-change-log: old values were not kept")
    if strange := output.altered(polished, said):
        raise InputError(f"{polished}: {strange[0]} is not what polishing wrote; undo needs the result as it was")


def _restore(dataset: Dataset, stage: Path) -> Iterator[Restored]:
    with source.connect() as con:
        for table in dataset.tables.values():
            record = _record(con, dataset.root, table)
            if record is None:
                for file in table.files:
                    _copy(dataset.root / file, stage / file)
            else:
                with source.clear_errors(f"{table.name}: the record does not fit the data"):
                    yield _undone(con, record, stage)


def _record(con: Any, root: Path, table: TableFiles) -> _Record | None:
    files = [root / folder / f"{table.name}.parquet" for folder in (CHANGES, QUARANTINE)]
    changes, taken = (file if file.is_file() else None for file in files)
    if changes is None and taken is None:
        return None
    record = _Record(table, root, changes, taken)
    query = f'SELECT "_column", "_old", "_new", "_file" FROM {record.log()} WHERE "_row" IS NULL ORDER BY n DESC'
    told = con.execute(query).fetchall()
    lines = [line[:3] for line in told if line[0] is not None]
    own = {str(file): _layout(changes, names) for column, names, _, file in told if column is None}
    places = {column: int(said[1]) for column, _, new in lines if (said := _PLACE.fullmatch(new or ""))}
    added = tuple(column for column, old, _ in lines if old is None)
    before = {column: old for column, old, _ in lines if old is not None and column not in places}
    if unknown := sorted(type_ for type_ in before.values() if not _BEFORE.fullmatch(type_)):
        raise InputError(f"{changes}: {unknown[0]!r} is no type that a step starts from")
    types = {name: before.get(name, type_) for name, type_ in table.columns.items() if name not in added}
    dropped = tuple(sorted(places, key=places.__getitem__))
    if not dropped:
        return _Record(table, root, changes, taken, types, added, own=own)
    file = root / DROPPED / f"{table.name}.parquet"
    return _Record(table, root, changes, taken, _with_dropped(con, file, types, places), added, dropped, file, own)


def _layout(changes: Path | None, said: str | None) -> dict[str, str]:
    """The columns of a file with their types, as the record lists them."""
    try:
        listed = json.loads(said or "")
    except ValueError:
        listed = None
    if not isinstance(listed, dict) or not all(isinstance(type_, str) for type_ in listed.values()):
        raise InputError(f"{changes}: {said!r} are no columns of a file")
    return listed


def _with_dropped(con: Any, file: Path, types: Mapping[str, str], places: Mapping[str, int]) -> dict[str, str]:
    """The types, with those of the dropped columns at their places."""
    kept = {str(row[0]): str(row[1]) for row in con.execute(f"DESCRIBE FROM {sql.parquet([str(file)])}").fetchall()}
    if missing := sorted(places.keys() - kept.keys()):
        raise InputError(f"{file}: the column {missing[0]!r} that was dropped is not there")
    listed = list(types.items())
    for name, place in sorted(places.items(), key=lambda item: item[1]):
        listed.insert(place, (name, kept[name]))
    return dict(listed)


def _undone(con: Any, record: _Record, stage: Path) -> Restored:
    """Write a table's files as they were."""
    _prepare(con, record)
    for number, file in enumerate(record.table.files):
        codec = source.codec_of(con, record.root / file)
        target = stage / file
        target.parent.mkdir(parents=True, exist_ok=True)
        own = ", ".join(_own(con, record, file))
        con.execute(
            f'COPY (SELECT {own} FROM original WHERE "#file" = {number} ORDER BY "#row") TO {text(str(target))} '
            f"(FORMAT parquet, COMPRESSION {codec if codec in CODECS else DEFAULT_CODEC})"
        )
    counts = con.execute(
        "SELECT (SELECT count(*) FROM original), (SELECT count(*) FROM taken), (SELECT count(*) FROM folded), "
        "(SELECT count(*) FROM cells), (SELECT count(*) FROM added)"
    ).fetchone()
    _check(con, record, counts)
    rows, taken, folded, cells, added = counts
    return Restored(record.table.name, rows, taken, folded, cells, record.added, record.dropped, added)


def _own(con: Any, record: _Record, file: Path) -> Iterator[str]:
    """The columns that a file had, in the types that it had them in: the result keeps both, but for what was changed."""
    now = source.layout_of(con, record.root / file)
    named = record.own.get(file.as_posix())
    kept = [name for name in now if name in record.types] if not record.dropped else list(record.types)
    for name in kept if named is None else named:
        if name in record.table.partitions or name not in record.types:
            continue
        type_ = record.types[name]
        same = type_ == record.table.columns.get(name) and name in now
        had = named[name] if named is not None else now[name] if same else type_
        plain = had == type_ or not _BEFORE.fullmatch(had)
        yield ident(name) if plain else f"CAST({ident(name)} AS {had}) AS {ident(name)}"


def _prepare(con: Any, record: _Record) -> None:
    """The temporary relations from the record: cells, rows that left, rows that stayed, and all of them as they were."""
    listed = ", ".join(text(file.as_posix()) for file in record.table.files)
    number = f'CAST(list_position([{listed}], "_file") - 1 AS INTEGER)'
    con.execute(
        f'CREATE OR REPLACE TEMP TABLE cells AS SELECT {number} AS "#file", "_row" AS "#row", "_column" AS c, '
        f'first("_old" ORDER BY n) AS old FROM {record.log()} '
        'WHERE "_row" IS NOT NULL AND "_column" IS NOT NULL GROUP BY ALL'
    )
    con.execute(
        f'CREATE OR REPLACE TEMP TABLE folded AS SELECT {number} AS "#file", "_row" AS "#row", '
        f"CAST(list_position([{listed}], regexp_replace(\"_new\", ':[0-9]+$', '')) - 1 AS INTEGER) AS like_file, "
        "CAST(regexp_extract(\"_new\", ':([0-9]+)$', 1) AS BIGINT) AS like_row "
        f'FROM {record.log()} WHERE "_row" IS NOT NULL AND "_column" IS NULL AND "_new" IS NOT NULL'
    )
    con.execute(
        f'CREATE OR REPLACE TEMP TABLE added AS SELECT {number} AS "#file", "_row" AS "#row" '
        f'FROM {record.log()} WHERE "_row" IS NOT NULL AND "_column" IS NULL AND "_new" IS NULL'
    )
    con.execute(f"CREATE OR REPLACE TEMP TABLE taken AS {_taken(record, number)}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE stayed AS {_stayed(con, record)}")
    con.execute(f"CREATE OR REPLACE TEMP TABLE original AS {_with_old_values(record, 'stayed')} UNION ALL FROM taken")
    while _unfold(con, record):
        pass


def _taken(record: _Record, number: str) -> str:
    names = record.ours
    own = ", ".join(f"CAST({ident(name)} AS {type_}) AS {ident(name)}" for name, type_ in record.types.items())
    if record.taken is None:
        empty = ", ".join(f"CAST(NULL AS {type_}) AS {ident(name)}" for name, type_ in record.types.items())
        return f'SELECT {empty}, 0 AS "#file", CAST(0 AS BIGINT) AS "#row" WHERE FALSE'
    position = number.replace('"_file"', ident(names["_file"]))
    return (
        f'SELECT {own}, {position} AS "#file", {ident(names["_row"])} AS "#row" FROM {sql.parquet([str(record.taken)])}'
    )


def _stayed(con: Any, record: _Record) -> str:
    """The rows of the result, each at the place that it had: the places that nobody left, in their order."""
    parts = []
    hive = "true" if record.table.partitions else "false"
    for number, file in enumerate(record.table.files):
        path = text(str(record.root / file))
        there = {*source.layout_of(con, record.root / file), *record.table.partitions}
        named = [name for name in record.types if name in there or name in record.dropped]
        own = ", ".join(("k." if name in record.dropped else "t.") + ident(name) for name in named)
        left = (
            f'SELECT "#row" FROM taken WHERE "#file" = {number} '
            f'UNION ALL SELECT "#row" FROM folded WHERE "#file" = {number}'
        )
        rows = f"(SELECT count(*) FROM read_parquet({path})) + (SELECT count(*) FROM ({left}))"
        places = (
            'SELECT r AS "#row", row_number() OVER (ORDER BY r) - 1 AS file_row_number '
            f"FROM range({rows}) AS p(r) WHERE r NOT IN ({left})"
        )
        parts.append(
            f'SELECT {own}, {number} AS "#file", p."#row" '
            f"FROM read_parquet({path}, file_row_number = true, hive_partitioning = {hive}) AS t "
            f"JOIN ({places}) AS p USING (file_row_number){_dropped(record, number)}"
            f' WHERE NOT EXISTS (SELECT 1 FROM added AS a WHERE a."#file" = {number} AND a."#row" = p."#row")'
        )
    return " UNION ALL BY NAME ".join(parts)


def _dropped(record: _Record, number: int) -> str:
    """The join of a part's dropped columns, by the places of its rows."""
    if not record.dropped:
        return ""
    file, row = (ident(name) for name in record.kept.values())
    name = text(record.table.files[number].as_posix())
    return f' LEFT JOIN {sql.parquet([str(record.columns)])} AS k ON k.{file} = {name} AND k.{row} = p."#row"'


def _with_old_values(record: _Record, relation: str) -> str:
    """The rows of a relation, with the values that its cells had."""
    items = [
        f"CASE WHEN m.old IS NOT NULL AND map_contains(m.old, {text(name)}) "
        f"THEN CAST(m.old[{text(name)}] AS {type_}) ELSE CAST(t.{ident(name)} AS {type_}) END AS {ident(name)}"
        for name, type_ in record.types.items()
    ]
    grouped = 'SELECT "#file", "#row", map(list(c ORDER BY c), list(old ORDER BY c)) AS old FROM cells GROUP BY ALL'
    return (
        f'SELECT {", ".join(items)}, t."#file", t."#row" FROM {relation} AS t '
        f'LEFT JOIN ({grouped}) AS m ON m."#file" = t."#file" AND m."#row" = t."#row"'
    )


def _unfold(con: Any, record: _Record) -> bool:
    """Add the copies whose row is there by now; whether some were added."""
    missing = 'NOT EXISTS (SELECT 1 FROM original AS o WHERE o."#file" = f."#file" AND o."#row" = f."#row")'
    con.execute(
        f'CREATE OR REPLACE TEMP TABLE copies AS SELECT {idents(record.types, "k.")}, f."#file", f."#row" '
        'FROM folded AS f JOIN original AS k ON k."#file" = f.like_file AND k."#row" = f.like_row '
        f"WHERE {missing}"
    )
    con.execute(f"INSERT INTO original {_with_old_values(record, 'copies')}")
    return bool(con.execute("SELECT count(*) FROM copies").fetchone()[0])


def _check(con: Any, record: _Record, counts: tuple[int, ...]) -> None:
    """Refuse a record that does not give each row once."""
    relation = sql.parquet([str(record.root / file) for file in record.table.files], hive=bool(record.table.partitions))
    left = con.execute(f"SELECT count(*) FROM {relation}").fetchone()[0]
    rows, taken, folded, _, added = counts
    twice = con.execute('SELECT count(*) FROM (SELECT 1 FROM original GROUP BY "#file", "#row" HAVING count(*) > 1)')
    if rows + added != left + taken + folded or twice.fetchone()[0]:
        raise WorkError(
            f"{record.table.name}: {left:,} rows, {taken:,} in quarantine and {folded:,} folded do not make the "
            f"{rows:,} (and {added:,} added) that the record speaks of; nothing is written"
        )


def _copy_rest(dataset: Dataset, stage: Path) -> None:
    """Files that are no table, and the metadata as the input had it."""
    for file in (*dataset.others, *dataset.unreadable):
        if not (dataset.root / file).is_dir():
            _copy(dataset.root / file, stage / file)
    kept, now = dataset.root / KEPT_METADATA, dataset.metadata
    if kept.is_file():
        _copy(kept, stage / now.name)
    elif now.is_file() and not _is_polished(now):
        _copy(now, stage / now.name)


def _is_polished(metadata: Path) -> bool:
    try:
        return "polished" in json.loads(metadata.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        return False


def _copy(file: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(file, target)
