"""What is told while a run goes on: a bar per table on a terminal, a line per table elsewhere."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.text import Text

from datagen_core.run import Silent

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
    """A plain line on stderr for each table when it is complete."""

    def begin(self, table: str, rows: int) -> None:
        """Nothing yet."""

    def advance(self, table: str, rows: int) -> None:
        """Nothing yet."""

    def end(self, table: str, rows: int) -> None:
        """Say that the table is complete."""
        click.echo(f"{table}: {rows:,} rows", err=True)


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
