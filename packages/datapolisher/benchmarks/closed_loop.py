"""The closed loop: damage clean data, crunch, polish, and hold every cell and row against the clean truth.

    python packages/datapolisher/benchmarks/closed_loop.py [FOLDER]

prints a table by defect. The programs are called as commands; the damage is that of datacruncher's benchmarks.

A damaged cell or row ends in one of five ways: right (as in the clean data), quarantined (its row is held, whole), open (as
it was damaged, the finding is reported), wrong (something else). The truth of a sentinel is null: what it stands for is
nowhere in the data. Rows are known by their place: quarantine and change log say which places were left.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
SCHEMA = HERE / "shop_schema.json"
sys.path.insert(0, str(ROOT / "packages" / "datacruncher" / "benchmarks"))

import damages  # noqa: E402, F401  registers what each word does
from injector import Place, Wish, inject, make_shop, quote  # noqa: E402

SEED = 11


@dataclass(frozen=True)
class Case:
    """One defect: where, in what share of the rows, and whether the catalogue calls the right value known.

    Parameters
    ----------
    known
        "yes", "no", or an SQL condition over ``was`` (damaged) and ``truth`` for the cells whose value is known.
    """

    word: str
    place: Place
    rate: float = 0.005
    known: str = "no"

    @property
    def wish(self) -> Wish:
        """What the injector is asked for."""
        return Wish(self.word, self.place, self.rate)


@dataclass
class Score:
    """How the damaged cells (or rows) of one defect ended."""

    case: Case
    damaged: int = 0
    right: int = 0
    quarantined: int = 0
    open: int = 0
    wrong: int = 0
    known: int = 0
    known_right: int = 0


@dataclass
class Totals:
    """What happened to cells and rows that nobody had damaged."""

    good_cells_changed: int = 0
    good_rows_quarantined: int = 0
    rows_lost: int = 0
    changed: int = 0
    changed_right: int = 0
    scores: list[Score] = field(default_factory=list)


# A defect a column, so that each damaged cell has one cause. Values first, then keys and rows, then what spans segments.
_SAME_WORD = "lower(trim(was)) = lower(trim(truth))"
BUNDLES: dict[str, list[Case]] = {
    "values": [
        Case("whitespace", Place("customers", ("first_name",)), 0.03, "yes"),
        Case("category_variant", Place("orders", ("status",)), 0.01, _SAME_WORD),
        Case("invalid_format", Place("customers", ("email",)), 0.004),
        Case("mixed_code_system", Place("customers", ("country_code",)), 0.03, "yes"),
        Case("encoding_damage", Place("customers", ("last_name",)), 0.05, "yes"),
        Case("out_of_range", Place("customers", ("age",)), 0.004),
        Case("excess_precision", Place("products", ("list_price",)), 0.04, "yes"),
        Case("unknown_category", Place("products", ("category",)), 0.005),
        Case("unexpected_null", Place("orders", ("tax",)), 0.01, "yes"),
        Case("aggregate_mismatch", Place("orders", ("item_count",)), 0.01, "yes"),
        Case(
            "temporal_violation",
            Place("orders", ("customer_id", "ordered_at"), (), "", ("customers", "customer_id", "signup_at")),
            0.004,
        ),
        Case("dependency_violation", Place("order_items", ("unit_price",)), 0.01, "yes"),
        Case("foreign_key_orphan", Place("visits", ("customer_id",)), 0.004),
        Case("future_timestamp", Place("visits", ("visited_at",)), 0.004),
    ],
    "keys and rows": [
        Case("duplicate_row", Place("customers"), 0.01, "yes"),
        Case("primary_key_duplicate", Place("products", ("list_price",), ("product_id",)), 0.004),
        Case("primary_key_null", Place("visits", (), ("visit_id",)), 0.004),
        Case("double_load", Place("orders", (), ("order_id",), "ordered_at"), 0.01),
    ],
    "types and columns": [
        Case("arithmetic_mismatch", Place("order_items", ("line_total",)), 0.01, "yes"),
        Case("type_mismatch", Place("products", ("weight_kg",)), 1.0, "yes"),
        Case("missing_column", Place("orders", ("tax",)), 1.0, "yes"),
        Case("swapped_columns", Place("customers", ("email", "phone")), 0.01, "yes"),
        Case("mixed_type", Place("visits", ("duration_seconds",)), 0.004),
        Case("interval_inverted", Place("orders", ("ordered_at", "shipped_at")), 0.004),
    ],
    "segments and doubts": [
        Case("timezone_shift", Place("visits", ("visited_at",)), 0.05),
        Case("unit_scale", Place("visits", ("duration_seconds",), (), "visited_at"), 0.05),
        Case("outlier", Place("products", ("weight_kg",)), 0.01),
        Case("negative_amount", Place("orders", ("subtotal",)), 0.01, "yes"),
        Case("sentinel_value", Place("orders", ("shipping_fee",)), 0.01, "yes"),
        Case("mixed_currency", Place("orders", ("currency",)), 0.01),
        Case("null_spike", Place("orders", ("status",), (), "ordered_at"), 0.03),
        Case("category_drift", Place("orders", ("channel",), (), "ordered_at"), 0.1),
    ],
}
ADDED = {"duplicate_row", "primary_key_duplicate", "double_load"}


def main(argv: Sequence[str]) -> int:
    """Run every bundle; print the table; 1 where a bar is missed."""
    with tempfile.TemporaryDirectory() as made:
        folder = Path(argv[0]) if argv else Path(made)
        totals = run(folder)
    sys.stdout.write(table(totals))
    return 0 if holds(totals) else 1


def run(folder: Path) -> Totals:
    """Damage, crunch, polish and count, bundle by bundle."""
    clean = folder / "clean"
    make_shop(clean)
    totals = Totals()
    for number, cases in enumerate(BUNDLES.values()):
        here = folder / f"bundle-{number}"
        here.mkdir(parents=True, exist_ok=True)
        inject(clean, here / "data", [case.wish for case in cases], seed=SEED)
        polish(here)
        count(clean, here, cases, totals)
    return totals


def polish(here: Path) -> None:
    """The two commands, as a person would type them: nobody is asked."""
    schema = ["--schema", str(SCHEMA)]
    call(here, "datacruncher", "crunch", "data", *schema, "--personas", "Data Engineer", "-o", "crunch_report.json")
    call(here, "datapolisher", "polish", "crunch_report.json", *schema, "--path", "postprocess", "-o", "polished")


def call(here: Path, *command: str) -> None:
    """Run a command of this environment; stop where it fails."""
    program = Path(sys.executable).with_name(command[0])
    done = subprocess.run([program, *command[1:]], cwd=here, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: exit code {done.returncode}\n{done.stderr}")


def count(clean: Path, here: Path, cases: Sequence[Case], totals: Totals) -> None:
    """Hold the polished tables against the clean ones, row by row in their places."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        for table_ in sorted(path.stem for path in clean.glob("*.parquet")):
            own = [case for case in cases if case.place.table == table_]
            views(con, table_, clean, here)
            totals.rows_lost += lost(con)
            totals.scores += [score_rows(con, case) for case in own if case.word in ADDED]
            cells = {column_of(case): case for case in own if case.word not in ADDED}
            for column in columns(con, "clean_rows"):
                count_column(con, column, cells.get(column), totals)
            if "primary_key_null" not in {case.word for case in own}:
                continue
        for case in cases:
            if case.word == "swapped_columns":
                totals.scores = merged(totals.scores, case)


