"""Great Expectations 1.x: a validation result (from Python or from a store on disk), or what a checkpoint describes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from datapolisher.importers._expectations import alike, column_of, columns_of, expected, rows_of_query
from datapolisher.importers.base import Document, ImporterSpec
from datapolisher.importing.claims import Broken, Claim, Level, Outcome, Testimony, Whole
from datapolisher.importing.queries import Read
from datapolisher.sql import ident, literal

_LEVELS: dict[str, Level] = {"critical": "critical", "warning": "warning", "info": "info"}
# What a result counts, under its own names.
_COUNTS = (
    "element_count",
    "unexpected_count",
    "unexpected_percent",
    "missing_count",
    "missing_percent",
    "observed_value",
)

# Expectations about single values that no rule of ours measures → what they find.
_DEFECTS = {
    "expect_column_values_to_match_json_schema": "invalid_format",
    "expect_column_value_z_scores_to_be_less_than": "outlier",
    "expect_column_values_to_not_be_outliers": "outlier",
}
_STAMP = re.compile(r"(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)")
# ``year_2024``: what tells one batch of an asset from the next.
_PART = re.compile(r"[A-Za-z]\w*?_.+$")
# Arguments that are short enough to be said with the check.
_LIMITS = ("column_A", "column_B", "min_value", "max_value", "mostly", "value", "type_")


def _is_result(tree: Any) -> bool:
    """One validation result, whole."""
    results = tree.get("results") if isinstance(tree, dict) else None
    return isinstance(results, list) and all(isinstance(r, dict) and "expectation_config" in r for r in results)


def _runs(tree: Any) -> list[dict[str, Any]]:
    """The validation results of a checkpoint: described, as its ``to_json_dict`` has them, or dumped one by one."""
    found = tree.get("validation_results") or tree.get("run_results") or tree if isinstance(tree, dict) else tree
    listed = list(found.values()) if isinstance(found, dict) else found if isinstance(found, list) else []
    return [run.get("validation_result", run) for run in listed if isinstance(run, dict)]


def _is_checkpoint(tree: Any) -> bool:
    runs = _runs(tree)
    return bool(runs) and all("expectations" in run or _is_result(run) for run in runs)


def read(document: Document) -> Testimony:
    """Every expectation of every validation."""
    runs = [document.tree] if _is_result(document.tree) else _runs(document.tree)
    claims = tuple(claim for run in runs for claim in _claims(run))
    metas = [run.get("meta") or {} for run in runs]
    version = next((str(m["great_expectations_version"]) for m in metas if "great_expectations_version" in m), "")
    at = next((t for m in metas if (t := _time(m))), None)
    failed = [claim for claim in claims if claim.outcome == "failed"]
    blind = failed and not any(claim.reported.keys() - {"batch"} for claim in failed)
    notes = ["the result format is BOOLEAN: it counts nothing, all counts are ours"] if blind else []
    parts = [
        ", ".join(f"{key} {value}" for key, value in found.items())
        for run in runs
        if (found := _batch(run.get("meta") or {}))
    ]
    notes += [
        f"a batch is a part of its table ({part}): our counts are of the whole table" for part in dict.fromkeys(parts)
    ]
    return Testimony("great_expectations", version, claims, at, tuple(notes))


def _batch(meta: Mapping[str, Any]) -> dict[str, Any]:
    """What tells this batch from the asset's others; empty where the batch is the whole asset."""
    said = (meta.get("active_batch_definition") or {}).get("batch_identifiers")
    found = said.items() if isinstance(said, Mapping) else ()
    return {
        str(key): value for key, value in found if key not in {"path", "dataframe"} and isinstance(value, str | int)
    }


def _time(meta: Mapping[str, Any]) -> str | None:
    """When the checks ran, or, where older versions do not say, when the batch was loaded: ``20261126T135227.7Z``."""
    said = (meta.get("run_id") or {}).get("run_time") or meta.get("validation_time")
    if said:
        return str(said)
    loaded = _STAMP.match(str((meta.get("batch_markers") or {}).get("ge_load_time") or ""))
    return "{}-{}-{}T{}:{}:{}Z".format(*loaded.groups()) if loaded else None


