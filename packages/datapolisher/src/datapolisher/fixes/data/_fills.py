"""Values that fill nulls by choice: what may be filled, and what the column itself suggests."""

from __future__ import annotations

import re
from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Expression
from datapolisher.fixes.base import Context
from datapolisher.fixes.data._places import Spot, in_key, spot, typed
from datapolisher.sql import Scalar, ident, is_number
from datapolisher.steps import Step, fill
from datapolisher.workbench import Workbench

MONEY = frozenset({"amount", "price", "cost", "tax", "balance", "discount"})
_MEDICAL = re.compile(
    r"(?i)diagnos|symptom|patient|dosage|\bdose|medic(al|at|ine)|prescri|drug|blood|pulse|heart_?rate|\bbmi\b|glucose|"
    r"allerg|lab_?(result|value)|vaccin|therap|icd_?(9|10)"
)


def fillable(finding: Finding, context: Context) -> Spot | None:
    """The column; None for keys, money, times and medical data, which are never filled with what is merely likely."""
    place = spot(finding, context)
    if place is None or in_key(context, place) or not (is_number(place.type) or place.type in {"VARCHAR", "BOOLEAN"}):
        return None
    if context.role_of(place.table, place.column) in MONEY or _MEDICAL.search(f"{place.table} {place.column}"):
        return None
    return place if context.type_of(place.table, f"{place.column}_filled") in {None, "BOOLEAN"} else None


def measured(how: str, place: Spot, context: Context) -> Scalar:
    """The ``median``, ``mean`` or ``mode`` (the least of several) of a column as the data has it now; None without one."""
    column = ident(place.column)
    with Workbench(context.dataset) as bench:
        view = bench.relation(place.table)
        queries = {
            "median": f"SELECT CAST(quantile_disc({column}, 0.5) AS {place.type}) FROM {view}",
            "mean": f"SELECT CAST(round(avg({column}), 6) AS {place.type}) FROM {view}",
            "mode": f"SELECT {column} FROM {view} WHERE {column} IS NOT NULL GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 1",
        }
        found = bench.rows(queries[how])
    value: Scalar = found[0][0] if found else None
    return value


def constant(said: str, type_: str) -> Scalar:
    """What a person wrote, as a value of the type; raises ``ValueError`` where it is none."""
    if type_ == "BOOLEAN":
        words = {"true": True, "false": False}
        if said.lower() not in words:
            raise ValueError(said)
        return words[said.lower()]
    return typed(said, type_)


def filled(place: Spot | None, value: Expression | Scalar) -> Sequence[Step]:
    """Steps that fill the nulls and mark the rows; none where there is nothing to fill with."""
    return fill(place.table, place.column, value) if place is not None and value is not None else []
