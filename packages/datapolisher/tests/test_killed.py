"""Killed at any moment, the output directory is absent or complete, and a second run succeeds."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from datapolisher import output, source

MOMENTS = 20
CODE = "import datapolisher.commands as c; c.available = lambda _: False; from datapolisher.cli import main; main()"
CALL = [sys.executable, "-c", CODE, "polish", "--auto", "--round", "order.amount=2", "--quiet"]


def _complete(target: Path) -> bool:
    said = output.read_mark(target)
    return said is not None and not output.altered(target, said) and not output.foreign(target)


@pytest.fixture
def job(make: Any, shop: Path, write_report: Any, tmp_path: Path) -> Path:
    """A dataset that takes a moment to polish."""
    make.table(
        shop / "order.parquet",
        "SELECT i AS order_id, 1 + i % 5 AS user_id, CAST(i AS DOUBLE) / 7 AS amount, "
        "CASE WHEN i % 50 = 0 THEN 'Paid ' ELSE 'Paid' END AS status FROM range(300000) t(i)",
    )
    write_report(make.report("shop", make.finding("whitespace", "order", "status")))
    return tmp_path


def test_killed_at_twenty_moments(job: Path) -> None:
    target = job / "shop_polished"
    before = {path.name: source.sha256(path) for path in (job / "shop").iterdir()}
    started = time.monotonic()
    subprocess.run(CALL, cwd=job, check=True)
    whole = time.monotonic() - started
    assert _complete(target)
    moments = sorted(random.Random(7).uniform(0.2, 1.05) * whole for _ in range(MOMENTS))
    for number, moment in enumerate(moments):
        if number % 2:  # both over an earlier result and where there is none
            subprocess.run([sys.executable, "-c", f"import shutil; shutil.rmtree({str(target)!r}, True)"], check=True)
        running = subprocess.Popen(CALL, cwd=job, stderr=subprocess.DEVNULL, start_new_session=True)
        time.sleep(moment)
        if running.poll() is None:
            os.killpg(running.pid, signal.SIGKILL)
        running.wait()
        assert not target.exists() or _complete(target), f"killed after {moment:.2f} s"
    subprocess.run(CALL, cwd=job, check=True)
    assert _complete(target)
    assert {path.name: source.sha256(path) for path in (job / "shop").iterdir()} == before


def test_interrupted_by_a_person(job: Path) -> None:
    """Ctrl-C: exit code 130, one sentence, nothing half-written."""
    running = subprocess.Popen(CALL, cwd=job, stderr=subprocess.PIPE, text=True)
    deadline = time.monotonic() + 30
    while not list(job.glob(".shop_polished.*")) and running.poll() is None and time.monotonic() < deadline:
        time.sleep(0.005)
    running.send_signal(signal.SIGINT)
    _, said = running.communicate(timeout=60)
    if running.returncode == 0:
        pytest.skip("it was faster than the person")
    assert running.returncode == 130, said
    assert "Traceback" not in said
    assert not list(job.glob(".shop_polished.*"))
    assert not (job / "shop_polished").exists()
