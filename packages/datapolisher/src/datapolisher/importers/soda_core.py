"""Soda Core 3: the results of a scan (``soda scan -srf``, ``Scan.get_scan_results()``)."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from datapolisher.importers import _soda
from datapolisher.importers._yaml import load
from datapolisher.importers.base import Document, ImporterSpec
from datapolisher.importing.claims import (
    Between,
    Claim,
    Exists,
    Fresh,
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

_METRIC = re.compile(r"^(?P<metric>[a-zA-Z_]\w*)\s*(?:\((?P<args>[^)]*)\))?\s*(?P<rest>.*)$", re.DOTALL)
_REFERENCE = re.compile(
    r"values in \((?P<own>[^)]*)\) must (?P<no>not )?exist in (?P<parent>\S+)\s*\((?P<other>[^)]*)\)", re.IGNORECASE
)
_AT_LEAST = re.compile(r"(?:>=?|between)\s*(-?[\d.]+)")
_AT_MOST = re.compile(r"<=?\s*(-?[\d.]+)")


def _recognises(tree: Any) -> bool:
    checks = tree.get("checks") if isinstance(tree, dict) else None
    return isinstance(checks, list) and "scanStartTimestamp" in tree and not _is_contract(tree)


def _is_contract(tree: Mapping[str, Any]) -> bool:
    return any(isinstance(check, dict) and "checkType" in check for check in tree.get("checks") or ())


def read(document: Document) -> Testimony:
    """Every check of the scan."""
    tree = document.tree
    said = " ".join(str(log.get("message", "")) for log in tree.get("logs") or () if isinstance(log, dict))
    version = re.search(r"Soda Core (\d[\w.]*)", said)
    claims = tuple(_claim(check) for check in tree["checks"])
    errors = [
        str(log.get("message"))[:300] for log in tree.get("logs") or () if str(log.get("level")).upper() == "ERROR"
    ]
    at = tree.get("dataTimestamp") or tree.get("scanStartTimestamp")
    return Testimony("soda_core", version[1] if version else "", claims, at, tuple(errors))


def _claim(check: Mapping[str, Any]) -> Claim:
    body, config = _definition(str(check.get("definition") or check.get("name") or ""))
    found = _read(body, config, check)
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
        only=config.get("filter") or check.get("filter"),
        samples=(),
    )


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
    if reference and not reference["no"]:
        own, other = (tuple(_names(reference[side])) for side in ("own", "other"))
        return Read((), (Refers(own, (reference["parent"],), other),))
    if body.startswith("failed rows"):
        return _failed_rows(config)
    match = _METRIC.match(body)
    reader = _READERS.get(match["metric"].lower()) if match else None
    names = _names(match["args"] or "") if match else []
    if reader and match:
        rules = reader(names or list(_columns(check)), match["rest"], config)
        return Read((), rules) if rules else None
    return _own_metric(match["metric"], config) if match else None


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
    said: dict[str, Any] = {}
    for part in (config.get("warn"), config.get("fail"), config):
        said |= dict(part) if isinstance(part, Mapping) else {}
    required = said.get("when required column missing") or ()
    types = said.get("when wrong column type") or {}
    typed = tuple(Typed((str(name),), str(kind)) for name, kind in types.items())
    return ((Exists(tuple(map(str, required))),) if required else ()) + typed


def _least(names: list[str], rest: str, _: Mapping[str, Any]) -> tuple[Rule, ...]:
    bound = _AT_LEAST.search(rest)
    return (
        (Between((names[0],), low=_number(bound[1]), above=rest.strip().startswith("> ")),) if bound and names else ()
    )


def _most(names: list[str], rest: str, _: Mapping[str, Any]) -> tuple[Rule, ...]:
    bound = _AT_MOST.search(rest) or re.search(r"and\s+(-?[\d.]+)", rest)
    return (
        (Between((names[0],), high=_number(bound[1]), below=rest.strip().startswith("< ")),) if bound and names else ()
    )


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
    "schema": _schema,
    "freshness": lambda names, *_: (Fresh((names[0],)),) if names else (),
}

SPEC = ImporterSpec(
    id="soda_core",
    title="Soda Core 3: the results of a scan",
    recognises=_recognises,
    read=read,
)
