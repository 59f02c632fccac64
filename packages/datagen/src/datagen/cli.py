"""The command ``datagen``: it knows where commands are, and loads the one that is called."""

from __future__ import annotations

import os
import sys
from typing import Any, NoReturn

import click
from click.shell_completion import CompletionItem

from datagen import plugins
from datagen.known import COMMANDS, PACKAGES


class Umbrella(click.Group):
    """A group whose commands live in other packages; listing them imports none of them."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All commands that an installed package owns."""
        return plugins.ordered(plugins.owners())

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load one command."""
        return plugins.load(cmd_name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the called command; say whom to install, or the nearest word, where there is none."""
        name = args[0]
        if not name.startswith("-") and name not in plugins.owners():
            raise plugins.missing(name, self.list_commands(ctx))
        return super().resolve_command(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; a reader that has gone ends it without complaint."""
        try:
            return super().invoke(ctx)
        except BrokenPipeError:
            _forget_output()
            return 0

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the list of commands, from words that need no import."""
        entries = plugins.owners()
        rows = [(name, plugins.help_of(name, entries[name])) for name in plugins.ordered(entries)]
        rows += [
            (name, f"Not installed: pip install {known.package}")
            for name, known in COMMANDS.items()
            if name not in entries and plugins.installed(known.package) is None
        ]
        with formatter.section("Commands"):
            formatter.write_dl(rows or [("none", f"pip install {' '.join(PACKAGES)}")])

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete a command's name, without importing it."""
        entries = plugins.owners()
        names = [name for name in plugins.ordered(entries) if name.startswith(incomplete)]
        items = [CompletionItem(name, help=plugins.help_of(name, entries[name])) for name in names]
        return [*items, *click.Command.shell_complete(self, ctx, incomplete)]


def _versions(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if not value or ctx.resilient_parsing:
        return
    for package in ("datagen", *PACKAGES):
        click.echo(f"{package} {plugins.installed(package) or 'not installed'}")
    ctx.exit()


@click.group(cls=Umbrella, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version", is_flag=True, is_eager=True, expose_value=False, callback=_versions, help="Show all versions and exit."
)
def cli() -> None:
    """From a schema to an approved dataset: generate, crunch, polish.

    \b
    datagen generate schema.json -o output/
    datagen crunch output/ --schema schema.json
    datagen polish crunch_report.json --auto
    """


def run(arguments: list[str] | None = None) -> int:
    """Run a command line and return its exit code.

    An error that carries an ``exit_code`` is a sentence for people; any other exception is a defect of a command.
    """
    try:
        outcome: Any = cli.main(arguments, prog_name="datagen", standalone_mode=False)
    except click.Abort:
        click.echo("datagen: interrupted", err=True)
        return 130
    except click.ClickException as error:
        error.show()
        return 2 if isinstance(error, click.FileError) else error.exit_code
    return outcome if isinstance(outcome, int) and not isinstance(outcome, bool) else 0


def main() -> NoReturn:
    """The entry point of ``datagen``; whatever happens, nobody sees a traceback."""
    try:
        code = run()
        sys.stdout.flush()
    except BrokenPipeError:
        _forget_output()
        code = 0
    except Exception as error:
        told = getattr(error, "exit_code", None)
        click.echo(str(error) if isinstance(told, int) else _defect(error), err=True)
        raise SystemExit(told if isinstance(told, int) else 3) from error
    sys.exit(code)


def _forget_output() -> None:
    """The reader of our output has gone, as ``head`` does: what is left to print goes nowhere."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _defect(error: Exception) -> str:
    return f"datagen: internal error: {type(error).__name__}: {error}; please report it with the command you typed"
