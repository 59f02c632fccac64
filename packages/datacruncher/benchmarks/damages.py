"""What each word of the vocabulary does to a clean table; one function a word, registered in ``injector.DAMAGES``."""

from __future__ import annotations

from functools import partial
from pathlib import Path

from injector import Bench, Place, Truth, damage, quote

# Keys and rows


@damage("primary_key_duplicate")
def primary_key_duplicate(bench: Bench) -> Truth:
    """Append rows with the key of another row and something else in the place's column."""
    table, column = quote(bench.place.table), quote(bench.place.column)
    k = bench.pick()
    bench.append(
        f"SELECT * REPLACE ({_other(bench, column)} AS {column}) FROM {table} WHERE rowid IN (SELECT id FROM picked)"
    )
    return bench.truth(k, *bench.place.key)


@damage("primary_key_null")
def primary_key_null(bench: Bench) -> Truth:
    """Take the key away."""
    k = bench.pick()
    bench.set({bench.place.key[0]: "NULL"})
    return bench.truth(k, *bench.place.key)


@damage("foreign_key_orphan")
def foreign_key_orphan(bench: Bench) -> Truth:
    """Point to keys above all that exist."""
    column = quote(bench.place.column)
    k = bench.pick(f"{column} IS NOT NULL")
    top = bench.number(f"SELECT MAX({column}) FROM {quote(bench.place.table)}")
    bench.set({bench.place.column: f"{top} + 1000 + {column} % 7"})
    return bench.truth(k)


@damage("duplicate_row")
def duplicate_row(bench: Bench) -> Truth:
    """Append rows that equal another in every column."""
    table = quote(bench.place.table)
    k = bench.pick()
    bench.append(f"SELECT * FROM {table} WHERE rowid IN (SELECT id FROM picked)")
    return bench.truth(k)


@damage("double_load")
def double_load(bench: Bench) -> Truth:
    """Append a run of days again, under new surrogate keys."""
    table, time = quote(bench.place.table), quote(bench.place.time)
    span = f"(SELECT quantile_disc({time}::DATE, {{}}) FROM {table})"
    where = f"{time}::DATE BETWEEN {span.format(0.6)} AND {span.format(0.6)} + {max(1, round(100 * bench.rate))}"
    k = bench.pick(where, 1.0)
    key = quote(bench.place.key[0])
    top = bench.number(f"SELECT MAX({key}) FROM {table}")
    bench.append(
        f"SELECT * REPLACE ({top} + row_number() OVER () AS {key}) FROM {table} WHERE rowid IN (SELECT id FROM picked)"
    )
    return bench.truth(k)


# Completeness


@damage("unexpected_null")
def unexpected_null(bench: Bench) -> Truth:
    """Take values away here and there."""
    k = bench.pick(f"{quote(bench.place.column)} IS NOT NULL")
    bench.set({bench.place.column: "NULL"})
    return bench.truth(k)


@damage("null_spike")
def null_spike(bench: Bench) -> Truth:
    """Take all values of a period away."""
    k = bench.pick(_period(bench), 1.0)
    bench.set({bench.place.column: "NULL"})
    return bench.truth(k)


@damage("sentinel_value")
def sentinel_value(bench: Bench) -> Truth:
    """Write what people write for "nothing" in the column's type."""
    column = quote(bench.place.column)
    kind = str(bench.ask(f"SELECT typeof({column}) FROM {quote(bench.place.table)} LIMIT 1")[0])
    k = bench.pick(f"{column} IS NOT NULL")
    value = {"VARCHAR": "'N/A'", "DATE": "DATE '1900-01-01'", "TIMESTAMP": "TIMESTAMP '1900-01-01'"}.get(kind, "-999")
    bench.set({bench.place.column: value})
    return bench.truth(k, value=value)


@damage("constant_column")
def constant_column(bench: Bench) -> Truth:
    """Write the first row's value everywhere."""
    column = quote(bench.place.column)
    bench.pick(rate=1.0)
    bench.set({bench.place.column: f"(SELECT MIN({column}) FROM {quote(bench.place.table)})"})
    return bench.truth(None)


@damage("empty_table")
def empty_table(bench: Bench) -> Truth:
    """Delete every row."""
    bench.con.execute(f"DELETE FROM {quote(bench.place.table)}")
    bench.changed.add(bench.place.table)
    return bench.truth(None)


