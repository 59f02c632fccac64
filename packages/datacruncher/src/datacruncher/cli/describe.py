"""``describe``: print the catalog."""

from __future__ import annotations

import click


@click.command()
@click.argument("directory", metavar="DIR")
@click.option("--schema", metavar="FILE", help="Take keys from this Datagen schema.")
@click.option("--format", "form", type=click.Choice(["text", "mermaid"]), default="text", show_default=True)
@click.option("--memory-limit", metavar="SIZE", help="Memory of the engine (4GB); beyond it, it spills to disk.")
def describe(directory: str, schema: str | None, form: str, memory_limit: str | None) -> None:
    """Print the catalog: keys, roles, diagram."""
    from datacruncher import run  # noqa: PLC0415 - the engine starts only now
    from datacruncher.report import describe as rendered  # noqa: PLC0415

    catalog = run.learn(run.Order(path=directory, schema=schema, memory_limit=memory_limit))
    click.echo(rendered.mermaid(catalog) if form == "mermaid" else rendered.text(catalog), nl=False)
