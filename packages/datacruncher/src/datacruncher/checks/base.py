'''What a check is: a query with a meaning.

How to write one
----------------
One file, ``checks/<family>/<name>.py``, that defines ``SPEC = CheckSpec(id="<family>.<name>", …)``. Nothing else has to
be touched: the registry finds the module by its path, a persona's YAML lists it with ``use: <family>.<name>``, and the
test over the registry runs its example. A check is named after the defect, never after the remedy. ::

    class Params(base.Params):
        minimum: int = 1            # an exact rule needs no sample

    def bind(catalog, params):
        """One Binding for every place where the check makes sense; Skip where it nearly does."""
        for table in catalog:
            if table.primary_key:
                yield Binding(table, table.key_columns, confidence=table.primary_key.confidence)

    def probe(binding, params):
        return flag(binding, where=" OR ".join(f"{c.sql} IS NULL" for c in binding.columns))

    SPEC = CheckSpec(
        id="keys.primary_key_null", defect="primary_key_null", category="data_quality",
        title="Primary key without a value",
        why="Rows without a key can't be referred to and are lost by every join.",
        needs="a primary key",
        params=Params, bind=bind, probe=probe,
        severity=Steps(critical=0.0, source="a key is a promise: any break counts"),
        message="{rows} of {total} rows in {table} have no {columns}",
        recommendation="…", example=Example(clean={…}, damaged={…}, finds=2),
    )

**bind** gets the ``Catalog`` (tables, columns, roles, keys, facts of the profile, ``catalog.values``,
``catalog.ask``) and yields ``Binding`` or ``Skip``. A check that yields nothing is reported as skipped with "needs
…". Bind by role, kind, family and facts; never by the name of a table. Use the facts to leave out columns that can't
fail (no nulls → nothing to measure): yield them with ``known`` values in the probe instead of another scan.

**probe** turns a binding into SQL over the *names of tables* (``table.sql``, ``column.sql``, ``column.of("alias")``,
``foreign_key.join("c", "p")``; never a bare name). Constants go through ``sql.literal``, values that come from the data
through ``sql.value`` (they are withheld with --no-samples). Common table expressions have names that begin with ``_``,
which no table's name does. The SQL is executed over read-only
views and shown to people with ``read_parquet('…')`` put in front, so it may use nothing but tables of the dataset.
Three ways to make a Probe, cheapest first:

- ``flag(binding, where=…, of=…)``: a condition on single rows. Many flags of one table are measured in one scan.
- ``count(rows=…, total=…)``: the offending rows as a SELECT (joins, windows), and out of how many.
- ``Probe(measure=…, rows=…)``: anything else. ``measure`` is a SELECT of exactly one row with named values.

A probe that is dear on millions of rows may have a ``screen=Screen(clears=…)``: tables with a sample (``table.sampled``
below 1) are asked that first.

Values with a meaning: ``rows_affected``, ``rows_total``, ``observed`` (if the finding's number isn't their quotient;
it must be computed in SQL, so that the shown query returns what the finding says). All other names are yours: they
can be used in the message and, listed in ``CheckSpec.details``, go to ``evidence.details``. Rates and times that need
a Python decision go through a ``judge``.

**judge** (optional) gets ``Found`` and returns a ``Verdict`` or ``Skip(reason)``. The default judges by share of
rows: ``size`` = rows_affected / rows_total, expected {"max": 0.0}, unit "fraction". ``Verdict.size`` is what the
severity steps are compared with; ``Verdict.metrics`` go to ``metrics.business`` of the persona, also when the check
passes.

**severity** is ``Steps``: the first step (critical → low) that ``size`` is *above* (or *below*, with ``below=True``)
is taken; none → passed. ``Steps(critical=0.01, high=0.001, low=0.0)``: more than 1% critical, more than 0.1% high,
anything low.

**Samples**: ``minimum`` (30) is compared with ``rows_total``; fewer → skipped, said so. Rules that hold or don't
(keys) set 1.

**message** and **recommendation** are templates with these names: rows, total, share, percent
(the share as people say it), observed, table, column,
columns, related_table, related_columns, every value of the measure,
every parameter, every word of ``Verdict.words``. Format specs
work (``{share:.1%}``); nothing else does (no attributes, no indices). Begin the message with the defect or the
number, name table and column.

**One cause, one finding**: ``explains=("keys.primary_key_duplicate", "validity.*")`` says that a finding of this
check is the cause of findings of those checks that lie inside its place (same table, and its columns or its whole
table) and touch no more rows; they are folded into it and listed in ``evidence.details.explains``.

**example**: tables as columns of at most six values, or as a SELECT that makes more rows; ``schema`` for declared
keys; ``params`` (usually ``{"minimum": 1}``). On ``clean`` every binding must pass; on ``damaged`` there must be
exactly one finding with ``finds`` rows affected.
'''

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, ForeignKey, Table

