"""One scan per table → facts about its columns.

Counts, minimum, maximum and mean are exact. Of large tables, quantiles are those of a sample and the numbers of distinct
values are sketches; the catalog replaces the latter by exact counts where a decision rests on them. The forms of text
(e-mail, URL, …) are shares of a small sample and only suggest roles.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datacruncher import sampling, sql
from datacruncher.catalog.model import Facts
from datacruncher.catalog.vocabulary import NUMBERS, TIMES

if TYPE_CHECKING:
    from datacruncher.source import Session, View

_WIDTH = 60  # columns per query: each column is read once anyway, and the engine plans short queries faster
_NARROW = 3  # the same of a large table, whose aggregates then stay near the processor: half the time
_SAMPLE = 2000  # rows whose text is looked at for its form
_QUANTILES = {"p01": 0.01, "p05": 0.05, "p25": 0.25, "p50": 0.5, "p75": 0.75, "p95": 0.95, "p99": 0.99}
_EXACT = 200_000  # rows up to which distinct values are counted and quantiles exact, not sketched
_DAY = 86_400_000_000  # microseconds
_LARGEST = 1e150  # squares of larger numbers overflow a double

_FAMILIES = (
    (r".*\[\d*\]$|^(STRUCT|MAP|UNION|JSON|VARIANT|LIST|GEOMETRY)", "nested"),
    (r"^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$|^BIGNUM$", "integer"),
    (r"^DECIMAL", "decimal"),
    (r"^(FLOAT|DOUBLE)$", "float"),
    (r"^(VARCHAR|ENUM)", "text"),
    (r"^BOOLEAN$", "boolean"),
    (r"^DATE$", "date"),
    (r"^TIMESTAMP", "timestamp"),
    (r"^(TIME|INTERVAL)", "time"),
    (r"^UUID$", "uuid"),
)

# What text may be, by its form. RE2 syntax; a value has the form if the whole of it matches.
FORMS = {
    "email": r"[^@\s]+@[^@\s]+\.[^@\s.]{2,}",
    "url": r"(https?|ftp)://\S+",
    "uuid": r"(?i)[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}",
    "ip": r"(\d{1,3}\.){3}\d{1,3}|(?i:[0-9a-f]{0,4}(:[0-9a-f]{0,4}){2,7})",
    "phone": r"[+(]?[0-9][0-9 ()./-]{5,20}(\s?(x|ext\.?)\s?\d+)?",
    "date": r"\d{4}-\d{2}-\d{2}",
    "instant": r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}.*",
    "integer": r"[+-]?\d+",
    "number": r"[+-]?\d*\.?\d+([eE][+-]?\d+)?",
    "code2": r"[A-Z]{2}",
    "code3": r"[A-Z]{3}",
    "code": r"[A-Z0-9]+([-_/.][A-Z0-9]+)*",
    "words": r"\S+(\s+\S+){5,}",
}


def family_of(type_name: str) -> str:
    """The logical family of a type as DuckDB writes it."""
    return next((family for pattern, family in _FAMILIES if re.match(pattern, type_name)), "binary")


def profile(session: Session, view: View, sampled: bool = False) -> dict[str, Facts]:
    """The facts of every column of a table.

    Parameters
    ----------
    sampled
        Whether the table has a sample, from which its quantiles are then taken.

    Raises
    ------
    QueryError
        The table's data can't be read.
    """
    values: dict[str, Any] = {}
    names = list(view.columns)
    width = _WIDTH if view.rows <= _EXACT else _NARROW
    for start in range(0, len(names), width):
        part = names[start : start + width]
        aggregates = [piece for name in part for piece in _aggregates(name, view)]
        query = f'SELECT COUNT(*) AS "rows", {", ".join(aggregates)} FROM {sql.ident(view.name)}'
        values |= session.ask(query)[0]
        values |= _quantiles(session, view, part, sampled)
    forms = _forms(session, view) if values["rows"] else {}
    exact = view.rows <= _EXACT
    return {name: _facts(name, view.columns[name], values, forms.get(name, {}), exact) for name in names}


def _aggregates(name: str, view: View) -> list[str]:
    """The aggregates of one column, each named ``column/fact``."""
    type_name = view.columns[name]
    parts = _expressions(sql.ident(name), family_of(type_name), type_name)
    if view.rows <= _EXACT:
        parts["distinct"] = f"COUNT(DISTINCT {sql.ident(name)})"
    return [f"{expression} AS {sql.ident(f'{name}/{fact}')}" for fact, expression in parts.items()]


def _quantiles(session: Session, view: View, names: Sequence[str], sampled: bool) -> dict[str, Any]:
    """The quantiles of the numbers among the columns, named ``column/quantiles``."""
    numbers = [name for name in names if family_of(view.columns[name]) in NUMBERS]
    if not numbers:
        return {}
    parts = []
    for name in numbers:
        wide = f"CAST({sql.ident(name)} AS DOUBLE)"
        parts.append(
            f"QUANTILE_CONT({wide}, {list(_QUANTILES.values())}){_finite(wide, view.columns[name])}"
            f" AS {sql.ident(f'{name}/quantiles')}"
        )
    relation = sampling.relation(view.name) if sampled else sql.ident(view.name)
    return session.ask(f"SELECT {', '.join(parts)} FROM {relation}")[0]


def _finite(wide: str, type_name: str) -> str:
    """The filter that keeps what a double can hold and square; only floats and unbounded integers need one."""
    if type_name not in {"FLOAT", "DOUBLE", "BIGNUM"}:
        return ""
    return f" FILTER (WHERE ISFINITE({wide}) AND ABS({wide}) < {_LARGEST})"


def _expressions(c: str, family: str, type_name: str) -> dict[str, str]:
    parts = {"present": f"COUNT({c})"}
    if family in {"nested", "binary", "time"}:
        return parts | {"distinct": f"APPROX_COUNT_DISTINCT(HASH({c})) FILTER (WHERE {c} IS NOT NULL)"}
    parts |= {"distinct": f"APPROX_COUNT_DISTINCT({c})", "minimum": f"MIN({c})", "maximum": f"MAX({c})"}
    if family in NUMBERS:
        return parts | _number(c, family, type_name)
    if family == "text":
        return parts | _text(c if type_name == "VARCHAR" else f"CAST({c} AS VARCHAR)")
    if family == "timestamp":
        parts["midnight"] = f"COUNT(*) FILTER (WHERE EPOCH_US({c}) % {_DAY} = 0)"
    if family == "boolean":
        parts["mean"] = f"AVG(CAST({c} AS INTEGER))"
    return parts


def _number(c: str, family: str, type_name: str) -> dict[str, str]:
    wide = f"CAST({c} AS DOUBLE)"
    finite = _finite(wide, type_name)
    parts = {
        "mean": f"AVG({wide}){finite}",
        "stddev": f"STDDEV_SAMP({wide}){finite}",
        "zeros": f"COUNT(*) FILTER (WHERE {c} = 0)",
        "negatives": f"COUNT(*) FILTER (WHERE {c} < 0)",
    }
    if family == "float":
        parts["not_finite"] = f"COUNT(*) FILTER (WHERE NOT ISFINITE({c}))"
        parts["fractional"] = f"COUNT(*) FILTER (WHERE ISFINITE({wide}) AND {wide} <> TRUNC({wide}))"
    if family == "decimal":
        parts["fractional"] = f"COUNT(*) FILTER (WHERE {c} <> TRUNC({c}))"
    return parts


def _text(c: str) -> dict[str, str]:
    return {
        "min_length": f"MIN(LENGTH({c}))",
        "max_length": f"MAX(LENGTH({c}))",
        "mean": f"AVG(LENGTH({c}))",
        "empty": f"COUNT(*) FILTER (WHERE {c} = '')",
        "padded": f"COUNT(*) FILTER (WHERE {c} LIKE ' %' OR {c} LIKE '% ')",
        "beyond_ascii": f"COUNT(*) FILTER (WHERE STRLEN({c}) <> LENGTH({c}))",
    }


def _facts(name: str, type_name: str, values: Mapping[str, Any], forms: Mapping[str, float], exact: bool) -> Facts:
    def value(fact: str) -> Any:
        return values.get(f"{name}/{fact}")

    rows, present = int(values["rows"]), int(value("present"))
    family = family_of(type_name)
    bounds = [_bound(value(side), family) for side in ("minimum", "maximum")]
    quantiles = value("quantiles") or []
    return Facts(
        rows=rows,
        nulls=rows - present,
        distinct=min(int(value("distinct") or 0), present),
        distinct_exact=exact,
        minimum=bounds[0],
        maximum=bounds[1],
        mean=value("mean"),
        stddev=value("stddev"),
        quantiles=dict(zip(_QUANTILES, quantiles, strict=True)) if quantiles else {},
        forms=forms,
        **{fact: value(fact) for fact in _PLAIN},
    )


_PLAIN = (
    *("zeros", "negatives", "not_finite", "fractional", "empty"),
    *("padded", "beyond_ascii", "min_length", "max_length", "midnight"),
)


def _bound(value: Any, family: str) -> Any:
    """A minimum or maximum; None for times that Python can't hold (infinity, years beyond 9999)."""
    return None if family in TIMES and isinstance(value, str) else value


