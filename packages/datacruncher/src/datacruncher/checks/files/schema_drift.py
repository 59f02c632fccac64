"""Files of one table that disagree about its columns or their types."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from datacruncher import sql
from datacruncher.catalog import Catalog, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Plain, Probe, Verdict
from datacruncher.layout import DataFile

Schema = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Drift:
    """How files differ from what most of the table's files have."""

    files: tuple[DataFile, ...]
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()
    changed: tuple[tuple[str, str, str], ...] = ()

    @property
    def columns(self) -> set[str]:
        """All columns that are meant."""
        return {*self.added, *self.removed, *(name for name, _, _ in self.changed)}


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: one file is enough."""

    minimum: int = 0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Tables of more than one file whose columns are known."""
    parts: dict[str, list[DataFile]] = defaultdict(list)
    for file in catalog.files:
        if file.schema:
            parts[file.table].append(file)
    for name, files in parts.items():
        if len(files) > 1:
            table = catalog.tables.get(name) or Table(name, 0, ())
            drift = _drift(files)
            columns = tuple(column for column in table.columns if column.name in drift.columns)
            yield Binding(table, columns, given={"drift": drift, "rows": sum(file.rows for file in files)})


def _drift(files: Sequence[DataFile]) -> Drift:
    """The differences to the schema that most rows have, the first in order where it is a draw."""
    weights: Counter[Schema] = Counter()
    for file in files:
        weights[file.schema] += max(file.rows, 1)
    usual = dict(weights.most_common(1)[0][0])
    others = [file for file in files if dict(file.schema) != usual]
    seen = [dict(file.schema) for file in others]
    changed = {(name, usual[name], s[name]) for s in seen for name in s if name in usual and s[name] != usual[name]}
    return Drift(
        tuple(others),
        tuple(dict.fromkeys(name for s in seen for name in s if name not in usual)),
        tuple(dict.fromkeys(name for s in seen for name in usual if name not in s)),
        tuple(sorted(changed)),
    )


def probe(binding: Binding, params: Params) -> Probe:
    """Known by the footers; what is shown reads the columns of the first file that differs."""
    drift: Drift = binding.given["drift"]
    rows = sum(file.rows for file in drift.files)
    shown = drift.files[0].shown if drift.files else ""
    query = f"SELECT column_name, column_type FROM (DESCRIBE SELECT * FROM read_parquet({sql.literal(shown)}))"
    known = {"observed": len(drift.files), "rows_affected": rows, "rows_total": binding.given["rows"]}
    return Probe(measure=query if shown else "", known=known)


def judge(found: Found, params: Params) -> Verdict:
    """Any file that differs counts."""
    drift: Drift = found.binding.given["drift"]
    details: dict[str, Any] = {
        "added": [Plain(name) for name in drift.added],
        "removed": [Plain(name) for name in drift.removed],
        "changed": [{"column": Plain(c), "before": Plain(a), "after": Plain(b)} for c, a, b in drift.changed],
        "paths": [Plain(file.relative) for file in drift.files[:100]],
    }
    said = [f"lack {name}" for name in drift.removed] + [f"add {name}" for name in drift.added]
    said += [f"have {name} as {after} in place of {before}" for name, before, after in drift.changed]
    return Verdict(
        size=float(len(drift.files)),
        expected={"value": 0},
        unit="files",
        details=details,
        words={"how": Plain(", ".join(said[:5]))},
    )


SPEC = CheckSpec(
    id="files.schema_drift",
    defect="schema_drift",
    category="drift",
    title="Files of one table disagree",
    why="What some files lack reads as null; what has another type can't be read together.",
    needs="a table of several files",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.always("high", "defects: high"),
    message="Files differ: {observed} files of {table} ({rows} of {total} rows) {how}",
    recommendation="Write all files of {table} with one schema.",
    explains=("files.unreadable_file", "completeness.unexpected_null", "completeness.null_spike"),
    example=Example(
        clean={
            "town/part-0": {"town_id": [1, 2], "name": ["Rome", "Oslo"]},
            "town/part-1": {"town_id": [3, 4], "name": ["Lima", "Bonn"]},
        },
        damaged={"town/part-1": {"town_id": [3]}},
        finds=1,
        at="town.name",
    ),
)
