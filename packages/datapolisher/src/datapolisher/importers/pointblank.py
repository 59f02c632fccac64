"""pointblank: ``Validate.get_json_report()``, a bare list of steps that does not say which table it speaks of."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from datapolisher.importers._polars import condition
from datapolisher.importers.base import Document, ImporterSpec
from datapolisher.importing.claims import (
    Banned,
    Between,
    Broken,
    Claim,
    Exists,
    Fresh,
    Length,
    Level,
    Member,
    NoOthers,
    NotNull,
    Outcome,
    Pattern,
    Refers,
    Rule,
    Testimony,
    Typed,
    Unique,
    Versus,
    Whole,
)
from datapolisher.importing.conditions import against, rules_of
from datapolisher.importing.sqltext import parse_condition
from datapolisher.importing.values import FORMS
from datapolisher.sql import ident, literal

_COUNTS = ("n", "n_passed", "n_failed", "f_failed", "warning", "error", "critical")
_MARKS = frozenset({"assertion_type", "n_failed", "all_passed"})
_COMPARE = {"gt": ">", "ge": ">=", "lt": "<", "le": "<=", "eq": "=", "ne": "<>"}
_GENERIC = frozenset(
    {"report", "json", "pointblank", "pb", "validation", "validate", "results", "result", "checks", "dq", "get"}
)
# Steps that look at the whole table: what they count are no rows.
_WHOLE = frozenset(
    {"col_exists", "col_schema_match", "row_count_match", "col_count_match", "specially", "data_freshness"}
)
_TOTALS = ("col_sum_", "col_avg_", "col_sd_", "col_pct_", "tbl_")
_SHAPE = re.compile(r"shape: \((?P<rows>[\d,_]+), (?P<columns>\d+)\)")
_ONCE = re.compile(r'col\("([^"]+)"\)\.is_unique\(\)')
_NUMBER = re.compile(r"^-?\d+(\.\d+)?$")
_DATE = re.compile(r"^\d{4}-\d{2}-\d{2}([ T].*)?$")


def _recognises(tree: Any) -> bool:
    return isinstance(tree, list) and bool(tree) and all(isinstance(s, dict) and _MARKS & s.keys() for s in tree)


def read(document: Document) -> Testimony:
    """Every step."""
    tables = _of_name(document.path.stem)
    most = max((step["n"] for step in document.tree if isinstance(step.get("n"), int)), default=0)
    claims = tuple(_claim(step, tables, most) for step in document.tree)
    at = next((str(step["time_processed"]) for step in document.tree if step.get("time_processed")), None)
    cut = sorted({"assertion_type", "column", "values", "n_failed"} - document.tree[0].keys())
    notes = (f"fields are cut off ({', '.join(cut)}): what they would say is not known",) if cut else ()
    return Testimony("pointblank", "", claims, at, notes, unnamed=True)


def _of_name(stem: str) -> tuple[str, ...]:
    """Names of a table that a file's name may speak of: ``report.orders``, ``orders_validation``."""
    words = [word for word in re.split(r"[.\-\s]+", stem) if word]
    kept = [word for word in words if word.lower() not in _GENERIC]
    inner = ["_".join(p for p in word.split("_") if p.lower() not in _GENERIC) for word in kept]
    parts = [part for word in inner for part in word.split("_")]
    tails = ["_".join(parts[n:]) for n in range(1, len(parts))] + [
        "_".join(parts[:n]) for n in range(len(parts) - 1, 0, -1)
    ]
    whole = (" ".join(inner), "_".join(inner), "-".join(inner))
    return tuple(dict.fromkeys(name for name in (*whole, *inner, *kept, *tails) if name))


