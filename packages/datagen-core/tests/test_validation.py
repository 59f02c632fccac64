"""Validation: clean data passes every check; each distortion is named by the check that it breaks, where it is."""

from __future__ import annotations

import copy
import json
import shutil
from pathlib import Path

import datagen_core
import jsonschema
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from datagen_core.errors import InputError, WorkError
from datagen_core.validation import (
    CHECKS,
    aggregates,
    bursts,
    copies,
    journeys,
    processes,
    residuals,
    tells,
    touches,
    validate_dataset,
    windows,
)

HERE = Path(__file__).parent
SHOP = HERE / "cases" / "shop.json"
CONTRACT = HERE.parents[2] / "contracts" / "validation-report" / "v1.json"
DAY = 86_400_000_000
ELSEWHERE = {  # test_validation_processes, test_validation_tells
    module.__name__ for module in (aggregates, bursts, copies, journeys, processes, residuals, tells, touches, windows)
}
SHOPS = {check.id for check in CHECKS.values() if check.trials.__module__ not in ELSEWHERE}


@pytest.fixture(scope="module")
def shop():
    return datagen_core.load(SHOP)


@pytest.fixture(scope="module")
def clean(shop, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clean") / "shop"
    datagen_core.generate(shop, folder, seed=7)
    return folder


@pytest.fixture
def data(clean, tmp_path):
    """A copy of the clean dataset that a test may damage."""
    return Path(shutil.copytree(clean, tmp_path / "shop"))


def found(report, check, table=None, column=None):
    return [
        result
        for result in report.results
        if result.id == check and table in {None, result.table} and (column is None or column in result.columns)
    ]


# --- clean data -----------------------------------------------------------------------------------------------------


def test_clean_data_passes_every_check(shop, clean):
    report = validate_dataset(shop, clean)
    assert [str(result.outcome.message) for result in report.failures] == []
    assert (report.score, report.passed) == (100.0, True)
    assert {result.id for result in report.results if result.status == "passed"} >= SHOPS


@pytest.mark.parametrize("seed", range(20, 26))
def test_no_seed_raises_a_false_alarm(shop, tmp_path, seed):
    datagen_core.generate(shop, tmp_path / "shop", seed=seed)
    report = validate_dataset(shop, tmp_path / "shop")
    assert [f"{result.id} {result.table} {result.outcome.message}" for result in report.failures] == []


def test_the_report_follows_its_contract(shop, data):
    shutil.copy(data / "item.parquet", data / "visit.parquet")
    contract = json.loads(CONTRACT.read_text(encoding="utf-8"))
    for report in (validate_dataset(shop, data), validate_dataset(shop, data, validated_at="2026-11-23T12:00:00Z")):
        content = json.loads(json.dumps(report.to_dict(), allow_nan=False))
        jsonschema.validate(content, contract, jsonschema.Draft202012Validator)
        assert content["score"] == report.score < 100
        assert not content["hard_constraints_hold"] and not content["passed"]


# --- distortions ----------------------------------------------------------------------------------------------------


def put(table, name, array):
    """A column replaced."""
    at = table.schema.get_field_index(name)
    return table.set_column(at, name, array)


def numbers(table, name):
    column = table.column(name)
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.int64())
    return column.to_numpy(zero_copy_only=False).copy()


def change(name, new):
    """A distortion of one column: `new(values, rng)` gives its new numbers."""

    def distort(table, rng):
        kind = table.schema.field(name).type
        values = new(numbers(table, name), rng)
        array = pa.array(values, pa.int64()).view(kind) if pa.types.is_timestamp(kind) else pa.array(values, kind)
        return put(table, name, array)

    return distort


def texts(name, new):
    """A distortion of a string column, value by value of its distinct ones, or by row."""

    def distort(table, rng):
        values = np.array(table.column(name).to_pylist(), dtype=object)
        return put(table, name, pa.array(new(values, rng).tolist(), pa.string()))

    return distort


def some(share, value):
    """A share of the values replaced."""
    return lambda values, rng: np.where(rng.random(len(values)) < share, value, values)


def keep(chosen):
    """The rows for which `chosen(table, rng)` holds."""
    return lambda table, rng: table.filter(pa.array(chosen(table, rng)))


def hours_of(table, name):
    return numbers(table, name) // (DAY // 24) % 24


def days_of(table, name):
    return numbers(table, name) // DAY


def one_null(name):
    def distort(table, _rng):
        array = table.column(name).combine_chunks()
        return put(table, name, pc.if_else(pa.array(np.arange(len(array)) == 3), pa.scalar(None, array.type), array))

    return distort


def swapped(first, second):
    """The first rows' values of two columns exchanged."""

    def distort(table, _rng):
        rows = pa.array(np.arange(table.num_rows) < 40)
        one, other = table.column(first).combine_chunks(), table.column(second).combine_chunks()
        table = put(table, first, pc.if_else(rows, other, one))
        return put(table, second, pc.if_else(rows, one, other))

    return distort


