"""``generate``: a schema → a directory of tables."""

from __future__ import annotations

from typing import Any

import click

import datagen_core
from datagen_core.cli import present, preview
from datagen_core.cli.progress import announced
from datagen_core.run import COMPRESSIONS, FORMATS, SEED


def rows_of(_context: click.Context, _parameter: click.Parameter, given: tuple[str, ...]) -> dict[str, int]:
    """``TABLE=N``, any number of them; the last ``=`` parts them, since a table's name may have one."""
    found: dict[str, int] = {}
    for text in given:
        table, sign, count = text.rpartition("=")
        digits = count.replace("_", "")
        if not (sign and table and digits.isdecimal()):
            raise click.BadParameter(f"{text!r} is not of the form TABLE=N")
        found[table] = int(digits)
    return found


def _part(_context: click.Context, _parameter: click.Parameter, given: str | None) -> tuple[int, int] | None:
    """``i/n``: part i of n."""
    if given is None:
        return None
    number, slash, of = given.partition("/")
    if not (slash and number.isdecimal() and of.isdecimal()):
        raise click.BadParameter(f"{given!r} is not of the form I/N, as in 7/100")
    return int(number), int(of)


def _preview(schema: str, count: int, options: dict[str, Any], *, as_json: bool) -> None:
    from datagen_core.generating import sample  # noqa: PLC0415 - numpy is loaded when it is needed, not for --help

    wanted = {name: options[name] for name in ("seed", "rows", "scale", "only")}
    tables = sample(schema, count, **wanted)
    if as_json:
        present.as_json(present.previewed_json(tables))
    else:
        preview.previewed(tables)


@click.command(short_help="Generate the tables that a schema describes.")
@click.argument("schema", metavar="SCHEMA")
@click.option("-o", "--output", default="output/", show_default=True, metavar="DIR", help="The dataset's directory.")
@click.option("--seed", type=int, default=SEED, show_default=True, help="The same seed gives the same rows.")
@click.option(
    "--rows",
    metavar="TABLE=N",
    callback=rows_of,
    multiple=True,
    help="Rows of a table, in place of the schema's. Repeatable.",
)
@click.option("--scale", type=float, default=1.0, metavar="X", help="Factor on the rows of all other tables.")
@click.option("--only", multiple=True, metavar="TABLE", help="Write this table alone. Repeatable.")
@click.option("--yes", is_flag=True, help="Make more than 100,000,000 rows, or more bytes than seem free.")
@click.option("--workers", type=click.IntRange(min=1), metavar="N", help="Threads; one per core unless given.")
@click.option("--overwrite", is_flag=True, help="Replace data that datagen did not write, or that was changed since.")
@click.option("--format", type=click.Choice(FORMATS), default="parquet", show_default=True, help="The files' format.")
@click.option("--compression", type=click.Choice(COMPRESSIONS), help="Of Parquet; zstd unless given.")
@click.option("--parts", type=click.IntRange(min=1), metavar="N", help="Cut each table into N files.")
@click.option("--part", metavar="I/N", callback=_part, help="Make file I of N of each table alone.")
@click.option(
    "--dry-run-sample", "sample", type=click.IntRange(min=1), metavar="N", help="Show N rows of each table, write none."
)
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for machines.")
def generate(schema: str, output: str, sample: int | None, quiet: bool, as_json: bool, **options: Any) -> None:
    """Generate the tables that a schema describes.

    SCHEMA is a JSON document in the Datagen DSL. The dataset appears in DIR whole or not at all: one file for each table
    (or one DuckDB file for all), and .metadata.json.

    \b
    datagen generate schema.json --seed 42 -o output/
    datagen generate schema.json --rows customer=50000 --scale 10
    """
    if sample is not None:
        _preview(schema, sample, options, as_json=as_json)
        return
    with announced(quiet=quiet or as_json) as progress:
        result = datagen_core.generate(schema, output, progress=progress, **options)
    if as_json:
        present.as_json(present.written_json(result))
    elif not quiet:
        present.written(result)
