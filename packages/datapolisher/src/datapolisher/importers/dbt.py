"""dbt: ``run_results.json``, best with the ``manifest.json`` of the same run (beside it, or given along).

The results know a test's id, its status and a number; table, column and arguments stand in the manifest. Without it only the
words of the id and the compiled SQL are left. ``sources.json`` tells how fresh the sources are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from datapolisher import reading
from datapolisher.errors import InputError
from datapolisher.importers._dbt_sql import of_foreign_key
from datapolisher.importers._expectations import EXPECTATIONS, expected, of_the_whole
from datapolisher.importers.base import Document, ImporterSpec
from datapolisher.importing.claims import (
    Banned,
    Between,
    Broken,
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
_SHOWN = 10
_STATUS: dict[str, Outcome] = {"pass": "passed", "fail": "failed", "warn": "failed", "error": "error"}
_FRESH: dict[str, Outcome] = {"pass": "passed", "warn": "failed", "error": "failed"}
_NAME = re.compile(r'["`\[]?(\w[\w $-]*)["`\]]?$')
_JOINED = frozenset({"||", "concat", "concat_ws", "coalesce", "md5"})
# Thresholds that no offending row passes.
_ANY = frozenset({"!=0", ">0", "<>0", ">=1"})
# What a test's own query counts, where it is not rows; "1" is the query's one row, which says that a total is wrong.
_COUNTED = {
    "accepted_values": "values",
    "not_accepted_values": "values",
    "unique": "keys",
    "unique_combination_of_columns": "keys",
    "expect_compound_columns_to_be_unique": "keys",
    "expect_column_values_to_be_unique": "keys",
    **dict.fromkeys(("not_null_proportion", "at_least_one", "not_constant", "recency"), "1"),
    "expect_column_values_to_have_consistent_casing": "1",
    "expect_row_values_to_have_recent_data": "1",
}
_REF = re.compile(r"""(?:ref|source)\(\s*(?:['"][^'"]+['"]\s*,\s*)?['"]([^'"]+)['"]""")


def _recognises(tree: Any) -> bool:
    return (
        _schema_of(tree, "run-results")
        or _schema_of(tree, "sources")
        or (_results(tree) and {"elapsed_time", "args"} & tree.keys() != set())
    )


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
    """Every test of the run, and how fresh each source is; models, seeds and snapshots are no checks."""
    manifest, note = _manifest(document)
    head = document.tree.get("metadata") or {}
    claims = tuple(claim for result in document.tree["results"] for claim in _claims(result, manifest))
    notes = [note, _unmade(document.tree["results"])]
    if not claims:
        notes.append("the run has no tests: import the results of `dbt test` or `dbt build`")
    notes = [note for note in notes if note]
    return Testimony("dbt", str(head.get("dbt_version") or ""), claims, head.get("generated_at"), tuple(notes))


def _claims(result: Mapping[str, Any], manifest: Mapping[str, Any] | None) -> Iterator[Claim]:
    kind = str(result["unique_id"]).split(".", maxsplit=1)[0]
    if kind == "source":
        yield _freshness(result, manifest or {})
    elif kind in {"test", "unit_test"}:
        yield _claim(result, manifest)


def _unmade(results: Sequence[Mapping[str, Any]]) -> str:
    """Tables that the run did not make: what their tests would say is not known."""
    kinds = ("model.", "seed.", "snapshot.")
    failed = [
        r for r in results if str(r["unique_id"]).startswith(kinds) and r.get("status") in {"error", "skipped", "fail"}
    ]
    names = ", ".join(f"{str(r['unique_id']).split('.')[-1]} ({r['status']})" for r in failed[:_SHOWN])
    return f"the run did not make {names}{', …' if len(failed) > _SHOWN else ''}" if failed else ""


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
            "dbt.unit_test",
            "skipped",
            words=id_.rsplit(".", maxsplit=1)[-1],
            reason="it speaks of a model's code, not of data",
        )
    node = (manifest or {}).get("nodes", {}).get(id_) or {}
    sql = str(result.get("compiled_code") or node.get("compiled_code") or "")
    found = _understood(_name(id_, node), node, sql, manifest)
    failures = result.get("failures")
    outcome = _STATUS.get(status, "skipped")
    config = node.get("config") or {}
    tolerated = outcome == "passed" and bool(failures)
    name = _name(id_, node)
    counts = _counts(name, config)
    return Claim(
        check=f"dbt.{name.replace(' ', '_')}",
        outcome="failed" if tolerated else outcome,
        tables=found.tables,
        rules=found.rules or (Whole(_column(node), _words(id_, node)),),
        words=_words(id_, node),
        reason=" ".join(str(result.get("message") or f"status {status}").split())[:300],
        reported={"failures": failures, "status": status, "counts": counts, **_limit(config)},
        rows=failures if isinstance(failures, int) and counts == "rows" and not config.get("limit") else None,
        level=_level(status, config),
        tolerated=tolerated,
        tolerant=name == "not_null_proportion" or _tolerant(config),
        only=_only(node, found),
    )


def _column(node: Mapping[str, Any]) -> tuple[str, ...]:
    said = str(
        node.get("column_name") or ((node.get("test_metadata") or {}).get("kwargs") or {}).get("column_name") or ""
    )
    return (said.strip('"`'),) if said else ()


def _tolerant(config: Mapping[str, Any]) -> bool:
    """Whether each of the test's thresholds lets some rows pass; a warning counts, where the test may only warn."""
    said = [str(config.get(key) or "!= 0").replace(" ", "") for key in ("warn_if", "error_if")]
    said = said[:1] if str(config.get("severity") or "").upper() == "WARN" else said
    return not any(text in _ANY for text in said)


def _limit(config: Mapping[str, Any]) -> dict[str, Any]:
    """A test that stops counting says so."""
    return {"limit": config["limit"]} if config.get("limit") else {}


def _counts(name: str, config: Mapping[str, Any]) -> str:
    """What dbt counts: the rows of the test's own query, unless the test says otherwise."""
    own = str(config.get("fail_calc") or "count(*)")
    if own.replace(" ", "") != "count(*)":
        return own
    return "1" if of_the_whole(name) else _COUNTED.get(name, "rows")


def _only(node: Mapping[str, Any], found: Read) -> str | None:
    """The rows that the test looks at: as its config and its arguments say, or its query."""
    said = (node.get("test_metadata") or {}).get("kwargs") or {}
    said = {**said, **(said.get("arguments") or {})}
    parts = [(node.get("config") or {}).get("where"), said.get("row_condition"), said.get("from_condition"), found.only]
    kept = [str(part) for part in parts if part and str(part).replace(" ", "") != "1=1"]
    return " AND ".join(f"({part})" for part in kept) if len(kept) > 1 else next(iter(kept), None)


def _freshness(result: Mapping[str, Any], manifest: Mapping[str, Any]) -> Claim:
    """A source's newest row against what somebody tolerates."""
    id_, status = str(result["unique_id"]), str(result.get("status"))
    node = (manifest.get("sources") or {}).get(id_) or {}
    field = _NAME.match(str(node.get("loaded_at_field") or (node.get("config") or {}).get("loaded_at_field") or ""))
    numbers = {
        key: result.get(key) for key in ("max_loaded_at", "snapshotted_at", "max_loaded_at_time_ago_in_s", "criteria")
    }
    return Claim(
        check="dbt.freshness",
        outcome=_FRESH.get(status, "error"),
        tables=_names_of(id_, manifest),
        rules=(Fresh((field[1],) if field else ()),),
        words=f"{'.'.join(id_.split('.')[2:])} is fresh",
        reason=" ".join(str(result.get("error") or f"status {status}").split())[:300],
        reported={"status": status} | {key: value for key, value in numbers.items() if value is not None},
        level="warning" if status == "warn" else "critical",
    )


def _level(status: str, config: Mapping[str, Any]) -> Level:
    warns = status == "warn" or (status == "pass" and str(config.get("severity")).upper() == "WARN")
    return "warning" if warns else "critical"


def _name(id_: str, node: Mapping[str, Any]) -> str:
    """What kind of test it is: as the manifest says, or as far as its id tells."""
    return str((node.get("test_metadata") or {}).get("name") or "singular test") if node else _word(id_)


def _word(id_: str) -> str:
    """The test's name off its id: ``test.shop.dbt_utils_source_accepted_range_raw_orders_total.c5f0…``."""
    name = id_.split(".")[2] if id_.count(".") > 1 else id_
    bare = re.sub(r"^(dbt_utils_|dbt_expectations_)?(source_)?", "", name)
    if of_the_whole(bare):
        return bare
    known = (word for word in (*_TESTS, *_COUNTED, *EXPECTATIONS) if bare.startswith(f"{word}_"))
    return max(known, key=len, default="test")


def _words(id_: str, node: Mapping[str, Any]) -> str:
    description = str(node.get("description") or "").strip()
    return description or str(node.get("name") or (id_.split(".")[2] if id_.count(".") > 1 else id_))


def _understood(name: str, node: Mapping[str, Any], sql: str, manifest: Mapping[str, Any] | None) -> Read:
    """The test's rules and its table: by its arguments, else by its SQL."""
    tables = _tables(node, manifest or {})
    rules = _of_arguments(node)
    if rules:
        return Read(tables, tuple(_with_parent(rule, manifest or {}) for rule in rules))
    by_sql = of_foreign_key(sql) or (read_query(sql) if sql else None) or Read((), ())
    if of_the_whole(name) or _COUNTED.get(name) == "1":
        by_sql = replace(by_sql, rules=())
    named = tuple(t for name in by_sql.tables for t in _known_as(name, manifest or {}))
    rules = tuple(_with_parent(rule, manifest or {}) for rule in by_sql.rules)
    return replace(by_sql, tables=tables if node.get("attached_node") else named or tables, rules=rules)


def _of_arguments(node: Mapping[str, Any]) -> tuple[Rule, ...]:
    meta = node.get("test_metadata") or {}
    said = {**(meta.get("kwargs") or {})}
    said |= said.pop("arguments", None) or {}
    name, column = str(meta.get("name") or ""), str(said.get("column_name") or node.get("column_name") or "")
    reader = _TESTS.get(name)
    if reader:
        return reader(column.strip('"`') if _NAME.fullmatch(column) else column, said)
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
    return tuple(dict.fromkeys([*_all_names(node), id_.rsplit(".", maxsplit=1)[-1]]))


def _all_names(node: Mapping[str, Any]) -> list[str]:
    """A table's names, the likeliest first: a source is called in the data as its identifier says."""
    names = (node.get("identifier"), node.get("name"), node.get("alias"))
    return [str(name) for name in names if name]


def _known_as(name: str, manifest: Mapping[str, Any]) -> tuple[str, ...]:
    """A relation's or a model's name with the others that it has."""
    nodes = [*manifest.get("nodes", {}).values(), *manifest.get("sources", {}).values()]
    found = [n for n in nodes if name in {n.get("name"), n.get("alias"), n.get("identifier")} and _is_data(n)]
    physical = [str(n["identifier"]) for n in found if n.get("identifier")]
    return tuple(dict.fromkeys([*physical, name, *(other for n in found for other in _all_names(n))]))


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


def _parts(column: str) -> tuple[str, ...]:
    """The columns of a key that is put together in the test: ``first || '-' || second``."""
    node = None if _NAME.fullmatch(column) else parse_condition(f"{column} IS NULL")
    said = node.args[0] if node and node.kind == "null" else None
    joined = said is not None and all(n.kind != "call" or n.value in _JOINED for n in said.walk()) and said.known
    return said.columns if said is not None and joined and said.columns else (column,)


def _related_where(column: str, said: Mapping[str, Any]) -> tuple[Rule, ...]:
    """A condition on the child is one on the rows that are looked at; of one on the parent only the SQL tells."""
    other = str(said.get("to_condition") or "1=1").replace(" ", "")
    return _related(column, said) if other == "1=1" else ()


def _listed(said: Mapping[str, Any]) -> tuple[Any, ...]:
    """The values as dbt means them: it puts them between quotes as they are, so that people double a quote in them."""
    return tuple(v.replace("''", "'") if isinstance(v, str) else v for v in _strings(said.get("values")))


def _strings(values: Any) -> tuple[Any, ...]:
    return tuple(values) if isinstance(values, list) else ()


_TESTS: dict[str, Callable[[str, Mapping[str, Any]], tuple[Rule, ...]]] = {
    "not_null": lambda column, _: (NotNull((column,)),),
    "unique": lambda column, _: (Unique(_parts(column)),),
    "accepted_values": lambda column, said: (Member((column,), _listed(said)),),
    "not_accepted_values": lambda column, said: (Banned((column,), _listed(said)),),
    "relationships": _related,
    "relationships_where": _related_where,
    "accepted_range": _range,
    "expression_is_true": _expression,
    "unique_combination_of_columns": lambda _, said: (Unique(_strings(said.get("combination_of_columns"))),),
    "not_empty_string": lambda column, _: (Pattern((column,), r"\S"),),
    "not_null_proportion": lambda column, _: (NotNull((column,)),),
    "at_least_one": lambda column, _: (NotNull((column,)),),
    "expect_row_values_to_have_data_for_every_n_datepart": lambda _, said: (
        Broken((str(said.get("date_col")),), "volume_gap"),
    ),
    "not_constant": lambda column, _: (Varies((column,)),),
    "recency": lambda _, said: (Fresh((str(said.get("field")),)),),
}


SPEC = ImporterSpec(
    id="dbt",
    title="dbt: run_results.json or sources.json, with the manifest.json of the same run",
    recognises=_recognises,
    read=read,
    companion=_is_manifest,
)
