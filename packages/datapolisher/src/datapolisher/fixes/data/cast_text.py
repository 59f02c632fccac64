"""A text column whose values are of another type: give it that type where no value loses anything."""

from __future__ import annotations

from collections.abc import Sequence

from datapolisher.documents import Finding
from datapolisher.expressions import Cast, Expression, Matches, all_of, call
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data._places import Spot, in_key, text_spot, words
from datapolisher.steps import Quarantine, Retype, Step, Update
from datapolisher.workbench import Workbench

# Type → the texts that say a value of it without loss: no leading zeros (codes), no decimal comma, years first.
FORMS = {
    "BIGINT": "-?(0|[1-9][0-9]{0,17})",
    "DOUBLE": r"-?(0|[1-9][0-9]{0,14})(\.[0-9]{1,15})?",
    "DATE": "[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])",
    "TIMESTAMP": "[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[ T]([01][0-9]|2[0-3])(:[0-5][0-9]){2}"
    r"(\.[0-9]{1,6})?",
    "BOOLEAN": "[Tt]rue|TRUE|[Ff]alse|FALSE",
}
_DSL = {"int": "BIGINT", "float": "DOUBLE", "date": "DATE", "datetime": "TIMESTAMP", "bool": "BOOLEAN"}
_ALIASES = {"INTEGER": "BIGINT", "SMALLINT": "BIGINT", "TINYINT": "BIGINT", "HUGEINT": "BIGINT", "FLOAT": "DOUBLE"}
_CODES = frozenset({"phone", "postcode", "email", "url", "uuid", "free_text", "person_name"})
_MOST = 0.95
# Types with forms that no day has: 2023-02-30.
CALENDAR = frozenset({"DATE", "TIMESTAMP"})


def target_of(finding: Finding) -> str | None:
    said = str(finding.details.get("target_type") or finding.details.get("declared_type") or "")
    upper = said.upper()
    named = _DSL.get(said.lower()) or ("DOUBLE" if upper.startswith("DECIMAL") else _ALIASES.get(upper, upper))
    return named if named in FORMS else None


def place_of(finding: Finding, context: Context) -> Spot | None:
    place = text_spot(finding, context)
    if place is None or in_key(context, place) or context.role_of(place.table, place.column) in _CODES:
        return None
    return place


def lossy(place: Spot, type_: str) -> Expression:
    """Rows whose trimmed text is no value of the type."""
    formed = Matches(place.here, FORMS[type_])
    if type_ not in CALENDAR:
        return call("negate", formed)
    exists = call("not_null", Cast(place.here, type_, lenient=True))
    return all_of([call("not_null", place.here), call("negate", all_of([formed, exists]))])


def _counts(finding: Finding, context: Context) -> tuple[int, int]:
    """Values that would not survive, and all values."""
    return context.once(("casts", finding.id), lambda: _counted(finding, context))


def _counted(finding: Finding, context: Context) -> tuple[int, int]:
    place, type_ = place_of(finding, context), target_of(finding)
    if place is None or type_ is None:
        return 0, 0
    trimmed = call("trim", place.here)
    formed = Matches(trimmed, FORMS[type_])
    exists = [call("not_null", Cast(trimmed, type_, lenient=True))] if type_ in CALENDAR else []
    kept = all_of([formed, *exists])
    with Workbench(context.dataset) as bench:
        total = bench.count(place.table, call("not_null", place.here))
        return total - bench.count(place.table, kept), total


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    place, type_ = place_of(finding, context), target_of(finding)
    lost, total = _counts(finding, context)
    if place is None or type_ is None or not total or lost / total > 1 - _MOST:
        return []
    table, column = place.table, place.column
    rest = [Quarantine(table, lossy(place, type_), "mixed_type")] if lost else []
    return [Update(table, column, call("trim", place.here)), *rest, Retype(table, column, type_)]


def _policy(finding: Finding, context: Context) -> Decision:
    lost, total = _counts(finding, context)
    if not lost:
        return Decision("fix", "every value casts without loss", budgeted=False)
    if context.declared(finding):
        return Decision("quarantine", f"{lost:,} of {total:,} values are none of the declared type")
    return Decision("ask", f"{lost:,} of {total:,} values would not survive the cast, and nobody declared the type")


SPEC = FixSpec(
    id="cast_text",
    title="Give a text column the type that its values have",
    path="postprocess",
    defects=("mixed_type", "type_mismatch"),
    order=Order.TYPES,
    safe="Every value says the same in the new type; codes with leading zeros stay text.",
    policy=_policy,
    plan=lambda finding, _: f"cast {words(finding)} to {target_of(finding)}",
    steps=_steps,
)
