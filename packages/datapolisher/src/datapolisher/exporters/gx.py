"""Great Expectations 1.x: a suite of expectations for each table, as a store on disk holds them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from datapolisher.exporters.base import Column, Exported, ExporterSpec, Rule, Subject, Table
from datapolisher.importing.shapes import family

_VERSION = "1.0.0"
_LISTED = 1000
_SAYABLE = frozenset({"text", "whole", "number", "boolean"})


def write(subject: Subject) -> Exported:
    """``<table>.json`` for each table."""
    return Exported(
        {f"{table.name}.json": _text(table, subject) for table in subject.tables}, tuple(_left_out(subject))
    )


def _left_out(subject: Subject) -> Iterator[str]:
    for table in subject.tables:
        for column in table.columns:
            if column.values and not _listable(column):
                yield f"{table.name}.{column.name}: a suite's list holds texts and numbers, which no {column.type} equals"
        for rule in table.rules:
            if not rule.order:
                yield f"{table.name}: a suite for frames has no expectation of {rule.words}"
        for ref in table.references:
            yield f"{table.name}.{', '.join(ref.columns)}: a suite looks at one table, the reference to {ref.table} is left out"


def _text(table: Table, subject: Subject) -> str:
    meta: dict[str, Any] = {
        "great_expectations_version": _VERSION,
        "dataset": subject.name,
        "dataset_digest": subject.digest,
    }
    meta |= {"quality_score": subject.score} if subject.score else {}
    meta |= {k: str(subject.approval[k]) for k in ("approved_by", "approved_at") if subject.approval.get(k)}
    suite = {"name": table.name, "expectations": list(_expectations(table)), "meta": meta}
    return json.dumps(suite, indent=2, ensure_ascii=False, default=str) + "\n"


def _expectations(table: Table) -> Iterator[dict[str, Any]]:
    yield _one("expect_table_columns_to_match_set", column_set=[c.name for c in table.columns], exact_match=True)
    if len(table.key) > 1:
        yield _one("expect_compound_columns_to_be_unique", column_list=list(table.key))
    for column in table.columns:
        yield from _of_column(column)
    for rule in table.rules:
        yield from _of_rule(rule)


def _of_rule(rule: Rule) -> Iterator[dict[str, Any]]:
    """An order of two columns, where both are there."""
    pair = {"column_A": rule.columns[0], "column_B": rule.columns[1]} if rule.order else {}
    both = {"ignore_row_if": "either_value_is_missing"}
    if rule.order == "=":
        yield _one("expect_column_pair_values_to_be_equal", **pair, **both)
    elif rule.order:
        or_equal = rule.order == ">="
        yield _one("expect_column_pair_values_a_to_be_greater_than_b", **pair, or_equal=or_equal, **both)


def _of_column(column: Column) -> Iterator[dict[str, Any]]:
    name = column.name
    if column.required:
        yield _one("expect_column_values_to_not_be_null", column=name)
    if column.unique:
        yield _one("expect_column_values_to_be_unique", column=name)
    if column.values and len(column.values) <= _LISTED and _listable(column):
        yield _one("expect_column_values_to_be_in_set", column=name, value_set=list(column.values))
    if column.low is not None or column.high is not None:
        ends = {k: v for k, v in (("min_value", column.low), ("max_value", column.high)) if v is not None}
        yield _one("expect_column_values_to_be_between", column=name, **ends)
    if column.pattern:
        yield _one("expect_column_values_to_match_regex", column=name, regex=_whole(column.pattern))


def _listable(column: Column) -> bool:
    """Whether a value of the column can be equal to one that JSON holds: no date and no decimal is."""
    return family(column.type) in _SAYABLE and not column.type.startswith("DECIMAL")


def _whole(pattern: str) -> str:
    return pattern if pattern.startswith("^") and pattern.endswith("$") else f"^(?:{pattern})$"


def _one(kind: str, **kwargs: Any) -> dict[str, Any]:
    return {"type": kind, "kwargs": kwargs, "meta": {}, "severity": "critical"}


SPEC = ExporterSpec("gx", "Great Expectations 1.x: a suite for each table", "expectations/", write)
