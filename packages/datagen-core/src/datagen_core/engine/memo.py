"""Things made once and kept, whichever of several threads asks first."""

from __future__ import annotations

from threading import Lock, RLock
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable

Made = TypeVar("Made")


class Memo:
    """Key → what was made for it. What one key needs may be asked for while another is being made."""

    def __init__(self) -> None:
        self._made: dict[Hashable, Any] = {}
        self._locks: dict[Hashable, RLock] = {}
        self._lock = Lock()

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What `make` returns, called at most once for a key."""
        if key in self._made:
            return self._made[key]  # type: ignore[no-any-return]
        with self._lock:
            lock = self._locks.setdefault(key, RLock())
        with lock:
            if key not in self._made:
                self._made[key] = make()
            return self._made[key]  # type: ignore[no-any-return]
