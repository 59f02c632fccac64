"""The command ``datagen-core``: a group of the same commands that ``datagen`` offers, for those who installed this alone.

Commands parse, make one call of the library, and print. A command is imported when it is called.
"""

from __future__ import annotations

import importlib
import os
import sys
from typing import Any, NoReturn

import click

from datagen_core.__about__ import __version__
from datagen_core.errors import DatagenError

COMMANDS = {
    "explain": "Say what a schema will make, and why.",
    "generate": "Generate the tables that a schema describes.",
    "validate": "Hold generated data against its schema.",
    "export": "Write a dataset's tables in another format.",
}
"""The commands and their line in the list, which is shown without importing them; a test holds them to their help."""


class Commands(click.Group):
    """A group that imports the one command that is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order of the work."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import one command."""
        if cmd_name not in COMMANDS:
            return None
        found: click.Command = getattr(importlib.import_module(f"{__name__}.{cmd_name}"), cmd_name)
        return found

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="datagen-core")
def cli() -> None:
    """Realistic, relational tables from a JSON schema.

    \b
    datagen-core generate schema.json --seed 42 -o output/
    datagen-core validate schema.json --data output/
    datagen-core export output/ --format csv -o exported/
    """


def run(arguments: list[str] | None = None) -> int:
    """Run a command line and return its exit code, as the contract has them."""
    try:
        outcome: Any = cli.main(arguments, prog_name="datagen-core", standalone_mode=False)
    except click.Abort:
        click.echo("datagen-core: interrupted", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except DatagenError as error:
        click.echo(str(error), err=True)
        return error.exit_code
    return outcome if isinstance(outcome, int) and not isinstance(outcome, bool) else 0


def main() -> NoReturn:
    """The entry point; whatever happens, nobody sees a traceback."""
    try:
        code = run()
        sys.stdout.flush()
    except BrokenPipeError:  # the reader of our output has gone, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except Exception as error:  # noqa: BLE001 - the last border: a defect of ours, told as such
        what = f"{type(error).__name__}: {error}"
        click.echo(f"datagen-core: internal error: {what}; please report it with the command you typed", err=True)
        code = 3
    sys.exit(code)
