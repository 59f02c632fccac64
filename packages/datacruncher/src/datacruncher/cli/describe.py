"""``describe``: print the catalog."""

from __future__ import annotations

import click


@click.command()
@click.argument("directory", metavar="DIR")
@click.option("--schema", metavar="FILE", help="Take keys from this Datagen schema.")
@click.option(
    "--catalog", "corrections", metavar="FILE", help="What you know better; --format yaml writes one to start from."
)
@click.option("--format", "form", type=click.Choice(["text", "mermaid", "yaml"]), default="text", show_default=True)
@click.option("--memory-limit", metavar="SIZE", help="Memory of the engine (4GB); beyond it, it spills to disk.")
def describe(directory: str, schema: str | None, corrections: str | None, form: str, memory_limit: str | None) -> None:
    """Print the catalog: keys, roles, diagram."""
    from datacruncher import run  # noqa: PLC0415 - the engine starts only now
    from datacruncher.report import describe as rendered  # noqa: PLC0415

    order = run.Order(path=directory, schema=schema, catalog=corrections, memory_limit=memory_limit)
    click.echo(
        {"text": rendered.text, "mermaid": rendered.mermaid, "yaml": rendered.yaml}[form](run.learn(order)), nl=False
    )
