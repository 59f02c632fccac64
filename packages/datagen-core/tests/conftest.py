"""What several rooms' tests share."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def changed() -> Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]:
    """A function that changes a copy of a document."""
    return _changed


def _changed(document: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    """The document with values put at JSON pointers; null takes away, the index after the last appends."""
    result = copy.deepcopy(document)
    for pointer, value in change.items():
        *way, last = pointer.split("/")[1:]
        at: Any = result
        for step in way:
            at = at[int(step)] if isinstance(at, list) else at.setdefault(step, {})
        _put(at, int(last) if isinstance(at, list) else last, value)
    return result


def _put(at: Any, last: Any, value: Any) -> None:
    if value is None:
        at.pop(last, None) if isinstance(at, dict) else at.pop(last)
    elif isinstance(at, list) and last == len(at):
        at.append(value)
    else:
        at[last] = value
