"""The closed vocabulary of defects, as its contract lists it."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files


@cache
def words() -> frozenset[str]:
    """Every word of the vocabulary, and ``other``."""
    text = files("datapolisher").joinpath("contracts", "defects", "v1.json").read_text(encoding="utf-8")
    return frozenset({*json.loads(text)["defects"], "other"})


def word(defect: str) -> str:
    """The defect if it is a word of the vocabulary, else ``other``."""
    return defect if defect in words() else "other"
