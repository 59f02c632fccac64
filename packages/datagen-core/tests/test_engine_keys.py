"""Keys of several columns: no combination comes twice, and what is drawn keeps its law as far as that allows."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest
from datagen_core.errors import DocumentError, InputError
from datagen_core.loading import load
from datagen_core.metadata import whole_keys

SERIES: dict[str, Any] = {"datetime_series": {"freq": "D"}}
TEN = [f"c{place}" for place in range(10)]


def column(name: str, kind: str, generator: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "generator": generator, **more}


def up(name: str, source: str, kind: str = "int") -> dict[str, Any]:
    return column(name, kind, {"lookup": {"from": source}})


ORDER = {"id": "order", "rows": 3000, "columns": [column("created_at", "datetime", SERIES)]}
PRODUCT = {
    "id": "product",
    "rows": 12,
    "columns": [column("price", "float", {"distribution": {"type": "uniform", "params": {"low": 1, "high": 9}}})],
}
FEW = {"distribution": "uniform", "min": 0, "max": 8}


def line(second: Any, **more: Any) -> dict[str, Any]:
    """A fact whose key is its order and one further column."""
    return {
        "id": "line",
        "parents": ["order", "product"],
        "pk": ["order_id", second["name"]],
        "fanout": FEW,
        "columns": [up("order_id", "order.id"), second, *more.pop("columns", [])],
        **more,
    }


SECONDS = {
    "row of another table": up("product_id", "product.id"),
    "choice by weight": column(
        "size", "string", {"choice": {"choices": TEN, "weights": [9, 1, 1, 1, 1, 1, 1, 1, 1, 1]}}
    ),
    "choice": column("size", "int", {"choice": {"choices": list(range(8))}}),
    "whole number": column(
        "number", "int", {"distribution": {"type": "uniform", "params": {"low": 0.5, "high": 12.5}}}
    ),
    "day": column("day", "date", SERIES, after_parent=False),
    "time after the parent": column("at", "datetime", {"datetime_series": {"freq": "H"}}),
}


@pytest.mark.parametrize("second", SECONDS)
def test_the_rows_of_a_parent_differ(second: str, document_of: Any, made: Any) -> None:
    document = document_of(ORDER, PRODUCT, line(SECONDS[second]))
    whole = made(document)["line"]
    names = ["order_id", SECONDS[second]["name"]]
    keys = list(zip(*(whole[name].to_pylist() for name in names), strict=True))
    assert len(set(keys)) == len(keys) == len(whole) > 10_000
    assert made(document, slice_rows=41)["line"].equals(whole)


def test_columns_of_the_chosen_row_stay_together_and_every_row_comes_alike(document_of: Any, made: Any) -> None:
    tables = made(
        document_of(
            ORDER, PRODUCT, line(SECONDS["row of another table"], columns=[up("price", "product.price", "float")])
        )
    )
    price = dict(zip(tables["product"]["id"].to_pylist(), tables["product"]["price"].to_pylist(), strict=True))
    rows = tables["line"].to_pylist()
    assert all(row["price"] == price[row["product_id"]] for row in rows)
    counts = np.array(list(Counter(row["product_id"] for row in rows).values()))
    assert len(counts) == 12 and counts / len(rows) == pytest.approx(1 / 12, rel=0.06)


def test_weights_are_felt_as_far_as_the_key_allows(document_of: Any, made: Any) -> None:
    """One row per order: the weights alone decide. More rows: the heavy one is in nearly all orders, and never twice."""
    second = SECONDS["choice by weight"]
    one = made(document_of(ORDER, PRODUCT, line(second, fanout={"distribution": "fixed", "lambda": 1})))["line"]
    assert Counter(one["size"].to_pylist())["c0"] / len(one) == pytest.approx(0.5, abs=0.03)
    many = made(document_of(ORDER, PRODUCT, line(second, fanout={"distribution": "fixed", "lambda": 8})))["line"]
    assert Counter(many["size"].to_pylist())["c0"] / 3000 > 0.97


def test_all_values_are_used_where_there_are_no_more(document_of: Any, made: Any) -> None:
    second = column("size", "string", {"choice": {"choices": TEN[:4], "weights": [1, 1, 1, 0.0001]}})
    rows = made(document_of(ORDER, PRODUCT, line(second, fanout={"distribution": "fixed", "lambda": 4})))["line"]
    assert set(Counter(rows["size"].to_pylist()).values()) == {3000}


@pytest.mark.parametrize("rows", [300, 1098])
def test_rows_without_a_parent_take_each_combination_once(rows: int, document_of: Any, made: Any) -> None:
    price = {
        "id": "price",
        "rows": rows,
        "pk": ["shop", "day"],
        "columns": [column("shop", "string", {"choice": {"choices": ["a", "b", "c"]}}), column("day", "date", SERIES)],
    }
    document = document_of(price)
    table = made(document)["price"]
    keys = list(zip(table["shop"].to_pylist(), table["day"].to_pylist(), strict=True))
    assert len(set(keys)) == rows
    assert min(Counter(shop for shop, _ in keys).values()) > rows / 3 * 0.75
    assert made(document, slice_rows=17)["price"].equals(table)


def test_a_parent_with_a_key_of_several_columns_is_found_again(document_of: Any) -> None:
    note = {
        "id": "note",
        "parents": ["line"],
        "columns": [up("order_id", "line.order_id"), up("product_id", "line.product_id")],
    }
    document = load(document_of(ORDER, PRODUCT, line(SECONDS["row of another table"]), note))
    found = dict(whole_keys(document, document.node("note")))
    assert found == {"line": (("order_id", "order_id"), ("product_id", "product_id"))}


def test_a_row_for_each_parent_may_have_its_key(document_of: Any, made: Any) -> None:
    profile = {"id": "profile", "parents": ["order"], "pk": "order_id", "columns": [up("order_id", "order.id")]}
    some = {**profile, "id": "note", "fanout": {"distribution": "poisson", "lambda": 0.4, "max": 1}}
    tables = made(document_of(ORDER, profile, some))
    assert tables["profile"]["order_id"].to_pylist() == tables["order"]["id"].to_pylist()
    found = tables["note"]["order_id"].to_pylist()
    assert len(set(found)) == len(found) == pytest.approx(3000 * (1 - np.exp(-0.4)), rel=0.05)


def test_rows_of_another_table_may_be_given_out_once_each(document_of: Any, made: Any) -> None:
    person = {
        "id": "person",
        "rows": 10,
        "columns": [up("seat", "product.id") | {"unique": True}, up("price", "product.price", "float")],
    }
    document = document_of(PRODUCT, person)
    tables = made(document)
    seats = tables["person"]["seat"].to_pylist()
    assert len(set(seats)) == 10 and seats != sorted(seats)
    price = dict(zip(tables["product"]["id"].to_pylist(), tables["product"]["price"].to_pylist(), strict=True))
    assert tables["person"]["price"].to_pylist() == [price[seat] for seat in seats]
    assert made(document, slice_rows=3)["person"].equals(tables["person"])


REFUSED = {
    "nothing-keeps-apart": (
        lambda: line(column("word", "string", {"faker": {"method": "word"}})),
        "nothing makes sure that no line.(order_id, word) comes twice",
    ),
    "more-rows-than-values": (
        lambda: line(column("size", "string", {"choice": {"choices": TEN[:5]}})),
        'a parent may have 8 rows, which the key tells apart by 5 values; bound the fanout with "max": 5',
    ),
    "more-rows-than-seats": (
        lambda: {"id": "person", "rows": 13, "columns": [up("seat", "product.id") | {"unique": True}]},
        "person.seat has to be unique: 12 values for 13 rows",
    ),
    "more-children-than-one": (
        lambda: {
            "id": "note",
            "parents": ["order"],
            "pk": "order_id",
            "fanout": FEW,
            "columns": [up("order_id", "order.id")],
        },
        "note.order_id has to be unique, and lookup can't promise that",
    ),
    "more-rows-than-keys": (
        lambda: {
            "id": "price",
            "rows": 1099,
            "pk": ["shop", "day"],
            "columns": [
                column("shop", "string", {"choice": {"choices": ["a", "b", "c"]}}),
                column("day", "date", SERIES),
            ],
        },
        "1,099 rows, and 3 × 366 values make 1,098 keys",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_what_cannot_be_unique_is_refused(name: str, document_of: Any) -> None:
    node, says = REFUSED[name]
    with pytest.raises(DocumentError) as caught:
        load(document_of(ORDER, PRODUCT, node()))
    assert says in str(caught.value)


def test_a_parent_with_more_rows_than_expected_is_told(document_of: Any, made: Any) -> None:
    segments = {"segment_column": "tier", "behaviors": {"big": {"fanout_multiplier": 300}}}
    tier = column("tier", "string", {"choice": {"choices": ["big", "small"], "weights": [0.001, 0.999]}})
    order = {**ORDER, "segment_behavior": segments, "columns": [*ORDER["columns"], tier]}
    fact = line(SECONDS["row of another table"], fanout={"distribution": "poisson", "lambda": 0.3})
    with pytest.raises(
        InputError, match=r"line\.product_id: a parent has \d+ rows, and the key tells them apart by 12 values"
    ):
        made(document_of(order, PRODUCT, fact))
