"""Numbers drawn from a distribution, clipped or truncated to an interval."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datagen_core import distributions
from datagen_core.distributions import DistributionParams
from datagen_core.generators.base import NUMBERS, GeneratorSpec, Place
from datagen_core.sampling import draw
from datagen_core.values import Values

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from datagen_core.context import Context
    from datagen_core.errors import Problem


def _make(params: DistributionParams, context: Context) -> Values:
    values = draw(params, context.rows, context.rng, context.once)
    siblings = context.siblings()
    if siblings is None:
        return Values(values)

    def redraw(rows: NDArray[np.int64], number: int) -> NDArray[np.int64]:
        stream = lambda purpose: context.rng(f"sibling{number}\x02{purpose}")  # noqa: E731
        return np.rint(draw(params, len(rows), stream, context.once)).astype(np.int64)

    return Values(siblings.apart(np.rint(values).astype(np.int64), redraw))


def _check(params: DistributionParams, _place: Place) -> Iterator[Problem]:
    return distributions.check(params)


SPEC = GeneratorSpec(
    name="distribution",
    params=DistributionParams,
    types=NUMBERS,
    make=_make,
    check=_check,
    aliases=distributions.aliases(),
    example={"type": "normal", "params": {"mean": 35, "std": 12}, "clamp": [18, 80]},
)
