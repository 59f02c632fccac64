"""A generator that is wrong is named: each law of most of the language broken on purpose, as careless code would break it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import datagen_core
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from datagen_core.validation import CHECKS, validate_dataset
from datagen_core.validation.case import Case, run
from datagen_core.validation.dataset import Dataset

if TYPE_CHECKING:
    from collections.abc import Callable

    Rows = Callable[[pa.Table, np.random.Generator], pa.Table]

FEATURES = Path(__file__).parent / "cases" / "features.json"
DAY, HOUR = 86_400_000_000, 3_600_000_000
START = np.datetime64("2024-01-01", "us").astype(np.int64)
END = np.datetime64("2025-01-01", "us").astype(np.int64) - 1_000_000
OURS = {
    "behaviour.edges",
    "values.identity",
    "behaviour.drawn_rows",
    "behaviour.strata",
    "values.window",
    "behaviour.bursts",
    "behaviour.modified_copy",
    "behaviour.undeclared_pattern",
}


@pytest.fixture(scope="module")
def document() -> Any:
    return datagen_core.load(FEATURES)


@pytest.fixture(scope="module")
def clean(document: Any, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("clean") / "data"
    datagen_core.generate(document, folder, seed=11, scale=3)
    return folder


def numbers(table: pa.Table, name: str) -> np.ndarray:
    column = table[name]
    return (column.cast(pa.int64()) if pa.types.is_timestamp(column.type) else column).to_numpy(zero_copy_only=False)


def put(table: pa.Table, name: str, values: Any) -> pa.Table:
    kind = table.schema.field(name).type
    array = pa.array(values, pa.int64()).view(kind) if pa.types.is_timestamp(kind) else pa.array(values, kind)
    return table.set_column(table.schema.get_field_index(name), name, array)


def changed(name: str, new: Any) -> Rows:
    """Numbers or times of one column changed: `new(values, table, rng)`."""
    return lambda table, rng: put(table, name, new(numbers(table, name).copy(), table, rng))


def replaced(name: str, share: float, value: Any) -> Rows:
    """A share of the values of one column replaced."""
    return changed(name, lambda values, _, rng: np.where(rng.random(len(values)) < share, value, values))


def shuffled(name: str) -> Rows:
    """The values of one column in another order."""
    return lambda table, rng: table.set_column(
        table.schema.get_field_index(name), name, table[name].take(pa.array(rng.permutation(len(table))))
    )


def thinned(chosen: Any, share: float) -> Rows:
    """Of the chosen rows only a share is left."""
    return lambda table, rng: table.filter(pa.array(~chosen(table) | (rng.random(len(table)) < share)))


def relabelled(name: str, mapping: dict[str, str]) -> Rows:
    return lambda table, _: table.set_column(
        table.schema.get_field_index(name),
        name,
        pa.array([mapping.get(one, one) for one in table[name].to_pylist()], pa.string()),
    )


def months(table: pa.Table, name: str) -> np.ndarray:
    return numbers(table, name).astype("datetime64[us]").astype("datetime64[M]").astype(int) % 12


def in_the_year(table: pa.Table, name: str) -> np.ndarray:
    return (numbers(table, name) - START) / (365.25 * DAY)


def at_the_bound(values: np.ndarray, table: pa.Table, rng: np.random.Generator) -> np.ndarray:
    """Times that were clipped at the one that comes before them."""
    return np.where(rng.random(len(values)) < 0.03, numbers(table, "booked_at"), values)


SPIKES = ("2024-11-29", "2024-12-02")


def on_days(table: pa.Table, name: str, *days: str) -> np.ndarray:
    return np.isin(numbers(table, name) // DAY, np.array(days, "datetime64[D]").astype(int))


def some_at_midnight(values: np.ndarray, _: pa.Table, rng: np.random.Generator) -> np.ndarray:
    return np.where(rng.random(len(values)) < 0.1, values // DAY * DAY, values)


def runs(table: pa.Table) -> np.ndarray:
    return (numbers(table, "read_at") - START) * 365 // (366 * DAY)


def calm_spring(values: np.ndarray, table: pa.Table, rng: np.random.Generator) -> np.ndarray:
    """No bursts from January to May."""
    return np.where(months(table, "read_at") < 5, rng.normal(100, 10, len(values)), values)


def favourites(values: np.ndarray, _: pa.Table, rng: np.random.Generator) -> np.ndarray:
    return np.where(rng.random(len(values)) < 0.05, values.min() + rng.integers(0, 3, len(values)), values)


def by_turns(values: np.ndarray, *_: Any) -> np.ndarray:
    return values.min() + np.arange(len(values)) % 240


def flattened(values: np.ndarray, table: pa.Table, _: Any) -> np.ndarray:
    """The age curve of a value undone."""
    first = numbers(table, "cohort_id")
    order = np.unique(first, return_inverse=True)[1]
    begin = np.full(order.max() + 1, np.iinfo(np.int64).max)
    np.minimum.at(begin, order, numbers(table, "used_at"))
    age = (numbers(table, "used_at") - begin[order]) / DAY / 91
    return values / (1 + 0.3 * np.log1p(age))


DISTORTIONS: list[tuple[str, str, str, Rows]] = [
    # piles
    ("behaviour.edges", "sensor", "read_at", replaced("read_at", 0.02, END)),
    ("behaviour.edges", "sensor", "read_at", replaced("read_at", 0.02, START)),
    ("behaviour.edges", "member", "joined_at", replaced("joined_at", 0.02, END // HOUR * HOUR)),
    ("behaviour.edges", "booking", "shown_at", changed("shown_at", at_the_bound)),
    ("behaviour.edges", "ping", "at", replaced("at", 0.02, END)),
    ("behaviour.undeclared_pattern", "sensor", "read_at", changed("read_at", some_at_midnight)),
    ("behaviour.undeclared_pattern", "use", "used_at", changed("used_at", lambda v, *_: v // DAY * DAY)),
    ("behaviour.undeclared_pattern", "letter", "sent_on", thinned(lambda t: (t["sent_on"].cast(pa.int32()).to_numpy() + 3) % 7 > 4, 0.4)),
    ("behaviour.distribution", "draw", "normal", replaced("normal", 0.1, 18.0)),
    ("behaviour.distribution", "draw", "lognormal", replaced("lognormal", 0.05, 300.0)),
    ("behaviour.distribution", "draw", "gamma", replaced("gamma", 0.05, 1.0)),
    ("behaviour.distribution", "draw", "uniform", changed("uniform", lambda v, *_: np.round(v))),
    # names, rows that are drawn
    ("values.identity", "member", "email", shuffled("email")),
    ("values.identity", "member", "login", shuffled("login")),
    ("values.identity", "member", "email", shuffled("name")),
    ("behaviour.drawn_rows", "booking", "venue_id", changed("venue_id", favourites)),
    ("behaviour.drawn_rows", "booking", "venue_id", changed("venue_id", by_turns)),
    # weights, rates, orphans
    ("behaviour.weights", "member", "tier", relabelled("tier", {"gold": "basic", "basic": "gold"})),
    ("behaviour.weights", "member", "area", relabelled("area", {"DE": "FR", "FR": "DE"})),
    ("behaviour.weights", "member", "page", relabelled("page", {"p00": "p05"})),
    ("behaviour.weights", "badge", "level", changed("level", lambda v, *_: 4 - v)),
    ("behaviour.segment_mix", "member", "tier", relabelled("tier", {"gold": "basic", "basic": "gold"})),
    ("structure.foreign_key", "booking", "member_id", replaced("member_id", 0.001, -1)),
    ("structure.foreign_key", "booking", "venue_id", replaced("venue_id", 0.001, 5)),
    # noise, growth, what is rare
    ("behaviour.distribution", "draw", "jittered", changed("jittered", lambda v, *_: 100 + (v - 100) * 1.15)),
    ("behaviour.distribution", "draw", "scaled", changed("scaled", lambda v, *_: 40 + (v - 40) * 0.85)),
    ("behaviour.distribution", "draw", "spiked", changed("spiked", lambda v, _, rng: np.where(rng.random(len(v)) < 0.1, v * 3, v))),
    ("behaviour.distribution", "draw", "dropped", changed("dropped", lambda v, *_: v * 1.1)),
    ("behaviour.distribution", "booking", "growing", changed("growing", lambda v, t, _: v / 1.5 ** in_the_year(t, "booked_at"))),
    ("behaviour.distribution", "booking", "linear", changed("linear", lambda v, t, _: v / (1 + 0.4 * in_the_year(t, "booked_at")))),
    ("behaviour.distribution", "booking", "slow", changed("slow", lambda v, t, _: v / (1 + np.log1p(3 * in_the_year(t, "booked_at")) / 2))),
    ("behaviour.distribution", "booking", "spend", changed("spend", lambda v, t, _: v / np.where(months(t, "booked_at") == 11, 2.0, 1.0))),
    ("behaviour.distribution", "use", "worth", changed("worth", flattened)),
    ("behaviour.strata", "booking", "sold", changed("sold", lambda v, t, _: v / np.where(on_days(t, "booked_at", *SPIKES), 3, 1))),
    ("behaviour.strata", "booking", "spend", changed("spend", lambda v, t, _: v / np.where(months(t, "booked_at") == 6, 0.7, 1.0))),
    ("behaviour.strata", "booking", "spend", shuffled("spend")),
    ("behaviour.strata", "booking", "growing", shuffled("growing")),
    ("behaviour.strata", "booking", "slow", shuffled("slow")),
    ("behaviour.strata", "use", "worth", shuffled("worth")),
    ("behaviour.modified_copy", "booking", "twice", changed("twice", lambda v, *_: v + 0.1)),
    ("behaviour.modified_copy", "booking", "twice", shuffled("twice")),
    ("behaviour.modified_copy", "booking", "about", changed("about", lambda v, *_: v * 1.03)),
    ("behaviour.modified_copy", "booking", "about", shuffled("about")),
    ("behaviour.modified_copy", "booking", "about", lambda table, _: put(table, "about", numbers(table, "rating"))),
    ("behaviour.modified_copy", "booking", "roughly", changed("roughly", lambda v, *_: v + 0.1)),
    ("behaviour.bursts", "sensor", "heat", changed("heat", calm_spring)),
    ("behaviour.bursts", "sensor", "heat", changed("heat", lambda v, t, _: np.where(runs(t) % 12 == 0, v * 1.6, v))),
    # times and numbers of children
    ("values.window", "booking", "booked_at", changed("booked_at", lambda v, *_: v + 6 * HOUR)),
    ("values.window", "letter", "sent_on", lambda table, _: put(table, "sent_on", table["sent_on"].cast(pa.int32()).to_numpy() - 200)),
    ("behaviour.pattern", "booking", "booked_at", changed("booked_at", lambda v, *_: np.minimum(v + 6 * HOUR, END))),
    ("behaviour.pattern", "ping", "at", changed("at", lambda v, *_: np.minimum(v + 2 * DAY, END))),
    ("behaviour.pattern", "link", "since", thinned(lambda t: numbers(t, "since") // HOUR % 24 == 18, 0.5)),
    ("behaviour.spread", "letter", "sent_on", thinned(lambda t: abs(t["sent_on"].cast(pa.int32()).to_numpy() - 19900) < 9, 0.0)),
    ("behaviour.age", "use", "used_at", changed("used_at", lambda v, _, rng: np.minimum(v + rng.integers(0, 90 * DAY, len(v)), END))),
    ("behaviour.diffusion", "cohort", "created_at", changed("created_at", lambda v, _, rng: rng.integers(START, END, len(v)))),
    ("behaviour.fanout", "ping", "", thinned(lambda t: np.ones(len(t), bool), 0.85)),
    ("behaviour.fanout", "lifted", "", thinned(lambda t: np.array(t["area"].to_pylist()) == "DE", 0.7)),
    ("behaviour.fanout", "wave", "", thinned(lambda t: months(t, "waved_at") > 5, 0.8)),
    ("behaviour.fanout", "badge", "", thinned(lambda t: np.ones(len(t), bool), 0.93)),
    ("behaviour.fanout_shape", "link", "", thinned(lambda t: numbers(t, "member_id") % 5 == 0, 0.0)),
    ("behaviour.fanout_shape", "booking", "", thinned(lambda t: numbers(t, "member_id") % 5 == 0, 0.0)),
    ("behaviour.null_rate", "member", "note", relabelled("note", {"x": None})),  # type: ignore[dict-item]
]  # fmt: skip


def test_clean_data_passes(document: Any, clean: Path) -> None:
    report = validate_dataset(document, clean)
    assert [f"{one.id} {one.table}: {one.outcome.message}" for one in report.failures] == []
    assert {one.id for one in report.results if one.status == "passed"} >= OURS


@pytest.mark.parametrize(
    ("check", "table", "column", "distort"),
    DISTORTIONS,
    ids=[
        f"{at:02d}-{check.partition('.')[2]}-{table}-{column}"
        for at, (check, table, column, _) in enumerate(DISTORTIONS)
    ],
)
def test_each_distortion_is_named(
    check: str, table: str, column: str, distort: Rows, document: Any, clean: Path, tmp_path: Path
) -> None:
    data = Path(shutil.copytree(clean, tmp_path / "data"))
    rows = pq.read_table(data / f"{table}.parquet")
    pq.write_table(distort(rows, np.random.default_rng(5)), data / f"{table}.parquet")
    found = [
        one
        for one in run(CHECKS[check], Case(document, Dataset(data, document)))
        if one.table == table and (not column or column in one.columns)
    ]
    assert any(one.status == "failed" for one in found), [f"{one.status} {one.outcome.message}" for one in found]


def test_every_check_of_this_kind_has_a_distortion() -> None:
    assert {check for check, *_ in DISTORTIONS} >= OURS
    assert set(CHECKS) >= OURS
