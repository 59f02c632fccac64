"""Before a run is too large, and when the disk is: told in time, and nothing half-written is left."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import datagen_core
import pytest
from datagen_core.cli import run
from datagen_core.errors import InputError, WorkError
from datagen_core.forecast import forecast
from datagen_core.generating import MOST_ROWS, prepared
from datagen_core.plan import plan
from datagen_core.run import FORMATS, Settings
from datagen_core.wording import counted, duration, size

EXAMPLES = Path(__file__).parent / "cases" / "examples"
SCHEMA = str(EXAMPLES / "simple_users_events.json")


def test_a_document_of_billions_is_told_table_by_table_and_needs_a_yes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert run(["generate", SCHEMA, "--rows", "user=1000000000"]) == 2
    first, *table, last = capsys.readouterr().err.splitlines()
    assert first == "this makes about 9,000,000,000 rows, and more than 100,000,000 need a yes:"
    assert [line.split()[:2] for line in table] == [
        ["table", "rows"],
        ["user", "1,000,000,000"],
        ["event", "8,000,000,000"],
        ["all", "9,000,000,000"],
    ]
    assert last == "give --yes, or make fewer: --scale 0.011 makes about 100,000,000"
    assert list(tmp_path.iterdir()) == []


def test_one_part_of_a_large_dataset_needs_no_yes(tmp_path: Path) -> None:
    settings = Settings(part=None)
    whole = forecast(plan(prepared(SCHEMA, {"user": 50_000_000}, 1.0)), settings)
    assert whole.rows > MOST_ROWS
    with pytest.raises(InputError, match="need a yes"):
        datagen_core.generate(SCHEMA, tmp_path / "out", rows={"user": 50_000_000})
    made = datagen_core.generate(SCHEMA, tmp_path / "out", rows={"user": 50_000_000}, part=(1, 760), only=["user"])
    assert made.rows == 65_536


def test_a_disk_that_is_too_small_is_found_before_work_and_a_yes_tries_all_the_same(tmp_path: Path) -> None:
    with pytest.raises(WorkError, match=r"are needed and 1\.0 kB are free") as caught:
        datagen_core.generate(SCHEMA, tmp_path / "new" / "out", free=lambda _: 1000)
    assert caught.value.exit_code == 3
    assert list(tmp_path.iterdir()) == []
    assert datagen_core.generate(SCHEMA, tmp_path / "out", free=lambda _: 1000, yes=True).rows > 0


FULL = """
import resource, sys
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, 300_000))
from datagen_core.cli import main
main()
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits on files are Unix's")
@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("before", [False, True])
def test_a_disk_that_fills_up_leaves_what_was_there_before(form: str, before: bool, tmp_path: Path) -> None:
    out = tmp_path / "out"
    if before:
        datagen_core.generate(SCHEMA, out, rows={"user": 10})
    kept = {path.name: path.read_bytes() for path in out.iterdir()} if before else {}
    call = ["generate", SCHEMA, "-o", str(out), "--rows", "user=100000", "--format", form]
    told = subprocess.run([sys.executable, "-c", FULL, *call], capture_output=True, text=True, timeout=120)
    assert told.returncode == 3, told.stderr
    assert "Traceback" not in told.stderr
    assert len(told.stderr.splitlines()) <= 3
    assert ({path.name: path.read_bytes() for path in out.iterdir()} if before else {}) == kept
    assert [path.name for path in tmp_path.iterdir()] == (["out"] if before else [])


@pytest.mark.parametrize(
    "example", ["bank", "ecommerce_conversion_funnel", "saas_subscription_churn", "vintage_effects_demo"]
)
@pytest.mark.parametrize("form", FORMATS[:3])
def test_a_forecast_is_near_what_comes(example: str, form: str, tmp_path: Path) -> None:
    schema = str(EXAMPLES / f"{example}.json")
    expected = forecast(plan(datagen_core.load(schema)), Settings(format=form))
    made = datagen_core.generate(schema, tmp_path / "out", format=form)
    assert expected.rows == pytest.approx(made.rows, rel=0.1)
    assert expected.bytes == pytest.approx(made.bytes, rel=0.8)


def test_a_rate_over_a_life_counts_the_lives_that_begin_late(document_of: object) -> None:
    created = {"name": "created_at", "type": "datetime", "generator": {"datetime_series": {"within": "timeframe"}}}
    at = {**created, "name": "at"}
    fanout = {"distribution": "poisson", "lambda": 4, "per": "month"}
    document = document_of(  # type: ignore[operator]
        {"id": "customer", "rows": 2000, "columns": [created]},
        {"id": "order", "parents": ["customer"], "fanout": fanout, "columns": [at]},
    )
    assert plan(datagen_core.load(document)).table("order").rows == pytest.approx(2000 * 4 * 12.2 / 2, rel=0.02)


SAID = {
    size: {0: "0 B", 999: "999 B", 1500: "1.5 kB", 2.5e9: "2.5 GB", 4e15: "4000.0 TB"},
    duration: {0.2: "under 1 s", 90: "90 s", 600: "10 min", 36_000: "10 h", 1e6: "12 days"},
    counted: {7.4: "7", 999: "999", 123_456: "123,000", 8_765_432_100: "8,770,000,000"},
}


@pytest.mark.parametrize(
    ("say", "value", "text"), [(say, value, text) for say, texts in SAID.items() for value, text in texts.items()]
)
def test_numbers_are_said_as_people_say_them(say: object, value: float, text: str) -> None:
    assert say(value) == text  # type: ignore[operator]
