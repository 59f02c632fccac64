"""Other tools' results at both ends of polishing: taken as a report at the start, measured again on the result."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from datapolisher import commands, output, source
from datapolisher.documents import CrunchReport
from datapolisher.errors import InputError
from datapolisher.importing.assemble import Asked, import_results, is_foreign, summary
from datapolisher.intake import Intake, read_report
from datapolisher.job import Options
from datapolisher.verify import SECOND_LOOK, Analyst, compare

FILE = "imported_report.json"
_BEFORE, _AFTER = "crunch_before.json", "crunch_after.json"


@contextmanager
def as_report(path: Path, options: Options) -> Iterator[Path]:
    """A crunch report: the file itself, or what another tool's result becomes, which is kept beside the plan.

    Raises
    ------
    InputError
        The result cannot be read, or nobody said which data it speaks of.
    """
    if not (path.is_dir() or is_foreign(path)):
        yield path
        return
    if options.wanted.data is None:
        raise InputError(f"{path}: another tool's result does not say where its data lies; name it with --data DIR")
    imported = import_results([path], Asked(options.wanted.data, options.wanted.tables))
    for line in (*imported.notes, *(f"not a finding: {line}" for line in imported.unmapped)):
        options.tell(line)
    with tempfile.TemporaryDirectory() as passing:
        report = (Path(passing) if options.dry_run else options.here) / FILE
        output.write_file(report, imported.to_json())
        yield report


@dataclass(frozen=True)
class SameChecks(Analyst):
    """Runs the imported checks again, and asks the analyst, where there is one, whether anything else got worse.

    Parameters
    ----------
    files, tables
        The tools' results and what a person said about names.
    data
        The dataset before it was changed: what the analyst finds there is nobody's fault.
    gone
        Why the results cannot be read again; empty where they can.
    """

    files: tuple[Path, ...] = ()
    tables: tuple[str, ...] = ()
    data: Path = Path()
    gone: str = ""
    _before: dict[str, CrunchReport] = field(default_factory=dict)

    @property
    def available(self) -> bool:
        """Whether the results are still what they were."""
        return not self.gone

    @property
    def why_not(self) -> str:
        """Why the result could not be looked at."""
        return f"{self.gone}: the imported checks were not measured again"

    @property
    def caveat(self) -> str:
        """What a second look at the imported checks alone does not see."""
        if commands.available("crunch"):
            return ""
        return (
            f"{commands.missing('crunch')}: the imported checks were measured again, but whether anything else got worse "
            "was not looked at"
        )

    def look(self, dataset: Path, scratch: Path) -> CrunchReport:
        """The imported checks on `dataset`, with what the analyst finds there and did not find before.

        The report is left in `scratch`, where the analyst's would be.
        """
        imported = import_results(self.files, Asked(dataset, self.tables, samples=False))
        issues = [*imported.report["issues"], *self._fresh(dataset, scratch)]
        content = imported.report | {"issues": issues, "summary": summary(issues)}
        text = msgspec.json.encode(content).decode()
        (scratch / SECOND_LOOK).write_text(text, encoding="utf-8")
        return read_report(text, SECOND_LOOK)

    def _fresh(self, dataset: Path, scratch: Path) -> list[Any]:
        """What the analyst finds now and did not find before; nothing where there is no analyst."""
        if not commands.available("crunch"):
            return []
        if "before" not in self._before:
            self._before["before"] = commands.crunch(self.data, scratch / _BEFORE)
        after = commands.crunch(dataset, scratch / _AFTER)
        return [msgspec.to_builtins(finding) for finding in compare(self._before["before"].issues, after).worse]


def same_checks(intake: Intake) -> SameChecks:
    """Who looks again at a report that was imported: the same checks, from the same files."""
    origin = intake.report.imported
    named = origin.files if origin else ()
    found = {file.path: _found(intake, file.path, file.sha256) for file in named}
    changed = [path for path, there in found.items() if there is None]
    return SameChecks(
        files=tuple(path for path in found.values() if path is not None),
        tables=origin.tables if origin else (),
        data=intake.context.dataset.root,
        gone=f"{changed[0]} is gone, or is not what was imported" if changed else "",
    )


def _found(intake: Intake, path: str, sha256: str) -> Path | None:
    """The file, seen from here or from where the report lies, if it still is what it was."""
    tried = (Path(path), intake.report_path.parent / path)
    return next((place for place in tried if place.is_file() and source.sha256(place) == sha256), None)
