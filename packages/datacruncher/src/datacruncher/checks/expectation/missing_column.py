"""Columns that the schema has and the data lacks."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Plain, Probe, Verdict


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: a column is there or it isn't."""

    minimum: int = 0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Every declared column of a table that is there."""
    for node in catalog.document.nodes if catalog.document is not None else ():
        table = catalog.tables.get(node.id)
        if table is None:
            continue
        for column in node.columns:
            given = {"declared": column, "rule": "declared", "id": column.name}
            found = table.get(column.name)
            yield Binding(table, (found,) if found else (), given=given)


def probe(binding: Binding, params: Params) -> Probe:
    """Whether a column of that name is among the table's."""
    name = binding.given["declared"].name
    return Probe(
        measure="SELECT CAST(COUNT(*) = 0 AS INTEGER) AS observed\n"
        f"FROM (DESCRIBE SELECT * FROM {binding.table.sql})\nWHERE column_name = {sql.literal(name)}",
        known={"observed": int(not binding.columns)},
    )


def judge(found: Found, params: Params) -> Verdict:
    """Yes or no; a declared formula says how it could be made."""
    declared = found.binding.given["declared"]
    details = {"column": Plain(declared.name), "column_type": Plain(declared.type)}
    code = declared.parameters.get("code") if declared.generates == "expression" else None
    if isinstance(code, str):
        details["expression"] = Plain(code)
    name = Plain(declared.name)
    return Verdict(float(found.observed), {"value": 0}, "columns", details=details, words={"missing": name})


SPEC = CheckSpec(
    id="expectation.missing_column",
    defect="missing_column",
    category="schema_expectation",
    title="A declared column is missing",
    why="What reads it fails, or silently does without.",
    needs="a schema",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.always("critical", "defects: critical"),
    message="Missing column: the schema declares {table}.{missing}, the data has no such column",
    recommendation="Write {missing} into {table}, or take it out of the schema.",
    example=Example(
        clean={"town": {"town_id": [1, 2], "name": ["Rome", "Oslo"]}},
        damaged={"town": {"town_id": [1, 2]}},
        finds=None,
        at="town",
        schema={
            "version": "1.0",
            "nodes": [
                {
                    "id": "town",
                    "pk": "town_id",
                    "columns": [{"name": "town_id", "type": "int"}, {"name": "name", "type": "string"}],
                }
            ],
        },
    ),
)
