"""Entries of a list of features or products that nothing refers to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Steps, Verdict, count

FEATURE_NAME = re.compile(r"feature|module|plan|capabilit|addon|add_on", re.IGNORECASE)


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: entries of the list."""

    minimum: int = 3


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Lists of features that a table of use refers to."""
    for table in catalog:
        if not FEATURE_NAME.search(table.name) or table.primary_key is None:
            continue
        for key in catalog.children(table):
            if not key.is_self and catalog.tables[key.table].rows > table.rows:
                columns = tuple(table.column(name) for name in key.to_columns)
                yield Binding(table, columns, related=catalog.tables[key.table], key=key, confidence=key.confidence)


def probe(binding: Binding, params: Params) -> Probe:
    """Entries without a row that refers to them."""
    assert binding.key is not None and binding.related is not None  # noqa: S101 - bind gives both
    rows = f"""SELECT p.*
FROM {binding.table.sql} p
WHERE NOT EXISTS (SELECT 1 FROM {binding.related.sql} c WHERE {binding.key.join("c", "p")})"""
    return count(rows, f"SELECT COUNT(*) FROM {binding.table.sql}")


def judge(found: Found, params: Params) -> Verdict:
    """By the share of the list that is unused."""
    details = {"feature_column": found.binding.column.name, "adoption": 0.0}
    return Verdict(size=found.share, details=details, metrics={"unused_features": found.rows_affected})


_FEATURES = "SELECT i AS feature_id, 'f' || i AS feature_name FROM range(10) t(i)"
_USE = "SELECT i AS use_id, i % {n} AS feature_id, TIMESTAMP '2024-01-01' + to_hours(i) AS used_at FROM range(100) t(i)"

SPEC = CheckSpec(
    id="product.unused_feature",
    defect="low_adoption",
    category="business_logic",
    title="Features that nobody uses",
    why="What is never used is either hidden or not recorded.",
    needs="a list of features that a table of use refers to",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.2, low=0.0, source="a fifth of the product unused is worth a decision"),
    message="{rows} of {total} entries of {table} are never used in {related_table}",
    recommendation="Check whether their use is recorded; if it is, retire them.",
    example=Example(
        clean={"feature": _FEATURES, "feature_use": _USE.format(n=10)},
        damaged={"feature_use": _USE.format(n=7)},
        finds=3,
        at="feature.feature_id",
    ),
)