def thin(chosen, share=0.5):
    """Of the rows that are chosen only a share is left."""
    return keep(lambda table, rng: ~chosen(table) | (rng.random(len(table)) < share))


def young(table):
    """Orders of a customer's first two months, counted from its first order."""
    _, place = np.unique(numbers(table, "customer_id"), return_inverse=True)
    times = numbers(table, "ordered_at")
    first = np.full(place.max() + 1, times.max())
    np.minimum.at(first, place, times)
    return times - first[place] < 60 * DAY


def some_to_app(values, rng):
    return np.where((values == "web") & (rng.random(len(values)) < 0.2), "app", values)


def pile_on_the_last(values, rng):
    return np.where(rng.random(len(values)) < 0.1, values.max(), values)


def evenly_over_the_year(table, rng):
    days = rng.integers(19358, 19722, len(table)).astype(np.int32)
    return put(table, "first_seen", pa.array(days).view(pa.date32()))


DISTORTIONS = [
    ("structure.rows", "item", "", thin(lambda table: numbers(table, "item_id") > 0, 0.99)),
    ("structure.columns", "customer", "name", lambda table, _: table.drop_columns(["name"])),
    ("structure.type", "order", "qty", lambda table, _: put(table, "qty", table.column("qty").cast(pa.string()))),
    ("structure.type", "order", "ordered_at", lambda table, _: put(table, "ordered_at", table.column("ordered_at").cast(pa.int64()))),
    ("structure.null", "order", "channel", one_null("channel")),
    ("structure.primary_key", "item", "item_id", change("item_id", some(0.001, 5))),
    ("structure.foreign_key", "order", "customer_id", change("customer_id", some(0.001, -7))),
    ("structure.self_reference", "employee", "manager_id", change("manager_id", lambda _, rng: rng.integers(100, 400, 300))),
    ("values.range", "order", "qty", change("qty", some(0.01, 21))),
    ("values.range", "item", "weight", change("weight", some(0.001, -1.0))),
    ("values.inequality", "order", "ordered_at", swapped("ordered_at", "shipped_at")),
    ("values.after_parent", "visit", "at", change("at", lambda values, _: values - 3 * DAY)),
    ("values.pattern", "customer", "code", texts("code", lambda values, _: np.append("xx-1", values[1:]))),
    ("values.enum", "employee", "role", texts("role", some(0.02, "Chef"))),
    ("values.unique", "customer", "code", texts("code", lambda values, _: np.append(values[1], values[1:]))),
    ("values.expression", "order", "total", change("total", lambda values, _: values * 1.01)),
    ("values.lookup", "order", "tier", texts("tier", some(0.01, "gold"))),
    ("behaviour.weights", "order", "channel", texts("channel", some_to_app)),
    ("behaviour.weights", "order", "channel", texts("channel", some(0.002, "fax"))),
    ("behaviour.null_rate", "customer", "nick", texts("nick", some(0.2, None))),
    ("behaviour.distribution", "order", "amount", change("amount", lambda values, _: np.clip(values * 1.1, 1, 2000))),
    ("behaviour.distribution", "order", "qty", change("qty", some(0.1, 20))),
    ("behaviour.distribution", "item", "weight", change("weight", some(0.05, 10.0))),
    ("behaviour.distribution", "item", "score", change("score", lambda values, _: 1 - values)),
    ("behaviour.distribution", "item", "noisy", change("noisy", lambda values, _: values + 1)),
    ("behaviour.pattern", "visit", "at", thin(lambda table: hours_of(table, "at") == 9)),
    ("behaviour.pattern", "visit", "at", thin(lambda table: days_of(table, "at") % 7 == 3)),
    ("behaviour.pattern", "order", "ordered_at", thin(lambda table: days_of(table, "ordered_at") >= 20058)),
    ("behaviour.spread", "visit", "at", thin(lambda table: abs(days_of(table, "at") - 19950) < 9, 0.0)),
    ("behaviour.spread", "customer", "created_at", change("created_at", pile_on_the_last)),
    ("behaviour.age", "order", "ordered_at", thin(young)),
    ("behaviour.diffusion", "customer", "first_seen", evenly_over_the_year),
    ("behaviour.segment_mix", "customer", "tier", texts("tier", some(0.05, "gold"))),
    ("behaviour.fanout", "order", "", thin(lambda table: numbers(table, "order_id") > 0, 0.9)),
    ("behaviour.fanout", "visit", "", thin(lambda table: numbers(table, "customer_id") % 5 == 0)),
    ("behaviour.fanout_shape", "order", "", thin(lambda table: numbers(table, "customer_id") % 4 == 0, 0.0)),
    ("behaviour.weekend_share", "visit", "at", thin(lambda table: (days_of(table, "at") + 3) % 7 >= 5, 0.0)),
    ("behaviour.mean_in_range", "order", "qty", change("qty", lambda values, _: values + 5)),
    ("behaviour.composite_effect", "order", "occurrence", thin(lambda table: hours_of(table, "ordered_at") < 12, 0.3)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("check", "table", "column", "distort"),
    DISTORTIONS,
    ids=[f"{at:02d}-{check}-{table}-{column}" for at, (check, table, column, _) in enumerate(DISTORTIONS)],
)
def test_each_distortion_is_named(shop, data, check, table, column, distort):
    path = data / f"{table}.parquet"
    rows = pq.read_table(path)
    changed = distort(rows, np.random.default_rng(5))
    assert not changed.equals(rows)
    pq.write_table(changed, path)
    report = validate_dataset(shop, data)
    results = found(report, check, table, column or None)
    assert any(result.status == "failed" for result in results), [result.outcome.message for result in results]
    assert bool(report.hard_failures) == any(CHECKS[result.id].hard for result in report.failures)


def test_every_check_has_a_distortion_that_it_names():
    named = {check for check, *_ in DISTORTIONS} | {"structure.table"}
    assert named == SHOPS


def test_a_missing_table_fails_and_what_needs_it_is_skipped(shop, data):
    (data / "customer.parquet").unlink()
    report = validate_dataset(shop, data)
    assert [result.table for result in report.hard_failures if result.id == "structure.table"] == ["customer"]
    (skipped,) = found(report, "structure.foreign_key", "order", "customer_id")
    assert (skipped.status, skipped.outcome.message) == ("skipped", "table customer is missing")


def test_a_truncated_file_is_an_unreadable_table(shop, data):
    path = data / "order.parquet"
    path.write_bytes(path.read_bytes()[:-200])
    (broken,) = found(validate_dataset(shop, data), "structure.table", "order")
    assert broken.status == "failed" and "cannot be read" in broken.outcome.message


def test_a_damaged_page_is_an_error_of_the_checks_that_read_it(shop, data):
    path = data / "order.parquet"
    content = bytearray(path.read_bytes())
    content[1000 : len(content) // 2] = bytes(len(content) // 2 - 1000)
    path.write_bytes(bytes(content))
    report = validate_dataset(shop, data)
    assert {result.status for result in report.failures} >= {"error"}
    assert not report.passed


def test_an_empty_table_skips_the_laws(shop, data):
    path = data / "item.parquet"
    pq.write_table(pq.read_table(path).slice(0, 0), path)
    report = validate_dataset(shop, data)
    laws = [result for result in report.results if result.table == "item" and result.part == "behaviour"]
    assert laws and {result.status for result in laws if result.id != "behaviour.fanout"} <= {"skipped", "failed"}
    assert any("0 rows are too few" in result.outcome.message for result in laws)


def test_parts_in_a_directory_are_one_table(shop, data):
    rows = pq.read_table(data / "order.parquet")
    (data / "order.parquet").unlink()
    (data / "order").mkdir()
    for part in range(3):
        pq.write_table(
            rows.slice(part * len(rows) // 3, (part + 1) * len(rows) // 3 - part * len(rows) // 3),
            data / "order" / f"part-{part}.parquet",
        )
    (data / "order" / "_quarantine").mkdir()
    pq.write_table(rows.slice(0, 5), data / "order" / "_quarantine" / "bad.parquet")
    assert validate_dataset(shop, data).score == 100


def test_links_that_lead_out_are_not_followed(shop, data, tmp_path):
    shutil.move(data / "item.parquet", tmp_path / "outside.parquet")
    (data / "item.parquet").symlink_to(tmp_path / "outside.parquet")
    (item,) = found(validate_dataset(shop, data), "structure.table", "item")
    assert item.outcome.message == "no file for table item"


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda path: None, "no such directory"),
        (Path.touch, "is a file"),
        (Path.mkdir, "none of the document's tables"),
    ],
)
def test_a_wrong_directory_is_an_input_error(shop, tmp_path, make, says):
    path = tmp_path / "x"
    make(path)
    with pytest.raises(InputError, match=says):
        validate_dataset(shop, path)


