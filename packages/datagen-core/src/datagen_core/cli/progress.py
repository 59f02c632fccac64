"""What is told while a run goes on: a bar per table on a terminal, a line per table elsewhere."""

from __future__ import annotations

import threading
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from datagen_core.run import Silent
from datagen_core.wording import duration

if TYPE_CHECKING:
    from collections.abc import Iterator

    from datagen_core import run


class Speed(ProgressColumn):
    """Rows per second, once there is a speed to speak of."""

    def render(self, task: Task) -> Text:
        """The column's text for one bar."""
        speed = task.finished_speed or task.speed
        return Text(f"{speed:,.0f}/s" if speed else "")


class Lines:
    """Plain lines on stderr: for each table when it is complete, and now and then while it takes long.

    Parameters
    ----------
    every
        Seconds between two lines of a table.
    """

    def __init__(self, every: float = 15.0) -> None:
        self._every = every
        self._tables: dict[str, _Going] = {}
        self._lock = threading.Lock()

    def begin(self, table: str, rows: int) -> None:
        """The table's time begins."""
        with self._lock:
            self._tables[table] = _Going(rows, time.monotonic())

    def advance(self, table: str, rows: int) -> None:
        """Say how far the table is, if it was long ago that anything was said."""
        with self._lock:
            going = self._tables[table]
            going.done += rows
            now = time.monotonic()
            if now - going.told < self._every:
                return
            going.told = now
            speed = going.done / max(now - going.began, 1e-9)
        left = duration((going.rows - going.done) / speed)
        click.echo(f"{table}: {going.done:,} of {going.rows:,} rows, {speed:,.0f}/s, {left} left", err=True)

    def end(self, table: str, rows: int) -> None:
        """Say that the table is complete."""
        click.echo(f"{table}: {rows:,} rows", err=True)


class _Going:
    """How far a table is, and when that was last told."""

    def __init__(self, rows: int, now: float) -> None:
        self.rows = rows
        self.done = 0
        self.began = now
        self.told = now


class Bars:
    """A bar per table, with rows per second and the time that is left."""

    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}
        self._lock = threading.Lock()

    def begin(self, table: str, rows: int) -> None:
        """Add the table's bar."""
        with self._lock:
            self._tasks[table] = self._bars.add_task(escape(table), total=rows)

    def advance(self, table: str, rows: int) -> None:
        """Move the table's bar on."""
        self._bars.advance(self._tasks[table], rows)

    def end(self, table: str, rows: int) -> None:
        """Fill the table's bar."""
        self._bars.update(self._tasks[table], total=rows, completed=rows)


@contextmanager
def announced(*, quiet: bool, console: Console | None = None) -> Iterator[run.Progress]:
    """Tell of a run on stderr, or where `console` writes: bars on a terminal, lines elsewhere, nothing when `quiet`."""
    console = console or Console(stderr=True)
    if quiet:
        yield Silent()
    elif not console.is_terminal:
        yield Lines()
    else:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:,.0f} of {task.total:,.0f} rows"),
            Speed(),
            TimeRemainingColumn(compact=True),
        )
        with Progress(*columns, console=console) as bars:
            yield Bars(bars)
