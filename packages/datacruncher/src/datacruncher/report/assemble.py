"""From outcomes and catalog to the report."""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from datacruncher import sql, words
from datacruncher.__about__ import __version__
from datacruncher.analyzer import TEMPORAL
from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks.base import SEVERITIES, Binding, Found, Measured, Place, Plain, Probe
from datacruncher.documents import Declared
from datacruncher.findings import Outcome, issues, score
from datacruncher.report import model
from datacruncher.report.measures import BROKEN, broken, given
from datacruncher.report.shown import Report
from datacruncher.report.summaries import Sentences, tell
from datacruncher.source import Source, engine

_LONGEST = 200  # characters of a value in the report
_CATEGORIES = 50  # values of a column whose counts are shown
_WITHHELD = "…"
_PARTITION = re.compile(r"(?<=[/'])([^/'=]+)=[^/']+(?=/)")  # a folder of a hive partition, whose name is a value
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")


@dataclass(frozen=True)
class Writer:
    """Writes the parts of a report.

    Parameters
    ----------
    private
        Nothing that stands in a cell is shown: no samples, no least and greatest text or time, no value in SQL or words.
    """

    source: Source
    catalog: Catalog
    declared: Declared
    private: bool = False

    def report(
        self,
        outcomes: Sequence[Outcome],
        personas: Sequence[str],
        digest: str | None,
        persona_files: Sequence[str] = (),
        summaries: Mapping[str, Sentences] | None = None,
    ) -> Report:
        """The whole report; `summaries` are the sentences that each persona says in the end."""
        found = [self._issue(outcome) for outcome in issues(outcomes)]
        counts = {name: sum(issue.severity == name for issue in found) for name in SEVERITIES}
        judged = {
            name: sum(issue.severity == name and issue.category != "business_logic" for issue in found)
            for name in SEVERITIES
        }
        measures = self._measures(outcomes)
        metrics = self._metrics(outcomes, measures)
        layout = self.source.layout
        used = (
            model.SchemaUsed(path=self.declared.path, sha256=self.declared.sha256) if self.declared.document else None
        )
        return Report(
            contract=model.CONTRACT,
            tool=model.Tool(name="datacruncher", version=__version__, engine=engine()),
            analysis_date=self.catalog.now.strftime("%Y-%m-%dT%H:%M:%SZ"),
            dataset=layout.shown,
            dataset_digest=digest,
            schema=used,
            personas=list(personas),
            persona_files=list(persona_files),
            tables=[self._table(table) for table in self.catalog],
            files_ignored=[_PARTITION.sub(r"\1=*", name) if self.private else name for name in layout.ignored],
            issues=found,
            metrics=metrics,
            checks=[self._check(outcome) for outcome in outcomes],
            summary=model.Summary(
                total_issues=len(found),
                by_severity={str(name): n for name, n in counts.items()},
                quality_score=score(judged),
            ),
            summaries=tell(personas, summaries or {}, measures, found, metrics),
        )

    def _issue(self, outcome: Outcome) -> model.Issue:
        binding, found, verdict, probe = outcome.binding, outcome.found, outcome.verdict, outcome.probe
        if binding is None or found is None or verdict is None or probe is None or outcome.severity is None:
            raise ValueError(f"{outcome.check.id}: a finding without evidence")
        names = self._names(binding, found, {**msgspec.structs.asdict(outcome.params), **verdict.words})
        return model.Issue(
            id=outcome.id,
            check=outcome.check.id,
            defect=outcome.check.defect,
            severity=outcome.severity,
            category=outcome.check.category,
            persona=outcome.persona,
            finding=words.sentence(outcome.check.message, names),
            recommendation=words.sentence(outcome.recommendation or outcome.check.recommendation, names),
            sql_query=self.shown(probe.measure) if probe.measure else None,
            rows_query=self.shown(_ordered(probe)) if probe.rows else None,
            location=self._location(outcome),
            evidence=self._evidence(outcome, binding, found),
        )

    def _names(self, binding: Binding, found: Found, said: Mapping[str, Any]) -> dict[str, Any]:
        """What a sentence may use."""
        here, there = binding.place, binding.related_place or Place("")
        names = {name: self._word(value) for name, value in {**found.values, **said}.items()}
        return names | {
            "rows": found.rows_affected if found.rows_affected is not None else 0,
            "total": found.rows_total if found.rows_total is not None else 0,
            "share": found.share,
            "percent": words.percent(found.share),
            "observed": self._word(found.observed),
            "table": here.table,
            "column": here.columns[0] if here.columns else "",
            "columns": words.listed(here.columns),
            "related_table": there.table,
            "related_columns": words.listed(there.columns),
        }

    def _word(self, value: Any) -> Any:
        """A value for a sentence: numbers stay numbers, the rest is withheld where values are private."""
        if isinstance(value, Decimal):
            return float(value)
        if not self.private or value is None or isinstance(value, bool | int | float | Plain):
            return value
        return value if isinstance(value, str) and value in self._identifiers() else Plain(_WITHHELD)

    def _identifiers(self) -> set[str]:
        """Names of tables, columns and roles: no values."""
        return {name for table in self.catalog for name in (table.name, *(c.name for c in table.columns))}

    def _evidence(self, outcome: Outcome, binding: Binding, found: Found) -> model.Evidence:
        verdict = outcome.verdict
        if verdict is None:
            raise ValueError(f"{outcome.check.id}: evidence without a verdict")
        listed = {name: found.values.get(name) for name in outcome.check.details}
        details = {**_rule(binding), **listed, **verdict.details}
        if outcome.explains:
            details["explains"] = [
                {
                    "check": Plain(o.check.id),
                    "defect": Plain(o.check.defect),
                    "id": Plain(o.id),
                    "rows_affected": o.rows,
                }
                for o in outcome.explains
            ]
        return model.Evidence(
            observed=self._value(found.observed),
            expected={name: self._value(value) for name, value in verdict.expected.items()},
            unit=verdict.unit,
            rows_affected=found.rows_affected,
            rows_total=found.rows_total,
            samples=[] if self.private else [{k: self._value(v) for k, v in row.items()} for row in outcome.samples],
            details={name: self._value(value) for name, value in details.items()},
            confidence=round(binding.confidence, 3) if binding.confidence < 1 else None,
        )

    def _value(self, value: Any) -> Any:
        """A value for the report, as JSON can hold it; withheld where values are private."""
        if isinstance(value, Mapping):
            return {
                str(key) if not self.private else str(self._word(str(key))): self._value(v) for key, v in value.items()
            }
        if isinstance(value, list | tuple | set | frozenset):
            return [self._value(item) for item in value]
        return jsonable(self._word(value))

    def shown(self, query: str) -> str:
        """A query as a person can run it where they stand."""
        views = self.source.views
        named = {name: view.shown for name, view in views.items() if view.shown and sql.ident(name) in query}
        told = sql.shown(sql.plain(query, withhold=self.private, known=self._known if self.private else ()), named)
        return _PARTITION.sub(r"\1=*", told) if self.private else told

    @cached_property
    def _known(self) -> frozenset[str]:
        """Values of the data that this run has seen: what must not be told where values are private."""
        columns = [column for table in self.catalog for column in table.columns]
        bounds = {str(value) for c in columns for value in (c.facts.minimum, c.facts.maximum) if not c.is_number}
        asked = (known for key, known in self.catalog.shared.items() if key[:1] == ("values",))
        return frozenset(bounds | {str(value) for values in asked for value, _ in values}) - self._identifiers()

    def _reason(self, text: str) -> str:
        """Why a check was skipped or broke; engines quote values of the data in what they say."""
        if not self.private:
            return text
        names = self._identifiers()
        return _QUOTED.sub(lambda found: found[0] if found[0][1:-1] in names else "'…'", text)

    def _location(self, outcome: Outcome) -> model.Location:
        place = outcome.place or Place("")
        there = outcome.binding.related_place if outcome.binding else None
        related = model.Related(table=there.table, columns=list(there.columns)) if there else None
        return model.Location(table=place.table or None, columns=list(place.columns), related=related)

    def _check(self, outcome: Outcome) -> model.CheckRun:
        return model.CheckRun(
            check=outcome.check.id,
            status=outcome.status,
            seconds=round(outcome.seconds, 4),
            persona=outcome.persona or None,
            location=self._location(outcome) if outcome.place else None,
            reason=self._reason(outcome.reason) or None,
        )

    def _table(self, table: Table) -> model.TableFacts:
        key = table.primary_key
        return model.TableFacts(
            name=table.name,
            rows=table.rows,
            files=table.files,
            bytes=table.bytes,
            kind=table.kind,
            primary_key=model.KeyFacts(
                columns=list(key.columns),
                source=key.source,
                confidence=None if key.source == "declared" else key.confidence,
            )
            if key
            else None,
            foreign_keys=[
                model.ReferenceFacts(
                    columns=list(fk.columns),
                    references=model.Target(table=fk.to_table, columns=list(fk.to_columns)),
                    source=fk.source,
                    confidence=None if fk.source == "declared" else fk.confidence,
                    orphans=fk.orphans,
                )
                for fk in table.foreign_keys
            ],
            columns=[self._column(column) for column in table.columns],
            path=self._path(table.name),
        )

    def _path(self, table: str) -> str | UnsetType:
        """Its file, or the directory of its parts, as the user named the dataset; unset where it is no file."""
        files = self.source.layout.of(table)
        if not files:
            return UNSET
        base = files[0].shown[: -len(files[0].relative)] if files[0].shown.endswith(files[0].relative) else ""
        return files[0].shown if "/" not in files[0].relative else base + files[0].relative.split("/", 1)[0]

    def _column(self, column: Column) -> model.ColumnFacts:
        facts = column.facts
        bounded = column.is_number or column.family == "boolean" or not self.private
        return model.ColumnFacts(
            name=column.name,
            type=column.type,
            role=column.role,
            nulls=facts.nulls,
            distinct=facts.distinct,
            distinct_exact=facts.distinct_exact,
            min=jsonable(facts.minimum) if bounded else None,
            max=jsonable(facts.maximum) if bounded else None,
            mean=jsonable(facts.mean) if column.is_number else None,
            quantiles={name: jsonable(value) for name, value in facts.quantiles.items()} or None,
            frequencies=self._frequencies(column),
        )

    def _frequencies(self, column: Column) -> dict[str, int] | None:
        """The counts of a category's values, where a check asked for them: a report after this one can tell how they moved."""
        if self.private or column.facts.distinct > _CATEGORIES or column.is_key or column.is_time:
            return None
        asked = (
            known for key, known in self.catalog.shared.items() if key[:3] == ("values", column.table, column.name)
        )
        known: list[tuple[Any, int]] = max(asked, key=len, default=[])
        shown = {str(jsonable(value)): n for value, n in known}
        return shown if len(shown) == len(known) and sum(shown.values()) == column.facts.present and shown else None

    def _metrics(self, outcomes: Sequence[Outcome], measures: Sequence[model.Measure]) -> dict[str, Any]:
        """Numbers over the whole dataset; what could not be computed is absent."""
        tables = list(self.catalog)
        cells = sum(column.facts.rows for table in tables for column in table.columns)
        nulls = sum(column.facts.nulls for table in tables for column in table.columns)
        found: dict[str, Any] = {"tables_analyzed": len(tables), "total_rows": sum(table.rows for table in tables)}
        found |= _percent("fk_integrity", *self._referenced())
        found |= _percent("null_rate", nulls, cells)
        found |= _percent("temporal_violations", *_temporal(outcomes))
        business = self._business(outcomes, measures)
        found |= {"business": business} if business else {}
        return found | ({"measures": list(measures)} if measures else {})

    def _referenced(self) -> tuple[int, int]:
        """Child rows whose parent exists, and child rows with a key, over all counted single-column foreign keys."""
        present = orphans = 0
        for key in self.catalog.foreign_keys:
            if key.orphans is not None and len(key.columns) == 1:
                present += self.catalog.tables[key.table].column(key.columns[0]).facts.present
                orphans += key.orphans
        return present - orphans, present

    def _measures(self, outcomes: Sequence[Outcome]) -> list[model.Measure]:
        """What the metrics gave; a name that was measured before gets its table's name behind a point, then its column's."""
        found: dict[tuple[str, str], model.Measure] = {}
        for outcome in outcomes:
            for name, measured in given(outcome).items() if outcome.persona else ():
                own = _free(name, outcome, {key for persona, key in found if persona == outcome.persona})
                found[outcome.persona, own] = self._measure(outcome, own, measured)
        for persona, bars in broken(outcomes):
            found[persona, BROKEN] = self._measure(None, BROKEN, bars, persona)
        return list(found.values())

    def _measure(self, outcome: Outcome | None, name: str, measured: Measured, persona: str = "") -> model.Measure:
        return model.Measure(
            persona=outcome.persona if outcome else persona,
            metric=name,
            title=measured.title,
            kind=measured.kind,
            unit=measured.unit,
            value=self._value(measured.value),
            n=measured.n,
            location=self._location(outcome) if outcome and outcome.place else None,
            sql_query=self.shown(outcome.probe.measure) if outcome and outcome.probe else None,
        )

    def _business(self, outcomes: Sequence[Outcome], measures: Sequence[model.Measure]) -> dict[str, dict[str, Any]]:
        """Persona → metric → value; a check's own number where no metric measures the same."""
        found: dict[str, dict[str, Any]] = {}
        for measure in measures:
            found.setdefault(measure.persona, {})[measure.metric] = measure.value
        measured = {persona: frozenset(metrics) for persona, metrics in found.items()}
        for outcome in outcomes:
            if outcome.verdict is None or outcome.found is None or not outcome.persona:
                continue
            mine = found.setdefault(outcome.persona, {})
            for name, value in outcome.verdict.metrics.items():
                if name not in measured.get(outcome.persona, ()):
                    mine[_free(name, outcome, mine)] = self._value(value)
        return {persona: metrics for persona, metrics in found.items() if metrics}


