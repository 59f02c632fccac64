"""The directory that a dataset goes to: whether it may, and how it appears there whole or not at all.

Files are made in a hidden directory on the same file system and renamed into place when all are complete. What datagen
did not write itself is never removed; what it wrote before is replaced without asking, as a rebuild should be.
"""

from __future__ import annotations

import hashlib
import json
import os
import platform
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from datagen_core.errors import InputError, WorkError

if TYPE_CHECKING:
    from collections.abc import Iterator

METADATA = ".metadata.json"
EXPORTED = ".exported.json"
MANIFEST = ".manifest.yaml"
DATA = frozenset({".parquet", ".csv", ".jsonl", ".duckdb"})
_STAGE = ".datagen-"


class Destination:
    """A directory for one dataset.

    Parameters
    ----------
    path
        Where the dataset shall lie; need not exist.
    overwrite
        True to replace tables that are not, or no longer, as an earlier run left them.
    index
        The file in which a run of this kind lists what it wrote.

    Attributes
    ----------
    adds
        True to leave what an earlier run wrote: the new files are further parts of it.

    Raises
    ------
    InputError
        When the dataset may not go there.
    """

    def __init__(self, path: str | os.PathLike[str], *, overwrite: bool = False, index: str = METADATA) -> None:
        self.path = Path(path)
        self.index = index
        self.overwrite = overwrite
        if self.path.exists() and not self.path.is_dir():
            raise InputError(f"{path}: is a file; name a directory for the dataset")
        self._own = _own_files(self.path, index)
        self.adds = False
        self._written: set[str] = set()
        self.foreign = [name for name in _data_files(self.path) if name not in self._own]
        if not overwrite:
            self._refuse_to_replace(str(path))

    @property
    def left(self) -> list[str]:
        """Data files in the directory that neither this run nor an earlier one wrote."""
        return [name for name in self.foreign if name not in self._written]

    def earlier(self) -> dict[str, Any]:
        """What the index says of the earlier run; empty where there was none."""
        return _index(self.path / self.index)

    def _refuse_to_replace(self, name: str) -> None:
        """Stop where replacing would lose what cannot be made again by the same command."""
        reason = ""
        if self.foreign:
            shown = ", ".join(self.foreign[:3]) + (", …" if len(self.foreign) > 3 else "")
            whose = "no export wrote" if self.index == EXPORTED else "datagen did not write"
            reason = f"holds data that {whose} ({shown})"
        elif changed := _changed(self.path, self._own):
            reason = f"holds {changed}, which was changed since datagen wrote it"
        elif (self.path / MANIFEST).exists():
            reason = f"holds an approved dataset ({MANIFEST})"
        if reason:
            raise InputError(f"{name}: {reason}; choose another directory with -o, or replace it with --overwrite")

    @contextmanager
    def staged(self) -> Iterator[Path]:
        """A directory in which to make the files; on leaving without an error they are the dataset.

        Raises
        ------
        InputError
            When nothing can be written there.
        WorkError
            When the file system refuses later.
        """
        try:
            base = self.path if self.path.is_dir() else _made(self.path.parent)
            _remove_left_behind(base)
            stage = Path(tempfile.mkdtemp(prefix=f"{_stage_of_host()}{os.getpid()}-", suffix=".tmp", dir=base))
        except OSError as error:
            raise InputError(f"{self.path}: can't be written: {error.strerror or error}") from error
        try:
            (stage / "new").mkdir()
            yield stage / "new"
            self._publish(stage / "new", stage / "old")
        except OSError as error:
            raise WorkError(f"{self.path}: {error.strerror or error}") from error
        finally:
            shutil.rmtree(stage, ignore_errors=True)

    def _publish(self, new: Path, old: Path) -> None:
        if not self.path.exists():
            new.rename(self.path)
            return
        moves: list[tuple[Path, Path]] = []
        names = _files(new)
        self._written = set(names)
        try:
            # Without its index the directory is no dataset, so that goes first and comes last.
            own = () if self.adds else self._own
            for name in sorted({*own, *names}, key=lambda name: name != self.index):
                if (self.path / name).exists():
                    _move(self.path / name, old / name, moves)
            for name in sorted(names, key=lambda name: name == self.index):
                _move(new / name, self.path / name, moves)
        except BaseException:
            for source, target in reversed(moves):
                source.parent.mkdir(parents=True, exist_ok=True)
                target.replace(source)
            raise
        for folder in {PurePosixPath(name).parent for name in self._own} - {PurePosixPath()}:
            _remove_if_empty(self.path / folder)


