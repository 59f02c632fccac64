"""Path 1, held by regeneration: flawed schemas → data → findings → patches → the same data made again → findings.

    python packages/datapolisher/benchmarks/regeneration.py [WORD…]

prints a table: defect, patch, evidence before and after. Generator, analyst and polisher are the commands, run in this
process, so that sixty rounds take a minute; whatever they are given is what a person would type.
"""

from __future__ import annotations

import json
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from io import StringIO
from pathlib import Path
from typing import Any

from datapolisher import commands
from datapolisher.cli import call
from sound_schemas import Document

Report = dict[str, Any]
Issue = dict[str, Any]
SEED = "42"
GRAVE = {"critical", "high", "medium"}


@dataclass(frozen=True)
class Case:
    """A flaw that an author could have written, and the patch that takes it away.

    Parameters
    ----------
    defect, fix
        The word of the finding, and the fix of path 1 that mends it.
    table, columns
        Where the finding is.
    flawed
        The document with the flaw.
    says
        What is wrong with it, in a few words.
    against
        The document that the data is held against: a contract of somebody else's; None for its own.
    asked
        A person chooses the fix; nobody is asked otherwise.
    finding
        Evidence of a finding that the analyst does not make of generated data, laid into its report by hand.
    measure
        A query over ``{data}`` whose answer tells of such a finding before and after, as no check does.
    spoil
        What happens to the data after it was made.
    made_with, named
        More words for the generator, and for the polisher.
    personas
        Who looks; "all" for everybody.
    """

    defect: str
    fix: str
    table: str
    columns: tuple[str, ...]
    flawed: Callable[[], Document]
    says: str
    against: Callable[[], Document] | None = None
    asked: bool = False
    finding: dict[str, Any] | None = None
    measure: str = ""
    better: Callable[[Any, Any], bool] = lambda before, after: before != after
    spoil: Callable[[Path], None] | None = None
    made_with: tuple[str, ...] = ()
    named: tuple[str, ...] = ()
    personas: str = "Data Engineer"

    @property
    def id(self) -> str:
        """The defect and the flaw."""
        return f"{self.defect}: {self.says}"


@dataclass
class Ended:
    """How a case ended."""

    case: Case
    found: Issue | None = None
    action: dict[str, Any] = field(default_factory=dict)
    patch: list[dict[str, Any]] = field(default_factory=list)
    left: Issue | None = None
    worse: list[Issue] = field(default_factory=list)
    before: Any = None
    after: Any = None
    diff: str = ""
    first: Report = field(default_factory=dict)

    @property
    def why_not(self) -> str:
        """What does not hold; empty when the patch is held by the data that was made again."""
        if self.found is None:
            return "the defect was not found in the first place"
        if self.action.get("status") != "applied" or self.action.get("fix") != self.case.fix:
            return f"not applied: {self.action.get('fix')} {self.action.get('status')}: {self.action.get('reason')}"
        if self.case.measure and not self.case.better(self.before, self.after):
            return f"measured {self.before} before, {self.after} after"
        if self.left is not None:
            return f"still there: {self.left['finding']}"
        if self.worse:
            return "worse: " + "; ".join(issue["finding"] for issue in self.worse)
        return ""


def run(case: Case, folder: Path) -> Ended:
    """Generate, crunch, polish by path 1, and look at what was made again."""
    write(folder / "schema.json", case.flawed())
    held = "schema.json"
    if case.against is not None:
        held = "contract.json"
        write(folder / held, case.against())
    with at(folder):
        typed("generate", "schema.json", "--seed", SEED, "-o", "data", *case.made_with)
        if case.spoil is not None:
            case.spoil(folder / "data")
        typed("crunch", "data", "--schema", held, *_personas(case), "-o", "crunch_report.json")
        ended = Ended(case, first=_with_finding(case, folder / "crunch_report.json"))
        ended.found = there(case, ended.first)
        if ended.found is None:
            return ended
        chosen = ["--choose", f"{ended.found['id']}={case.fix}"] if case.asked else []
        with looking(folder):
            ended.diff = typed(
                "polish", "crunch_report.json", "--path", "schema", "-o", "polished", *chosen, *case.named
            )
    return _judged(ended, folder)


def _personas(case: Case) -> list[str]:
    return [] if case.personas == "all" else ["--personas", case.personas]


def _judged(ended: Ended, folder: Path) -> Ended:
    case, report = ended.case, json.loads((folder / "polish_report.json").read_text())
    assert ended.found is not None
    ended.action = next(a for a in report["actions"] if a["finding_id"] == ended.found["id"])
    ended.patch = ended.action.get("schema_patch", [])
    made = (folder / "polished").is_dir()
    if made and case.measure:
        ended.before, ended.after = (measured(case.measure, folder / name) for name in ("data", "polished"))
    if (folder / "after.json").exists() and made:
        after = json.loads((folder / "after.json").read_text())
        known = {issue["id"] for issue in ended.first["issues"]}
        ended.left = next((i for i in after["issues"] if i["id"] == ended.found["id"]), None)
        ended.worse = [i for i in after["issues"] if i["id"] not in known and _counts(i)]
    return ended


