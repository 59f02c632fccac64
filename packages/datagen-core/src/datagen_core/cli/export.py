"""``export``: a directory of Parquet → the same tables in another format."""

from __future__ import annotations

from typing import Any

import click

from datagen_core.cli import present
from datagen_core.cli.progress import announced
from datagen_core.run import EXPORT_FORMATS


@click.command(short_help="Write a dataset's tables in another format.")
@click.argument("directory", metavar="DIR")
@click.option(
    "--format", type=click.Choice(EXPORT_FORMATS), default="csv", show_default=True, help="The files' format."
)
@click.option("-o", "--output", default="exported/", show_default=True, metavar="DIR", help="Where the files go.")
@click.option("--schema", metavar="FILE", help="A schema that names the primary keys, where the dataset does not.")
@click.option("--only", multiple=True, metavar="TABLE", help="Export this table alone. Repeatable.")
@click.option("--incremental", is_flag=True, help="Say in the manifests that a loader adds to the rows it has.")
@click.option("--overwrite", is_flag=True, help="Replace data that no export wrote, or that was changed since.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for machines.")
def export(directory: str, output: str, quiet: bool, as_json: bool, **options: Any) -> None:
    """Write a dataset's tables in another format.

    DIR holds Parquet, of datagen or of anyone: a file or a directory of parts for each table. It is only read. Beside
    each CSV or JSON Lines file lies a manifest: the table's name, columns with types, primary key, and how to load it.

    \b
    datagen export output/ --format csv -o exported/
    datagen export output/ --format duckdb -o exported/
    """
    from datagen_core.exporting import export as exported  # noqa: PLC0415 - pyarrow is loaded when it is needed

    with announced(quiet=quiet or as_json) as progress:
        result = exported(directory, output, progress=progress, **options)
    if as_json:
        present.as_json(present.exported_json(result))
    elif not quiet:
        present.written(result)