def free_bytes(path: str | os.PathLike[str]) -> int:
    """The space that is left where a directory is or will be."""
    there = Path(path).absolute()
    while not there.exists():
        there = there.parent
    return shutil.disk_usage(there).free


def _stage_of_host() -> str:
    """How the names of this machine's hidden directories begin."""
    host = hashlib.sha256(platform.node().encode("utf-8", "replace")).hexdigest()[:8]
    return f"{_STAGE}{host}-"


def _remove_left_behind(base: Path) -> None:
    """Remove what runs of this machine that were killed have left."""
    if os.name != "posix":  # elsewhere a process can't be asked whether it lives without ending it
        return
    prefix = _stage_of_host()
    for stage in base.glob(f"{prefix}*.tmp"):
        owner = stage.name.removeprefix(prefix).partition("-")[0]
        if owner.isdecimal() and not _lives(int(owner)):
            shutil.rmtree(stage, ignore_errors=True)


def _lives(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def _move(source: Path, target: Path, moves: list[tuple[Path, Path]]) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    source.replace(target)
    moves.append((source, target))


def _remove_if_empty(folder: Path) -> None:
    if folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def _files(folder: Path) -> list[str]:
    """All files under a directory, relative to it."""
    return [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]


def _data_files(folder: Path) -> list[str]:
    """The files that readers would take for data: names and folders that begin with ``.`` or ``_`` are not."""
    return [
        name
        for name in (_files(folder) if folder.is_dir() else [])
        if PurePosixPath(name).suffix.lower() in DATA and not any(part[0] in "._" for part in PurePosixPath(name).parts)
    ]


def _own_files(folder: Path, index: str) -> dict[str, int]:
    """The files of an earlier run by its index, with their bytes (-1 where unknown); empty where there was none."""
    content = _index(folder / index)
    try:
        if index == METADATA and not str(content["contract"]).startswith("dataset-metadata/1."):
            return {}
        files = (
            content["files"] if index == EXPORTED else [one for table in content["tables"] for one in table["files"]]
        )
        listed = {str(file["path"]): int(file["bytes"]) for file in files}
    except (OSError, ValueError, KeyError, TypeError):
        return {}  # no earlier run that could be told from a stranger's data
    inside = {name: size for name, size in listed.items() if _is_inside(name)}
    return {**inside, index: -1}


def _index(path: Path) -> dict[str, Any]:
    try:
        content = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def _is_inside(name: str) -> bool:
    path = PurePosixPath(name)
    return bool(path.parts) and not path.is_absolute() and ".." not in path.parts


def _changed(folder: Path, own: dict[str, int]) -> str | None:
    """The first file that is not as long as the earlier run left it; one that is gone is no loss."""
    for name, size in own.items():
        path = folder / name
        if size >= 0 and path.is_file() and path.stat().st_size != size:
            return name
    return None


def write_text(path: str | os.PathLike[str], text: str) -> None:
    """Put a text file in its place whole or not at all.

    Raises
    ------
    WorkError
        When the file system refuses.
    """
    target = Path(path)
    beside = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        beside.write_text(text, "utf-8")
        beside.replace(target)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise WorkError(f"{path}: can't be written: {error.strerror or error}") from error
