"""What becomes of every finding: which fix, on which path, and why."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from datapolisher.fixes.base import Action, Change, Decision, FixSpec, Order, Path_, Planned
from datapolisher.steps import columns, written

if TYPE_CHECKING:
    from datapolisher.documents import Finding
    from datapolisher.steps import Step


@dataclass(frozen=True, slots=True)
class Option:
    """One fix that could serve a finding here.

    Parameters
    ----------
    fix
        Which.
    decision
        What may happen when nobody is asked.
    words
        What it would do.
    changes, steps
        What path 1 or path 2 would carry out.
    argument
        What is said with the choice, for a fix that takes an argument; empty where a person has yet to say it.
    wrong
        What is wrong with an argument; empty where nothing is.
    """

    fix: FixSpec
    decision: Decision
    words: str
    changes: tuple[Change, ...] = ()
    steps: tuple[Step, ...] = ()
    argument: str = ""
    wrong: Callable[[str], str] = field(default=lambda _: "", compare=False, repr=False)

    @property
    def name(self) -> str:
        """How the option is chosen: the fix's id, and the argument (or how it is written) where it takes one."""
        if self.fix.argument is None:
            return self.fix.id
        return f"{self.fix.id}:{self.argument or self.fix.argument.syntax}"

    @property
    def waits(self) -> bool:
        """Whether a person has yet to say the argument."""
        return self.fix.argument is not None and not self.argument


def parts_of(choice: str) -> tuple[str, str]:
    """A choice as written → the fix's id and the argument."""
    fix, _, argument = choice.partition(":")
    return fix, argument


@dataclass(frozen=True, slots=True)
class Resolution:
    """What becomes of one finding.

    Parameters
    ----------
    options
        Every fix that could serve it, in the order of preference.
    chosen
        The one that is taken; None when the finding stays open.
    action
        What is done: a flag and an ask leave the data as it is.
    why
        Why it may be done, or why not.
    """

    finding: Finding
    options: tuple[Option, ...]
    chosen: Option | None
    action: Action
    why: str

    @property
    def choices(self) -> tuple[str, ...]:
        """What could be taken instead, as it is written in a plan or behind ``--choose FINDING=``."""
        return tuple(option.name for option in self.options if option is not self.chosen)

    @property
    def path(self) -> Path_ | None:
        """The path of the chosen fix."""
        return self.chosen.fix.path if self.chosen else None


COMPUTED = (Order.DERIVED, Order.AGGREGATES)


def _writers_first(ordered: list[Resolution]) -> list[Resolution]:
    """Among what is computed again, a column comes before those that are computed from it; all else keeps its place."""
    waiting = [r for r in ordered if r.chosen and r.chosen.fix.order in COMPUTED]
    places = [number for number, r in enumerate(ordered) if r in waiting]
    for place in places:
        free = [r for r in waiting if not any(_feeds(other, r) for other in waiting if other is not r)]
        ordered[place] = (free or waiting)[0]
        waiting.remove(ordered[place])
    return ordered


def _feeds(first: Resolution, second: Resolution) -> bool:
    """Whether `first` writes a column that `second` reads and does not write itself."""
    made = {(s.table, c) for s in _steps_of(first) for c in written(s)}
    own = {(s.table, c) for s in _steps_of(second) for c in written(s)}
    read = {(t, c) for s in _steps_of(second) for t, names in columns(s).items() for c in names}
    return bool(made & (read - own))


def _steps_of(resolution: Resolution) -> tuple[Step, ...]:
    return resolution.chosen.steps if resolution.chosen else ()


@dataclass(frozen=True)
class Plan:
    """What becomes of every finding, in the report's order."""

    resolutions: tuple[Resolution, ...]

    def by_path(self, path: Path_) -> list[Resolution]:
        """The resolutions that one path carries out, in the order in which steps run."""
        taken = [r for r in self.resolutions if r.path == path]
        return _writers_first(sorted(taken, key=lambda r: r.chosen.fix.order if r.chosen else 0))

    def planned(self) -> list[Planned]:
        """The steps of path 2."""
        return [
            Planned(r.finding.id, r.chosen.fix.id, r.chosen.words, r.chosen.steps)
            for r in self.by_path("postprocess")
            if r.chosen
        ]
