"""Text that was decoded with the wrong encoding (mojibake), or has lost letters to it."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Plain, Probe, Verdict, flag
from datacruncher.checks.values import texts

# UTF-8 read as Windows-1252 or Latin-1: a lead byte (C2, C3, C4, C5, CE, CF, D0, D1, E2) shows as a letter, the bytes
# that follow (80..BF) as what these encodings put there. Windows-1252 shows 80..9F as the signs listed last.
_SIGNS = "€‚ƒ„…†‡ˆ‰Š‹ŒŽ‘’“”•–—˜™š›œžŸ"
_REVERSIBLE = f"[ÂÃÄÅÎÏÐÑ][\u0080-\u00bf{_SIGNS}]|â[€‚„†‡\u0080-\u009f][\u0080-\u00bf{_SIGNS}]|ï»¿"
_DAMAGED = f"{_REVERSIBLE}|\ufffd"


def bind(catalog: Catalog, params: base.Params) -> Iterator[Binding]:
    """Text columns."""
    for table in catalog:
        for column in texts(table):
            if column.facts.present:
                yield Binding(table, (column,))


def probe(binding: Binding, params: base.Params) -> Probe:
    """Values that hold the traces; plain ASCII is told by its length in bytes before any pattern is tried."""
    c = binding.column.sql
    beyond = f"STRLEN({c}) <> LENGTH({c})"
    where = f"{beyond} AND REGEXP_MATCHES({c}, {sql.literal(_DAMAGED)})"
    lossless = f"{beyond} AND REGEXP_MATCHES({c}, {sql.literal(_REVERSIBLE)}) AND NOT CONTAINS({c}, '\ufffd')"
    also = {"reversible_rows": f"COUNT(*) FILTER (WHERE {lossless})"}
    facts = binding.column.facts
    none = {"rows_affected": 0, "rows_total": facts.present, "reversible_rows": 0}
    return flag(binding, where=where, of=f"{c} IS NOT NULL", also=also, known=none if facts.beyond_ascii == 0 else None)


def judge(found: Found, params: base.Params) -> Verdict:
    """The share of values; the encoding is the one that Western programs fall back to."""
    return Verdict(
        size=found.share, details={"encoding": Plain("cp1252")} if found.values.get("reversible_rows") else {}
    )


SPEC = CheckSpec(
    id="validity.encoding_damage",
    defect="encoding_damage",
    category="data_quality",
    title="Damaged letters",
    why="Names are wrong on every letter and invoice, and don't match themselves.",
    needs="a text column",
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.always("medium", "defects: medium"),
    message="Damaged letters: {rows} of {total} values of {table}.{column} were decoded with the wrong encoding (“Ã¼” for “ü”)",
    recommendation="Read the source of {table}.{column} as UTF-8.",
    details=("reversible_rows",),
    explains=("consistency.dependency_violation", "validity.category_variant", "validity.unknown_category"),
    example=Example(
        clean={"city": {"city_id": [1, 2, 3], "name": ["Köln", "São Paulo", "ÅRHUS"]}},
        damaged={"city": {"city_id": [1, 2, 3], "name": ["KÃ¶ln", "SÃ£o Paulo", "ÅRHUS"]}},
        finds=2,
        at="city.name",
    ),
)
