"""What one run is asked to do, and what it has found out about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from datapolisher.approver import Approval
from datapolisher.intake import Intake, Wanted
from datapolisher.interactive import Decider
from datapolisher.plan import Plan
from datapolisher.postprocessor import Engine
from datapolisher.report.model import Mode
from datapolisher.report.plan_file import PlanFile
from datapolisher.resolver import Rules


def _silent(_: str) -> None:
    return


@dataclass(frozen=True)
class Options:
    """What a caller may ask for.

    Parameters
    ----------
    mode
        ``auto`` (path 1, then path 2), ``interactive``, or one path alone.
    output
        The result's directory; ``<dataset>_polished`` by default. For ``approve``: where the manifest goes.
    here
        Where scripts, plan, improved schema and report go.
    script
        Which of the two scripts is applied; with `apply` False neither is.
    dry_run
        Make the plan, write nothing.
    wanted
        Another dataset, a schema, budgets.
    wishes
        (name, argument): ``("round", "order.amount=2")``.
    choices
        Finding id → a fix's id or ``skip``.
    plan
        A plan that a person kept or edited: what it says otherwise than the policies is chosen.
    decide
        ``interactive``: asks a person about a plan.
    tell
        Called with a line per step of the work.
    change_log
        Keep the old value of every changed cell in ``_changes/``; `undo` needs it.
    memory_limit
        What the engine may hold before it spills to disk (``2GB``).
    """

    mode: Mode = "auto"
    output: Path | None = None
    here: Path = Path()
    script: Engine = "duckdb"
    apply: bool = True
    dry_run: bool = False
    wanted: Wanted = field(default_factory=Wanted)
    wishes: tuple[tuple[str, str], ...] = ()
    choices: Mapping[str, str] = field(default_factory=dict)
    approval: Approval = field(default_factory=Approval)
    plan: PlanFile | None = None
    decide: Decider | None = None
    tell: Callable[[str], None] = _silent
    rounds: int = 3
    change_log: bool = True
    memory_limit: str | None = None


@dataclass(frozen=True)
class Job:
    """One run, once it is clear what is to be done."""

    intake: Intake
    options: Options
    rules: Rules
    plan: Plan
    target: Path

    @property
    def copies_anyway(self) -> bool:
        """Whether a result is written even when nothing is to be mended."""
        return self.options.mode != "schema"