def _counts(issue: Issue) -> bool:
    """Whether a finding that is new is a fault: facts about the business come and go with the numbers."""
    return issue["severity"] in GRAVE and issue["category"] != "business_logic"


def there(case: Case, report: Report) -> Issue | None:
    """The finding that the case is about."""
    for issue in report["issues"]:
        where = issue["location"]
        at_place = where.get("table") == case.table and set(case.columns) <= set(where.get("columns") or ())
        if issue["defect"] == case.defect and at_place:
            return issue
    return None


def _with_finding(case: Case, path: Path) -> Report:
    """The report, with the finding that is laid into it by hand."""
    report: Report = json.loads(path.read_text())
    if case.finding is not None:
        location = {"table": case.table, "columns": list(case.columns), **case.finding.get("location", {})}
        evidence = {name: value for name, value in case.finding.items() if name not in {"location", "category"}}
        report["issues"].append({
            "id": f"laid.{case.defect}",
            "severity": "medium",
            "persona": "Data Engineer",
            "category": case.finding.get("category", "data_quality"),
            "defect": case.defect,
            "check": f"by_hand.{case.defect}",
            "finding": f"{case.defect} in {case.table}",
            "recommendation": "none",
            "location": location,
            "evidence": evidence,
        })  # fmt: skip
        path.write_text(json.dumps(report))
    return report


def measured(query: str, data: Path) -> Any:
    """The one answer of a query over the tables of a directory."""
    import duckdb  # noqa: PLC0415

    with duckdb.connect() as con:
        row = con.execute(query.replace("{data}", str(data))).fetchone()
    return row[0] if row and len(row) == 1 else row


def write(path: Path, document: Document) -> None:
    """The document as an author would keep it."""
    path.write_text(json.dumps(document, indent=2) + "\n", encoding="utf-8")


class at(chdir):  # noqa: N801  used as a context
    """Work in a directory."""


def typed(name: str, *args: str) -> str:
    """A command as it is typed; what it prints.

    Raises
    ------
    commands.CommandError
        It ended with another code than 0.
    """
    out, err = StringIO(), StringIO()
    with redirect_stdout(out), redirect_stderr(err):
        try:
            code = call.run(name, list(args))
        except SystemExit as ended:
            code = ended.code if isinstance(ended.code, int) else 1
    if code:
        raise commands.CommandError(f"{name}: exit code {code}: {err.getvalue().strip()}", code=code)
    return out.getvalue()


class looking:  # noqa: N801  used as a context
    """The polisher calls generator and analyst in this process, and the second report is kept as ``after.json``."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.usual = folder, commands.run

    def __enter__(self) -> None:
        def called(name: str, args: Sequence[str], cwd: Path | None = None) -> str:
            with at(cwd or Path.cwd()):
                told = typed(name, *args)
                if name == "crunch":
                    shutil.copy(args[args.index("-o") + 1], self.folder / "after.json")
            return told

        commands.run = called

    def __exit__(self, *_: object) -> None:
        commands.run = self.usual


def table(ended: Sequence[Ended]) -> str:
    """One row a case, and how many hold."""
    rows = [
        f"| `{e.case.defect}` | {e.case.says} | `{e.case.fix}`{', asked' if e.case.asked else ''} | {_seen(e)} |"
        for e in ended
    ]
    held = sum(not e.why_not for e in ended)
    fixes = {e.case.fix for e in ended if not e.why_not}
    head = ["| defect | what the document says | patch | before → after |", "| --- | --- | --- | --- |"]
    foot = (
        f"\nOf {len(ended)} flaws, {held} ({held / max(len(ended), 1):.0%}) are gone from what is made again, with nothing worse,"
        f" by {len(fixes)} patches for {len({e.case.defect for e in ended})} words of the vocabulary."
    )
    return "\n".join([*head, *rows, foot]) + "\n"


_LONG = 110  # characters of a finding that are shown


def _seen(ended: Ended) -> str:
    """What was found, or measured, before and after."""
    if ended.why_not:
        return f"**{ended.why_not}**"
    if ended.case.measure:
        return f"{_short(ended.before)} → {_short(ended.after)}"
    said = str(ended.found["finding"]) if ended.found else ""
    shown = said if len(said) <= _LONG else said[:_LONG].rsplit(" ", 1)[0] + " …"
    return f"{shown.replace('|', ' ')} → gone"


def _short(value: Any) -> str:
    return f"{value:.3g}" if isinstance(value, float) else str(value)


def measure(words: Sequence[str] = ()) -> list[Ended]:
    """How all cases end, or those whose id has one of the words or whose fix it is."""
    from flawed_schemas import CASES  # noqa: PLC0415  it needs this module

    wanted = [one for one in CASES if not words or any(word in one.id or word == one.fix for word in words)]
    return list(_each(wanted))


def main(argv: list[str]) -> int:
    """The table; 1 where a patch does not hold."""
    ended = measure(argv)
    print(table(ended))
    return 0 if all(not one.why_not for one in ended) else 1


def _each(cases: Sequence[Case]) -> Iterator[Ended]:
    with tempfile.TemporaryDirectory() as made:
        for number, case in enumerate(cases):
            folder = Path(made) / str(number)
            folder.mkdir()
            yield run(case, folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