@damage("missing_table")
def missing_table(bench: Bench) -> Truth:
    """Leave the table out."""
    bench.dropped.add(bench.place.table)
    return bench.truth(None)


@damage("missing_column")
def missing_column(bench: Bench) -> Truth:
    """Leave the column out."""
    bench.con.execute(f"ALTER TABLE {quote(bench.place.table)} DROP COLUMN {quote(bench.place.column)}")
    bench.changed.add(bench.place.table)
    return bench.truth(None)


@damage("volume_gap")
def volume_gap(bench: Bench) -> Truth:
    """Delete the rows of a run of days."""
    table = quote(bench.place.table)
    days = bench.number(f"SELECT COUNT(DISTINCT {quote(bench.place.time)}::DATE) FROM {table} WHERE {_period(bench)}")
    bench.con.execute(f"DELETE FROM {table} WHERE {_period(bench)}")
    bench.changed.add(bench.place.table)
    return bench.truth(None, bench.place.time, days=days)


# Time


@damage("temporal_violation")
def temporal_violation(bench: Bench) -> Truth:
    """Move children to before their parent's time."""
    parent, key, created = bench.place.parent
    link, time = (quote(c) for c in bench.place.columns)
    bench.pick(f"{time} IS NOT NULL")
    own = f"{quote(bench.place.table)}.{link}"
    mother = f"(SELECT p.{quote(created)} FROM {quote(parent)} p WHERE p.{quote(key)} = {own})"
    bench.set({bench.place.columns[1]: f"{mother} - INTERVAL 3 DAY"})
    rows = bench.number(
        f"SELECT COUNT(*) FROM {quote(bench.place.table)} c JOIN {quote(parent)} p ON p.{quote(key)} = c.{link}"
        f" WHERE c.{time} < p.{quote(created)}"
    )
    return bench.truth(rows, bench.place.columns[1])


@damage("interval_inverted")
def interval_inverted(bench: Bench) -> Truth:
    """Let the end be before the start."""
    start, end = (quote(c) for c in bench.place.columns)
    k = bench.pick(f"{start} IS NOT NULL AND {end} IS NOT NULL")
    bench.set({bench.place.columns[1]: f"{start} - INTERVAL 2 DAY"})
    return bench.truth(k)


@damage("future_timestamp")
def future_timestamp(bench: Bench) -> Truth:
    """Move times sixty years ahead."""
    column = quote(bench.place.column)
    k = bench.pick(f"{column} IS NOT NULL")
    bench.set({bench.place.column: f"{column} + INTERVAL 60 YEAR"})
    return bench.truth(k)


@damage("timezone_shift")
def timezone_shift(bench: Bench) -> Truth:
    """Shift the times of a period by seven hours."""
    column = quote(bench.place.column)
    k = bench.pick(_period(bench), 1.0)
    table = quote(bench.place.table)
    days = bench.number(f"SELECT COUNT(DISTINCT {column}::DATE) FROM {table} WHERE rowid IN (SELECT id FROM picked)")
    bench.set({bench.place.column: f"{column} + INTERVAL 7 HOUR"})
    return bench.truth(k, hours=7, edge=k / days)


# Validity


@damage("out_of_range")
def out_of_range(bench: Bench) -> Truth:
    """Write numbers that can't be: beyond every age, latitude and share."""
    k = bench.pick(f"{quote(bench.place.column)} IS NOT NULL")
    bench.set({bench.place.column: "217"})
    return bench.truth(k)


@damage("negative_amount")
def negative_amount(bench: Bench) -> Truth:
    """Turn the sign."""
    column = quote(bench.place.column)
    k = bench.pick(f"{column} > 0")
    bench.set({bench.place.column: f"-{column}"})
    return bench.truth(k)


@damage("invalid_format")
def invalid_format(bench: Bench) -> Truth:
    """Lose the signs that give a value its form."""
    column = quote(bench.place.column)
    k = bench.pick(f"{column} IS NOT NULL")
    bench.set({bench.place.column: f"regexp_replace({column}, '[@:.-]', '', 'g')"})
    return bench.truth(k)


@damage("unknown_category")
def unknown_category(bench: Bench) -> Truth:
    """Write a word that no list has."""
    k = bench.pick(f"{quote(bench.place.column)} IS NOT NULL")
    bench.set({bench.place.column: "'zorbing'"})
    return bench.truth(k)


