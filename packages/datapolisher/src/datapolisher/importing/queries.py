"""A query whose rows offend → the rule that it breaks, where its shape is one of the usual ones.

Keys without a parent (LEFT JOIN … IS NULL, NOT IN, NOT EXISTS), a child before its parent (JOIN … WHERE a.t < b.t), keys that
repeat (GROUP BY … HAVING count(*) > 1), a condition on one table. Anything else stays a query.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from datapolisher.importing import trees
from datapolisher.importing.claims import After, Determined, Offenders, Refers, Rule, Unique
from datapolisher.importing.conditions import opposite, rules_of
from datapolisher.importing.sqltext import COMPARISONS, MIRRORED, Node, bare, convert, parse_query
from datapolisher.importing.trees import Tree

_DISTINCT = "count distinct"


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
    kind: str


def read_query(text: str) -> Read | None:
    """The rule that the query's rows break; None where the text is no query that can be read."""
    tree = parse_query(text)
    if tree is None:
        return None
    parts = trees.withs(tree)
    tables = tuple(dict.fromkeys(trees.named(tree, parts)))
    if not tables:
        return None
    if tree.get("type") == "SELECT_NODE":
        return _of_select(text, trees.through(tree, parts), parts, tables)
    return _except(tree, parts) or _kept(text, (), tables)


def _of_select(text: str, tree: Tree, parts: Mapping[str, dict[str, Any]], tables: tuple[tuple[str, ...], ...]) -> Read:
    """The first pattern that the query has; else the query itself."""
    if trees.counts_any(tree):
        tree = {**tree, "having": None}
    elif trees.of_the_whole(tree) or trees.one_row(tree, parts):
        return Read(tuple(name[-1] for name in tables), ())
    names = trees.resolved(tree, parts)
    for reader in (_repeated, _numbered, _orphans, _anti, _early, _one_table) if names else ():
        if found := reader(tree, names):
            return replace(found, only=trees.only_of(tree) or found.only)
    first = [name for name in dict(trees.sources(tree.get("from_table") or {})).values() if name and name not in parts]
    return _derived(tree, parts) or _kept(text, first, tables)


def _kept(text: str, first: Sequence[str], tables: tuple[tuple[str, ...], ...]) -> Read:
    """No pattern: the query is run as it stands."""
    listed = dict.fromkeys([*first, *(name[-1] for name in tables)])
    return Read(tuple(listed), (Offenders((), text.strip().rstrip(";"), _summed(text), tables),))


def _except(tree: Tree, parts: Mapping[str, dict[str, Any]]) -> Read | None:
    """``SELECT key FROM child EXCEPT SELECT key FROM parent``: keys without a parent."""
    sides = tree.get("children") or [tree.get("left"), tree.get("right")]
    if tree.get("setop_type") != "EXCEPT" or len(sides) != 2 or not all(isinstance(side, dict) for side in sides):
        return None
    names = [list(trees.resolved(side, parts).values()) for side in sides]
    keys = [[convert(part) for part in side.get("select_list") or ()] for side in sides]
    plain = all(len(found) == 1 for found in names) and len(keys[0]) == len(keys[1])
    if not plain or not all(node.kind == "column" for side in keys for node in side) or sides[1].get("where_clause"):
        return None
    own, other = (tuple(node.value for node in side) for side in keys)
    tests = [node for node in trees.conjuncts(sides[0]) if node.kind != "other"]
    if not all(_is_key_test(node, own) for node in tests):
        return None
    return Read((names[0][0],), (Refers(own, (names[1][0],), other),))


def _summed(text: str) -> str:
    """A query that joins and sums compares a total with its parts."""
    return "aggregate_mismatch" if re.search(r"\bsum\s*\(", text, re.I) and re.search(r"\bjoin\b", text, re.I) else ""


def _derived(tree: Tree, parts: Mapping[str, dict[str, Any]]) -> Read | None:
    """A condition on a part that gives columns of one table other names, or works them out: put in their place."""
    part = trees.inner(tree, parts)
    names = trees.resolved(part, parts) if part else {}
    if len(names) != 1 or trees.grouped(tree) or part.get("having"):
        return None
    made = {item["alias"]: item for item in part.get("select_list") or () if item.get("alias")}
    tables, only = tuple(names.values()), trees.both(trees.where_of(part), trees.only_of(part))
    if columns := _more_than_one(tree.get("where_clause") or {}, made):
        return Read(tables, (Unique(columns),), only)
    meant = {alias: convert(item) for alias, item in made.items()}
    where = convert(tree.get("where_clause")).meaning(meant) if tree.get("where_clause") else Node()
    if not where.known or any(node.kind == "call" and node.value in trees.TOTALS for node in where.walk()):
        return None
    return Read(tables, rules_of(opposite(where)), only)


