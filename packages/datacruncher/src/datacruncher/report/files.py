"""A report in a file, written whole or not at all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from datacruncher.errors import Problem, WorkError


def write(content: str, path: Path) -> None:
    """Write beside the place and rename into it: a killed run leaves nothing that looks complete.

    Raises
    ------
    WorkError
        It can't be written there.
    """
    try:
        if path.exists() and not path.is_file():  # a device or a pipe, such as /dev/stdout
            path.write_bytes(content.encode())
        else:
            _replace(path, content.encode())
    except OSError as error:
        raise WorkError([Problem(f"the report can't be written: {error.strerror}", file=str(path))]) from error


def _replace(path: Path, content: bytes) -> None:
    handle, temporary = tempfile.mkstemp(prefix=".datacruncher-", dir=path.parent)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    finally:
        Path(temporary).unlink(missing_ok=True)
