"""Checks and metrics that a persona's author wrote in SQL, as ``CheckSpec`` like all others."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from itertools import product
from typing import Any

from datacruncher import sandbox, sql
from datacruncher.catalog import Catalog, Column, ForeignKey, Table
from datacruncher.catalog.model import confidence_of
from datacruncher.checks.base import Binding, CheckSpec, Found, Params, Probe, Skip, Steps, Verdict
from datacruncher.personas.model import ColumnBinding, OwnCheck, OwnMetric, TableBinding

_MANY = 1000  # combinations of tables that one check may be bound to
PLACEHOLDER = re.compile(r"\{([A-Za-z_]\w*)(?:\.([A-Za-z_]\w*))?\}")
_PIECES = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\$[A-Za-z_]\w*", re.DOTALL)

Bindings = Mapping[str, TableBinding]


class OwnParams(Params, frozen=True, kw_only=True):
    """minimum: an author's own rule says itself what it counts."""

    minimum: int = 0


@dataclass(frozen=True, slots=True)
class Match:
    """The tables and columns that the aliases of a check stand for, once."""

    tables: Mapping[str, Table]
    columns: Mapping[str, Mapping[str, Column]]
    confidence: float
    key: ForeignKey | None = None

    def rendered(self, template: str, parameters: Mapping[str, Any]) -> str:
        """The author's SQL with quoted names for ``{t}`` and ``{t.c}``, and literals for ``$name``."""

        def name(found: re.Match[str]) -> str:
            table = self.tables[found[1]].sql
            return table if found[2] is None else f"{table}.{self.columns[found[1]][found[2]].sql}"

        return with_parameters(PLACEHOLDER.sub(name, template), parameters).strip().rstrip(";")


def with_parameters(query: str, parameters: Mapping[str, Any]) -> str:
    """The query with literals for ``$name``, outside of quotes and comments."""

    def piece(found: re.Match[str]) -> str:
        name = found[0][1:]
        return sql.literal(parameters[name]) if found[0].startswith("$") and name in parameters else found[0]

    return _PIECES.sub(piece, query)


def parameters_in(query: str) -> list[str]:
    """The names after ``$``, outside of quotes and comments."""
    return [found[0][1:] for found in _PIECES.finditer(query) if found[0].startswith("$")]


def standing_for(query: str, parameters: Mapping[str, Any]) -> str:
    """The query with stand-ins for its placeholders, so that it can be parsed before any data is seen."""
    named = PLACEHOLDER.sub(lambda found: '"t"' if found[2] is None else '"t"."c"', query)
    return with_parameters(named, parameters).strip().rstrip(";")


def own_check(own: OwnCheck, check_id: str, steps: Steps, category: str) -> CheckSpec:
    """The author's check."""
    return CheckSpec(
        id=check_id,
        defect=own.defect,
        category=category,  # type: ignore[arg-type]
        title=own.title or own.id.replace("_", " "),
        why=own.why or "",
        needs=_needs(own.bind),
        bind=partial(_bind, bindings=own.bind),
        probe=partial(_probe, own=own),
        severity=steps,
        message=own.finding,
        recommendation=own.recommendation or "",
        params=OwnParams,
        judge=partial(_judge, unit=own.unit or "fraction"),
    )


def own_metric(own: OwnMetric, check_id: str, bindings: Bindings) -> CheckSpec:
    """The author's metric: a check that never fails."""
    return CheckSpec(
        id=check_id,
        defect="other",
        category="business_logic",
        title=own.title or own.id.replace("_", " "),
        why="",
        needs=_needs(bindings),
        bind=partial(_bind, bindings=bindings),
        probe=partial(_metric_probe, own=own),
        severity=Steps(source="a metric is reported, not judged"),
        message="",
        recommendation="",
        params=OwnParams,
        judge=partial(_judge_metric, name=own.id, unit=own.unit or ""),
    )


def _needs(bindings: Bindings) -> str:
    return " and ".join(f"a table {_wanted(binding)}" for binding in bindings.values()) or "nothing"


