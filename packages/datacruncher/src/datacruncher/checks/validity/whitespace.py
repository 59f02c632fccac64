"""Blanks around a text, the invisible kinds included."""

from __future__ import annotations

import re
from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Verdict, flag
from datacruncher.checks.values import BLANKS, none_is, texts

_BLANK = re.compile(rf"\A[{BLANKS}]|[{BLANKS}]\Z|[{BLANKS}]{{2}}")
_INNER = f"[^{BLANKS}][{BLANKS}]{{2,}}[^{BLANKS}]"


class Params(base.Params, frozen=True, kw_only=True):
    """usual: share of padded values from which the column is of fixed width, and nothing is said."""

    usual: float = 0.9


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Text columns, free text left out."""
    for table in catalog:
        for column in texts(table):
            if not column.has("free_text", at_least=0.8) and column.facts.present:
                none = none_is(catalog, column, _BLANK.search)
                yield Binding(table, (column,), given={"none": none})


def probe(binding: Binding, params: Params) -> Probe:
    """Values with a blank at an end; runs of blanks inside are counted beside, for names and categories."""
    column = binding.column
    ends = f"REGEXP_MATCHES({column.sql}, {sql.literal(f'^[{BLANKS}]|[{BLANKS}]$')})"
    inner = f"REGEXP_MATCHES({column.sql}, {sql.literal(_INNER)})"
    runs = column.has(
        "first_name", "last_name", "person_name", "category", "status", "city", "country", "channel", "plan"
    )
    where = f"({ends} OR {inner})" if runs else ends
    counts = {"leading_trailing": ends, "inner_runs": inner}
    also = {name: f"COUNT(*) FILTER (WHERE TRIM({column.sql}) <> '' AND {rule})" for name, rule in counts.items()}
    known = {"rows_affected": 0, "rows_total": column.facts.present, **dict.fromkeys(counts, 0)}
    return flag(
        binding, where=where, of=f"TRIM({column.sql}) <> ''", also=also, known=known if binding.given["none"] else None
    )


def judge(found: Found, params: Params) -> Verdict | Skip:
    """Columns of fixed width are padded all through."""
    if found.share > params.usual:
        return Skip("nearly all values are padded: a column of fixed width", found.binding.place)
    return Verdict(size=found.share)


SPEC = CheckSpec(
    id="validity.whitespace",
    defect="whitespace",
    category="data_quality",
    title="Blanks around values",
    why="Equal values aren't equal: groups split and joins miss.",
    needs="a text column",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(medium=0.01, low=0.0, source="defects: low; above 1% groups visibly split"),
    message="Blanks: {rows} of {total} values of {table}.{column} begin or end with white space, or hold runs of it",
    recommendation="Trim {table}.{column} where it is read in.",
    details=("leading_trailing", "inner_runs"),
    explains=("consistency.dependency_violation",),
    example=Example(
        clean={"person": {"person_id": [1, 2, 3], "last_name": ["Ek", "Lund", "de la Cruz"]}},
        damaged={"person": {"person_id": [1, 2, 3], "last_name": ["Ek ", "Lund", "\u00a0de la Cruz"]}},
        finds=2,
        at="person.last_name",
    ),
)
