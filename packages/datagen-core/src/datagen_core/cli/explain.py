"""``explain``: what a schema will make and why, before any row is made."""

from __future__ import annotations

from typing import Any

import click

from datagen_core.cli import explained
from datagen_core.cli.generate import rows_of
from datagen_core.run import FORMATS


@click.command(short_help="Say what a schema will make, and why.")
@click.argument("schema", metavar="SCHEMA")
@click.option("--rows", metavar="TABLE=N", callback=rows_of, multiple=True, help="Rows of a table. Repeatable.")
@click.option("--scale", type=float, default=1.0, metavar="X", help="Factor on the rows of all other tables.")
@click.option("--only", multiple=True, metavar="TABLE", help="Tell of this table alone. Repeatable.")
@click.option("--format", type=click.Choice(FORMATS), default="parquet", show_default=True, help="The files' format.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for machines.")
def explain(schema: str, as_json: bool, **options: Any) -> None:
    """Say what a schema will make, and why.

    The tables in the order in which they are made, with rows, bytes and seconds to expect; where each column comes from
    and what keeps it within its bounds; and what a careful reader would ask about. Nothing is made.

    \b
    datagen explain schema.json
    datagen explain schema.json --scale 1000 --format csv
    """
    from datagen_core.generating import explain as explanation  # noqa: PLC0415 - numpy is loaded when it is needed

    explained.show(schema, explanation(schema, **options), as_json=as_json)