def column_of(case: Case) -> str:
    """The column that a case damages."""
    if case.word in {"temporal_violation", "interval_inverted"}:
        return case.place.columns[1]
    return (case.place.columns or case.place.key)[0]


def views(con: duckdb.DuckDBPyConnection, name: str, clean: Path, here: Path) -> None:
    """``clean_rows``, ``damaged_rows``, ``polished_rows`` with the place ``nr`` of each row; ``held`` and ``folded`` places."""
    for label, root in (("clean", clean), ("damaged", here / "data")):
        file = root / f"{name}.parquet"
        con.execute(
            f"CREATE OR REPLACE TABLE {label}_rows AS SELECT *, file_row_number AS nr FROM read_parquet('{file}', file_row_number = true)"
        )
        con.execute(f"ALTER TABLE {label}_rows DROP COLUMN file_row_number")
    held, log = (here / "polished" / folder / f"{name}.parquet" for folder in ("_quarantine", "_changes"))
    places(con, "held", held, "TRUE")
    places(con, "folded", log, "_column IS NULL AND _row IS NOT NULL AND _new IS NOT NULL")
    file = here / "polished" / f"{name}.parquet"
    con.execute(
        "CREATE OR REPLACE TABLE polished_rows AS WITH left_ AS (SELECT nr, row_number() OVER (ORDER BY nr) - 1 AS k "
        "FROM damaged_rows WHERE nr NOT IN (SELECT nr FROM held UNION ALL SELECT nr FROM folded)) "
        f"SELECT p.* EXCLUDE (file_row_number), l.nr FROM read_parquet('{file}', file_row_number = true) p "
        "LEFT JOIN left_ l ON l.k = p.file_row_number"
    )


