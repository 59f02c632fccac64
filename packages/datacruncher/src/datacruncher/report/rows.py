"""The offending rows of each finding as Parquet, for those who mend them."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from datacruncher.checks.base import SEVERITIES
from datacruncher.errors import InputError, Problem, WorkError
from datacruncher.findings import Outcome
from datacruncher.report.model import Issue
from datacruncher.report.shown import Report
from datacruncher.source import QueryError, Session

INDEX = "findings.json"


class Rows:
    """A directory that is made beside its place and put there when it is complete.

    Raises
    ------
    InputError
        The place is taken by something that an export did not write.
    """

    def __init__(self, place: str) -> None:
        self.place = Path(place)
        if self.place.exists() and not self._is_ours():
            hint = "name a new or an empty directory"
            raise InputError(
                [Problem("is no directory of exported rows", address="--export-rows", file=place, hint=hint)]
            )
        try:
            self.place.parent.mkdir(parents=True, exist_ok=True)
            self.making = tempfile.mkdtemp(prefix=".datacruncher-", dir=self.place.parent)
        except OSError as error:
            raise InputError(
                [Problem(f"can't be written: {error.strerror}", address="--export-rows", file=place)]
            ) from error

    def _is_ours(self) -> bool:
        if not self.place.is_dir():
            return False
        inside = {path.name for path in self.place.iterdir()}
        return not inside or INDEX in inside

    def write(self, session: Session, report: Report, outcomes: Sequence[Outcome], seconds: float) -> Report:
        """Write the rows of every finding that has rows; the report with their files named."""
        found = {o.id: o for o in outcomes if o.status == "failed" and o.probe is not None and o.probe.rows}
        written: dict[str, tuple[str, int]] = {}
        problems: dict[str, str] = {}
        for issue in report.issues:
            outcome = found.get(issue.id)
            if outcome is None or outcome.probe is None or outcome.probe.rows is None:
                continue
            name = _name(issue)
            try:
                ordered = f"SELECT * FROM (\n{outcome.probe.rows}\n) ORDER BY {outcome.probe.order or 'ALL'}"
                written[issue.id] = name, session.write(ordered, f"{self.making}/{name}", seconds=seconds)
            except QueryError as error:
                problems[issue.id] = str(error)
        self._finish(report, written, problems)
        return self._named(report, written, problems)

    def _finish(self, report: Report, written: Mapping[str, tuple[str, int]], problems: Mapping[str, str]) -> None:
        """The list of what is there and what is not, and the directory in its place."""
        listed = [
            {
                "id": issue.id,
                "check": issue.check,
                "severity": issue.severity,
                "table": issue.location.table,
                "columns": issue.location.columns,
                "file": written[issue.id][0] if issue.id in written else None,
                "rows": written[issue.id][1] if issue.id in written else None,
                "reason": None if issue.id in written else problems.get(issue.id, "no single row offends"),
            }
            for issue in report.issues
        ]
        try:
            Path(self.making, INDEX).write_bytes(msgspec.json.format(msgspec.json.encode(listed), indent=2) + b"\n")
            Path(self.making).chmod(0o755)
            if self.place.exists():
                old = tempfile.mkdtemp(prefix=".datacruncher-", dir=self.place.parent)
                self.place.replace(Path(old, "old"))
                Path(self.making).replace(self.place)
                shutil.rmtree(old, ignore_errors=True)
            else:
                Path(self.making).replace(self.place)
        except OSError as error:
            raise WorkError([Problem(f"the rows can't be written: {error.strerror}", file=str(self.place))]) from error

    def _named(self, report: Report, written: Mapping[str, tuple[str, int]], problems: Mapping[str, str]) -> Report:
        issues = [
            replace(issue, rows_file=os.path.join(self.place, written[issue.id][0])) if issue.id in written else issue  # noqa: PTH118 - as people typed it
            for issue in report.issues
        ]
        notes = [
            *(report.notes or []),
            *(f"the rows of {name} could not be written: {why}" for name, why in problems.items()),
        ]
        return replace(report, issues=issues, **({"notes": notes} if notes else {}))

    def close(self) -> None:
        """Remove what was not finished."""
        shutil.rmtree(self.making, ignore_errors=True)

    def __enter__(self) -> Rows:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _name(issue: Issue) -> str:
    """``high-keys.foreign_key_orphan-InvoiceLine-41f0c9d2e77a.parquet``: sorted by severity, safe on every disk."""
    order = SEVERITIES.index(issue.severity) + 1
    table = re.sub(r"[^\w-]+", "_", issue.location.table or "dataset", flags=re.ASCII)[:60]
    return f"{order}-{issue.severity}-{issue.check}-{table}-{issue.id}.parquet"
