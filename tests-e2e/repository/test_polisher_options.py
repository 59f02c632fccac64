"""Every option of the polisher's commands stands in its reference, below its command, and no other does."""

from __future__ import annotations

import re
from collections.abc import Iterator

import click
import pytest
from datapolisher.cli import main

from repository.sources import ROOT

PAGE = (ROOT / "docs" / "reference" / "polisher.md").read_text(encoding="utf-8")
SECTIONS = dict(re.findall(r"^## (\w+)\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL))


def options(command: click.Command) -> Iterator[str]:
    """The long names of the options of a command and of those below it."""
    for one in command.params:
        yield from (name for name in one.opts if name.startswith("--"))
    if isinstance(command, click.Group):
        for below in command.commands.values():
            yield from options(below)


def test_every_command_has_its_section() -> None:
    assert set(SECTIONS) == set(main.commands)


@pytest.mark.parametrize("name", sorted(main.commands))
def test_the_options_of_a_command_are_those_of_its_section(name: str) -> None:
    rows = "\n".join(line.split("|")[1] for line in SECTIONS[name].splitlines() if line.startswith("|"))
    assert set(re.findall(r"--[a-z][a-z-]*", rows)) == set(options(main.commands[name]))
