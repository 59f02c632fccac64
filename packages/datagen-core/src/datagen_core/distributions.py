"""The distributions of the language: what each needs, how it is drawn, how it is cut to an interval.

Parameters follow numpy's meaning, except where the name says otherwise: `lognormal` takes the mean and the standard
deviation of the underlying normal, `pareto` is the classical one (least value `xm`), `geometric` counts trials from 1.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import msgspec

from datagen_core.errors import Problem
from datagen_core.schema.model import Part

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal[
    "normal",
    "lognormal",
    "uniform",
    "poisson",
    "exponential",
    "gamma",
    "beta",
    "pareto",
    "weibull",
    "triangular",
    "binomial",
    "geometric",
    "negative_binomial",
]

NUMBER_ALIASES = {"mu": "mean", "lam": "lambda", "min": "low", "max": "high"}
"""Other spellings of a distribution's numbers, for all distributions alike."""


class Numbers(Part, frozen=True):
    """The numbers of a distribution; which of them count depends on its type."""

    mean: float | None = None
    std: float | None = None
    sigma: float | None = None
    low: float | None = None
    high: float | None = None
    mode: float | None = None
    rate: float | None = msgspec.field(default=None, name="lambda")
    scale: float | None = None
    shape: float | None = None
    a: float | None = None
    b: float | None = None
    alpha: float | None = None
    xm: float | None = None
    n: float | None = None
    p: float | None = None

    def given(self) -> dict[str, float]:
        """The numbers that the document gives, by the document's names."""
        values = {name: getattr(self, field) for field, name in FIELDS.items()}
        return {name: value for name, value in values.items() if value is not None}


FIELDS = {
    field.name: field.encode_name
    for field in msgspec.structs.fields(Numbers)
    if field.name not in {"comment", "schema_uri"}
}


class DistributionParams(Part, frozen=True):
    """``{"type": …, "params": {…}, "clamp": [lo, hi]}``, of the generator and wherever else numbers are drawn."""

    kind: Kind = msgspec.field(name="type")
    params: Numbers
    clamp: tuple[float, float] | None = None
    truncate: tuple[float, float] | None = None


def aliases(prefix: str = "") -> dict[str, str]:
    """The other spellings of the keys of a distribution that stands under `prefix` (empty or ending in a dot)."""
    nested = {f"{prefix}params.{old}": f"{prefix}params.{new}" for old, new in NUMBER_ALIASES.items()}
    return {f"{prefix}kind": f"{prefix}type", **nested}


@dataclass(frozen=True, slots=True)
class Needs:
    """What a distribution's numbers are: each entry of `one_of` is a set of spellings of which exactly one is given."""

    one_of: tuple[tuple[str, ...], ...]
    positive: frozenset[str] = frozenset()
    not_negative: frozenset[str] = frozenset()
    probability: frozenset[str] = frozenset()
    bounded: bool = True  # False where the tails are endless and the language asks for clamp or truncate

    @property
    def names(self) -> list[str]:
        """All accepted names."""
        return [name for names in self.one_of for name in names]


def _positive(*names: str) -> frozenset[str]:
    return frozenset(names)


NEEDS: dict[str, Needs] = {
    "normal": Needs((("mean",), ("std", "sigma")), not_negative=_positive("std", "sigma"), bounded=False),
    "lognormal": Needs((("mean",), ("sigma",)), not_negative=_positive("sigma"), bounded=False),
    "uniform": Needs((("low",), ("high",))),
    "poisson": Needs((("lambda",),), not_negative=_positive("lambda"), bounded=False),
    "exponential": Needs((("scale", "lambda"),), positive=_positive("scale", "lambda")),
    "gamma": Needs((("shape",), ("scale",)), positive=_positive("shape", "scale")),
    "beta": Needs((("a",), ("b",)), positive=_positive("a", "b")),
    "pareto": Needs((("alpha",), ("xm",)), positive=_positive("alpha", "xm")),
    "weibull": Needs((("shape",), ("scale",)), positive=_positive("shape", "scale")),
    "triangular": Needs((("low",), ("mode",), ("high",))),
    "binomial": Needs((("n",), ("p",)), not_negative=_positive("n"), probability=_positive("p")),
    "geometric": Needs((("p",),), positive=_positive("p"), probability=_positive("p")),
    "negative_binomial": Needs((("n",), ("p",)), positive=_positive("n", "p"), probability=_positive("p")),
}


def check(params: DistributionParams, *, bounds_required: bool = True) -> Iterator[Problem]:
    """Problems of meaning of a distribution; pointers are relative to it.

    Parameters
    ----------
    bounds_required
        Whether the distributions with endless tails have to be clamped or truncated, as the language asks of a column.
    """
    needs = NEEDS[params.kind]
    given = params.params.given()
    yield from _check_names(params.kind, needs, given)
    yield from _check_signs(needs, given)
    yield from _check_order(params.kind, given)
    yield from _check_bounds(params)
    if bounds_required and not needs.bounded and params.clamp is None and params.truncate is None:
        yield Problem((), f"{params.kind} needs clamp or truncate", hint='add "clamp": [lowest, highest]')


def _check_names(kind: str, needs: Needs, given: dict[str, float]) -> Iterator[Problem]:
    for name in given.keys() - set(needs.names):
        yield Problem(
            ("params", name),
            f'{kind} has no parameter "{name}"',
            received=name,
            accepted=tuple(needs.names),
            on_key=True,
        )
    for names in needs.one_of:
        found = [name for name in names if name in given]
        spelled = " or ".join(f'"{name}"' for name in names)
        if not found:
            yield Problem(("params",), f"{kind} needs {spelled}")
        elif len(found) > 1:
            yield Problem(("params", found[1]), f"{kind} takes {spelled}, not both", on_key=True)


def _check_signs(needs: Needs, given: dict[str, float]) -> Iterator[Problem]:
    for name, value in given.items():
        if not math.isfinite(value):
            yield Problem(("params", name), f"{value} is not a finite number")
        elif name in needs.positive and value <= 0:
            yield Problem(("params", name), f"{value:g} has to be above 0")
        elif name in needs.not_negative and value < 0:
            yield Problem(("params", name), f"{value:g} has to be 0 or more")
        elif name in needs.probability and not 0 <= value <= 1:
            yield Problem(("params", name), f"{value:g} has to lie between 0 and 1")


def _check_order(kind: str, given: dict[str, float]) -> Iterator[Problem]:
    order = [name for name in ("low", "mode", "high") if name in given and kind in {"uniform", "triangular"}]
    for lower, upper in pairwise(order):
        if given[lower] > given[upper]:
            yield Problem(("params", upper), f"{given[upper]:g} lies below {lower} {given[lower]:g}")
    if kind == "binomial" and "n" in given and given["n"] != int(given["n"]):
        yield Problem(("params", "n"), "the number of trials has to be whole")


def _check_bounds(params: DistributionParams) -> Iterator[Problem]:
    for name in ("clamp", "truncate"):
        bounds = getattr(params, name)
        if bounds is not None and bounds[0] > bounds[1]:
            yield Problem((name,), f"lower bound {bounds[0]:g} lies above upper bound {bounds[1]:g}")
    if params.clamp is not None and params.truncate is not None:
        yield Problem(("truncate",), "clamp and truncate exclude each other", on_key=True)
