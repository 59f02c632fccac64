"""``personas``: list, show, write and test them."""

from __future__ import annotations

from pathlib import Path

import click


@click.group()
def personas() -> None:
    """List, show, write and test personas."""


@personas.command("list")
def list_() -> None:
    """List the analysts of this package and how people call them."""
    from datacruncher.personas import library  # noqa: PLC0415 - listing help needs no checks

    for persona in library():
        checks = sum(asked.judged for asked in persona.asked)
        counts = f"{checks} checks, {len(persona.asked) - checks} metrics"
        click.echo(f"{persona.name}  ({', '.join(persona.aliases)})\n    {persona.about}\n    {counts}")


@personas.command()
@click.argument("name")
def show(name: str) -> None:
    """Show what an analyst asks, and why."""
    from datacruncher.personas import library, resolve  # noqa: PLC0415

    for persona in resolve([name], library()):
        click.echo(f"{persona.name}: {persona.about}\n")
        for asked in persona.asked:
            check = asked.check
            does = f"finds {check.defect}" if asked.judged else "measured, not judged"
            click.echo(f"{check.id}  {check.title}\n    {check.why}\n    needs {check.needs}; {does}")


@personas.command()
@click.argument("name")
@click.option("-o", "--output", metavar="FILE", help="Where to write it; the name with .yaml by default.")
def new(name: str, output: str | None) -> None:
    """Write a persona to start from."""
    from datacruncher.errors import InputError, Problem  # noqa: PLC0415
    from datacruncher.personas import slug  # noqa: PLC0415
    from datacruncher.personas.template import template  # noqa: PLC0415

    path = Path(output or f"{slug(name)}.yaml")
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(template(name))
    except OSError as error:
        raise InputError([Problem(f"can't be written: {error.strerror}", file=str(path))]) from error
    click.echo(f"{path}: change its checks, then try it: personas test {path} --data DIR")


@personas.command("test")
@click.argument("file")
@click.option("--data", metavar="DIR", help="Run its checks on this dataset, too.")
@click.pass_context
def test_(ctx: click.Context, file: str, data: str | None) -> None:
    """Say whether a persona's file is right, and what its checks find."""
    from datacruncher.personas import read_file  # noqa: PLC0415

    persona = read_file(file)
    click.echo(f"{file}: {persona.name}, {len(persona.asked)} checks, all right")
    if data is None:
        return
    from datacruncher import crunch  # noqa: PLC0415 - the engine starts only now

    report = crunch(data, personas=[], persona_files=[file])
    for run in report.checks:
        if run.persona:
            click.echo(f"{run.status:8}{run.check}" + (f": {run.reason}" if run.reason else ""))
    for issue in report.issues:
        click.echo(f"{issue.severity}: {issue.finding}")
    ctx.exit(1 if any(run.status == "error" for run in report.checks) else 0)
