"""The keys and references of a dataset: as its authors declare them, and what is found of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

Columns = tuple[str, ...]
Reference = tuple[str, Columns, str, Columns]


@dataclass(frozen=True)
class Truth:
    """Table → key; references as (table, columns, parent, its columns).

    Parameters
    ----------
    open_keys
        Tables for which several keys are right or none is said to be: what is found there is not counted.
    """

    keys: Mapping[str, Columns]
    references: frozenset[Reference] | set[Reference]
    open_keys: Columns = field(default=())

    def of(self, tables: Iterable[str]) -> Truth:
        """What it says about these tables."""
        kept = set(tables)
        references = {r for r in self.references if r[0] in kept and r[2] in kept}
        return Truth({name: key for name, key in self.keys.items() if name in kept}, references, self.open_keys)

    def renamed(self, names: Mapping[tuple[str, str], str]) -> Truth:
        """With other names of columns: (table, column) → name."""

        def other(table: str, columns: Columns) -> Columns:
            return tuple(names[table, column] for column in columns)

        keys = {table: other(table, key) for table, key in self.keys.items()}
        references = {(a, other(a, b), c, other(c, d)) for a, b, c, d in self.references}
        return Truth(keys, references, self.open_keys)

    def write(self, path: Path) -> None:
        """As JSON."""
        listed = {"keys": self.keys, "references": sorted(self.references), "open_keys": self.open_keys}
        path.write_text(json.dumps(listed, indent=1))

    @classmethod
    def read(cls, path: Path) -> Truth:
        """What `write` wrote."""
        found: dict[str, Any] = json.loads(path.read_text())
        references = {(a, tuple(b), c, tuple(d)) for a, b, c, d in found["references"]}
        return cls({k: tuple(v) for k, v in found["keys"].items()}, references, tuple(found["open_keys"]))