def _claim(step: Mapping[str, Any], tables: tuple[str, ...], most: int) -> Claim:
    kind = str(step.get("assertion_type") or "step")
    rules = _rules(kind, step)
    failed, total = step.get("n_failed"), step.get("n")
    whole = kind in _WHOLE or kind.startswith(_TOTALS)
    outcome = _outcome(step)
    return Claim(
        check=f"pointblank.{kind}",
        outcome=outcome,
        tables=tables,
        rules=rules or ((_unread(kind, step, whole=whole),) if "assertion_type" in step else ()),
        words=_words(kind, step),
        reason=_reason(step),
        reported={key: step[key] for key in _COUNTS if step.get(key) is not None},
        rows=None if whole else failed,
        total=None if whole else total,
        level=_level(step),
        tolerated=_tolerated(step),
        only=None if whole else _only(step, most),
    )


def _unread(kind: str, step: Mapping[str, Any], *, whole: bool) -> Rule:
    """A step that no rule of ours says: of rows that it counted, or of the whole table."""
    if step.get("n_failed") and not whole:
        return Broken(_columns(step), "invalid_format" if kind == "col_vals_within_spec" else "other")
    return Whole(_columns(step), _words(kind, step))


def _outcome(step: Mapping[str, Any]) -> Outcome:
    if step.get("eval_error"):
        return "error"
    if step.get("active") is False:
        return "skipped"
    if step.get("n_failed"):
        return "failed"
    passed = step.get("all_passed")
    if passed is None and step.get("f_failed") is not None:
        passed = not step["f_failed"]
    return "skipped" if passed is None and step.get("n_failed") is None else "failed" if passed is False else "passed"


def _reason(step: Mapping[str, Any]) -> str:
    if step.get("eval_error"):
        return f"it could not be evaluated: {step['eval_error']}"
    if step.get("active") is False:
        return (
            "not evaluated: the step is switched off, or it could not be evaluated (the document does not tell which)"
        )
    return "the document does not say whether it passed"


def _levels(step: Mapping[str, Any]) -> list[str]:
    return [level for level in ("critical", "error", "warning") if step.get(level) is True]


def _level(step: Mapping[str, Any]) -> Level | None:
    """The highest threshold that was passed; thresholds only of warnings make a warning."""
    reached = _levels(step)
    if not reached:
        return None
    return "warning" if reached[0] == "warning" else "critical"


def _tolerated(step: Mapping[str, Any]) -> bool:
    """Thresholds are set, and none of them is reached."""
    known = [step.get(level) for level in ("critical", "error", "warning") if step.get(level) is not None]
    return bool(known) and not any(known)


def _only(step: Mapping[str, Any], most: int) -> str | None:
    """Rows were chosen or made before the check, mostly in a way that the document does not tell."""
    if not {"pre", "segments"} <= step.keys() and isinstance(step.get("n"), int) and step["n"] < most:
        return f"(a part of {step['n']} of {most} rows: its definition was cut off)"
    if step.get("pre") is not None:
        return f"pre: {step['pre']}"
    segment = step.get("segments")
    if segment is None:
        return None
    pair = segment if isinstance(segment, list | tuple) and len(segment) == 2 else None
    return f'"{pair[0]}" = {pair[1]!r}' if pair and isinstance(pair[0], str) else f"segments: {segment}"


def _columns(step: Mapping[str, Any]) -> tuple[str, ...]:
    said = step.get("column")
    if isinstance(said, str):
        return (
            tuple(part.strip() for part in said.split(","))
            if step.get("assertion_type") == "rows_distinct"
            else (said,)
        )
    return tuple(map(str, said)) if isinstance(said, list) else ()


def _words(kind: str, step: Mapping[str, Any]) -> str:
    if step.get("brief") or step.get("label"):
        return str(step.get("brief") or step.get("label"))
    values = step.get("values")
    text = "" if values is None else f" {str(values)[:60]}{'…' if len(str(values)) > 60 else ''}"
    return f"{kind}({', '.join(_columns(step))}){text}"


