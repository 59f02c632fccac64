"""Two columns that hold each other's values: exchange their generators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, Context, Decision, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "each column draws the other's values"


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    named = [finding.details.get(name) for name in ("first", "second")]
    places = [edits.spot(finding, document, name) for name in named if isinstance(name, str)]
    if len(places) != len(named) or places[0] is None or places[1] is None:
        return []
    first, second = places[0], places[1]
    ours, theirs = first.column.get("generator"), second.column.get("generator")
    if first.column.get("type") != second.column.get("type") or not ours or not theirs or ours == theirs:
        return []
    return [*edits.generator(first, dict(theirs), _WHY), *edits.generator(second, dict(ours), _WHY)]


def _whole(finding: Finding, _: Context) -> Decision:
    """The document swaps all rows or none."""
    rows, total = finding.rows, finding.evidence.rows_total
    if rows is not None and total and rows * 2 < total:
        return Decision("ask", "the document draws all rows alike, and only some of them hold the other's values")
    return edits.regenerate("the data is generated, and the document is where its cause lies")


SPEC = FixSpec(
    id="exchange_generators",
    title="Exchange the generators of two columns",
    path="schema",
    defects=("swapped_columns",),
    order=Order.FORMATS,
    safe="Only where most rows hold the other column's values: then it is the document that exchanged them.",
    policy=_whole,
    plan=lambda finding, _: (
        f"exchange the generators of {finding.details.get('first')} and {finding.details.get('second')}"
    ),
    patch=_patch,
)
