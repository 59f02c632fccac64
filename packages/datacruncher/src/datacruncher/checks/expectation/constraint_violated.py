"""Declared constraints that no other check holds: unique columns, and inequalities of numbers or between tables."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog, Column, ForeignKey, Table
from datacruncher.checks import base
from datacruncher.checks.base import (
    Binding,
    CheckSpec,
    Example,
    Found,
    Place,
    Plain,
    Probe,
    Skip,
    Steps,
    Verdict,
    count,
    flag,
)

_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "<>"}


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: a constraint holds for every row."""

    minimum: int = 0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """What stands under `constraints` and in the constraints of columns; ranges, patterns, lists and keys have their own words."""
    if catalog.document is None:
        return
    yield from _unique(catalog)
    for rule in catalog.document.constraints.inequalities:
        place = Place(rule.left.rpartition(".")[0], (rule.left.rpartition(".")[2],))
        left, right = (_found(catalog, side) for side in (rule.left, rule.right))
        if left is None or right is None:
            yield Skip(f"{rule.left} {rule.op} {rule.right}: not both are in the data", place)
        elif left[0] is not right[0]:
            yield _between(catalog, rule, left, right)
        elif rule.op == "==" or not (left[1].is_time and right[1].is_time):
            yield Binding(left[0], (left[1], right[1]), given=_given("inequality", rule))


def _found(catalog: Catalog, address: str) -> tuple[Table, Column] | None:
    table_name, _, name = address.rpartition(".")
    table = catalog.tables.get(table_name)
    column = table.get(name) if table else None
    return (table, column) if table and column else None


def _given(kind: str, rule: Any) -> dict[str, Any]:
    constraint = {"unique": rule} if kind == "unique" else {"left": rule.left, "op": rule.op, "right": rule.right}
    return {
        "kind": kind,
        "constraint": constraint,
        "op": getattr(rule, "op", ""),
        "rule": "declared",
        "id": str(constraint),
    }


def _unique(catalog: Catalog) -> Iterator[Binding | Skip]:
    """Columns declared unique that are no key of their own."""
    listed = list(catalog.document.constraints.unique)
    for table in catalog:
        for column in table.columns:
            declared = column.declared
            own = declared is not None and (
                declared.unique or bool(declared.constraints and declared.constraints.unique)
            )
            is_key = table.primary_key is not None and table.primary_key.columns == (column.name,)
            if (own or f"{table.name}.{column.name}" in listed) and not is_key:
                yield Binding(table, (column,), given=_given("unique", f"{table.name}.{column.name}"))


def _between(catalog: Catalog, rule: Any, left: tuple[Table, Column], right: tuple[Table, Column]) -> Binding | Skip:
    """An inequality along a foreign key, bound at the child."""
    for child, parent in ((left, right), (right, left)):
        key = catalog.path(child[0], parent[0])
        if key is not None:
            given = {**_given("inequality", rule), "flipped": child is right}
            return Binding(child[0], (child[1],), related=parent[0], related_columns=(parent[1],), key=key, given=given)
    return Skip(f"no key joins {left[0].name} and {right[0].name}", Place(left[0].name, (left[1].name,)))


def probe(binding: Binding, params: Params) -> Probe:
    """The rows that break it; rows in which one of the sides is null can't."""
    table, column, given = binding.table, binding.column, binding.given
    if given["kind"] == "unique":
        shown = ", ".join(dict.fromkeys(c.sql for c in (*table.key_columns, column)))
        rows = f"""SELECT {shown} FROM {table.sql} WHERE {column.sql} IS NOT NULL
QUALIFY COUNT(*) OVER (PARTITION BY {column.sql}) > 1"""
        if column.facts.unique:
            total = column.facts.present
            known = {"rows_affected": 0, "rows_total": total}
            return Probe(measure=f"SELECT 0 AS rows_affected, {total} AS rows_total", rows=rows, known=known)
        return count(rows, f"SELECT COUNT({column.sql}) FROM {table.sql}")
    if binding.related is None:
        left, right = binding.columns
        both = f"{left.sql} IS NOT NULL AND {right.sql} IS NOT NULL"
        return flag(binding, where=_breaks(left.sql, given["op"], right.sql, left), of=both)
    return _along(binding, binding.related, binding.key)


