"""Two million sales that look up price, category and supplier by a product code that is a text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from harness import SEQUENCE, Workload, chosen, column, main, write

PRODUCTS, SALES = 20_000, 2_000_000
CATEGORIES = ["food", "toys", "books", "tools"]
CODES = [f"P-{number:05d}" for number in range(PRODUCTS)]
PRICE = {"distribution": {"type": "lognormal", "params": {"mean": 3, "sigma": 0.5}, "clamp": [1, 500]}}
BY_CODE = {"on": {"code": "code"}}

NODES = [
    {
        "id": "product",
        "kind": "vocab",
        "pk": "code",
        "columns": [
            column("code", "string", {"enum_list": {"values": CODES}}),
            column("category", "string", {"choice": {"choices": CATEGORIES}}),
            column("price", "float", PRICE, modifiers=[{"transform": "round", "args": {"digits": 2}}]),
            column("supplier", "string", {"faker": {"method": "company"}}),
        ],
    },
    {
        "id": "sale",
        "kind": "entity",
        "pk": "sale_id",
        "rows": SALES,
        "columns": [
            column("sale_id", "int", SEQUENCE),
            column("code", "string", {"choice": {"choices_ref": "product.code", "weights_kind": "zipf@0.8"}}),
            *(
                column(name, kind, {"lookup": {"from": f"product.{name}", **BY_CODE}})
                for name, kind in (("category", "string"), ("price", "float"), ("supplier", "string"))
            ),
        ],
    },
]


def floor(folder: Path) -> None:
    """Codes by weight, then a join by the code as it stands in the table."""
    rng = np.random.Generator(np.random.SFC64(42))
    codes, category = pa.array(CODES), chosen(rng, CATEGORIES, PRODUCTS)
    price = np.round(np.clip(rng.lognormal(3, 0.5, PRODUCTS), 1, 500), 2)
    supplier = pa.array([f"Company {number}" for number in range(PRODUCTS)])
    weights = np.cumsum(np.arange(1, PRODUCTS + 1) ** -0.8)
    sold = codes.take(pa.array(np.searchsorted(weights / weights[-1], rng.random(SALES)).clip(max=PRODUCTS - 1)))
    row = pc.index_in(sold, value_set=codes)
    write(
        folder,
        product={"code": codes, "category": category, "price": price, "supplier": supplier},
        sale={
            "sale_id": np.arange(1, SALES + 1),
            "code": sold,
            "category": category.take(row),
            "price": price[row.to_numpy()],
            "supplier": supplier.take(row),
        },
    )


WORKLOAD = Workload("look-ups by join", NODES, floor)

if __name__ == "__main__":
    main(WORKLOAD)
