"""Text columns that hold numbers or times, and a few values that are neither."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog, Column
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Plain, Probe, Skip, Verdict, flag
from datacruncher.checks.values import MEASURES, capped, said, texts

_MEDIUM = 0.0005
_CODES = ("postcode", "phone", "uuid", "ip", "currency", "country", "email", "url", "primary_key", "foreign_key")
_TARGETS = (("integer", "BIGINT"), ("number", "DOUBLE"), ("date", "DATE"), ("instant", "TIMESTAMP"))


class Params(base.Params, frozen=True, kw_only=True):
    """dominant: share of values of one type from which it is the column's true type."""

    dominant: float = 0.8


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Text whose values mostly are numbers or times; codes made of digits are text and stay so."""
    for table in catalog:
        for column in texts(table):
            target = _target(column, params)
            if target and not column.has(*_CODES):
                yield Binding(table, (column,), confidence=0.9, given={"target": target})


def _target(column: Column, params: Params) -> str:
    forms = column.facts.forms
    return next((kind for form, kind in _TARGETS if forms.get(form, 0.0) >= params.dominant), "")


def probe(binding: Binding, params: Params) -> Probe:
    """Values that don't cast to the type of most."""
    column, target = binding.column, binding.given["target"]
    where = f"TRY_CAST({column.sql} AS {target}) IS NULL"
    zeros = f"REGEXP_MATCHES({column.sql}, '^0[0-9]')"
    return flag(
        binding,
        where=where,
        of=said(column),
        also={"zero_led": f"COUNT(*) FILTER (WHERE {zeros})" if target in {"BIGINT", "DOUBLE"} else "0"},
    )


def judge(found: Found, params: Params) -> Verdict | Skip:
    """A pure column is a type that was lost on the way (low); a mixed one is a defect."""
    column, target = found.binding.column, found.binding.given["target"]
    if found.values["zero_led"]:
        return Skip("numbers with leading zeros: a code, not a quantity", found.binding.place)
    if found.share > 1 - params.dominant:
        return Skip(f"only {1 - found.share:.0%} of the values are {target}", found.binding.place)
    details = {"target_type": Plain(target), "castable_share": 1 - found.share}
    words = {
        "target": Plain(target),
        "rest": Plain(f"{found.rows_affected} are not" if found.rows_affected else "all of them"),
    }
    lost = target in {"DATE", "TIMESTAMP"} or column.has(*MEASURES, at_least=0.8)
    pure = capped(_MEDIUM, _MEDIUM) if lost else 0.0
    size = max(found.share, _MEDIUM * 1.01) if found.rows_affected else pure
    return Verdict(size=size, details=details, words=words)


SPEC = CheckSpec(
    id="validity.mixed_type",
    defect="mixed_type",
    category="data_quality",
    title="Numbers or times held as text",
    why="They sort and compare as text, and the first that isn't one breaks a load.",
    needs="a text column of which most values are numbers, dates or times",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(medium=_MEDIUM, low=0.0, source="defects: medium; all of one type: low"),
    message="Mixed types: {table}.{column} holds {target} as text, {rest} ({rows} of {total} values don't cast)",
    recommendation="Give {table}.{column} the type {target}, and set the values aside that are none.",
    explains=("validity.invalid_format",),
    example=Example(
        clean={"reading": {"reading_id": [1, 2, 3, 4, 5, 6], "remark": ["3", "5", "7", "9", "11", "2"]}},
        damaged={"reading": {"reading_id": [1, 2, 3, 4, 5, 6], "remark": ["3", "5", "7", "about 9", "11", "2"]}},
        finds=1,
        at="reading.remark",
    ),
)
