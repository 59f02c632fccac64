"""Which patch of a schema is to blame for what got worse, judged by what each of them touched."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from datapolisher import verify
from datapolisher.documents import SEVERITIES, Finding
from datapolisher.fixes.base import Change
from datapolisher.schema_document import SchemaDocument
from datapolisher.schema_improver import Improvement, Patch

Cell = tuple[str, str | None]

# What decides how many rows there are, and when.
_COUNTS = frozenset({"rows", "fanout", "modifiers", "parents", "segment_behavior", "vintage_behavior", "stage_config"})
_COUNTS |= {"state_transition_model", "attribution_chain"}
_ENDS = ("attr", "left", "right", "from")
_COLUMN, _PART = 4, 3  # parts of /nodes/1/columns/2, and of /nodes/1/fanout


@dataclass(frozen=True, slots=True)
class Reach:
    """What the changes of one patch speak of.

    Parameters
    ----------
    cells
        (table, column) that they define or bind.
    counts
        Tables of which they decide how many rows there are.
    added
        (table, column) that was not there before; the column is None for a whole table.
    slight
        They round, and do nothing else: no value comes to lie far from where it was.
    """

    cells: frozenset[Cell]
    counts: frozenset[str]
    added: frozenset[Cell]
    slight: bool


def reaches(schema: SchemaDocument, improvement: Improvement) -> dict[str, Reach]:
    """Finding id → what its patch touched."""
    nodes = list(schema.tree.get("nodes", []))
    return {patch.finding_id: _reach(patch, nodes) for patch in improvement.patches}


def _reach(patch: Patch, nodes: Sequence[Mapping[str, Any]]) -> Reach:
    cells, counts, added = set[Cell](), set[str](), set[Cell]()
    for change in patch.changes:
        parts = change.path.split("/")[1:]
        cells |= set(_bound(change)) if parts[0] == "constraints" else set()
        if parts[0] != "nodes":
            continue
        node = nodes[int(parts[1])] if parts[1].isdigit() and int(parts[1]) < len(nodes) else None
        if node is None:
            added |= {(str(change.value.get("id")), None)} if isinstance(change.value, Mapping) else set()
        elif len(parts) >= _COLUMN and parts[2] == "columns":
            column, new = _column(node, parts[3], change.value)
            cells.add((str(node["id"]), column))
            added |= {(str(node["id"]), column)} if new else set()
        elif len(parts) >= _PART and parts[2] in _COUNTS:
            counts.add(str(node["id"]))
            cells |= set(_scaled(str(node["id"]), change.value, nodes))
    slight = bool(patch.changes) and all(_rounds(change) for change in patch.changes)
    return Reach(frozenset(cells), frozenset(counts), frozenset(added), slight)


def _column(node: Mapping[str, Any], place: str, value: Any) -> tuple[str | None, bool]:
    """The column's name, and whether it is a new one."""
    columns = node.get("columns", [])
    if place.isdigit() and int(place) < len(columns):
        return columns[int(place)].get("name"), False
    return (value.get("name"), True) if isinstance(value, Mapping) else (None, False)


def _bound(change: Change) -> Iterator[Cell]:
    """The columns that constraints name."""
    values = change.value if isinstance(change.value, list) else [change.value]
    for entry in values:
        named = [entry.get(end) for end in _ENDS] if isinstance(entry, Mapping) else [entry]
        for table, _, column in (str(name).rpartition(".") for name in named if isinstance(name, str)):
            yield table, column


def _scaled(table: str, value: Any, nodes: Sequence[Mapping[str, Any]]) -> Iterator[Cell]:
    """The children's columns that a parent's behaviour scales."""
    if not isinstance(value, Mapping):
        return
    curves = [one for one in (value.get("age_based_multipliers") or {}).values() if isinstance(one, Mapping)]
    named = [value.get("applies_to_columns"), *(one.get("applies_to") for one in curves)]
    columns = {name for one in named for name in (one if isinstance(one, list) else [one]) if isinstance(name, str)}
    for node in nodes:
        if table in (node.get("parents") or ()):
            own = {column.get("name") for column in node.get("columns", [])}
            yield from ((str(node.get("id")), column) for column in columns & own)


def _rounds(change: Change) -> bool:
    values = change.value if isinstance(change.value, list) else [change.value]
    in_modifiers = "/modifiers" in change.path and change.op == "add"
    return in_modifiers and all(isinstance(one, Mapping) and one.get("transform") == "round" for one in values)


def is_of_what_was_added(finding: Finding, served: Mapping[str, Finding], touched: Mapping[str, Reach]) -> bool:
    """Whether a new finding is about a column or table that was missing, and weighs less than that it was missing."""
    places = verify.cells_of(finding) or {(finding.table or "", None)}
    for id_, reach in touched.items():
        here = all(place in reach.added or (place[0], None) in reach.added for place in places)
        known = served.get(id_)
        if here and known is not None and SEVERITIES.index(finding.severity) > SEVERITIES.index(known.severity):
            return True
    return False


# Categories that judge: how real data looks, and whether it is as it was. They are no faults by themselves.
_JUDGING = frozenset({"realism", "drift"})


def _outweighs(finding: Finding, served: Finding) -> bool:
    """Whether something new takes back what was mended: a judgement has to be graver than the fault that is gone."""
    new, gone = SEVERITIES.index(finding.severity), SEVERITIES.index(served.severity)
    return finding.category not in _JUDGING or served.category in _JUDGING or new < gone


def blame(
    worse: Sequence[Finding], suspects: Mapping[str, Finding], touched: Mapping[str, Reach], *, widely: bool = False
) -> dict[str, list[Finding]]:
    """Finding ids of patches → what got worse through them.

    Those that changed a column that it is about, what mends least first and rounding last; where none did, those that
    changed how many rows its tables have; where none did, as path 2 blames: by the findings that they serve.

    Parameters
    ----------
    widely
        Roundings, too, and the last two at once: there is no round left in which to find out which it was.
    """
    guilty: dict[str, list[Finding]] = {}
    for finding in worse:
        for id_ in _nearest(finding, suspects, touched, widely=widely):
            if _outweighs(finding, suspects[id_]):
                guilty.setdefault(id_, []).append(finding)
    return guilty


def _nearest(
    finding: Finding, suspects: Mapping[str, Finding], touched: Mapping[str, Reach], *, widely: bool
) -> list[str]:
    cells, tables = verify.cells_of(finding), verify.tables_of(finding)
    by_column = [id_ for id_ in suspects if id_ in touched and touched[id_].cells & cells]
    grave = _of_least([id_ for id_ in by_column if not touched[id_].slight] or by_column, suspects)
    by_count = [id_ for id_ in suspects if id_ in touched and touched[id_].counts & tables]
    by_table = list(verify.blame([finding], suspects))
    if widely:
        return by_column or list(dict.fromkeys([*by_count, *by_table]))
    return grave or by_count or by_table


def _of_least(ids: Sequence[str], suspects: Mapping[str, Finding]) -> list[str]:
    """Those that mend the least: what mends a grave fault goes only when it got no better without them."""
    ranks = {id_: SEVERITIES.index(suspects[id_].severity) for id_ in ids}
    return [id_ for id_ in ids if ranks[id_] == max(ranks.values())]
