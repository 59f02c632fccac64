"""What ``postprocess.py`` needs besides its steps: its text is copied into the script, so it imports polars alone."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Literal

import polars as pl

# -- copied from here on --

BLANKS = "\t\n\x0b\x0c\r \x85\xa0\u1680" + "".join(map(chr, range(0x2000, 0x200E)))
BLANKS += "\u2028\u2029\u202f\u205f\u2060\u3000\ufeff"
BLANK_RUN = f"[{BLANKS}]{{2,}}"
SEPARATORS = "[ ()./-]+"
ROW, FILE = "#row", "#file"


def round_double(x: pl.Expr, digits: int) -> pl.Expr:
    """Half to even on the decimal value, exact: (m + 0.5) / 10^k is the double that stands for the tie."""
    p = 10.0**digits
    m = (x * p).floor()
    unit = m * 0.0 + p  # a column: Polars divides by a constant through its reciprocal, which rounds twice
    tie = (m + 0.5) / unit
    up = (x > tie) | ((x == tie) & (m % 2 != 0))
    return (
        pl.when(x.abs() < 4503599627370496.0 / p).then((m + pl.when(up).then(1.0).otherwise(0.0)) / unit).otherwise(x)
    )


def round_away(x: pl.Expr, digits: int) -> pl.Expr:
    """The same, a tie away from zero."""
    p = 10.0**digits
    m = (x.abs() * p).floor()
    unit = m * 0.0 + p
    is_tie = (x.abs() == (m + 0.5) / unit) & (x.abs() < 4503599627370496.0 / p)
    return pl.when(is_tie).then(x.sign() * ((m + 1.0) / unit)).otherwise(round_double(x, digits))


def round_float(x: pl.Expr, digits: int) -> pl.Expr:
    """The same for 32 bits, on the decimals that stand for the value."""
    return round_double(x.cast(pl.String).cast(pl.Float64), digits).cast(pl.Float32)


def as_text(column: str, dtype: pl.DataType) -> pl.Expr:
    """A value as the change log writes it."""
    if isinstance(dtype, pl.Datetime):
        digits = 9 if dtype.time_unit == "ns" else 6
        return pl.col(column).dt.strftime(f"%Y-%m-%d %H:%M:%S%.{digits}f")
    return pl.col(column).cast(pl.String)


class Table:
    """A table on its way: every step makes a new lazy frame from the one before."""

    def __init__(self, root: Path, files: Sequence[str], **options: Any) -> None:
        """Options: `name`, `key` (columns, for the change log), `hive`, `schema`, `layouts`, `own` (where parts differ), `codecs`."""
        hive, schema = options.get("hive", False), options.get("schema")
        self.name, self.files, self.key = options["name"], files, list(options["key"])
        self.codecs: dict[str, Codec] = options.get("codecs", {})
        self.layouts: dict[str, dict[str, Any]] = options.get("layouts", {})
        self.own: dict[str, dict[str, str]] = options.get("own", {})
        self.paths = [root / file for file in files]
        scanned = pl.scan_parquet(
            self.paths,
            row_index_name=ROW,
            include_file_paths=FILE,
            hive_partitioning=hive,
            glob=False,
            schema=schema,
            missing_columns="raise" if schema is None else "insert",
            cast_options=None if schema is None else pl.ScanCastOptions(integer_cast="upcast", float_cast="upcast"),
        )
        self.frame = self.original = scanned.with_columns(pl.selectors.categorical().cast(pl.String))
        partitions = {part.split("=", 1)[0] for part in Path(files[0]).parts[:-1] if "=" in part} if hive else set()
        self.columns = [c for c in scanned.collect_schema().names() if c not in {ROW, FILE, *partitions}]
        self.original_columns = [c for c in scanned.collect_schema().names() if c not in {ROW, FILE}]
        self.taken: list[tuple[pl.LazyFrame, pl.DataFrame]] = []
        self.folded: list[pl.DataFrame] = []
        self.added: list[tuple[pl.DataFrame, By]] = []
        self.dropped: list[str] = []
        self.logs: list[tuple[str, str, By]] = []
        self.made: list[tuple[str, str | None, str, By]] = []

    def update(
        self, column: str, value: pl.Expr, by: By, related: Sequence[Related] = (), *, text: bool = False
    ) -> None:
        """Set the column; it keeps its type, and the old value is kept beside it for the change log.

        `text` is for a column that gets another type: where the script runs over its own result, it has it already.
        """
        dtype = self.frame.collect_schema()[column]
        if not text or dtype == pl.String:
            self._write(column, value.cast(dtype), by, related)

    def retype(self, column: str, dtype: Any, by: By, types: Types) -> None:
        """Give a column another type; a value that is none of that type stops the script."""
        self.made.append((column, *types, by))
        own = self.frame.collect_schema()[column]
        is_zoned = dtype == pl.Datetime("us", "UTC")
        other = pl.col(column).dt.replace_time_zone("UTC") if is_zoned else pl.col(column).cast(dtype)
        self._write(column, parse(pl.col(column), dtype) if own == pl.String else other, by, ())

    def add(self, column: str, value: pl.Expr, by: By, made: Made, related: Sequence[Related] = ()) -> None:
        """A further column; one of that name is computed again, and a mark once made stays."""
        type_, mark = made
        if column in self.columns:
            self._write(column, pl.col(column) | value if mark else value, by, related)
            return
        joined = self._joined(related)
        self.frame = joined.with_columns(value.alias(column)).drop([name for name, *_ in related])
        self.columns.append(column)
        self.made.append((column, None, type_, by))

    def drop(self, column: str, type_: str, by: By) -> None:
        """Take a column out; its values are kept beside the change log."""
        old = f"#old {len(self.logs)}"
        place = f"dropped {self.original_columns.index(column)}"
        self.made.append((column, type_, place, by))
        self.frame = self.frame.rename({column: old})
        self.columns.remove(column)
        self.dropped.append(column)
        self.logs.append((old, column, by))

    def add_rows(self, keys: Sequence[str], rows: pl.LazyFrame, mark: str, by: By) -> None:
        """Add a row for each key that is not there, behind the last one; all but key and mark is null."""
        schema = self.frame.collect_schema()
        wanted = rows.select(pl.col(key).cast(schema[key]) for key in keys)
        new = wanted.join(self.frame.select(keys), on=list(keys), how="anti").sort(keys).collect(engine="streaming")
        start = sum(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item() for path in self.paths)
        start += sum(len(frame) for frame, _ in self.added)
        cells: dict[str, pl.Expr] = {key: pl.col(key) for key in keys} | {mark: pl.lit(True)}
        old = {name: cells[column] for name, column, _ in self.logs if column in cells}
        new = new.with_columns(
            (pl.int_range(pl.len(), dtype=pl.Int64) + start).alias(ROW),
            pl.lit(str(self.paths[-1])).alias(FILE),
            pl.lit(True).alias(mark),
            *(value.cast(schema[name]).alias(name) for name, value in old.items()),
        )
        self.added.append((new, by))
        nothing = pl.lit(None)
        whole = new.lazy().select(
            (pl.col(name) if name in new.columns else nothing).cast(dtype).alias(name) for name, dtype in schema.items()
        )
        self.frame = pl.concat([self.frame, whole])

    def swap(self, pair: tuple[str, str], where: pl.Expr, by: By, related: Sequence[Related] = ()) -> None:
        """Exchange two cells where the predicate holds."""
        first, second = pair
        old = [f"#old {len(self.logs)}", f"#old {len(self.logs) + 1}"]
        kept = [pl.col(column).alias(name) for column, name in zip(pair, old, strict=True)]
        frame = self._joined(related).with_columns(
            pl.when(where).then(pl.col(second)).otherwise(pl.col(first)).alias(first),
            pl.when(where).then(pl.col(first)).otherwise(pl.col(second)).alias(second),
            *kept,
        )
        self.frame = frame.drop([name for name, *_ in related])
        self.logs += [(name, column, by) for name, column in zip(old, pair, strict=True)]

    def _write(self, column: str, value: pl.Expr, by: By, related: Sequence[Related]) -> None:
        old = f"#old {len(self.logs)}"
        frame = self._joined(related).with_columns(pl.col(column).alias(old), value.alias(column))
        self.frame = frame.drop([name for name, *_ in related])
        self.logs.append((old, column, by))

    def take_out(self, where: pl.Expr, reason: str, by: By, related: Sequence[Related] = ()) -> None:
        """Take out the rows where the predicate holds."""
        rows = self._joined(related).filter(where).select(ROW).collect(engine="streaming")
        marks = {"#reason": reason, "#finding": by[0], "#fix": by[1]}
        self.taken.append((self.frame, rows.with_columns(pl.lit(text).alias(name) for name, text in marks.items())))
        self._without(rows)

    def fold_copies(self, by: By) -> None:
        """Fold rows that are equal in every column into the first of them."""
        names = [c for c in self.frame.collect_schema().names() if c != FILE and not c.startswith("#")]
        hashed = self.frame.with_columns(pl.struct(names).hash().alias("#hash"))
        repeated = hashed.group_by("#hash").len().filter(pl.col("len") > 1)
        alike = hashed.join(repeated, on="#hash", how="semi").drop("#hash").collect(engine="streaming").sort(ROW)
        kept = alike.with_columns(pl.col(ROW).min().over(names).alias("#kept")).filter(pl.col(ROW) > pl.col("#kept"))
        first = alike.select(pl.col(ROW).alias("#kept"), pl.col(FILE).alias("#kept file"))
        marked = kept.join(first, on="#kept", how="left").with_columns(
            pl.lit(by[0]).alias("#finding"),
            pl.lit(by[1]).alias("#fix"),
            pl.lit(json.dumps(list(dict.fromkeys(column for _, column, _ in self.logs)))).alias("#changed"),
        )
        self.folded.append(marked)
        self._without(marked.select(ROW))

    def _without(self, rows: pl.DataFrame) -> None:
        self.frame = self.frame.filter(~pl.col(ROW).is_in(rows[ROW].implode()))

    def _joined(self, related: Sequence[Related]) -> pl.LazyFrame:
        frame = self.frame
        for name, columns, other, keys in related:
            frame = join_related(frame, name, columns, other, keys)
        return frame

    def keys_taken(self, keys: Sequence[str]) -> pl.LazyFrame:
        """The keys of the rows that were taken out so far."""
        frames = [before.join(rows.lazy(), on=ROW, how="semi").select(keys) for before, rows in self.taken]
        return pl.concat(frames) if frames else self.frame.select(keys).limit(0)

    def position(self) -> list[pl.Expr]:
        """The file (relative to the dataset) and the row in it."""
        offsets, rows = [], 0
        for path in self.paths:
            offsets.append(rows)
            rows += pl.scan_parquet(path, glob=False).select(pl.len()).collect().item()
        given = [str(path) for path in self.paths]
        file = pl.col(FILE).replace_strict(given, list(self.files), return_dtype=pl.String)
        offset = pl.col(FILE).replace_strict(given, offsets, return_dtype=pl.Int64)
        return [file.alias("_file"), (pl.col(ROW).cast(pl.Int64) - offset).alias("_row")]


# The finding that a step is for, and the fix.
By = tuple[str, str]
# DuckDB's names of a column's type before and after; of a new column's, and whether it marks rows.
Types = tuple[str, str]
Made = tuple[str, bool]
Codec = Literal["lz4", "uncompressed", "snappy", "gzip", "brotli", "zstd"]
# A name, this table's columns, the other table's frame with its keys and a column of that name, and those keys.
Related = tuple[str, Sequence[str], pl.LazyFrame, Sequence[str]]


def join_related(
    frame: pl.LazyFrame, name: str, columns: Sequence[str], other: pl.LazyFrame, keys: Sequence[str]
) -> pl.LazyFrame:
    """`frame` with the column `name` of the other table's row that has the same key, null where there is none."""
    left, right = frame.collect_schema(), other.collect_schema()
    ours = {key: f"{name} {number}" for number, key in enumerate(keys)}
    renamed = other.rename(ours)
    wide = [
        pl.Int64 if left[c].is_integer() and right[k].is_integer() else left[c]
        for c, k in zip(columns, keys, strict=True)
    ]
    renamed = renamed.with_columns(pl.col(ours[k]).cast(t) for k, t in zip(keys, wide, strict=True))
    widened = frame.with_columns(pl.col(c).cast(t).alias(ours[k]) for c, k, t in zip(columns, keys, wide, strict=True))
    on = list(ours.values())
    return widened.join(renamed, on=on, how="left", maintain_order="left").drop(on)


