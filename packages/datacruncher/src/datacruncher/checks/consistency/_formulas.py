"""Which formulas hold between the numbers of a row: discovery on a sample, by SQL.

A formula is taken for a rule where both its sides have something to say (no zeros, no ones in a product) and nearly all
such rows keep it to within rounding. Chance does not do that with amounts in cents.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, permutations

from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks.values import double, numbers, tokens

_MOST = 9  # numbers of a table that are combined
_RESULTS = re.compile(
    r"(?i)total|subtotal|sum|amount|net|gross|revenue|value|extended|cost|price|balance|profit|margin|paid|due"
)
_SHARES = {"discount", "rate", "pct", "percent", "tax", "vat", "margin"}


@dataclass(frozen=True, slots=True)
class Formula:
    """``result = expression`` over columns of one table.

    Parameters
    ----------
    expression
        SQL, over finite doubles.
    text
        For people, over the names.
    telling
        SQL: the row can break it (no operand is neutral).
    terms
        How many rounded numbers are in it: the tolerance is half a unit of the last digit for each.
    slack
        SQL: how far rounding of the inputs moves the expression; empty for not at all.
    """

    result: Column
    inputs: tuple[Column, ...]
    expression: str
    text: str
    telling: str
    terms: int
    slack: str = ""

    @property
    def tolerance(self) -> float:
        """Half a cent per rounded term, and a little for the floating point; whole numbers are exact."""
        exact = all(c.family == "integer" for c in (self.result, *self.inputs))
        return 1e-6 if exact else 0.005 * self.terms + 1e-6

    @property
    def breaks(self) -> str:
        """SQL: the row doesn't keep it."""
        result = double(self.result)
        tolerance = f"{self.tolerance} + {self.slack}" if self.slack else f"{self.tolerance}"
        return f"ABS({result} - ({self.expression})) > GREATEST({tolerance}, 1e-6 * ABS({result}))"


def formulas(table: Table) -> Iterator[Formula]:
    """The candidates among a table's numbers: products, sums and discounts."""
    chosen = _chosen(table)
    for trio in combinations(chosen, 3):
        yield from _sums(trio)
        yield from _products(trio)
    for four in combinations(chosen, 4):
        yield from _of_four(four)


def _chosen(table: Table) -> list[Column]:
    """The numbers that formulas may be made of, the likeliest first."""
    usable = [
        c for c in numbers(table) if c.facts.distinct > 1 and not c.has("latitude", "longitude", "age", "stage_index")
    ]
    ranked = sorted(
        usable, key=lambda c: (not c.has("amount", "price", "quantity", "tax", "discount", "cost", "rate"), c.position)
    )
    return ranked[:_MOST]


def _may_result(column: Column) -> bool:
    return bool(_RESULTS.search(column.name)) or column.has("amount", "price", "cost", "quantity", "balance", "tax")


def _sums(trio: tuple[Column, ...]) -> Iterator[Formula]:
    """a + b = c, in each of its three readings; the difference is the same relation."""
    if any(_is_share(c) for c in trio):
        return
    for result in trio:
        if _may_result(result):
            a, b = (c for c in trio if c is not result)
            yield Formula(
                result,
                (a, b),
                f"{double(a)} + {double(b)}",
                f"{a.name} + {b.name}",
                f"{a.sql} <> 0 AND {b.sql} <> 0",
                3,
            )


def _products(trio: tuple[Column, ...]) -> Iterator[Formula]:
    """a · b = c, and a · (1 − b) = c and a · (1 + b) = c where b is a share."""
    for result in trio:
        a, b = (c for c in trio if c is not result)
        if not _may_result(result) or _is_share(result):
            continue
        yield Formula(
            result,
            (a, b),
            f"{double(a)} * {double(b)}",
            f"{a.name} * {b.name}",
            f"{a.sql} NOT IN (0, 1) AND {b.sql} NOT IN (0, 1)",
            1,
        )
        for base, share in ((a, b), (b, a)):
            if _is_share(share):
                yield from _shared(result, (base,), share)


def _of_four(four: tuple[Column, ...]) -> Iterator[Formula]:
    """a · b · (1 ± d) = c; a + b + d = c; a + b − d = c."""
    for result in four:
        inputs = [c for c in four if c is not result]
        if not _may_result(result) or _is_share(result):
            continue
        shares = [c for c in inputs if _is_share(c)]
        for share in shares:
            rest = tuple(c for c in inputs if c is not share)
            yield from _shared(result, rest, share)
        if not shares:
            yield from _long_sums(result, inputs)


