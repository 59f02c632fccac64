"""Four formulas over two million rows: arithmetic, a condition, a logarithm, and text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from harness import SEQUENCE, Workload, chosen, column, main, write

ROWS = 2_000_000
KINDS = ["a", "b", "c"]
UNIFORM = {"distribution": {"type": "uniform", "params": {"low": 1, "high": 100}}}

NODES = [
    {
        "id": "line",
        "kind": "entity",
        "pk": "line_id",
        "rows": ROWS,
        "columns": [
            column("line_id", "int", SEQUENCE),
            column("kind", "string", {"choice": {"choices": KINDS}}),
            column("price", "float", UNIFORM),
            column("quantity", "float", UNIFORM),
            column("total", "float", {"expression": {"code": "round(price * quantity * 1.2, 2)"}}),
            column("fee", "float", {"expression": {"code": "price * 0.1 if quantity > 50 else 2.5"}}),
            column("score", "float", {"expression": {"code": "log(price) + sqrt(quantity)"}}),
            column("label", "string", {"expression": {"code": "concat(upper(kind), '-', 'x')"}}),
        ],
    }
]


def floor(folder: Path) -> None:
    """The same formulas in numpy and Arrow."""
    rng = np.random.Generator(np.random.SFC64(42))
    kind, price, quantity = chosen(rng, KINDS, ROWS), rng.uniform(1, 100, ROWS), rng.uniform(1, 100, ROWS)
    upper = pc.utf8_upper(kind.dictionary).take(kind.indices)
    write(
        folder,
        line={
            "line_id": np.arange(1, ROWS + 1),
            "kind": kind,
            "price": price,
            "quantity": quantity,
            "total": np.round(price * quantity * 1.2, 2),
            "fee": np.where(quantity > 50, price * 0.1, 2.5),
            "score": np.log(price) + np.sqrt(quantity),
            "label": pc.binary_join_element_wise(upper, pa.scalar("-"), pa.scalar("x"), ""),
        },
    )


WORKLOAD = Workload("expressions", NODES, floor)

if __name__ == "__main__":
    main(WORKLOAD)
