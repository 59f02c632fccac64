"""No time after "now": end the window from which it is drawn at the analysis date."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Change, Context, Decision, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    place, reference = edits.spot(finding, document), finding.details.get("reference")
    if place is None or not isinstance(reference, str):
        return []
    name, params = place.generator
    if name not in {"datetime_series", "diffusion_curve"}:
        return []
    within = params.get("within", "timeframe")
    window = within if isinstance(within, Mapping) else document.tree.get("timeframe", {})
    if not isinstance(window.get("start"), str) or window["start"] >= reference:
        return []
    ended = {"start": window["start"], "end": reference}
    return edits.put(params, place.inside(name), "within", ended, "no such time lies after the analysis date")


def _policy(finding: Finding, _: Context) -> Decision:
    if finding.details.get("planned"):
        return Decision("flag", "planned times (due, expiry, renewal) may lie in the future")
    return edits.regenerate("the window of the column reaches beyond the analysis date")


SPEC = FixSpec(
    id="end_times_in_window",
    title="Draw times no later than the analysis date",
    path="schema",
    defects=("future_timestamp",),
    order=Order.TIMES,
    safe="The window is what the document says; only its end moves.",
    policy=_policy,
    plan=lambda finding, _: f"end the window of {finding.table}.{', '.join(finding.columns)} at the analysis date",
    patch=_patch,
)
