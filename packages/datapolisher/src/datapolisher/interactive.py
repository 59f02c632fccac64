"""``--interactive``: finding by finding, those of one cause together, the most severe first.

For each: the fix that is proposed, what it would do to some rows, and what could be done instead. Asking, showing and
looking ahead are given from outside, so that a test plays the person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from datapolisher.documents import SEVERITIES, Finding
from datapolisher.plan import Option, Plan, Resolution
from datapolisher.preview import Preview
from datapolisher.resolver import LEAVE

Look = Callable[[Finding, Option], Preview]
APPLY, OTHER, SKIP, KIND, SCRIPT, BACK, QUIT = "a", "o", "s", "k", "v", "b", "q"


class Person(Protocol):
    """Whoever answers."""

    def show(self, text: str) -> None:
        """Show lines of text."""

    def ask(self, question: str, keys: Mapping[str, str], default: str) -> str:
        """Ask for one of `keys` (key → what it means); the key that was chosen."""

    def say(self, question: str) -> str:
        """Ask for words; empty where the person has none."""


@dataclass
class Choices:
    """What a person decided.

    Parameters
    ----------
    by_finding
        Finding id → a fix's id or ``skip``.
    finished
        False when the person quit: nothing is to be changed, only the plan kept.
    """

    by_finding: dict[str, str] = field(default_factory=dict)
    finished: bool = True


def decide(plan: Plan, person: Person, look: Look) -> Choices:
    """Go through the findings with a person."""
    return _Session(plan, person, look).run()


def by_cause(plan: Plan) -> list[list[Resolution]]:
    """The findings in groups of one cause (the same defect in the same table), the most severe group first."""
    groups: dict[tuple[str, str], list[Resolution]] = {}
    for resolution in sorted(plan.resolutions, key=_rank):
        groups.setdefault((resolution.finding.table or "", resolution.finding.defect), []).append(resolution)
    return list(groups.values())


def _rank(resolution: Resolution) -> int:
    return SEVERITIES.index(resolution.finding.severity)


class _Session:
    """One walk through a plan: where it is, what was decided, and which kinds were decided for all."""

    def __init__(self, plan: Plan, person: Person, look: Look) -> None:
        self.person, self.look = person, look
        self.queue = [(group, r) for group in by_cause(plan) for r in group]
        self.decided: dict[str, str] = {}
        self.kinds: dict[str, str] = {}
        self.asked: list[int] = []
        self.shown: Resolution | None = None

    def run(self) -> Choices:
        """Until the last finding is decided, or the person quits."""
        place: int | None = 0
        while place is not None and place < len(self.queue):
            place = self._at(place)
        for _, resolution in self.queue:
            self.decided.setdefault(resolution.finding.id, LEAVE)
        return Choices(self.decided, finished=place is not None)

    def _at(self, place: int) -> int | None:
        """Decide one finding; the next place, or None where the person quits."""
        group, resolution = self.queue[place]
        finding = resolution.finding
        same = self.kinds.get(finding.defect)
        if not resolution.options:
            self._head(place, group, resolution)
            self.person.show(f"  left open: {resolution.why}")
            self.decided[finding.id] = LEAVE
            return place + 1
        if same is not None and _offers(resolution, same):
            self.decided[finding.id] = same
            return place + 1
        self._head(place, group, resolution)
        self.person.show("\n".join(_offer(resolution, self.look)))
        return self._answered(place, resolution)

    def _head(self, place: int, group: Sequence[Resolution], resolution: Resolution) -> None:
        finding = resolution.finding
        lines = [""]
        if len(group) > 1 and resolution is group[0]:
            lines.append(f"{finding.table or 'the dataset'}: {len(group)} findings of one kind: {finding.defect}")
        lines.append(f"[{place + 1}/{len(self.queue)}] {_heading(resolution)}")
        self.person.show("\n".join(lines))

    def _answered(self, place: int, resolution: Resolution) -> int | None:
        """Ask until something is decided."""
        keys = _keys(resolution, first=not self.asked)
        usual = APPLY if resolution.chosen else SKIP
        for_all = False
        while True:
            kind = resolution.finding.defect
            question = f"and all other {kind}?" if for_all else "what shall be done?"
            answer = self.person.ask(question, keys, usual)
            if answer == QUIT:
                return None
            if answer == BACK:
                return self._back()
            if answer == SCRIPT:
                self._script(resolution)
            elif answer == KIND:
                for_all = True
                keys = {key: meaning for key, meaning in keys.items() if key != KIND}
            else:
                return self._take(place, resolution, answer, for_all=for_all)

    def _take(self, place: int, resolution: Resolution, answer: str, *, for_all: bool) -> int:
        taken = self._fix(resolution, answer)
        if taken is None:
            return place
        self.decided[resolution.finding.id] = taken
        self.asked.append(place)
        if for_all:
            self.kinds[resolution.finding.defect] = taken
        return place + 1

    def _fix(self, resolution: Resolution, answer: str) -> str | None:
        """What is taken; None where the person takes none of the others, or has no argument after all."""
        if answer == SKIP:
            return LEAVE
        options = resolution.options
        if answer == OTHER:
            proposed = proposal(resolution)
            others = {str(i): o.name for i, o in enumerate(options, 1) if o is not proposed}
            answer = self.person.ask("which one?", others | {BACK: "none of these"}, next(iter(others)))
        if answer == BACK:
            return None
        option = proposal(resolution) if answer == APPLY else options[int(answer) - 1]
        return self._said(option) if option.waits else option.name

    def _said(self, option: Option) -> str | None:
        """The option with the argument that the person says; asked until it is right, or none is given."""
        argument = option.fix.argument
        while argument is not None:
            said = self.person.say(f"{argument.meaning} ({argument.syntax})?").strip()
            if not said:
                return None
            wrong = option.wrong(said)
            if not wrong:
                return f"{option.fix.id}:{said}"
            self.person.show(f"  {said}: {wrong}")
        return None

    def _back(self) -> int:
        """The finding that was asked about before; its decision, and one for its kind, are open again."""
        place = self.asked.pop()
        finding = self.queue[place][1].finding
        self.decided.pop(finding.id, None)
        self.kinds.pop(finding.defect, None)
        return place

    def _script(self, resolution: Resolution) -> None:
        for option in resolution.options:
            self.person.show(f"\n-- {option.name}\n{self.look(resolution.finding, option).script}")


def proposal(resolution: Resolution) -> Option:
    """The fix that "apply" takes: the one that the policies chose, else the first that is offered."""
    return resolution.chosen or resolution.options[0]


def _keys(resolution: Resolution, *, first: bool) -> dict[str, str]:
    proposed, options = proposal(resolution), resolution.options
    keys = {APPLY: f"apply {proposed.name}"}
    keys |= {OTHER: "other"} if len(options) > 1 else {}
    keys |= {SKIP: "skip", KIND: f"all {resolution.finding.defect} like the next answer", SCRIPT: "show SQL or patch"}
    keys |= {} if first else {BACK: "back"}
    keys |= {QUIT: "quit, keep the plan"}
    return keys | {str(i): option.name for i, option in enumerate(options, 1)}


def _offers(resolution: Resolution, fix: str) -> bool:
    return fix == LEAVE or any(option.name == fix for option in resolution.options)


def _heading(resolution: Resolution) -> str:
    finding = resolution.finding
    place = ".".join([finding.table or "dataset", ", ".join(finding.columns)]) if finding.columns else finding.table
    return f"{finding.severity}: {finding.finding} ({place or 'dataset'})"


def _offer(resolution: Resolution, look: Look) -> list[str]:
    """Each fix with why it may be taken or must ask; under the proposed one, what it would do to some rows."""
    lines = []
    proposed = proposal(resolution)
    for i, option in enumerate(resolution.options, 1):
        mark = "→" if option is proposed else " "
        lines.append(f" {mark}{i}. {option.name} ({option.fix.path}): {option.words}")
        lines.append(f"     {option.decision.action}: {option.decision.why}")
        if option is proposed and not option.waits:
            seen = look(resolution.finding, option)
            reach = "the data is drawn anew" if seen.count is None else f"{seen.count:,} rows"
            lines.append(f"     reaches: {reach}")
            lines += [f"       {row}" for row in seen.rows]
    return lines


Decider = Callable[[Plan, Look], Choices]
