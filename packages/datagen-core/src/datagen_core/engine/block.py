"""A block at work: its streams, one per purpose, carried on from slice to slice."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from datagen_core.streams import stream

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

    import numpy as np

Made = TypeVar("Made")


class BlockStreams:
    """The streams of a block: one per purpose, carried on from slice to slice."""

    def __init__(self, seed: int, table: str, block: int) -> None:
        self.block = block
        self._place = (seed, table, block)
        self._streams: dict[str, np.random.Generator] = {}
        self._carried: dict[Hashable, Any] = {}

    def carried(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What goes on from slice to slice besides streams: made at the first slice that asks."""
        if key not in self._carried:
            self._carried[key] = make()
        return self._carried[key]  # type: ignore[no-any-return]

    def get(self, purpose: str) -> np.random.Generator:
        """The stream of a purpose, where the last slice left it."""
        found = self._streams.get(purpose)
        if found is None:
            seed, table, block = self._place
            found = self._streams[purpose] = stream(seed, table, purpose, block)
        return found