def present(name: str, columns: Sequence[str], table: Table, keys: Sequence[str]) -> Related:
    """True where the key is in the other table."""
    return (name, columns, table.frame.select(keys).drop_nulls().unique().with_columns(pl.lit(True).alias(name)), keys)


def repeated(name: str, columns: Sequence[str], table: Table, keys: Sequence[str]) -> Related:
    """True where the key stands in several rows of the other table."""
    counts = table.frame.select(keys).drop_nulls().group_by(keys).agg((pl.len() > 1).alias(name))
    return (name, columns, counts.filter(pl.col(name)), keys)


def taken(name: str, columns: Sequence[str], table: Table, keys: Sequence[str]) -> Related:
    """True where a row with the key was taken out of the other table."""
    return (name, columns, table.keys_taken(keys).drop_nulls().unique().with_columns(pl.lit(True).alias(name)), keys)


def parent_value(name: str, columns: Sequence[str], table: Table, keys: Sequence[str], value: str) -> Related:
    """A value of the other table's row; the least where the key repeats."""
    rows = table.frame.select(*keys, pl.col(value).alias(name)).drop_nulls(list(keys))
    return (name, columns, rows.group_by(keys).agg(pl.col(name).min()), keys)


def aggregate(name: str, columns: Sequence[str], table: Table, keys: Sequence[str], of: tuple[str, str]) -> Related:
    """A count of the other table's rows, or a sum, min, max or mean; null without a value, as in SQL."""
    rows = table.frame.drop_nulls(list(keys))
    op, value = of
    if op == "count":
        return (name, columns, rows.group_by(keys).agg(pl.len().cast(pl.Int64).alias(name)), keys)
    column = pl.col(value)
    result = {"sum": column.sum(), "min": column.min(), "max": column.max(), "mean": column.mean()}[op]
    known = pl.when(column.count() > 0).then(result)
    return (name, columns, rows.group_by(keys).agg(known.alias(name)), keys)