def places(con: duckdb.DuckDBPyConnection, name: str, file: Path, where: str) -> None:
    """A table of the places of rows that a record names."""
    source = f"SELECT _row AS nr FROM '{file}' WHERE {where}" if file.is_file() else "SELECT 0 AS nr WHERE FALSE"
    con.execute(f"CREATE OR REPLACE TABLE {name} AS {source}")


def lost(con: duckdb.DuckDBPyConnection) -> int:
    """Rows of the damaged data that are nowhere: neither in the result, nor held, nor folded."""
    numbers = (
        number(con, f"SELECT count(*) FROM {name}") for name in ("damaged_rows", "polished_rows", "held", "folded")
    )
    damaged, polished, held, folded = numbers
    return abs(damaged - polished - held - folded)


def columns(con: duckdb.DuckDBPyConnection, name: str) -> list[str]:
    """The columns of a table of rows, but the place."""
    return [str(row[0]) for row in con.execute(f"DESCRIBE {name}").fetchall() if row[0] != "nr"]


def number(con: duckdb.DuckDBPyConnection, query: str) -> int:
    """The one number of a query."""
    row = con.execute(query).fetchone()
    return int(row[0] or 0) if row else 0


def score_rows(con: duckdb.DuckDBPyConnection, case: Case) -> Score:
    """Rows that were added: right where they are gone or folded and the clean row is there, else held or left."""
    first = number(con, "SELECT count(*) FROM clean_rows")
    added = f"nr >= {first}"
    score = Score(case, number(con, f"SELECT count(*) FROM damaged_rows WHERE {added}"))
    score.right = number(con, f"SELECT count(*) FROM folded WHERE {added}")
    score.quarantined = number(con, f"SELECT count(*) FROM held WHERE {added}")
    score.open = number(con, f"SELECT count(*) FROM polished_rows WHERE {added}")
    score.known = score.damaged if case.known == "yes" else 0
    score.known_right = score.right if case.known == "yes" else 0
    return score


def count_column(con: duckdb.DuckDBPyConnection, column: str, case: Case | None, totals: Totals) -> None:
    """How the damaged cells of a column ended, and whether a good one was changed."""
    cells(con, column, case)
    totals.good_cells_changed += number(con, f"SELECT count(*) FROM cells WHERE {_GOOD} AND NOT held AND {_TOUCHED}")
    totals.changed += number(con, f"SELECT count(*) FROM cells WHERE NOT held AND {_TOUCHED}")
    totals.changed_right += number(con, f"SELECT count(*) FROM cells WHERE NOT held AND {_TOUCHED} AND {_RIGHT}")
    if case is None:
        return
    score = Score(case, number(con, f"SELECT count(*) FROM cells WHERE NOT {_GOOD}"))
    score.right = number(con, f"SELECT count(*) FROM cells WHERE NOT {_GOOD} AND NOT held AND {_RIGHT}")
    score.quarantined = number(con, f"SELECT count(*) FROM cells WHERE NOT {_GOOD} AND held")
    score.open = number(
        con, f"SELECT count(*) FROM cells WHERE NOT {_GOOD} AND NOT held AND NOT {_RIGHT} AND NOT {_TOUCHED}"
    )
    score.wrong = score.damaged - score.right - score.quarantined - score.open
    known = {"yes": "TRUE", "no": "FALSE"}.get(case.known, case.known)
    score.known = number(con, f"SELECT count(*) FROM cells WHERE NOT {_GOOD} AND ({known})")
    score.known_right = number(
        con, f"SELECT count(*) FROM cells WHERE NOT {_GOOD} AND ({known}) AND NOT held AND {_RIGHT}"
    )
    totals.scores.append(score)


_GOOD = "(was IS NOT DISTINCT FROM truth)"
_TOUCHED = "(now IS DISTINCT FROM was)"
_RIGHT = "(now IS NOT DISTINCT FROM truth)"
# Of a value that lies exactly between two cents before it is rounded, either cent is right: no rule says which.
_ROUNDED = {"line_total", "tax", "total", "subtotal"}
_EITHER_CENT = "abs(TRY_CAST(now AS DOUBLE) - TRY_CAST(truth AS DOUBLE)) < 0.0101"