def _free(name: str, outcome: Outcome, taken: Collection[str]) -> str:
    """The name of a metric where it is not taken, else with the place behind it: table, related table, columns."""
    place, related = outcome.place, outcome.binding.related_place if outcome.binding else None
    parts = (place.table, *((related.table,) if related else ()), *place.columns) if place else ()
    longer = [".".join((name, *parts[: end + 1])) for end in range(len(parts))]
    return next((candidate for candidate in (name, *longer) if candidate not in taken), longer[-1] if longer else name)


def _ordered(probe: Probe) -> str:
    return f"{probe.rows}\nORDER BY {probe.order}" if probe.order and probe.rows else probe.rows or ""


def _rule(binding: Binding) -> dict[str, Any]:
    """Whether the rule was declared or inferred, and from what; absent where there is no rule but the data's own."""
    given = binding.given.get("rule")
    if given is not None:
        return {"rule": Plain(given)}
    key = binding.key or (binding.table.primary_key if set(binding.columns) & set(binding.table.key_columns) else None)
    if binding.confidence < 1:
        return {"rule": Plain("inferred")} | ({"inferred_from": Plain(key.evidence)} if key and key.evidence else {})
    return {"rule": Plain("declared")} if key and key.source == "declared" else {}


def _temporal(outcomes: Sequence[Outcome]) -> tuple[int, int]:
    pairs = [o.found for o in outcomes if o.check.id == TEMPORAL and o.found and o.status in {"passed", "failed"}]
    seen = {(found.binding.place, found.binding.related_place): found for found in pairs}
    return sum(f.rows_affected or 0 for f in seen.values()), sum(f.rows_total or 0 for f in seen.values())


def _percent(name: str, part: int, whole: int) -> dict[str, float]:
    return {name: round(100.0 * part / whole, 4)} if whole else {}


def jsonable(value: Any) -> Any:
    """A value as JSON can hold it: times in ISO 8601, other things as text, long text cut."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        return value if abs(value) < 2**63 else str(value)
    if isinstance(value, float | Decimal):
        number = float(value)
        return float(f"{number:.12g}") if math.isfinite(number) else None  # sums of threads differ in their last digits
    if isinstance(value, dt.datetime):
        return value.isoformat(sep="T")
    text = value.isoformat() if isinstance(value, dt.date | dt.time) else str(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…"