def keys_of(table: Table, names: dict[str, str]) -> pl.LazyFrame:
    """The keys that stand whole in these columns of a table, under their other names."""
    return table.frame.select(list(names)).drop_nulls().unique().rename(names)


def parse(text: pl.Expr, dtype: Any, *, strict: bool = True) -> pl.Expr:
    """Text as another type; what says no value of it stops the script, or is null where not `strict`."""
    text = text.cast(pl.String)  # the script may run over its own result
    if dtype == pl.Date:
        return text.str.to_date("%Y-%m-%d", strict=strict)
    if dtype == pl.Datetime("us"):
        spaced = text.str.replace("T", " ", literal=True)
        return spaced.str.to_datetime("%Y-%m-%d %H:%M:%S%.f", time_unit="us", strict=strict)
    if dtype == pl.Boolean:
        words = {"true": True, "false": False}
        lower = text.str.to_lowercase()
        return lower.replace_strict(words) if strict else lower.replace_strict(words, default=None)
    return text.cast(dtype, strict=strict)


def save(frame: pl.LazyFrame, path: Path, codec: Codec = "zstd") -> None:
    """Write a frame, streaming."""
    path.parent.mkdir(parents=True, exist_ok=True)
    frame.sink_parquet(path, compression=codec, maintain_order=True, engine="streaming")


