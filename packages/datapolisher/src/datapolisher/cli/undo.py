"""``undo``: the input back from a polished dataset."""

from __future__ import annotations

from pathlib import Path

import click

from datapolisher.cli.border import guarded


@click.command(context_settings={"help_option_names": ["-h", "--help"]}, short_help="Give the input back.")
@click.argument("polished", type=click.Path(path_type=Path))
@click.option("-o", "--output", required=True, type=click.Path(path_type=Path), help="Where the input is written.")
@guarded
def undo(polished: Path, output: Path) -> None:
    """Give the input of a polished dataset back, row for row.

    POLISHED is a result of polish, with its _changes/ and _quarantine/ as they were written. Nothing in it is touched.
    """
    from datapolisher.undo import undo as restore  # noqa: PLC0415  --help stays light

    for table in restore(polished, output):
        parts = [
            (table.cells, "cells with their old value"),
            (table.from_quarantine, "rows back from quarantine"),
            (table.unfolded, "copies unfolded"),
            (len(table.columns_dropped), "columns dropped"),
            (len(table.columns_restored), "columns brought back"),
            (table.rows_dropped, "rows that were added dropped"),
        ]
        done = ", ".join(f"{count:,} {what}" for count, what in parts if count)
        click.echo(f"{table.table}: {table.rows:,} rows: {done or 'as they were'}")
    click.echo(f"restored: {output}")
