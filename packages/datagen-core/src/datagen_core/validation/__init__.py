"""Does the data hold what its document declares? Structure, values, behaviour, and a score.

Every check is a registered function that yields the places it judges (`case.check`). Exact checks count violations. Laws
(weights, patterns, distributions, fanouts) are judged by the size of the deviation against a tolerance that follows from the
number of rows, never by p alone; `laws` says how.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from datagen_core.validation import (
    aggregates,
    behavioral,
    bursts,
    copies,
    journeys,
    processes,
    residuals,
    structural,
    targets,
    tells,
    touches,
    values,
    windows,
)
from datagen_core.validation.case import CHECKS, Case, run
from datagen_core.validation.dataset import Dataset
from datagen_core.validation.report import MIN_SCORE, WEIGHTS, Outcome, Result, ValidationReport

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from datagen_core.schema.model import Document

__all__ = ["CHECKS", "Outcome", "Result", "ValidationReport", "validate_dataset"]

FAMILIES = (
    structural,
    values,
    windows,
    journeys,
    aggregates,
    behavioral,
    residuals,
    copies,
    bursts,
    processes,
    touches,
    tells,
    targets,
)


def validate_dataset(
    schema: Document,
    data: Path,
    *,
    progress: Callable[[str], None] | None = None,
    min_score: float = MIN_SCORE,
    validated_at: str | None = None,
) -> ValidationReport:
    """Hold a dataset against its document.

    Parameters
    ----------
    schema
        The document, as `load` gives it.
    data
        The directory of its tables, in Parquet.
    progress
        Told the name of each check before it runs.
    min_score
        The score (0 to 100) from which on the report says that the data passed.
    validated_at
        An instant in ISO 8601 for the report; left out where nobody says it.

    Raises
    ------
    InputError
        There is no such directory, or none of the document's tables in it.
    """
    case = Case(schema, Dataset(data, schema))
    results: list[Result] = []
    for one in sorted(CHECKS.values(), key=lambda one: list(WEIGHTS).index(one.id.partition(".")[0])):
        if progress is not None:
            progress(one.id)
        results += run(one, case)
    return ValidationReport(str(data), _source(schema), tuple(results), min_score, validated_at)


def _source(schema: Document) -> dict[str, str]:
    """The document's path and digest."""
    origin = schema.origin
    return {"path": (origin.path if origin else "") or "<document>", "sha256": origin.digest if origin else "0" * 64}
