"""The closed vocabulary of defects, as its contract lists it."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _defects() -> dict[str, dict[str, Any]]:
    text = files("datapolisher").joinpath("contracts", "defects", "v1.json").read_text(encoding="utf-8")
    found: dict[str, dict[str, Any]] = json.loads(text)["defects"]
    return found


@cache
def words() -> frozenset[str]:
    """Every word of the vocabulary, and ``other``."""
    return frozenset({*_defects(), "other"})


def usual(defect: str) -> tuple[str, str]:
    """The severity and the category that the vocabulary gives the defect."""
    entry = _defects().get(defect, {"severity": "low", "category": "data_quality"})
    return entry["severity"], entry["category"]


def word(defect: str) -> str:
    """The defect if it is a word of the vocabulary, else ``other``."""
    return defect if defect in words() else "other"


def listed() -> dict[str, str]:
    """Every word of the vocabulary with its meaning, in the contract's order."""
    return {defect: entry["meaning"] for defect, entry in _defects().items()}
