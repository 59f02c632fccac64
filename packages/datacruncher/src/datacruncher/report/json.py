"""The report as JSON, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec

from datacruncher.errors import Problem, WorkError
from datacruncher.report.model import Report


def encode(report: Report) -> bytes:
    """The report as indented JSON, UTF-8."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"


def write(report: Report, path: Path) -> None:
    """Write beside the place and rename into it: a killed run leaves nothing that looks complete.

    Raises
    ------
    WorkError
        It can't be written there.
    """
    temporary = ""
    try:
        handle, temporary = tempfile.mkstemp(prefix=f".{path.name}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(encode(report))
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except OSError as error:
        raise WorkError([Problem(f"the report can't be written: {error.strerror}", file=str(path))]) from error
    finally:
        if temporary:
            Path(temporary).unlink(missing_ok=True)
