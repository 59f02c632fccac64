"""What was found: outcomes of checks, the shares of the three parts, the score."""

from __future__ import annotations

import json
import math
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from datagen_core.__about__ import __version__
from datagen_core.errors import WorkError

CONTRACT = "validation-report/1.0"
WEIGHTS = {"structure": 0.50, "values": 0.30, "behaviour": 0.20}
"""What each part counts for in the score."""
MIN_SCORE = 80.0
NOTHING = "nothing to check: counts as passed"

Status = Literal["passed", "failed", "skipped", "error"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a check found at one place.

    Parameters
    ----------
    ok
        Whether it holds.
    message
        One sentence.
    observed, expected
        What the data shows and what the document declares, as JSON.
    statistic, p
        Of the test, where there is one.
    effect
        The size of the deviation, which decides.
    n
        Rows that were looked at.
    """

    ok: bool
    message: str
    observed: Any = None
    expected: Any = None
    statistic: float | None = None
    p: float | None = None
    effect: float | None = None
    n: int | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """An outcome at its place."""

    id: str
    table: str
    columns: tuple[str, ...]
    status: Status
    hard: bool
    outcome: Outcome

    @property
    def part(self) -> str:
        """``structure``, ``values`` or ``behaviour``."""
        return self.id.partition(".")[0]

    @property
    def bad(self) -> bool:
        """Whether it counts against the score: it failed, or it could not be finished."""
        return self.status in {"failed", "error"}

    def to_dict(self) -> dict[str, Any]:
        """As the contract has it; what is unknown is left out."""
        found = self.outcome
        content: dict[str, Any] = {
            "id": self.id,
            "part": self.part,
            "location": {"table": self.table, "columns": list(self.columns)},
            "status": self.status,
            "hard": self.hard,
            "message": found.message,
        }
        numbers = {"statistic": found.statistic, "p": found.p, "effect": found.effect, "n": found.n}
        content |= {"observed": _json(found.observed), "expected": _json(found.expected)}
        return content | {name: _json(value) for name, value in numbers.items() if value is not None}


def _json(value: Any) -> Any:
    """Floats that JSON cannot write become null; what is inside lists and objects too."""
    if isinstance(value, float):
        return round(value, 12) if math.isfinite(value) else None
    if isinstance(value, dict):
        return {str(key): _json(item) for key, item in value.items()}
    return [_json(item) for item in value] if isinstance(value, list | tuple) else value


@dataclass(frozen=True)
class ValidationReport:
    """The data of a dataset against its document.

    Parameters
    ----------
    dataset
        As the user named it.
    schema
        The document's path and digest, for the report.
    results
        Every check at every place, skipped ones too.
    min_score
        The score that was asked for.
    validated_at
        An instant in ISO 8601, where the caller has a clock.
    """

    dataset: str
    schema: dict[str, str]
    results: tuple[Result, ...]
    min_score: float = MIN_SCORE
    validated_at: str | None = None

    def share(self, part: str) -> float:
        """The share of a part's checks that passed; 1 where there was nothing to check."""
        counts = self._counts(part)
        judged = counts["passed"] + counts["failed"]
        return counts["passed"] / judged if judged else 1.0

    @property
    def score(self) -> float:
        """100 · (0.50 · structure + 0.30 · values + 0.20 · behaviour)."""
        return round(100 * math.fsum(weight * self.share(part) for part, weight in WEIGHTS.items()), 4)

    @property
    def hard_failures(self) -> tuple[Result, ...]:
        """Keys, foreign keys, nulls and types that do not hold."""
        return tuple(result for result in self.results if result.hard and result.bad)

    @property
    def failures(self) -> tuple[Result, ...]:
        """All that does not hold."""
        return tuple(result for result in self.results if result.bad)

    @property
    def passed(self) -> bool:
        """Whether all hard constraints hold and the score reaches what was asked for."""
        return self.passes(self.min_score)

    def _counts(self, part: str) -> dict[str, int]:
        statuses = [result.status for result in self.results if result.part == part]
        failed = sum(status in {"failed", "error"} for status in statuses)
        return {"passed": statuses.count("passed"), "failed": failed, "skipped": statuses.count("skipped")}

    def parts(self) -> dict[str, dict[str, Any]]:
        """The three parts with their weights, shares and counts."""
        found: dict[str, dict[str, Any]] = {}
        for part, weight in WEIGHTS.items():
            counts = self._counts(part)
            empty = {} if counts["passed"] + counts["failed"] else {"note": NOTHING}
            found[part] = {"weight": weight, "share": round(self.share(part), 6), **counts, **empty}
        return found

    def passes(self, min_score: float) -> bool:
        """Whether all hard constraints hold and the score reaches another mark than `min_score`."""
        return not self.hard_failures and self.score >= min_score

    def write(self, path: str | Path) -> None:
        """Write the report as JSON: beside its place, then renamed into it.

        Raises
        ------
        WorkError
            It cannot be written there.
        """
        target = Path(path)
        beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
        try:
            beside.write_text(json.dumps(self.to_dict(), indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
            beside.replace(target)
        except OSError as wrong:
            beside.unlink(missing_ok=True)
            raise WorkError(f"{target}: the report cannot be written: {wrong.strerror or wrong}") from wrong

    def to_dict(self) -> dict[str, Any]:
        """The report as `validation-report/v1` has it."""
        when = {"validated_at": self.validated_at} if self.validated_at else {}
        return {
            "contract": CONTRACT,
            "tool": {"name": "datagen-core", "version": __version__},
            **when,
            "dataset": self.dataset,
            "schema": self.schema,
            "score": self.score,
            "min_score": self.min_score,
            "hard_constraints_hold": not self.hard_failures,
            "passed": self.passed,
            "parts": self.parts(),
            "checks": [result.to_dict() for result in self.results],
        }

    def content(self) -> dict[str, Any]:
        """The same, under the name that a printer asks for."""
        return self.to_dict()