def _long_sums(result: Column, inputs: list[Column]) -> Iterator[Formula]:
    for a, b, minus in permutations(inputs, 3):
        if a.position < b.position and (minus.has("discount") or "discount" in tokens(minus.name)):
            yield _long(result, (a, b, minus), "-")
    a, b, c = inputs
    yield _long(result, (a, b, c), "+")


def _long(result: Column, inputs: tuple[Column, Column, Column], sign: str) -> Formula:
    a, b, c = inputs
    return Formula(
        result,
        inputs,
        f"{double(a)} + {double(b)} {sign} {double(c)}",
        f"{a.name} + {b.name} {sign} {c.name}",
        " AND ".join(f"{x.sql} <> 0" for x in inputs),
        4,
    )


def _shared(result: Column, factors: tuple[Column, ...], share: Column) -> Iterator[Formula]:
    """A product less (or with) a share, given as 0 to 1 or in percent."""
    scale = 100 if (share.facts.maximum or 0) > 1 else 1
    part = f"{double(share)} / {scale}" if scale > 1 else double(share)
    text = f"{share.name} / {scale}" if scale > 1 else share.name
    for sign in ("-", "+"):
        yield Formula(
            result,
            (*factors, share),
            " * ".join(double(c) for c in factors) + f" * (1 {sign} {part})",
            " * ".join(c.name for c in factors) + f" * (1 {sign} {text})",
            f"{share.sql} <> 0 AND " + " AND ".join(f"{c.sql} <> 0" for c in factors),
            1,
        )


def _is_share(column: Column) -> bool:
    top = column.facts.quantiles.get("p99", 0.0)
    named = bool(_SHARES & set(tokens(column.name)))
    return (column.has("rate") and top <= 100) or (named and top <= 1)


def rules(catalog: Catalog, table: Table, candidates: list[Formula], least: float) -> list[tuple[Formula, float]]:
    """The candidates that nearly all telling rows of a sample keep, with their share; at most one per result.

    A first look at 200 rows leaves few; 20,000 rows decide.
    """
    for rows, enough in ((200, 10), (20_000, 30)):
        if not candidates:
            return []
        shares = [share for part in _parts(candidates) for share in _held(catalog, table, part, rows, enough)]
        bound = least - 0.1 if rows == 200 else least
        candidates = [f for f, share in zip(candidates, shares, strict=True) if share >= bound]
        kept = [share for share in shares if share >= bound]
    return _best(list(zip(candidates, kept, strict=True)))


def _parts(candidates: list[Formula], size: int = 150) -> Iterator[list[Formula]]:
    for start in range(0, len(candidates), size):
        yield candidates[start : start + size]


def _held(catalog: Catalog, table: Table, candidates: list[Formula], rows: int, enough: int) -> list[float]:
    """The share of telling rows that keep each candidate; 0 where too few are telling or all results are one."""
    parts = []
    for i, f in enumerate(candidates):
        telling = f"FILTER (WHERE {f.telling} AND {f.result.sql} <> 0)"
        parts.append(f"COUNT(*) {telling} AS n{i}, COUNT(DISTINCT {f.result.sql}) {telling} AS d{i}")
        parts.append(f"AVG(CAST(NOT ({f.breaks}) AS INTEGER)) {telling} AS s{i}")
    names = dict.fromkeys(c.sql for f in candidates for c in (f.result, *f.inputs))
    found = catalog.ask(
        f"SELECT {', '.join(parts)} FROM (SELECT {', '.join(names)} FROM {table.sql}"
        f" USING SAMPLE reservoir({rows} ROWS) REPEATABLE (7))"
    )[0]
    return [
        (found[f"s{i}"] or 0.0) if found[f"n{i}"] >= enough and found[f"d{i}"] >= 5 else 0.0
        for i in range(len(candidates))
    ]


def _best(found: list[tuple[Formula, float]]) -> list[tuple[Formula, float]]:
    """One formula per set of columns and per result: that which holds best, then the one with most to say."""
    ranked = sorted(found, key=lambda item: (-round(item[1], 2), _plainness(item[0]), item[0].text))
    chosen: list[tuple[Formula, float]] = []
    for formula, share in ranked:
        columns = {c.name for c in (formula.result, *formula.inputs)}
        taken = any(f.result is formula.result or {c.name for c in (f.result, *f.inputs)} == columns for f, _ in chosen)
        if not taken:
            chosen.append((formula, share))
    return chosen


def _plainness(formula: Formula) -> tuple[bool, int]:
    """Named totals are results before others are; more inputs say more."""
    named = bool({"total", "sum", "subtotal", "net", "gross", "amount"} & set(tokens(formula.result.name)))
    return not named, -len(formula.inputs)
