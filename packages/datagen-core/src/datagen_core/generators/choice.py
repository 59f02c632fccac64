"""One of a list of values, or of another column's values, by weight."""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from datagen_core.errors import InputError, Problem
from datagen_core.generators.base import ALL_TYPES, GeneratorSpec, Place, Reads
from datagen_core.instants import parse_instant
from datagen_core.schema.model import Part, Scalar
from datagen_core.values import Values, distinct, from_scalars, take_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from datagen_core.context import Context

COARSE = 1 << 16  # entries of the table: no weight is off by more than 1/65,536
LEAST_COARSE = 1e-3  # a smaller weight would feel that
MOST_COARSE = 1 << 10
FINE = 1 << 16
_NUMBER = r"([0-9]*\.?[0-9]+)"
_KINDS = re.compile(rf"^(?:(uniform)|zipf@\{{?\s*{_NUMBER}\s*\}}?|head_tail@\{{?\s*{_NUMBER}\s*,\s*{_NUMBER}\s*\}}?)$")
HEAD_SHARE = 0.2  # of the choices; from the language's definition of head_tail


class ChoiceParams(Part, frozen=True):
    choices: tuple[Scalar, ...] | None = None
    choices_ref: str | None = None
    weights: tuple[float, ...] | None = None
    weights_kind: str = "uniform"


def _make(params: ChoiceParams, context: Context) -> Values:
    choices, pick = context.once("choices", lambda: _prepared(params, context))
    place = context.place(len(choices))
    if place is not None:
        return _chosen(choices, place)
    index, siblings = pick(context.rng(), context.rows), context.siblings()
    if siblings is not None:
        redraw = lambda rows, number: pick(context.rng(f"again{number}"), len(rows))  # noqa: E731
        index = siblings.apart(index.astype(np.int64), redraw, len(choices))
    return _chosen(choices, index)


def _prepared(params: ChoiceParams, context: Context) -> tuple[Values, Picker]:
    if params.choices is not None:
        choices = from_scalars(params.choices, context.column.type)
    else:
        table, _, column = (params.choices_ref or "").rpartition(".")
        choices = distinct(context.all_values(table, column))
    if not len(choices):
        raise InputError(f"{context.node.id}.{context.column.name}: {params.choices_ref} has no values to choose from")
    weights = weights_of(params, len(choices))
    if context.unique:
        some = np.flatnonzero(np.asarray(weights) > 0)
        choices = distinct(choices.take(some))
    return choices, Picker(weights)


def _chosen(choices: Values, index: NDArray[Any]) -> Values:
    if choices.is_text:
        return Values(take_text(choices.data, index))
    return choices.take(index)


class Picker:
    """Draws positions by weight: by a table of 65,536 entries where the weights allow it, else by a guide table."""

    def __init__(self, weights: Sequence[float]) -> None:
        array = np.asarray(weights, dtype=np.float64)
        self._cumulated = np.cumsum(array / array.sum())
        self._last = int(np.flatnonzero(array > 0)[-1])
        coarse = len(array) <= MOST_COARSE and bool((array[array > 0] >= LEAST_COARSE * array.sum()).all())
        self._table = self._tabulated(len(array)) if coarse else None
        if not coarse:
            edges = np.arange(FINE) / FINE
            self._guide = np.searchsorted(self._cumulated, edges, side="right").clip(max=self._last)

    def _tabulated(self, count: int) -> NDArray[Any]:
        bounds = np.rint(self._cumulated * COARSE).astype(np.int64)
        sizes = np.diff(np.concatenate([[0], bounds]))
        return np.repeat(np.arange(count, dtype=np.uint8 if count <= 256 else np.uint16), sizes)

    def __call__(self, rng: np.random.Generator, rows: int) -> NDArray[Any]:
        """Positions of `rows` draws."""
        if self._table is not None:
            # 32 bits per draw and not 16: numpy throws away what a call leaves of a word, and slices would show
            made: NDArray[Any] = self._table[rng.integers(0, 1 << 32, rows, dtype=np.uint32) >> np.uint32(16)]
            return made
        uniform = rng.random(rows)
        index = self._guide[(uniform * FINE).astype(np.int64)]
        wrong = np.flatnonzero(uniform >= self._cumulated[index])
        if len(wrong):
            index[wrong] = np.searchsorted(self._cumulated, uniform[wrong], side="right").clip(max=self._last)
        return index


