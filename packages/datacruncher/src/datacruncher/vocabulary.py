"""The closed vocabulary of defects, as the contract ``defects/v1`` fixes it."""

from __future__ import annotations

import json
from functools import cache
from importlib.resources import files
from typing import Any


@cache
def _defects() -> dict[str, Any]:
    text = files("datacruncher").joinpath("contracts", "defects", "v1.json").read_text(encoding="utf-8")
    found: dict[str, Any] = json.loads(text)["defects"]
    return found


def words() -> list[str]:
    """All words, "other" included."""
    return [*_defects(), "other"]


def category(word: str) -> str:
    """The category that a defect has where nobody states another."""
    found: str = _defects().get(word, {}).get("category", "data_quality")
    return found


def meaning(word: str) -> str:
    """What the word means, in one line."""
    found: str = _defects().get(word, {}).get("meaning", "")
    return found
