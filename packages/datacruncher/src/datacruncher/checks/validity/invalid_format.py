"""Text without the form of its kind: declared patterns, e-mails, URLs, codes of one shape."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Plain, Probe, Skip, Verdict, flag
from datacruncher.checks.values import capped, few_values, said, sample, texts, trimmed
from datacruncher.profile import FORMS

_HIGH = 0.05
_KINDS = ("email", "url", "uuid", "ip", "phone")
_ISO_DATES = ("date", "instant")

# Mends a value and nothing else, where the result then has the form: other separators, spaces, case, brackets.
_NORMALISED = {
    "uuid": "LOWER(REGEXP_REPLACE(TRIM({c}), '[{{}}]', '', 'g'))",
    "url": "TRIM({c})",
    "email": "LOWER(REGEXP_REPLACE({c}, '\\s', '', 'g'))",
}


@dataclass(frozen=True, slots=True)
class Form:
    """A form: its name, the regular expression that the whole value matches, and who says so."""

    kind: str
    pattern: str
    declared: bool = False


class Params(base.Params, frozen=True, kw_only=True):
    """When a form is a rule.

    dominant: share of values with one shape from which the shape is the rule.
    named: the same for columns whose name says what they hold.
    """

    dominant: float = 0.95
    named: float = 0.8


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Columns with a declared pattern, of a known kind, or of one shape."""
    for table in catalog:
        plain = []
        for column in texts(table):
            form = _declared(catalog, column) or _known(column, params)
            if form is not None:
                yield _binding(table, column, form)
            elif kind := _named(column):
                yield Skip(f"named like {kind}, but the values have another form", Place(table.name, (column.name,)))
            elif _may_be_code(column):
                plain.append(column)
        for column, form in _shapes(catalog, table, plain, params):
            yield _binding(table, column, form)


def _binding(table: Table, column: Column, form: Form) -> Binding:
    return Binding(
        table,
        (column,),
        confidence=1.0 if form.declared else 0.8,
        given={"form": form, "rule": "declared" if form.declared else "inferred"},
    )


def _declared(catalog: Catalog, column: Column) -> Form | None:
    pattern = column.declared.constraints.pattern if column.declared and column.declared.constraints else None
    if pattern is None and catalog.document is not None:
        name = f"{column.table}.{column.name}"
        pattern = next((rule.regex for rule in catalog.document.constraints.pattern if rule.attr == name), None)
    return Form("pattern", pattern, declared=True) if pattern and _is_supported(pattern) else None


def _is_supported(pattern: str) -> bool:
    """Whether the engine's expressions (RE2) can say it: no look-around, no references back."""
    return not re.search(r"\(\?[=!<]|\\[1-9]", pattern)


def _known(column: Column, params: Params) -> Form | None:
    forms = column.facts.forms
    for kind in _KINDS:
        least = params.named if column.has(kind, at_least=0.45) else params.dominant
        if kind == "phone" and not column.has("phone"):
            continue  # too many codes look like one
        if forms.get(kind, 0.0) >= least:
            return Form(kind, FORMS[kind])
    return None


def _named(column: Column) -> str:
    return next((kind for kind in _KINDS if column.has(kind)), "")


def _may_be_code(column: Column) -> bool:
    """Short text with many values that is no name, no category and no date or number."""
    facts = column.facts
    return (
        (facts.max_length or 0) <= 60
        and facts.distinct > 50
        and not few_values(column, most=200)
        and not column.has("first_name", "last_name", "person_name", "city", "free_text")
        and max((facts.forms.get(form, 0.0) for form in (*_ISO_DATES, "number")), default=0.0) < 0.8
    )


