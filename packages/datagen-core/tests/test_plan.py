"""The order of work, and what people are told of its size before it begins."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow.parquet as pq
import pytest
from datagen_core import generate
from datagen_core.errors import InputError
from datagen_core.graph import circle, order
from datagen_core.loading import load
from datagen_core.plan import plan
from datagen_core.schema.resize import resized
from hypothesis import given
from hypothesis import strategies as st

if TYPE_CHECKING:
    from collections.abc import Callable

    Changed = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]

HERE = Path(__file__).parent / "cases"
BASE = json.loads((HERE / "meaning.json").read_text("utf-8"))["base"]
SERVED = ("simple_users_events", "bank", "test_patterns")
NAMES = "abcdefg"


@given(st.dictionaries(st.sampled_from(NAMES), st.sets(st.sampled_from(NAMES))))
def test_an_order_exists_where_there_is_no_circle(graph: dict[str, set[str]]) -> None:
    names = circle(graph)
    if names:
        assert all(after in graph[name] for name, after in zip(names, [*names[1:], names[0]], strict=True))
        with pytest.raises(ValueError, match="a circle among"):
            order(graph)
    else:
        found = order(graph)
        assert sorted(found) == sorted(graph)
        assert all(found.index(other) < found.index(name) for name in graph for other in graph[name] & graph.keys())


def test_tables_come_after_what_they_look_into_and_else_in_the_authors_order() -> None:
    document = load(HERE / "examples" / "bank.json")
    names = [table.node.id for table in plan(document).tables]
    assert names == [node.id for node in document.nodes]
    backwards = json.loads((HERE / "examples" / "bank.json").read_text("utf-8"))
    backwards["nodes"].reverse()
    names = [table.node.id for table in plan(load(backwards)).tables]
    assert names.index("branch") < names.index("employee") < names.index("communication")
    assert names.index("promotion") < names.index("communication")


def test_columns_come_after_what_they_read(changed: Changed) -> None:
    tax = {"name": "tax", "type": "float", "generator": {"expression": {"code": "order_id + 1"}}}
    amount = {"expression": {"code": "tax * 3"}}
    document = changed(BASE, {"/nodes/2/columns/4/generator": amount, "/nodes/2/columns/5": tax})
    names = [column.column.name for column in plan(load(document)).table("order").columns]
    assert names.index("order_id") < names.index("tax") < names.index("amount")


@pytest.mark.parametrize(
    ("op", "first", "second"),
    [("<", "ordered_at", "shipped_at"), (">=", "shipped_at", "ordered_at")],
)
def test_the_larger_side_of_an_inequality_is_drawn_given_the_smaller(
    op: str, first: str, second: str, changed: Changed
) -> None:
    sides = {"left": "order.ordered_at", "op": op, "right": "order.shipped_at"}
    table = plan(load(changed(BASE, {"/constraints/inequalities": [sides]}))).table("order")
    later = table.column(second)
    assert later is not None
    assert later.after == (first,)
    names = [column.column.name for column in table.columns]
    assert names.index(first) < names.index(second)


def test_a_foreign_key_that_is_not_looked_up_puts_its_table_after(changed: Changed) -> None:
    document = changed(BASE, {
        "/nodes/1/columns/5": {"name": "favourite", "type": "int", "generator": {"sequence": {}}},
        "/nodes/3": {"id": "product", "kind": "entity", "pk": "id", "columns": [
            {"name": "id", "type": "int", "generator": {"sequence": {}}}]},
        "/constraints/foreign_keys/1": {"from": "customer.favourite", "to": "product.id"},
    })  # fmt: skip
    assert plan(load(document)).table("customer").needs == ("country", "product")


def test_declared_levels_are_kept(changed: Changed) -> None:
    document = changed(BASE, {"/nodes/1/columns/1/generator": {"faker": {"method": "country_code"}},
                              "/dag": [["customer"], ["country"], ["order"]]})  # fmt: skip
    assert [table.node.id for table in plan(load(document)).tables] == ["customer", "country", "order"]


@pytest.mark.parametrize("name", SERVED)
def test_the_estimate_is_near_what_is_made(name: str, tmp_path: Path) -> None:
    document = load(HERE / "examples" / f"{name}.json")
    work = plan(document)
    result = generate(document, tmp_path / "out")
    for table in result.tables:
        assert table.rows == pytest.approx(work.table(table.name).rows, rel=0.15, abs=30)
    assert result.rows == pytest.approx(work.rows, rel=0.03)
    assert 0.5 < result.bytes / sum(table.bytes for table in work.tables) < 2.5
    assert sum(
        pq.read_metadata(tmp_path / "out" / file).num_rows for table in result.tables for file in table.files
    ) == (result.rows)


@pytest.mark.parametrize(
    ("change", "rows"),
    [
        ({}, 100 * 3 * (0.25 * 2 + 0.75)),
        ({"/nodes/2/fanout": None}, 100),
        ({"/nodes/2/fanout": {"distribution": "uniform", "min": 2, "max": 6}, "/nodes/1/segment_behavior": None}, 400),
        ({"/nodes/2/fanout/lambda": 100}, 100 * 20),
        ({"/nodes/2/fanout": {"distribution": "fixed", "lambda": 1, "per": "day"}, "/nodes/1/segment_behavior": None}, 18_300),
        ({"/nodes/1/rows": 0}, 0),
    ],
    ids=["segments", "no-fanout", "uniform", "bounded", "rate", "none"],
)  # fmt: skip
def test_expected_children(change: dict[str, Any], rows: float, changed: Changed) -> None:
    document = changed(BASE, change)
    assert plan(load(document)).table("order").rows == pytest.approx(rows)


def test_resizing_touches_roots_alone() -> None:
    document = resized(load(BASE), {"customer": 7}, scale=3)
    assert {node.id: node.rows for node in document.nodes} == {"country": None, "customer": 7, "order": None}
    assert {node.id: node.rows for node in resized(load(BASE), scale=0.001).nodes}["customer"] == 1


@pytest.mark.parametrize("rows", [{"order": 5}, {"country": 5}, {"customr": 5}, {"customer": -1}], ids=str)
def test_rows_that_cannot_be_set_are_refused(rows: dict[str, int]) -> None:
    with pytest.raises(InputError):
        resized(load(BASE), rows)
