"""``--sample``: the checks look at some rows of large tables, and only those checks are asked that may.

Keys, references and profiles are still those of all rows. What judges rows one by one keeps its meaning on a sample: its
share is an estimate. What needs every row (references, totals, duplicates, journeys, rates) would raise false alarms, so it
is skipped and says why. Which rows are taken depends on their numbers alone: every run takes the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase

from datacruncher import sql
from datacruncher.catalog import Catalog
from datacruncher.checks.base import CheckSpec, Params, Skip
from datacruncher.personas import Asked, Persona
from datacruncher.source import Session, Source, View

# Checks whose answer is a share of rows that are judged one by one, or that read no rows at all.
_ROW_BY_ROW = (
    "validity.*",
    "completeness.sentinel_value",
    "completeness.unexpected_null",
    "completeness.null_spike",
    "completeness.empty_table",
    "consistency.arithmetic_mismatch",
    "consistency.unit_scale",
    "consistency.swapped_columns",
    "distribution.*",
    "keys.primary_key_null",
    "temporal.future_timestamp",
    "temporal.interval_inverted",
    "temporal.timezone_shift",
    "expectation.missing_*",
    "expectation.type_mismatch",
    "files.*",
)
_WHY = "needs every row, and this run looked at a sample (--sample)"
UNTOLD = "What is asked here needs every row, and this run looked at a sample."
_SCHEMA = "_thin"


@dataclass(frozen=True, slots=True)
class Thinned:
    """A table of which some rows were looked at."""

    table: str
    kept: int
    rows: int


def thin(source: Source, rows: int) -> list[Thinned]:
    """Put a sample of about `rows` rows in the place of every table of files that has at least twice as many."""
    session = source.session()
    large = [view for view in source.views.values() if view.shown and view.rows >= 2 * rows]
    if large:
        session.ask(f"CREATE SCHEMA IF NOT EXISTS {sql.ident(_SCHEMA)}")
    return [_thinned(source, session, view, view.rows // rows) for view in large]


def _thinned(source: Source, session: Session, view: View, one_in: int) -> Thinned:
    kept = f"{sql.ident(_SCHEMA)}.{sql.ident(view.name)}"
    session.ask(f"CREATE TABLE {kept} AS {_some(sql.ident(view.name), one_in)}")
    session.ask(f"CREATE OR REPLACE VIEW {sql.ident(view.name)} AS FROM {kept}")
    source.views[view.name] = replace(view, shown=_some(f"({view.shown})", one_in))
    (count,) = session.ask(f"SELECT COUNT(*) AS n FROM {kept}")
    return Thinned(view.name, int(count["n"]), view.rows)


def _some(relation: str, one_in: int) -> str:
    numbered = f"SELECT *, ROW_NUMBER() OVER () AS _number FROM {relation}"
    return f"SELECT * EXCLUDE (_number) FROM ({numbered}) WHERE HASH(_number) % {one_in} = 0"


def fitting(personas: Sequence[Persona]) -> list[Persona]:
    """The personas, with what can't be told from a sample skipped."""
    return [replace(persona, asked=tuple(_fitting(asked) for asked in persona.asked)) for persona in personas]


def _fitting(asked: Asked) -> Asked:
    if any(fnmatchcase(asked.check.id, pattern) for pattern in _ROW_BY_ROW):
        return asked
    skipping: CheckSpec = replace(asked.check, bind=_skipped)
    return replace(asked, check=skipping)


def _skipped(_catalog: Catalog, _params: Params) -> Iterator[Skip]:
    yield Skip(_WHY)


def notes(thinned: Sequence[Thinned]) -> list[str]:
    """What a report says of it."""
    if not thinned:
        return ["a sample was asked for, and no table is twice as large: every row was looked at"]
    listed = ", ".join(f"{one.kept:,} of {one.rows:,} rows of {one.table}" for one in thinned)
    return [
        f"checks looked at a sample: {listed}; their counts are counts of the sample, and what is rare may be missed",
        "checks that need every row were skipped",
    ]
