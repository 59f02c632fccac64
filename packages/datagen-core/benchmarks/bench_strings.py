"""Names, e-mails, streets, cities, telephones and companies of half a million people in six countries."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from harness import SEQUENCE, Workload, chosen, column, main, write

ROWS = 500_000
COUNTRIES = ["US", "DE", "FR", "ES", "IT", "PL"]
METHODS = ["name", "email", "street_address", "city", "phone_number", "company"]
POOL = 2000

NODES = [
    {
        "id": "person",
        "kind": "entity",
        "pk": "id",
        "rows": ROWS,
        "columns": [
            column("id", "int", SEQUENCE),
            column("country", "string", {"choice": {"choices": COUNTRIES}}),
            *(column(name, "string", {"faker": {"method": name, "locale_from": "country"}}) for name in METHODS),
        ],
    }
]


def floor(folder: Path) -> None:
    """The same columns from pools of words, each row from the part of its country."""
    rng = np.random.Generator(np.random.SFC64(42))
    country = chosen(rng, COUNTRIES, ROWS)
    start = country.indices.to_numpy().astype("i8") * POOL

    def words(kind: str) -> pa.Array:
        pool = pa.array([f"{kind}{number}" for number in range(POOL * len(COUNTRIES))])
        return pool.take(pa.array(start + rng.integers(0, POOL, ROWS)))

    def digits(count: int) -> pa.Array:
        return pc.utf8_lpad(pa.array(rng.integers(0, 10**count, ROWS)).cast("string"), count, "0")

    given, family = words("Given"), words("Family")
    local = pc.binary_join_element_wise(pc.utf8_lower(given), pc.utf8_lower(family), digits(4), ".")
    write(
        folder,
        person={
            "id": np.arange(1, ROWS + 1),
            "country": country,
            "name": pc.binary_join_element_wise(given, family, " "),
            "email": pc.binary_join_element_wise(local, words("host"), "@"),
            "street_address": pc.binary_join_element_wise(digits(3), words("Street"), " "),
            "city": words("City"),
            "phone_number": pc.binary_join_element_wise("+1", digits(3), digits(3), digits(4), " "),
            "company": pc.binary_join_element_wise(words("Company"), words("Ending"), " "),
        },
    )


WORKLOAD = Workload("strings in six locales", NODES, floor)

if __name__ == "__main__":
    main(WORKLOAD)