def _rules(kind: str, step: Mapping[str, Any]) -> tuple[Rule, ...]:
    columns, values = _columns(step), step.get("values")
    reader = _READERS.get(kind)
    if kind.startswith("col_vals_") and kind[9:] in _COMPARE and columns:
        return _compared(columns[0], _COMPARE[kind[9:]], values, nulls=_nulls_pass(step))
    return reader(columns, values, step) if reader else ()


def _nulls_pass(step: Mapping[str, Any]) -> bool:
    return step.get("na_pass") is not False


def _compared(column: str, op: str, value: Any, *, nulls: bool) -> tuple[Rule, ...]:
    """Against a number, a date, or another column, whose name the document writes as a text."""
    value = _constant(value)
    if isinstance(value, str) and not _DATE.match(value):
        return (Versus((column,), op, value), *(() if nulls else (NotNull((column,)),)))
    return (against(column, op, value), *(() if nulls else (NotNull((column,)),)))


def _constant(value: Any) -> Any:
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str) and _NUMBER.match(value):
        return float(value) if "." in value else int(value)
    if isinstance(value, str) and (match := re.fullmatch(r'col\("?(.+?)"?\)', value)):
        return match[1]
    return value


def _pair(text: str) -> Any:
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return None


def _between(columns: tuple[str, ...], values: Any, step: Mapping[str, Any]) -> tuple[Rule, ...]:
    pair = _pair(values) if isinstance(values, str) else values
    if not isinstance(pair, list | tuple) or len(pair) != 2:
        return ()
    low, high = map(_constant, pair)
    open_ = [not closed for closed in step.get("inclusive") or (True, True)]
    ops = (">" if open_[0] else ">=", "<" if open_[1] else "<=")
    if all(not isinstance(end, str) or _DATE.match(end) for end in (low, high)):
        missing: tuple[Rule, ...] = () if _nulls_pass(step) else (NotNull(columns),)
        return (Between(columns, low, high, *open_), *missing)
    ends = zip((low, high), ops, strict=True)
    return tuple(r for end, op in ends for r in _compared(columns[0], op, end, nulls=_nulls_pass(step)))


