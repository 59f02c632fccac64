"""Rows in which two columns hold each other's value."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Verdict, flag
from datacruncher.checks.values import capped, texts
from datacruncher.profile import FORMS

_HIGH = 0.001
_KINDS = ("email", "url", "uuid", "ip", "phone", "number", "date", "instant")
_PAIRS = 12


class Params(base.Params, frozen=True, kw_only=True):
    """When a value belongs to the other column.

    times: how many times more often it stands there.
    form: share of values of a form that makes it a column's own.
    """

    times: int = 5
    form: float = 0.8


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Latitude and longitude; texts of two forms; texts with few values each."""
    for table in catalog:
        latitude, longitude = table.role("latitude"), table.role("longitude")
        if latitude is not None and longitude is not None:
            yield Binding(table, (latitude, longitude), confidence=0.9, given={"by": "range"})
        formed = [(c, form) for c in texts(table) if (form := _form(c, params))]
        for (a, form_a), (b, form_b) in list(combinations(formed, 2))[:_PAIRS]:
            if form_a != form_b and not (a.is_key or b.is_key):
                yield Binding(table, (a, b), confidence=0.9, given={"by": "form", "forms": (form_a, form_b)})
        for a, b in _of_words(table)[:_PAIRS]:
            yield Binding(table, (a, b), confidence=0.7, given={"by": "words"})


def _form(column: Column, params: Params) -> str:
    return next((kind for kind in _KINDS if column.facts.forms.get(kind, 0.0) >= params.form), "")


def _of_words(table: Table) -> list[tuple[Column, Column]]:
    """Pairs of texts whose values repeat, neighbours first: those are the ones that get swapped."""
    words = [
        c
        for c in texts(table)
        if 2 <= c.facts.distinct <= 5000 and c.facts.present >= 3 * c.facts.distinct and not c.is_key
    ]
    return sorted(combinations(words, 2), key=lambda pair: abs(pair[0].position - pair[1].position))


def probe(binding: Binding, params: Params) -> Probe:
    """Rows in which both values are the other column's."""
    by = binding.given["by"]
    if by == "words":
        return _by_words(binding, params)
    a, b = binding.columns
    there = f"{a.sql} IS NOT NULL AND {b.sql} IS NOT NULL"
    if by == "range":
        where = f"ABS({a.sql}) > 90 AND ABS({a.sql}) <= 180 AND ABS({b.sql}) <= 90"
        return flag(binding, where=where, of=there)
    first, second = (sql.literal(FORMS[form]) for form in binding.given["forms"])

    def fits(column: Column, form: str) -> str:
        return f"REGEXP_FULL_MATCH({column.sql}, {form})"

    where = f"{fits(a, second)} AND {fits(b, first)} AND NOT {fits(a, first)} AND NOT {fits(b, second)}"
    return flag(binding, where=where, of=there)


def _by_words(binding: Binding, params: Params) -> Probe:
    """By how often each value stands in each of the two columns; whole pairs are counted first, so that few are joined."""
    table, (a, b) = binding.table, binding.columns
    steps = f"""WITH _pairs AS (
  SELECT {a.sql} AS a, {b.sql} AS b, COUNT(*) AS n FROM {table.sql}
  WHERE {a.sql} IS NOT NULL AND {b.sql} IS NOT NULL GROUP BY ALL
), _first AS (
  SELECT a AS v, SUM(n) AS n FROM _pairs GROUP BY 1
), _second AS (
  SELECT b AS v, SUM(n) AS n FROM _pairs GROUP BY 1
), _swapped AS (
  SELECT p.a, p.b, p.n FROM _pairs p
  JOIN _second ab ON ab.v = p.a JOIN _first ba ON ba.v = p.b
  JOIN _first aa ON aa.v = p.a JOIN _second bb ON bb.v = p.b
  WHERE ab.n >= {params.times} * aa.n AND ba.n >= {params.times} * bb.n
)"""
    key = ", ".join(dict.fromkeys(f"t.{c.sql}" for c in (*table.key_columns, a, b)))
    return Probe(
        measure=f"{steps}\nSELECT (SELECT COALESCE(SUM(n), 0) FROM _swapped) AS rows_affected, SUM(n) AS rows_total\n"
        "FROM _pairs",
        rows=f"{steps}\nSELECT {key} FROM {table.sql} t JOIN _swapped s ON t.{a.sql} = s.a AND t.{b.sql} = s.b",
    )


def judge(found: Found, params: Params) -> Verdict:
    """What forms and ranges say is certain; what words say is at most medium."""
    first, second = found.binding.columns
    details = {"first": first.name, "second": second.name, "fitting_rows": found.rows_affected}
    size = capped(found.share, _HIGH) if found.binding.given["by"] == "words" else found.share
    return Verdict(size=size, details=details, words={"first": first.name, "second": second.name})


SPEC = CheckSpec(
    id="consistency.swapped_columns",
    defect="swapped_columns",
    category="data_quality",
    title="Two values in each other's place",
    why="Both columns are wrong in these rows, and neither looks empty.",
    needs="a latitude with a longitude, or two text columns with different forms or values",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(high=_HIGH, medium=0.0, source="defects: high"),
    message="Swapped: {rows} of {total} rows in {table} hold {second} in {first} and {first} in {second}",
    recommendation="Look for a source that writes {first} and {second} of {table} in another order.",
    explains=("validity.*", "consistency.dependency_violation"),
    example=Example(
        clean={
            "lead": "SELECT i AS lead_id, 'a' || i || '@example.com' AS email, '+49 30 ' || (1000000 + i) AS phone"
            " FROM range(40) t(i)"
        },
        damaged={
            "lead": "SELECT i AS lead_id, CASE WHEN i IN (3, 9) THEN '+49 30 ' || (1000000 + i) ELSE"
            " 'a' || i || '@example.com' END AS email, CASE WHEN i IN (3, 9) THEN 'a' || i || '@example.com' ELSE"
            " '+49 30 ' || (1000000 + i) END AS phone FROM range(40) t(i)"
        },
        finds=2,
        at="lead.email.phone",
    ),
)
