"""``polish``: resolve the findings of a crunch report."""

from __future__ import annotations

import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from datapolisher.cli.border import guarded

if TYPE_CHECKING:
    from datapolisher.job import Options
    from datapolisher.polishing import Outcome
    from datapolisher.report.model import Mode
    from datapolisher.report.plan_file import PlanFile

_FILE = click.Path(path_type=Path)
_SHARE = click.FloatRange(0, 1)


@click.command(context_settings={"help_option_names": ["-h", "--help"]}, short_help="Resolve the findings of a report.")
@click.argument("report", type=_FILE, required=False)
@click.option("--auto", is_flag=True, help="Resolve what is safe without asking: path 1, then path 2.")
@click.option("--interactive", is_flag=True, help="Ask about each finding.")
@click.option("--path", type=click.Choice(["schema", "postprocess", "approve"]), help="One path alone.")
@click.option("-o", "--output", type=_FILE, help="The result's directory.  [default: <dataset>_polished]")
@click.option(
    "--script",
    type=click.Choice(["duckdb", "polars"]),
    default="duckdb",
    show_default=True,
    help="Which of the two scripts is applied.",
)
@click.option("--no-apply", is_flag=True, help="Write the scripts, apply neither.")
@click.option("--no-change-log", is_flag=True, help="Keep no old values; undo is not possible then.")
@click.option("--plan", type=_FILE, help="Carry out a plan that was kept, as it is or edited.")
@click.option("--dry-run", is_flag=True, help="Show the plan and keep it in polish_plan.yaml; change nothing.")
@click.option("--data", type=_FILE, help="The dataset, where it is not the one that the report names.")
@click.option(
    "--table",
    "tables",
    multiple=True,
    metavar="NAME",
    help="The table of another tool's result that names none; THEIRS=OURS where the data calls it otherwise.",
)
@click.option("--schema", type=_FILE, help="The document that made the data.")
@click.option("--approved-by", metavar="NAME", help="Who approves, with --path approve.")
@click.option("--notes", metavar="TEXT", help="Why, with --path approve.")
@click.option("--accept", multiple=True, metavar="FINDING", help="With --approved-by: a finding or severity to accept.")
@click.option("--sign", type=_FILE, metavar="KEY", help="Sign the manifest with an SSH key.")
@click.option("--map", "map_", multiple=True, metavar="TABLE.COLUMN=FILE", help="Map values by a CSV of old,new.")
@click.option("--fill", multiple=True, metavar="TABLE.COLUMN=HOW", help="Fill nulls: a value, median, mode or forward.")
@click.option("--round", "round_", multiple=True, metavar="TABLE.COLUMN=DIGITS", help="Round a column.")
@click.option("--enrich", multiple=True, metavar="NAME,…", help="Add computed columns: is_active, lifetime_value, ….")
@click.option(
    "--choose", multiple=True, metavar="FINDING=FIX", help="Take one of a finding's choices, FIX:ARGUMENT, or skip."
)
@click.option(
    "--max-changed",
    type=_SHARE,
    default=0.05,
    show_default=True,
    help="Share of a table's rows that a fix may change without asking.",
)
@click.option(
    "--max-quarantined",
    type=_SHARE,
    default=0.01,
    show_default=True,
    help="Share of a table's rows that a fix may take out without asking.",
)
@click.option(
    "--max-rounds", type=click.IntRange(1, 10), default=3, show_default=True, help="Rounds of change and second look."
)
@click.option(
    "--memory-limit", metavar="SIZE", help="Memory of the engine; beyond it, it spills to disk.  [default: 800MB]"
)
@click.option("--html", type=_FILE, help="Write what was done as a page, too.")
@click.option("--quiet", is_flag=True, help="Print nothing but errors.")
@click.option("--json", "as_json", is_flag=True, help="Print the polish report as JSON.")
@guarded
def polish(report: Path | None, **said: Any) -> None:
    """Resolve the findings of a crunch report.

    REPORT is crunch_report.json by default, or what a plan names. Path 1 improves the schema that made the data and generates again; path 2
    writes and applies a script; path 3 approves the dataset with a manifest. Without a mode: --interactive on a
    terminal, else --auto.
    """
    from datapolisher.polishing import run  # noqa: PLC0415  --help stays light

    quiet, as_json, page = said.pop("quiet"), said.pop("as_json"), said.pop("html")
    options = _options(_mode(said), said, silent=quiet or as_json)
    named = report or (options.plan.source.report if options.plan else Path("crunch_report.json"))
    outcome = run(named, options)
    if page is not None:
        _write_page(outcome, page)
    if as_json:
        click.echo(outcome.report.to_json(), nl=False)
    elif not quiet:
        _show(outcome, dry_run=options.dry_run)


