"""Soda Core 3: the results of a scan (``soda scan -srf``, ``Scan.get_scan_results()``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from datapolisher.importers import _soda
from datapolisher.importers._yaml import load
from datapolisher.importers.base import Document, ImporterSpec
from datapolisher.importing.claims import (
    Absent,
    Between,
    Claim,
    Exists,
    Fresh,
    Length,
    Offenders,
    Refers,
    Rule,
    Testimony,
    Typed,
    Unique,
    Whole,
)
from datapolisher.importing.conditions import opposite, rules_of
from datapolisher.importing.queries import Read, read_query
from datapolisher.importing.sqltext import Node, convert, parse_condition, parse_query
from datapolisher.sql import ident

_METRIC = re.compile(r"^(?P<metric>[a-zA-Z_]\w*)\s*(?:\((?P<args>[^)]*)\))?\s*(?P<rest>.*)$", re.DOTALL)
_REFERENCE = re.compile(
    r"values in (?:\((?P<own>[^)]*)\)|(?P<one>\"[^\"]+\"|\S+)) must (?P<no>not )?exist in (?P<parent>\"[^\"]+\"|\S+?)"
    r"\s*(?:\((?P<other>[^)]*)\)|(?<=[\s\"])(?P<its>\"[^\"]+\"|\S+))\s*$",
    re.IGNORECASE,
)
_BOUND = re.compile(r"(?P<op>[<>]=?|=)\s*(?P<value>-?\d+(?:\.\d+)?)")
_SPAN = re.compile(r"between\s+(?P<low>-?\d+(?:\.\d+)?)\s+and\s+(?P<high>-?\d+(?:\.\d+)?)", re.IGNORECASE)
_HIDDEN = "(the filter {}, which the document does not tell)"


@dataclass(frozen=True)
class _Scan:
    """What stands beside the checks: the scan's own queries, by name."""

    queries: Mapping[str, str]

    def failing(self, check: Mapping[str, Any]) -> str:
        """The query of the rows that offend; empty where the scan kept none."""
        blocks = (check.get("diagnostics") or {}).get("blocks") or ()
        names = [str(block.get("failingRowsQueryName")) for block in blocks if isinstance(block, Mapping)]
        return next((self.queries[name] for name in names if name in self.queries), "")

    def only(self, check: Mapping[str, Any]) -> str | None:
        """The condition behind a filter's name, off the query that counts for all checks of that filter."""
        name = check.get("filter")
        if not name:
            return None
        mark = f"{check.get('table')}[{name}].aggregation"
        for query, sql in self.queries.items():
            tree = parse_query(sql) if mark in query else None
            where = convert(tree.get("where_clause")) if tree else Node()
            if where.known:
                return where.renamed(str).sql()
        return _HIDDEN.format(name)


def _recognises(tree: Any) -> bool:
    checks = tree.get("checks") if isinstance(tree, dict) else None
    return isinstance(checks, list) and "scanStartTimestamp" in tree and not _is_contract(tree)


def _is_contract(tree: Mapping[str, Any]) -> bool:
    return any(isinstance(check, dict) and "checkType" in check for check in tree.get("checks") or ())


def read(document: Document) -> Testimony:
    """Every check of the scan, and every number that it wanted and did not get."""
    tree = document.tree
    logs = [log for log in tree.get("logs") or () if isinstance(log, dict)]
    version = re.search(r"Soda Core (\d[\w.]*)", " ".join(str(log.get("message", "")) for log in logs))
    listed = [query for query in tree.get("queries") or () if isinstance(query, dict)]
    scan = _Scan({str(query.get("name")): str(query.get("sql") or "") for query in listed})
    claims = (*(_claim(check, scan) for check in tree["checks"]), *_unmeasured(tree))
    errors = [
        " ".join(str(log.get("message")).split())[:300] for log in logs if str(log.get("level")).upper() == "ERROR"
    ]
    at = tree.get("dataTimestamp") or tree.get("scanStartTimestamp")
    return Testimony("soda_core", version[1] if version else "", claims, at, tuple(dict.fromkeys(errors)))


def _unmeasured(tree: Mapping[str, Any]) -> Iterator[Claim]:
    """A scan that broke off lists no checks: the numbers that they would have looked at stand without a value."""
    for metric in () if tree["checks"] else tree.get("metrics") or ():
        name, identity = str(metric.get("metricName")), str(metric.get("identity"))
        if metric.get("value") is None:
            words = identity.removeprefix("metric-").removeprefix(f"{tree.get('definitionName')}-")
            yield Claim(f"soda_core.{name}", "error", words=words, reason="the scan broke off before it was evaluated")


