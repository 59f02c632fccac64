"""A command of one's own under the umbrella."""

from __future__ import annotations

import click


@click.command()
def club() -> None:
    """Greet the members."""
    click.echo("welcome")
