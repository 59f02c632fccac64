"""Numbers of a row that don't add up, in a table where nearly all rows do."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Plain, Probe, Skip, Verdict, flag
from datacruncher.checks.consistency._declared_formulas import declared_formulas
from datacruncher.checks.consistency._formulas import Formula, formulas, rules


class Params(base.Params, frozen=True, kw_only=True):
    """holds: share of telling rows that keep a formula from which it is a rule."""

    holds: float = 0.85


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Formulas that the schema declares, or that the table keeps: a·b = c, a + b = c, a·b·(1 − d) = c."""
    for table in catalog:
        declared = list(declared_formulas(catalog, table))
        for formula in declared:
            given = {"formula": formula, "id": formula.text, "declared": True}
            yield Binding(table, (formula.result, *formula.inputs), given=given)
        candidates = [f for f in formulas(table) if not any(_is_same(f, known) for known in declared)]
        if not candidates:
            continue
        found = rules(catalog, table, candidates, params.holds)
        if not found:
            yield Skip(f"no formula among {len(candidates)} holds", Place(table.name))
        for formula, share in found:
            columns = (formula.result, *formula.inputs)
            yield Binding(table, columns, confidence=min(0.95, share), given={"formula": formula, "id": formula.text})


def _is_same(found: Formula, declared: Formula) -> bool:
    """Whether a formula speaks of a number whose formula is declared, or of the same numbers in another order."""
    ours, theirs = ({c.name for c in (f.result, *f.inputs)} for f in (found, declared))
    return found.result.name == declared.result.name or ours == theirs


def probe(binding: Binding, params: Params) -> Probe:
    """Rows whose result differs from the formula by more than rounding explains."""
    formula: Formula = binding.given["formula"]
    there = " AND ".join(f"{column.sql} IS NOT NULL" for column in binding.columns)
    off = f"ABS({formula.result.sql} - ({formula.expression}))"
    also = {"worst": f"CAST(MAX({off}) FILTER (WHERE {there}) AS DOUBLE)"}
    if formula.slack:
        also["slack"] = f"CAST(MAX({formula.slack}) FILTER (WHERE {there}) AS DOUBLE)"
    return flag(binding, where=formula.breaks, of=there, also=also)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """What the sample promised must hold of all rows."""
    formula: Formula = found.binding.given["formula"]
    if 1 - found.share < params.holds:
        return Skip(f"{formula.text} holds for {1 - found.share:.0%} of the rows only", found.binding.place)
    details = {
        "formula": Plain(formula.text),
        "result_column": formula.result.name,
        "tolerance": formula.tolerance + (found.values.get("slack") or 0.0),
        "holds_share": 1 - found.share,
        "declared": "declared" in found.binding.given,
    }
    return Verdict(
        size=found.share, details=details, words={"formula": Plain(formula.text), "result": formula.result.name}
    )


SPEC = CheckSpec(
    id="consistency.arithmetic_mismatch",
    defect="arithmetic_mismatch",
    category="data_quality",
    title="Numbers that don't add up",
    why="One of the numbers is wrong, and every report uses another of them.",
    needs="three numbers of a table that nearly always are a sum or a product of each other",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(
        critical=0.01, high=0.0, source="persona-metrics, section Severity: totals off in more than 1%"
    ),
    message="Doesn't add up: {rows} of {total} rows in {table} have {result} ≠ {formula}, by up to {worst:,.2f}",
    recommendation="Compute {table}.{result} from {formula} in one place, and look at what wrote these rows.",
    details=("worst",),
    explains=("distribution.outlier",),
    example=Example(
        clean={
            "line": "SELECT i AS line_id, 1 + i % 7 AS quantity, 2.5 + i % 11 AS unit_price,"
            " (1 + i % 7) * (2.5 + i % 11) AS line_total FROM range(200) t(i)"
        },
        damaged={
            "line": "SELECT i AS line_id, 1 + i % 7 AS quantity, 2.5 + i % 11 AS unit_price,"
            " (1 + i % 7) * (2.5 + i % 11) + CASE WHEN i IN (20, 90) THEN 3 ELSE 0 END AS line_total FROM range(200) t(i)"
        },
        finds=2,
        at="line.line_total",
    ),
)
