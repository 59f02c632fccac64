"""A state model: through which states each parent goes, and when.

A state is left after an exponential wait with mean period / p, where p is its probability per period times the multipliers
of the parent's segment and of its age (in periods) when it entered the state, at most 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from datagen_core.behaviors.stages import LONGEST
from datagen_core.instants import DAY

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from datagen_core.schema.model import StateTransitionModel

    Streams = Callable[[str], np.random.Generator]
    Round = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]

PERIODS = {"day": 1, "week": 7, "month": 30, "year": 365}
"""Days of a period; those of the language, which are not those of ages elsewhere."""


@dataclass(frozen=True)
class Steps:
    """The rows of some parents, parent by parent and in order.

    Parameters
    ----------
    count
        Rows of each parent.
    origin, state
        Numbers of the states before and after, -1 before a first row.
    time
        int64, microseconds.
    """

    count: NDArray[np.int64]
    origin: NDArray[np.int64]
    state: NDArray[np.int64]
    time: NDArray[np.int64]


class Model:
    """The states of a document as arrays."""

    def __init__(self, model: StateTransitionModel) -> None:
        self.names = list(model.states)
        self.initial = self.names.index(model.initial_state)
        self.period = float(PERIODS[model.period_unit] * DAY)
        self._model = model

    @cached_property
    def leaving(self) -> NDArray[np.float64]:
        """p of each state before multipliers; 0 for terminal ones."""
        states = self._model.states.values()
        return np.array([0.0 if state.terminal else state.transition_prob_per_period for state in states])

    @cached_property
    def following(self) -> NDArray[np.float64]:
        """The probability of each state (columns) after each state (rows); rows of terminal states are 0."""
        made = np.zeros((len(self.names), len(self.names)))
        for row, state in enumerate(self._model.states.values()):
            total = sum(state.next_states.values())
            for name, weight in state.next_states.items():
                made[row, self.names.index(name)] = weight / total
        return made

    @cached_property
    def _cumulated(self) -> NDArray[np.float64]:
        return np.cumsum(self.following, axis=1)

    @cached_property
    def _last(self) -> NDArray[np.int64]:
        """The last state that can follow each one: where rounding leaves a draw beyond the sum."""
        return np.array([int(np.flatnonzero(row).max(initial=0)) for row in self.following])

    def chance(
        self, state: NDArray[np.int64], multiplier: NDArray[np.float64], age: NDArray[np.int64]
    ) -> NDArray[np.float64]:
        """p of each row: of its state, times its parent's multiplier and that of its age in microseconds."""
        p = self.leaving[state] * multiplier
        curve = self._model.vintage_variation.churn_multiplier_curve
        if curve:
            place = np.clip((age // self.period).astype(np.int64), 0, len(curve) - 1)
            p = p * np.asarray(curve, dtype=np.float64)[place]
        return np.minimum(p, 1.0)

    def run(self, start: NDArray[np.int64], multiplier: NDArray[np.float64], end: int, at: Streams) -> Steps:
        """All rows of some parents.

        Parameters
        ----------
        start
            When each enters the initial state; from then on its age counts.
        multiplier
            What each parent's probabilities are multiplied by.
        end
            The last instant at which there may be a transition.
        at
            The stream of a purpose; every round of transitions has its own.
        """
        alive = np.arange(len(start))
        state, time = np.full(len(start), self.initial), start
        rounds: list[Round] = [(alive, np.full(len(start), -1), state, time)]
        for number in range(1, self._model.max_transitions + 1):
            p = self.chance(state, multiplier[alive], time - start[alive])
            wait = at(f"wait{number}").standard_exponential(len(alive))
            chosen = at(f"next{number}").random(len(alive))
            later = time + self._waits(wait, p)
            going = np.flatnonzero((p > 0) & (later <= end))
            if not len(going):
                break
            before = state[going]
            alive, time, state = alive[going], later[going], self._next(before, chosen[going])
            rounds.append((alive, before, state, time))
        return _in_order(rounds, len(start))

    def _waits(self, wait: NDArray[np.float64], p: NDArray[np.float64]) -> NDArray[np.int64]:
        length = np.divide(wait * self.period, p, out=np.full(len(p), float(LONGEST)), where=p > 0)
        made: NDArray[np.int64] = np.clip(np.ceil(length), 1.0, float(LONGEST)).astype(np.int64)
        return made

    def _next(self, before: NDArray[np.int64], uniform: NDArray[np.float64]) -> NDArray[np.int64]:
        passed = (uniform[:, None] >= self._cumulated[before]).sum(axis=1)
        made: NDArray[np.int64] = np.minimum(passed, self._last[before])
        return made


def _in_order(rounds: list[Round], parents: int) -> Steps:
    """Rounds of transitions, each over the parents still under way, as rows parent by parent."""
    whose, origin, state, time = (np.concatenate(column) for column in zip(*rounds, strict=True))
    order = np.argsort(whose, kind="stable")
    count = np.bincount(whose, minlength=parents)
    return Steps(count.astype(np.int64), origin[order], state[order], time[order])
