"""Commands by entry point: who owns which name, and loading the one that is called.

Group ``datagen.commands``; the name is the command, the value a click command object. Listing reads the installed
distributions' metadata and imports nothing.
"""

from __future__ import annotations

from difflib import get_close_matches
from importlib.metadata import Distribution, EntryPoint, PackageNotFoundError, entry_points, version
from typing import TYPE_CHECKING

import click

from datagen.known import COMMANDS

if TYPE_CHECKING:
    from collections.abc import Iterable

GROUP = "datagen.commands"


class CallError(click.UsageError):
    """The call was wrong; exit code 2, and no usage lines around the one sentence."""

    def show(self, file: object = None) -> None:
        """Print the sentence on stderr."""
        click.echo(f"datagen: {self.format_message()}", err=True)


class PluginError(CallError):
    """A command is installed and can't be loaded; exit code 3."""

    exit_code = 3


def installed(package: str) -> str | None:
    """The version of a distribution, or None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def owners() -> dict[str, list[EntryPoint]]:
    """Command → the entry points that claim it; one path that is installed twice counts once."""
    found: dict[str, dict[tuple[str, str], EntryPoint]] = {}
    for entry in entry_points(group=GROUP):
        found.setdefault(entry.name, {})[(_label(entry.dist), entry.value)] = entry
    return {name: list(entries.values()) for name, entries in found.items()}


def ordered(names: Iterable[str]) -> list[str]:
    """Our own commands in the order of the work, then all others by name."""
    mine = list(COMMANDS)
    return sorted(names, key=lambda name: (mine.index(name) if name in COMMANDS else len(mine), name))


def help_of(name: str, entries: list[EntryPoint]) -> str:
    """The command's line in the list, without importing it."""
    if len(entries) > 1:
        return f"claimed by {_claims(entries)}; calling it is an error"
    if name in COMMANDS and _label(entries[0].dist) == COMMANDS[name].package:
        return COMMANDS[name].help
    dist = entries[0].dist
    summary = dist.metadata["Summary"] if dist is not None else None
    return f"{summary or 'A command'} ({_label(dist)})"


def load(name: str) -> click.Command | None:
    """The command of that name, or None where nobody owns it.

    Raises
    ------
    PluginError
        When two packages own the name, or the owner can't be imported or is no command.
    """
    entries = owners().get(name, [])
    if not entries:
        return None
    if len(entries) > 1:
        raise PluginError(f'two owners of the command "{name}": {_claims(entries)}; uninstall one of them')
    return _imported(entries[0])


def missing(name: str, names: Iterable[str]) -> CallError:
    """The error for a command that nobody owns: the package to install, or the nearest word."""
    known = COMMANDS.get(name)
    if known is None:
        near = get_close_matches(name, list(names), n=1, cutoff=0.5)
        guess = f'; did you mean "{near[0]}"?' if near else ""
        return CallError(f'unknown command "{name}"{guess} ({", ".join(names) or "no command is installed"})')
    have = installed(known.package)
    if have is None:
        return CallError(f'the command "{name}" needs the package {known.package}: pip install {known.package}')
    return CallError(
        f'the installed {known.package} {have} has no command "{name}": pip install --upgrade {known.package}'
    )


def _imported(entry: EntryPoint) -> click.Command:
    where = f'the command "{entry.name}" of {_label(entry.dist)} ({entry.value})'
    try:
        command = entry.load()
    except Exception as error:
        raise PluginError(f"{where} can't be loaded: {type(error).__name__}: {error}") from error
    if not isinstance(command, click.Command):
        raise PluginError(f"{where} is a {type(command).__name__}, not a click command")
    return command


def _label(dist: Distribution | None) -> str:
    return str(dist.name) if dist is not None else "an unnamed package"


def _claims(entries: list[EntryPoint]) -> str:
    return " and ".join(sorted(f"{_label(entry.dist)} ({entry.value})" for entry in entries))
