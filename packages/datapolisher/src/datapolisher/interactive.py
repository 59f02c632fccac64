"""``--interactive``: one finding at a time, the most severe first; what would be done, on how many rows, by which path.

Asking and showing are given from outside, so that a test plays the person.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from datapolisher.documents import SEVERITIES
from datapolisher.plan import Option, Plan, Resolution
from datapolisher.resolver import LEAVE


class Person(Protocol):
    """Whoever answers."""

    def show(self, text: str) -> None:
        """Show lines of text."""

    def ask(self, question: str, keys: Mapping[str, str], default: str) -> str:
        """Ask for one of `keys` (key → what it means); the key that was chosen."""


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


def decide(plan: Plan, person: Person) -> Choices:
    """Go through the findings with a person."""
    choices = Choices()
    same_kind: dict[str, str] = {}
    queue = sorted(plan.resolutions, key=lambda r: SEVERITIES.index(r.finding.severity))
    for number, resolution in enumerate(queue, 1):
        finding = resolution.finding
        if not resolution.options:
            person.show(f"\n[{number}/{len(queue)}] {_heading(resolution)}\n  left open: {resolution.why}")
            choices.by_finding[finding.id] = LEAVE
        elif finding.defect in same_kind and _offers(resolution, same_kind[finding.defect]):
            choices.by_finding[finding.id] = same_kind[finding.defect]
        elif not _ask(resolution, f"[{number}/{len(queue)}]", person, choices, same_kind):
            choices.finished = False
            break
    for resolution in queue:
        choices.by_finding.setdefault(resolution.finding.id, LEAVE)
    return choices


def _offers(resolution: Resolution, fix: str) -> bool:
    return fix == LEAVE or any(option.fix.id == fix for option in resolution.options)


def _ask(resolution: Resolution, place: str, person: Person, choices: Choices, same_kind: dict[str, str]) -> bool:
    """Ask about one finding; False when the person quits."""
    options = resolution.options
    person.show("\n".join([f"\n{place} {_heading(resolution)}", *_offer(options, resolution)]))
    keys = {str(i): option.fix.id for i, option in enumerate(options, 1)}
    usual = next((k for k, v in keys.items() if resolution.chosen and v == resolution.chosen.fix.id), "s")
    meanings = {
        **keys,
        "s": "skip",
        "a": f"all {resolution.finding.defect} like the next answer",
        "q": "quit, keep the plan",
    }
    answer = person.ask("what shall be done?", meanings, usual)
    every = answer == "a"
    if every:
        rest = {key: meaning for key, meaning in meanings.items() if key != "a"}
        answer = person.ask(f"for all {resolution.finding.defect}?", rest, usual)
    if answer == "q":
        return False
    taken = keys.get(answer, LEAVE)
    choices.by_finding[resolution.finding.id] = taken
    if every:
        same_kind[resolution.finding.defect] = taken
    return True


def _heading(resolution: Resolution) -> str:
    finding = resolution.finding
    place = ".".join([finding.table or "dataset", ", ".join(finding.columns)]) if finding.columns else finding.table
    return f"{finding.severity}: {finding.finding} ({place or 'dataset'})"


def _offer(options: Sequence[Option], resolution: Resolution) -> list[str]:
    rows = resolution.finding.rows
    reach = f"{rows:,} rows" if rows is not None else "rows not counted"
    lines = []
    for i, option in enumerate(options, 1):
        lines.append(f"  {i}. {option.fix.id}: {option.words} ({option.fix.path}, {reach})")
        lines.append(f"     {option.decision.action}: {option.decision.why}")
    return lines


Decider = Callable[[Plan], Choices]