Severity = Literal["critical", "high", "medium", "low"]
SEVERITIES: tuple[Severity, ...] = ("critical", "high", "medium", "low")
Category = Literal["data_quality", "business_logic", "schema_expectation", "realism", "drift"]
Kind = Literal["number", "series", "bars", "steps", "cohorts"]
Values = Mapping[str, Any]


class Params(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a persona may change with ``with:``; every check's Params extends this.

    minimum: fewest rows out of which a share is worth a word; fewer → skipped.
    """

    minimum: int = 30


class Plain(str):
    """Text in words or details that holds no value of the data (a unit, an explanation); shown also with --no-samples."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Place:
    """A table and the columns in it that are meant."""

    table: str
    columns: tuple[str, ...] = ()


@dataclass(frozen=True)
class Binding:
    """One place where a check applies.

    Parameters
    ----------
    table, columns
        What the finding is about; columns may be empty (the table as a whole).
    related, related_columns
        The other side: the parent, the sum's children.
    uses
        Named columns that the probe needs (they know their table): ``binding.uses["paid_at"]``.
    key
        The foreign key on which the check rests.
    confidence
        Of the roles and keys it rests on (``catalog.model.confidence_of``); below 1 the finding says "inferred".
    given
        Anything else for probe and judge.
    """

    table: Table
    columns: tuple[Column, ...] = ()
    related: Table | None = None
    related_columns: tuple[Column, ...] = ()
    uses: Mapping[str, Column] = field(default_factory=dict)
    key: ForeignKey | None = None
    confidence: float = 1.0
    given: Mapping[str, Any] = field(default_factory=dict)

    @property
    def column(self) -> Column:
        """The first column."""
        return self.columns[0]

    @property
    def place(self) -> Place:
        """Table and columns of the finding."""
        return Place(self.table.name, tuple(column.name for column in self.columns))

    @property
    def related_place(self) -> Place | None:
        """Table and columns of the other side."""
        if self.related is None:
            return None
        return Place(self.related.name, tuple(column.name for column in self.related_columns))


@dataclass(frozen=True, slots=True)
class Skip:
    """Why a check does not apply here; it stands in the report's list of checks."""

    reason: str
    place: Place | None = None


@dataclass(frozen=True, slots=True)
class Flag:
    """A condition on single rows of one table, measured together with others in one scan."""

    table: str
    where: str
    of: str = "TRUE"
    also: Mapping[str, str] = field(default_factory=dict)  # further named aggregates

    @property
    def condition(self) -> str:
        """True for a row that could offend and does."""
        return self.where if self.of == "TRUE" else f"({self.of}) AND ({self.where})"


@dataclass(frozen=True, slots=True)
class Screen:
    """A cheap look at a large table, after which most checks need no more.

    Parameters
    ----------
    clears
        Whether the values of the look leave no doubt that the check passes; otherwise `measure` is run as ever, so that
        what a finding says never rests on a look.
    measure
        A SELECT of one row; the probe's own when empty.
    sampled
        Whether it is asked of the sample of the binding's table, not of the table.
    """

    clears: Callable[[Values], bool]
    measure: str = ""
    sampled: bool = True


@dataclass(frozen=True, slots=True)
class Probe:
    """The SQL of a check at one place.

    Parameters
    ----------
    measure
        A SELECT of one row with named values (``rows_affected``, ``rows_total``, ``observed``, …).
    rows
        A SELECT of the offending rows, key columns first; None where no single row offends.
    known
        The values of `measure` where the profile knows them already; `measure` is then shown but not run.
    flag
        Set by ``flag()``: lets several probes share a scan.
    order
        ORDER BY of samples, so that they are the same in every run; the columns in order when empty.
    screen
        For large tables: a cheaper question first, and what its answer must be for the check to pass without the measure.
    """

    measure: str
    rows: str | None = None
    known: Values | None = None
    flag: Flag | None = None
    order: str = ""
    screen: Screen | None = None


@dataclass(frozen=True, slots=True)
class Found:
    """What was measured at one place."""

    binding: Binding
    values: Values
    catalog: Catalog

    @property
    def rows_affected(self) -> int | None:
        """Rows that offend."""
        value = self.values.get("rows_affected")
        return None if value is None else int(value)

    @property
    def rows_total(self) -> int | None:
        """Rows that could."""
        value = self.values.get("rows_total")
        return None if value is None else int(value)

    @property
    def share(self) -> float:
        """rows_affected / rows_total; 0 of 0 is 0."""
        return (self.rows_affected or 0) / self.rows_total if self.rows_total else 0.0

    @property
    def observed(self) -> Any:
        """The finding's number: `observed` of the measure, else the share of rows."""
        return self.values.get("observed", self.share)


@dataclass(frozen=True, slots=True)
class Measured:
    """A number or a series of a metric, and on how many rows, entities or periods it rests."""

    value: Any
    n: int | None
    title: str
    unit: str
    kind: Kind = "number"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the numbers mean.

    Parameters
    ----------
    size
        What the severity steps are compared with.
    expected
        What would be right: {"max": 0.0}, {"min": 0.4}, {"value": …}.
    unit
        Of observed and expected: fraction, rows, days, seconds, currency, ratio, statistic, …
    details
        Goes to evidence.details, beside the values that ``CheckSpec.details`` lists.
    words
        Further names for message and recommendation.
    metrics
        Numbers for metrics.business, whatever the outcome.
    measured
        The same with title, unit and n: what a metric gives.
    ceiling
        The gravest severity that this verdict may get, where its rule is itself uncertain.
    """

    size: float
    expected: Values = field(default_factory=lambda: {"max": 0.0})
    unit: str = "fraction"
    details: Values = field(default_factory=dict)
    words: Values = field(default_factory=dict)
    metrics: Values = field(default_factory=dict)
    measured: Mapping[str, Measured] = field(default_factory=dict)
    ceiling: Severity | None = None


@dataclass(frozen=True, slots=True)
class Steps:
    """From a number to a severity: the gravest step that the number is above (or below).

    Parameters
    ----------
    critical, high, medium, low
        Exclusive bounds; None = this severity is never given.
    below
        True where small numbers are bad (retention).
    source
        Where the bounds come from.
    """

    critical: float | None = None
    high: float | None = None
    medium: float | None = None
    low: float | None = None
    below: bool = False
    source: str = "persona-metrics, section Severity"

    def of(self, size: float) -> Severity | None:
        """The severity of `size`, or None if it breaks no step (NaN breaks none)."""
        for name in SEVERITIES:
            bound = getattr(self, name)
            if bound is not None and (size < bound if self.below else size > bound):
                return name
        return None


def capped(severity: Severity | None, ceiling: Severity | None) -> Severity | None:
    """`severity`, but not graver than `ceiling`."""
    if severity is None or ceiling is None:
        return severity
    return max(severity, ceiling, key=SEVERITIES.index)


def always(severity: Severity, source: str = "") -> Steps:
    """Steps that give one severity to anything above 0."""
    return Steps(**{severity: 0.0}, source=source or "one severity for any break")  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Example:
    """A clean and a damaged dataset of at most six rows a table (or a SELECT that makes the rows).

    Parameters
    ----------
    clean, damaged
        Table → columns (name → values) or one SELECT. `damaged` may name only the tables that differ: None = it isn't
        there, bytes = what its file holds. ``table/part`` names a part of a table.
    finds
        rows_affected of the one finding on `damaged`; None = not counted in rows.
    schema
        A dataset-schema document, where keys or rules must be declared.
    params
        ``with:`` of both runs.
    at
        The place of the finding, ``"table"`` or ``"table.column"``; empty = not compared.
    """

    clean: Mapping[str, Mapping[str, Sequence[Any]] | str]
    damaged: Mapping[str, Mapping[str, Sequence[Any]] | str | bytes | None]
    finds: int | None
    schema: Mapping[str, Any] | None = None
    params: Mapping[str, Any] = field(default_factory=lambda: {"minimum": 1})
    at: str = ""


def by_share(found: Found, params: Any) -> Verdict:
    """The default judge: the share of rows that offend, of which there should be none."""
    return Verdict(size=found.share)


@dataclass(frozen=True, slots=True)
class CheckSpec:
    """One check; see the module's text.

    Parameters
    ----------
    id
        ``family.name``, the same as its module's path.
    defect
        A word of contracts/defects.
    title, why, needs
        For people: what it looks for, why it matters, what it binds to.
    details
        Names of measured values that go to evidence.details.
    metric
        If set, `observed` also stands under this name in metrics.business of the persona.
    unit
        Of the default verdict.
    """

    id: str
    defect: str
    category: Category
    title: str
    why: str
    needs: str
    bind: Callable[[Catalog, Any], Iterable[Binding | Skip]]
    probe: Callable[[Binding, Any], Probe]
    severity: Steps
    message: str
    recommendation: str
    example: Example | None = None
    params: type[Params] = Params
    judge: Callable[[Found, Any], Verdict | Skip] = by_share
    details: tuple[str, ...] = ()
    explains: tuple[str, ...] = ()
    metric: str | None = None


def flag(  # noqa: PLR0913 - each names one part of the probe
    binding: Binding,
    *,
    where: str,
    of: str = "TRUE",
    show: Sequence[Column] = (),
    also: Mapping[str, str] | None = None,
    known: Values | None = None,
) -> Probe:
    """A condition on single rows of the binding's table.

    Parameters
    ----------
    where
        SQL condition over the table's columns (no alias) that is true for a row that offends.
    of
        SQL condition for the rows that could offend; the rest is no part of the total.
    show
        Columns of the samples behind the key and the binding's own columns.
    also
        Further named aggregates of the same scan, e.g. ``{"worst": "MAX(price)"}``.
    """
    part = Flag(binding.table.name, where, of, also or {})
    return Probe(
        measure=f"SELECT {', '.join(flag_values(part))}\nFROM {binding.table.sql}",
        rows=f"SELECT {_shown_columns(binding, show)}\nFROM {binding.table.sql}\nWHERE {part.condition}",
        known=known,
        flag=part,
    )


def flag_values(part: Flag, suffix: str = "") -> list[str]:
    """The aggregates of a flag, named with `suffix`, for one scan over its table."""
    values = {
        "rows_affected": f"COUNT(*) FILTER (WHERE {part.condition})",
        "rows_total": "COUNT(*)" if part.of == "TRUE" else f"COUNT(*) FILTER (WHERE {part.of})",
        **part.also,
    }
    return [f"{value} AS {sql.ident(name + suffix) if suffix else sql.alias(name)}" for name, value in values.items()]


def count(rows: str, total: str, *, order: str = "", also: Mapping[str, str] | None = None) -> Probe:
    """A probe from the SELECT of the offending rows.

    Parameters
    ----------
    rows
        One SELECT, key columns first, a row for each offending row.
    total
        A SELECT of one number: out of how many.
    also
        Further named aggregates over the columns of `rows`.
    """
    extra = "".join(f", {value} AS {sql.alias(name)}" for name, value in (also or {}).items())
    values = f"COUNT(*) AS rows_affected, ({total}) AS rows_total{extra}"
    measure = f"WITH offending AS (\n{rows}\n)\nSELECT {values}\nFROM offending"
    return Probe(measure=measure, rows=rows, order=order)


def _shown_columns(binding: Binding, show: Sequence[Column]) -> str:
    names = [c.name for c in (*binding.table.key_columns, *binding.columns, *show)]
    return sql.columns(dict.fromkeys(names)) or "*"