@damage("category_variant")
def category_variant(bench: Bench) -> Truth:
    """Write categories in another case, or with one letter doubled."""
    column = quote(bench.place.column)
    k = bench.pick(f"LENGTH({column}) > 4")
    bench.set(
        {bench.place.column: f"CASE WHEN rowid % 2 = 0 THEN upper({column}) ELSE {column} || right({column}, 1) END"}
    )
    return bench.truth(k)


@damage("mixed_type")
def mixed_type(bench: Bench) -> Truth:
    """Make text of a number or a time, and words of some of them."""
    column = quote(bench.place.column)
    bench.retype(bench.place.column, "VARCHAR")
    k = bench.pick(f"{column} IS NOT NULL")
    bench.set({bench.place.column: "'about ' || length(" + column + ")"})
    return bench.truth(k)


@damage("encoding_damage")
def encoding_damage(bench: Bench) -> Truth:
    """Read UTF-8 as Latin-1, for the letters of Western Europe."""
    column = quote(bench.place.column)
    damaged = column
    for letter in "äöüßéèíóáñç":
        wrong = letter.encode().decode("cp1252", errors="replace")
        damaged = f"replace({damaged}, '{letter}', '{wrong}')"
    k = bench.pick(f"{damaged} <> {column}")
    bench.set({bench.place.column: damaged})
    return bench.truth(k)


@damage("excess_precision")
def excess_precision(bench: Bench) -> Truth:
    """Add digits behind the cents."""
    column = quote(bench.place.column)
    k = bench.pick(f"{column} IS NOT NULL")
    bench.set({bench.place.column: f"{column} + 0.001 + (rowid % 900) / 1000000.0"})
    return bench.truth(k)


@damage("whitespace")
def whitespace(bench: Bench) -> Truth:
    """Put blanks around."""
    column = quote(bench.place.column)
    k = bench.pick(f"{column} IS NOT NULL")
    bench.set({bench.place.column: f"CASE WHEN rowid % 2 = 0 THEN ' ' || {column} ELSE {column} || '  ' END"})
    return bench.truth(k)


@damage("mixed_code_system")
def mixed_code_system(bench: Bench) -> Truth:
    """Write countries by three letters or by name among two-letter codes, or by code among names."""
    column = quote(bench.place.column)
    codes = "map {'DE': 'DEU', 'FR': 'France', 'ES': 'ESP', 'IT': 'Italy', 'Germany': 'DE', 'France': 'FRA'}"
    k = bench.pick(f"map_contains({codes}, {column})")
    bench.set({bench.place.column: f"{codes}[{column}]"})
    return bench.truth(k)


@damage("mixed_currency")
def mixed_currency(bench: Bench) -> Truth:
    """Let some rows be in another currency."""
    k = bench.pick(f"{quote(bench.place.column)} IS NOT NULL")
    bench.set({bench.place.column: "'JPY'"})
    return bench.truth(k)


# Consistency


@damage("arithmetic_mismatch")
def arithmetic_mismatch(bench: Bench) -> Truth:
    """Change the result of a formula."""
    column = quote(bench.place.column)
    k = bench.pick(f"{column} > 1")
    bench.set({bench.place.column: f"round({column} * 1.1 + 1, 2)"})
    return bench.truth(k)


@damage("aggregate_mismatch")
def aggregate_mismatch(bench: Bench) -> Truth:
    """Change a parent's total."""
    return arithmetic_mismatch(bench)


@damage("dependency_violation")
def dependency_violation(bench: Bench) -> Truth:
    """Give rows the dependent value of another row."""
    column = quote(bench.place.column)
    k = bench.pick(f"{column} IS NOT NULL")
    bench.set({bench.place.column: _other(bench, column)})
    return bench.truth(k)


@damage("unit_scale")
def unit_scale(bench: Bench) -> Truth:
    """Write a period in another unit, a factor of a hundred away."""
    column = quote(bench.place.column)
    k = bench.pick(_period(bench), 1.0)
    bench.set({bench.place.column: f"{column} * 100"})
    return bench.truth(k, factor=100)


@damage("swapped_columns")
def swapped_columns(bench: Bench) -> Truth:
    """Exchange two cells."""
    first, second = bench.place.columns
    k = bench.pick(f"{quote(first)} IS NOT NULL AND {quote(second)} IS NOT NULL")
    bench.set({first: quote(second), second: quote(first)})
    return bench.truth(k)


