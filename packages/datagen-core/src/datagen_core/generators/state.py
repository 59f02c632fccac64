"""The part that a column plays in the rows of a funnel, a state model or a chain of touchpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from datagen_core import registry
from datagen_core.errors import Problem
from datagen_core.generators.base import GeneratorSpec, Place, Reads
from datagen_core.schema.model import GeneratorUse, Part

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.context import Context
    from datagen_core.values import Values

SUITED = {
    "to": frozenset({"string"}),
    "from": frozenset({"string"}),
    "time": frozenset({"datetime", "date"}),
    "index": frozenset({"int", "float"}),
    "channel": frozenset({"string"}),
    "position": frozenset({"int"}),
    "weight": frozenset({"float"}),
}
"""Role → the types of a column that can play it; those from ``channel`` on belong to touchpoints and are never written."""


class StateParams(Part, frozen=True):
    role: Literal["to", "from", "time", "index"]


class RoleParams(Part, frozen=True):
    """A role that a column plays by its name or place; `own` is the generator that the document gives it."""

    role: str
    own: GeneratorUse | None = None


def _make(params: StateParams | RoleParams, context: Context) -> Values:
    return context.role(params.role)


def _own(params: StateParams | RoleParams) -> GeneratorUse | None:
    return params.own if isinstance(params, RoleParams) else None


def _reads(params: StateParams | RoleParams, place: Place) -> Reads:
    """The first of the times may have to be drawn by the column's own generator."""
    own = _own(params)
    spec = registry.spec("generators", own.name) if own is not None and params.role == "time" else None
    found: Reads = spec.reads(own.params, place) if spec is not None and own is not None else Reads()
    return found


def _check(params: StateParams | RoleParams, place: Place) -> Iterator[Problem]:
    if place.node.process is None and place.node.touches is None:
        message = f"state is the part of a column in a funnel or a state model, and {place.node.id} is neither"
        yield Problem((), message, hint='add "stage_config" or "state_transition_model"')
    column, own = place.column, _own(params)
    if own is not None:
        spec = registry.spec("generators", own.name)
        yield from () if spec is None else spec.check(own.params, place)
    elif column is not None and column.type not in SUITED[params.role]:
        message = f'"{params.role}" can\'t fill a column of type {column.type}'
        yield Problem((), message, accepted=sorted(SUITED[params.role]))


SPEC = GeneratorSpec(
    name="state",
    params=StateParams,
    types=frozenset({"string", "datetime", "date", "int", "float"}),
    make=_make,
    reads=_reads,
    check=_check,
    bare="role",
    example="to",
)