def _breaks(left: str, op: str, right: str, column: Column) -> str:
    """SQL: the inequality is broken; numbers that differ by rounding alone are equal."""
    if column.is_number:
        slack = f"1e-9 * GREATEST(1, ABS({left}), ABS({right}))"
        near = f"ABS({left} - {right}) <= {slack}"
        return (
            f"NOT {near}"
            if op == "=="
            else f"{left} {_OPPOSITE[op]} {right}" + ("" if op in {"<", ">"} else f" AND NOT {near}")
        )
    return f"{left} {_OPPOSITE[op]} {right}"


def _along(binding: Binding, parent: Table, key: ForeignKey | None) -> Probe:
    assert key is not None  # noqa: S101 - bound so above
    child, other = binding.column.of("c"), binding.related_columns[0].of("p")
    left, right = (other, child) if binding.given["flipped"] else (child, other)
    joined = f"FROM {binding.table.sql} c JOIN {parent.sql} p ON {key.join('c', 'p')} WHERE {child} IS NOT NULL AND {other} IS NOT NULL"
    shown = ", ".join(
        dict.fromkeys([*(c.of("c") for c in binding.table.key_columns), child, f"{other} AS related_value"])
    )
    rows = f"SELECT {shown}\n{joined} AND {_breaks(left, binding.given['op'], right, binding.column)}"
    return count(rows, f"SELECT COUNT(*) {joined}")


def judge(found: Found, params: Params) -> Verdict:
    """By the share of rows."""
    given = found.binding.given
    constraint = given["constraint"]
    said = f"{constraint['unique']} is unique" if "unique" in constraint else " ".join(constraint.values())
    details = {"kind": Plain(given["kind"]), "constraint": {name: Plain(value) for name, value in constraint.items()}}
    return Verdict(size=found.share, details=details, words={"constraint": Plain(said)})


_SCHEMA = {
    "version": "1.0",
    "nodes": [
        {
            "id": "loan",
            "kind": "entity",
            "pk": "loan_id",
            "columns": [
                {"name": "loan_id", "type": "int", "generator": {"sequence": {}}},
                {"name": "principal", "type": "float"},
                {"name": "paid_back", "type": "float"},
            ],
        }
    ],
    "constraints": {"inequalities": [{"left": "loan.paid_back", "op": "<=", "right": "loan.principal"}]},
}

SPEC = CheckSpec(
    id="expectation.constraint_violated",
    defect="constraint_violated",
    category="schema_expectation",
    title="A declared constraint does not hold",
    why="Somebody wrote down what must be true, and programs rely on it.",
    needs="a schema with a unique column, or an inequality of numbers or between tables",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(high=0.01, medium=0.0, source="defects: high; below 1% of the rows: medium"),
    message="Constraint violated: {constraint} does not hold for {rows} of {total} rows in {table}",
    recommendation="Mend the load that writes {table}.{column}, or take the constraint out of the schema.",
    example=Example(
        clean={
            "loan": {
                "loan_id": [1, 2, 3, 4],
                "principal": [10.0, 20.0, 30.0, 40.0],
                "paid_back": [1.0, 20.0, 3.0, None],
            }
        },
        damaged={
            "loan": {
                "loan_id": [1, 2, 3, 4],
                "principal": [10.0, 20.0, 30.0, 40.0],
                "paid_back": [1.0, 20.5, 3.0, None],
            }
        },
        finds=1,
        schema=_SCHEMA,
        at="loan.paid_back",
    ),
)
