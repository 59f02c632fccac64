"""Codes of several systems in one column (US, USA): say every value in one of them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from datapolisher import codes
from datapolisher.codes import Codes
from datapolisher.documents import Finding
from datapolisher.fixes.base import Context, Decision, FixSpec, Order
from datapolisher.fixes.data import _spellings as spellings
from datapolisher.fixes.data._lists import accepted_values
from datapolisher.fixes.data._places import in_key, text_spot, words
from datapolisher.steps import MapValues, Step
from datapolisher.workbench import Workbench

_HELD = 0.8


class _Translated(NamedTuple):
    """A mapping into one system, the share of rows that it holds, whether it is declared, and what is in no table.

    `customary` are spellings as long as the system's codes (UK for GB) of things that the column never says otherwise.
    """

    mapping: dict[str, str]
    system: str
    share: float
    declared: bool
    unknown: list[str]
    customary: list[str]


def _translate(finding: Finding, context: Context) -> _Translated | None:
    return context.once(("codes", finding.id), lambda: _translated(finding, context))


def _translated(finding: Finding, context: Context) -> _Translated | None:
    spot = text_spot(finding, context)
    if spot is None or in_key(context, spot):
        return None
    with Workbench(context.dataset) as bench:
        counted = bench.distinct(spot.table, spot.column, spellings.LIMIT)
    if not counted:
        return None
    table, accepted = _table_for(counted), accepted_values(finding, context)
    unknown = [value for value in counted if table.thing(value) is None]
    if members := _members(table, accepted):
        pairs = {value: members.get(table.thing(value)) for value in counted if value not in accepted}
        mapping = {old: new for old, new in pairs.items() if new is not None}
        return _Translated(spellings.with_trimmed(mapping), "the declared list", 1.0, True, unknown, [])
    declared = _system(table, accepted)
    shares = _shares(table, counted)
    system = declared or max(shares, key=lambda name: (shares[name], name), default="")
    if not system:
        return None
    pairs = {value: said for value in counted if (said := _say(table, value, system, counted)) not in {None, value}}
    mapping = {old: new for old, new in pairs.items() if new is not None}
    customary = [] if declared else _customary(mapping, system, counted)
    share = shares.get(system, 0.0) + sum(counted[old] for old in customary) / sum(counted.values())
    custom = {mapping[old]: old for old in customary}
    mapping = {old: custom.get(new, new) for old, new in mapping.items() if old not in customary} or mapping
    return _Translated(spellings.with_trimmed(mapping), system, share, bool(declared), unknown, sorted(customary))


def _members(table: Codes, accepted: Sequence[str]) -> dict[int | None, str]:
    """Thing → the member of the declared list that says it; empty where a member says none, or two say the same."""
    things = {table.thing(value): value for value in accepted}
    return things if accepted and None not in things and len(things) == len(accepted) else {}


def _customary(mapping: Mapping[str, str], system: str, counted: Mapping[str, int]) -> list[str]:
    """What looks like a code of the system (UK for GB), and is all that the column ever says for its thing."""
    if system not in {codes.ALPHA2, codes.ALPHA3}:
        return []
    return [old for old, new in mapping.items() if len(old) == len(new) and old.isupper() and new not in counted]


def _table_for(counted: Mapping[str, int]) -> Codes:
    """The table that knows more of the rows."""
    return max(
        (codes.countries(), codes.currencies()),
        key=lambda table: sum(rows for value, rows in counted.items() if table.readings(value)),
    )


def _shares(table: Codes, counted: Mapping[str, int]) -> dict[str, float]:
    """System → share of the rows whose value is spelled in it exactly."""
    total = sum(counted.values())
    held: dict[str, int] = {}
    for value, rows in counted.items():
        for system, thing in table.readings(value):
            if system != codes.NAME or not any(s != codes.NAME for s, _ in table.readings(value)):
                held[system] = held.get(system, 0) + rows * (value in table.things[thing][system])
    return {system: rows / total for system, rows in held.items() if rows}


def _system(table: Codes, accepted: Sequence[str]) -> str:
    """The system that every member of the declared list is in; empty if there is none."""
    systems = [{system for system, _ in table.readings(value)} for value in accepted]
    common = set.intersection(*systems) if systems else set()
    return min(common, default="")


def _say(table: Codes, value: str, system: str, counted: Mapping[str, int]) -> str | None:
    """The value in the system; among names, as the column spells it most often."""
    thing = table.thing(value)
    if thing is None:
        return None
    spellings_ = table.things[thing].get(system, ())
    if system != codes.NAME:
        return spellings_[0] if spellings_ else None
    return max(spellings_, key=lambda name: counted.get(name, 0), default=None)


def _policy(finding: Finding, context: Context) -> Decision:
    found = _translate(finding, context)
    # A value that no table knows is a finding of its own where the list is declared: it stands in nobody's way here.
    if found is None or (found.unknown and not found.declared):
        shown = ", ".join(map(repr, found.unknown[:3])) if found else ""
        return Decision("ask", f"no table of codes knows {shown}" if shown else "no system of codes fits")
    if usual := next((old for old in found.customary if old in found.mapping), None):
        return Decision(
            "ask", f"the column always says {usual!r} for {found.mapping[usual]!r}: one custom, not two systems"
        )
    if found.declared:
        return Decision("fix", f"every value maps one to one, and {found.system} is declared", budgeted=False)
    if found.share >= _HELD:
        return Decision(
            "fix",
            f"every value maps one to one, and {found.share:.0%} of the rows are in {found.system}",
            budgeted=False,
        )
    return Decision("ask", f"no system holds {_HELD:.0%} of the rows")


def _steps(finding: Finding, context: Context) -> Sequence[Step]:
    found = _translate(finding, context)
    if found is None or not found.mapping:
        return []
    return [MapValues(finding.table or "", finding.columns[0], tuple(sorted(found.mapping.items())))]


def _plan(finding: Finding, context: Context) -> str:
    found = _translate(finding, context)
    pairs = sorted(found.mapping.items()) if found else []
    shown = ", ".join(f"{old!r} → {new!r}" for old, new in pairs[:5])
    return f"say {words(finding)} in {found.system if found else ''}: {shown}{', …' if len(pairs) > 5 else ''}"


SPEC = FixSpec(
    id="unify_codes",
    title="Say countries and currencies in one system of codes",
    path="postprocess",
    defects=("mixed_code_system",),
    order=Order.CODES,
    safe="Each code maps one to one through ISO 3166 or 4217; a value that the table does not know is asked about.",
    policy=_policy,
    plan=_plan,
    steps=_steps,
)