@damage("stale_derived_column")
def stale_derived_column(bench: Bench) -> Truth:
    """Keep an older time than the newest that the children have."""
    column = quote(bench.place.column)
    k = bench.pick(f"{column} IS NOT NULL")
    bench.set({bench.place.column: f"{column} - INTERVAL 9 DAY"})
    return bench.truth(k)


@damage("outlier")
def outlier(bench: Bench) -> Truth:
    """Write values far above all others, each another one."""
    column = quote(bench.place.column)
    k = bench.pick(f"{column} IS NOT NULL")
    top = f"(SELECT MAX({column}) FROM {quote(bench.place.table)})"
    bench.set({bench.place.column: f"{top} * (30 + (rowid % 41) * 7)"})
    return bench.truth(k)


@damage("distribution_drift")
def distribution_drift(bench: Bench) -> Truth:
    """Let the values of the last tenth of the time be another half higher."""
    column = quote(bench.place.column)
    k = bench.pick(_latest(bench), 1.0)
    bench.set({bench.place.column: f"{column} * 1.8"})
    return bench.truth(k)


@damage("category_drift")
def category_drift(bench: Bench) -> Truth:
    """Let one category take most of the last tenth of the time."""
    column = quote(bench.place.column)
    bench.pick(f"{_latest(bench)} AND rowid % 10 < 8", 1.0)
    bench.set({bench.place.column: f"(SELECT MAX({column}) FROM {quote(bench.place.table)})"})
    return bench.truth(bench.number(f"SELECT COUNT(*) FROM {quote(bench.place.table)} WHERE {_latest(bench)}"))


# Files and schema


@damage("type_mismatch")
def type_mismatch(bench: Bench) -> Truth:
    """Write a column as text."""
    bench.retype(bench.place.column, "VARCHAR")
    return bench.truth(None)


@damage("unreadable_file")
def unreadable_file(bench: Bench) -> Truth:
    """Cut the file off in its middle."""

    def cut(path: Path) -> None:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    bench.files[bench.place.table] = cut
    return bench.truth(None)


@damage("partial_table")
def partial_table(bench: Bench) -> Truth:
    """Split the table into three parts and lose the second."""
    bench.files[bench.place.table] = partial(_split, bench, bench.place, cut=True)
    return bench.truth(None)


@damage("schema_drift")
def schema_drift(bench: Bench) -> Truth:
    """Split the table into three parts; the last lacks the column."""
    bench.files[bench.place.table] = partial(_split, bench, bench.place)
    return bench.truth(None)


def _split(bench: Bench, place: Place, path: Path, *, cut: bool = False) -> None:
    path.unlink()
    folder = path.with_suffix("")
    folder.mkdir()
    table = quote(place.table)
    for part in range(3):
        file = folder / f"part-{part}.parquet"
        columns = f"* EXCLUDE ({quote(place.column)})" if part == 2 and not cut else "*"
        bench.con.execute(f"COPY (SELECT {columns} FROM {table} WHERE rowid % 3 = {part}) TO '{file}'")
        if cut and part == 1:
            file.unlink()


def _other(bench: Bench, column: str) -> str:
    """SQL: a value of the column that differs from the row's own."""
    table = quote(bench.place.table)
    low, high = f"(SELECT MIN({column}) FROM {table})", f"(SELECT MAX({column}) FROM {table})"
    return f"CASE WHEN {column} = {high} THEN {low} ELSE {high} END"


def _period(bench: Bench) -> str:
    """SQL: a run of days from the middle of the table's time, as long as the rate asks for."""
    table, time = quote(bench.place.table), quote(bench.place.time or bench.place.column)
    first = f"(SELECT quantile_disc({time}::DATE, 0.5) FROM {table})"
    share = f"(SELECT quantile_disc({time}::DATE, {0.5 + bench.rate}) FROM {table})"
    return f"{time}::DATE BETWEEN {first} AND {share}"


def _latest(bench: Bench) -> str:
    """SQL: the last tenth of the rows by time."""
    table, time = quote(bench.place.table), quote(bench.place.time)
    return f"{time} >= (SELECT quantile_disc({time}, 0.9) FROM {table})"
