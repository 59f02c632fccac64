"""Totals of a parent that are not those of its children."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, ForeignKey, Table
from datacruncher.catalog.model import confidence_of
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Plain, Probe, Skip, Verdict
from datacruncher.checks.values import double, numbers, tokens

_DISCOVERY = 300_000  # children among which totals are looked for; what is found is held against all
_COUNTS = re.compile(
    r"(?i)(^|_)(n|num|no|number|count|cnt|qty|quantity|items|lines|orders|visits|total)(_|$)|count$|_items$"
)
_SUMS = re.compile(r"(?i)total|sum|amount|revenue|spent|spend|value|net|gross|balance|paid|ltv|quantity|qty|units")


@dataclass(frozen=True, slots=True)
class Total:
    """What the children give: an aggregate over them, for people and as SQL with alias c."""

    op: str
    text: str
    sql: str
    columns: tuple[Column, ...]


class Params(base.Params, frozen=True, kw_only=True):
    """holds: share of parents whose total is that of their children from which it is a rule."""

    holds: float = 0.85


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Numbers of a parent that equal a count, a sum, or a sum of products of its children for nearly all parents."""
    for key in catalog.foreign_keys:
        child, parent = catalog.tables[key.table], catalog.tables[key.to_table]
        targets = _targets(parent)
        totals = list(_totals(child))
        if key.is_self or not targets or not totals or parent.rows < params.minimum:
            continue
        found = _held(catalog, key, targets, totals)
        best = _rules(found, params.holds)
        if not best:
            place = Place(parent.name, tuple(c.name for c in targets))
            yield Skip(f"no total of {child.name} among {len(found)} is kept by {params.holds:.0%} of the rows", place)
        for target, total in best:
            yield Binding(
                parent,
                (target,),
                child,
                total.columns,
                key=key,
                confidence=confidence_of(key, 0.95),
                given={"total": total, "id": total.text},
            )


def _targets(parent: Table) -> list[Column]:
    """Numbers whose name or role says that they may be a total."""
    found = [c for c in numbers(parent) if c.facts.distinct > 1]
    return [c for c in found if c.has("amount", "quantity", "balance") or _SUMS.search(c.name) or _is_count(c)][:6]


def _is_count(column: Column) -> bool:
    return column.family == "integer" and bool(_COUNTS.search("_".join(tokens(column.name))))


def _totals(child: Table) -> Iterator[Total]:
    """Counts, sums, and sums of price times quantity, with discounts."""
    yield Total("count", f"COUNT of {child.name}", "COUNT(*)", ())
    measures = [c for c in numbers(child) if c.facts.maximum is not None and not c.has("latitude", "longitude", "age")]
    for column in measures[:8]:
        yield Total("sum", f"Σ {child.name}.{column.name}", f"SUM({double(column, 'c')})", (column,))
    prices = [c for c in child.having("price", "amount", "cost") if c in measures][:3]
    for quantity in (c for c in child.having("quantity") if c in measures):
        for price in prices:
            product = f"{double(quantity, 'c')} * {double(price, 'c')}"
            text = f"{quantity.name} * {price.name}"
            yield Total("sum", f"Σ {child.name}.({text})", f"SUM({product})", (quantity, price))
            for share in (c for c in measures if c.has("rate", "discount") and (c.facts.maximum or 0) <= 1):
                less = f"{product} * (1 - {double(share, 'c')})"
                name = f"Σ {child.name}.({text} * (1 - {share.name}))"
                yield Total("sum", name, f"SUM({less})", (quantity, price, share))


_Held = tuple[Column, Total, float, int]


