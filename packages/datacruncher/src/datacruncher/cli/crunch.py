"""``crunch``: let the analysts look at a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click


@click.command()
@click.argument("directory", metavar="DIR")
@click.option("--schema", metavar="FILE", help="Hold the data against this Datagen schema, too.")
@click.option(
    "--personas", metavar="NAMES", help='Who looks, separated by commas ("VP Growth,CFO"); all six by default.'
)
@click.option(
    "--persona-file", "persona_files", metavar="FILE", multiple=True, help="A persona of your own; repeatable."
)
@click.option("-o", "--output", metavar="FILE", default="crunch_report.json", show_default=True, help="The report.")
@click.option("-v", "--verbose", is_flag=True, help="Show every finding with its SQL, and what was skipped.")
@click.option("--fail-on-critical", is_flag=True, help="Exit with 1 if there is a critical finding.")
@click.option("--fail-on-high", is_flag=True, help="Exit with 1 if there is a critical or high finding.")
@click.option("--memory-limit", metavar="SIZE", help="Memory of the engine (4GB); beyond it, it spills to disk.")
@click.option(
    "--time-limit",
    metavar="SECONDS",
    type=click.FloatRange(min=0, min_open=True),
    default=120.0,
    show_default=True,
    help="Of each query.",
)
@click.option("--no-samples", is_flag=True, help="Show no value of a cell anywhere: private data.")
@click.option("-q", "--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the report itself in place of the summary.")
@click.pass_context
def crunch(ctx: click.Context, /, directory: str, output: str, **options: Any) -> None:
    """Let the analysts look at a dataset.

    DIR holds a Parquet file for each table, or a directory of parts. Nothing in it is changed.
    """
    from datacruncher import crunch as library_crunch  # noqa: PLC0415 - the engine starts only now
    from datacruncher.cli.present import Progress, check_output, show  # noqa: PLC0415

    check_output(output, directory)
    with Progress(quiet=options["quiet"] or options["as_json"]) as progress:
        report = library_crunch(
            directory,
            schema=options["schema"],
            personas=options["personas"].split(",") if options["personas"] is not None else None,
            persona_files=options["persona_files"],
            samples=not options["no_samples"],
            memory_limit=options["memory_limit"],
            time_limit=options["time_limit"],
            progress=progress,
        )
    show(report, Path(output), quiet=options["quiet"], as_json=options["as_json"], verbose=options["verbose"])
    ctx.exit(1 if report.fails(on_critical=options["fail_on_critical"], on_high=options["fail_on_high"]) else 0)
