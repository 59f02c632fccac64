"""What the command line adds to the library: where the report goes, and what people see meanwhile and afterwards."""

from __future__ import annotations

import shutil
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from datacruncher.errors import InputError, Problem
from datacruncher.report import formats
from datacruncher.report.files import write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datacruncher.report.model import Report


DEFAULT = "crunch_report.json"


@dataclass(frozen=True, slots=True)
class Plans:
    """Where the report goes.

    Parameters
    ----------
    files
        Path and form of each file; one of them is JSON.
    printed
        The form that is printed in place of the summary, or None.
    """

    files: tuple[tuple[str, str], ...]
    printed: str | None = None

    @property
    def main(self) -> str:
        """The JSON report, which other commands read."""
        return next(path for path, form in self.files if form == "json")


def plan(directory: str, options: Mapping[str, Any]) -> Plans:
    """The files and what is printed, or everything that is wrong with them, before any work.

    The end of a file's name says its form, else ``--format`` does, else it is JSON. A form that no file was named for is
    printed. The JSON report is always written.
    """
    form = options["form"] or ("json" if options["as_json"] else None)
    files = {path: _form(path, form) for path in options["outputs"]}
    files |= {options["html"]: "html"} if options["html"] else {}
    printed = None if form is None or form in files.values() else form
    if options["as_json"]:
        printed = form
    if "json" not in files.values():
        files = {DEFAULT: "json", **files}
    problems = [problem for path in files for problem in _check_file(path, directory)]
    if options["fail_on_new"] and options["baseline"] is None:
        hint = "add --baseline with an earlier report or earlier data"
        problems.append(Problem("there is nothing to compare with", address="--fail-on-new", hint=hint))
    problems += _check_rows(options["export_rows"], directory)
    if problems:
        raise InputError(problems)
    return Plans(tuple(files.items()), printed)


def check_described(output: str | None, directory: str, form: str) -> None:
    """Refuse a place for the catalog before any work; a file that somebody may have corrected is never replaced."""
    if output is None:
        return
    problems = _check_file(output, directory)
    if form == "yaml" and Path(output).is_file():
        hint = "name another place, or take it away first"
        problems = [Problem("is there already, and may hold corrections", address="--output", file=output, hint=hint)]
    if problems:
        raise InputError(problems)


def _form(path: str, form: str | None) -> str:
    known = formats.of_path(path)
    return known.name if known else form or "json"


def _check_file(output: str, directory: str) -> list[Problem]:
    """A directory, a missing one, or inside the dataset."""
    try:
        why, hint = _unfit(Path(output), Path(directory))
    except OSError as error:
        why, hint = f"can't be written: {error.strerror}", "name another place with -o"
    return [Problem(why, address="--output", file=output, hint=hint)] if why else []


def _check_rows(place: str | None, directory: str) -> list[Problem]:
    if place is None or not Path(directory).is_dir():
        return []
    if Path(place).resolve().is_relative_to(Path(directory).resolve()):
        why, hint = "lies inside the dataset, which is never written to", "name a place elsewhere"
        return [Problem(why, address="--export-rows", file=place, hint=hint)]
    return []


def _unfit(path: Path, dataset: Path) -> tuple[str, str]:
    if path.is_dir():
        return "is a directory", "name the file in it"
    if not path.parent.is_dir():
        return f'there is no directory "{path.parent}"', "create it first"
    if dataset.is_dir() and path.resolve().is_relative_to(dataset.resolve()):
        return "lies inside the dataset, which is never written to", "name a place elsewhere with -o"
    return "", ""


class Progress:
    """One line for each analyst: live on a terminal, a plain line at its end elsewhere; on stderr."""

    def __init__(self, *, quiet: bool) -> None:
        self.quiet = quiet
        self.live = sys.stderr.isatty() and not quiet
        self.lock = threading.Lock()
        self.counts: dict[str, tuple[int, int]] = {}

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *_: object) -> None:
        if self.live and self.counts:
            click.echo("\r\x1b[K", nl=False, err=True)

    def __call__(self, name: str, done: int, total: int) -> None:
        """Note that an analyst has begun check `done` of `total`."""
        if self.quiet:
            return
        with self.lock:
            self.counts[name] = (done, total)
            if self.live:
                parts = (f"{who} {n}/{of}" for who, (n, of) in self.counts.items())
                click.echo(f"\r\x1b[K{' · '.join(parts)}"[: shutil.get_terminal_size().columns + 4], nl=False, err=True)
            elif done == total:
                click.echo(f"{name}: {total} checks", err=True)


def show(report: Report, plans: Plans, *, quiet: bool, verbose: bool) -> None:
    """Write the report, and print what was asked for."""
    for path, form in plans.files:
        write(formats.spec(form).render(report), Path(path))
    if plans.printed:
        click.echo(formats.spec(plans.printed).render(report), nl=False)
    elif not quiet:
        from datacruncher.report import terminal  # noqa: PLC0415 - rich is loaded only to print

        written = ", ".join(path for path, _ in plans.files)
        click.echo(terminal.render(report, written, verbose=verbose, screen=terminal.Screen.current()), nl=False)
