"""dbt: ``run_results.json``, best with the ``manifest.json`` of the same run (beside it, or given along).

The results know a test's id, its status and a number; table, column and arguments stand in the manifest. Without it only the
words of the id and the compiled SQL are left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from datapolisher import reading
from datapolisher.errors import InputError
from datapolisher.importers._expectations import expected
from datapolisher.importers.base import Document, ImporterSpec
from datapolisher.importing.claims import (
    Banned,
    Between,
    Claim,
    Fresh,
    Level,
    Member,
    NotNull,
    Outcome,
    Pattern,
    Refers,
    Rule,
    Testimony,
    Unique,
    Varies,
    Whole,
)
from datapolisher.importing.conditions import rules_of
from datapolisher.importing.queries import Read, read_query
from datapolisher.importing.sqltext import parse_condition

MANIFEST = "manifest.json"
_STATUS: dict[str, Outcome] = {"pass": "passed", "fail": "failed", "warn": "failed", "error": "error"}
_REF = re.compile(r"""(?:ref|source)\(\s*(?:['"][^'"]+['"]\s*,\s*)?['"]([^'"]+)['"]""")
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


def _recognises(tree: Any) -> bool:
    return _schema_of(tree, "run-results") or (_results(tree) and "elapsed_time" in tree)


def _schema_of(tree: Any, kind: str) -> bool:
    head = tree.get("metadata") if isinstance(tree, dict) else None
    return isinstance(head, dict) and f"/dbt/{kind}/" in str(head.get("dbt_schema_version"))


def _results(tree: Any) -> bool:
    listed = tree.get("results") if isinstance(tree, dict) else None
    return isinstance(listed, list) and bool(listed) and all(isinstance(r, dict) and "unique_id" in r for r in listed)


def _is_manifest(tree: Any) -> bool:
    return _schema_of(tree, "manifest") or (
        isinstance(tree, dict) and {"nodes", "sources", "parent_map"} <= tree.keys()
    )


def read(document: Document) -> Testimony:
    """Every test of the run; models, seeds and snapshots are no checks."""
    manifest, note = _manifest(document)
    head = document.tree.get("metadata") or {}
    listed = [r for r in document.tree["results"] if str(r["unique_id"]).split(".")[0] in {"test", "unit_test"}]
    claims = tuple(_claim(result, manifest) for result in listed)
    notes = [note] if note else []
    if not listed:
        notes.append("the run has no tests: import the results of `dbt test` or `dbt build`")
    return Testimony("dbt", str(head.get("dbt_version") or ""), claims, head.get("generated_at"), tuple(notes))


def _manifest(document: Document) -> tuple[Mapping[str, Any] | None, str]:
    """The manifest that was given along, or that lies beside; of the same run where one can tell."""
    given = [tree for tree in document.beside.values() if _is_manifest(tree)]
    beside = document.path.with_name(MANIFEST)
    found = next((tree for tree in given if _knows(tree, document.tree)), None) or (given[0] if given else None)
    if found is None and beside.is_file():
        found = _read_beside(beside)
    if found is None:
        return None, (
            "no manifest.json beside it: tables and columns are read off the compiled SQL as far as it tells; give the "
            "manifest of the same run along"
        )
    if not _knows(found, document.tree):
        return found, "the manifest does not know some of the tests: it is of another run"
    return found, ""


def _read_beside(path: Path) -> Mapping[str, Any] | None:
    try:
        tree = reading.parse(reading.read_text(path), str(path))
    except InputError:
        return None
    return tree if _is_manifest(tree) else None


def _knows(manifest: Mapping[str, Any], results: Mapping[str, Any]) -> bool:
    return all(
        r["unique_id"] in manifest["nodes"] for r in results["results"] if str(r["unique_id"]).startswith("test.")
    )


def _claim(result: Mapping[str, Any], manifest: Mapping[str, Any] | None) -> Claim:
    id_, status = str(result["unique_id"]), str(result.get("status"))
    if id_.startswith("unit_test."):
        return Claim(
            "dbt.unit_test", "skipped", words=_words(id_, {}), reason="it speaks of a model's code, not of data"
        )
    node = (manifest or {}).get("nodes", {}).get(id_) or {}
    sql = str(result.get("compiled_code") or node.get("compiled_code") or "")
    found = _understood(node, sql, manifest)
    failures = result.get("failures")
    outcome = _STATUS.get(status, "skipped")
    config = node.get("config") or {}
    tolerated = outcome == "passed" and bool(failures)
    name = str((node.get("test_metadata") or {}).get("name") or "singular test" if node else _word(id_))
    return Claim(
        check=f"dbt.{name.replace(' ', '_')}",
        outcome="failed" if tolerated else outcome,
        tables=found.tables,
        rules=found.rules or (Whole((), _words(id_, node)),),
        words=_words(id_, node),
        reason=" ".join(str(result.get("message") or f"status {status}").split())[:300],
        reported={"failures": failures, "status": status, "counts": _counts(name)},
        rows=failures if isinstance(failures, int) and _counts(name) == "rows" else None,
        level=_level(status, config),
        tolerated=tolerated,
        only=config.get("where") or found.only,
    )


def _counts(name: str) -> str:
    """What dbt counts: the rows of the test's own query."""
    return {"accepted_values": "values", "not_accepted_values": "values", "unique": "keys"}.get(
        name, "keys" if name.startswith("unique_combination") else "rows"
    )


def _level(status: str, config: Mapping[str, Any]) -> Level:
    warns = status == "warn" or (status == "pass" and str(config.get("severity")).upper() == "WARN")
    return "warning" if warns else "critical"


def _word(id_: str) -> str:
    """The test's name off its id: ``test.shop.not_null_orders_customer_id.c5f0…``."""
    name = id_.split(".")[2] if id_.count(".") > 1 else id_
    known = (
        "not_null",
        "unique_combination_of_columns",
        "unique",
        "accepted_values",
        "relationships",
        "accepted_range",
    )
    return next((word for word in known if word in name), "test")


def _words(id_: str, node: Mapping[str, Any]) -> str:
    description = str(node.get("description") or "").strip()
    return description or str(node.get("name") or (id_.split(".")[2] if id_.count(".") > 1 else id_))


def _understood(node: Mapping[str, Any], sql: str, manifest: Mapping[str, Any] | None) -> Read:
    """The test's rules and its table: by its arguments, else by its SQL."""
    tables = _tables(node, manifest or {})
    rules = _of_arguments(node)
    if rules:
        return Read(tables, tuple(_with_parent(rule, manifest or {}) for rule in rules))
    by_sql = _of_template(sql) or (read_query(sql) if sql else None)
    if by_sql is None:
        return Read(tables, ())
    attached = bool(node.get("attached_node"))
    named = tuple(t for name in by_sql.tables for t in _known_as(name, manifest or {}))
    rules = tuple(_with_parent(rule, manifest or {}) for rule in by_sql.rules)
    return replace(by_sql, tables=tables if attached else named, rules=rules)


def _of_arguments(node: Mapping[str, Any]) -> tuple[Rule, ...]:
    meta = node.get("test_metadata") or {}
    said = {**(meta.get("kwargs") or {})}
    said |= said.pop("arguments", None) or {}
    name, column = str(meta.get("name") or ""), str(said.get("column_name") or node.get("column_name") or "")
    reader = _TESTS.get(name)
    if reader:
        return reader(column.strip('"`'), said)
    return expected(name, {**said, "column_name": column}) if name else ()


def _tables(node: Mapping[str, Any], manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """The names of the model or source that the test hangs on."""
    target = node.get("attached_node")
    if not target:
        said = _REF.search(str(((node.get("test_metadata") or {}).get("kwargs") or {}).get("model") or ""))
        if said:
            return _known_as(said[1], manifest)
        behind = (node.get("depends_on") or {}).get("nodes") or ()
        target = next(iter(behind), None) if len(behind) == 1 else None
    return _names_of(str(target), manifest) if target else ()


def _names_of(id_: str, manifest: Mapping[str, Any]) -> tuple[str, ...]:
    node = manifest.get("nodes", {}).get(id_) or manifest.get("sources", {}).get(id_) or {}
    names = [node.get("name"), node.get("alias"), node.get("identifier"), id_.rsplit(".", maxsplit=1)[-1]]
    return tuple(dict.fromkeys(str(name) for name in names if name))


def _known_as(name: str, manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """A relation's or a model's name with the others that it has."""
    nodes = [*manifest.get("nodes", {}).values(), *manifest.get("sources", {}).values()]
    found = [n for n in nodes if name in {n.get("name"), n.get("alias"), n.get("identifier")} and _is_data(n)]
    others = [other for n in found for other in (n.get("name"), n.get("alias"), n.get("identifier")) if other]
    return tuple(dict.fromkeys([name, *map(str, others)]))


def _is_data(node: Mapping[str, Any]) -> bool:
    return node.get("resource_type") in {"model", "seed", "snapshot", "source"}


def _with_parent(rule: Rule, manifest: Mapping[str, Any]) -> Rule:
    """The rule with every name of its parent."""
    parents = getattr(rule, "parents", ())
    return replace(rule, parents=tuple(n for name in parents for n in _known_as(name, manifest))) if parents else rule  # type: ignore[call-arg]


def _range(column: str, said: Mapping[str, Any]) -> tuple[Rule, ...]:
    low, high = (_number(said.get(key)) for key in ("min_value", "max_value"))
    open_ = said.get("inclusive") is False
    if any(isinstance(end, str) for end in (low, high)):
        parts = [f'"{column}" {">" if open_ else ">="} {low}' if low is not None else ""]
        parts += [f'"{column}" {"<" if open_ else "<="} {high}' if high is not None else ""]
        node = parse_condition(" AND ".join(filter(None, parts)))
        return rules_of(node) if node else ()
    return (Between((column,), low, high, open_, open_),) if (low, high) != (None, None) else ()


def _number(value: Any) -> Any:
    if isinstance(value, str) and re.fullmatch(r"-?\d+(\.\d+)?", value):
        return float(value) if "." in value else int(value)
    return value


def _expression(column: str, said: Mapping[str, Any]) -> tuple[Rule, ...]:
    text = str(said.get("expression") or "")
    node = parse_condition(f'"{column}" {text}' if column else text)
    return rules_of(node) if node else ()


def _related(column: str, said: Mapping[str, Any]) -> tuple[Rule, ...]:
    parent = _REF.search(str(said.get("to") or ""))
    field = str(said.get("field") or column).strip('"`')
    return (Refers((column,), (parent[1],), (field,)),) if parent else ()


def _strings(values: Any) -> tuple[Any, ...]:
    return tuple(values) if isinstance(values, list) else ()


_TESTS: dict[str, Callable[[str, Mapping[str, Any]], tuple[Rule, ...]]] = {
    "not_null": lambda column, _: (NotNull((column,)),),
    "unique": lambda column, _: (Unique((column,)),),
    "accepted_values": lambda column, said: (Member((column,), _strings(said.get("values"))),),
    "not_accepted_values": lambda column, said: (Banned((column,), _strings(said.get("values"))),),
    "relationships": _related,
    "relationships_where": _related,
    "accepted_range": _range,
    "expression_is_true": _expression,
    "unique_combination_of_columns": lambda _, said: (Unique(_strings(said.get("combination_of_columns"))),),
    "not_empty_string": lambda column, _: (Pattern((column,), r"\S"),),
    "not_null_proportion": lambda column, _: (NotNull((column,)),),
    "not_constant": lambda column, _: (Varies((column,)),),
    "recency": lambda _, said: (Fresh((str(said.get("field")),)),),
}


def _of_template(sql: str) -> Read | None:
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


SPEC = ImporterSpec(
    id="dbt",
    title="dbt: run_results.json, with the manifest.json of the same run",
    recognises=_recognises,
    read=read,
    companion=_is_manifest,
)