def _held(catalog: Catalog, key: ForeignKey, targets: list[Column], totals: list[Total]) -> list[_Held]:
    """For each target and total, the share of parents with several children that keep it, in one pass.

    Of a single child every copied number is the "sum": such parents tell nothing.
    """
    pairs = [(a, b) for a in targets for b in totals if b.op == "sum" or a.family == "integer"]
    if not pairs:
        return []
    columns = ", ".join(["COUNT(*) AS n", *(f"{total.sql} AS t{i}" for i, total in enumerate(totals))])
    parts = []
    for n, (target, total) in enumerate(pairs):
        i = totals.index(total)
        fits = f"NOT ({_differs(double(target, 'p'), f't{i}', total)})"
        telling = f"FILTER (WHERE c.n > 1 AND t{i} <> 0 AND {target.of('p')} IS NOT NULL)"
        parts.append(
            f"AVG(CAST({fits} AS INTEGER)) {telling} AS s{n}, COUNT(DISTINCT {target.of('p')}) {telling} AS d{n}"
        )
    some = max(1, catalog.tables[key.table].rows // _DISCOVERY)
    row = catalog.ask(f"{_grouped(key, columns, some)}\nSELECT {', '.join(parts)} FROM {_joined(key)}")[0]
    return [(*pair, row[f"s{n}"] or 0.0, row[f"d{n}"]) for n, pair in enumerate(pairs)]


def _rules(found: list[_Held], least: float) -> list[tuple[Column, Total]]:
    """One total per target: that which holds best."""
    best: dict[str, _Held] = {}
    for held in found:
        column, _, share, distinct = held
        if share >= least and distinct >= 3 and share > best.get(column.name, (None, None, 0.0, 0))[2] + 0.001:
            best[column.name] = held
    return [(column, total) for column, total, _, _ in best.values()]


def _grouped(key: ForeignKey, columns: str, one_in: int = 1) -> str:
    """The children's totals, of all parents or of one in so many."""
    names = sql.columns(key.columns, "c")
    some = f" AND HASH({names}) % {one_in} = 0" if one_in > 1 else ""
    return (
        f"WITH _totals AS (\n  SELECT {names}, {columns}\n  FROM {sql.ident(key.table)} c WHERE {key.present('c')}{some}"
        f"\n  GROUP BY {names}\n)"
    )


def _joined(key: ForeignKey) -> str:
    return f"{sql.ident(key.to_table)} p JOIN _totals c ON {key.join('c', 'p')}"


def _differs(target: str, value: str, total: Total) -> str:
    """SQL: more apart than half a cent a line may round away; counts are exact."""
    slack = "0" if total.op == "count" else f"GREATEST(0.00501, 1e-6 * ABS({target}))"
    return f"ABS({target} - {value}) > {slack}"


def probe(binding: Binding, params: Params) -> Probe:
    """Parents whose total differs; those without children are another question."""
    key, target, total = binding.key, binding.column, binding.given["total"]
    if key is None:
        raise ValueError("a total needs a foreign key")
    grouped = _grouped(key, f"{total.sql} AS total")
    off = _differs(double(target, "p"), "c.total", total)
    there = f"{target.of('p')} IS NOT NULL AND c.total IS NOT NULL"
    shown = dict.fromkeys([*(c.name for c in binding.table.key_columns), target.name])
    return Probe(
        measure=f"{grouped}\nSELECT COUNT(*) FILTER (WHERE {off}) AS rows_affected, COUNT(*) AS rows_total,\n"
        f"  CAST(MAX(ABS({double(target, 'p')} - c.total)) AS DOUBLE) AS worst,\n"
        f"  CAST(SUM({double(target, 'p')} - c.total) AS DOUBLE) AS difference\nFROM {_joined(key)}\nWHERE {there}",
        rows=f"{grouped}\nSELECT {sql.columns(shown, 'p')}, c.total AS children_total\nFROM {_joined(key)}"
        f"\nWHERE {there} AND {off}",
    )


def judge(found: Found, params: Params) -> Verdict:
    """By the share of parents."""
    binding = found.binding
    total: Total = binding.given["total"]
    details = {
        "parent_column": binding.column.name,
        "child_table": binding.related.name if binding.related else "",
        "child_column": total.columns[0].name if len(total.columns) == 1 else None,
        "expression": Plain(total.text),
        "op": Plain(total.op),
        "foreign_key": list(binding.key.columns) if binding.key else [],
        "tolerance": 0.0 if total.op == "count" else 0.005,
        "holds_share": 1 - found.share,
        "declared": False,
    }
    return Verdict(size=found.share, details=details, words={"formula": Plain(total.text)})


SPEC = CheckSpec(
    id="consistency.aggregate_mismatch",
    defect="aggregate_mismatch",
    category="data_quality",
    title="A total that is not that of its parts",
    why="Head and lines tell two stories; either the total is wrong, or lines are missing.",
    needs="a number of a parent that nearly always is a count or sum over its children",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(
        critical=0.01, high=0.0, source="persona-metrics, section Severity: totals off in more than 1%"
    ),
    message="Totals differ: {rows} of {total} rows in {table} have {column} ≠ {formula}, by up to {worst:,.2f}",
    recommendation="Compute {table}.{column} from {formula}, and look for lines of {related_table} that are missing.",
    details=("worst", "difference"),
    explains=("consistency.arithmetic_mismatch",),
    example=Example(
        clean={
            "bill": "SELECT i AS bill_id, SUM(2.5 + (i * 3 + j) % 11) AS total FROM range(60) t(i), range(3) s(j) GROUP BY i",
            "bill_line": "SELECT i * 3 + j AS bill_line_id, i AS bill_id, 2.5 + (i * 3 + j) % 11 AS amount"
            " FROM range(60) t(i), range(3) s(j)",
        },
        damaged={
            "bill": "SELECT i AS bill_id, SUM(2.5 + (i * 3 + j) % 11) + CASE WHEN i IN (5, 50) THEN 4 ELSE 0 END AS total"
            " FROM range(60) t(i), range(3) s(j) GROUP BY i",
        },
        finds=2,
        at="bill.total",
    ),
)
