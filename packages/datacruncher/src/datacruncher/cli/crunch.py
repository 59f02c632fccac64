"""``crunch``: let the analysts look at a dataset."""

from __future__ import annotations

from typing import Any

import click

FORMATS = ("json", "html", "markdown", "junit", "sarif", "github")
"""The forms of a report; they stand here so that help imports none of them, and a test holds them to the registry."""


@click.command()
@click.argument("directory", metavar="DIR")
@click.option("--schema", metavar="FILE", help="Hold the data against this Datagen schema, too.")
@click.option(
    "--personas", metavar="NAMES", help='Who looks, separated by commas ("VP Growth,CFO"); all six by default.'
)
@click.option(
    "--persona-file", "persona_files", metavar="FILE", multiple=True, help="A persona of your own; repeatable."
)
@click.option("--catalog", metavar="FILE", help="What you know better of keys and roles (see describe --format yaml).")
@click.option("--baseline", metavar="REPORT|DIR", help="Compare with an earlier report, or with earlier data.")
@click.option(
    "-o",
    "--output",
    "outputs",
    metavar="FILE",
    multiple=True,
    help="The report; its end says in which form (.json .html .md .xml .sarif); repeatable.  [default: crunch_report.json]",
)
@click.option("--html", metavar="FILE", help="A page with plots, the same as -o FILE.html.")
@click.option(
    "--format", "form", type=click.Choice(FORMATS), help="Print the report in this form in place of the summary."
)
@click.option("--export-rows", metavar="DIR", help="Write the offending rows of each finding as Parquet.")
@click.option(
    "--sample",
    metavar="ROWS",
    type=click.IntRange(min=100),
    help="Look at about so many rows of each larger table; checks that need every row are skipped.",
)
@click.option("-v", "--verbose", is_flag=True, help="Show every finding with its SQL, and what was skipped.")
@click.option("--fail-on-critical", is_flag=True, help="Exit with 1 if there is a critical finding.")
@click.option("--fail-on-high", is_flag=True, help="Exit with 1 if there is a critical or high finding.")
@click.option("--fail-on-new", is_flag=True, help="Exit with 1 if a finding is new or graver than in the baseline.")
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
def crunch(ctx: click.Context, /, directory: str, **options: Any) -> None:
    """Let the analysts look at a dataset.

    DIR holds a Parquet file for each table, or a directory of parts. Nothing in it is changed.
    """
    from datacruncher import crunch as library_crunch  # noqa: PLC0415 - the engine starts only now
    from datacruncher.cli.present import Progress, plan, show  # noqa: PLC0415

    plans = plan(directory, options)
    with Progress(quiet=options["quiet"] or plans.printed is not None) as progress:
        report = library_crunch(
            directory,
            schema=options["schema"],
            catalog=options["catalog"],
            baseline=options["baseline"],
            export_rows=options["export_rows"],
            sample=options["sample"],
            personas=options["personas"].split(",") if options["personas"] is not None else None,
            persona_files=options["persona_files"],
            samples=not options["no_samples"],
            memory_limit=options["memory_limit"],
            time_limit=options["time_limit"],
            progress=progress,
        )
    show(report, plans, quiet=options["quiet"], verbose=options["verbose"])
    gates = {name: options[f"fail_{name}"] for name in ("on_critical", "on_high", "on_new")}
    ctx.exit(1 if report.fails(**gates) else 0)
