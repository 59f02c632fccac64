"""Funnels and state models as they stand in the data: the rows of each parent in their order, and what is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.behaviors import segments
from datagen_core.behaviors.creation import creation_column, time_column
from datagen_core.behaviors.transitions import Model
from datagen_core.instants import DAY
from datagen_core.validation.case import Case, Skip, Trial, check
from datagen_core.validation.exposure import timeframe
from datagen_core.validation.links import link, parent_rows
from datagen_core.validation.report import Outcome
from datagen_core.values import plain

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from datagen_core.schema.model import Column, Node, StageVariation, StateTransitionModel, StateVariation
    from datagen_core.values import Values

OTHERS = " in other segments"
NOTHING, STRANGE = -1, -2
"""Codes of a null and of a word that is not declared."""


@dataclass(frozen=True)
class Journeys:
    """The rows of a process, parent by parent and in the order of their times.

    Parameters
    ----------
    parent
        int64: the number of each row's parent in its table.
    parents
        How many parents there are.
    code, origin
        Numbers of the stage or state, and of the one before as the data says; None where no column holds it.
    index
        The number of the step as the data says.
    time
        int64, microseconds.
    """

    parent: NDArray[np.int64]
    parents: int
    code: NDArray[np.int64] | None
    origin: NDArray[np.int64] | None
    index: NDArray[Any] | None
    time: NDArray[np.int64] | None
    names: tuple[str, ...]

    @cached_property
    def first(self) -> NDArray[np.bool_]:
        """Whether a row is its parent's first."""
        return np.append(True, self.parent[1:] != self.parent[:-1])[: len(self.parent)]

    @cached_property
    def last(self) -> NDArray[np.bool_]:
        """Whether a row is its parent's last."""
        return np.append(self.parent[1:] != self.parent[:-1], True)[: len(self.parent)]

    @cached_property
    def position(self) -> NDArray[np.int64]:
        """0, 1, … within each parent."""
        starts = np.flatnonzero(self.first)
        return np.arange(len(self.parent)) - np.repeat(starts, np.diff(np.append(starts, len(self.parent))))

    @cached_property
    def count(self) -> NDArray[np.int64]:
        """Rows of each parent."""
        return np.bincount(self.parent, minlength=self.parents)


def journeys(case: Case, node: Node) -> Journeys:
    """The rows of a funnel or a state model in order."""
    return case.once(("journeys", node.id), lambda: _ordered(case, node))


def processes(case: Case) -> Iterator[tuple[Node, Node]]:
    """Every funnel and state model with its primary parent."""
    for node in case.document.nodes:
        parent = case.document.node(node.parents[0]) if node.parents else None
        if node.process is not None and parent is not None:
            yield node, parent


def _names(node: Node) -> tuple[str, ...]:
    if node.stage_config is not None:
        return tuple(stage.stage_name for stage in node.stage_config.stages)
    return tuple(node.state_transition_model.states) if node.state_transition_model is not None else ()


def played(node: Node, role: str) -> Column | None:
    """The column that plays a role."""
    return next((one for one in node.columns if getattr(one.generator.params, "role", None) == role), None)


def _ordered(case: Case, node: Node) -> Journeys:
    found = link(case.document, node, node.parents[0])
    if found is None:
        raise Skip(f"{node.id} has no key of {node.parents[0]}")
    parent = parent_rows(case, node, found)
    there = np.flatnonzero(parent >= 0)
    names = _names(node)
    time, index = _values(case, node, "time"), _values(case, node, "index")
    code, origin = _codes(case, node, "to", names), _codes(case, node, "from", names)
    numbers = np.zeros(len(parent), np.int64) if time is None else time.numbers
    steps = np.zeros(len(parent), np.int64) if index is None else index.numbers
    order = there[np.lexsort((there, steps[there], numbers[there], parent[there]))]
    return Journeys(
        parent[order],
        case.table(node.parents[0]).rows,
        None if code is None else code[order],
        None if origin is None else origin[order],
        None if index is None else np.where(index.nulls(), NOTHING, index.numbers)[order],
        None if time is None else time.numbers[order],
        names,
    )


def _values(case: Case, node: Node, role: str) -> Values | None:
    column = played(node, role)
    return None if column is None else case.values(node.id, column.name)


