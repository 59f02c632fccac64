"""Tables that the schema has and the data lacks."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Plain, Probe, Verdict


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: a table is there or it isn't."""

    minimum: int = 0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Every declared table, those of touchpoints included."""
    for name, where in _declared(catalog):
        table = catalog.tables.get(name)
        given = {"where": where, "there": table is not None, "rule": "declared"}
        yield Binding(table or Table(name, 0, ()), given=given)


def _declared(catalog: Catalog) -> Iterator[tuple[str, str]]:
    nodes = catalog.document.nodes if catalog.document is not None else ()
    for number, node in enumerate(nodes):
        yield node.id, f"nodes[{number}]"
        if node.attribution_chain:
            yield node.attribution_chain.touchpoint_table_name, f"nodes[{number}].attribution_chain"


def probe(binding: Binding, params: Params) -> Probe:
    """Known since the directory was read; there is no table to ask."""
    return Probe(measure="", known={"observed": int(not binding.given["there"])})


def judge(found: Found, params: Params) -> Verdict:
    """Yes or no."""
    where = Plain(found.binding.given["where"])
    details = {"declared_in": where}
    return Verdict(float(found.observed), {"value": 0}, "tables", details=details, words={"where": where})


SPEC = CheckSpec(
    id="expectation.missing_table",
    defect="missing_table",
    category="schema_expectation",
    title="A declared table is missing",
    why="Everything that refers to it refers to nothing.",
    needs="a schema",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.always("critical", "defects: critical"),
    message="Missing table: the schema declares {table} ({where}), the data has no such table",
    recommendation="Generate or load {table}, or take it out of the schema.",
    example=Example(
        clean={
            "town": {"town_id": [1, 2], "name": ["Rome", "Oslo"]},
            "club": {"club_id": [1, 2], "name": ["Reds", "Blues"]},
        },
        damaged={"club": None},
        finds=None,
        at="club",
        schema={
            "version": "1.0",
            "nodes": [
                {"id": "town", "pk": "town_id", "columns": [{"name": "town_id", "type": "int"}]},
                {"id": "club", "pk": "club_id", "columns": [{"name": "club_id", "type": "int"}]},
            ],
        },
    ),
)