def save_table(table: Table, target: Path) -> None:
    """Write the table's files, one for one."""
    for file, path in zip(table.files, table.paths, strict=True):
        part = table.frame if len(table.files) == 1 else table.frame.filter(pl.col(FILE) == str(path))
        own = table.layouts.get(file)
        columns = table.columns if own is None else [pl.col(name).cast(dtype) for name, dtype in own.items()]
        save(part.select(columns), target / file, table.codecs.get(file, "zstd"))


def free(name: str, columns: Sequence[str]) -> str:
    """A name for our own column in a table that may have one like it."""
    used = {column.lower() for column in columns}
    while name.lower() in used:
        name += "_"
    return name


def save_taken(table: Table, target: Path) -> None:
    """Write the rows that were taken out, as they were on disk, with reason, finding and fix."""
    if not table.taken:
        return
    names = table.original_columns
    marks = pl.concat([rows for _, rows in table.taken])
    rows = table.original.filter(pl.col(ROW).is_in(marks[ROW].implode())).join(marks.lazy(), on=ROW).sort(ROW)
    file, row = table.position()
    ours = [
        pl.col("#reason").alias(free("_reason", names)),
        pl.col("#finding").alias(free("_finding_id", names)),
        pl.col("#fix").alias(free("_fix", names)),
        file.alias(free("_file", names)),
        row.alias(free("_row", names)),
    ]
    save(rows.select(*names, *ours), target / "_quarantine" / f"{table.name}.parquet")


