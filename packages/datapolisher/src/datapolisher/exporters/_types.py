"""DuckDB's types in the words of other standards."""

from __future__ import annotations

from collections.abc import Mapping

from datapolisher.importing.shapes import family


def word(type_: str, words: Mapping[str, str], other: str) -> str:
    """The standard's word for a DuckDB type: `words` has one for each family; `other` for the rest."""
    if type_.endswith("[]"):
        return words.get("list", other)
    if type_.startswith(("STRUCT", "MAP")):
        return words.get("struct", other)
    return words.get(family(type_), other)