def _claims(run: Mapping[str, Any]) -> Iterator[Claim]:
    meta = run.get("meta") or {}
    tables, batch = _tables(meta), _batch(meta)
    for result in run.get("results") or run.get("expectations") or ():
        config = result.get("expectation_config") or {}
        name = str(config.get("type") or config.get("expectation_type") or result.get("expectation_type") or "")
        said = config.get("kwargs") or result.get("kwargs") or {}
        claim = _claim(name, said, config, result, tables or _of_batch(str(said.get("batch_id", ""))))
        yield replace(claim, reported={**claim.reported, "batch": batch}) if batch else claim


def _tables(meta: Mapping[str, Any]) -> tuple[str, ...]:
    """The table behind the batch, as its asset and its source name it."""
    batch = meta.get("active_batch_definition") or {}
    spec = meta.get("batch_spec") or {}
    path = str(spec.get("path") or (batch.get("batch_identifiers") or {}).get("path") or "")
    stem = path.replace("\\", "/").rsplit("/", 1)[-1].split(".")[0]
    names = [batch.get("data_asset_name"), spec.get("table_name"), stem]
    return tuple(dict.fromkeys(str(name) for name in names if name))


def _of_batch(batch: str) -> tuple[str, ...]:
    """``<source>-<asset>``, with ``-<key>_<value>`` for each part that a batch is of: any tail may be the asset."""
    parts = batch.split("-")
    ends = [n for n in range(len(parts), 1, -1) if all(_PART.match(part) for part in parts[n:])]
    tails = ["-".join(parts[n:end]) for end in ends for n in range(end - 1, 0, -1)]
    return tuple(dict.fromkeys(tails)) or ((batch,) if batch else ())


def _claim(
    name: str, said: Mapping[str, Any], config: Mapping[str, Any], result: Mapping[str, Any], tables: tuple[str, ...]
) -> Claim:
    numbers = result.get("result") or {}
    found = _read(name, said, numbers, tables)
    claim = Claim(
        check=f"great_expectations.{name}",
        outcome=_outcome(name, result, numbers),
        tables=found.tables or tables,
        rules=found.rules,
        words=_words(name, said, config),
        reason=_error(result.get("exception_info") or {}),
        reported=_reported(said, numbers, result),
        rows=_rows(name, numbers),
        total=numbers.get("element_count"),
        level=_LEVELS.get(str(config.get("severity") or "")),
        tolerant=_tolerant(said),
        only=found.only,
        values=_shown(numbers),
        samples=_samples(numbers),
    )
    if claim.outcome == "passed" and claim.rows and said.get("mostly") is not None:
        return replace(claim, outcome="failed", tolerated=True)
    if claim.outcome == "error" and not claim.reason:
        return replace(claim, reason="it could not be evaluated: it has neither a result nor a reason")
    return claim


def _tolerant(said: Mapping[str, Any]) -> bool:
    """``mostly`` below one: a row that offends is not wrong by that alone."""
    mostly = said.get("mostly")
    return isinstance(mostly, int | float) and mostly < 1


def _read(name: str, said: Mapping[str, Any], numbers: Mapping[str, Any], tables: tuple[str, ...]) -> Read:
    """The rules, the table that a query names (else none), and the rows that the check looks at."""
    if name == "unexpected_rows_expectation" or "unexpected_rows_query" in said:
        return _of_query(said, tables)
    column = column_of(said)
    own = (column,) if column else columns_of(said)
    rules = expected(name, said) or (alike(said) if "unexpected_count" in numbers else ())
    if not rules and (numbers.get("unexpected_count") or name in _DEFECTS):
        rules = (Broken(own, _DEFECTS.get(name, "other")),)
    return Read((), rules or (Whole(own, _words(name, said, {})),), _only(said))


def _of_query(said: Mapping[str, Any], tables: tuple[str, ...]) -> Read:
    """A query with ``{batch}`` for the table, which has several names."""
    batch = tables[0] if tables else "batch"
    found = rows_of_query(said, batch) or Read((), ())
    named = tuple(n for name in found.tables for n in (tables if name == batch and tables else (name,)))
    return replace(found, tables=named if found.rules else ())


def _outcome(name: str, result: Mapping[str, Any], numbers: Mapping[str, Any]) -> Outcome:
    """An expectation that raised is an error; one that failed without counting is a failure in a format that counts nothing."""
    raised = result.get("exception_info") or {}
    if raised.get("raised_exception") or any(
        isinstance(v, dict) and v.get("raised_exception") for v in raised.values()
    ):
        return "error"
    return "passed" if result.get("success") else "failed"


