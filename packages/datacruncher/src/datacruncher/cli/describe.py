"""``describe``: print the catalog, or write it down."""

from __future__ import annotations

from pathlib import Path

import click


@click.command()
@click.argument("directory", metavar="DIR")
@click.option("--schema", metavar="FILE", help="Take keys from this Datagen schema.")
@click.option(
    "--catalog", "corrections", metavar="FILE", help="What you know better; --format yaml writes one to start from."
)
@click.option("--format", "form", type=click.Choice(["text", "mermaid", "yaml"]), default="text", show_default=True)
@click.option("-o", "--output", metavar="FILE", help="Write it there in place of printing it.")
@click.option("--memory-limit", metavar="SIZE", help="Memory of the engine (4GB); beyond it, it spills to disk.")
def describe(directory: str, form: str, output: str | None, **options: str | None) -> None:
    """Print the catalog: keys, roles, diagram."""
    from datacruncher import run  # noqa: PLC0415 - the engine starts only now
    from datacruncher.cli.present import check_described  # noqa: PLC0415
    from datacruncher.report import describe as rendered  # noqa: PLC0415
    from datacruncher.report.files import write  # noqa: PLC0415

    check_described(output, directory, form)
    order = run.Order(
        path=directory,
        schema=options["schema"],
        catalog=options["corrections"],
        memory_limit=options["memory_limit"],
    )
    text = {"text": rendered.text, "mermaid": rendered.mermaid, "yaml": rendered.yaml}[form](run.learn(order))
    if output is None:
        click.echo(text, nl=False)
    else:
        write(text, Path(output))