def _more_than_one(where: Tree, made: Mapping[str, Tree]) -> tuple[str, ...]:
    """``n > 1``, where n numbers or counts the rows with the same columns: these columns."""
    left, right = where.get("left") or {}, convert(where.get("right"))
    op = COMPARISONS.get(str(where.get("type")))
    if (op, right.value) not in {(">", 1), (">=", 2), ("<>", 1)}:
        return ()
    named = convert(left)
    return trees.repeated_by(left) or trees.repeated_by(
        made.get(str(named.value), {}) if named.kind == "column" else {}
    )


def _numbered(tree: Tree, names: Mapping[str, str]) -> Read | None:
    """``QUALIFY row_number() OVER (PARTITION BY a) > 1``."""
    made = {item["alias"]: item for item in tree.get("select_list") or () if item.get("alias")}
    columns = _more_than_one(tree.get("qualify") or {}, made)
    return (
        Read(tuple(names.values()), (Unique(columns),), trees.where_of(tree)) if columns and len(names) == 1 else None
    )


def _repeated(tree: Tree, names: Mapping[str, str]) -> Read | None:
    having = convert(tree.get("having")) if tree.get("having") else Node()
    grouped = trees.grouped(tree)
    counted = trees.selected(having.args[0], tree) if having.kind == "compare" else Node()
    counts = having.value in {">", ">="} and counted.value in {"count_star", "count", _DISTINCT}
    plain = bool(grouped) and all(part.kind == "column" for part in grouped) and len(names) == 1
    if not counts or not plain:
        return None
    columns = tuple(part.value for part in grouped)
    tests = (
        [part for part in trees.conjuncts(tree) if not _is_key_test(part, columns)] if tree.get("where_clause") else []
    )
    if not all(part.known for part in tests):
        return None
    only = " AND ".join(part.renamed(str).sql() for part in tests) or None
    if counted.value != _DISTINCT:
        return Read(tuple(names.values()), (Unique(columns),), only)
    dependent = [part.value for part in counted.args if part.kind == "column"]
    return Read(tuple(names.values()), (Determined((dependent[0], *columns)),), only) if len(dependent) == 1 else None


def _joined(tree: Tree) -> _Joined | None:
    table = tree.get("from_table") or {}
    sides = [table.get("left") or {}, table.get("right") or {}]
    if table.get("type") != "JOIN" or any(side.get("type") != "BASE_TABLE" for side in sides):
        return None
    left, right = (side.get("alias") or side["table_name"] for side in sides)
    pairs = [(name, name) for name in table.get("using_columns") or ()]
    if table.get("condition"):
        found = _equal(convert(table["condition"]), left, right)
        if found is None:
            return None
        pairs += found
    kind = str(table.get("join_type"))
    if kind == "RIGHT":  # the same, seen from the other side
        left, right, pairs = right, left, [(other, own) for own, other in pairs]
    return _Joined(left, right, tuple(pairs), "LEFT" if kind == "RIGHT" else kind) if pairs else None


def _equal(condition: Node, left: str, right: str) -> list[tuple[str, str]] | None:
    """The pairs of equal columns that the condition asks for; None where it asks for more."""
    if condition.kind == "and":
        parts = [_equal(part, left, right) for part in condition.args]
        return None if None in parts else [pair for part in parts for pair in part or ()]
    if condition.kind != "compare" or condition.value != "=":
        return None
    a, b = map(bare, condition.args)
    if (a.kind, b.kind) != ("column", "column"):
        return None
    if (a.qualifier, b.qualifier) == (right, left):
        a, b = b, a
    return [(a.value, b.value)]


def _orphans(tree: Tree, names: Mapping[str, str]) -> Read | None:
    joined = _joined(tree)
    if joined is None or joined.kind not in {"LEFT", "ANTI"}:
        return None
    own, other = zip(*joined.pairs, strict=True)
    tests = trees.conjuncts(tree) if tree.get("where_clause") else []
    missing = [n for n in tests if n.kind == "null" and n.args[0].qualifier == joined.right]
    rest = [n for n in tests if n not in missing and not _is_key_test(n, own)]
    only = _of_side(rest, joined.left)
    if bool(missing) is (joined.kind == "ANTI") or only is None:
        return None
    return Read((names[joined.left],), (Refers(own, (names[joined.right],), other),), only or None)