def _claim(check: Mapping[str, Any], scan: _Scan) -> Claim:
    body, config = _definition(str(check.get("definition") or check.get("name") or ""))
    found = _read(body, config, check) or _by_query(body, check, scan)
    diagnostics = check.get("diagnostics") or {}
    said = _soda.outcome(check.get("outcome"))
    value = diagnostics.get("value")
    failing = next((b["totalFailingRows"] for b in diagnostics.get("blocks") or () if "totalFailingRows" in b), None)
    passes = said == "passed" and isinstance(value, int | float) and value > 0 and _counts_bad_rows(body)
    tables = found.tables if found and found.tables else ()
    table = str(check.get("table") or "")
    return Claim(
        check=f"soda_core.{_metric(body)}",
        outcome="failed" if passes else said,
        tables=tuple(dict.fromkeys([*tables, *([table] if table else [])])),
        rules=found.rules if found else (Whole(_columns(check), _words(check, value)),),
        words=str(check.get("name") or body),
        reason="it was not evaluated" if said == "error" else "",
        reported={
            k: v
            for k, v in (("value", value), ("failing_rows", failing), ("outcome", check.get("outcome")))
            if v is not None
        },
        rows=_rows(body, value, failing),
        level=_soda.level(check.get("outcome")),
        tolerated=passes,
        tolerant=_tolerant(body, config),
        only=_both(config.get("filter"), scan.only(check)),
        samples=(),
    )


def _both(*conditions: Any) -> str | None:
    kept = [str(condition) for condition in conditions if condition]
    return " AND ".join(f"({condition})" for condition in kept) if len(kept) > 1 else next(iter(kept), None)


def _by_query(body: str, check: Mapping[str, Any], scan: _Scan) -> Read | None:
    """A form that only Soda knows: what its own query finds, of the values that it calls invalid."""
    query = read_query(scan.failing(check)) if _metric(body).startswith("invalid") else None
    if query is None:
        return None
    rule = Offenders(
        _columns(check), scan.failing(check).strip().rstrip(";"), "invalid_format", ((str(check.get("table")),),)
    )
    return Read(query.tables, (rule,))


def _definition(text: str) -> tuple[str, dict[str, Any]]:
    """SodaCL: the check's own line, and what is written under it."""
    tree = load(text)
    if isinstance(tree, Mapping) and len(tree) == 1:
        tree = next(iter(tree.values()))
    if isinstance(tree, list) and len(tree) == 1:
        tree = tree[0]
    if isinstance(tree, str):
        return tree.strip(), {}
    if isinstance(tree, Mapping) and len(tree) == 1:
        line, config = next(iter(tree.items()))
        return str(line).strip(), dict(config) if isinstance(config, Mapping) else {}
    return text.strip().splitlines()[-1].strip(" -") if text.strip() else "", {}


def _metric(body: str) -> str:
    match = _METRIC.match(body)
    word = "reference" if _REFERENCE.search(body) else match["metric"] if match else "check"
    return "failed_rows" if body.startswith("failed rows") else word


def _counts_bad_rows(body: str) -> bool:
    return _metric(body) in {"missing_count", "missing_percent", "invalid_count", "invalid_percent", "duplicate_count",
                             "duplicate_percent"}  # fmt: skip


def _tolerant(body: str, config: Mapping[str, Any]) -> bool:
    """Whether the check's lowest bound lets some rows pass: ``< 5``, ``fail: when > 3``; ``< 1`` of a count lets none."""
    match = _METRIC.match(body)
    if match is None or not _counts_bad_rows(body):
        return False
    texts = [match["rest"]] if match["rest"].strip() else [str(config.get(key) or "") for key in ("warn", "fail")]
    bounds = [m for text in texts for m in _BOUND.finditer(text)]
    lets = [float(m["value"]) - (m["op"] == "<" and not _metric(body).endswith("percent")) for m in bounds]
    spans = [m for text in texts for m in _SPAN.finditer(text)]
    lets += [float(span["high"]) if match["rest"].strip() else float(span["low"]) - 1 for span in spans]
    return bool(lets) and min(lets) > 0


def _rows(body: str, value: Any, failing: Any) -> int | None:
    """Rows that offend, where the tool counts rows: of keys that repeat it counts keys, of shares nothing."""
    if isinstance(failing, int) and not body.startswith("duplicate"):
        return failing
    counts = _metric(body) in {"missing_count", "invalid_count", "failed_rows", "reference"}
    return int(value) if counts and isinstance(value, int | float) else None


def _columns(check: Mapping[str, Any]) -> tuple[str, ...]:
    return (str(check["column"]),) if check.get("column") else ()


def _words(check: Mapping[str, Any], value: Any) -> str:
    return f"{check.get('name')}: it is {value}" if value is not None else str(check.get("name"))


def _read(body: str, config: Mapping[str, Any], check: Mapping[str, Any]) -> Read | None:
    """The rules of a check; None where it says something of the whole table."""
    reference = _REFERENCE.search(body)
    if reference:
        own, other = (tuple(_names(reference[a] or reference[b])) for a, b in (("own", "one"), ("other", "its")))
        parent, table = reference["parent"].strip('"'), str(check.get("table") or "")
        return _absent(table, own, parent, other) if reference["no"] else Read((), (Refers(own, (parent,), other),))
    if body.startswith("failed rows"):
        return _failed_rows(config)
    match = _METRIC.match(body)
    reader = _READERS.get(match["metric"].lower()) if match else None
    names = _names(match["args"] or "") if match else []
    if reader and match:
        rules = reader(names or list(_columns(check)), match["rest"], config)
        return Read((), rules) if rules else None
    return _own_metric(match["metric"], config) if match else None