def weights_of(params: ChoiceParams, count: int) -> list[float]:
    """The weights of `count` choices, normalised to sum 1.

    Raises
    ------
    ValueError
        When `weights_kind` is not one of the accepted forms; `check` has reported it before.
    """
    raw = list(params.weights) if params.weights is not None else _weights_by_kind(params.weights_kind, count)
    total = math.fsum(raw)
    return [weight / total for weight in raw]


def _weights_by_kind(kind: str, count: int) -> list[float]:
    match = _KINDS.match(kind)
    if match is None:
        raise ValueError(f"unknown weights_kind {kind!r}")
    _uniform, zipf, head, tail = match.groups()
    if zipf is not None:
        return _zipf(count, float(zipf))
    if head is not None:
        return _head_tail(count, float(head), float(tail))
    return [1.0] * count


def _zipf(count: int, exponent: float) -> list[float]:
    return [rank**-exponent for rank in range(1, count + 1)]


def _head_tail(count: int, head: float, exponent: float) -> list[float]:
    heads = max(1, math.ceil(HEAD_SHARE * count))
    if heads == count:
        return [1.0] * count
    tail = _zipf(count - heads, exponent)
    total = math.fsum(tail)
    return [head / heads] * heads + [(1 - head) * weight / total for weight in tail]


def _check(params: ChoiceParams, place: Place) -> Iterator[Problem]:
    if (params.choices is None) == (params.choices_ref is None):
        yield Problem((), 'choice needs either "choices" or "choices_ref"')
    if params.choices is not None and not params.choices:
        yield Problem(("choices",), "the list of choices is empty")
    yield from _check_weights(params)
    yield from _check_values(params, place)


def _check_weights(params: ChoiceParams) -> Iterator[Problem]:
    match = _KINDS.match(params.weights_kind)
    if match is None:
        yield Problem(
            ("weights_kind",),
            f'unknown weights_kind "{params.weights_kind}"',
            accepted=("uniform", "zipf@1.5", "head_tail@{0.6,1.5}"),
        )
    elif match.group(3) is not None and not 0 <= float(match.group(3)) <= 1:
        yield Problem(("weights_kind",), "the head's share has to lie between 0 and 1")
    weights = params.weights
    if weights is None:
        return
    if params.weights_kind != "uniform":
        yield Problem(("weights_kind",), "weights and weights_kind exclude each other", on_key=True)
    if params.choices is not None and len(weights) != len(params.choices):
        yield Problem(("weights",), f"{len(weights)} weights for {len(params.choices)} choices")
    if any(not math.isfinite(weight) or weight < 0 for weight in weights):
        yield Problem(("weights",), "a weight has to be 0 or more")
    elif not any(weights):
        yield Problem(("weights",), "all weights are 0")


def _check_values(params: ChoiceParams, place: Place) -> Iterator[Problem]:
    column = place.column
    if column is None:
        return
    for index, value in enumerate(params.choices or ()):
        if value is None:
            if not column.nullable:
                yield Problem(("choices", index), "null in a column that is not nullable")
        elif column.type in {"datetime", "date"} and isinstance(value, str):
            if parse_instant(value) is None:
                yield Problem(("choices", index), f'"{value}" is not an ISO 8601 instant')
        elif not _suits(value, column.type):
            yield Problem(("choices", index), f"{value!r} does not suit the column's type {column.type}")


def _suits(value: Scalar, kind: str) -> bool:
    if isinstance(value, bool):
        return kind == "bool"
    if isinstance(value, int):
        return kind in {"int", "float"}
    if isinstance(value, float):
        return kind == "float" or (kind == "int" and value.is_integer())
    return kind == "string"


def _reads(params: ChoiceParams, _place: Place) -> Reads:
    if params.choices_ref is None:
        return Reads()
    table, _, column = params.choices_ref.rpartition(".")
    return Reads(tables=((table, column),))


def _distinct(params: ChoiceParams, _place: Place) -> int | None:
    if params.choices is None:
        return None
    weights = params.weights or (1.0,) * len(params.choices)
    return len({value for value, weight in zip(params.choices, weights, strict=False) if weight > 0})


SPEC = GeneratorSpec(
    name="choice",
    params=ChoiceParams,
    types=ALL_TYPES,
    make=_make,
    reads=_reads,
    check=_check,
    distinct=_distinct,
    example={"choices": ["A", "B"], "weights": [0.7, 0.3]},
)