def _write_page(outcome: Outcome, page: Path) -> None:
    from datapolisher import output  # noqa: PLC0415
    from datapolisher.report import html  # noqa: PLC0415

    output.write_file(page, html.render(outcome.report))


def _mode(said: dict[str, Any]) -> Mode:
    """The mode that was asked for; interactive on a terminal and auto elsewhere when none was."""
    auto, interactive, path = said.pop("auto"), said.pop("interactive"), said.pop("path")
    if sum(map(bool, (auto, interactive, path))) > 1:
        raise click.UsageError("--auto, --interactive and --path exclude each other")
    if said["plan"] and (path or interactive):
        raise click.UsageError("--plan says what is done; leave --interactive and --path out")
    if said["plan"]:
        return "plan"
    if path:
        forced: Mode = path
        return forced
    if interactive and not _terminal():
        raise click.UsageError("--interactive needs a terminal; use --auto, or --choose FINDING=FIX")
    asking = interactive or (not auto and not said["dry_run"] and _terminal())
    return "interactive" if asking else "auto"


def _terminal() -> bool:
    return sys.stdin.isatty() and sys.stdout.isatty()


def _options(mode: Mode, said: dict[str, Any], *, silent: bool) -> Options:
    from datapolisher.approver import Approval  # noqa: PLC0415
    from datapolisher.cli.person import on_terminal  # noqa: PLC0415
    from datapolisher.fixes.base import Budgets  # noqa: PLC0415
    from datapolisher.intake import Wanted  # noqa: PLC0415
    from datapolisher.job import Options  # noqa: PLC0415
    from datapolisher.report.plan_file import read_plan  # noqa: PLC0415

    plan = read_plan(said["plan"]) if said["plan"] else None
    budgets = Budgets(said["max_changed"], said["max_quarantined"])
    return Options(
        mode=mode,
        output=said["output"],
        script=said["script"],
        apply=not said["no_apply"],
        dry_run=said["dry_run"],
        change_log=not said["no_change_log"],
        wanted=Wanted(*_places(said, plan), budgets),
        wishes=(*(plan.wishes if plan else ()), *_wishes(said)),
        plan=plan,
        choices=dict(_pair(choice) for choice in said["choose"]),
        approval=Approval(said["approved_by"], said["notes"], said["accept"], said["sign"]),
        decide=on_terminal if mode == "interactive" else None,
        tell=(lambda _: None) if silent else (lambda line: click.echo(f"… {line}", err=True)),
        rounds=said["max_rounds"],
        memory_limit=said["memory_limit"],
    )


def _places(said: dict[str, Any], plan: PlanFile | None) -> tuple[Path | None, Path | None]:
    """The data and the schema: as the call names them, else as the plan does."""
    data, schema = (plan.source.data, plan.source.schema) if plan else (None, None)
    return said["data"] or data, said["schema"] or schema


def _wishes(said: dict[str, Any]) -> tuple[tuple[str, str], ...]:
    names = [name.strip() for listed in said["enrich"] for name in listed.split(",") if name.strip()]
    given = {"map": said["map_"], "fill": said["fill"], "round": said["round_"], "enrich": names}
    return tuple((wish, argument) for wish, arguments in given.items() for argument in arguments)


def _pair(choice: str) -> tuple[str, str]:
    said = re.fullmatch(r"(.+?)=([A-Za-z_][\w.]*(?::.*)?)", choice, re.DOTALL)
    if said is None:
        raise click.UsageError(f"--choose {choice}: write FINDING=FIX, FINDING=FIX:ARGUMENT, or FINDING=skip")
    return said[1], said[2]


def _show(outcome: Any, *, dry_run: bool) -> None:
    from rich.console import Console  # noqa: PLC0415

    from datapolisher.report import terminal  # noqa: PLC0415

    console = Console(soft_wrap=False)
    if outcome.diff:
        console.print(terminal.diff(outcome.diff), soft_wrap=True)
    planned = dry_run and outcome.report.path != "approve"
    console.print(terminal.plan_table(outcome.plan) if planned else terminal.summary(outcome.report))
    if outcome.written:
        console.print(f"report: {outcome.written}", highlight=False)
