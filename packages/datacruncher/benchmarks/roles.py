"""How well the roles of columns are told: the labels of ``roles.yaml`` against the catalog, as a table of F1 by role.

python packages/datacruncher/benchmarks/roles.py [--public DIR]
"""

from __future__ import annotations

import argparse
import re
import tempfile
from collections import Counter
from pathlib import Path

import duckdb
from datacruncher.catalog import Catalog
from datacruncher.run import Order, learn
from ruamel.yaml import YAML

HERE = Path(__file__).parent
CHINOOK = HERE.parent / "tests" / "data" / "chinook"
BOUND = 0.5  # confidence from which checks bind to a role
_KEYS = {"primary_key", "foreign_key"}
_QUERY = re.compile(r"^-- (\S+)\.(\w+)\n(.*?)$", re.MULTILINE)


def labels() -> dict[str, dict[tuple[str, str], str]]:
    """Dataset → (table, column) → role."""
    found: dict[str, dict[tuple[str, str], str]] = {}
    for dataset, tables in YAML(typ="safe").load(HERE / "roles.yaml").items():
        found[dataset] = {
            (table, column): role
            for table, roles in tables.items()
            for role, columns in roles.items()
            for column in columns
        }
    return found


def folders(scratch: Path, public: Path | None) -> dict[str, Path]:
    """Dataset → its directory; public ones only where they are."""
    found = {"chinook": CHINOOK}
    for dataset, table, query in _QUERY.findall((HERE / "roles.sql").read_text()):
        folder = found.setdefault(dataset, scratch / dataset)
        folder.mkdir(parents=True, exist_ok=True)
        duckdb.execute(f"COPY ({query}) TO '{folder / table}.parquet' (FORMAT parquet)")
    for path in sorted(public.iterdir()) if public else ():
        found[f"public/{path.name}"] = path
    return found


def told(catalog: Catalog) -> dict[tuple[str, str], str]:
    """(table, column) → the likeliest role beside that of a key, where checks would bind to it."""
    return {
        (table.name, column.name): role
        for table in catalog
        for column in table.columns
        for role in [next((r for r, sure in column.roles.items() if r not in _KEYS and sure >= BOUND), "")]
        if role
    }


def counted(public: Path | None) -> dict[str, Counter[str]]:
    """Role → how often right, said and true, over all columns of the labelled tables; and what was mistaken."""
    counts = {name: Counter[str]() for name in ("right", "said", "true", "mistakes")}
    with tempfile.TemporaryDirectory() as name:
        known = folders(Path(name), public)
        for dataset, true in labels().items():
            if dataset not in known:
                continue
            said = told(learn(Order(path=str(known[dataset]))))
            tables = {table for table, _ in true}
            for place in {place for place in said if place[0] in tables} | true.keys():
                is_, was = true.get(place, ""), said.get(place, "")
                counts["true"][is_] += 1
                counts["said"][was] += 1
                counts["right"][is_] += is_ == was
                if is_ != was:
                    counts["mistakes"][
                        f"{dataset}: {'.'.join(place)} is {is_ or 'nothing'}, said {was or 'nothing'}"
                    ] += 1
    return counts


def f1(counts: dict[str, Counter[str]], role: str) -> float:
    """Of one role."""
    both = counts["said"][role] + counts["true"][role]
    return 2 * counts["right"][role] / both if both else 1.0


def section(public: Path | None) -> tuple[str, list[str]]:
    """The text, and every mistake."""
    counts = counted(public)
    roles = sorted(role for role in counts["true"] if role)
    scores = {role: f1(counts, role) for role in roles}
    columns = sum(counts["true"][role] for role in roles)
    macro = sum(scores.values()) / len(scores)
    rows = [f"| {role} | {counts['true'][role]} | {scores[role]:.2f} |" for role in roles]
    head = f"{len(roles)} roles, {columns} labelled columns: macro F1 **{macro:.2f}**.\n\n| role | columns | F1 |\n| --- | --- | --- |\n"
    return head + "\n".join(rows), sorted(counts["mistakes"])


def main() -> None:
    """Print the table and the mistakes."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n", maxsplit=1)[0])
    parser.add_argument("--public", type=Path, help="what public.py prepared")
    text, mistakes = section(parser.parse_args().public)
    print(text, *mistakes, sep="\n")


if __name__ == "__main__":
    main()