def _shapes(catalog: Catalog, table: Table, columns: list[Column], params: Params) -> Iterator[tuple[Column, Form]]:
    """Columns of which nearly all values have one shape: letters and digits at the same places."""
    if not columns:
        return
    modes = sample(catalog, table, ", ".join(f"MODE({_shape(c)}) AS {c.sql}" for c in columns))
    known = [(c, str(modes[c.name])) for c in columns if modes.get(c.name) and _telling(str(modes[c.name]))]
    if not known:
        return
    shares = ", ".join(f"AVG(CAST({_shape(c)} = {sql.literal(shape)} AS INTEGER)) AS {c.sql}" for c, shape in known)
    found = sample(catalog, table, shares)
    for column, shape in known:
        if (found.get(column.name) or 0.0) >= params.dominant - 0.03:
            yield column, Form(f"shape {shape}", _pattern(shape))


def _shape(column: Column) -> str:
    """SQL: digits as 9, capitals as A, small letters as a."""
    value = f"NULLIF({trimmed(column.sql)}, '')"
    for signs, letter in (("[0-9]", "9"), ("[A-Z]", "A"), ("[a-z]", "a")):
        value = f"REGEXP_REPLACE({value}, '{signs}', '{letter}', 'g')"
    return value


def _telling(shape: str) -> bool:
    """Digits beside something else, or at least four of them: words alone have no shape."""
    return len(shape) >= 4 and "9" in shape and shape.isascii()


def _pattern(shape: str) -> str:
    classes = {"9": "[0-9]", "A": "[A-Z]", "a": "[a-z]"}
    runs = re.findall(r"((.)\2*)", shape)
    return "".join(
        (classes.get(sign) or re.escape(sign)) + (f"{{{len(run)}}}" if len(run) > 1 else "") for run, sign in runs
    )


def probe(binding: Binding, params: Params) -> Probe:
    """Values that say something and don't have the form; blanks at the ends are another finding."""
    column, form = binding.column, binding.given["form"]
    match = "REGEXP_MATCHES" if form.declared else "REGEXP_FULL_MATCH"
    value = column.sql if form.declared else trimmed(column.sql)
    where = f"NOT {match}({value}, {sql.literal(form.pattern)})"
    also: dict[str, str] = {}
    if form.kind in _NORMALISED:
        mended = _NORMALISED[form.kind].format(c=column.sql)
        right = f"{match}({mended}, {sql.literal(form.pattern)})"
        also["normalizable_rows"] = f"COUNT(*) FILTER (WHERE {said(column)} AND {where} AND {right})"
    return flag(binding, where=where, of=said(column), also=also)


def judge(found: Found, params: Params) -> Verdict | Skip:
    """A form that fewer values have than the sample promised is no rule."""
    form: Form = found.binding.given["form"]
    if not form.declared and found.share > 1 - params.named:
        return Skip(f"only {1 - found.share:.0%} of the values have the form of {form.kind}", found.binding.place)
    details: dict[str, Any] = {"pattern": Plain(form.pattern), "kind": Plain(form.kind)}
    if "normalizable_rows" in found.values:
        details["normalizable_rows"] = found.values["normalizable_rows"]
    size = found.share if form.declared else capped(found.share, _HIGH)
    return Verdict(size=size, details=details, words={"kind": Plain(form.kind)})


SPEC = CheckSpec(
    id="validity.invalid_format",
    defect="invalid_format",
    category="data_quality",
    title="Text without its form",
    why="What can't be read can't be used: mails bounce, codes match nothing.",
    needs="a declared pattern, an e-mail, URL, UUID, IP or phone column, or text of one shape",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(high=_HIGH, medium=0.0, source="defects: medium; declared patterns above 5%: high"),
    message="Wrong form: {rows} of {total} values of {table}.{column} are no {kind}",
    recommendation="Check {table}.{column} where it is entered.",
    explains=("consistency.dependency_violation",),
    example=Example(
        clean={"user": {"user_id": range(1, 21), "email": [f"u{i}@example.com" for i in range(20)]}},
        damaged={
            "user": {"user_id": range(1, 21), "email": ["u0.example.com", *(f"u{i}@example.com" for i in range(19))]}
        },
        finds=1,
        at="user.email",
    ),
)
