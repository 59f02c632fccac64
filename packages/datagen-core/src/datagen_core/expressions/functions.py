"""The functions of the language: how many arguments of which kinds they take, and what they give."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datagen_core.expressions.nodes import NUMBERS, TIMES, Kind

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_TEXT: frozenset[Kind] = frozenset(("string",))
_ANY: frozenset[Kind] = frozenset(("int", "float", "string", "bool", "datetime", "date"))


@dataclass(frozen=True, slots=True)
class Function:
    """One function.

    Parameters
    ----------
    takes
        The kinds that each argument may have; null may stand anywhere.
    gives
        The arguments' kinds -> the result's.
    least, most
        How many arguments.
    """

    takes: frozenset[Kind]
    gives: Callable[[Sequence[Kind]], Kind]
    least: int = 1
    most: int = 1

    def arity(self) -> str:
        """In words: ``2 arguments``, ``1 or 2 arguments``, ``at least 2 arguments``."""
        if self.most > 9:
            return f"at least {self.least} argument{'s' if self.least > 1 else ''}"
        counts = " or ".join(str(count) for count in range(self.least, self.most + 1))
        return f"{counts} argument{'s' if self.most > 1 else ''}"


def common(kinds: Sequence[Kind]) -> Kind | None:
    """The kind that holds values of all these kinds; None when there is none."""
    known = {kind for kind in kinds if kind != "null"}
    if len(known) <= 1:
        return next(iter(known), "null")
    if known <= NUMBERS:
        return "float"
    return "datetime" if known <= TIMES else None


def _same(kinds: Sequence[Kind]) -> Kind:
    return common(kinds) or "null"


def _rounded(kinds: Sequence[Kind]) -> Kind:
    return "int" if len(kinds) == 1 or kinds[0] == "int" else "float"


def _always(kind: Kind) -> Callable[[Sequence[Kind]], Kind]:
    return lambda _kinds: kind


FUNCTIONS: dict[str, Function] = {
    "abs": Function(NUMBERS, _same),
    "ceil": Function(NUMBERS, _always("int")),
    "coalesce": Function(_ANY, _same, 1, 100),
    "concat": Function(_ANY, _always("string"), 1, 100),
    "day": Function(TIMES, _always("int")),
    "dow": Function(TIMES, _always("int")),
    "exp": Function(NUMBERS, _always("float")),
    "floor": Function(NUMBERS, _always("int")),
    "hour": Function(TIMES, _always("int")),
    "length": Function(_TEXT, _always("int")),
    "log": Function(NUMBERS, _always("float"), 1, 2),
    "lower": Function(_TEXT, _always("string")),
    "max": Function(NUMBERS | TIMES, _same, 1, 100),
    "min": Function(NUMBERS | TIMES, _same, 1, 100),
    "month": Function(TIMES, _always("int")),
    "round": Function(NUMBERS, _rounded, 1, 2),
    "sqrt": Function(NUMBERS, _always("float")),
    "upper": Function(_TEXT, _always("string")),
    "year": Function(TIMES, _always("int")),
}
