"""Bursts: runs of neighbouring times in which all numbers are far out, as many of them as declared."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import msgspec
import numpy as np

from datagen_core.behaviors.creation import time_column
from datagen_core.distributions import DistributionParams
from datagen_core.modifiers.outliers import RUNS
from datagen_core.validation.case import Case, Skip, Trial, check
from datagen_core.validation.columns import drawn_alone, drawn_columns
from datagen_core.validation.exposure import timeframe
from datagen_core.validation.laws import judge_mean
from datagen_core.validation.residuals import places_of
from datagen_core.validation.steps import steps_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core.schema.model import Column, ModifierUse, Node
    from datagen_core.validation.report import Outcome

FEWEST_IN_RUN = 8
FEWEST_RUNS = 30
MOST_UNCLEAR = 2
ONE_OFF = 0.0625  # a variance that tolerates one run more or less
FAR = 0.9
"""Mean place of a run's numbers in their distribution from which on it is a burst; of eight, chance is there once in 200,000 runs."""


def _is_burst(use: ModifierUse) -> bool:
    return use.name == "outliers" and use.params.mode == "burst"


@check("behaviour.bursts")
def bursts(case: Case) -> Iterator[Trial]:
    """As many runs of neighbouring times burst as the rate of the outliers says."""
    for node, column in drawn_columns(case.document, DistributionParams):
        used = [use for use in column.modifiers if _is_burst(use)]
        if len(used) == 1 and column.type not in {"datetime", "date"}:
            yield Trial(node.id, (column.name,), partial(_bursts, case, node, column, used[0]))


def _bursts(case: Case, node: Node, column: Column, use: ModifierUse) -> Outcome:
    drawn_alone(case.document, node, column)
    time = time_column(node)
    if time is None:
        raise Skip(f"{node.id} has no time")
    values, times = case.values(node.id, column.name), case.values(node.id, time.name)
    rows = np.flatnonzero(~(values.nulls() | times.nulls()))
    plain = msgspec.structs.replace(column, modifiers=tuple(one for one in column.modifiers if not _is_burst(one)))
    steps = [step.thinned(rows) for step in steps_of(case, node, plain)]
    places = places_of(column.generator.params, values.numbers[rows].astype(float), steps)
    window = timeframe(case.document)
    run = ((times.numbers[rows] - window.start) * RUNS // window.length).clip(0, RUNS - 1)
    sizes = np.bincount(run, minlength=RUNS)
    means = np.bincount(run, places, RUNS) / np.maximum(sizes, 1)
    judged = sizes >= FEWEST_IN_RUN
    if judged.sum() < FEWEST_RUNS:
        raise Skip(f"{int(judged.sum())} runs have enough rows; {FEWEST_RUNS} are needed")
    high = judged & (means > FAR)
    unclear = judged & ~high & (means > 0.5 + 4.5 / np.sqrt(12 * np.maximum(sizes, 1)))
    if unclear.sum() > max(MOST_UNCLEAR, high.sum() / 10):
        raise Skip("bursts do not stand out from the distribution")
    n, declared = int(judged.sum()), round(use.params.rate * RUNS)
    share = declared / RUNS
    spread = (
        n * share * (1 - share) * (RUNS - n) / (RUNS - 1)
    )  # of the declared number, those among the runs that are judged
    return judge_mean(float(high.sum()), n * share, math.sqrt(spread + ONE_OFF), n, "runs that burst")
