"""The part that a column plays in the rows of a state model: where from, where to, when, which step."""

from __future__ import annotations

from typing import Literal

from datagen_core.generators.base import GeneratorSpec
from datagen_core.schema.model import Part


class StateParams(Part, frozen=True):
    role: Literal["to", "from", "time", "index"]


SPEC = GeneratorSpec(
    name="state",
    params=StateParams,
    types=frozenset({"string", "datetime", "date", "int"}),
    make=None,
    bare="role",
    example="to",
)
