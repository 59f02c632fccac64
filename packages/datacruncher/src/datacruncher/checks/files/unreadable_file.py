"""Files that claim to be Parquet and can't be read."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Plain, Probe, Verdict


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: one file is enough."""

    minimum: int = 0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Every file that could not be opened; one binding for all others, so that it is said that they were looked at."""
    broken = [file for file in catalog.files if file.error is not None]
    for file in broken:
        table = catalog.tables.get(file.table) or Table(file.table, 0, ())
        yield Binding(table, given={"path": file.relative, "error": file.error, "id": file.relative})
    for table in catalog:
        if not any(file.table == table.name for file in broken):
            yield Binding(table, given={"path": "", "error": None})


def probe(binding: Binding, params: Params) -> Probe:
    """Known since the files were opened; there is no query that shows what can't be read."""
    return Probe(measure="", known={"observed": int(binding.given["error"] is not None)})


def judge(found: Found, params: Params) -> Verdict:
    """Yes or no."""
    path, error = Plain(found.binding.given["path"]), Plain(found.binding.given["error"] or "")
    said = {"path": path, "error": error}
    return Verdict(size=float(found.observed), expected={"value": 0}, unit="files", details=said, words=said)


SPEC = CheckSpec(
    id="files.unreadable_file",
    defect="unreadable_file",
    category="data_quality",
    title="A file that can't be read",
    why="Its rows are missing from everything that is said here.",
    needs="files",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.always("critical", "persona-metrics, section Severity: unreadable files"),
    message="Unreadable: {path} of {table} {error}",
    recommendation="Write {path} again from its source, or take it out of the directory.",
    explains=("files.partial_table", "expectation.missing_table"),
    example=Example(
        clean={"town": {"town_id": [1, 2], "name": ["Rome", "Oslo"]}},
        damaged={"visit": b"PAR1 cut off in its middle"},
        finds=None,
        at="visit",
    ),
)