def test_a_part_without_checks_counts_as_passed(tmp_path):
    document = {
        "version": "1.0",
        "metadata": {"name": "Plain"},
        "timeframe": {"start": "2024-01-01", "end": "2024-12-31", "freq": "D"},
        "nodes": [{"id": "t", "kind": "entity", "pk": "k", "rows": 10, "columns": [
            {"name": "k", "type": "int", "nullable": False, "generator": {"sequence": {}}},
        ]}],
        "constraints": {},
    }  # fmt: skip
    datagen_core.generate(document, tmp_path / "out")
    report = validate_dataset(datagen_core.load(document), tmp_path / "out")
    parts = report.parts()
    assert report.score == 100
    assert parts["values"]["share"] == 1.0 and parts["values"]["note"] == "nothing to check: counts as passed"
    assert parts["behaviour"]["note"] and "note" not in parts["structure"]


def test_the_score_weighs_the_parts(shop, data):
    path = data / "employee.parquet"
    rows = pq.read_table(path)
    pq.write_table(put(rows, "role", pa.array(["Chef"] * len(rows))), path)
    report = validate_dataset(shop, data, min_score=99.9)
    parts = report.parts()
    expected = 50 * parts["structure"]["share"] + 30 * parts["values"]["share"] + 20 * parts["behaviour"]["share"]
    assert report.score == pytest.approx(expected, abs=1e-3)
    assert not report.hard_failures and not report.passed and report.passes(80)


