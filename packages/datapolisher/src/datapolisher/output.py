"""Where results go: written beside, renamed into place; what is not ours is never touched.

A result directory carries ``.polish.json``, which lists what we wrote. A directory of an earlier run is replaced when
it holds nothing else; any other directory is refused.
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
    marker = target / MARKER
    if not marker.is_file():
        return set()
    try:
        said = json.loads(marker.read_text(encoding="utf-8"))
    except (json.JSONDecodeError, UnicodeDecodeError):
        return set()
    return {str(name) for name in said.get("files", [])} if isinstance(said, dict) else set()


def mark(directory: Path, version: str) -> None:
    """List what the directory holds, so that a later run knows it for ours."""
    files = sorted(path.relative_to(directory).as_posix() for path in directory.rglob("*") if not path.is_dir())
    made = {"made_by": f"datapolisher {version}", "files": files}
    (directory / MARKER).write_text(json.dumps(made, indent=2) + "\n", encoding="utf-8")


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