def _forms(session: Session, view: View) -> dict[str, dict[str, float]]:
    """For each text column, the share of a sample's values that has each form; shares of 0 are left out."""
    texts = [name for name, kind in view.columns.items() if family_of(kind) == "text"]
    found: dict[str, dict[str, float]] = {}
    for start in range(0, len(texts), _WIDTH):
        found |= _forms_of(session, view.name, texts[start : start + _WIDTH])
    return found


def _forms_of(session: Session, table: str, names: Sequence[str]) -> dict[str, dict[str, float]]:
    wanted = {f"{name}/{form}": (name, form) for name in names for form in FORMS}
    parts = (
        f"AVG(CAST(REGEXP_FULL_MATCH({sql.ident(name)}, {sql.literal(FORMS[form])}) AS INTEGER)) AS {sql.ident(label)}"
        for label, (name, form) in wanted.items()
    )
    as_text = ", ".join(f"NULLIF(CAST({sql.ident(name)} AS VARCHAR), '') AS {sql.ident(name)}" for name in names)
    sample = f"SELECT {as_text} FROM {sql.ident(table)} LIMIT {_SAMPLE}"
    row = session.ask(f"SELECT {', '.join(parts)} FROM ({sample})")[0]
    found: dict[str, dict[str, float]] = {name: {} for name in names}
    for label, (name, form) in wanted.items():
        if row[label]:
            found[name][form] = float(row[label])
    return found
