"""``validate``: a schema alone, or a dataset against its schema."""

from __future__ import annotations

import json

import click

import datagen_core
from datagen_core.cli import present
from datagen_core.destination import write_text

MIN_SCORE = 80.0  # stands here again so that --help imports nothing; a test holds it to the report's


@click.command(short_help="Hold generated data against its schema.")
@click.argument("schema", metavar="SCHEMA")
@click.option("--data", metavar="DIR", help="The dataset. Without it, the schema alone is checked.")
@click.option(
    "-o",
    "--output",
    default="validation_report.json",
    show_default=True,
    metavar="FILE",
    help="The report, where there is data.",
)
@click.option(
    "--min-score",
    type=click.FloatRange(0, 100),
    default=MIN_SCORE,
    show_default=True,
    help="The lowest score that passes.",
)
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON document, for machines.")
def validate(schema: str, data: str | None, output: str, min_score: float, **shown: bool) -> int:
    """Hold generated data against its schema.

    With --data: structure, values and behaviour of the dataset, with a score from 0 to 100. The exit code is 0 when all
    hard constraints hold and the score reaches --min-score, else 1. Without --data: the schema alone.

    \b
    datagen validate schema.json
    datagen validate schema.json --data output/ --min-score 95
    """
    if data is None:
        _schema_alone(schema, **shown)
        return 0
    report = datagen_core.validate(schema, data, min_score=min_score)
    content = report.to_dict()
    write_text(output, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    if shown["as_json"]:
        present.as_json(content)
    elif not shown["quiet"]:
        present.validated(content, output)
    return 0 if report.passed else 1


def _schema_alone(schema: str, *, quiet: bool, as_json: bool) -> None:
    from datagen_core.plan import plan  # noqa: PLC0415 - numpy is loaded when it is needed, not for --help

    work = plan(datagen_core.load(schema))
    if as_json:
        present.as_json(present.planned_json(schema, work))
    elif not quiet:
        present.planned(schema, work)
