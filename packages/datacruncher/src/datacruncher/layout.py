"""A path → which files make which table. Looks at names, sizes and magic bytes only; reads no data.

A dataset is a directory. A table is ``<name>.parquet``, or a directory ``<name>/`` (or ``<name>.parquet/``, as Spark
writes it) of parts, hive partitions ``key=value/`` included. Names that begin with ``.`` or ``_`` are not data. Other
files are left alone and named in the report. Links that lead out of the directory are refused.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from datacruncher.errors import InputError, Problem

SUFFIXES = (".parquet", ".parq", ".pq")
_MAGIC = {b"PAR1", b"PARE"}
_SMALLEST = 12  # bytes: two magics and the length of an empty footer


@dataclass(frozen=True, slots=True)
class DataFile:
    """One Parquet file of a table.

    Parameters
    ----------
    path
        Absolute.
    relative
        Within the dataset, with forward slashes.
    shown
        As a person types it: the dataset's path as it was given, and the file.
    table
        Its table's name.
    bytes, rows
        Size, and rows by the footer.
    schema
        Column → Parquet's type as DuckDB names it, by the footer.
    error
        Why it can't be read; None when it can.
    """

    path: Path
    relative: str
    shown: str
    table: str
    bytes: int
    rows: int = 0
    schema: tuple[tuple[str, str], ...] = ()
    error: str | None = None

    def broken(self, why: str) -> DataFile:
        """The same file, known to be unreadable."""
        return replace(self, error=why)


@dataclass(frozen=True, slots=True)
class Layout:
    """A dataset on disk."""

    root: Path
    shown: str
    files: tuple[DataFile, ...]
    ignored: tuple[str, ...] = ()
    everything: tuple[str, ...] = ()  # every file that is not hidden, relative, for the digest

    def of(self, table: str) -> tuple[DataFile, ...]:
        """The readable files of a table."""
        return tuple(file for file in self.files if file.table == table and file.error is None)

    @property
    def tables(self) -> tuple[str, ...]:
        """Names of tables with at least one readable file, in the order of the directory."""
        return tuple(dict.fromkeys(file.table for file in self.files if file.error is None))

    @property
    def unreadable(self) -> tuple[DataFile, ...]:
        """Files that claim to be Parquet and can't be read."""
        return tuple(file for file in self.files if file.error is not None)

    @property
    def metadata(self) -> Path | None:
        """``.metadata.json`` beside the data, if there is one."""
        path = self.root / ".metadata.json"
        return path if path.is_file() else None

    def digest(self) -> str:
        """``sha256:…`` over the sorted (relative path, size, sha256) of the dataset's files."""
        whole = hashlib.sha256()
        for relative in sorted(self.everything):
            path = self.root / relative
            with path.open("rb") as file:
                content = hashlib.file_digest(file, "sha256").hexdigest()
            whole.update(f"{relative}\0{path.stat().st_size}\0{content}\n".encode())
        return f"sha256:{whole.hexdigest()}"


def read_layout(given: str) -> Layout:
    """The layout of the dataset at `given` (a directory, or one Parquet file).

    Raises
    ------
    InputError
        No such path, nothing that claims to be a table, two tables of one name, links that lead out, or no file that
        can be read; a line for each.
    """
    path = Path(given)
    if not path.exists():
        raise InputError([Problem("no such file or directory", file=given, hint="give a directory of Parquet files")])
    layout = _of_file(path, given) if path.is_file() else _of_directory(path, given)
    _refuse_empty(layout)
    _refuse_twins(layout)
    return layout


def _of_file(path: Path, given: str) -> Layout:
    root = path.resolve().parent
    file = _inspected(DataFile(path.resolve(), path.name, given, _stem(path.name), path.stat().st_size))
    return Layout(root, given, (file,), everything=(path.resolve().name,))


def _of_directory(path: Path, given: str) -> Layout:
    root = path.resolve()
    found = sorted(_walk(root))
    _refuse_escapes(root, found, given)
    whole = _is_partitioned(root)
    files: list[DataFile] = []
    ignored: list[str] = []
    for relative in found:
        table = (root.name or "table") if whole else _table_of(relative)
        if table is None or (root / relative).is_dir():
            ignored.append(relative)
        else:
            shown = f"{given.rstrip('/')}/{relative}" if given.rstrip("/") else f"/{relative}"
            files.append(
                _inspected(DataFile(root / relative, relative, shown, table, (root / relative).stat().st_size))
            )
    everything = tuple(relative for relative in found if not (root / relative).is_dir())
    return Layout(root, given, tuple(files), tuple(ignored), everything)


