"""A query whose rows offend → the rule that it breaks, where its shape is one of the usual ones.

Keys without a parent (LEFT JOIN … IS NULL, NOT IN, NOT EXISTS), a child before its parent (JOIN … WHERE a.t < b.t), keys that
repeat (GROUP BY … HAVING count(*) > 1), a condition on one table. Anything else stays a query.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from datapolisher.importing.claims import After, Determined, Offenders, Refers, Rule, Unique
from datapolisher.importing.conditions import opposite, rules_of
from datapolisher.importing.sqltext import MIRRORED, Node, convert, parse_query

_DISTINCT = "count distinct"
_UNREADABLE = "(a part of the rows, whose condition cannot be read)"
_TOTALS = frozenset(
    {"count", "count_star", "sum", "avg", "mean", "min", "max", "median", "stddev", "stddev_samp", "mode"}
)


@dataclass(frozen=True)
class Read:
    """What a query says.

    Parameters
    ----------
    tables
        The names of the table that offends, the likeliest first.
    rules
        What its rows break; none for a query that speaks of the whole table.
    only
        The rows that it looks at, as a condition in SQL.
    """

    tables: tuple[str, ...]
    rules: tuple[Rule, ...]
    only: str | None = None


@dataclass(frozen=True)
class _Joined:
    left: str
    right: str
    pairs: tuple[tuple[str, str], ...]
    outer: bool


def read_query(text: str) -> Read | None:
    """The rule that the query's rows break; None where the text is no query that can be read."""
    tree = parse_query(text)
    if tree is None or tree.get("type") != "SELECT_NODE":
        return None
    outer, parts = tree, _parts(tree)
    tree = _through(tree, parts)
    names = _resolved(tree, parts)
    qualified = tuple(dict.fromkeys(_qualified(outer, parts)))
    if not qualified:
        return None
    if _of_the_whole(tree) or _one_row(tree, parts):
        return Read(tuple(name[-1] for name in qualified), ())
    for reader in (_repeated, _orphans, _anti, _early, _one_table) if names else ():
        if found := reader(tree, names):
            return replace(found, only=_only(tree) or found.only)
    if found := _derived(tree, parts):
        return found
    first = [name for name in dict(_sources(tree.get("from_table") or {})).values() if name not in parts]
    tables = dict.fromkeys([*first, *(name[-1] for name in qualified)])
    return Read(tuple(tables), (Offenders((), text.strip().rstrip(";"), _summed(text), qualified),))


def _of_the_whole(tree: Mapping[str, Any]) -> bool:
    """An aggregate without groups has one row, which speaks of the whole table."""
    return bool(tree.get("having")) and not tree.get("group_expressions")


def _one_row(tree: Mapping[str, Any], parts: Mapping[str, Any]) -> bool:
    """Whether every part that is looked at is a total of a whole table."""
    found = [parts.get(name, {}) for name in dict(_sources(tree.get("from_table") or {})).values()]
    return bool(found) and all(
        part and not part.get("group_expressions") and any(_aggregates(item) for item in part.get("select_list") or ())
        for part in found
    )


def _aggregates(part: Any) -> bool:
    if isinstance(part, list):
        return any(map(_aggregates, part))
    if not isinstance(part, dict) or part.get("class") in {"WINDOW", "SUBQUERY"}:
        return False
    return part.get("function_name") in _TOTALS or any(map(_aggregates, part.values()))


def _only(tree: Mapping[str, Any]) -> str | None:
    """``FROM (SELECT * FROM t WHERE …)``: the rows that are looked at."""
    table = tree.get("from_table") or {}
    inner = ((table.get("subquery") or {}).get("node") or {}) if table.get("type") == "SUBQUERY" else {}
    return _where(inner)


