"""The walls hold, and the checker fails when one is broken."""

from __future__ import annotations

from pathlib import Path

import pytest

from repository import walls
from repository.sources import ROOT

TOML = '[project]\nname = "{name}"\ndependencies = ["click>=8", "numpy>=2", "duckdb>=1", "mimesis>=19", "rich>=13"]\n'

BROKEN = {
    "a package imports another": (
        "datacruncher/source.py",
        "from datagen_core import load",
        "share contracts and no code",
    ),
    "by its name": (
        "datacruncher/source.py",
        "import importlib\nimportlib.import_module('datagen_core.plan')",
        "by name",
    ),
    "relatively, from above": ("datagen_core/streams.py", "from .cli import generate", "cli stands above streams"),
    "inside a function": (
        "datagen_core/streams.py",
        "def f():\n    import datagen_core.cli",
        "cli stands above streams",
    ),
    "a room without a place": ("datagen_core/attic.py", "", "datagen_core.attic has no place"),
    "click outside cli": ("datagen_core/streams.py", "import click", "imports click; only"),
    "duckdb where no data is opened": ("datacruncher/errors.py", "import duckdb", "imports duckdb; only"),
    "mimesis outside the pools": (
        "datagen_core/generators/faker.py",
        "from mimesis import Person",
        "imports mimesis; only",
    ),
    "an engine at the top of a command": (
        "datagen_core/cli/x.py",
        "import numpy",
        "a command imports it when it is called",
    ),
    "an undeclared dependency": ("datagen_core/streams.py", "import requests", "no declared dependency"),
    "print in the library": ("datagen_core/streams.py", "print('x')", "calls print"),
    "exit in the library": ("datagen_core/streams.py", "import sys\nsys.exit(1)", "calls sys.exit"),
    "global randomness": ("datagen_core/streams.py", "import numpy as np\nnp.random.seed(1)", "global state"),
    "the random module": ("datagen_core/streams.py", "import random", "imports random"),
    "the clock": ("datagen_core/streams.py", "from datetime import datetime\nx = datetime.now()", "reads the clock"),
    "eval": ("datagen_core/streams.py", "eval('1')", "calls eval"),
    "a shell": ("datacruncher/source.py", "import subprocess\nsubprocess.run('x', shell=True)", "calls a shell"),
    "a circle": ("datagen_core/streams.py", "from datagen_core import errors", "a circle of imports"),
}


def house(root: Path, where: str, code: str) -> list[str]:
    """The breaches of a small house with one file that holds `code`."""
    for package in ("datagen_core", "datacruncher"):
        source = root / "packages" / package / "src" / package
        source.mkdir(parents=True)
        (root / "packages" / package / "pyproject.toml").write_text(TOML.format(name=package))
        (source / "cli").mkdir()
        (source / "__init__.py").write_text("")
        (source / "cli" / "__init__.py").write_text("")
    (root / "packages/datagen_core/src/datagen_core/errors.py").write_text(
        "def f():\n    from datagen_core import streams\n"
    )
    (root / "packages/datagen_core/src/datagen_core/streams.py").write_text("")
    path = root / "packages" / where.partition("/")[0] / "src" / where
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(code + "\n")
    return walls.violations(root)


def test_the_walls_stand() -> None:
    assert walls.violations() == []


@pytest.mark.parametrize(("where", "code", "sentence"), BROKEN.values(), ids=BROKEN)
def test_a_broken_wall_is_seen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, where: str, code: str, sentence: str
) -> None:
    layers = {"datagen_core": ("cli", "datagen_core", "generators", "errors streams")}
    monkeypatch.setattr(walls, "LAYERS", layers)
    found = house(tmp_path, where, code)
    assert len(found) == 1, found
    assert sentence in found[0]


def test_an_innocent_file_breaks_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(walls, "LAYERS", {"datagen_core": ("cli", "datagen_core", "errors plan", "streams")})
    code = "from __future__ import annotations\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    import click\n"
    assert house(tmp_path, "datagen_core/plan.py", code) == []


def test_every_room_of_the_table_is_inhabited() -> None:
    names = {module.name for module in walls.modules(ROOT)}
    for package, lines in walls.LAYERS.items():
        for room in " ".join(lines).split():
            assert (package if room == package else f"{package}.{room}") in names, room


def test_every_exception_of_the_table_is_used() -> None:
    everything = walls.modules(ROOT)
    for package, rooms in walls.ROOMS.items():
        for room in rooms - {"*.cli"}:
            users = [module for module in everything if any(i.module.split(".")[0] == package for i in module.imports)]
            assert any(module.name == room or module.name.startswith(room + ".") for module in users), (package, room)
    for room in walls.MAY_READ_THE_CLOCK:
        assert any(module.name == room and walls.CLOCK.search(module.text) for module in everything), room