def _wanted(binding: TableBinding) -> str:
    parts = [f'named "{binding.table}"'] if binding.table else []
    parts += [f"of kind {binding.kind}"] if binding.kind else []
    columns = [c.role or f'"{c.name}"' for c in binding.columns.values() if not c.optional]
    return " ".join(parts + ([f"with {', '.join(columns)}"] if columns else []))


def _bind(catalog: Catalog, params: Params, *, bindings: Bindings) -> Iterator[Binding | Skip]:
    matches = list(_matches(catalog, bindings))
    if len(matches) > _MANY:
        yield Skip(f"binds to {len(matches)} combinations of tables, more than {_MANY}; name the tables more closely")
        return
    for match in matches:
        first = next(iter(match.tables), None)
        if first is None:
            yield Binding(Table("", 0, ()), given={"match": match})
            continue
        columns = tuple(match.columns[first].values())
        yield Binding(match.tables[first], columns, key=match.key, confidence=match.confidence, given={"match": match})


def _matches(catalog: Catalog, bindings: Bindings) -> Iterator[Match]:
    candidates = [[table for table in catalog if _fits(table, binding)] for binding in bindings.values()]
    for tables in product(*candidates):
        match = _match(catalog, dict(zip(bindings, tables, strict=True)), bindings)
        if match is not None:
            yield match


def _fits(table: Table, binding: TableBinding) -> bool:
    named = binding.table is None or fnmatchcase(table.name.lower(), binding.table.lower())
    return named and (binding.kind is None or table.kind == binding.kind)


def _match(catalog: Catalog, tables: Mapping[str, Table], bindings: Bindings) -> Match | None:
    columns: dict[str, dict[str, Column]] = {}
    certainties: list[float] = []
    key: ForeignKey | None = None
    for alias, binding in bindings.items():
        table = tables[alias]
        reference = catalog.path(table, tables[binding.parent]) if binding.parent else None
        if binding.parent and reference is None:
            return None
        key = key or reference
        chosen = {name: _column(table, wanted, reference) for name, wanted in binding.columns.items()}
        if any(column is None and not binding.columns[name].optional for name, column in chosen.items()):
            return None
        columns[alias] = {name: column for name, column in chosen.items() if column is not None}
        certainties += [
            columns[alias][n].roles.get(w.role, 1.0)
            for n, w in binding.columns.items()
            if w.role and n in columns[alias]
        ]
    return Match(tables, columns, confidence_of(key, certainties), key)


def _column(table: Table, wanted: ColumnBinding, reference: ForeignKey | None) -> Column | None:
    if wanted.role == "foreign_key" and reference is not None:
        return table.get(reference.columns[0])
    columns = table.having(wanted.role) if wanted.role else list(table.columns)
    pattern = wanted.name.lower() if wanted.name else "*"
    return next((column for column in columns if fnmatchcase(column.name.lower(), pattern)), None)


def _probe(binding: Binding, params: Params, *, own: OwnCheck) -> Probe:
    match: Match = binding.given["match"]
    rows = _allowed(match.rendered(own.sql, own.parameters), match)
    total = f"SELECT COUNT(*) FROM {binding.table.sql}" if own.of is None else match.rendered(own.of, own.parameters)
    measure = f"SELECT (SELECT COUNT(*) FROM (\n{rows}\n)) AS rows_affected, ({_allowed(total, match)}) AS rows_total"
    return Probe(measure=measure, rows=rows)


def _metric_probe(binding: Binding, params: Params, *, own: OwnMetric) -> Probe:
    match: Match = binding.given["match"]
    return Probe(measure=f"SELECT (\n{_allowed(match.rendered(own.sql, {}), match)}\n) AS observed")


def _allowed(query: str, match: Match) -> str:
    """The query, refused once more now that its names stand in it."""
    refused = sandbox.refusals(query)
    if refused:
        raise ValueError("; ".join(refused))
    return query


def _judge(found: Found, params: Params, *, unit: str) -> Verdict:
    return Verdict(size=found.share, unit=unit)


def _judge_metric(found: Found, params: Params, *, name: str, unit: str) -> Verdict:
    return Verdict(size=0.0, unit=unit, metrics={name: found.observed})