def cells(con: duckdb.DuckDBPyConnection, column: str, case: Case | None) -> None:
    """``cells(truth, was, now, held)`` of a column, as text; where a type was changed, damage counts by the type."""
    name = quote(column)
    truth = f"CAST(c.{name} AS VARCHAR)"
    was = f"CAST(d.{name} AS VARCHAR)" if column in columns(con, "damaged_rows") else "CAST(NULL AS VARCHAR)"
    now = f"CAST(p.{name} AS VARCHAR)" if column in columns(con, "polished_rows") else "CAST(NULL AS VARCHAR)"
    if case is not None and case.word == "sentinel_value":
        truth = f"CASE WHEN {was} IS DISTINCT FROM {truth} THEN NULL ELSE {truth} END"
    if case is not None and case.word in {"type_mismatch", "mixed_type"}:
        number_ = f"(SELECT typeof({name}) <> 'VARCHAR' FROM {{}} WHERE {name} IS NOT NULL LIMIT 1)"
        kind = f"CASE WHEN {number_} THEN 'number ' ELSE 'text ' END || "
        truth, was, now = (
            kind.format(f"{t}_rows") + v for t, v in (("clean", truth), ("damaged", was), ("polished", now))
        )
    con.execute(
        f"CREATE OR REPLACE TABLE cells AS SELECT {truth} AS truth, {was} AS was, {now} AS now, "
        "d.nr IN (SELECT nr FROM held) AS held FROM damaged_rows d JOIN clean_rows c USING (nr) "
        "LEFT JOIN polished_rows p USING (nr) WHERE d.nr NOT IN (SELECT nr FROM folded)"
    )
    if column in _ROUNDED:
        con.execute(f"UPDATE cells SET truth = now WHERE was IS DISTINCT FROM truth AND {_EITHER_CENT}")


def merged(scores: list[Score], case: Case) -> list[Score]:
    """Swapped cells are counted once, by their first column."""
    return [score for score in scores if score.case.word != case.word or score.case is case]


def holds(totals: Totals) -> bool:
    """Whether every bar is met."""
    return all(met for _, _, met in bars(totals))


def bars(totals: Totals) -> Iterator[tuple[str, str, bool]]:
    """(bar, measured, met)."""
    right = totals.changed_right / totals.changed if totals.changed else 1.0
    yield "of what --auto changes, right (≥ 0.999)", f"{right:.5f} of {totals.changed:,}", right >= 0.999
    known = sum(score.known for score in totals.scores)
    mended = sum(score.known_right for score in totals.scores) / max(known, 1)
    yield "of what the catalogue calls known, mended (≥ 0.95)", f"{mended:.4f} of {known:,}", mended >= 0.95
    shares = [score.known_right / score.known for score in totals.scores if score.known]
    mean = sum(shares) / max(len(shares), 1)
    yield "the same, each defect counting as much (≥ 0.95)", f"{mean:.4f} of {len(shares)} defects", mean >= 0.95
    yield "good cells changed (0)", f"{totals.good_cells_changed:,}", totals.good_cells_changed == 0
    yield "rows lost (0)", f"{totals.rows_lost:,}", totals.rows_lost == 0


def table(totals: Totals) -> str:
    """The tables of ``docs/repair.md``."""
    lines = [
        "| defect | place | damaged | right | quarantined | open | wrong | known, mended |",
        "| --- | --- | ---: | ---: | ---: | ---: | ---: | ---: |",
    ]
    for score in sorted(totals.scores, key=lambda s: s.case.word):
        place = (
            ".".join([score.case.place.table, column_of(score.case)])
            if score.case.word not in ADDED
            else score.case.place.table
        )
        shares = [_share(getattr(score, name), score.damaged) for name in ("right", "quarantined", "open", "wrong")]
        known = _share(score.known_right, score.known) if score.known else "–"
        lines.append(f"| `{score.case.word}` | {place} | {score.damaged:,} | {' | '.join(shares)} | {known} |")
    lines += ["", "| bar | measured | |", "| --- | ---: | --- |"]
    lines += [f"| {bar} | {measured} | {'held' if met else '**missed**'} |" for bar, measured, met in bars(totals)]
    return "\n".join(lines) + "\n"


def _share(part: int, whole: int) -> str:
    return f"{part / whole:.3f}" if whole else "–"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
