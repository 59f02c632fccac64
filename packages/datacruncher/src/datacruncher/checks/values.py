"""What checks of values share: which columns are meant, how text is trimmed, what stands for nothing."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Any

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, Table

# Blanks that people don't see: no-break space, zero-width space, joiners, byte order mark, ideographic space.
BLANKS = " \t\n\r\u00a0\u2000-\u200d\u2028\u2029\u202f\u2060\u3000\ufeff"
_EDGES = f"^[{BLANKS}]+|[{BLANKS}]+$"

# What people type where there is nothing; compared in lower case and trimmed.
NOTHING = (
    *("", "n/a", "#n/a", "null", "(null)", "<null>", "nil", "nan", "\\n", "undefined"),
    *("-", "--", "---", "?", "??", ".", "missing", "not available", "0000-00-00", "0000-00-00 00:00:00"),
)
# Words that also are members of lists: a country code, an answer. They count only where values are many.
NOTHING_OR_MEMBER = ("na", "none")

MONEY = ("amount", "price", "cost", "tax", "balance", "discount")
MEASURES = (*MONEY, "quantity", "rate", "score", "duration", "weight", "age")


def capped(share: float, bound: float) -> float:
    """`share`, or `bound` if it is more: what isn't certain stays below the step that begins above `bound`."""
    return min(share, bound)


def texts(table: Table) -> list[Column]:
    """The text columns that stand in the files."""
    return [c for c in table.columns if c.family == "text" and not c.partition]


def numbers(table: Table) -> list[Column]:
    """Numbers that measure something: no keys, no positions, no parts of a path."""
    return [c for c in table.columns if c.is_number and not c.is_key and not c.partition]


def times(table: Table) -> list[Column]:
    """Dates and timestamps."""
    return [c for c in table.columns if c.is_time and not c.partition]


def trimmed(expression: str) -> str:
    """SQL: the text without blanks of any kind at its ends."""
    return f"REGEXP_REPLACE({expression}, {sql.literal(_EDGES)}, '', 'g')"


def double(column: Column, alias: str = "") -> str:
    """SQL: the number as a double; null where it isn't finite."""
    name = column.of(alias) if alias else column.sql
    wide = f"CAST({name} AS DOUBLE)"
    return f"CASE WHEN ISFINITE({wide}) THEN {wide} END" if column.family == "float" else wide


def nothing(column: Column) -> str:
    """SQL: the text says that there is nothing."""
    words = words_for_nothing(column)
    longest = max(map(len, words))
    c, listed = column.sql, f"LOWER(TRIM({column.sql})) IN ({', '.join(map(sql.literal, words))})"
    if (column.facts.max_length or 0) <= longest:
        return listed
    # Longer text can only be one of the words within blanks; to see that it isn't is cheap, to trim it is not.
    short = f"STRLEN({c}) <= {longest + 2} OR {c} LIKE '  %' OR {c} LIKE '%  '"
    return f"CASE WHEN {short} THEN {listed} ELSE FALSE END"


def words_for_nothing(column: Column) -> tuple[str, ...]:
    """What stands for nothing in this column."""
    if few_values(column) or column.has("country", "region", "currency", "category", "status", "last_name"):
        return NOTHING
    return (*NOTHING, *NOTHING_OR_MEMBER)


def said(column: Column) -> str:
    """SQL: the text is there and says something."""
    return f"{column.sql} IS NOT NULL AND NOT ({nothing(column)})"


def few_values(column: Column, most: int = 500, repeats: int = 5) -> bool:
    """Whether the column classifies rows: at most `most` values, each on average `repeats` times."""
    facts = column.facts
    return 0 < facts.distinct <= most and facts.present >= repeats * facts.distinct


def categories(table: Table, most: int = 500) -> list[Column]:
    """Text columns that classify rows."""
    skipped = ("free_text", "email", "url", "uuid", "ip", "phone", "postcode")
    return [c for c in texts(table) if few_values(c, most) and not c.has(*skipped, at_least=0.8)]


def tokens(name: str) -> list[str]:
    """The words of a name, in lower case: ``BillingState`` → billing, state."""
    spaced = re.sub(r"([a-z0-9])([A-Z])", r"\1 \2", name)
    return [word for word in re.split(r"[^A-Za-z0-9]+", spaced.lower()) if word]


def none_is(catalog: Catalog, column: Column, offends: Callable[[str], Any]) -> bool:
    """Whether the column has few values, all of which were looked at, and none offends: then no row needs to be."""
    if not few_values(column) or column.type != "VARCHAR":
        return False
    found = catalog.values(column)
    return sum(n for _, n in found) == column.facts.present and not any(offends(str(value)) for value, _ in found)


def in_list(column: Column, values: Iterable[Any]) -> str:
    """SQL: the column has one of the values, which come from the data; false for none."""
    listed = ", ".join(sql.value(value) for value in values)
    return f"{column.sql} IN ({listed})" if listed else "FALSE"


def sample(catalog: Catalog, table: Table, select: str, rows: int = 5000) -> dict[str, Any]:
    """One row of aggregates over the first rows of a table; for discovery, never for a finding."""
    found = catalog.ask(f"SELECT {select} FROM (SELECT * FROM {table.sql} LIMIT {rows})")
    return found[0] if found else {}
