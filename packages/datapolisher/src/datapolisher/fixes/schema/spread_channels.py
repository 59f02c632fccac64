"""One channel that brings nearly everything: leave it most touches, and the others more than they had."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from datapolisher.fixes.base import Change, FixSpec, Order
from datapolisher.fixes.schema import _edits as edits

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.schema_document import SchemaDocument

_WHY = "several channels bring conversions"
_MOST = 0.6  # of all touches, for the channel that brings the most


def _chain(finding: Finding, document: SchemaDocument) -> tuple[str, Mapping[str, Any]] | None:
    """The chain of touches whose channels have the one that is named; with its pointer."""
    for i, node in enumerate(document.tree.get("nodes", [])):
        chain = node.get("attribution_chain")
        channels = chain.get("channels") if isinstance(chain, Mapping) else None
        here = finding.table in {node.get("id"), (chain or {}).get("touchpoint_table_name")}
        if here and isinstance(channels, list) and finding.details.get("channel") in channels:
            return f"/nodes/{i}/attribution_chain", chain
    return None


def _patch(finding: Finding, document: SchemaDocument) -> Sequence[Change]:
    found = _chain(finding, document)
    if found is None:
        return []
    pointer, chain = found
    weights = chain.get("channel_weights")
    if not isinstance(weights, list) or len(weights) != len(chain["channels"]) or len(weights) < 2:
        return []
    channel = chain["channels"].index(finding.details.get("channel"))
    numbers = [max(float(weight), 0.0) for weight in weights]
    rest = sum(numbers) - numbers[channel]
    if rest <= 0 or numbers[channel] <= _MOST * sum(numbers):
        return []
    spread = [_MOST if i == channel else round((1 - _MOST) * n / rest, 4) for i, n in enumerate(numbers)]
    return edits.put(chain, pointer, "channel_weights", spread, _WHY)


SPEC = FixSpec(
    id="spread_channels",
    title="Weight the channels less steeply",
    path="schema",
    defects=("channel_concentration",),
    order=Order.AGGREGATES,
    safe="The order of the channels stays; that one leads is no error by itself: asked, unless a target is broken.",
    policy=edits.if_expected,
    plan=lambda finding, _: f"weight the channels beside {finding.details.get('channel')} more",
    patch=_patch,
)
