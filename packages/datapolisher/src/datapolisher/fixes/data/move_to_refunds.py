"""By choice: rows with a negative amount get the type or status that says so; the amount stays."""

from __future__ import annotations

import re
from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Expression, Matches, Value, all_of, any_of, call
from datapolisher.fixes.base import Argument, Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _spellings as spellings
from datapolisher.fixes.data._places import Spot, in_key, spot, words
from datapolisher.sql import is_number
from datapolisher.steps import Step, Update
from datapolisher.workbench import Workbench

# Words that say that money came back.
_BACK = "(?is).*(refund|return|credit|charge.?back|revers|adjust|correct|cancel|void|storno|payout).*"


def _places(finding: Finding, context: Context) -> tuple[Spot, Spot] | None:
    """The amount, and the text that would mark refunds; None where nothing would."""
    said = finding.details.get("refund_column")
    amount, back = spot(finding, context), spot(finding, context, said if isinstance(said, str) else None)
    if amount is None or back is None or not is_number(amount.type) or not back.is_text or in_key(context, back):
        return None
    return amount, back


def _unmarked(amount: Spot, back: Spot) -> Expression:
    """Negative amounts that no word explains."""
    unsaid = any_of([call("is_null", back.here), call("negate", Matches(back.here, _BACK))])
    return all_of([call("below", amount.here, 0), unsaid])


def _held(finding: Finding, context: Context) -> dict[str, int] | None:
    """The values of the marking column, commonest first; None where it is no list, or nothing is to be marked."""
    places = _places(finding, context)
    if places is None:
        return None
    with Workbench(context.dataset) as bench:
        if not bench.count(places[0].table, _unmarked(*places)):
            return None
        return bench.distinct(places[1].table, places[1].column, spellings.LIMIT)


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    places = _places(finding, context)
    if places is None or not context.argument:
        return []
    amount, back = places
    where = all_of([_unmarked(amount, back), call("unequal", call("first_known", back.here, ""), context.argument)])
    return [Update(back.table, back.column, Value(context.argument), where)]


def _declared(finding: Finding, context: Context) -> list[str]:
    """What the schema allows in the marking column; empty where it says nothing."""
    column = context.declared_column(finding.table or "", str(finding.details.get("refund_column")))
    said = ((column or {}).get("constraints") or {}).get("enum")
    return [value for value in said if isinstance(value, str)] if isinstance(said, list) else []


def _suggest(finding: Finding, context: Context) -> Sequence[str] | None:
    held = context.once(("refunds", finding.id), lambda: _held(finding, context))
    if held is None:
        return None
    known = _declared(finding, context) or list(held)
    return [value for value in known if re.fullmatch(_BACK, value)][:3]


def _wrong(said: str, finding: Finding, context: Context) -> str:
    listed = _declared(finding, context)
    return f"is not in the declared list ({', '.join(listed[:8])})" if listed and said not in listed else ""


SPEC = FixSpec(
    id="move_to_refunds",
    title="Give rows with a negative amount the type of refunds",
    path="postprocess",
    defects=("negative_amount",),
    order=Order.CATEGORIES,
    safe="The amount stays as it is, the absolute value is never taken; that they are refunds only a person knows.",
    policy=lambda _finding, _context: Decision("ask", "that negative amounts are refunds only a person knows"),
    plan=lambda finding, context: (
        f"write {context.argument!r} into {finding.table}.{finding.details.get('refund_column')} where {words(finding)} is "
        "negative and no type or status says why"
    ),
    steps=_steps,
    by_choice=True,
    argument=Argument("VALUE", "what the column says of refunds", _suggest, _wrong),
)
