"""DuckDB's tree of a SELECT: its tables through WITH and subqueries, its parts by name, the rows that it looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from datapolisher.importing.sqltext import Node, convert

Tree = Mapping[str, Any]

UNREADABLE = "(a part of the rows, whose condition cannot be read)"
TOTALS = frozenset(
    {"count", "count_star", "sum", "avg", "mean", "min", "max", "median", "stddev", "stddev_samp", "mode"}
)
_ALL = "FORCE_AGGREGATES"  # GROUP BY ALL


def withs(tree: Tree) -> dict[str, dict[str, Any]]:
    """What stands in WITH: name → query."""
    listed = {item["key"]: item["value"] for item in (tree.get("cte_map") or {}).get("map") or ()}
    found = {n: part.get("query_node") or (part.get("query") or {}).get("node") or {} for n, part in listed.items()}
    return {inner: node for query in found.values() for inner, node in withs(query).items()} | found


def named(tree: Any, parts: Tree) -> Iterator[tuple[str, ...]]:
    """The tables' names with their schemas, as the query writes them anywhere; its own parts are none."""
    if isinstance(tree, list):
        for item in tree:
            yield from named(item, parts)
    elif isinstance(tree, dict):
        if tree.get("type") == "BASE_TABLE":
            words = (tree.get("catalog_name"), tree.get("schema_name"), tree["table_name"])
            name = tuple(str(word) for word in words if word)
            if len(name) > 1 or name[0] not in parts:
                yield name
        for value in tree.values():
            yield from named(value, parts)


def sources(table: Tree) -> Iterator[tuple[str, str]]:
    """Alias → table, from left to right; a subquery that makes another table of one has no name."""
    if table.get("type") == "BASE_TABLE":
        yield table.get("alias") or table["table_name"], table["table_name"]
    elif table.get("type") == "JOIN":
        yield from sources(table["left"])
        yield from sources(table["right"])
    elif table.get("type") == "SUBQUERY":
        inner = subquery(table)
        plain = _stars(inner) and not _shaped(inner)
        names = list(sources(inner.get("from_table") or {})) if plain else []
        yield from names if len(names) == 1 else [(str(table.get("alias") or ""), "")]


def subquery(table: Tree) -> dict[str, Any]:
    """The query behind ``FROM (…)``."""
    return (table.get("subquery") or {}).get("node") or {}


