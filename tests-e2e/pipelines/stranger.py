"""A stranger's machine: empty environments with built wheels, and a directory to type commands in."""

from __future__ import annotations

import fcntl
import hashlib
import os
import shlex
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from repository.contracts import load, problems
from repository.sources import ROOT

TOOLS = Path(sys.executable).parent
CONTRACT_OF = {
    ".metadata.json": "dataset-metadata",
    ".manifest.yaml": "manifest",
    "crunch_report.json": "crunch-report",
    "polish_report.json": "polish-report",
    "validation_report.json": "validation-report",
    "schema_improved.json": "dataset-schema",
}
SCHEMAS = ROOT / "docs" / "examples" / "schemas"


@contextmanager
def once(stamp: Path) -> Iterator[bool]:
    """True for the first process that comes here, while the others wait; False where the work is done."""
    stamp.parent.mkdir(parents=True, exist_ok=True)
    with stamp.with_suffix(".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield not stamp.exists()
        stamp.touch()


@dataclass(frozen=True)
class Wheelhouse:
    """Our wheels, each built from its sdist, and all that they depend on."""

    path: Path

    def fill(self) -> Wheelhouse:
        """Build and download, once per session."""
        with once(self.path / "filled") as first:
            if first:
                for package in sorted(ROOT.glob("packages/*/")):
                    self._build(package)
                wheels = sorted(self.path.glob("*.whl"))
                _quietly(sys.executable, "-m", "pip", "download", "--quiet", "--dest", self.path, *wheels)
        return self

    def add(self, source: Path) -> None:
        """Build one more package, of somebody else."""
        with once(self.path / "added" / source.name) as first:
            if first:
                self._build(source)

    def _build(self, source: Path) -> None:
        flags = ["--quiet", "--no-build-isolation", "--python", sys.executable, "--out-dir", self.path]
        _quietly(TOOLS / "uv", "build", *flags, source)

    def environment(self, *packages: str, only: bool = False) -> Environment:
        """An empty environment with these packages and what they declare, or with nothing else at all."""
        path = self.path / "environments" / "-".join([*packages, *(["only"] if only else [])])
        with once(path.with_name(path.name + ".made")) as first:
            if first:
                _quietly(TOOLS / "uv", "venv", "--quiet", "--python", sys.executable, path)
                flags = [
                    "--quiet",
                    "--offline",
                    "--no-index",
                    "--find-links",
                    self.path,
                    *(["--no-deps"] if only else []),
                ]
                _quietly(TOOLS / "uv", "pip", "install", *flags, "--python", path, *packages)
        return Environment(path / "bin")


def _quietly(*command: object) -> None:
    told = subprocess.run([str(word) for word in command], capture_output=True, text=True, timeout=300)
    assert told.returncode == 0, f"{command}\n{told.stdout}\n{told.stderr}"


@dataclass(frozen=True)
class Environment:
    """The commands of one environment."""

    bin: Path

    def at(self, folder: Path) -> Shell:
        """Type in this directory."""
        return Shell(self.bin, folder)


@dataclass(frozen=True)
class Told:
    """What a command said."""

    line: str
    code: int
    out: str
    err: str

    def __str__(self) -> str:
        return f"$ {self.line}\n{self.out}{self.err}[exit code {self.code}]"


@dataclass(frozen=True)
class Shell:
    """Lines typed in a directory, with one environment on the path."""

    bin: Path
    folder: Path

    def run(self, line: str, *, timeout: int = 240) -> Told:
        """Type one line, as it stands in the documents: comments and ``<`` understood, nothing else of a shell."""
        words = shlex.split(line, comments=True)
        source = self.folder / words[words.index("<") + 1] if "<" in words else None
        words = words[: words.index("<")] if "<" in words else words
        program = self.bin / words[0] if (self.bin / words[0]).exists() else TOOLS / words[0]
        environment = {
            **os.environ,
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "COLUMNS": "120",
            "TZ": "America/New_York",
        }
        environment.pop("PYTHONPATH", None)
        with (source or Path(os.devnull)).open() as given:
            done = subprocess.run(
                [program, *words[1:]],
                stdin=given,
                cwd=self.folder,
                env=environment,
                capture_output=True,
                text=True,
                timeout=timeout,
            )
        told = Told(line, done.returncode, done.stdout, done.stderr)
        assert "Traceback (most recent call last)" not in told.out + told.err, str(told)
        return told

    def good(self, *lines: str) -> None:
        """Type lines that have to end with 0."""
        for line in lines:
            told = self.run(line)
            assert told.code == 0, str(told)

    def read(self, name: str) -> Any:
        """A document of this directory, held against its contract first."""
        path = self.folder / name
        document = load(path)
        contract = next(
            (value for key, value in CONTRACT_OF.items() if path.name.endswith(key.removeprefix("."))), None
        )
        if contract is not None:
            assert problems(contract, document) == [], path
        return document

    def digests(self, folder: str) -> dict[str, str]:
        """File → SHA-256, for everything below a directory."""
        top = self.folder / folder
        return {
            str(path.relative_to(top)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(top.rglob("*"))
            if path.is_file()
        }

    def rows(self, folder: str, table: str) -> int:
        """Rows of a table, counted from its files."""
        path = self.folder / folder / table
        pattern = f"{path}/**/*.parquet" if path.is_dir() else f"{path}.parquet"
        found = duckdb.sql("SELECT count(*) FROM read_parquet(?)", params=[pattern]).fetchall()
        return int(found[0][0])


def found(report: dict[str, Any]) -> set[str]:
    """The ids of a report's findings."""
    return {issue["id"] for issue in report["issues"]}


def accounted(shell: Shell, report: dict[str, Any], before: str, after: str) -> None:
    """Every row of every table is where the polish report says: kept, quarantined or collapsed."""
    tables = {table["name"]: table for table in report["tables"]}
    assert tables
    for name, table in tables.items():
        if not table.get("regenerated"):
            kept = table["rows_out"] + table["rows_quarantined"] + table["rows_collapsed"]
            assert table["rows_in"] == kept, table
            assert shell.rows(before, name) == table["rows_in"], name
        assert shell.rows(after, name) == table["rows_out"], name


def explained(first: dict[str, Any], report: dict[str, Any]) -> None:
    """Every finding of the crunch report has its action, and every action that did nothing its reason."""
    assert found(first) <= {action["finding_id"] for action in report["actions"]}


def gone(report: dict[str, Any], second: dict[str, Any]) -> set[str]:
    """The findings that the polish report calls mended; none of them stands in the second report."""
    mended = {
        action["finding_id"] for action in report["actions"] if action["status"] == "applied" and action["verified"]
    }
    assert not mended & found(second), mended & found(second)
    return mended - {None}
