"""A dataset held against its document."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from datagen_core.errors import InputError
from datagen_core.loading import loaded
from datagen_core.validation import validate_dataset
from datagen_core.validation.report import MIN_SCORE

if TYPE_CHECKING:
    from os import PathLike

    from datagen_core.schema.load import Source
    from datagen_core.schema.model import Document
    from datagen_core.validation.report import ValidationReport


def validate(
    document: Document | Source, data: str | PathLike[str] = "output/", *, min_score: float = MIN_SCORE
) -> ValidationReport:
    """Hold a dataset against its document: structure, values, behaviour.

    Parameters
    ----------
    document
        What `load` returned, or what it would take.
    data
        The directory of the dataset.
    min_score
        The score, 0 to 100, that the data has to reach for ``report.passed``; all hard constraints have to hold too.

    Raises
    ------
    InputError, DocumentError
        When the document or the directory can't be read.
    """
    ready = loaded(document)
    folder = Path(data)
    if not folder.is_dir():
        reason = "is a file; name the directory of the dataset" if folder.exists() else "no such directory"
        raise InputError(f"{data}: {reason}")
    now = datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    return validate_dataset(ready, folder, min_score=min_score, validated_at=now)