def save_changes(table: Table, target: Path) -> None:
    """Write every changed cell of the rows that stay, and every copy that was folded."""
    kept = target / f".{table.name}.changed"
    parts = [*changed_cells(table, kept), *folded_copies(table), *unlike_copies(table), *columns_made(table)]
    parts += [*rows_added(table)]
    parts += [*columns_of_files(table)] if parts else []
    if parts:
        log = pl.concat(parts).sort(ROW, "#n", maintain_order=True).drop(ROW, "#n")
        save(log, target / "_changes" / f"{table.name}.parquet")
    kept.unlink(missing_ok=True)
    if table.dropped:
        names = [free("_file", table.dropped), free("_row", table.dropped)]
        places = [place.alias(name) for place, name in zip(table.position(), names, strict=True)]
        whole = table.original.select(*table.dropped, *places)
        save(whole, target / "_changes" / "_columns" / f"{table.name}.parquet")


def rows_added(table: Table) -> Iterator[pl.LazyFrame]:
    """A line without a column and without values for each row that was added."""
    nothing = [pl.lit(None, dtype=pl.String).alias(name) for name in ("_column", "_old", "_new")]
    schema = table.frame.collect_schema()
    for rows, by in table.added:
        marks = [pl.lit(by[0]).alias("_finding_id"), pl.lit(by[1]).alias("_fix"), *table.position()]
        new = table.frame.join(rows.lazy().select(pl.col(ROW).cast(schema[ROW])), on=ROW, how="semi")
        yield new.select(pl.lit(1_000_000).alias("#n"), ROW, *table.key, *nothing, *marks)


def changed_cells(table: Table, kept: Path) -> Iterator[pl.LazyFrame]:
    """For each step the cells that it changed, with the value before and after.

    The rows with a changed cell are looked for once, and kept in a file until the log is written.
    """
    schema = table.frame.collect_schema()
    named = [(number, old, cell_after(table, number), c, by) for number, (old, c, by) in enumerate(table.logs)]
    told = [line for line in named if line[2]]
    if not told:
        return
    either = pl.any_horizontal(differ(old, new, schema) for _, old, new, *_ in told)
    columns = dict.fromkeys([ROW, FILE, *table.key, *(name for _, old, new, *_ in told for name in (old, new))])
    save(table.frame.filter(either).select(*columns), kept)
    changed = pl.scan_parquet(kept, glob=False)
    for number, old, new, column, by in told:
        texts = [as_text(old, schema[old]).alias("_old"), as_text(new, schema[new]).alias("_new")]
        marks = [pl.lit(by[0]).alias("_finding_id"), pl.lit(by[1]).alias("_fix"), *table.position()]
        cells = [pl.lit(column).alias("_column"), *texts]
        rows = changed.filter(differ(old, new, schema))
        yield rows.select(pl.lit(number).alias("#n"), ROW, *table.key, *cells, *marks)


def cell_after(table: Table, number: int) -> str:
    """What holds the values after a step: the next kept value of the column, or the column; empty where it was dropped."""
    column = table.logs[number][1]
    after = [name for name, other, *_ in table.logs[number + 1 :] if other == column]
    return after[0] if after else "" if column in table.dropped else column


def differ(old: str, new: str, schema: pl.Schema) -> pl.Expr:
    """Whether two columns hold other values, as the change log would write them."""
    before, after = pl.col(old), pl.col(new)
    if schema[old] == schema[new] and schema[old].is_float():  # 0.0 and -0.0 are equal, and not the same
        turned = (before == 0) & (1.0 / before != 1.0 / after)
        return before.ne_missing(after) | turned.fill_null(False)
    if schema[old] == schema[new]:
        return before.ne_missing(after)
    if schema[old].is_numeric() and schema[new].is_numeric():
        return before.cast(pl.Float64).ne_missing(after.cast(pl.Float64))
    text = as_text(new, schema[new])
    if schema[old] == pl.String and isinstance(schema[new], pl.Datetime):
        text = text.str.strip_chars_end("0").str.strip_chars_end(".")
    return as_text(old, schema[old]).ne_missing(text)


