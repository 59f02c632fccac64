"""The one family of errors: objects first, sentences in one place.

A ``Problem`` is one mistake at one place of a document or a call. A ``PolishError`` carries its exit code; the command
line turns it into lines on stderr and never shows a traceback.
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
        The place in the reader's terms (``issues[3].location.table``).
    received, accepted
        The word found and the words that would be right; the nearest one is suggested.
    file, line, column
        Where the document has it, 1-based; 0 when the place is unknown.
    """

    message: str
    address: str = ""
    received: str | None = None
    accepted: Sequence[str] = ()
    file: str = ""
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.line else (f"{self.file}: " if self.file else "")
        address = f"{self.address}: " if self.address else ""
        return f"{place}{address}{self.message}{self._mend()}"

    def _mend(self) -> str:
        guess = nearest(self.received, self.accepted) if self.received is not None else None
        listed = ", ".join(self.accepted[:12]) + (", …" if len(self.accepted) > 12 else "")
        return (f'; did you mean "{guess}"?' if guess else "") + (f" ({listed})" if listed else "")


@dataclass
class PolishError(Exception):
    """Something a person has to know; `exit_code` as in the contract."""

    message: str
    exit_code: int = 3

    def __str__(self) -> str:
        return self.message


@dataclass
class InputError(PolishError):
    """The input or the call was wrong; nothing was written."""

    exit_code: int = 2


@dataclass
class DocumentError(InputError):
    """A document or a call has mistakes; all of them, in their order."""

    message: str = ""
    problems: list[Problem] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


@dataclass
class GateError(PolishError):
    """The work is done and a gate refuses: an approval that must not be given."""

    exit_code: int = 1


@dataclass
class WorkError(PolishError):
    """The work could not be finished; nothing half-written is left behind."""

    exit_code: int = 3
