"""Small pieces of YAML inside another tool's result; read safely, nothing is built from them."""

from __future__ import annotations

from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

_LONGEST = 200_000


def load(text: str) -> Any:
    """The tree; the text itself where it is no YAML."""
    if len(text) > _LONGEST:
        return text
    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError, RecursionError):
        return text
