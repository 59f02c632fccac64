"""The only place where names and values become SQL text."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Scalar = str | int | float | bool | Decimal | date | datetime | None
INTEGERS = frozenset(
    {"TINYINT", "SMALLINT", "INTEGER", "BIGINT", "UTINYINT", "USMALLINT", "UINTEGER", "UBIGINT", "HUGEINT"}
)


def is_number(type_: str) -> bool:
    """Whether a type, by DuckDB's name, is of numbers."""
    return type_ in INTEGERS or type_ in {"UHUGEINT", "DOUBLE", "FLOAT"} or type_.startswith("DECIMAL")


def ident(name: str) -> str:
    """`name` as a quoted identifier.

    Raises
    ------
    ValueError
        The name holds a NUL character, which no identifier can.
    """
    if "\x00" in name:
        raise ValueError("an identifier cannot hold a NUL character")
    return '"' + name.replace('"', '""') + '"'


def idents(names: Iterable[str], prefix: str = "") -> str:
    """Quoted identifiers, comma-separated, each behind `prefix` (``"p."``)."""
    return ", ".join(prefix + ident(name) for name in names)


def text(value: str) -> str:
    """`value` as a string literal; raises ``ValueError`` for a NUL character, which no literal can hold."""
    if "\x00" in value:
        raise ValueError("a string literal cannot hold a NUL character")
    return "'" + value.replace("'", "''") + "'"


def _finite(value: float) -> str:
    if not math.isfinite(value):
        raise ValueError(f"{value} has no literal")
    return repr(value)


def _instant(value: datetime) -> str:
    utc = value.astimezone(UTC) if value.tzinfo else value
    return f"TIMESTAMP {text(utc.strftime('%Y-%m-%d %H:%M:%S.%f'))}"


_WRITERS: tuple[tuple[type, Callable[[Any], str]], ...] = (
    (bool, lambda value: "TRUE" if value else "FALSE"),
    (int, str),
    (Decimal, str),
    (float, _finite),
    (datetime, _instant),
    (date, lambda value: f"DATE {text(value.isoformat())}"),
    (str, text),
)


def literal(value: Scalar) -> str:
    """`value` as a literal that keeps its type; times in UTC.

    Raises
    ------
    ValueError
        A string holds a NUL character, or a float is not finite.
    """
    if value is None:
        return "NULL"
    return next(write(value) for kind, write in _WRITERS if isinstance(value, kind))


def parquet(paths: Iterable[str], *, hive: bool = False) -> str:
    """A table function that reads these files as one table, as a person would type it."""
    listed = [text(path) for path in paths]
    files = listed[0] if len(listed) == 1 else f"[{', '.join(listed)}]"
    options = (
        f", hive_partitioning = {'true' if hive else 'false'}, union_by_name = true" if len(listed) > 1 or hive else ""
    )
    return f"read_parquet({files}{options})"
