"""Columns of another type than the schema declares."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Plain, Probe, Verdict, flag

# Declared type → the families that hold it without loss, and the engine's type to try a cast to.
_TYPES = {
    "int": ({"integer"}, "BIGINT"),
    "float": ({"float", "decimal", "integer"}, "DOUBLE"),
    "string": ({"text", "uuid"}, "VARCHAR"),
    "bool": ({"boolean"}, "BOOLEAN"),
    "datetime": ({"timestamp"}, "TIMESTAMP"),
    "date": ({"date"}, "DATE"),
}
_LOSSLESS = 0.4  # size of a mismatch that a cast mends in every row


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: a type holds for any number of rows."""

    minimum: int = 0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Every declared column that is there."""
    for table in catalog:
        for column in table.columns:
            if column.declared is not None:
                families, kind = _TYPES[column.declared.type]
                given = {"right": column.family in families, "kind": kind, "rule": "declared"}
                yield Binding(table, (column,), given=given)


def probe(binding: Binding, params: Params) -> Probe:
    """Values that don't cast to the declared type and back."""
    column, kind = binding.column, binding.given["kind"]
    cast = f"TRY_CAST({column.sql} AS {kind})"
    lost = f"{cast} IS NULL"
    if column.is_number and kind == "BIGINT":
        lost = f"({lost} OR {cast} <> {column.sql})"
    known = {"rows_affected": 0, "rows_total": column.facts.present} if binding.given["right"] else None
    return flag(binding, where=lost, of=f"{column.sql} IS NOT NULL", known=known)


def judge(found: Found, params: Params) -> Verdict:
    """Another type is a mismatch even if every value could be cast: who reads it gets the other type."""
    column = found.binding.column
    if found.binding.given["right"]:
        return Verdict(size=0.0)
    declared, observed = Plain(column.declared.type), Plain(column.type)
    details = {"declared_type": declared, "observed_type": observed, "castable_share": 1 - found.share}
    words = {"declared": declared, "type": observed}
    return Verdict(size=1.0 if found.rows_affected else _LOSSLESS, details=details, words=words)


SPEC = CheckSpec(
    id="expectation.type_mismatch",
    defect="type_mismatch",
    category="schema_expectation",
    title="Another type than declared",
    why="What reads the column by the schema fails, or compares numbers as text.",
    needs="a schema",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(critical=0.5, high=0.0, source="defects: critical; where every value casts without loss: high"),
    message="Type differs: {table}.{column} is {type}, the schema declares {declared}; {rows} of {total} values don't cast",
    recommendation="Write {table}.{column} as {declared}.",
    explains=("validity.mixed_type",),
    example=Example(
        clean={"town": {"town_id": [1, 2], "people": [2_800_000, 700_000]}},
        damaged={"town": {"town_id": [1, 2], "people": ["2800000", "many"]}},
        finds=1,
        at="town.people",
        schema={
            "version": "1.0",
            "nodes": [
                {
                    "id": "town",
                    "pk": "town_id",
                    "columns": [{"name": "town_id", "type": "int"}, {"name": "people", "type": "int"}],
                }
            ],
        },
    ),
)
