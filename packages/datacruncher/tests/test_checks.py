"""Every check in the registry: it passes on its clean rows and finds its damaged ones, where they are, with SQL that runs."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import msgspec
import pytest
from datacruncher import registry, vocabulary, words
from datacruncher.analyzer import Limits, analyze
from datacruncher.catalog.build import build
from datacruncher.checks.base import CheckSpec, Example
from datacruncher.checks.validity._codes import FAMILIES
from datacruncher.documents import Declared, read_schema
from datacruncher.personas import Asked, Persona, library
from datacruncher.report.assemble import Writer
from datacruncher.report.model import Issue, Report
from datacruncher.source import open_source

IDS = registry.ids()
Write = Callable[[Path, Mapping[str, Any]], Path]


def _spec(check_id: str) -> CheckSpec:
    spec = registry.spec(check_id)
    assert spec is not None
    return spec


def _example(check_id: str) -> Example:
    example = _spec(check_id).example
    assert example is not None, f"{check_id} has no example"
    return example


def _run(spec: CheckSpec, folder: Path, example: Example, now: dt.datetime) -> Report:
    schema = folder.parent / f"{folder.name}.json"
    declared = Declared()
    if example.schema is not None:
        schema.write_text(json.dumps(example.schema))
        declared = read_schema(str(schema))
    asked = Asked(spec, msgspec.convert(dict(example.params), spec.params), spec.severity)
    with open_source(str(folder), threads=1) as source:
        catalog = build(source, declared, now)
        outcomes = [o for o in analyze(source, catalog, [Persona("Tester", asked=(asked,))], Limits()) if o.persona]
        return Writer(source, catalog, declared).report(outcomes, ["Tester"], None)


def _merged(example: Example) -> Mapping[str, Any]:
    return {**example.clean, **example.damaged}


@pytest.mark.parametrize("check_id", IDS)
def test_the_definition_is_whole(check_id: str) -> None:
    spec = _spec(check_id)
    assert spec.id == check_id
    assert spec.defect in vocabulary.words()
    assert spec.title and spec.why and spec.needs and spec.message and spec.recommendation
    assert spec.severity.source
    words.names_in(spec.message)
    words.names_in(spec.recommendation)
    assert spec.params() == msgspec.convert({}, spec.params)


@pytest.mark.parametrize("check_id", IDS)
def test_clean_rows_pass(check_id: str, tmp_path: Path, write_tables: Write, now: dt.datetime) -> None:
    example = _example(check_id)
    report = _run(_spec(check_id), write_tables(tmp_path / "clean", example.clean), example, now)
    assert [issue.finding for issue in report.issues] == []
    statuses = [(run.status, run.reason) for run in report.checks]
    assert "error" not in {status for status, _ in statuses}, statuses
    assert "passed" in {status for status, _ in statuses}, statuses


@pytest.mark.parametrize("check_id", IDS)
def test_damaged_rows_are_found(check_id: str, tmp_path: Path, write_tables: Write, now: dt.datetime) -> None:
    example = _example(check_id)
    report = _run(_spec(check_id), write_tables(tmp_path / "damaged", _merged(example)), example, now)
    assert len(report.issues) == 1, [(run.status, run.reason, run.location) for run in report.checks]
    issue = report.issues[0]
    assert issue.defect == _spec(check_id).defect
    assert example.finds is None or issue.evidence.rows_affected == example.finds
    if example.at:
        place = issue.location
        assert example.at in {".".join([place.table or "", *place.columns[:n]]) for n in (0, 1, 2, 3)}
    _shown_queries_say_the_same(issue)


def _shown_queries_say_the_same(issue: Issue) -> None:
    """What is shown runs in a fresh engine in another time zone, and returns what the finding says."""
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'America/New_York'")
        if issue.sql_query is not None:
            cursor = con.execute(issue.sql_query)
            names = [column[0] for column in cursor.description]
            values = dict(zip(names, cursor.fetchone() or (), strict=True))
            evidence = issue.evidence
            for name, said in (("rows_affected", evidence.rows_affected), ("rows_total", evidence.rows_total)):
                assert name not in values or values[name] == said
            if "observed" in values and isinstance(evidence.observed, float):
                assert float(values["observed"]) == pytest.approx(evidence.observed)
        if issue.rows_query is not None:
            counted = con.execute(f"SELECT COUNT(*) FROM ({issue.rows_query})").fetchone()
            assert counted and counted[0] > 0


def test_every_word_of_the_vocabulary_has_a_check_that_a_persona_asks() -> None:
    asked = {one.check.defect for persona in library() for one in persona.asked}
    assert [word for word in vocabulary.words() if word not in asked] == []


def test_every_check_is_asked_by_a_persona() -> None:
    asked = {one.check.id for persona in library() for one in persona.asked}
    assert [check_id for check_id in IDS if check_id not in asked] == []


@pytest.mark.parametrize(
    ("value", "members", "same"),
    [("GB", ["UK", "DE"], True), ("DEU", ["DE"], True), ("FR", ["UK", "DE"], False), ("XX", ["DE"], False)],
)
def test_a_code_of_another_system_names_the_same_thing(value: str, members: list[str], same: bool) -> None:
    assert FAMILIES[0].same(value, members) is same


@pytest.mark.parametrize(
    ("constraints", "grave"),
    [
        ({}, 1),
        ({"inequalities": [{"left": "sale.amount", "op": "<=", "right": "sale.sale_id"}]}, 0),
        ({"ranges": [{"attr": "sale.amount", "min": 0, "max": 40}]}, 0),
    ],
    ids=["nothing else", "an inequality", "a range"],
)
def test_what_a_constraint_moves_is_not_held_against_its_form(
    constraints: dict[str, Any], grave: int, tmp_path: Path, write_tables: Write, now: dt.datetime
) -> None:
    """The generator clips values to keep a constraint: the declared distribution holds between the bounds only."""
    spec, example = _spec("expectation.distribution_mismatch"), _example("expectation.distribution_mismatch")
    assert example.schema is not None
    clipped = {"sale": "SELECT i AS sale_id, LEAST(0.05 + i % 1000 / 10.0, 40) AS amount FROM range(2000) t(i)"}
    changed = Example(
        clean=clipped, damaged={}, finds=None, schema={**example.schema, "constraints": constraints}, at="sale.amount"
    )
    report = _run(spec, write_tables(tmp_path / "clipped", clipped), changed, now)
    assert len(report.issues) == grave