def _walk(root: Path) -> Iterator[str]:
    """Relative paths of all files and of linked directories that are not hidden."""
    for folder, folders, names in os.walk(root, followlinks=False):
        folders[:] = sorted(name for name in folders if not name.startswith((".", "_")))
        linked = [name for name in folders if (Path(folder) / name).is_symlink()]
        for name in [*names, *linked]:
            if not name.startswith((".", "_")):
                yield (Path(folder) / name).relative_to(root).as_posix()


def _is_partitioned(root: Path) -> bool:
    """Whether the directory itself is one hive-partitioned table: nothing but ``key=value`` in it."""
    entries = [entry for entry in root.iterdir() if not entry.name.startswith((".", "_"))]
    folders = [entry for entry in entries if entry.is_dir()]
    tables = [entry for entry in entries if entry.is_file() and entry.name.lower().endswith(SUFFIXES)]
    return bool(folders) and not tables and all("=" in folder.name for folder in folders)


def _table_of(relative: str) -> str | None:
    """The table a file belongs to: its own stem, or the directory of parts it lies in; None if it is no part of one."""
    *folders, name = relative.split("/")
    if not name.lower().endswith(SUFFIXES):
        return None
    if not folders:
        return _stem(name)
    head, *rest = folders
    return _stem(head) if "=" not in head and all("=" in folder for folder in rest) else None


def _stem(name: str) -> str:
    for suffix in SUFFIXES:
        if name.lower().endswith(suffix) and len(name) > len(suffix):
            return name[: -len(suffix)]
    return name


def _inspected(file: DataFile) -> DataFile:
    """The file, broken if its first and last bytes are not Parquet's."""
    if file.bytes < _SMALLEST:
        return file.broken(f"{file.bytes} bytes are too few for a Parquet file")
    try:
        with file.path.open("rb") as stream:
            head = stream.read(4)
            stream.seek(-8, os.SEEK_END)
            tail = stream.read(8)
    except OSError as error:
        return file.broken(f"can't be opened: {error.strerror}")
    if head not in _MAGIC:
        return file.broken(f"no Parquet file: it begins with {_glimpse(head)}")
    if tail[4:] not in _MAGIC:
        return file.broken("truncated: the Parquet footer at its end is missing")
    if int.from_bytes(tail[:4], "little") + _SMALLEST > file.bytes:
        return file.broken("truncated: the Parquet footer is longer than the file")
    return file


def _glimpse(head: bytes) -> str:
    return (
        f'the text "{head.decode("ascii")}"' if head.isascii() and head.decode("ascii").isprintable() else "other bytes"
    )


def _refuse_escapes(root: Path, found: list[str], given: str) -> None:
    problems = [
        Problem(
            "the link leads out of the dataset", file=f"{given.rstrip('/')}/{name}", hint="copy the file in its place"
        )
        for name in found
        if not (root / name).resolve().is_relative_to(root)
    ]
    if problems:
        raise InputError(problems)


def _refuse_empty(layout: Layout) -> None:
    if not layout.files:
        hint = "a table is <name>.parquet, or a directory <name>/ of parts"
        seen = f"; it holds {', '.join(layout.ignored[:5])}" if layout.ignored else ""
        raise InputError([Problem(f"no Parquet file in this directory{seen}", file=layout.shown, hint=hint)])
    if not layout.tables:
        refuse_unreadable(layout)


def refuse_unreadable(layout: Layout) -> None:
    """Raise InputError with a line for each file that can't be read."""
    hint = "write it again as Parquet, or take it out of the directory"
    raise InputError([Problem(str(f.error), file=f.shown, hint=hint) for f in layout.unreadable])


def _refuse_twins(layout: Layout) -> None:
    """Two sources of one table name: names are compared without case, as the engine does."""
    owners: dict[str, str] = {}
    problems = []
    for file in layout.files:
        owner = file.relative.split("/", 1)[0]
        first = owners.setdefault(file.table.casefold(), owner)
        if first != owner and "=" not in owner:
            problems.append(Problem(f'"{first}" and "{owner}" are both the table {file.table}', file=layout.shown))
    if problems:
        raise InputError(list(dict.fromkeys(problems)))