def _outside(columns: tuple[str, ...], values: Any, step: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The value lies outside of two bounds."""
    (inside, *_), name = _between(columns, values, step) or (None,), ident(columns[0])
    if not isinstance(inside, Between):
        return ()
    return _said(f"{name} < {literal(inside.low)} OR {name} > {literal(inside.high)}")


def _said(text: str | None) -> tuple[Rule, ...]:
    """A condition in SQL, as rules; none where it cannot be read."""
    node = parse_condition(text) if text else None
    return rules_of(node) if node else ()


def _in_set(columns: tuple[str, ...], values: Any, step: Mapping[str, Any]) -> tuple[Rule, ...]:
    """A missing value is in no set: it fails, but where the set lists it."""
    if not isinstance(values, list):
        return ()
    listed = tuple(value for value in values if value is not None)
    return (Member(columns, listed, nulls=len(listed) < len(values)),)


def _not_in_set(columns: tuple[str, ...], values: Any, step: Mapping[str, Any]) -> tuple[Rule, ...]:
    missing: tuple[Rule, ...] = () if _nulls_pass(step) else (NotNull(columns),)
    return (Banned(columns, tuple(values)), *missing) if isinstance(values, list) else ()


def _regex(columns: tuple[str, ...], values: Any, step: Mapping[str, Any]) -> tuple[Rule, ...]:
    said = values if isinstance(values, dict) else {"pattern": values}
    pattern, inverse = str(said.get("pattern")), bool(said.get("inverse"))
    return (Pattern(columns, pattern, forbidden=inverse, nulls=_nulls_pass(step)),)


def _spec(columns: tuple[str, ...], values: Any, step: Mapping[str, Any]) -> tuple[Rule, ...]:
    """``col_vals_within_spec``: a kind of text."""
    kind = str((values.get("spec") if isinstance(values, dict) else values) or "").lower()
    return (Pattern(columns, FORMS[kind], whole=True, kind=kind, nulls=_nulls_pass(step)),) if kind in FORMS else ()


def _in_table(columns: tuple[str, ...], values: Any, step: Mapping[str, Any]) -> tuple[Rule, ...]:
    """``col_vals_in_table``: the parent has no name, but it is printed with its size and its columns."""
    said = values if isinstance(values, dict) else {}
    other = said.get("ref_column") or columns
    shape = _SHAPE.match(str(said.get("ref_table") or ""))
    size = (int(re.sub(r"\D", "", shape["rows"])), int(shape["columns"])) if shape else None
    parent = (other,) if isinstance(other, str) else tuple(map(str, other))
    missing = () if step.get("na_pass") is not False else tuple(NotNull((name,)) for name in columns)
    return (Refers(columns, (), parent, size), *missing)


def _lengths(columns: tuple[str, ...], values: Any, step: Mapping[str, Any]) -> tuple[Rule, ...]:
    said = values if isinstance(values, dict) else {}
    low, high = (said.get(key) if isinstance(said.get(key), int) else None for key in ("min_val", "max_val"))
    missing: tuple[Rule, ...] = () if _nulls_pass(step) else (NotNull(columns),)
    return (Length(columns, low, high), *missing) if (low, high) != (None, None) else ()


def _expression(_: tuple[str, ...], values: Any, __: Mapping[str, Any]) -> tuple[Rule, ...]:
    if once := _ONCE.fullmatch(str(values)):
        return (Unique((once[1],)),)
    text = str(values)
    rules = _said(condition(text) or (None if "col(" in text else text))
    # What is unknown for want of a value fails, too.
    return tuple(replace(r, nulls=False) if isinstance(r, Between | Pattern | Member) else r for r in rules)


def _distinct(columns: tuple[str, ...], _: Any, __: Mapping[str, Any]) -> tuple[Rule, ...]:
    return (Unique(columns),)


def _schema(_: tuple[str, ...], values: Any, __: Mapping[str, Any]) -> tuple[Rule, ...]:
    """The schema as pointblank prints it: ``name: Type``, a line for each column."""
    text = str(values.get("schema") if isinstance(values, dict) else values)
    pairs = [line.strip().partition(": ") for line in text.splitlines() if ": " in line]
    typed = tuple(Typed((name,), _kinds(kind)) for name, _, kind in pairs if kind and kind != "None")
    names = tuple(name for name, _, _ in pairs)
    whole = isinstance(values, dict) and values.get("complete") is True
    return (Exists(names), *((NoOthers(names),) if whole else ()), *typed) if pairs else ()


def _kinds(text: str) -> str:
    """One type, or several of which one will do: ``['Int64', 'Int32']``."""
    return " or ".join(part.strip(" '\"") for part in text.strip("[]").split(","))


_READERS = {
    "col_vals_not_null": lambda columns, *_: (NotNull(columns),),
    "col_vals_between": _between,
    "col_vals_in_set": _in_set,
    "col_vals_not_in_set": _not_in_set,
    "col_vals_regex": _regex,
    "col_vals_within_spec": _spec,
    "col_vals_in_table": _in_table,
    "col_vals_str_len": _lengths,
    "col_vals_expr": _expression,
    "col_exists": lambda columns, *_: (Exists(columns),),
    "col_schema_match": _schema,
    "rows_distinct": _distinct,
    "rows_complete": lambda columns, *_: tuple(NotNull((name,)) for name in columns) or (NotNull(()),),
    "col_vals_null": lambda columns, *_: _said(f"{ident(columns[0])} IS NULL"),
    "col_vals_outside": _outside,
    "data_freshness": lambda columns, *_: (Fresh(columns),),
}

SPEC = ImporterSpec(
    id="pointblank",
    title="pointblank: the JSON report of a validation (name its table with --table, or by the file's name)",
    recognises=_recognises,
    read=read,
)
