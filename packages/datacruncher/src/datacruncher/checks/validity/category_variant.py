"""One category that is written in several ways."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog, Column
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Plain, Probe, Verdict, flag
from datacruncher.checks.validity._variants import Variant, variants_of
from datacruncher.checks.values import categories, in_list


class Params(base.Params, frozen=True, kw_only=True):
    """members: most values that a column of categories has."""

    members: int = 500


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Text columns with few values; keys and codes in which case may matter are left out."""
    for table in catalog:
        for column in categories(table, params.members):
            if not (column.is_key and column.has("primary_key")):
                yield Binding(table, (column,), confidence=0.9, given={"variants": _variants(catalog, column, params)})


def _variants(catalog: Catalog, column: Column, params: Params) -> list[Variant]:
    """The spellings; blanks at the ends alone are the finding of another check."""
    found = list(variants_of(catalog.values(column, params.members + 1)).values())
    only_blanks = all(variant.value.strip() == variant.canonical.strip() for variant in found)
    return [] if only_blanks else found


def probe(binding: Binding, params: Params) -> Probe:
    """Rows with one of the spellings; the counts of values are known."""
    column, variants = binding.column, binding.given["variants"]
    known = {"rows_affected": sum(v.rows for v in variants), "rows_total": column.facts.present}
    where = in_list(column, [variant.value for variant in variants])
    return flag(binding, where=where, of=f"{column.sql} IS NOT NULL", known=known)


def judge(found: Found, params: Params) -> Verdict:
    """The share of rows with a spelling that is not the commonest."""
    variants: list[Variant] = found.binding.given["variants"]
    accepted = sorted({variant.canonical for variant in variants})
    listed = [{"value": v.value, "canonical": v.canonical, "rows": v.rows, "kind": v.kind} for v in variants]
    kinds = sorted({variant.kind for variant in variants})
    said = ", ".join(f'"{v.value}" for "{v.canonical}"' for v in variants[:3])
    return Verdict(
        size=found.share,
        details={"variants": listed[:100], "kind": Plain(", ".join(kinds)), "canonical": accepted[:100]},
        words={"said": said, "ways": len(variants)},
    )


SPEC = CheckSpec(
    id="validity.category_variant",
    defect="category_variant",
    category="data_quality",
    title="One category, several spellings",
    why="Each spelling is a group of its own: counts split and filters miss.",
    needs="a text column with few values",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.always("medium", "defects: medium"),
    message="Spellings: {rows} of {total} values of {table}.{column} are written otherwise than most ({said})",
    recommendation="Write each category of {table}.{column} in one way, and offer it as a list.",
    explains=("validity.whitespace", "validity.unknown_category", "consistency.dependency_violation"),
    example=Example(
        clean={"account": "SELECT i AS account_id, ['open', 'closed'][1 + i % 2] AS state FROM range(100) t(i)"},
        damaged={
            "account": "SELECT i AS account_id, CASE i WHEN 7 THEN 'OPEN' WHEN 8 THEN 'clsoed'"
            " ELSE ['open', 'closed'][1 + i % 2] END AS state FROM range(100) t(i)"
        },
        finds=2,
        at="account.state",
    ),
)
