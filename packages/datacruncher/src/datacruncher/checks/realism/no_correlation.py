"""Numbers of one row that should move together and do not at all."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict
from datacruncher.checks.values import double

_PAIRS = (("amount", "quantity"), ("amount", "price"), ("amount", "cost"), ("cost", "quantity"), ("amount", "duration"),
          ("amount", "tax"), ("amount", "discount"), ("price", "cost"))  # fmt: skip


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: rows. pairs: of columns that should move together. correlation: rank correlation up to which none does.
    most: rows that are looked at, the first of the table; independence shows in few."""

    minimum: int = 500
    pairs: int = 2
    correlation: float = 0.05
    most: int = 20000


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Tables with several numbers whose roles say that they move together."""
    for table in catalog:
        pairs = [pair for pair in combinations(_numbers(table), 2) if _together(*pair)]
        if len(pairs) >= params.pairs:
            yield Binding(
                table, tuple(dict.fromkeys(c for pair in pairs for c in pair)), given={"pairs": pairs}, confidence=0.7
            )


def _numbers(table: Table) -> list[Column]:
    found = table.having("amount", "price", "cost", "quantity", "tax", "discount", "duration", at_least=0.7)
    return [c for c in found if c.is_number and not c.is_key and c.facts.distinct > 1][:6]


def _together(a: Column, b: Column) -> bool:
    return any((a.has(x) and b.has(y)) or (a.has(y) and b.has(x)) for x, y in _PAIRS)


def probe(binding: Binding, params: Params) -> Probe:
    """The correlation of the ranks of each pair (Spearman), over the rows that have both; ties share a rank."""
    columns = {column.name: i for i, column in enumerate(binding.columns)}
    ranks = ",\n           ".join(
        f"CASE WHEN v{i} IS NOT NULL THEN rank() OVER (ORDER BY v{i}) + (COUNT(*) OVER (PARTITION BY v{i}) - 1) / 2 END AS r{i}"
        for i in columns.values()
    )
    values = ", ".join(f"{double(column, 'e')} AS v{columns[column.name]}" for column in binding.columns)
    pairs = [f"ABS(COALESCE(corr(r{columns[a.name]}, r{columns[b.name]}), 0))" for a, b in binding.given["pairs"]]
    measure = f"""WITH _values AS (
    SELECT {values} FROM {binding.table.sql} e LIMIT {params.most}
), _ranks AS (
    SELECT {ranks} FROM _values
)
SELECT GREATEST({", ".join(pairs)}, 0) AS observed, COUNT(*) AS rows_total, {len(pairs)} AS pairs FROM _ranks"""
    return Probe(measure=measure)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """Not even one pair moves together."""
    if found.observed is None:
        return Skip("no values", found.binding.place)
    strongest = float(found.observed)
    details = {"statistic": strongest, "pairs": found.values["pairs"]}
    return Verdict(
        size=params.correlation - strongest, expected={"min": params.correlation}, unit="statistic", details=details
    )


_SALES = """SELECT i AS sale_id, TIMESTAMP '2024-01-01' + to_minutes(i) AS sold_at, 1 + hash(i) % 9 AS quantity,
    5.0 + hash(i + 7) % 50 AS unit_price, {amount} AS amount FROM range(2000) t(i)"""

SPEC = CheckSpec(
    id="realism.no_correlation",
    defect="other",
    category="realism",
    title="Numbers that know nothing of each other",
    why="Ten of a thing cost more than one; where they do not, every sum over them is noise.",
    needs="a table with at least two pairs of numbers that should move together",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    metric="strongest_correlation",
    severity=Steps(low=0.0, source="rank correlation of independent columns: 1/√n"),
    message="No correlation: none of {pairs} pairs among {columns} of {table} moves together (at most {observed:.3f}, n = {total})",
    recommendation="In generated data, compute one of them from the others with an expression.",
    example=Example(
        clean={"sale": _SALES.format(amount="(1 + hash(i) % 9) * (5.0 + hash(i + 7) % 50)")},
        damaged={"sale": _SALES.format(amount="10.0 + hash(i + 13) % 90")},
        finds=None,
        at="sale",
    ),
)
