"""``export``: what is known about a dataset, in the words of other standards."""

from __future__ import annotations

from pathlib import Path

import click

from datapolisher.cli.border import guarded

_FILE = click.Path(path_type=Path)


@click.command(
    context_settings={"help_option_names": ["-h", "--help"]},
    short_help="Describe a dataset in the words of a standard.",
)
@click.argument("directory", type=_FILE)
@click.option(
    "--to",
    required=True,
    metavar="STANDARD",
    help="odcs, datapackage, croissant, dbt or gx, or one that a plugin adds.",
)
@click.option("-o", "--output", type=_FILE, help="The document; for gx a directory, with a suite for each table.")
@click.option("--report", type=_FILE, help="A crunch report: keys, declared rules, score and open findings.")
@click.option("--schema", type=_FILE, help="The document that made the data, where no metadata names it.")
@guarded
def export(directory: Path, to: str, output: Path | None, report: Path | None, schema: Path | None) -> None:
    """Describe the dataset in DIRECTORY in the words of a standard.

    Tables, types, keys, references and rules come from its metadata, its manifest and a report; the approval goes along.
    What the standard has no place for is told.
    """
    from datapolisher.exporters.run import export as write  # noqa: PLC0415  --help stays light

    written = write(directory, to, output, report, schema)
    for line in written.left_out:
        click.echo(f"left out: {line}", err=True)
    for path in written.files:
        click.echo(f"wrote {path}")