def test_writing_a_report_is_whole_or_not_at_all(shop, clean, tmp_path):
    report = validate_dataset(shop, clean)
    report.write(tmp_path / "report.json")
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["score"] == report.score
    with pytest.raises(WorkError, match="cannot be written"):
        report.write(tmp_path / "nowhere" / "report.json")
    assert [path.name for path in tmp_path.iterdir()] == ["report.json"]


# --- effects and fanouts --------------------------------------------------------------------------------------------


UNIFORM = {"type": "uniform", "params": {"low": 0.3, "high": 1.5}}


def promoted(document, fanout, effects=()):
    """The shop with promotions that act on visits, another fanout for these, and no vintage."""
    changed = copy.deepcopy(document)
    visit = next(node for node in changed["nodes"] if node["id"] == "visit")
    customer = next(node for node in changed["nodes"] if node["id"] == "customer")
    del customer["vintage_behavior"], customer["segment_behavior"]["applies_to_columns"]
    customer["columns"] = [column for column in customer["columns"] if column["name"] != "created_at"]
    changed["nodes"] = [node for node in changed["nodes"] if node["id"] not in {"order", "item"}]
    changed["constraints"] = {}
    changed["targets"] = {}
    visit["fanout"] = fanout
    visit["columns"] += [
        {"name": "promo_id", "type": "int", "nullable": False, "generator": {"lookup": {"from": "promo.promo_id"}}},
    ]
    changed["nodes"].insert(0, {"id": "promo", "kind": "entity", "pk": "promo_id", "rows": 6, "columns": [
        {"name": "promo_id", "type": "int", "nullable": False, "generator": {"sequence": {}}},
        {"name": "factor", "type": "float", "nullable": False, "generator": {"distribution": UNIFORM}},
    ]})  # fmt: skip
    visit["modifiers"] = list(effects)
    return changed


PROMO = {
    "transform": "effect",
    "args": {
        "effect_table": "promo",
        "on": {"promo_id": "promo_id"},
        "map": {"field": "factor", "op": "mul", "default": 1.0},
    },
}
FANOUTS = [
    {"distribution": "poisson", "lambda": 6},
    {"distribution": "poisson", "lambda": 3, "min": 1, "max": 5},
    {"distribution": "geometric", "lambda": 4},
    {"distribution": "uniform", "min": 2, "max": 8},
    {"distribution": "fixed", "lambda": 3.4},
    {"distribution": "zipf", "lambda": 2, "max": 40},
]  # fmt: skip


@pytest.mark.parametrize("effects", [(), (PROMO,)], ids=["plain", "effect"])
@pytest.mark.parametrize("fanout", FANOUTS, ids=[f"{fanout['distribution']}-{fanout.get('min')}" for fanout in FANOUTS])
def test_every_fanout_is_held_with_segments_and_effects(tmp_path, fanout, effects):
    document = datagen_core.load(promoted(json.loads(SHOP.read_text(encoding="utf-8")), fanout, effects))
    datagen_core.generate(document, tmp_path / "out", seed=3)
    report = validate_dataset(document, tmp_path / "out")
    assert [f"{result.id} {result.outcome.message}" for result in report.failures] == []
    fanouts = found(report, "behaviour.fanout", "visit")
    assert len(fanouts) == 3  # all, and the two segments that differ
    if not effects:
        assert {result.status for result in fanouts} == {"passed"}


def test_an_effect_that_did_not_act_is_noticed(tmp_path):
    raw = json.loads(SHOP.read_text(encoding="utf-8"))
    fanout = {"distribution": "poisson", "lambda": 6}
    plain, acted = (datagen_core.load(promoted(raw, fanout, effects)) for effects in ((), (PROMO,)))
    datagen_core.generate(plain, tmp_path / "out", seed=3)
    report = validate_dataset(acted, tmp_path / "out")
    assert "behaviour.fanout" in {result.id for result in report.failures}
