"""What the command line adds to the library: where the report goes, and what people see meanwhile and afterwards."""

from __future__ import annotations

import shutil
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from datacruncher.errors import InputError, Problem
from datacruncher.report import json

if TYPE_CHECKING:
    from datacruncher.report.model import Report


def check_output(output: str, directory: str) -> None:
    """Refuse a place for the report before any work: a directory, a missing one, or inside the dataset."""
    try:
        why, hint = _unfit(Path(output), Path(directory))
    except OSError as error:
        why, hint = f"can't be written: {error.strerror}", "name another place with -o"
    if why:
        raise InputError([Problem(why, address="--output", file=output, hint=hint)])


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


def show(report: Report, path: Path, *, quiet: bool, as_json: bool, verbose: bool) -> None:
    """Write the report, and print what was asked for."""
    json.write(report, path)
    if as_json:
        click.echo(json.encode(report).decode(), nl=False)
    elif not quiet:
        from datacruncher.report import terminal  # noqa: PLC0415 - rich is loaded only to print

        click.echo(terminal.render(report, str(path), verbose=verbose, screen=terminal.Screen.current()), nl=False)
