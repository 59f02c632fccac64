"""Path 1, carried out: patch the schema, make the data again with the same seed, look, take back what did not help.

Rounds end when every change that is left has helped and nothing got worse, or when none is left.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from datapolisher import commands, source, verify
from datapolisher.blame import blame, is_of_what_was_added, reaches
from datapolisher.documents import CrunchReport, Finding, Generator, Metadata
from datapolisher.intake import read_metadata
from datapolisher.output import write_file
from datapolisher.plan import Resolution
from datapolisher.schema_document import SchemaDocument
from datapolisher.schema_improver import Improvement, improve
from datapolisher.verify import Analyst

SCHEMA_FILE = "schema_improved.json"
DEFAULT_SEED = 42
DEFAULT_ROWS = 1000
_LEFT = "the finding is still there"


@dataclass(frozen=True)
class Workshop:
    """What regenerating needs.

    Parameters
    ----------
    schema, metadata
        The document that made the data, and what the generator wrote about the run.
    findings
        All findings of the report, to compare with.
    analyst
        Looks again.
    scratch
        A directory beside the output, on the same file system.
    rounds
        The most rounds.
    tell
        Called with one line per step.
    """

    schema: SchemaDocument
    metadata: Metadata | None
    findings: Sequence[Finding]
    analyst: Analyst
    scratch: Path
    rounds: int = 3
    tell: Callable[[str], None] = lambda _: None

    @property
    def seed(self) -> int:
        """The seed of the first run."""
        return self.metadata.seed if self.metadata and self.metadata.seed is not None else DEFAULT_SEED


@dataclass(frozen=True)
class Regenerated:
    """How path 1 ended.

    Parameters
    ----------
    data
        The new dataset; None when nothing was made.
    improvement
        The document with the changes that stayed.
    report
        The analyst's second look; None without one.
    taken_back
        Finding id → why its change was taken back.
    unseen
        Ids of findings whose check did not run again.
    rounds
        How often data was made.
    unverified
        What could not be verified, and why.
    """

    data: Path | None
    improvement: Improvement
    report: CrunchReport | None = None
    taken_back: Mapping[str, str] = field(default_factory=dict)
    unseen: frozenset[str] = frozenset()
    rounds: int = 0
    unverified: tuple[str, ...] = ()


def regenerate(shop: Workshop, resolutions: Sequence[Resolution]) -> Regenerated:
    """Carry path 1 out for the resolutions that chose it."""
    kept = list(resolutions)
    taken_back: dict[str, str] = {}
    for number in range(1, shop.rounds + 1):
        improvement = improve(shop.schema, kept)
        if not improvement.due:
            return Regenerated(None, improvement, taken_back=taken_back, rounds=number - 1)
        if not commands.available("generate"):
            why = f"{commands.missing('generate')}: {SCHEMA_FILE} is written, the data is not made again"
            return Regenerated(None, improvement, taken_back=taken_back, unverified=(why,))
        data = shop.scratch / f"round-{number}"
        bad = _make(shop, improvement, kept, data)
        if not bad:
            attempt = _look(shop, improvement, data, taken_back, number)
            bad = _judge(shop, kept, attempt) if attempt.report else {}
            if not bad:
                return attempt
            further = _further(shop, kept, attempt, bad) if number < shop.rounds - 1 else []
            bad = {id_: why for id_, why in bad.items() if id_ not in {r.finding.id for r in further}}
            kept += further
        shutil.rmtree(data, ignore_errors=True)
        taken_back |= bad
        kept = [r for r in kept if r.finding.id not in bad]
    last = {r.finding.id: f"still made something worse after {shop.rounds} rounds" for r in kept}
    return Regenerated(None, improve(shop.schema, []), taken_back={**taken_back, **last}, rounds=shop.rounds)


def _further(
    shop: Workshop, kept: Sequence[Resolution], attempt: Regenerated, bad: Mapping[str, str]
) -> list[Resolution]:
    """Findings that are still there, whose fix goes on from what the second look found: a mean that came nearer.

    Not where another fix changes the same column: two that pull at one number would take turns.
    """
    later = {finding.id: finding for finding in (attempt.report.issues if attempt.report else ())}
    touched = reaches(shop.schema, attempt.improvement)
    again = []
    for resolution in kept:
        id_, fix = resolution.finding.id, resolution.chosen.fix if resolution.chosen else None
        if bad.get(id_) != _LEFT or id_ not in later or fix is None or fix.patch is None or id_ not in touched:
            continue
        rivals = [reach for other, reach in touched.items() if other != id_ and reach.cells & touched[id_].cells]
        if not rivals and fix.patch(later[id_], attempt.improvement.document):
            again.append(replace(resolution, finding=later[id_]))
    return again


def _make(shop: Workshop, improvement: Improvement, kept: Sequence[Resolution], data: Path) -> dict[str, str]:
    """Generate; finding id → why the generator refuses its change, empty when the data is made."""
    try:
        _generate(shop, improvement, data)
    except commands.CommandError as error:
        if error.code != 2:
            raise
        alone = {r.finding.id: why for r in kept if (why := _refused_alone(shop, r))}
        return alone or {r.finding.id: f"the generator refuses the changes: {error}" for r in kept}
    return {}


def _generate(shop: Workshop, improvement: Improvement, data: Path) -> None:
    write_file(shop.scratch / SCHEMA_FILE, improvement.document.text)
    shop.tell(f"generating again with seed {shop.seed}")
    more = [*(part for count in _row_counts(shop) for part in ("--rows", count)), *_parts(shop)]
    commands.generate(Path(SCHEMA_FILE), shop.seed, data.resolve(), more, cwd=shop.scratch)


def _refused_alone(shop: Workshop, resolution: Resolution) -> str:
    """Why the generator refuses a change by itself; a few rows tell, since a document is refused before any work."""
    write_file(shop.scratch / SCHEMA_FILE, improve(shop.schema, [resolution]).document.text)
    try:
        commands.try_schema(Path(SCHEMA_FILE), cwd=shop.scratch)
    except commands.CommandError as error:
        return f"the generator refuses the change: {error}"
    return ""


def _row_counts(shop: Workshop) -> list[str]:
    """``TABLE=N`` for tables whose rows were asked for in the first run and do not stand in the document."""
    made = {table.name: table.rows for table in shop.metadata.tables} if shop.metadata else {}
    counts = []
    for node in shop.schema.tree.get("nodes", []):
        own = node.get("kind") == "entity" or (node.get("kind") == "fact" and not node.get("parents"))
        rows = made.get(node.get("id"))
        if own and rows is not None and rows != node.get("rows", DEFAULT_ROWS):
            counts.append(f"{node['id']}={rows}")
    return counts


def _parts(shop: Workshop) -> list[str]:
    """``--parts N`` where the first run cut every table into N files."""
    tables = [table.files for table in shop.metadata.tables if table.files] if shop.metadata else []
    cut = bool(tables) and all("/" in file.path for files in tables for file in files)
    return ["--parts", str(max(map(len, tables)))] if cut else []


def _look(
    shop: Workshop, improvement: Improvement, data: Path, taken_back: Mapping[str, str], number: int
) -> Regenerated:
    other = _other_rows(shop, improvement, data)
    if not shop.analyst.available:
        why = f"{commands.missing('crunch')}: what was made again was not looked at again"
        return Regenerated(data, improvement, taken_back=taken_back, rounds=number, unverified=(*other, why))
    shop.tell("looking again")
    report = held_against(shop.analyst, shop.schema, shop.scratch / SCHEMA_FILE).look(data, shop.scratch)
    unseen = verify.compare(shop.findings, report).unseen
    return Regenerated(data, improvement, report, taken_back, unseen, number, other)


def _other_rows(shop: Workshop, improvement: Improvement, data: Path) -> tuple[str, ...]:
    """What to say where the same document and seed did not make the same bytes as the first time."""
    if improvement.changed or shop.metadata is None:
        return ()
    made = read_metadata(source.read_dataset(data))
    before = {file.path: file.sha256 for table in shop.metadata.tables for file in table.files}
    after = {file.path: file.sha256 for table in (made.tables if made else ()) for file in table.files}
    if others := sorted(path for path, sha256 in before.items() if after.get(path) != sha256):
        first, now = shop.metadata.generator, made.generator if made else Generator()
        return (
            f"{others[0]} is not what it was: {first.name} {first.version} made it, and {now.version} makes other rows",
        )
    return ()


def held_against(analyst: Analyst, before: SchemaDocument, improved: Path) -> Analyst:
    """The same analyst, with the improved document where it was the one before that the data was held against."""
    known = analyst.schema
    if known is None or not improved.is_file() or source.sha256(known) != before.sha256:
        return analyst
    return replace(analyst, schema=improved.resolve())


def _judge(shop: Workshop, kept: Sequence[Resolution], attempt: Regenerated) -> dict[str, str]:
    """Finding id → why its change is taken back."""
    assert attempt.report is not None  # noqa: S101  judged where somebody looked
    seen = verify.compare(shop.findings, attempt.report)
    bad = {r.finding.id: _LEFT for r in kept if r.finding.id in seen.left - seen.better}
    suspects = {r.finding.id: r.finding for r in kept}
    touched = reaches(shop.schema, attempt.improvement)
    worse = [f for f in verify.matters(seen.worse) if not is_of_what_was_added(f, suspects, touched)]
    guilty = blame(worse, suspects, touched, widely=attempt.rounds >= shop.rounds - 1)
    told = {finding.id for id_ in bad for finding in guilty.get(id_, ())}  # what goes with those that did not help
    others = {id_: [f for f in found if f.id not in told] for id_, found in guilty.items() if id_ not in bad}
    return bad | {id_: verify.said(found) for id_, found in others.items() if found}
