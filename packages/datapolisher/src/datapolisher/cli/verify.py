"""``verify``: whether a dataset is still what was approved."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from datapolisher.cli.border import guarded

_FILE = click.Path(path_type=Path)


@click.command(context_settings={"help_option_names": ["-h", "--help"]}, short_help="Still what was approved?")
@click.argument("directory", type=_FILE)
@click.option("--manifest", type=_FILE, help="The manifest.  [default: DIRECTORY/.manifest.yaml]")
@click.option("--signers", type=_FILE, help="Allowed signers (ssh-keygen's format): one of them has to have signed.")
@guarded
def verify(directory: Path, manifest: Path | None, signers: Path | None) -> None:
    """Say whether the data in DIRECTORY is still what was approved.

    Exit code 0 if it is; 1 if not, with a line for each file that is not as approved.
    """
    from datapolisher.seal import verify as held  # noqa: PLC0415  --help stays light

    verdict = held(directory, manifest, signers)
    if not verdict.holds:
        for problem in verdict.problems:
            click.echo(f"{directory}: {problem}", err=True)
        sys.exit(1)
    by = f"approved by {verdict.approved_by} at {verdict.approved_at}"
    click.echo(f"{directory}: as approved: {verdict.files} files, {by}")
    click.echo(verdict.signature or "not signed")
