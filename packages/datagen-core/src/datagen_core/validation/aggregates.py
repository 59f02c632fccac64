"""Columns that are reckoned from their children, reckoned again from the children's rows."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from datagen_core.generators.aggregate import AggregateParams, Gathered, condition_of
from datagen_core.validation.case import Case, Skip, Trial, check
from datagen_core.validation.links import link, parent_rows
from datagen_core.validation.report import Outcome
from datagen_core.validation.values import differences
from datagen_core.values import Values, from_scalars

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from datagen_core.schema.model import Column, Node


@check("values.aggregate")
def aggregates(case: Case) -> Iterator[Trial]:
    """Totals, counts, means and extremes are those of the row's own children."""
    for node in case.document.nodes:
        for column in node.columns:
            if isinstance(column.generator.params, AggregateParams):
                judge = partial(_aggregate, case, node, column, column.generator.params)
                yield Trial(node.id, (column.name,), judge)


def _aggregate(case: Case, node: Node, column: Column, params: AggregateParams) -> Outcome:
    if column.modifiers:
        raise Skip("modifiers change what the children give")
    child = case.node(params.child(case.document)[0])
    found = link(case.document, child, node.id)
    if found is None:
        raise Skip(f"{child.id} has no key of {node.id}")
    expected = _reckoned(case, params, parent_rows(case, child, found), case.table(node.id).rows)
    if params.default is not None:
        default = from_scalars([params.default], column.type).numbers[0]
        expected = Values(np.where(expected.nulls(), default, expected.numbers))
    own = case.values(node.id, column.name)
    wrong = differences(own, expected, column)
    message = f"{wrong} of {len(own)} are not the {params.op} of their {params.of}"
    if not wrong:
        message = f"all {len(own)} are the {params.op} of their {params.of}"
    return Outcome(not wrong, message, wrong, 0, effect=wrong / max(len(own), 1), n=len(own))


def _reckoned(case: Case, params: AggregateParams, parents: NDArray[np.int64], size: int) -> Values:
    """The value of each parent; null without children, also for sums and counts where there is a default."""
    child_name, name = params.child(case.document)
    child = case.node(child_name)
    values = {one: case.values(child.id, one) for one in params.columns(case.document)}
    counted = condition_of(params, child)(values, len(parents)) & (parents >= 0)
    source = child.column(name) if name is not None else None
    own = values[name] if name is not None else None
    if own is not None:
        counted &= ~own.nulls()
    gathered = Gathered(params.op, size, source.type if source is not None else "int")
    gathered.add(parents[counted], None if own is None or own.is_text else own.numbers[counted])
    childless = gathered.count == 0
    null = childless if params.default is not None or params.op not in {"sum", "count"} else np.zeros(size, bool)
    return Values(np.where(null, 0, gathered.result()), ~null)