def _codes(case: Case, node: Node, role: str, names: Sequence[str]) -> NDArray[np.int64] | None:
    """The numbers of the words in a column, through what `map_values` makes of them."""
    column = played(node, role)
    if column is None:
        return None
    words = list(names)
    for use in column.modifiers:
        words = [str(use.params.mapping.get(word, word)) for word in words]
    if len(set(words)) < len(words):
        raise Skip(f"{node.id}.{column.name} has one word for several states")
    text = plain(case.values(node.id, column.name).data)
    codes = pc.index_in(text, value_set=pa.array(words, pa.string()), skip_nulls=True).fill_null(STRANGE)
    numbers: NDArray[np.int64] = codes.to_numpy(zero_copy_only=False).astype(np.int64)
    return np.where(np.asarray(text.is_null()), NOTHING, numbers)


def factors(case: Case, node: Node) -> NDArray[np.float64]:
    """What the rates of each parent are multiplied by, for its segment."""
    values, size, varied = _segments(case, node)
    return segments.variation(varied, values, size)


def groups(case: Case, node: Node) -> dict[str, NDArray[np.bool_]]:
    """The parents of each segment that differs, and of all others together; one group where none does."""
    values, size, varied = _segments(case, node)
    if values is None:
        return {"": np.ones(size, bool)}
    text = plain(values.data) if values.is_text else pa.array(values.numbers).cast(pa.string())
    own = {f" in {name}": np.asarray(pc.equal(text, name).fill_null(False)) for name in varied}
    rest = ~np.logical_or.reduce(list(own.values()))
    return own | ({OTHERS: rest} if rest.any() else {})


def _segments(case: Case, node: Node) -> tuple[Values | None, int, Mapping[str, StageVariation | StateVariation]]:
    """The parents' segments where some of them differ, how many parents there are, and how the segments differ."""
    parent = case.node(node.parents[0])
    varied: Mapping[str, StageVariation | StateVariation] = (
        {} if node.process is None else node.process.segment_variation
    )
    column = segments.column_of(case.document, parent, varied) if varied else None
    return None if column is None else case.values(parent.id, column), case.table(parent.id).rows, varied


def births(case: Case, node: Node) -> Values | None:
    """When each parent came to be, where its journey begins then."""
    parent = case.node(node.parents[0])
    created, own = creation_column(parent), time_column(node)
    if created is None or (own is not None and not own.after_parent):
        return None
    return case.values(parent.id, created.name)


def _tally(found: dict[str, NDArray[np.bool_]], rows: int, good: str, lost: tuple[int, str] = (0, "")) -> Outcome:
    """What is wrong in how many rows, by kind; `lost` counts what has no row at all."""
    wrong = int(np.logical_or.reduce([np.zeros(rows, bool), *found.values()]).sum()) + lost[0]
    kinds = [f"{int(mask.sum())} {kind}" for kind, mask in found.items() if mask.any()]
    kinds += [f"{lost[0]} {lost[1]}"] if lost[0] else []
    message = f"of {rows} rows {', '.join(kinds)}" if wrong else good
    return Outcome(not wrong, message, wrong, 0, effect=wrong / max(rows, 1), n=rows)


def _later(found: Journeys, node: Node) -> dict[str, NDArray[np.bool_]]:
    """Rows that are not later than the one before, and rows whose number is not their place."""
    wrong: dict[str, NDArray[np.bool_]] = {}
    own = time_column(node)
    if found.time is not None and own is not None and own.type == "datetime":
        wrong["not later than the row before"] = ~found.first & (np.diff(found.time, prepend=0) <= 0)
    if found.index is not None:
        wrong["whose number is not their place"] = found.index != found.position
    return wrong


@check("values.stage_order")
def stage_orders(case: Case) -> Iterator[Trial]:
    """Every parent goes through the stages one after the other, from the first on, each at a later time."""
    for node, parent in processes(case):
        if node.stage_config is not None:
            column = played(node, "to") or played(node, "index")
            yield Trial(node.id, (column.name,) if column else (), partial(_stage_order, case, node, parent))