def _qualified(tree: Any, parts: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """The tables' names with their schemas, as the query writes them anywhere; its own parts are none."""
    if isinstance(tree, list):
        for item in tree:
            yield from _qualified(item, parts)
    elif isinstance(tree, dict):
        if tree.get("type") == "BASE_TABLE":
            words = (tree.get("catalog_name"), tree.get("schema_name"), tree["table_name"])
            name = tuple(str(word) for word in words if word)
            if len(name) > 1 or name[0] not in parts:
                yield name
        for value in tree.values():
            yield from _qualified(value, parts)


def _summed(text: str) -> str:
    """A query that joins and sums compares a total with its parts."""
    return "aggregate_mismatch" if re.search(r"\bsum\s*\(", text, re.I) and re.search(r"\bjoin\b", text, re.I) else ""


def _sources(table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Alias → table, from left to right."""
    if table.get("type") == "BASE_TABLE":
        yield table.get("alias") or table["table_name"], table["table_name"]
    elif table.get("type") == "JOIN":
        yield from _sources(table["left"])
        yield from _sources(table["right"])
    elif table.get("type") == "SUBQUERY":
        yield from _sources(((table.get("subquery") or {}).get("node") or {}).get("from_table") or {})


def _parts(tree: Mapping[str, Any]) -> dict[str, Any]:
    """What stands in WITH: name → query."""
    listed = {item["key"]: item["value"] for item in (tree.get("cte_map") or {}).get("map") or ()}
    found = {
        name: part.get("query_node") or (part.get("query") or {}).get("node") or {} for name, part in listed.items()
    }
    return {inner: node for query in found.values() for inner, node in _parts(query).items()} | found


def _through(tree: dict[str, Any], parts: Mapping[str, Any]) -> dict[str, Any]:
    """``WITH e AS (…) SELECT * FROM e`` says what its part says."""
    for _ in range(len(parts)):
        inner = parts.get(_only_table(tree) or "")
        if inner is None or inner.get("type") != "SELECT_NODE":
            break
        tree = inner
    return tree


def _only_table(tree: Mapping[str, Any]) -> str | None:
    """The one table that is taken as it is: without a condition, a group or a column made of others."""
    table = tree.get("from_table") or {}
    plain = table.get("type") == "BASE_TABLE" and not any(
        tree.get(key) for key in ("where_clause", "group_expressions", "having", "qualify", "sample")
    )
    stars = [part.get("class") == "STAR" or part.get("class") == "COLUMN_REF" for part in tree.get("select_list") or ()]
    unnamed = not any(part.get("alias") for part in tree.get("select_list") or ())
    return str(table["table_name"]) if plain and unnamed and stars and all(stars) else None


def _resolved(tree: Mapping[str, Any], parts: Mapping[str, Any]) -> dict[str, str]:
    """Alias → table, through parts that take a table as it is; empty where a part makes another of it."""
    names = dict(_sources(tree.get("from_table") or {}))
    for alias, name in names.items():
        for _ in range(len(parts)):
            if name not in parts:
                break
            name = _only_table(parts[name]) or ""  # noqa: PLW2901
        names[alias] = name
    return names if all(name and name not in parts for name in names.values()) else {}


def _derived(tree: Mapping[str, Any], parts: Mapping[str, Any]) -> Read | None:
    """A condition on a part that gives columns of one table other names, or works them out: put in their place."""
    sources = list(dict(_sources(tree.get("from_table") or {})).values())
    part = parts.get(sources[0]) if len(sources) == 1 else None
    names = _resolved(part, parts) if part else {}
    listed = (part or {}).get("select_list") or ()
    if len(names) != 1 or part is None or tree.get("group_expressions") or part.get("having"):
        return None
    meant = {item["alias"]: convert(item) for item in listed if item.get("alias")}
    where = convert(tree.get("where_clause")).meaning(meant) if tree.get("where_clause") else Node()
    if not where.known or any(node.kind == "call" and node.value in _TOTALS for node in where.walk()):
        return None
    return Read(tuple(names.values()), rules_of(opposite(where)), _both(_where(part), _only(part)))


def _where(tree: Mapping[str, Any]) -> str | None:
    """The query's own condition as SQL of ours."""
    where = convert(tree.get("where_clause")) if tree.get("where_clause") else None
    if where is None:
        return None
    return where.renamed(str).sql() if where.known else _UNREADABLE


def _both(*conditions: str | None) -> str | None:
    return " AND ".join(condition for condition in conditions if condition) or None


def _repeated(tree: Mapping[str, Any], names: Mapping[str, str]) -> Read | None:
    having = convert(tree.get("having")) if tree.get("having") else Node()
    grouped = [_selected(convert(part), tree) for part in tree.get("group_expressions") or ()]
    counted = _selected(having.args[0], tree) if having.kind == "compare" else Node()
    counts = having.value in {">", ">="} and counted.value in {"count_star", "count", _DISTINCT}
    plain = bool(grouped) and all(part.kind == "column" for part in grouped) and len(names) == 1
    if not counts or not plain:
        return None
    columns = tuple(part.value for part in grouped)
    tests = [part for part in _conjuncts(tree) if not _is_key_test(part, columns)] if tree.get("where_clause") else []
    if not all(part.known for part in tests):
        return None
    only = " AND ".join(part.renamed(str).sql() for part in tests) or None
    if counted.value != _DISTINCT:
        return Read(tuple(names.values()), (Unique(columns),), only)
    dependent = [part.value for part in counted.args if part.kind == "column"]
    return Read(tuple(names.values()), (Determined((dependent[0], *columns)),), only) if len(dependent) == 1 else None


def _selected(node: Node, tree: Mapping[str, Any]) -> Node:
    """What ``GROUP BY 1`` and ``HAVING n > 1`` mean: a part of what is selected, by its place or its name."""
    listed = tree.get("select_list") or ()
    if node.kind == "value" and isinstance(node.value, int) and 0 < node.value <= len(listed):
        return convert(listed[node.value - 1])
    if node.kind == "column":
        return next((convert(part) for part in listed if part.get("alias") == node.value), node)
    return node


def _joined(tree: Mapping[str, Any]) -> _Joined | None:
    table = tree.get("from_table") or {}
    sides = [table.get("left") or {}, table.get("right") or {}]
    if table.get("type") != "JOIN" or any(side.get("type") != "BASE_TABLE" for side in sides):
        return None
    left, right = (side.get("alias") or side["table_name"] for side in sides)
    pairs = [(name, name) for name in table.get("using_columns") or ()]
    pairs += list(_equal(convert(table.get("condition")), left, right)) if table.get("condition") else []
    return _Joined(left, right, tuple(pairs), table.get("join_type") == "LEFT") if pairs else None


def _equal(condition: Node, left: str, right: str) -> Iterator[tuple[str, str]]:
    if condition.kind == "and":
        for part in condition.args:
            yield from _equal(part, left, right)
    if condition.kind != "compare" or condition.value != "=":
        return
    a, b = condition.args
    if (a.kind, b.kind) == ("column", "column"):
        if (a.qualifier, b.qualifier) == (right, left):
            a, b = b, a
        yield a.value, b.value


def _conjuncts(tree: Mapping[str, Any]) -> list[Node]:
    where = convert(tree.get("where_clause")) if tree.get("where_clause") else Node()
    return list(where.args) if where.kind == "and" else [where]


def _orphans(tree: Mapping[str, Any], names: Mapping[str, str]) -> Read | None:
    joined = _joined(tree)
    if joined is None or not joined.outer:
        return None
    own, other = zip(*joined.pairs, strict=True)
    missing = [n for n in _conjuncts(tree) if n.kind == "null" and n.args[0].qualifier == joined.right]
    rest = [n for n in _conjuncts(tree) if n not in missing and not _is_key_test(n, own)]
    if not missing or rest:
        return None
    return Read((names[joined.left],), (Refers(own, (names[joined.right],), other),))


def _is_key_test(node: Node, own: tuple[str, ...]) -> bool:
    """``child.key IS NOT NULL``, which every test of a key means, whichever way it is written; or ``1 = 1``."""
    if node.kind in {"not", "and", "or"}:
        return all(_is_key_test(part, own) for part in node.args)
    if node.kind == "compare":
        return node.known and not node.columns and all(part.kind == "value" for part in node.args)
    return node.kind == "null" and node.args[0].value in own


def _anti(tree: Mapping[str, Any], names: Mapping[str, str]) -> Read | None:
    """``key NOT IN (SELECT key FROM parent)``, ``NOT EXISTS (SELECT … FROM parent WHERE parent.key = t.key)``."""
    where = tree.get("where_clause") or {}
    parts = where["children"] if where.get("type") == "CONJUNCTION_AND" else [where]
    anti = [part for part in parts if _subquery(part)]
    if len(names) != 1 or len(anti) != 1:
        return None
    inner = _subquery(anti[0])
    select = (inner.get("subquery") or {}).get("node") or {}
    parents = list(_sources(select.get("from_table") or {}))
    pairs = _pairs(inner, select, next(iter(names)), parents[0][0]) if len(parents) == 1 else []
    if not pairs:
        return None
    own, other = zip(*pairs, strict=True)
    if not all(_is_key_test(convert(part), own) for part in parts if part is not anti[0]):
        return None
    return Read(tuple(names.values()), (Refers(own, (parents[0][1],), other),))


def _subquery(part: Mapping[str, Any]) -> dict[str, Any]:
    """What stands behind NOT, if it is a query."""
    inner = (part.get("children") or [{}])[0] if part.get("type") == "OPERATOR_NOT" else {}
    return inner if inner.get("class") == "SUBQUERY" else {}


def _pairs(inner: Mapping[str, Any], select: Mapping[str, Any], child: str, parent: str) -> list[tuple[str, str]]:
    if inner.get("subquery_type") != "ANY":
        return list(_equal(convert(select.get("where_clause")), child, parent))
    own, other = convert(inner.get("child")), convert((select.get("select_list") or [None])[0])
    return [(own.value, other.value)] if (own.kind, other.kind) == ("column", "column") else []


def _early(tree: Mapping[str, Any], names: Mapping[str, str]) -> Read | None:
    """A time of one table against a time of the one that it joins."""
    joined, parts = _joined(tree), _conjuncts(tree)
    if joined is None or len(parts) != 1 or parts[0].kind != "compare":
        return None
    op, (a, b) = parts[0].value, parts[0].args
    if {a.kind, b.kind} != {"column"} or {a.qualifier, b.qualifier} != {joined.left, joined.right}:
        return None
    if op in {">", ">="}:
        op, a, b = MIRRORED[op], b, a
    if op not in {"<", "<="}:
        return None
    pairs = joined.pairs if a.qualifier == joined.left else tuple((right, left) for left, right in joined.pairs)
    own, other = zip(*pairs, strict=True)
    rule = After((a.value,), own, (names[b.qualifier],), other, b.value, strict=op == "<=")
    return Read((names[a.qualifier],), (rule,))


def _one_table(tree: Mapping[str, Any], names: Mapping[str, str]) -> Read | None:
    where = tree.get("where_clause")
    if where is None or len(names) != 1 or tree.get("group_expressions"):
        return None
    bad = convert(where)
    return Read(tuple(names.values()), rules_of(opposite(bad))) if bad.known else None
