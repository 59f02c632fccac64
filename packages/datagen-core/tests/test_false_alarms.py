"""Right data raises no alarm: a few seeds here, hundreds in ``benchmarks/false_alarms.py``."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from pathlib import Path
from typing import Any

import datagen_core
import pytest

HERE = Path(__file__).resolve().parent
SCRIPT = HERE.parent / "benchmarks" / "false_alarms.py"


@pytest.fixture(scope="module")
def script() -> Any:
    found = importlib.util.spec_from_file_location("false_alarms", SCRIPT)
    assert found is not None and found.loader is not None
    module = sys.modules["false_alarms"] = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


@pytest.mark.parametrize("seed", range(3))
def test_most_of_the_language_raises_no_alarm(script: Any, seed: int) -> None:
    document = datagen_core.load(HERE / "cases" / "features.json")
    tally = script.count_alarms([document], [seed], 20_000)
    assert tally.told == []
    assert tally.trials["behaviour.distribution"] > 15 and len(tally.trials) > 20


def test_an_alarm_is_counted_and_told(script: Any, tmp_path: Path) -> None:
    document = datagen_core.load(HERE / "cases" / "features.json")
    datagen_core.generate(document, tmp_path / "data", seed=1)
    text = (HERE / "cases" / "features.json").read_text(encoding="utf-8")
    other = datagen_core.load(text.replace('"mean": 35', '"mean": 38'))
    tally = script.Tally()
    script._add(tally, other, tmp_path / "data", 1)
    assert tally.alarms == Counter({"behaviour.distribution": 1})
    assert len(tally.told) == 1 and "Features.draw normal" in tally.told[0]


def test_a_check_breaks_its_promise_when_chance_does_not_explain_its_alarms(script: Any) -> None:
    tally = script.Tally(Counter(kept=4000, broken=4000), Counter(kept=8, broken=12))
    assert tally.breaks() == ["broken"]
    assert script.more_than(0, 4.0) == 1.0
    assert script.more_than(12, 4.0) == pytest.approx(0.000915, rel=1e-2)
