"""Rows of one parent that differ in a column, because their key would come twice otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from datagen_core.errors import InputError

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Redraw = Callable[[NDArray[np.int64], int], NDArray[np.int64]]

ROUNDS = 64  # of redrawing, before what is left takes the next value that is free


class Siblings:
    """The rows of a slice by their parents; no parent's rows are cut apart.

    Parameters
    ----------
    whose
        int64: the position of each row's parent, ascending.
    name
        ``table.column``, for messages.
    """

    def __init__(self, whose: NDArray[np.int64], name: str) -> None:
        self._whose = whose
        self._name = name

    def apart(self, codes: NDArray[np.int64], redraw: Redraw, size: int | None = None) -> NDArray[np.int64]:
        """Codes of which no parent's rows have one twice: the later row draws again.

        Parameters
        ----------
        redraw
            Draws codes for some rows in a round; every round has a stream of its own.
        size
            How many codes there are, 0 … size - 1; None where nobody knows.

        Raises
        ------
        InputError
            When a parent has more rows than there are values.
        """
        self._refuse_too_many(size)
        codes = codes.copy()
        late = np.zeros(len(codes), dtype=bool)
        for number in range(ROUNDS):
            rows = self._again(codes, late)
            if not len(rows):
                return codes
            late[rows] = True
            codes[rows] = redraw(rows, number)
        rows = self._again(codes, late)
        steps = 0
        while len(rows) and size is not None and steps < size:
            codes[rows] = (codes[rows] + 1) % size
            rows, steps = self._again(codes, late), steps + 1
        if len(rows):
            raise InputError(
                f"{self._name}: too few values for the rows of one parent, which the key tells apart by them"
            )
        return codes

    def _again(self, codes: NDArray[np.int64], late: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Rows whose code an earlier (or an undisturbed) row of their parent has."""
        order = np.lexsort((late, codes, self._whose))
        same = (self._whose[order][1:] == self._whose[order][:-1]) & (codes[order][1:] == codes[order][:-1])
        made: NDArray[np.int64] = np.sort(order[1:][same])
        return made

    def _refuse_too_many(self, size: int | None) -> None:
        most = int(np.bincount(self._whose - self._whose[0]).max()) if len(self._whose) else 0
        if size is not None and most > size:
            raise InputError(
                f"{self._name}: a parent has {most} rows, and the key tells them apart by {size} values; "
                f'bound the fanout with "max"'
            )