def _absent(table: str, own: tuple[str, ...], parent: str, other: tuple[str, ...]) -> Read:
    """``values in (a) must not exist in t (b)``: rows that the other table has too."""
    on = " AND ".join(f"c.{ident(a)} = p.{ident(b)}" for a, b in zip(own, other, strict=True))
    query = f"SELECT c.* FROM {ident(table)} AS c SEMI JOIN {ident(parent)} AS p ON {on}"
    return Read((), (Offenders(own, query, tables=((table,), (parent,))),))


def _names(text: str) -> list[str]:
    return [name.strip().strip('"`') for name in text.split(",") if name.strip()]


def _failed_rows(config: Mapping[str, Any]) -> Read | None:
    said = _soda.plain(config)
    if said.get("fail_query"):
        return read_query(str(said["fail_query"]))
    node = parse_condition(str(said.get("fail_condition") or ""))
    return Read((), rules_of(opposite(node))) if node else None


def _own_metric(name: str, config: Mapping[str, Any]) -> Read | None:
    said = {str(key): value for key, value in config.items()}
    return _soda.own_metric(said.get(f"{name} expression"), said.get(f"{name} query"))


def _schema(_: list[str], __: str, config: Mapping[str, Any]) -> tuple[Rule, ...]:
    parts = [part for part in (config.get("warn"), config.get("fail"), config) if isinstance(part, Mapping)]
    required = [str(name) for part in parts for name in part.get("when required column missing") or ()]
    forbidden = [str(name) for part in parts for name in part.get("when forbidden column present") or ()]
    types = {str(n): str(kind) for part in parts for n, kind in (part.get("when wrong column type") or {}).items()}
    rules: list[Rule] = [Exists(tuple(required))] if required else []
    rules += [Absent(tuple(forbidden))] if forbidden else []
    return (*rules, *(Typed((name,), kind) for name, kind in types.items()))


def _limit(rest: str, config: Mapping[str, Any], wanted: str) -> tuple[int | float, bool] | None:
    """The bound on one side (``>`` or ``<``), and whether it is itself outside; of a `fail: when` the opposite holds."""
    text, turned = rest, False
    if not rest.strip():
        text, turned = str(config.get("fail") or config.get("warn") or ""), True
    if span := _SPAN.search(text):
        return None if turned else (_number(span["low" if wanted == ">" else "high"]), False)
    bound = _BOUND.search(text)
    op = bound["op"] if bound else ""
    op = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}.get(op, "") if turned else op
    return (_number(bound["value"]), "=" not in op) if bound and (op.startswith(wanted) or op == "=") else None


def _least(names: list[str], rest: str, config: Mapping[str, Any]) -> tuple[Rule, ...]:
    bound = _limit(rest, config, ">")
    return (Between((names[0],), low=bound[0], above=bound[1]),) if bound and names else ()


def _most(names: list[str], rest: str, config: Mapping[str, Any]) -> tuple[Rule, ...]:
    bound = _limit(rest, config, "<")
    return (Between((names[0],), high=bound[0], below=bound[1]),) if bound and names else ()


def _shortest(names: list[str], rest: str, config: Mapping[str, Any]) -> tuple[Rule, ...]:
    bound = _limit(rest, config, ">")
    return (Length((names[0],), low=int(bound[0]) + bound[1]),) if bound and names else ()


def _longest(names: list[str], rest: str, config: Mapping[str, Any]) -> tuple[Rule, ...]:
    bound = _limit(rest, config, "<")
    return (Length((names[0],), high=int(bound[0]) - bound[1]),) if bound and names else ()


def _number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def _missing(names: list[str], _: str, config: Mapping[str, Any]) -> tuple[Rule, ...]:
    return _soda.missing(names[0], config) if names else ()


def _invalid(names: list[str], _: str, config: Mapping[str, Any]) -> tuple[Rule, ...]:
    return _soda.valid(names[0], config) if names else ()


def _duplicate(names: list[str], _: str, __: Mapping[str, Any]) -> tuple[Rule, ...]:
    return (Unique(tuple(names)),) if names else ()


_READERS: dict[str, Callable[[list[str], str, Mapping[str, Any]], tuple[Rule, ...]]] = {
    "missing_count": _missing,
    "missing_percent": _missing,
    "invalid_count": _invalid,
    "invalid_percent": _invalid,
    "duplicate_count": _duplicate,
    "duplicate_percent": _duplicate,
    "min": _least,
    "max": _most,
    "min_length": _shortest,
    "max_length": _longest,
    "schema": _schema,
    "freshness": lambda names, *_: (Fresh((names[0],)),) if names else (),
}

SPEC = ImporterSpec(
    id="soda_core",
    title="Soda Core 3: the results of a scan",
    recognises=_recognises,
    read=read,
)
