"""Every metric in the registry: on about ten rows it gives what a person computes by hand, and says on how many it rests."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import duckdb
import jsonschema
import msgspec
import pytest
from datacruncher import registry
from datacruncher.analyzer import Limits, analyze
from datacruncher.catalog.build import build
from datacruncher.documents import Declared, read_schema
from datacruncher.metrics.base import MetricSpec
from datacruncher.personas import Asked, Persona, library
from datacruncher.report.assemble import Writer
from datacruncher.report.json import encode
from datacruncher.report.model import Report
from datacruncher.source import open_source

IDS = sorted(registry.builtin_metrics())
Write = Callable[[Path, Mapping[str, Any]], Path]
CONTRACT = json.loads((Path(__file__).parents[3] / "contracts" / "crunch-report" / "v1.json").read_text())


def _spec(metric_id: str) -> MetricSpec:
    spec = registry.metric(metric_id)
    assert spec is not None
    return spec


@pytest.fixture(scope="module", params=IDS)
def measured(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, write_tables: Write, now: dt.datetime
) -> tuple[MetricSpec, Report]:
    spec = _spec(request.param)
    folder = write_tables(tmp_path_factory.mktemp("metric") / "data", spec.example.tables)
    return spec, _run(spec, folder, now)


def _run(spec: MetricSpec, folder: Path, now: dt.datetime) -> Report:
    declared = Declared()
    if spec.example.schema is not None:
        schema = folder.parent / "schema.json"
        schema.write_text(json.dumps(spec.example.schema))
        declared = read_schema(str(schema))
    check = spec.as_check()
    asked = Asked(check, msgspec.convert(dict(spec.example.params or {}), spec.params), check.severity, judged=False)
    with open_source(str(folder), threads=1) as source:
        catalog = build(source, declared, now)
        outcomes = analyze(source, catalog, [Persona("Tester", asked=(asked,))], Limits())
        return Writer(source, catalog, declared).report(outcomes, ["Tester"], None)


def test_it_gives_what_a_person_computes_by_hand(measured: tuple[MetricSpec, Report]) -> None:
    spec, report = measured
    said = [(run.check, run.status, run.reason) for run in report.checks]
    business = report.metrics.get("business", {}).get("Tester", {})
    assert spec.example.values.keys() <= business.keys(), said
    for name, expected in spec.example.values.items():
        _same(business[name], expected, name)


def _same(value: Any, expected: Any, where: str) -> None:
    if isinstance(expected, list):
        assert len(value) == len(expected), (where, value)
        for i, (one, other) in enumerate(zip(value, expected, strict=True)):
            _same(one, other, f"{where}[{i}]")
    elif isinstance(expected, dict):
        for key, other in expected.items():
            _same(value[key], other, f"{where}.{key}")
    else:
        wanted = pytest.approx(expected) if isinstance(expected, float) else expected
        assert value == wanted, (where, value, expected)


def test_it_says_on_how_many_it_rests(measured: tuple[MetricSpec, Report]) -> None:
    spec, report = measured
    found = {measure.metric: measure for measure in report.metrics["measures"]}
    for name, n in (spec.example.ns or {}).items():
        assert found[name].n == n, name
    titles = {one.name: (one.title, one.unit, one.kind) for one in spec.gives}
    for name, measure in found.items():
        assert (measure.title, measure.unit, measure.kind) == titles[name.partition(".")[0]]
        assert measure.n is not None


def test_its_query_runs_as_it_stands(measured: tuple[MetricSpec, Report]) -> None:
    spec, report = measured
    own = {one.name for one in spec.gives}
    for measure in report.metrics["measures"]:
        with duckdb.connect() as con:
            con.execute("SET TimeZone = 'America/New_York'")
            cursor = con.execute(measure.sql_query or "")
            row = dict(zip([column[0] for column in cursor.description or ()], cursor.fetchone() or (), strict=True))
            if measure.kind == "number" and measure.metric in row and measure.metric in own:
                assert float(row[measure.metric]) == pytest.approx(measure.value)


def test_the_report_fits_its_contract(measured: tuple[MetricSpec, Report]) -> None:
    jsonschema.Draft202012Validator(CONTRACT).validate(json.loads(encode(measured[1])))


@pytest.mark.parametrize("metric_id", IDS)
def test_the_definition_is_whole(metric_id: str) -> None:
    spec = _spec(metric_id)
    assert spec.id == metric_id
    assert spec.title and spec.why and spec.needs and spec.gives
    assert len({one.name for one in spec.gives}) == len(spec.gives)
    assert metric_id not in registry.builtin()


def test_every_metric_is_asked_by_a_persona() -> None:
    asked = {one.check.id for persona in library() for one in persona.asked}
    assert [metric_id for metric_id in IDS if metric_id not in asked] == []


def test_no_two_metrics_of_a_persona_share_a_name() -> None:
    for persona in library():
        names = [one.name for asked in persona.asked if (spec := registry.metric(asked.check.id)) for one in spec.gives]
        assert len(names) == len(set(names)), persona.name