def inner(tree: Tree, parts: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """The one part or subquery that is looked at; empty where it is a table, or several."""
    table = tree.get("from_table") or {}
    if table.get("type") == "SUBQUERY":
        return subquery(table)
    return parts.get(str(table.get("table_name")), {}) if table.get("type") == "BASE_TABLE" else {}


def through(tree: dict[str, Any], parts: Mapping[str, dict[str, Any]]) -> dict[str, Any]:
    """``WITH e AS (…) SELECT * FROM e`` says what its part says."""
    for _ in range(len(parts)):
        part = parts.get(only_table(tree) or "")
        if part is None or part.get("type") != "SELECT_NODE":
            break
        tree = part
    return tree


def only_table(tree: Tree) -> str | None:
    """The one table that is taken as it is: without a condition, a group or a column made of others."""
    table = tree.get("from_table") or {}
    plain = table.get("type") == "BASE_TABLE" and not tree.get("where_clause") and not _shaped(tree)
    return str(table["table_name"]) if plain and _stars(tree) else None


def _stars(tree: Tree) -> bool:
    """Whether columns are taken as they are."""
    listed = tree.get("select_list") or ()
    return bool(listed) and all(
        part.get("class") in {"STAR", "COLUMN_REF"} and not part.get("alias") for part in listed
    )


def _shaped(tree: Tree) -> bool:
    """Whether the rows are grouped or numbered."""
    return any(tree.get(key) for key in ("group_expressions", "having", "qualify", "sample")) or _groups_all(tree)


def _groups_all(tree: Tree) -> bool:
    return tree.get("aggregate_handling") == _ALL


def resolved(tree: Tree, parts: Mapping[str, dict[str, Any]]) -> dict[str, str]:
    """Alias → table, through parts that take a table as it is; empty where a part makes another of it."""
    names = dict(sources(tree.get("from_table") or {}))
    for alias, name in names.items():
        names[alias] = _behind(name, parts)
    return names if all(name and name not in parts for name in names.values()) else {}


def _behind(name: str, parts: Mapping[str, dict[str, Any]]) -> str:
    for _ in range(len(parts)):
        if name not in parts:
            break
        name = only_table(parts[name]) or ""
    return name


def grouped(tree: Tree) -> list[Node]:
    """What the rows are grouped by; ``GROUP BY ALL`` means everything that is selected and is no total."""
    if _groups_all(tree):
        return [convert(part) for part in tree.get("select_list") or () if not aggregates(part)]
    return [selected(convert(part), tree) for part in tree.get("group_expressions") or ()]


def selected(node: Node, tree: Tree) -> Node:
    """What ``GROUP BY 1`` and ``HAVING n > 1`` mean: a part of what is selected, by its place or its name."""
    listed = tree.get("select_list") or ()
    if node.kind == "value" and isinstance(node.value, int) and 0 < node.value <= len(listed):
        return convert(listed[node.value - 1])
    if node.kind == "column":
        return next((convert(part) for part in listed if part.get("alias") == node.value), node)
    return node


def conjuncts(tree: Tree) -> list[Node]:
    """The parts of the condition that all must hold."""
    where = convert(tree.get("where_clause")) if tree.get("where_clause") else Node()
    return list(where.args) if where.kind == "and" else [where]


def of_the_whole(tree: Tree) -> bool:
    """An aggregate without groups has one row, which speaks of the whole table."""
    return bool(tree.get("having")) and not grouped(tree)


def counts_any(tree: Tree) -> bool:
    """``SELECT count(*) … WHERE … HAVING count(*) > 0``: whether there is any such row."""
    having = convert(tree.get("having")) if tree.get("having") else Node()
    counted = selected(having.args[0], tree) if having.kind == "compare" else Node()
    bound = having.args[1].value if having.kind == "compare" else None
    any_ = (having.value, bound) in {(">", 0), (">=", 1), ("<>", 0)}
    return bool(tree.get("where_clause")) and any_ and counted.value in {"count_star", "count"}


def one_row(tree: Tree, parts: Mapping[str, dict[str, Any]]) -> bool:
    """Whether every part that is looked at is a total of a whole table."""
    table = tree.get("from_table") or {}
    found = [inner(tree, parts)] if table.get("type") == "SUBQUERY" else [
        parts.get(name, {}) for name in dict(sources(table)).values()
    ]  # fmt: skip
    return bool(found) and all(
        part and not grouped(part) and any(aggregates(item) for item in part.get("select_list") or ()) for part in found
    )


def aggregates(part: Any) -> bool:
    """Whether something in it is a total over rows."""
    if isinstance(part, list):
        return any(map(aggregates, part))
    if not isinstance(part, dict) or part.get("class") in {"WINDOW", "SUBQUERY"}:
        return False
    return part.get("function_name") in TOTALS or any(map(aggregates, part.values()))


def where_of(tree: Tree) -> str | None:
    """The query's own condition as SQL of ours."""
    where = convert(tree.get("where_clause")) if tree.get("where_clause") else None
    if where is None:
        return None
    return where.renamed(str).sql() if where.known else UNREADABLE


def only_of(tree: Tree) -> str | None:
    """``FROM (SELECT * FROM t WHERE …)``: the rows that are looked at."""
    table = tree.get("from_table") or {}
    return where_of(subquery(table)) if table.get("type") == "SUBQUERY" else None


def both(*conditions: str | None) -> str | None:
    """The conditions that are there, joined."""
    return " AND ".join(condition for condition in conditions if condition) or None


def repeated_by(part: Tree) -> tuple[str, ...]:
    """``row_number() OVER (PARTITION BY a, b)``, ``count(*) OVER (…)``: the columns; empty for anything else."""
    if part.get("class") != "WINDOW" or part.get("function_name") not in {"row_number", "count", "count_star"}:
        return ()
    columns = [convert(column) for column in part.get("partitions") or ()]
    return tuple(column.value for column in columns) if all(column.kind == "column" for column in columns) else ()
