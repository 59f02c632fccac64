"""Where results go: written beside, renamed into place; what is not ours is never touched.

A result directory carries ``.polish.json``, which lists what we wrote. A directory of an earlier run is replaced when
it holds nothing else; any other directory is refused.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from datapolisher.errors import InputError, WorkError

MARKER = ".polish.json"
_OURS = {MARKER, ".manifest.yaml", ".metadata.json"}


def check_target(target: Path, source: Path) -> None:
    """Refuse a target that is the input, lies around or inside it, or holds what we did not write.

    Raises
    ------
    InputError
        With the reason and what to do.
    """
    here, there = target.resolve(), source.resolve()
    if here == there or here in there.parents or there in here.parents:
        raise InputError(
            f"{target}: the output may not be the input, nor lie around or inside it; name another with -o"
        )
    if not target.exists():
        return
    if not target.is_dir():
        raise InputError(f"{target}: is a file; name a directory with -o")
    if strangers := foreign(target):
        shown = ", ".join(strangers[:3]) + (", …" if len(strangers) > 3 else "")
        raise InputError(
            f"{target}: holds files that polishing did not write ({shown}); name another directory with -o"
        )


def foreign(target: Path) -> list[str]:
    """Files of an existing directory that no earlier run of ours lists, sorted; none in an empty directory."""
    found = {path.relative_to(target).as_posix() for path in target.rglob("*") if not path.is_dir()}
    return sorted(found - _listed(target) - (_OURS if (target / MARKER).is_file() else set()))


def _listed(target: Path) -> set[str]:
    said = read_mark(target) or {}
    listed = said.get("files")
    return {str(name) for name in listed} if isinstance(listed, list) else set()


def mark(directory: Path, version: str, **said: Any) -> None:
    """List what the directory holds, so that a later run knows it for ours, and whatever else is `said`."""
    found = sorted(path for path in directory.rglob("*") if not path.is_dir())
    digests = {path.relative_to(directory).as_posix(): _digest(path) for path in found}
    made = {"made_by": f"datapolisher {version}", "files": list(digests), "sha256": digests, **said}
    (directory / MARKER).write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")


def read_mark(directory: Path) -> dict[str, Any] | None:
    """What `mark` wrote; None where it wrote nothing that can be read."""
    try:
        said = json.loads((directory / MARKER).read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
        return None
    return said if isinstance(said, dict) else None


def altered(directory: Path, said: dict[str, Any]) -> list[str]:
    """Files that `mark` listed and that are gone or have other bytes, sorted; names that lead out of it count as gone."""
    digests = said.get("sha256")
    listed = digests if isinstance(digests, dict) else {}
    home = directory.resolve()
    return sorted(
        name
        for name, digest in listed.items()
        if not (path := directory / name).resolve().is_relative_to(home)
        or not path.is_file()
        or _digest(path) != digest
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def staging(target: Path) -> Iterator[Path]:
    """An empty directory beside `target`, on the same file system; gone afterwards unless it was published."""
    target.parent.mkdir(parents=True, exist_ok=True)
    stage = Path(tempfile.mkdtemp(prefix=f".{target.name}.", suffix=".partial", dir=target.parent))
    try:
        yield stage
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def publish(stage: Path, target: Path) -> None:
    """Rename a complete directory into place; an earlier result of ours gives way.

    Raises
    ------
    WorkError
        The file system refuses.
    """
    old = target.with_name(f".{target.name}.{os.getpid()}.old")
    try:
        stage.chmod(0o777 & ~_umask())
        if target.exists():
            target.rename(old)
        stage.rename(target)
    except OSError as error:
        if old.exists() and not target.exists():
            old.rename(target)
        raise WorkError(f"{target}: cannot be put in place: {error.strerror}") from error
    shutil.rmtree(old, ignore_errors=True)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_file(path: Path, text: str) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    WorkError
        The file system refuses.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", dir=path.parent, prefix=f".{path.name}.", delete=False
        ) as file:
            file.write(text)
        beside = Path(file.name)
        beside.chmod(0o666 & ~_umask())
        beside.replace(path)
    except OSError as error:
        raise WorkError(f"{path}: cannot be written: {error.strerror}") from error