def _error(raised: Mapping[str, Any]) -> str:
    parts = [raised, *(part for part in raised.values() if isinstance(part, Mapping))]
    messages = [str(part.get("exception_message")) for part in parts if part.get("exception_message")]
    return " ".join(messages[0].split())[:300] if messages else ""


def _words(name: str, said: Mapping[str, Any], config: Mapping[str, Any]) -> str:
    if config.get("description"):
        return str(config["description"])
    plain = name.removeprefix("expect_").replace("_", " ")
    column = column_of(said)
    limits = ", ".join(f"{key} {said[key]}" for key in _LIMITS if said.get(key) is not None)
    return f"{column + ': ' if column else ''}{plain}{f' ({limits})' if limits else ''}"


def _reported(said: Mapping[str, Any], numbers: Mapping[str, Any], result: Mapping[str, Any]) -> dict[str, Any]:
    counts = {key: numbers[key] for key in _COUNTS if key in numbers}
    mostly = {"mostly": said["mostly"]} if said.get("mostly") is not None else {}
    return {**counts, **mostly, "success": bool(result.get("success"))} if counts else {}


def _rows(name: str, numbers: Mapping[str, Any]) -> int | None:
    """Rows that offend, where the expectation counts rows."""
    count = numbers.get("unexpected_count")
    if count is None and name == "unexpected_rows_expectation":
        count = numbers.get("observed_value")
    return count if isinstance(count, int) else None


def _only(said: Mapping[str, Any]) -> str | None:
    """``row_condition``: as pandas or SQL write it, or as 1.x serialises ``Column("a") == 1``."""
    condition = said.get("row_condition")
    if isinstance(condition, Mapping) and "pass_through_filter" in condition:
        condition = condition["pass_through_filter"]
    if isinstance(condition, Mapping):
        return _serialised(condition) or str(dict(condition))
    text = str(condition or "").strip()
    if said.get("condition_parser") == "pandas":
        return re.sub(r"`([^`]*)`", r'"\1"', re.sub(r'"([^"]*)"', r"'\1'", text)) or None
    return re.sub(r'col\("([^"]*)"\)', r'"\1"', text).replace(".notNull()", " IS NOT NULL") or None


def _serialised(condition: Mapping[str, Any]) -> str:
    """A condition that 1.x wrote as a tree."""
    column = (condition.get("column") or {}).get("name") if isinstance(condition.get("column"), Mapping) else None
    if column and "is_null" in condition:
        return f"{ident(column)} IS {'' if condition['is_null'] else 'NOT '}NULL"
    if column and condition.get("operator"):
        return _comparison(ident(column), str(condition["operator"]), condition.get("parameter"))
    parts = [_serialised(part) for part in condition.get("conditions") or ()]
    word = " OR " if str(condition.get("type", "")).lower() == "or" else " AND "
    return f"({word.join(parts)})" if parts and all(parts) else ""


def _comparison(column: str, op: str, value: Any) -> str:
    if isinstance(value, list):
        listed = ", ".join(map(literal, value))
        return f"{column} {'NOT IN' if 'NOT' in op.upper() else 'IN'} ({listed})"
    return f"{column} {op} {literal(value)}" if op in {"==", "!=", "<", "<=", ">", ">="} else ""


def _shown(numbers: Mapping[str, Any]) -> dict[Any, int | None]:
    listed = numbers.get("partial_unexpected_counts") or ()
    found = {_key(item["value"]): item.get("count") for item in listed if isinstance(item, dict) and "value" in item}
    return found or dict.fromkeys(map(_key, numbers.get("partial_unexpected_list") or ()))


def _key(value: Any) -> Any:
    return value if isinstance(value, str | int | float | bool | None) else str(value)


def _samples(numbers: Mapping[str, Any]) -> tuple[dict[str, Any], ...]:
    listed = numbers.get("unexpected_index_list") or numbers.get("partial_unexpected_index_list") or ()
    rows = (numbers.get("details") or {}).get("unexpected_rows") if isinstance(numbers.get("details"), dict) else None
    return tuple(item for item in (rows or listed)[:5] if isinstance(item, dict)) if (rows or listed) else ()


SPEC = ImporterSpec(
    id="great_expectations",
    title="Great Expectations 1.x: validation results, checkpoint results, and the store of validations",
    recognises=lambda tree: _is_result(tree) or _is_checkpoint(tree),
    read=read,
)
