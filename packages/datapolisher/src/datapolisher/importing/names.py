"""A tool's names → the names in the data: exactly, then without case, punctuation and the usual prefixes, else refused."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from datapolisher.errors import nearest
from datapolisher.source import Dataset

# Layers of a warehouse, which people write before a table's own name.
_LAYERS = re.compile(
    r"^(stg|stage|staging|src|source|raw|base|int|intermediate|fct|fact|dim|mart|rpt|snap|seed|tbl|vw?)_+"
)


_FILE = re.compile(r"\.(parquet|csv|json|jsonl|ndjson)(\.\w+)?['\"]?$", re.IGNORECASE)


class UnmappedError(Exception):
    """A name that the data does not have; says which it has."""


def normal(name: str) -> str:
    """The name without case and punctuation: ``ward_code``, ``Ward Code`` and ``wardCode`` are one."""
    return re.sub(r"[\W_]+", "", name).casefold()


def dressed(name: str) -> set[str]:
    """The name's normal forms, also without a layer's prefix and in singular and plural."""
    lowered = re.sub(r"[\s-]+", "_", name.strip()).lower()
    bare = _LAYERS.sub("", lowered)
    forms = {normal(lowered), normal(bare)} - {""}
    singular = {form[:-1] for form in forms if form.endswith("s") and len(form) > 3}
    singular |= {f"{form[:-3]}y" for form in forms if form.endswith("ies") and len(form) > 4}
    return forms | singular | {f"{form}s" for form in forms}


def _last(name: str) -> str:
    """The table's own name: behind its schema, or in the path of its files."""
    if not _FILE.search(name):
        return re.split(r"[./]", name)[-1]
    folders = [part for part in re.split(r"[/\\]", name.strip("'\"")) if part and "*" not in part and "=" not in part]
    return _FILE.sub("", folders[-1]) if folders else ""


def _one(found: Iterable[str]) -> str | None:
    unique = set(found)
    return unique.pop() if len(unique) == 1 else None


@dataclass(frozen=True)
class Names:
    """The names of a dataset; without one, every name stands for itself.

    Parameters
    ----------
    dataset
        The data, where it is at hand.
    said
        A tool's name → the table's name, as a person said.
    default
        The table of a document that names none, as a person said.
    """

    dataset: Dataset | None
    said: Mapping[str, str] = field(default_factory=dict)
    default: str | None = None

    def table(self, names: Sequence[str]) -> str:
        """The table that the tool means by these names, the likeliest first.

        Raises
        ------
        UnmappedError
            There is none, or there are several.
        """
        return self.parent([self.default] if self.default else names)

    def parent(self, names: Sequence[str]) -> str:
        """The other table that a rule means; raises `UnmappedError` likewise."""
        for name in names:
            if name in self.said:
                return self.said[name]
        if not names:
            have = f" ({', '.join(list(self.dataset.tables)[:12])})" if self.dataset else ""
            raise UnmappedError(f"the document does not name its table; name it with --table NAME{have}")
        if self.dataset is None:
            return names[0]
        names = [*names, *(last for name in names if (last := _last(name)) and last != name)]
        tables = self.dataset.tables
        exact = next((name for name in names if name in tables), None)
        found = exact or next((t for name in names if (t := _one(self._like(name))) is not None), None)
        if found is None:
            raise UnmappedError(self._no_table(names))
        return found

    def _like(self, name: str) -> list[str]:
        have = self.dataset.tables if self.dataset else {}
        exact = [table for table in have if normal(table) == normal(name)]
        return exact or [table for table in have if dressed(table) & dressed(name)]

    def _no_table(self, names: Sequence[str]) -> str:
        have = list(self.dataset.tables) if self.dataset else []
        guess = next((g for name in names if (g := nearest(name, have))), None)
        hint = f'; did you mean "{guess}"?' if guess else ""
        several = [t for name in names for t in self._like(name)]
        listed = ", ".join(several or have[:12])
        why = "means several tables" if several else "is no table of the data"
        return f'"{names[0]}" {why}{hint} ({listed}); say --table {names[0]}=NAME'

    def column(self, table: str, name: str) -> str:
        """The column of the table that the tool means.

        Raises
        ------
        UnmappedError
            There is none, or there are several.
        """
        if not name.strip():
            raise UnmappedError("the document does not name the check's column")
        source = self.dataset.tables.get(table) if self.dataset else None
        if source is None or name in source.columns:
            return name
        like = [column for column in source.columns if normal(column) == normal(name)]
        if len(like) == 1:
            return like[0]
        guess = nearest(name, list(source.columns))
        hint = f'; did you mean "{guess}"?' if guess else ""
        raise UnmappedError(f'{table} has no column "{name}"{hint} ({", ".join(like or list(source.columns)[:12])})')