def _of_side(tests: Sequence[Node], side: str) -> str | None:
    """Conditions on one table alone, as SQL of ours; empty for none, None where another table is in them."""
    columns = [node for test in tests for node in test.walk() if node.kind == "column"]
    if not all(test.known for test in tests) or not all(node.qualifier == side for node in columns):
        return None
    return " AND ".join(test.renamed(str).sql() for test in tests)


def _is_key_test(node: Node, own: tuple[str, ...]) -> bool:
    """``child.key IS NOT NULL``, which every test of a key means, whichever way it is written; or ``1 = 1``."""
    if node.kind in {"not", "and", "or"}:
        return all(_is_key_test(part, own) for part in node.args)
    if node.kind == "compare":
        return node.known and not node.columns and all(part.kind == "value" for part in node.args)
    return node.kind == "null" and node.args[0].value in own


def _anti(tree: Tree, names: Mapping[str, str]) -> Read | None:
    """``key NOT IN (SELECT key FROM parent)``, ``NOT EXISTS (SELECT … FROM parent WHERE parent.key = t.key)``."""
    where = tree.get("where_clause") or {}
    parts = where["children"] if where.get("type") == "CONJUNCTION_AND" else [where]
    anti = [part for part in parts if _subquery(part)]
    if len(names) != 1 or len(anti) != 1:
        return None
    inner = _subquery(anti[0])
    select = (inner.get("subquery") or {}).get("node") or {}
    parents = list(trees.sources(select.get("from_table") or {}))
    pairs = _pairs(inner, select, next(iter(names)), parents[0][0]) if len(parents) == 1 else []
    if not pairs:
        return None
    own, other = zip(*pairs, strict=True)
    rest = [node for part in parts if part is not anti[0] and not _is_key_test(node := convert(part), own)]
    if not all(node.known for node in rest) or not parents[0][1]:
        return None
    only = " AND ".join(node.renamed(str).sql() for node in rest) or None
    return Read(tuple(names.values()), (Refers(own, (parents[0][1],), other),), only)


def _subquery(part: Mapping[str, Any]) -> dict[str, Any]:
    """What stands behind NOT, if it is a query."""
    inner = (part.get("children") or [{}])[0] if part.get("type") == "OPERATOR_NOT" else {}
    return inner if inner.get("class") == "SUBQUERY" else {}


def _pairs(inner: Mapping[str, Any], select: Mapping[str, Any], child: str, parent: str) -> list[tuple[str, str]]:
    if inner.get("subquery_type") != "ANY":
        return _equal(convert(select.get("where_clause")), child, parent) or []
    own, other = (bare(convert(part)) for part in (inner.get("child"), (select.get("select_list") or [None])[0]))
    tests = trees.conjuncts(select) if select.get("where_clause") else []
    plain = (own.kind, other.kind) == ("column", "column") and all(_is_key_test(t, (other.value,)) for t in tests)
    return [(own.value, other.value)] if plain else []


def _early(tree: Tree, names: Mapping[str, str]) -> Read | None:
    """A time of one table against a time of the one that it joins."""
    joined, tests = _joined(tree), trees.conjuncts(tree)
    orders = [test for test in tests if joined and _between_sides(test, joined)]
    if joined is None or joined.kind not in {"INNER", "LEFT"} or len(orders) != 1:
        return None
    op, (a, b) = orders[0].value, orders[0].args
    if op in {">", ">="}:
        op, a, b = MIRRORED[op], b, a
    only = _of_side([test for test in tests if test is not orders[0]], a.qualifier)
    if op not in {"<", "<="} or only is None:
        return None
    pairs = joined.pairs if a.qualifier == joined.left else tuple((right, left) for left, right in joined.pairs)
    own, other = zip(*pairs, strict=True)
    rule = After((a.value,), own, (names[b.qualifier],), other, b.value, strict=op == "<=")
    return Read((names[a.qualifier],), (rule,), only or None)


def _between_sides(test: Node, joined: _Joined) -> bool:
    """Whether a column of one table is compared with one of the other."""
    sides = {node.qualifier for node in test.args if node.kind == "column"}
    return test.kind == "compare" and sides == {joined.left, joined.right}


def _one_table(tree: Tree, names: Mapping[str, str]) -> Read | None:
    where = tree.get("where_clause")
    if where is None or len(names) != 1 or tree.get("group_expressions"):
        return None
    bad = convert(where)
    return Read(tuple(names.values()), rules_of(opposite(bad))) if bad.known else None
