"""What Soda 3 and Soda 4 say alike: the words for valid and for missing, and a check's outcome."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from datapolisher.importing.claims import (
    Banned,
    Between,
    Length,
    Level,
    Member,
    NotNull,
    Outcome,
    Pattern,
    Readable,
    Rule,
)
from datapolisher.importing.conditions import opposite, rules_of
from datapolisher.importing.queries import Read, read_query
from datapolisher.importing.sqltext import parse_condition
from datapolisher.importing.values import FORMS

# Soda's named formats → the word for a type or a kind.
_FORMATS = {
    "email": "email",
    "uuid": "uuid",
    "integer": "integer",
    "decimal": "number",
    "date iso 8601": "date",
    "ip address": "ipv4",
    "ipv4 address": "ipv4",
}
_COUNTED = re.compile(r"count\s*\(\s*case\s+when\s+(?P<bad>.+?)\s+then\s+.+?\s+end\s*\)\s*$", re.IGNORECASE | re.DOTALL)
_COUNT_QUERY = re.compile(r"^\s*select\s+count\s*\(\s*\*\s*\)(\s+as\s+\w+)?\s+from", re.IGNORECASE)
OUTCOMES: dict[Any, Outcome] = {
    "pass": "passed",
    "passed": "passed",
    "fail": "failed",
    "failed": "failed",
    "warn": "failed",
}


def outcome(said: Any) -> Outcome:
    """A check's outcome; one that was not evaluated is an error and no finding."""
    return OUTCOMES.get(str(said).lower(), "error")


def level(said: Any) -> Level | None:
    """Soda tells warnings from failures."""
    return {"warn": "warning", "fail": "critical"}.get(str(said).lower())  # type: ignore[return-value]


def plain(config: Mapping[str, Any]) -> dict[str, Any]:
    """Keys as Soda 4 writes them: ``valid values`` is ``valid_values``."""
    return {str(key).strip().replace(" ", "_"): value for key, value in config.items()}


def own_metric(expression: Any, query: Any) -> Read | None:
    """A metric of the user's own that counts rows: ``count(case when <bad> then 1 end)``, ``select count(*) from … where …``."""
    counted = _COUNTED.search(str(expression or ""))
    if counted:
        node = parse_condition(counted["bad"])
        return Read((), rules_of(opposite(node))) if node else None
    rows = _COUNT_QUERY.sub("SELECT * FROM", str(query or ""))
    return read_query(rows) if rows.startswith("SELECT * FROM") else None


def valid(column: str, config: Mapping[str, Any]) -> tuple[Rule, ...]:
    """What ``invalid`` checks: values, bounds, form, length."""
    said = plain(config)
    rules: list[Rule] = []
    if isinstance(said.get("valid_values"), list):
        rules.append(Member((column,), tuple(said["valid_values"])))
    if isinstance(said.get("invalid_values"), list):
        rules.append(Banned((column,), tuple(said["invalid_values"])))
    if said.get("valid_min") is not None or said.get("valid_max") is not None:
        rules.append(Between((column,), said.get("valid_min"), said.get("valid_max")))
    return (*rules, *_forms(column, said), *_lengths(column, said))


def _forms(column: str, said: Mapping[str, Any]) -> list[Rule]:
    rules: list[Rule] = []
    for key, forbidden in (("valid_regex", False), ("invalid_regex", True)):
        if isinstance(said.get(key), str):
            rules.append(Pattern((column,), said[key], forbidden=forbidden))
    for key, forbidden in (("valid_format", False), ("invalid_format", True)):
        form = said.get(key)
        if isinstance(form, Mapping) and form.get("regex"):
            rules.append(Pattern((column,), str(form["regex"]), forbidden=forbidden, kind=str(form.get("name") or "")))
        elif isinstance(form, str) and _FORMATS.get(form.lower()):
            kind = _FORMATS[form.lower()]
            rules.append(
                Pattern((column,), FORMS[kind], whole=True, kind=kind) if kind in FORMS else Readable((column,), kind)
            )
    return rules


def _lengths(column: str, said: Mapping[str, Any]) -> list[Rule]:
    low, high = (said.get(key, said.get("valid_length")) for key in ("valid_min_length", "valid_max_length"))
    return [Length((column,), low, high)] if low is not None or high is not None else []


def missing(column: str, config: Mapping[str, Any]) -> tuple[Rule, ...]:
    """What ``missing`` checks: nulls, and what stands for them."""
    said = plain(config)
    listed, form = said.get("missing_values"), said.get("missing_regex") or said.get("missing_format")
    found = form.get("regex") if isinstance(form, Mapping) else form
    words = tuple(listed) if isinstance(listed, list) else ()
    return (NotNull((column,), words, found if isinstance(found, str) and found not in _FORMATS else ""),)
