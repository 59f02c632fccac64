"""The umbrella in a fresh interpreter whose only packages are click, the umbrella and what a case installs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import click
import pytest

SOURCE = Path(__file__).parents[1] / "src"
HEAVY = {
    "numpy",
    "pyarrow",
    "duckdb",
    "mimesis",
    "polars",
    "msgspec",
    "rich",
    "datagen_core",
    "datacruncher",
    "datapolisher",
}
PLUGIN = "import click\n@click.command()\ndef command():\n    '''Own help.'''\n    click.echo('ran {name}')\n"


@dataclass
class House:
    """A directory of installed packages, and a way to call ``datagen`` with it."""

    path: Path
    names: list[str] = field(default_factory=list)

    def install(
        self, name: str, *, commands: dict[str, str], version: str = "1.0", module: str = "", summary: str = ""
    ) -> None:
        """Write a distribution: its metadata, and one module of that name."""
        info = self.path / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        text = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n" + (
            f"Summary: {summary}\n" if summary else ""
        )
        (info / "METADATA").write_text(text)
        lines = [f"{command} = {value}" for command, value in commands.items()]
        (info / "entry_points.txt").write_text("[datagen.commands]\n" + "\n".join(lines) + "\n")
        (self.path / f"{name.replace('-', '_')}.py").write_text(module or PLUGIN.format(name=name))

    def python(self, code: str) -> subprocess.CompletedProcess[str]:
        """Run code where nothing but this house and the standard library can be imported."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(self.path), str(SOURCE)]), "COLUMNS": "100"}
        return subprocess.run(
            [sys.executable, "-S", "-c", code], capture_output=True, text=True, timeout=60, env=environment
        )

    def datagen(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Call ``datagen``."""
        return self.python(f"import sys; sys.argv[1:] = {list(arguments)!r}; from datagen.cli import main; main()")


@pytest.fixture
def house(tmp_path: Path) -> House:
    (tmp_path / "click").symlink_to(Path(click.__file__).parent, target_is_directory=True)
    return House(tmp_path)


def crunch(house: House, **changes: object) -> None:
    house.install("datacruncher", **{"commands": {"crunch": "datacruncher:command"}, **changes})  # type: ignore[arg-type]


def test_help_lists_commands_and_imports_none_of_them(house: House) -> None:
    crunch(house, module="raise RuntimeError('imported')")
    house.install(
        "club-tools",
        commands={"loyalty": "club_tools:command"},
        module="raise RuntimeError",
        summary="Points and tiers",
    )
    told = house.datagen("--help")
    assert told.returncode == 0, told.stderr
    assert "Let the analysts look at a dataset." in told.stdout
    assert "Points and tiers (club-tools)" in told.stdout
    assert "Not installed: pip install datapolisher" in told.stdout


def test_a_command_runs_with_its_own_help(house: House) -> None:
    crunch(house)
    assert house.datagen("crunch").stdout == "ran datacruncher\n"
    assert "Own help." in house.datagen("crunch", "--help").stdout


WRONG_CALLS = {
    "its package is missing": (
        ["polish"],
        2,
        'the command "polish" needs the package datapolisher: pip install datapolisher',
    ),
    "its package is too old": (
        ["describe"],
        2,
        'the installed datacruncher 1.0 has no command "describe": pip install --upgrade datacruncher',
    ),
    "a letter is missing": (["crunc"], 2, 'unknown command "crunc"; did you mean "crunch"? (crunch)'),
    "no word is near": (["zzzzzz"], 2, 'unknown command "zzzzzz" (crunch)'),
}


@pytest.mark.parametrize(("call", "code", "sentence"), WRONG_CALLS.values(), ids=WRONG_CALLS)
def test_a_wrong_call_is_one_sentence(house: House, call: list[str], code: int, sentence: str) -> None:
    crunch(house)
    told = house.datagen(*call)
    assert (told.returncode, told.stdout, told.stderr) == (code, "", f"datagen: {sentence}\n")


BROKEN = {
    "cannot be imported": (
        "import no_such_module",
        3,
        "can't be loaded: ModuleNotFoundError: No module named 'no_such_module'",
    ),
    "lacks the object": (
        "x = 1",
        3,
        "can't be loaded: AttributeError: module 'datacruncher' has no attribute 'command'",
    ),
    "is no command": ("command = 7", 3, "is a int, not a click command"),
    "raises when called": (
        "import click\n@click.command()\ndef command():\n    raise KeyError('gone')",
        3,
        "internal error: KeyError: 'gone'",
    ),
    "raises a sentence": (
        "import click\nclass Wrong(Exception):\n    exit_code = 2\n@click.command()\ndef command():\n    raise Wrong('a:1:1: b')",
        2,
        "a:1:1: b",
    ),
    "asks for an exit code": (
        "import click\n@click.command()\n@click.pass_context\ndef command(ctx):\n    ctx.exit(1)",
        1,
        "",
    ),
    "is interrupted": (
        "import click\n@click.command()\ndef command():\n    raise KeyboardInterrupt",
        130,
        "datagen: interrupted",
    ),
    "misses a file": (
        "import click\n@click.command()\ndef command():\n    raise click.FileError('x')",
        2,
        "Could not open file",
    ),
}


@pytest.mark.parametrize(("module", "code", "sentence"), BROKEN.values(), ids=BROKEN)
def test_a_command_that_fails_shows_no_traceback(house: House, module: str, code: int, sentence: str) -> None:
    crunch(house, module=module)
    told = house.datagen("crunch")
    assert told.returncode == code, told.stderr
    assert sentence in told.stderr
    assert "Traceback" not in told.stderr


def test_a_reader_that_has_gone_is_no_mistake(house: House) -> None:
    crunch(house, module="import click\n@click.command()\ndef command():\n    print('x' * 100000, end='')")
    code = (
        "import os, subprocess, sys\n"
        "line = [sys.executable, '-S', '-c', 'import sys; sys.argv[1:] = [\"crunch\"]; from datagen.cli import main; main()']\n"
        "read, write = os.pipe(); os.close(read)\n"
        "done = subprocess.run(line, stdout=write, stderr=subprocess.PIPE, text=True)\n"
        "print(done.returncode, done.stderr)"
    )
    assert house.python(code).stdout.strip() == "0"


def test_two_owners_of_one_command_are_named(house: House) -> None:
    crunch(house)
    house.install("other-tools", commands={"crunch": "other_tools:command"})
    told = house.datagen("crunch")
    assert told.returncode == 3
    assert told.stderr == (
        'datagen: two owners of the command "crunch": datacruncher (datacruncher:command) and '
        "other-tools (other_tools:command); uninstall one of them\n"
    )
    assert "claimed by datacruncher" in house.datagen("--help").stdout


def test_version_names_every_part(house: House) -> None:
    crunch(house, version="1.2.3")
    told = house.datagen("--version")
    assert told.returncode == 0
    assert told.stdout.splitlines() == [
        "datagen not installed",
        "datagen-core not installed",
        "datacruncher 1.2.3",
        "datapolisher not installed",
    ]


def test_completion_knows_the_names_and_imports_nothing(house: House) -> None:
    crunch(house, module="raise RuntimeError('imported')")
    told = house.python(
        "import click; from datagen.cli import cli\n"
        "print([item.value for item in cli.shell_complete(click.Context(cli), 'cr')])"
    )
    assert told.stdout == "['crunch']\n", told.stderr


def test_help_of_the_real_commands_imports_no_engine() -> None:
    code = (
        "import sys, json; from datagen.cli import run\n"
        "code = run(['--help'])\n"
        f"print(json.dumps([code, sorted({HEAVY!r} & set(sys.modules))]), file=sys.stderr)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60)
    assert json.loads(told.stderr) == [0, []]
    assert "generate" in told.stdout
