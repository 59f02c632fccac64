"""Every option of every command stands in a document that people read, and no document names one that is gone."""

from __future__ import annotations

import re
from importlib.metadata import entry_points

import click
import pytest

from repository.sources import ROOT

PACKAGE = "datagen_core"
COMMANDS = {
    entry.name: entry.load()
    for entry in entry_points(group="datagen.commands")
    if entry.value.startswith(f"{PACKAGE}.")
}
PAGES = [ROOT / "README.md", ROOT / "packages" / "datagen-core" / "README.md", *sorted(ROOT.glob("docs/**/*.md"))]
TEXT = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)


def options(command: click.Command) -> set[str]:
    """The long names of a command's options."""
    return {name for one in command.params for name in one.opts if name.startswith("--")}


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_option_is_documented(name: str) -> None:
    spellings = [one.opts for one in COMMANDS[name].params if one.opts[0].startswith("-")]
    missing = [names for names in spellings if not any(re.search(rf"(?<!\S)`?{word}\b", TEXT) for word in names)]
    assert not missing, f"{name}: say in docs/ what these do: {missing}"


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_no_document_names_an_option_that_is_gone(name: str) -> None:
    known = options(COMMANDS[name]) | {"--help"}
    calls = re.findall(rf"^\$? ?datagen(?:-core)? {name} [^\n#|]*", TEXT, re.MULTILINE)
    used = {option for call in calls for option in re.findall(r"--[a-z][a-z-]*", call)}
    assert used <= known


def test_no_command_is_left_out() -> None:
    assert set(COMMANDS) >= {"explain", "generate", "validate", "export"}
