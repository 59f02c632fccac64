"""What a document means without writing it: the parts that columns play in a process, and the tables of touchpoints.

After this step a column that a funnel or a state model fills has the generator ``state``, and every attribution chain has
its table among the nodes. All that comes later (preflight, plan, engine, validation) needs to know no more of either.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import msgspec

from datagen_core.generators.base import TIMES
from datagen_core.generators.lookup import LookupParams
from datagen_core.generators.sequence import SequenceParams
from datagen_core.generators.state import SUITED, RoleParams, StateParams
from datagen_core.schema.model import AttributionChain, Column, GeneratorUse, Node

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.schema.model import Document

KEPT = frozenset({"lookup", "expression", "aggregate", "state", ""})
"""Generators that say themselves where the value comes from; ``""`` stands in for one that can't be used."""
TOUCH_COLUMNS = ("touchpoint_id", "channel", "timestamp", "position", "attribution_weight")
_STAGES = {"stage_name": "to", "stage": "to", "stage_index": "index"}
_STATE = re.compile(r"^(?P<before>previous|prev|from)?.*(?:state|status)$", re.IGNORECASE)


def complete(document: Document) -> Document:
    """The document with all that it means; one that is complete already stays as it is."""
    nodes = tuple(_with_roles(node) for node in document.nodes)
    there = {node.parents[0] for node in nodes if node.touches is not None}
    chains = ((node, node.attribution_chain) for node in nodes if node.id not in there)
    touches = [touchpoints(node, chain) for node, chain in chains if chain is not None]
    return msgspec.structs.replace(document, nodes=(*nodes, *touches))


def _with_roles(node: Node) -> Node:
    if node.process is None or any(isinstance(column.generator.params, RoleParams) for column in node.columns):
        return node
    roles = dict(_roles(node))
    columns = tuple(_playing(column, roles[column.name]) if column.name in roles else column for column in node.columns)
    return msgspec.structs.replace(node, columns=columns)


def _playing(column: Column, role: str) -> Column:
    """The column filled by its role; nothing comes before a first row, so that where from may be null."""
    own = None if isinstance(column.generator.params, StateParams) else column.generator
    use = GeneratorUse("state", RoleParams(role=role, own=own), column.generator.pointer)
    return msgspec.structs.replace(column, generator=use, nullable=column.nullable or role == "from")


def _roles(node: Node) -> Iterator[tuple[str, str]]:
    """(column, role): what a generator says, then what names say, then the first time."""
    explicit = [column for column in node.columns if isinstance(column.generator.params, StateParams)]
    yield from ((column.name, column.generator.params.role) for column in explicit)
    free = [column for column in node.columns if column.generator.name not in KEPT and column.name != node.pk]
    for column in free:
        role = _by_name(node, column)
        if role is not None:
            yield column.name, role
    if not any(column.generator.params.role == "time" for column in explicit):
        times = sorted((one for one in free if one.type in TIMES), key=lambda column: column.type == "date")
        yield from ((column.name, "time") for column in times[:1])


def _by_name(node: Node, column: Column) -> str | None:
    name = column.name.lower()
    if node.stage_config is not None:
        role = _STAGES.get(name)
        if name == "stage" and column.type in SUITED["index"]:
            return "index"
    elif name == "transition_index":
        role = "index"
    else:
        match = _STATE.match(column.name)
        role = None if match is None else "from" if match["before"] else "to"
    return role if role is not None and column.type in SUITED[role] else None


def touchpoints(fact: Node, chain: AttributionChain) -> Node:
    """The table of a fact's touchpoints."""
    number, channel, timestamp, position, weight = TOUCH_COLUMNS
    keys = [column for name in fact.keys if (column := fact.column(name)) is not None]
    return Node(
        id=chain.touchpoint_table_name,
        kind="fact",
        pk=number,
        parents=(fact.id,),
        touches=chain,
        columns=(
            Column(name=number, type="int", generator=GeneratorUse("sequence", SequenceParams())),
            *(
                Column(
                    name=key.name,
                    type=key.type,
                    generator=GeneratorUse("lookup", LookupParams(source=f"{fact.id}.{key.name}")),
                )
                for key in keys
            ),
            Column(name=channel, type="string", generator=_role("channel")),
            Column(name=timestamp, type="datetime", generator=_role("time")),
            Column(name=position, type="int", generator=_role("position")),
            Column(name=weight, type="float", generator=_role("weight")),
        ),
    )


def _role(role: str) -> GeneratorUse:
    return GeneratorUse("state", RoleParams(role=role))
