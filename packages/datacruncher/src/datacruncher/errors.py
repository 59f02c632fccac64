"""The one family of errors: objects first, sentences in one place.

A ``Problem`` is one mistake at one place; a ``CrunchError`` carries its exit code. The command line turns both into
lines on stderr and never shows a traceback.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def nearest(word: str, accepted: Iterable[str]) -> str | None:
    """The accepted word closest to `word`, or None when nothing is near enough to suggest."""
    names = {name.lower(): name for name in accepted}
    close = get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return names[close[0]] if close else None


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake.

    Parameters
    ----------
    message
        What is wrong, without place and mend.
    address
        The place in the reader's terms (``checks[2].severity``, ``payment.paid_at``).
    received
        The word found where a word was expected; the nearest accepted one is suggested.
    accepted
        The words that would be right.
    hint
        How to mend it, where no single word does.
    file, line, column
        Where it stands; line and column are 1-based, 0 = unknown.
    """

    message: str
    address: str = ""
    received: str | None = None
    accepted: Sequence[str] = ()
    hint: str = ""
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.line else (f"{self.file}: " if self.file else "")
        address = f"{self.address}: " if self.address else ""
        return f"{place}{address}{self.message}{self._mend()}"

    def _mend(self) -> str:
        guess = nearest(self.received, self.accepted) if self.received is not None else None
        parts = [f'did you mean "{guess}"?'] if guess else []
        parts += [self.hint] if self.hint else []
        more = ", …" if len(self.accepted) > 12 else ""
        listed = f" ({', '.join(self.accepted[:12])}{more})" if self.accepted else ""
        return (f"; {'; '.join(parts)}" if parts else "") + listed


@dataclass
class CrunchError(Exception):
    """Something a person has to know; `exit_code` as in the contract."""

    problems: list[Problem] = field(default_factory=list)
    exit_code: int = 3

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


@dataclass
class InputError(CrunchError):
    """The input or the call was wrong; nothing was written."""

    exit_code: int = 2


@dataclass
class WorkError(CrunchError):
    """The work could not be finished; nothing half-written is left behind."""

    exit_code: int = 3