def _stage_order(case: Case, node: Node, parent: Node) -> Outcome:
    found = journeys(case, node)
    wrong = _later(found, node)
    if found.code is not None:
        wrong["whose stage is not the next one"] = found.code != found.position
    if found.origin is not None:
        wrong["that come from another stage"] = found.origin != np.where(found.first, NOTHING, found.position - 1)
    wrong["beyond the last stage"] = found.position >= len(found.names)
    lost = int((found.count == 0).sum())
    good = f"all {len(found.parent)} rows are the next stage of their {parent.id}"
    return _tally(wrong, len(found.parent), good, (lost, f"{parent.id} without a row"))


@check("values.first_step")
def first_steps(case: Case) -> Iterator[Trial]:
    """A funnel or a state model begins when its parent comes to be."""
    for node, parent in processes(case):
        own = played(node, "time")
        if own is not None and own.after_parent and creation_column(parent) is not None:
            yield Trial(node.id, (own.name,), partial(_first_step, case, node, parent, own))


def _first_step(case: Case, node: Node, parent: Node, own: Column) -> Outcome:
    found, created = journeys(case, node), births(case, node)
    if found.time is None or created is None:
        raise Skip(f"{node.id} has no time")
    rows = found.parent[found.first]
    wanted = created.numbers[rows] // DAY * DAY if own.type == "date" else created.numbers[rows]
    known = ~created.nulls()[rows]
    wrong = int((known & (found.time[found.first] != wanted)).sum())
    name = f"{parent.id}.{creation_column(parent).name}"  # type: ignore[union-attr]
    message = (
        f"{wrong} of {len(rows)} begin at another time than {name}" if wrong else f"all {len(rows)} begin at {name}"
    )
    return Outcome(not wrong, message, wrong, 0, effect=wrong / max(len(rows), 1), n=len(rows))


@check("values.state_order")
def state_orders(case: Case) -> Iterator[Trial]:
    """Changes of state follow each other: from the state before, at a later time, the first from nowhere."""
    for node, parent in processes(case):
        if node.state_transition_model is not None:
            names = tuple(
                one.name for role in ("from", "to", "time", "index") if (one := played(node, role)) is not None
            )
            yield Trial(node.id, names, partial(_state_order, case, node, parent, node.state_transition_model))


def _state_order(case: Case, node: Node, parent: Node, model: StateTransitionModel) -> Outcome:
    found = journeys(case, node)
    wrong = _later(found, node)
    if found.code is not None:
        initial = found.names.index(model.initial_state)
        wrong[f"that do not begin with {model.initial_state}"] = found.first & (found.code != initial)
    if found.code is not None and found.origin is not None:
        before = np.where(found.first, NOTHING, np.roll(found.code, 1))
        wrong["that come from another state than the one before"] = found.origin != before
    if found.time is not None:
        wrong["after the window's end"] = ~found.first & (found.time > timeframe(case.document).end)
    wrong[f"beyond {model.max_transitions} transitions"] = found.position > model.max_transitions
    lost = int((found.count == 0).sum())
    good = f"all {len(found.parent)} rows follow the one before"
    return _tally(wrong, len(found.parent), good, (lost, f"{parent.id} without a row"))


@check("values.transition")
def transitions(case: Case) -> Iterator[Trial]:
    """Every change of state is one that is declared, and none leads out of a terminal state."""
    for node, _ in processes(case):
        column = played(node, "to")
        if node.state_transition_model is not None and column is not None:
            yield Trial(node.id, (column.name,), partial(_transition, case, node, node.state_transition_model))


def _transition(case: Case, node: Node, model: StateTransitionModel) -> Outcome:
    found = journeys(case, node)
    if found.code is None:
        raise Skip(f"{node.id} has no column of states")
    states = Model(model)
    before, after = np.roll(found.code, 1), found.code
    known = (before >= 0) & (after >= 0)
    terminal = np.array([state.terminal for state in model.states.values()])
    out = ~found.first & known & terminal[np.maximum(before, 0)]
    allowed = states.following[np.maximum(before, 0), np.maximum(after, 0)] > 0
    wrong = {
        "of no declared state": after < 0,
        "out of a terminal state": out,
        "that no next_states allows": ~found.first & known & ~out & ~allowed,
    }
    return _tally(wrong, len(after), f"all {int((~found.first).sum())} changes are declared")
