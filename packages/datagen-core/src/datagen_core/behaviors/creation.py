"""When a row came to be: which column says so. The rule that no child is before its parent rests on it."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datagen_core.schema.model import Column, Node

_WORDS = (
    r"created?|creation|sign(?:ed)?_?up|join(?:ed|ing)?|regist(?:er|ered|ration)|open(?:ed|ing)?|install(?:ed|ation)?|"
    r"admit(?:ted)?|admission|hired?|hiring|start(?:ed)?|enrol(?:l|led|ment|lment)?|onboard(?:ed|ing)?|subscribed|founded|"
    r"launch(?:ed)?|activated|activation"
)
_ENDING = r"(?:_(?:at|on|date|time|ts|timestamp|day))?"
_TIMES = ("datetime", "date")


def creation_column(node: Node) -> Column | None:
    """The column that holds when a row of the table came to be, or None.

    It is the one that `vintage_behavior` names, else the first datetime, else date, column with a name such as
    ``created_at``, ``signup_date``, ``opened_on``, ``hired`` or ``start_time``, with or without the table's name before it.
    """
    if node.vintage_behavior is not None:
        return node.column(node.vintage_behavior.created_at_column)
    name = re.compile(rf"^(?:{re.escape(node.id)}_)?(?:{_WORDS}){_ENDING}$", re.IGNORECASE)
    for kind in _TIMES:
        for column in node.columns:
            if column.type == kind and name.match(column.name) and column.generator.name != "aggregate":
                return column  # what follows from a row's children is not when the row came to be
    return None


def time_column(node: Node) -> Column | None:
    """The column that holds a row's time: the one of its process, else the first datetime, else the first date column."""
    for column in node.columns:
        if getattr(column.generator.params, "role", None) == "time":
            return column
    for kind in _TIMES:
        for column in node.columns:
            if column.type == kind:
                return column
    return None


def own_time(node: Node) -> Column | None:
    """When a row of a parent stands in time: its creation, else its first datetime (of a fact also date) column."""
    created = creation_column(node)
    if created is not None:
        return created
    column = time_column(node)
    return column if column is not None and (column.type == "datetime" or node.kind == "fact") else None
