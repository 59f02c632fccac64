"""The generator and the analyst, called as commands that other distributions register; neither is imported.

They are found through the entry-point group ``datagen.commands`` and run in a process of their own, so that their
memory, their settings and their failures stay theirs.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path

from datapolisher import source
from datapolisher.documents import CrunchReport
from datapolisher.errors import PolishError
from datapolisher.intake import read_report
from datapolisher.reading import read_text

GROUP = "datagen.commands"
PACKAGES = {"generate": "datagen-core", "crunch": "datacruncher"}


@cache
def available(name: str) -> bool:
    """Whether a distribution that is installed registers the command."""
    return any(entry.name == name for entry in entry_points(group=GROUP))


@cache
def version(name: str) -> str | None:
    """The version of the distribution that registers the command; None without one."""
    found = (entry.dist for entry in entry_points(group=GROUP) if entry.name == name)
    return next((dist.version for dist in found if dist is not None), None)


def missing(name: str) -> str:
    """What to say when a command is not installed."""
    return f'the command "{name}" is not installed (pip install {PACKAGES.get(name, name)})'


@dataclass
class CommandError(PolishError):
    """A command that we called did not succeed; its exit code and what it said."""

    code: int = 0


def run(name: str, args: Sequence[str], cwd: Path | None = None) -> str:
    """Run a command; its standard output.

    Raises
    ------
    CommandError
        It is not installed, or ended with another code than 0.
    """
    if not available(name):
        raise CommandError(missing(name))
    call = [sys.executable, "-m", "datapolisher.cli.call", name, *args]
    done = subprocess.run(call, capture_output=True, text=True, cwd=cwd, check=False)  # noqa: S603  no shell, own module
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()] or ["it said nothing"]
        raise CommandError(f"{name}: exit code {done.returncode}: {'; '.join(said[-3:])}", code=done.returncode)
    return done.stdout


def generate(schema: Path, seed: int, output: Path, more: Sequence[str] = (), cwd: Path | None = None) -> None:
    """``generate SCHEMA --seed N -o OUTPUT …``, as ``--rows TABLE=N``; the metadata will name the schema by this path."""
    run("generate", [str(schema), "--seed", str(seed), "-o", str(output), *more], cwd)


def try_schema(schema: Path, cwd: Path | None = None) -> None:
    """``generate SCHEMA --dry-run-sample 1``: whether the generator takes the document; nothing is written."""
    run("generate", [str(schema), "--dry-run-sample", "1", "--quiet"], cwd)


def crunch(
    dataset: Path,
    report: Path,
    personas: Sequence[str] = (),
    schema: Path | None = None,
    persona_files: Sequence[Path] = (),
) -> CrunchReport:
    """``crunch DATASET -o REPORT``, with the personas and the schema of an earlier report, and the memory that we may have."""
    who = ["--personas", ",".join(personas)] if personas else []
    who += [part for path in persona_files for part in ("--persona-file", str(path))]
    against = ["--schema", str(schema)] if schema else []
    limit = source.memory_limit()
    bounds = ["--memory-limit", limit] if limit else []
    run("crunch", [str(dataset), "-o", str(report), *who, *against, *bounds])
    return read_report(read_text(report), str(report))
