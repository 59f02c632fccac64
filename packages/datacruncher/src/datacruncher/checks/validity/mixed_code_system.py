"""One thing named by codes of several systems in one column: DE, DEU and Germany."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from datacruncher.catalog import Catalog, Column
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Plain, Probe, Verdict, flag
from datacruncher.checks.validity._codes import FAMILIES, Family
from datacruncher.checks.values import categories, in_list


@dataclass(frozen=True, slots=True)
class Mixture:
    """What system a column keeps to, and which of its values belong to another."""

    system: str
    share: float
    others: tuple[tuple[str, str, int], ...]  # value, the same in the system, rows


class Params(base.Params, frozen=True, kw_only=True):
    """known: share of rows whose value some system knows, from which the column is one of codes."""

    known: float = 0.9


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Text columns whose values are countries, currencies, states of the USA, genders or answers."""
    for table in catalog:
        for column in categories(table):
            mixture = _mixture(catalog, column, params)
            if mixture is not None:
                yield Binding(table, (column,), confidence=0.9, given={"mixture": mixture})


def _mixture(catalog: Catalog, column: Column, params: Params) -> Mixture | None:
    counted = [(value, n) for value, n in catalog.values(column) if isinstance(value, str) and value.strip()]
    total = sum(n for _, n in counted)
    for family in FAMILIES:
        known = sum(n for value, n in counted if family.systems_of(value))
        if total and known >= params.known * total and (not family.roles or column.has(*family.roles)):
            return _mixture_of(family, counted, total)
    return None


def _mixture_of(family: Family, counted: list[tuple[str, int]], total: int) -> Mixture:
    held = {system: sum(n for value, n in counted if system in family.systems_of(value)) for system in family.systems}
    system = max(held, key=lambda name: (held[name], -family.systems.index(name)))
    others = [
        (value, target, n)
        for value, n in counted
        if system not in family.systems_of(value) and (target := family.translate(value, system))
    ]
    return Mixture(system, held[system] / total, tuple(others))


def probe(binding: Binding, params: Params) -> Probe:
    """Rows whose value belongs to another system; the counts of values are known."""
    column, mixture = binding.column, binding.given["mixture"]
    rows = sum(n for _, _, n in mixture.others)
    return flag(
        binding,
        where=in_list(column, [value for value, _, _ in mixture.others]),
        of=f"{column.sql} IS NOT NULL",
        known={"rows_affected": rows, "rows_total": column.facts.present},
    )


def judge(found: Found, params: Params) -> Verdict:
    """The share of rows outside the system of most."""
    mixture: Mixture = found.binding.given["mixture"]
    listed = [{"value": value, "canonical": same, "rows": n} for value, same, n in mixture.others]
    details = {
        "system": Plain(mixture.system),
        "system_share": mixture.share,
        "values": listed[:100],
        "declared": False,
    }
    said = ", ".join(f'"{value}" for "{same}"' for value, same, _ in mixture.others[:3])
    return Verdict(size=found.share, details=details, words={"system": Plain(mixture.system), "said": said})


SPEC = CheckSpec(
    id="validity.mixed_code_system",
    defect="mixed_code_system",
    category="data_quality",
    title="Codes of several systems in one column",
    why="One country is counted as two or three.",
    needs="a text column of countries, currencies, states, genders or yes and no",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.always("medium", "defects: medium"),
    message="Mixed codes: {rows} of {total} values of {table}.{column} are not {system} as most are ({said})",
    recommendation="Write {table}.{column} in one system, {system}.",
    explains=("validity.unknown_category", "validity.category_variant", "consistency.dependency_violation"),
    example=Example(
        clean={"site": "SELECT i AS site_id, ['DE', 'FR', 'US'][1 + i % 3] AS country FROM range(60) t(i)"},
        damaged={
            "site": "SELECT i AS site_id, CASE i WHEN 5 THEN 'USA' WHEN 6 THEN 'Germany' ELSE ['DE', 'FR', 'US'][1 + i % 3]"
            " END AS country FROM range(60) t(i)"
        },
        finds=2,
        at="site.country",
    ),
)
