"""What a row may refer to, and what it may not be before, after, above or below."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from datagen_core.errors import DocumentError, InputError

START = np.datetime64("2024-01-01", "us")
END = np.datetime64("2024-12-31T23:59:59", "us")


def series(
    name: str, kind: str = "datetime", freq: str = "H", within: Any = "timeframe", **more: Any
) -> dict[str, Any]:
    return {"name": name, "type": kind, "generator": {"datetime_series": {"freq": freq, "within": within}}, **more}


def link(name: str, source: str, kind: str = "int", on: Any = None, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "generator": {"lookup": {"from": source, **({"on": on} if on else {})}}, **more}


def number(name: str, low: float, high: float, kind: str = "float", **more: Any) -> dict[str, Any]:
    law = {"type": "uniform", "params": {"low": low, "high": high}, "clamp": [low, high]}
    return {"name": name, "type": kind, "generator": {"distribution": law}, **more}


def instants(column: pa.ChunkedArray) -> np.ndarray:
    return column.cast(pa.timestamp("us", tz="UTC")).cast(pa.int64()).to_numpy().astype("datetime64[us]")


# --- references ------------------------------------------------------------------------------------------------------


def test_children_have_the_values_of_their_parent(document_of: Any, made: Any) -> None:
    parent = {
        "id": "parent",
        "rows": 300,
        "columns": [{"name": "name", "type": "string", "generator": {"faker": {"method": "name"}}}],
    }
    child = {"id": "child", "parents": ["parent"], "fanout": {"distribution": "poisson", "lambda": 3}}
    child["columns"] = [link("parent_id", "parent.id"), link("parent_name", "parent.name", "string")]
    tables = made(document_of(parent, child))
    names = dict(zip(tables["parent"]["id"].to_pylist(), tables["parent"]["name"].to_pylist(), strict=True))
    assert all(names[row["parent_id"]] == row["parent_name"] for row in tables["child"].to_pylist())


def test_columns_of_one_table_come_from_one_row_of_it_and_all_rows_come_alike(document_of: Any, made: Any) -> None:
    product = {
        "id": "product",
        "rows": 40,
        "columns": [
            number("price", 1, 9),
            {"name": "code", "type": "string", "generator": {"faker": {"method": "bothify", "text": "??##"}}},
        ],
    }
    item = {
        "id": "item",
        "rows": 20_000,
        "columns": [
            link("product_id", "product.id"),
            link("price", "product.price", "float"),
            link("code", "product.code", "string"),
        ],
    }
    tables = made(document_of(product, item))
    known = {row["id"]: row for row in tables["product"].to_pylist()}
    rows = tables["item"].to_pylist()
    assert all(known[row["product_id"]]["price"] == row["price"] for row in rows)
    assert all(known[row["product_id"]]["code"] == row["code"] for row in rows)
    counts = np.bincount(tables["item"]["product_id"].to_numpy(), minlength=41)[1:]
    assert counts.min() > 350
    assert counts.max() < 650


SPELLINGS = [("code", {"this_key": "code"}), ("own_code", {"own_code": "code"})]


@pytest.mark.parametrize(("local", "on"), SPELLINGS)
def test_a_lookup_by_key_finds_the_row_that_agrees(local: str, on: dict[str, str], document_of: Any, made: Any) -> None:
    codes = ["DE", "FR", "ES", "XX"]
    country = {"id": "country", "kind": "vocab", "pk": "code", "columns": [
        {"name": "code", "type": "string", "generator": {"enum_list": {"values": codes[:3]}}},
        {"name": "tax", "type": "float", "generator": {"enum_list": {"values": [0.19, 0.2, 0.21]}}},
    ]}  # fmt: skip
    columns = [
        {"name": local, "type": "string", "generator": {"choice": {"choices": codes}}},
        link("tax", "country.tax", "float", on, nullable=True),
    ]
    rows = made(document_of(country, {"id": "sale", "rows": 400, "columns": columns}))["sale"].to_pylist()
    taxes = {"DE": 0.19, "FR": 0.2, "ES": 0.21, "XX": None}
    assert all(row["tax"] == taxes[row[local]] for row in rows)
    strict = [columns[0], {**columns[1], "nullable": False}]
    with pytest.raises(InputError, match=f"sale.tax: no row of country for {local} = 'XX'"):
        made(document_of(country, {"id": "sale", "rows": 400, "columns": strict}))


def test_a_lookup_by_a_sequence_key_is_arithmetic(document_of: Any, made: Any) -> None:
    plan = {
        "id": "plan",
        "pk": "plan_id",
        "rows": 50,
        "columns": [
            {"name": "plan_id", "type": "int", "generator": {"sequence": {"start": 100, "step": 5}}},
            number("price", 1, 9),
        ],
    }
    columns = [
        number("plan_id", 90, 360, "int"),
        link("price", "plan.price", "float", {"this_key": "plan_id"}, nullable=True),
    ]
    tables = made(document_of(plan, {"id": "sale", "rows": 2000, "columns": columns}))
    prices = dict(zip(tables["plan"]["plan_id"].to_pylist(), tables["plan"]["price"].to_pylist(), strict=True))
    assert all(row["price"] == prices.get(row["plan_id"]) for row in tables["sale"].to_pylist())


def test_rows_refer_to_earlier_rows_of_their_own_table(document_of: Any, made: Any) -> None:
    person = {"id": "person", "rows": 3000, "columns": [
        number("salary", 1, 9), link("boss_id", "person.id", nullable=True), link("boss_salary", "person.salary", "float", nullable=True),
    ]}  # fmt: skip
    rows = made(document_of(person))["person"].to_pylist()
    assert rows[0]["boss_id"] is None
    assert all(row["boss_id"] < row["id"] for row in rows[1:])
    assert all(rows[row["boss_id"] - 1]["salary"] == row["boss_salary"] for row in rows[1:])
    assert abs(np.mean([row["boss_id"] / row["id"] for row in rows[500:]]) - 0.5) < 0.02
    strict = {"id": "person", "rows": 10, "columns": [link("boss_id", "person.id")]}
    assert made(document_of(strict))["person"]["boss_id"].to_pylist()[0] == 1


def test_a_foreign_key_is_drawn_from_the_keys(document_of: Any, made: Any) -> None:
    wild = number("owner_id", 1, 1e6, "int")
    owner = {
        "id": "owner",
        "rows": 20,
        "pk": "owner_id",
        "columns": [{"name": "owner_id", "type": "int", "generator": {"sequence": {"start": 7}}}],
    }
    document = document_of(
        owner,
        {"id": "pet", "rows": 500, "columns": [wild]},
        foreign_keys=[{"from": "pet.owner_id", "to": "owner.owner_id"}],
    )
    assert set(made(document)["pet"]["owner_id"].to_pylist()) == set(range(7, 27))


def test_tables_without_rows(document_of: Any, made: Any) -> None:
    optional = link("item_id", "nothing.id", nullable=True)
    tables = made(
        document_of(
            {"id": "nothing", "rows": 0},
            {"id": "sale", "rows": 5, "columns": [optional]},
            {"id": "child", "parents": ["nothing"]},
        )
    )
    assert [tables[name].num_rows for name in ("nothing", "sale", "child")] == [0, 5, 0]
    assert tables["sale"]["item_id"].null_count == 5


# --- times -------------------------------------------------------------------------------------------------------------

CREATIONS = [
    "created_at",
    "signup_date",
    "joined_on",
    "registered_at",
    "opened_on",
    "hired",
    "start_time",
    "parent_created_at",
]


def pair(created: dict[str, Any], child: dict[str, Any], lam: float = 3) -> list[dict[str, Any]]:
    fanout = {"distribution": "poisson", "lambda": lam}
    return [
        {"id": "parent", "rows": 500, "columns": [created]},
        {"id": "child", "parents": ["parent"], "fanout": fanout, "columns": [link("parent_id", "parent.id"), child]},
    ]


def gaps(tables: dict[str, pa.Table], created: str, at: str) -> np.ndarray:
    up = tables["child"]["parent_id"].to_numpy() - 1
    return (instants(tables["child"][at]) - instants(tables["parent"][created])[up]).astype(np.int64)


@pytest.mark.parametrize("name", CREATIONS)
@pytest.mark.parametrize("kind", ["datetime", "date"])
def test_no_child_is_before_its_parents_creation(name: str, kind: str, document_of: Any, made: Any) -> None:
    jitter = [{"transform": "time_jitter", "args": {"std_minutes": 90}}] if kind == "datetime" else []
    tables = made(document_of(*pair(series(name), series("at", kind, "H" if jitter else "D", modifiers=jitter))))
    gap = gaps(tables, name, "at")
    assert len(gap) > 1200
    assert (gap >= 0).all()
    assert instants(tables["child"]["at"]).max() <= END


def test_a_name_that_says_nothing_of_creation_bounds_nothing(document_of: Any, made: Any) -> None:
    tables = made(document_of(*pair(series("last_seen"), series("at"))))
    assert (gaps(tables, "last_seen", "at") < 0).mean() > 0.3


def test_a_column_may_be_freed_from_its_parent(document_of: Any, made: Any) -> None:
    tables = made(document_of(*pair(series("created_at"), series("at", after_parent=False))))
    assert (gaps(tables, "created_at", "at") < 0).mean() > 0.3


def test_only_the_first_time_follows_the_parent(document_of: Any, made: Any) -> None:
    nodes = pair(series("created_at"), series("at"))
    nodes[1]["columns"].append(series("printed_at"))
    tables = made(document_of(*nodes))
    assert (gaps(tables, "created_at", "at") >= 0).all()
    assert (gaps(tables, "created_at", "printed_at") < 0).mean() > 0.3


def test_rows_come_after_all_their_parents(document_of: Any, made: Any) -> None:
    order = {"id": "order", "parents": ["shop", "customer"], "fanout": {"distribution": "fixed", "lambda": 5}}
    order["columns"] = [link("shop_id", "shop.id"), link("customer_id", "customer.id"), series("at")]
    late = {"start": "2024-06-01T00:00:00Z", "end": "2025-06-30T00:00:00Z"}
    customer = {"id": "customer", "columns": [series("created_at", within=late)]}
    tables = made(
        document_of({"id": "shop", "rows": 300, "columns": [series("opened_on", "date", "D")]}, customer, order)
    )
    at = instants(tables["order"]["at"])
    for name, created in (("shop", "opened_on"), ("customer", "created_at")):
        whose = tables["order"][f"{name}_id"].to_numpy() - 1
        assert (at >= instants(tables[name][created])[whose]).all(), name
    assert at.max() <= END


def test_a_parent_created_after_the_childs_window_has_no_children(document_of: Any, made: Any) -> None:
    early = {"start": "2024-01-01T00:00:00Z", "end": "2024-06-30T00:00:00Z"}
    tables = made(document_of(*pair(series("created_at"), series("at", within=early))))
    counts = np.bincount(tables["child"]["parent_id"].to_numpy() - 1, minlength=500)
    late = instants(tables["parent"]["created_at"]) > np.datetime64("2024-06-30", "us")
    assert counts[late].sum() == 0
    assert abs(counts[~late].mean() - 3) < 0.4


# --- inequalities ------------------------------------------------------------------------------------------------------

SAME = [("<", 1), ("<=", 0)]


@pytest.mark.parametrize(("op", "least"), SAME)
@pytest.mark.parametrize("kind", ["datetime", "date"])
@pytest.mark.parametrize("turned", [False, True])
def test_times_of_a_row_are_in_order(op: str, least: int, kind: str, turned: bool, document_of: Any, made: Any) -> None:
    columns = [series("begins", kind, "D"), series("ends", kind, "D")]
    inequality = {"left": "span.begins", "op": op, "right": "span.ends"}
    if turned:
        inequality = {"left": "span.ends", "op": op.replace("<", ">"), "right": "span.begins"}
    table = made(document_of({"id": "span", "rows": 5000, "columns": columns}, inequalities=[inequality]))["span"]
    begins, ends = instants(table["begins"]), instants(table["ends"])
    assert ((ends - begins).astype(np.int64) >= least).all()
    assert ends.max() <= END
    assert (begins == begins.max()).mean() < 0.01
    assert least or (ends == begins).any()


def test_chains_of_times_leave_room_for_the_last(document_of: Any, made: Any) -> None:
    within = {"start": "2024-01-01T00:00:00Z", "end": "2024-01-04T00:00:00Z"}
    columns = [series(name, freq="D", within=within) for name in ("a", "b", "c")]
    order = [{"left": f"span.{one}", "op": "<", "right": f"span.{other}"} for one, other in (("a", "b"), ("b", "c"))]
    table = made(document_of({"id": "span", "rows": 500, "columns": columns}, inequalities=order))["span"]
    a, b, c = (instants(table[name]) for name in "abc")
    assert (a < b).all()
    assert (b < c).all()
    assert c.max() <= np.datetime64("2024-01-04", "us")


def test_a_childs_time_keeps_an_inequality_with_its_parents(document_of: Any, made: Any) -> None:
    nodes = pair(series("seen_at"), series("at"))
    nodes[0]["columns"].append(series("closed_at", nullable=True, null_rate=0.3))
    nodes[1]["columns"].append(series("paid_at"))
    inequalities = [
        {"left": "child.at", "op": ">=", "right": "parent.seen_at"},
        {"left": "child.paid_at", "op": "<=", "right": "parent.closed_at"},
    ]
    tables = made(
        document_of(*nodes, inequalities=inequalities, foreign_keys=[{"from": "child.parent_id", "to": "parent.id"}])
    )
    assert (gaps(tables, "seen_at", "at") >= 0).all()
    up = tables["child"]["parent_id"].to_numpy() - 1
    closed = tables["parent"]["closed_at"].take(pa.array(up))
    known = ~np.asarray(closed.is_null())
    assert (
        instants(tables["child"]["paid_at"].filter(pa.array(known))) <= instants(closed.filter(pa.array(known)))
    ).all()
    assert known.any()


def test_an_entity_keeps_an_inequality_with_a_row_that_it_looks_up(document_of: Any, made: Any) -> None:
    account = {
        "id": "account",
        "rows": 2000,
        "columns": [link("customer_id", "customer.id"), series("opened_on", "date", "D")],
    }
    inequality = {"left": "account.opened_on", "op": ">=", "right": "customer.created_at"}
    keys = [{"from": "account.customer_id", "to": "customer.id"}]
    tables = made(
        document_of(
            {"id": "customer", "rows": 100, "columns": [series("created_at")]},
            account,
            inequalities=[inequality],
            foreign_keys=keys,
        )
    )
    created = instants(tables["customer"]["created_at"])[tables["account"]["customer_id"].to_numpy() - 1]
    assert (instants(tables["account"]["opened_on"]) >= created).all()


@pytest.mark.parametrize("kind", ["int", "float"])
@pytest.mark.parametrize("op", ["<", "<="])
def test_numbers_of_a_row_are_in_order(kind: str, op: str, document_of: Any, made: Any) -> None:
    columns = [number("low", 0, 10, kind), number("high", 0, 10, kind)]
    inequality = {"left": "range.low", "op": op, "right": "range.high"}
    table = made(document_of({"id": "range", "rows": 5000, "columns": columns}, inequalities=[inequality]))["range"]
    low, high = table["low"].to_numpy(), table["high"].to_numpy()
    assert ((low < high) if op == "<" else (low <= high)).all()
    assert high.max() <= 10
    assert np.corrcoef(low, high)[0, 1] < 0.9


def test_equal_columns_are_copies(document_of: Any, made: Any) -> None:
    inequality = {"left": "row.a", "op": "==", "right": "row.b"}
    table = made(
        document_of(
            {"id": "row", "rows": 50, "columns": [number("a", 0, 9), number("b", 0, 9)]}, inequalities=[inequality]
        )
    )["row"]
    assert table["a"] == table["b"]


def test_what_no_construction_keeps_is_refused(document_of: Any, made: Any) -> None:
    columns = [{"name": name, "type": "int", "generator": {"sequence": {}}} for name in ("a", "b")]
    inequality = {"left": "row.a", "op": "<", "right": "row.b"}
    with pytest.raises(DocumentError, match="cannot be kept by construction"):
        made(document_of({"id": "row", "columns": columns}, inequalities=[inequality]))


def test_ranges_clip(document_of: Any, made: Any) -> None:
    columns = [
        number("n", -5, 15, "int"),
        series("at", constraints={"min": "2024-03-01", "max": "2024-03-31"}),
        number("x", 0, 1, modifiers=[{"transform": "multiply", "args": {"factor": 10}}]),
    ]
    ranges = [{"attr": "row.n", "min": 0.5, "max": 9.7}, {"attr": "row.x", "max": 0.5}]
    table = made(document_of({"id": "row", "rows": 3000, "columns": columns}, ranges=ranges))["row"]
    assert (min(table["n"].to_pylist()), max(table["n"].to_pylist())) == (1, 9)
    at = instants(table["at"])
    assert at.min() == np.datetime64("2024-03-01", "us")
    assert at.max() < np.datetime64("2024-04-01", "us")
    assert table["x"].to_numpy().max() == 0.5
