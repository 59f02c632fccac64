"""The one family of errors: objects first, sentences in one place.

A ``Problem`` is one mistake at one place of a document. A ``DatagenError`` carries its exit code; the command line
turns it into lines on stderr and never shows a traceback.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Pointer = tuple[str | int, ...]


def nearest(word: str, accepted: Iterable[str]) -> str | None:
    """The accepted word closest to `word`, or None when nothing is near enough to suggest."""
    names = {name.lower(): name for name in accepted}
    close = get_close_matches(word.lower(), names, n=1, cutoff=0.6)
    return names[close[0]] if close else None


def shortened(word: str, longest: int = 40) -> str:
    """The word, cut where it would crowd out the sentence around it."""
    return word if len(word) <= longest else word[: longest - 1] + "…"


def on_one_line(text: str) -> str:
    """The text with its control characters escaped, so that a name can't break out of its line."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode() for character in text
    )


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a document.

    Parameters
    ----------
    pointer
        Path of keys and indices from the root to the value that is wrong.
    message
        What is wrong, without place and mend.
    received
        The word found, where a word was expected; the nearest accepted one is suggested.
    accepted
        The words that would be right.
    hint
        How to mend it, where no single word does.
    address
        The place in the reader's terms (``payment.paid_at``); derived from the pointer when empty.
    file, line, column
        Filled in by the reader of the document, 1-based.
    on_key
        True when the key at the end of the pointer is wrong, not its value.
    """

    pointer: Pointer
    message: str
    received: str | None = None
    accepted: Sequence[str] = ()
    hint: str = ""
    address: str = ""
    file: str = ""
    line: int = 0
    column: int = 0
    on_key: bool = False

    def at(self, file: str, line: int, column: int, address: str) -> Problem:
        """The same problem, with its place filled in."""
        return replace(self, file=file, line=line, column=column, address=self.address or address)

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: " if self.line else (f"{self.file}: " if self.file else "")
        address = f"{self.address}: " if self.address else ""
        return on_one_line(f"{place}{address}{self.message}{self._mend()}")

    def _mend(self) -> str:
        guess = nearest(self.received, self.accepted) if self.received is not None else None
        parts = [f'did you mean "{guess}"?'] if guess else []
        parts += [self.hint] if self.hint else []
        words = [shortened(word) for word in self.accepted[:12]]
        listed = f" ({', '.join(words)}{', …' if len(self.accepted) > 12 else ''})" if words else ""
        return (f"; {'; '.join(parts)}" if parts else "") + listed


@dataclass
class DatagenError(Exception):
    """Something a person has to know; `exit_code` as in the contract."""

    message: str
    exit_code: int = 3

    def __str__(self) -> str:
        return self.message


@dataclass
class InputError(DatagenError):
    """The input or the call was wrong; nothing was written."""

    exit_code: int = 2


@dataclass
class DocumentError(InputError):
    """A document has mistakes; all of them, in the order of the document."""

    message: str = ""
    problems: list[Problem] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(str(problem) for problem in self.problems)


@dataclass
class WorkError(DatagenError):
    """The work could not be finished; nothing half-written is left behind."""

    exit_code: int = 3
