"""A page of bounded size: what is gravest is shown whole, the rest shorter, and what is left out is said."""

from __future__ import annotations

from dataclasses import dataclass

LARGEST = 950_000  # bytes of a page


@dataclass
class Budget:
    """Bytes that may still be spent."""

    left: int

    def has(self, piece: str) -> bool:
        """Whether the piece still fits; then it is spent."""
        size = len(piece.encode())
        if size > self.left:
            return False
        self.left -= size
        return True
