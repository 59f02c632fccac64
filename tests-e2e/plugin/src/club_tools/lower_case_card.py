"""Cards that somebody typed in lower case."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Probe, flag


def bind(catalog: Catalog, _params: base.Params) -> Iterator[Binding]:
    """Every column that is called a card."""
    for table in catalog:
        for column in table.columns:
            if column.name.lower().endswith("card"):
                yield Binding(table, (column,))


def probe(binding: Binding, _params: base.Params) -> Probe:
    """Values that differ from themselves in upper case."""
    return flag(binding, where=f"upper({binding.column.sql}) <> {binding.column.sql}")


SPEC = CheckSpec(
    id="club.lower_case_card",
    defect="invalid_format",
    category="data_quality",
    title="Card in lower case",
    why="The readers at the door compare letter by letter.",
    needs="a column that is called a card",
    bind=bind,
    probe=probe,
    severity=base.always("medium", "the club's own rule"),
    message="Lower case: {rows} of {total} cards in {table}.{column}",
    recommendation="Write cards in capitals.",
    example=Example(
        clean={"member": {"member_id": [1, 2], "card": ["A-1", "A-2"]}},
        damaged={"member": {"member_id": [1, 2], "card": ["A-1", "a-2"]}},
        finds=1,
        at="member.card",
    ),
)
