"""Tables of several files of which some are missing or can't be read."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator, Sequence

from datacruncher.catalog import Catalog, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Plain, Probe, Verdict
from datacruncher.layout import DataFile

_NUMBERED = re.compile(r"^(.*?)(\d+)(\D.*)?$")
_HIGH = 0.5
_GAP = 0.1  # size of a gap in the numbers: some writers leave out parts without rows


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: one part is enough."""

    minimum: int = 0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Tables of more than one file."""
    parts: dict[str, list[DataFile]] = defaultdict(list)
    for file in catalog.files:
        parts[file.table].append(file)
    for name, files in parts.items():
        if len(files) > 1:
            broken = [file.relative for file in files if file.error is not None]
            given = {"broken": broken if len(broken) < len(files) else [], "gaps": _gaps(files)}
            yield Binding(catalog.tables.get(name) or Table(name, 0, ()), given=given)


def _gaps(files: Sequence[DataFile]) -> list[str]:
    """Names of parts whose number is left out: part-0, part-2 → part-1."""
    series: dict[str, dict[int, re.Match[str]]] = defaultdict(dict)
    for file in files:
        folder, _, name = file.relative.rpartition("/")
        match = _NUMBERED.match(name)
        if match:
            series[f"{folder}/{match[1]}"][int(match[2])] = match
    found = []
    for head, numbers in series.items():
        if len(numbers) > 1 and max(numbers) < 10 * len(numbers):
            missing = sorted(set(range(min(numbers), max(numbers))) - set(numbers))
            width = max((len(match[2]) for match in numbers.values() if match[2].startswith("0")), default=0)
            tails = {match[3] or "" for match in numbers.values()}
            tail = tails.pop() if len(tails) == 1 else "…"
            found += [f"{head}{number:0{width}d}{tail}" for number in missing]
    return found


def probe(binding: Binding, params: Params) -> Probe:
    """Known since the files were listed."""
    missing = len(binding.given["broken"]) + len(binding.given["gaps"])
    return Probe(measure="", known={"observed": missing})


def judge(found: Found, params: Params) -> Verdict:
    """A part that can't be read is certain; a gap in the numbers is a suspicion."""
    given = found.binding.given
    size = 1.0 if given["broken"] else _GAP if given["gaps"] else 0.0
    paths = [Plain(path) for path in (*given["broken"], *given["gaps"])]
    words = {
        "paths": Plain(", ".join(paths[:5])),
        "how": Plain("can't be read" if given["broken"] else "are not there"),
    }
    return Verdict(size=size, expected={"value": 0}, unit="files", details={"paths": paths[:100]}, words=words)


SPEC = CheckSpec(
    id="files.partial_table",
    defect="partial_table",
    category="data_quality",
    title="A table that is not all there",
    why="Every count and sum over it is too small.",
    needs="a table of several files",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(critical=_HIGH, medium=0.0, source="defects: critical; a gap in the numbers of files: medium"),
    message="Not all there: {observed} files of {table} {how} ({paths})",
    recommendation="Write {table} again as a whole.",
    example=Example(
        clean={
            "town/part-0": {"town_id": [1, 2], "name": ["Rome", "Oslo"]},
            "town/part-1": {"town_id": [3, 4], "name": ["Lima", "Bonn"]},
        },
        damaged={"town/part-3": {"town_id": [5, 6], "name": ["Kiel", "Jena"]}},
        finds=None,
        at="town",
    ),
)