def folded_copies(table: Table) -> Iterator[pl.LazyFrame]:
    """The copies that were folded; `_new` says which row stands for each (``file:row``)."""
    nothing = pl.lit(None, dtype=pl.String)
    for number, rows in enumerate(table.folded, len(table.logs)):
        kept = rows.lazy().select(pl.col("#kept").alias(ROW), pl.col("#kept file").alias(FILE))
        file, row = table.position()
        where = kept.select((file + ":" + row.cast(pl.String)).alias("_new")).collect()["_new"]
        cells: list[Any] = [nothing.alias("_column"), nothing.alias("_old"), where]
        marks = [pl.col("#finding").alias("_finding_id"), pl.col("#fix").alias("_fix"), *table.position()]
        yield rows.lazy().select(pl.lit(number).alias("#n"), ROW, *table.key, *cells, *marks)


def unlike_copies(table: Table) -> Iterator[pl.LazyFrame]:
    """Cells in which copies differed, on disk, from the row that stands for them."""
    schema = table.original.collect_schema()
    for rows in table.folded:
        changed = json.loads(rows["#changed"][0]) if len(rows) else []
        pairs = rows.lazy().select(ROW, "#kept", "#finding", "#fix")
        for column in [name for name in changed if name in table.original_columns]:
            kept = table.original.select(pl.col(ROW).alias("#kept"), as_text(column, schema[column]).alias("#new"))
            both = table.original.with_columns(as_text(column, schema[column]).alias("#old")).join(pairs, on=ROW)
            unlike = both.join(kept, on="#kept").filter(pl.col("#old").ne_missing(pl.col("#new")))
            cells = [pl.lit(column).alias("_column"), pl.col("#old").alias("_old"), pl.col("#new").alias("_new")]
            marks = [pl.col("#finding").alias("_finding_id"), pl.col("#fix").alias("_fix"), *table.position()]
            yield unlike.select(pl.lit(1_000_000).alias("#n"), ROW, *table.key, *cells, *marks)


def columns_made(table: Table) -> Iterator[pl.LazyFrame]:
    """A line without a row for each column that was added, or given another type."""
    schema = table.frame.collect_schema()
    for number, (column, before, after, by) in enumerate(table.made):
        line = {"_column": column, "_old": before, "_new": after, "_finding_id": by[0], "_fix": by[1]}
        yield line_without_row(table, schema, number, line)


def columns_of_files(table: Table) -> Iterator[pl.LazyFrame]:
    """A line without a row and a column for each file that had other columns, or types, than in the result: those."""
    schema = table.frame.collect_schema()
    for number, (file, columns) in enumerate(table.own.items()):
        yield line_without_row(table, schema, 1_000_000 + number, {"_old": json.dumps(columns), "_file": file})


def line_without_row(table: Table, schema: pl.Schema, number: int, said: dict[str, str | None]) -> pl.LazyFrame:
    """A line of the change log that is about no row."""
    texts = dict.fromkeys(("_column", "_old", "_new", "_finding_id", "_fix", "_file"), pl.String())
    types = {"#n": pl.Int32(), ROW: schema[ROW], **{k: schema[k] for k in table.key}, **texts, "_row": pl.Int64()}
    return pl.LazyFrame([{**dict.fromkeys(types), **said, "#n": number}], schema=types)


def finish(source: Path, output: Path, tables: Sequence[Table], copied: Sequence[str], change_log: bool) -> None:
    """Write everything beside the output, then move it into place."""
    staging = output.parent / f".{output.name}.partial-{os.getpid()}"
    staging.mkdir(parents=True)
    try:
        for table in tables:
            save_table(table, staging)
            save_taken(table, staging)
            if change_log:
                save_changes(table, staging)
        for file in copied:
            (staging / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source / file, staging / file)
        for path in sorted(path for path in staging.rglob("*") if path.is_file()):
            target = output / path.relative_to(staging)
            target.parent.mkdir(parents=True, exist_ok=True)
            path.replace(target)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
