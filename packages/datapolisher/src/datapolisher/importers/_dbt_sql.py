"""dbt's own tests as they compile: what they say, for want of a manifest."""

from __future__ import annotations

import re

from datapolisher.importing.claims import Member, Refers, Unique
from datapolisher.importing.conditions import rules_of
from datapolisher.importing.queries import Read
from datapolisher.importing.sqltext import parse_condition

_QUOTED = re.compile(r'["`\[]?(\w[\w ]*)["`\]]?$')
_CTE_VALUES = re.compile(
    r"select\s+(?P<column>\S+)\s+as\s+value_field.*?from\s+(?P<table>\S+).*?where\s+value_field\s+not\s+in\s*\((?P<list>.*?)\)\s*$",
    re.IGNORECASE | re.DOTALL,
)
_CTE_PARENT = re.compile(
    r"select\s+(?P<own>\S+)\s+as\s+from_field\s+from\s+(?P<child>\S+).*?select\s+(?P<other>\S+)\s+as\s+to_field\s+from\s+(?P<parent>\S+)",
    re.IGNORECASE | re.DOTALL,
)
_UNIQUE = re.compile(
    r"select\s+(?P<column>\S+)\s+as\s+unique_field.*?from\s+(?P<table>\S+).*?group\s+by.*?having\s+count\(\*\)\s*>\s*1",
    re.IGNORECASE | re.DOTALL,
)
_MEETS = re.compile(
    r"with\s+meet_condition\s+as\s*\(\s*select\s+\*\s+from\s+(?P<table>\S+?)\s*\).*?where(?P<where>.*?)\)\s*select\s+\*\s+from\s+validation_errors",
    re.IGNORECASE | re.DOTALL,
)


def of_template(sql: str) -> Read | None:
    """dbt's own tests as they compile, for want of a manifest."""
    plain = re.sub(r"--[^\n]*", "", sql).strip()
    for reader in (_values_sql, _parent_sql, _unique_sql, _range_sql):
        if found := reader(plain):
            return found
    return None


def _values_sql(sql: str) -> Read | None:
    match = _CTE_VALUES.search(sql)
    if match is None:
        return None
    node = parse_condition(f"x IN ({match['list']})")
    values = tuple(arg.value for arg in node.args[1:]) if node and node.kind == "in" else ()
    return Read((_last(match["table"]),), (Member((_last(match["column"]),), values),)) if values else None


def _parent_sql(sql: str) -> Read | None:
    match = _CTE_PARENT.search(sql)
    if match is None:
        return None
    own, other = _last(match["own"]), _last(match["other"])
    return Read((_last(match["child"]),), (Refers((own,), (_last(match["parent"]),), (other,)),))


def _unique_sql(sql: str) -> Read | None:
    match = _UNIQUE.search(sql)
    return Read((_last(match["table"]),), (Unique((_last(match["column"]),)),)) if match else None


def _range_sql(sql: str) -> Read | None:
    match = _MEETS.search(sql)
    parts = (
        re.findall(r"\bor\s+not\s+(.+?)(?=\bor\s+not\b|$)", match["where"], re.IGNORECASE | re.DOTALL) if match else []
    )
    nodes = [parse_condition(" ".join(part.split())) for part in parts]
    rules = tuple(rule for node in nodes if node for rule in rules_of(node))
    return Read((_last(match["table"]),), rules) if match and rules else None


def _last(name: str) -> str:
    """The last part of a qualified name, without quotes."""
    match = _QUOTED.search(name.strip().rstrip(",").split(".")[-1])
    return match[1] if match else name
