"""Parents' counts cut so that the children of each piece fit into a slice."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray


def pieces(counts: NDArray[np.int64], limit: int, *, whole: bool) -> Iterator[tuple[int, NDArray[np.int64]]]:
    """Parents' counts cut into pieces of about `limit` children: (first parent, children of each from there on).

    Parameters
    ----------
    whole
        True to cut between parents only.
    """
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    start = 0
    while start < total:
        stop = min(start + limit, total)
        first = int(np.searchsorted(ends, start, side="right"))
        last = int(np.searchsorted(ends, stop, side="left"))
        if whole:
            stop = int(ends[last])
        children = counts[first : last + 1].copy()
        children[-1] -= int(ends[last]) - stop
        children[0] -= start - (int(ends[first]) - int(counts[first]))
        yield first, children
        start = stop
