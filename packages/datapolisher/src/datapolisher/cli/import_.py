"""``import``: other tools' results become a crunch report."""

from __future__ import annotations

from pathlib import Path

import click

from datapolisher.cli.border import guarded

_FILE = click.Path(path_type=Path)


@click.command(
    "import",
    context_settings={"help_option_names": ["-h", "--help"]},
    short_help="Read other tools' results into a crunch report.",
)
@click.argument("results", type=_FILE, nargs=-1, required=True)
@click.option("--data", type=_FILE, help="The dataset: every finding is measured in it again.")
@click.option(
    "--table",
    "tables",
    multiple=True,
    metavar="NAME",
    help="The table of a result that names none; THEIRS=OURS where the data calls it otherwise.",
)
@click.option(
    "-o",
    "--output",
    type=_FILE,
    default=Path("crunch_report.json"),
    show_default=True,
    help="The report that is written.",
)
@click.option("--no-samples", is_flag=True, help="Keep offending rows out of the report.")
@guarded
def import_(
    results: tuple[Path, ...], data: Path | None, tables: tuple[str, ...], output: Path, no_samples: bool
) -> None:
    """Read RESULTS of other data quality tools into a crunch report.

    Great Expectations, dbt (with its manifest), Soda 3 and 4, pointblank, frictionless: each is known by its content. A
    directory stands for the results in it. What has no word in the vocabulary of defects is listed.
    """
    from datapolisher import output as files  # noqa: PLC0415  --help stays light
    from datapolisher.importing.assemble import Asked, import_results  # noqa: PLC0415

    imported = import_results(results, Asked(data, tables, not no_samples))
    files.write_file(output, imported.to_json())
    for line in (*imported.notes, *(f"not a finding: {line}" for line in imported.unmapped)):
        click.echo(line, err=True)
    if data is None:
        click.echo("nothing was measured: name the data with --data DIR", err=True)
    summary = imported.report["summary"]
    counts = ", ".join(f"{n} {severity}" for severity, n in summary["by_severity"].items() if n)
    click.echo(f"{output}: {summary['total_issues']} findings{f' ({counts})' if counts else ''}")
