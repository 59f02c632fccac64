"""Soda 4: the verification of a data contract, as Soda writes it for its cloud."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from datapolisher.importers import _soda
from datapolisher.importers._yaml import load
from datapolisher.importers.base import Document, ImporterSpec
from datapolisher.importing.claims import (
    Between,
    Claim,
    Exists,
    Fresh,
    Length,
    NoOthers,
    Refers,
    Rule,
    Testimony,
    Typed,
    Unique,
    Whole,
)
from datapolisher.importing.conditions import opposite, rules_of
from datapolisher.importing.queries import Read, read_query
from datapolisher.importing.sqltext import parse_condition

_ROWS = frozenset({"missing", "invalid", "failed_rows"})


def _recognises(tree: Any) -> bool:
    checks = tree.get("checks") if isinstance(tree, dict) else None
    return bool(checks) and isinstance(checks, list) and all(isinstance(c, dict) and "checkType" in c for c in checks)


def read(document: Document) -> Testimony:
    """Every check of the contract."""
    tree = document.tree
    claims = tuple(_claim(check) for check in tree["checks"])
    return Testimony("soda_contract", str(tree.get("version") or "4"), claims, tree.get("dataTimestamp"))


def _claim(check: Mapping[str, Any]) -> Claim:
    kind = str(check["checkType"])
    diagnostics = check.get("diagnostics") or {}
    v4 = diagnostics.get("v4") or {}
    column, config = str(check.get("column") or ""), _config(str(check.get("definition") or ""))
    found = _read(kind, column, config, v4)
    failed = v4.get("failedRowsCount")
    said = _soda.outcome(check.get("outcome"))
    passes = said == "passed" and bool(failed)
    table = str(check.get("table") or "")
    value = diagnostics.get("value")
    name = f"{column + ': ' if column else ''}{check.get('name')}"
    return Claim(
        check=f"soda_contract.{kind}",
        outcome="failed" if passes else said,
        tables=tuple(dict.fromkeys([*(found.tables if found else ()), *([table] if table else [])])),
        rules=found.rules if found and found.rules else (Whole((column,) if column else (), f"{name}: it is {value}"),),
        words=name,
        reason="it was not evaluated" if said == "error" else "",
        reported=_reported(value, v4, check),
        rows=failed if kind in _ROWS else None,
        total=v4.get("checkRowsTested") or v4.get("datasetRowsTested"),
        level=_soda.level(check.get("outcome")),
        tolerated=passes,
        tolerant=kind in _ROWS | {"duplicate"} and _tolerant(config.get("threshold")),
        only=config.get("filter") or _unsaid(v4),
    )


def _tolerant(threshold: Any) -> bool:
    """Whether the threshold lets some rows pass; fewer than one row is none."""
    said = threshold if isinstance(threshold, Mapping) else {}
    count = said.get("metric") != "percent"
    bounds = [
        value - (key == "must_be_less_than" and count)
        for key, value in said.items()
        if key.startswith("must_be_less") and isinstance(value, int | float)
    ]
    return bool(bounds) and min(bounds) > 0


def _unsaid(v4: Mapping[str, Any]) -> str | None:
    """A filter of the whole contract stands in no check: it shows in the rows that were tested."""
    tested, there = v4.get("checkRowsTested"), v4.get("datasetRowsTested")
    fewer = isinstance(tested, int) and isinstance(there, int) and tested < there
    return f"(a part of {tested} of {there} rows: the document does not tell which)" if fewer else None


def _reported(value: Any, v4: Mapping[str, Any], check: Mapping[str, Any]) -> dict[str, Any]:
    numbers = {k: v for k, v in v4.items() if isinstance(v, int | float)}
    return {"value": value, **numbers, "outcome": check.get("outcome")}


def _config(text: str) -> dict[str, Any]:
    """The check's part of the contract, with what its column says for all of its checks."""
    tree = load(text)
    if not isinstance(tree, Mapping):
        return {}
    columns = tree.get("columns") or [{}]
    column = columns[0] if isinstance(columns, list) and isinstance(columns[0], Mapping) else {}
    checks = tree.get("checks") or column.get("checks") or [{}]
    own = checks[0] if isinstance(checks, list) and isinstance(checks[0], Mapping) else {}
    if len(own) == 1 and isinstance(next(iter(own.values())), Mapping) and next(iter(own)) in _READERS:
        own = next(iter(own.values()))
    shared = {key: value for key, value in column.items() if str(key).startswith(("valid", "invalid", "missing"))}
    return {**shared, **own}


