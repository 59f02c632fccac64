"""Values outside their list: the declared one, or the one that the column itself keeps to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.catalog import Catalog, Column
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Verdict, flag
from datacruncher.checks.validity._codes import FAMILIES
from datacruncher.checks.validity._variants import variants_of
from datacruncher.checks.values import capped, categories, in_list, said

_HIGH = 0.01
_FEW = 300  # values of a column of codes


class Params(base.Params, frozen=True, kw_only=True):
    """When a value is foreign to a column without a declared list.

    members: most values that such a list has.
    apart: how many times rarer than the rarest member the value is at least.
    rare: share of rows above which a value is a member.
    """

    members: int = 20
    apart: float = 8.0
    rare: float = 0.02


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Columns with a declared list; text columns with few values, all of them frequent but one or two."""
    for table in catalog:
        for column in table.columns:
            accepted = _declared(catalog, column)
            if accepted:
                given: dict[str, Any] = {"accepted": accepted, "same": _in_other_codes(catalog, column, accepted)}
                yield Binding(table, (column,), given={**given, "declared": True, "rule": "declared"})
        for column in categories(table, 200):
            if not _declared(catalog, column) and not column.is_key:
                foreign = _foreign(catalog, column, params)
                given = {"foreign": foreign, "declared": False, "counts": dict(catalog.values(column))}
                yield Binding(table, (column,), confidence=0.6, given=given)


def _in_other_codes(catalog: Catalog, column: Column, accepted: list[Any]) -> list[str]:
    """Values that name a member in another system of codes (GB, UK): validity.mixed_code_system tells of them."""
    families = [family for family in FAMILIES if family.roles and column.has(*family.roles)]
    if column.family != "text" or not families or column.facts.distinct > _FEW:
        return []
    members = [str(value) for value in accepted]
    return [
        value
        for value, _ in catalog.values(column)
        if value not in members and any(family.same(value, members) for family in families)
    ]


def _states(catalog: Catalog, column: Column) -> list[Any] | None:
    """The states or stages of the model that fills the column, whatever its own generator says; None where no model does."""
    table = catalog.tables.get(column.table)
    node = table.declared if table is not None else None
    if node is None or not column.has("status", "previous_state", "stage"):
        return None
    if node.state_transition_model is not None:
        return list(node.state_transition_model.states)
    return [stage.stage_name for stage in node.stage_config.stages] if node.stage_config is not None else None


def _declared(catalog: Catalog, column: Column) -> list[Any]:
    """The list that the schema gives the column."""
    rules = column.declared.constraints if column.declared is not None else None
    if rules is not None and rules.enum:
        return list(rules.enum)
    document, name = catalog.document, f"{column.table}.{column.name}"
    for rule in document.constraints.enum if document is not None else ():
        if rule.attr == name and rule.values:
            return list(rule.values)
    states = _states(catalog, column)
    if states is not None:
        return states
    if column.declared is not None and column.declared.generates == "choice" and not column.declared.modifiers:
        return [value for value in column.declared.parameters.get("choices") or [] if value is not None]
    return []


def _foreign(catalog: Catalog, column: Column, params: Params) -> list[Any]:
    """The rare values, if all others are far more frequent; spellings of members are another finding."""
    counted = catalog.values(column)
    if len(counted) > params.members + 5 or len(counted) < 3:
        return []
    spelled = set(variants_of(counted))
    counted = [(value, n) for value, n in counted if value not in spelled]
    total = sum(n for _, n in counted)
    members = [(value, n) for value, n in counted if n > params.rare * total]
    others = [(value, n) for value, n in counted if n <= params.rare * total]
    if not others or len(members) < 2 or len(others) > max(3, len(members) // 2):
        return []
    least = min(n for _, n in members)
    return [value for value, n in others] if sum(n for _, n in others) * params.apart <= least * len(others) else []


def probe(binding: Binding, params: Params) -> Probe:
    """Rows with a value that is not in the list."""
    column, given = binding.column, binding.given
    there = said(column) if column.family == "text" else f"{column.sql} IS NOT NULL"
    if given["declared"]:
        where = f"NOT ({in_list(column, [*given['accepted'], *given['same']])})"
        values = {"found": f"HISTOGRAM(CAST({column.sql} AS VARCHAR)) FILTER (WHERE {there} AND {where})"}
        return flag(binding, where=where, of=there, also=values)
    counts = {value: given["counts"][value] for value in given["foreign"]}
    known = {"rows_affected": sum(counts.values()), "rows_total": column.facts.present, "found": counts}
    return flag(binding, where=in_list(column, given["foreign"]), of=f"{column.sql} IS NOT NULL", known=known)


def judge(found: Found, params: Params) -> Verdict:
    """A declared list counts in full; the one read off the data is at most medium."""
    given = found.binding.given
    counts = sorted((found.values.get("found") or {}).items(), key=lambda item: -item[1])
    accepted = given.get("accepted") or [v for v in given["counts"] if v not in given["foreign"]]
    listed = [{"value": value, "rows": rows} for value, rows in counts]
    details = {"values": listed[:20], "accepted": accepted[:100]}
    words = {"said": ", ".join(f'"{value}"' for value, _ in counts[:3])}
    size = found.share if given["declared"] else capped(found.share, _HIGH)
    return Verdict(size=size, details=details, words=words)


SPEC = CheckSpec(
    id="validity.unknown_category",
    defect="unknown_category",
    category="data_quality",
    title="A value that is not in its list",
    why="Filters and groups by the known values leave these rows out.",
    needs="a column with a declared list, or a text column with few values",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(high=_HIGH, medium=0.0, source="defects: medium; declared lists above 1%: high"),
    message="Unknown category: {rows} of {total} values of {table}.{column} are none of its list ({said})",
    recommendation="Map {said} to a member of the list of {table}.{column}, or take it into the list.",
    explains=("consistency.dependency_violation",),
    example=Example(
        clean={
            "ticket": "SELECT i AS ticket_id, ['low', 'high', 'urgent'][1 + i % 3] AS priority FROM range(300) t(i)"
        },
        damaged={
            "ticket": "SELECT i AS ticket_id, CASE WHEN i IN (7, 99) THEN 'zorb' ELSE ['low', 'high', 'urgent'][1 + i % 3]"
            " END AS priority FROM range(300) t(i)"
        },
        finds=2,
        at="ticket.priority",
    ),
)
