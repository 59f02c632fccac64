"""``python -m datapolisher.cli.call NAME ARGS…``: a command of the group ``datagen.commands``, in its own process.

A command registers itself bare; what its errors mean for the exit code is for whoever calls it. An error that carries an
``exit_code`` is a sentence for people, any other one is a defect of the command.
"""

from __future__ import annotations

import sys
from importlib.metadata import entry_points
from typing import Any, NoReturn

import click


def run(name: str, args: list[str]) -> int:
    """Load the one command that is named, and run it; its exit code."""
    entry = next(entry for entry in entry_points(group="datagen.commands") if entry.name == name)
    try:
        outcome: Any = entry.load().main(args=args, prog_name=name, standalone_mode=False)
    except click.Abort:
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except Exception as error:  # noqa: BLE001 - the border of a process
        told = getattr(error, "exit_code", None)
        click.echo(str(error) if isinstance(told, int) else f"{type(error).__name__}: {error}", err=True)
        return told if isinstance(told, int) else 3
    return outcome if isinstance(outcome, int) and not isinstance(outcome, bool) else 0


def main() -> NoReturn:
    """The entry point of the process."""
    name, *args = sys.argv[1:]
    sys.exit(run(name, args))


if __name__ == "__main__":
    main()