def _read(kind: str, column: str, config: Mapping[str, Any], v4: Mapping[str, Any]) -> Read | None:
    if kind == "failed_rows":
        return _failed_rows(config)
    if kind == "metric":
        return _soda.own_metric(config.get("expression"), config.get("query"))
    reader = _READERS.get(kind)
    return Read((), tuple(reader(column, config, v4))) if reader else None


def _failed_rows(config: Mapping[str, Any]) -> Read | None:
    if config.get("query"):
        return read_query(str(config["query"]))
    node = parse_condition(str(config.get("expression") or ""))
    return Read((), rules_of(opposite(node))) if node else None


def _invalid(column: str, config: Mapping[str, Any], _: Mapping[str, Any]) -> Iterator[Rule]:
    reference = config.get("valid_reference_data")
    if isinstance(reference, Mapping):
        parent = str(reference.get("dataset") or "").replace("\\", "/").rsplit("/", 1)[-1]
        yield Refers((column,), (parent,), (str(reference.get("column") or column),))
    yield from _soda.valid(column, config)


def _duplicate(column: str, config: Mapping[str, Any], _: Mapping[str, Any]) -> Iterator[Rule]:
    listed = config.get("columns")
    names = tuple(map(str, listed)) if isinstance(listed, list) else (column,) if column else ()
    if names:
        yield Unique(names)


def _schema(_: str, config: Mapping[str, Any], v4: Mapping[str, Any]) -> Iterator[Rule]:
    expected = [item for item in v4.get("expected") or () if isinstance(item, Mapping) and item.get("name")]
    actual = {str(item.get("name")) for item in v4.get("actual") or () if isinstance(item, Mapping)}
    if missing := tuple(str(item["name"]) for item in expected if str(item["name"]) not in actual):
        yield Exists(missing)
    for item in expected:
        if item.get("type") and str(item["name"]) in actual:
            yield Typed((str(item["name"]),), str(item["type"]))
    if config.get("allow_extra_columns") is not True and expected:
        yield NoOthers(tuple(str(item["name"]) for item in expected))


def _aggregate(column: str, config: Mapping[str, Any], _: Mapping[str, Any]) -> Iterator[Rule]:
    """The least value has a lower bound, the greatest an upper one; other functions say nothing of single rows."""
    function = str(config.get("function") or "").lower()
    side, __, length = function.partition("_")
    bound = _bound(config.get("threshold") or {}, side)
    if bound is None or length not in {"", "length"}:
        return
    value, outside = bound
    if length:
        whole = int(value)
        yield Length((column,), low=whole + outside) if side == "min" else Length((column,), high=whole - outside)
    elif side == "min":
        yield Between((column,), low=value, above=outside)
    else:
        yield Between((column,), high=value, below=outside)


def _bound(threshold: Mapping[str, Any], side: str) -> tuple[Any, bool] | None:
    """The bound of that side, and whether it is itself outside."""
    word = {"min": "greater_than", "max": "less_than"}.get(side)
    if word is None:
        return None
    span = threshold.get("must_be_between")
    said = {f"must_be_{key}": value for key, value in span.items()} if isinstance(span, Mapping) else {}
    said |= threshold
    for key, outside in ((f"must_be_{word}_or_equal", False), (f"must_be_{word}", True), ("must_be", False)):
        if isinstance(said.get(key), int | float):
            return said[key], outside
    return None


_READERS: dict[str, Callable[[str, Mapping[str, Any], Mapping[str, Any]], Iterator[Rule]]] = {
    "missing": lambda column, config, _: iter(_soda.missing(column, config)),
    "invalid": _invalid,
    "duplicate": _duplicate,
    "schema": _schema,
    "aggregate": _aggregate,
    "freshness": lambda column, config, _: iter([Fresh((str(config.get("column") or column),))]),
}

SPEC = ImporterSpec(
    id="soda_contract",
    title="Soda 4: the verification of a data contract",
    recognises=_recognises,
    read=read,
)
