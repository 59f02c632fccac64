"""The only place where SQL is put together from strings: quoting, and the two renderings of one query.

A query is written once, over the names of tables. It is *executed* over the read-only views of those names, and
*shown* with the same names defined in front of it by ``WITH`` from the files as the user named them, so that it runs
as it stands in a fresh DuckDB.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterable, Mapping


def ident(name: str) -> str:
    """`name` as a quoted identifier."""
    return '"' + name.replace('"', '""') + '"'


def alias(name: str) -> str:
    """A name of our own for a value, bare where that is safe."""
    return name if re.fullmatch(r"[a-z]+(_[a-z0-9]+)+", name) else ident(name)


def literal(value: Any) -> str:
    """`value` as a SQL literal.

    Accepts None, bool, int, float, Decimal, str, date, datetime, and lists of them. Raises TypeError for others.
    """
    if isinstance(value, list | tuple):
        return "[" + ", ".join(literal(item) for item in value) + "]"
    for kinds, render in _LITERALS:
        if isinstance(value, kinds):
            return render(value)
    raise TypeError(f"no SQL literal for a {type(value).__name__}")


def value(data: Any) -> str:
    """A literal that holds a value of the data; ``plain`` withholds it where no data may be shown."""
    return f"{literal(data)}{_MARK}"


_MARK = "/*data*/"
_VALUE = re.compile(r"(?:'(?:[^']|'')*'(?:::\w+)?|[-+.\w]+|\[[^\[\]]*\])" + re.escape(_MARK))


def plain(query: str, *, withhold: bool = False, known: Collection[str] = ()) -> str:
    """The query as people read it; with `withhold`, the values of the data in it as ``'…'``.

    Instants are withheld whoever wrote them, and so is every text that is one of the `known` values of the data.
    """
    if not withhold:
        return query.replace(_MARK, "")
    without = _INSTANT.sub(r"\1 '…'", _VALUE.sub("'…'", query))
    return _TEXT.sub(lambda found: "'…'" if found[1].replace("''", "'") in known else found[0], without)


_INSTANT = re.compile(r"\b(TIMESTAMPTZ|TIMESTAMP|DATE) '[^']*'")
_TEXT = re.compile(r"'((?:[^']|'')*)'")


# In this order: bool is an int, datetime is a date.
_LITERALS: tuple[tuple[type | tuple[type, ...], Callable[[Any], str]], ...] = (
    (type(None), lambda _: "NULL"),
    (bool, lambda value: "TRUE" if value else "FALSE"),
    ((int, Decimal), str),
    (float, lambda value: repr(value) if math.isfinite(value) else f"'{value}'::DOUBLE"),
    (str, lambda value: "'" + value.replace("'", "''") + "'"),
    (dt.datetime, lambda value: f"TIMESTAMP{'TZ' if value.tzinfo else ''} '{value.isoformat(sep=' ')}'"),
    (dt.date, lambda value: f"DATE '{value.isoformat()}'"),
)


def columns(names: Iterable[str], alias: str = "") -> str:
    """Quoted identifiers, comma-separated, each behind `alias` when one is given."""
    prefix = f"{alias}." if alias else ""
    return ", ".join(prefix + ident(name) for name in names)


def relation(files: Iterable[str], *, hive: bool = False, union: bool = False) -> str:
    """``read_parquet(…)`` over `files` (paths or globs), with the options that its layout asks for."""
    paths = [literal(path) for path in files]
    source = paths[0] if len(paths) == 1 else f"[{', '.join(paths)}]"
    options = ", hive_partitioning = true" if hive else ""
    options += ", union_by_name = true" if union else ""
    return f"read_parquet({source}{options})"


def shown(query: str, relations: Mapping[str, str], *, inline: bool = False) -> str:
    """`query` with the tables it names defined in front of it.

    Parameters
    ----------
    query
        One SELECT (or WITH … SELECT) over names of tables.
    relations
        Name of table → the SELECT to define it by, only those that the query uses.
    inline
        Keep the engine from copying a table that the query names twice.
    """
    if not relations:
        return query
    defined = "AS NOT MATERIALIZED" if inline else "AS"
    tables = ",\n     ".join(f"{ident(name)} {defined} ({source})" for name, source in relations.items())
    return f"WITH {tables}\n{_after_with(query)}"


def _after_with(query: str) -> str:
    """The query without its own leading WITH, joined to the tables defined before it."""
    head = query.lstrip()
    if head[:5].upper() == "WITH " and not head[5:].lstrip().upper().startswith("RECURSIVE"):
        return "     , " + head[5:].lstrip()
    return query if head[:4].upper() != "WITH" else f"SELECT * FROM (\n{query}\n)"
