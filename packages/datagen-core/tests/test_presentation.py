"""What people see at a terminal and in a log: previews that stay readable, progress that says when it will end."""

from __future__ import annotations

import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from datagen_core.cli import progress, run
from datagen_core.cli.preview import LONGEST, lines
from datagen_core.cli.progress import Lines, announced
from rich.cells import cell_len
from rich.console import Console

EXAMPLES = Path(__file__).parent / "cases" / "examples"
ROWS = pa.table(
    {
        "id": [1, 20_000],
        "name": ["日本語", "a text so long that nobody would want to see the whole of it in a table"],
        "note": pa.array(["two\nlines", None]),
        "amount": [0.1 + 0.2, 1234.5],
        "yes": [True, False],
        "at": pa.array([datetime(2024, 2, 29, 23, 59, 59, 5, UTC)] * 2, pa.timestamp("us", tz="UTC")),
        "day": [date(2024, 2, 29), date(2000, 1, 1)],
    }
)


def test_a_preview_is_aligned_typed_and_cut() -> None:
    told = list(lines("thing", ROWS, None))
    assert told == [
        "thing: 2 rows",
        "     id  name                              note        amount  yes    at                   day",
        "    int  string                            string       float  bool   datetime             date",
        "      1  日本語                            two\\nlines     0.3  true   2024-02-29 23:59:59  2024-02-29",
        "  20000  a text so long that nobody woul…  null        1234.5  false  2024-02-29 23:59:59  2000-01-01",
    ]


@pytest.mark.parametrize("width", [50, 70, 90, 400])
def test_a_preview_fits_the_terminal_and_every_block_can_be_told_apart(width: int) -> None:
    told = list(lines("thing", ROWS, width))
    assert all(cell_len(line) <= width for line in told)
    names = [word for line in told if line.split()[:1] == ["id"] for word in line.split()]
    assert set(names) == set(ROWS.column_names)
    assert names.count("id") == len([line for line in told if not line]) + 1


def test_a_column_wider_than_the_terminal_is_shown_all_the_same() -> None:
    told = list(lines("thing", ROWS.select(["name", "note"]), 10))
    assert [line.strip() for line in told if "two" in line] == ["日本語" + " " * (LONGEST - 6) + "  two\\nlines"]
    assert next(lines("none", ROWS.slice(0, 0), None)) == "none: no rows"


def test_a_preview_for_machines_has_iso_instants(capsys: pytest.CaptureFixture[str]) -> None:
    call = ["generate", str(EXAMPLES / "simple_users_events.json"), "--dry-run-sample", "1", "--json"]
    assert run(call) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["event"][0]["timestamp"].endswith("Z")
    assert "T" in found["event"][0]["timestamp"]


def test_a_log_says_now_and_then_how_far_a_long_table_is(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 1.0, 20.0, 21.0, 40.0])
    monkeypatch.setattr(progress.time, "monotonic", lambda: next(clock))
    told = Lines(every=15.0)
    told.begin("event", 10_000)
    for _ in range(4):
        told.advance("event", 2_000)
    told.end("event", 10_000)
    assert capsys.readouterr().err.splitlines() == [
        "event: 4,000 of 10,000 rows, 200/s, 30 s left",
        "event: 8,000 of 10,000 rows, 200/s, 10 s left",
        "event: 10,000 rows",
    ]


def test_a_bar_says_rows_a_second_and_the_time_that_is_left() -> None:
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100, color_system=None)
    with announced(quiet=False, console=console) as told:
        told.begin("a [b]", 1_000_000)
        for _ in range(4):
            told.advance("a [b]", 100_000)
    last = screen.getvalue()
    assert "a [b]" in last
    assert "400,000 of 1,000,000 rows" in last
    assert "/s" in last
