"""The run: catalog → bound checks → outcomes. Analysts work at once, each on a cursor of its own.

A check that fails is an ``error`` in the report and stops no other. Conditions on single rows (``Flag``) of one analyst are
measured together, one scan per table.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from functools import cached_property, partial
from typing import Any

from datacruncher import registry, sql
from datacruncher.catalog import Catalog
from datacruncher.checks.base import Binding, Found, Place, Probe, Skip, Steps, capped, flag_values
from datacruncher.findings import Outcome
from datacruncher.personas import Asked, Persona
from datacruncher.source import QueryError, Session, Source

TEMPORAL = "temporal.child_before_parent"  # its counts are a metric of every report
_TOGETHER = 12  # flags measured in one scan; of more the engine loses sight
_SAMPLES = 5

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Limits:
    """How far a run may go.

    Parameters
    ----------
    seconds
        Time limit of each query; what runs longer is ended and reported.
    samples
        Offending rows shown for each finding, at most; 0 shows none.
    """

    seconds: float = 120.0
    samples: int = _SAMPLES


def analyze(
    source: Source, catalog: Catalog, personas: Sequence[Persona], limits: Limits, progress: Progress | None = None
) -> list[Outcome]:
    """All outcomes, in the order of the personas and of their checks."""
    with ThreadPoolExecutor(max_workers=max(1, len(personas)), thread_name_prefix="analyst") as pool:
        jobs = [
            pool.submit(_Analyst(p.name, source.session(), catalog, limits, progress).run, p.asked) for p in personas
        ]
        try:
            found = [outcome for job in jobs for outcome in job.result()]
        except BaseException:
            source.interrupt()
            pool.shutdown(cancel_futures=True)
            raise
    return found + _always(source, catalog, personas, limits)


def _always(source: Source, catalog: Catalog, personas: Sequence[Persona], limits: Limits) -> list[Outcome]:
    """What every report measures: the order of times, also when nobody asked."""
    if any(asked.check.id == TEMPORAL for persona in personas for asked in persona.asked):
        return []
    check = registry.spec(TEMPORAL)
    if check is None:
        return []
    asked = Asked(check, check.params(), Steps(source="measured, not judged"), judged=False)
    return _Analyst("", source.session(), catalog, limits, None).run([asked])


class _Analyst:
    """One persona at work."""

    def __init__(
        self, name: str, session: Session, catalog: Catalog, limits: Limits, progress: Progress | None
    ) -> None:
        self.name = name
        self.session = session
        self.limits = limits
        self.progress = progress
        self.catalog = replace(catalog, ask=partial(session.ask, seconds=limits.seconds), shared=catalog.shared)

    def run(self, asked: Iterable[Asked]) -> list[Outcome]:
        """The outcomes of these checks."""
        checks = list(asked)
        tasks = [task for one in checks for task in self._bound(one)]
        self._measure_flags([task for task in tasks if task.together])
        for number, task in enumerate(tasks):
            if self.progress:
                self.progress(self.name, number + 1, len(tasks))
            self._finish(task)
        return [task.outcome for task in tasks]

    def _bound(self, asked: Asked) -> list[_Task]:
        """A task for each place where the check applies, or one that says why there is none."""
        start = time.perf_counter()
        try:
            places = list(asked.check.bind(self.catalog, asked.params))
        except Exception as error:  # noqa: BLE001 - a check may be anybody's; its failure is reported, never swallowed
            outcome = Outcome(self.name, asked.check, seconds=time.perf_counter() - start)
            return [_Task(asked, outcome.failed_to_run(_why(error)))]
        kept = [place for place in places if _within(place, asked.tables)]
        if not kept:
            return [_Task(asked, Outcome(self.name, asked.check).skipped(f"needs {asked.check.needs}: none found"))]
        tasks = [self._task(asked, place) for place in kept]
        tasks[0].outcome.seconds += time.perf_counter() - start
        return tasks

    def _task(self, asked: Asked, place: Binding | Skip) -> _Task:
        if isinstance(place, Skip):
            return _Task(asked, Outcome(self.name, asked.check, place=place.place).skipped(place.reason))
        outcome = Outcome(self.name, asked.check, place=place.place, binding=place, params=asked.params)
        outcome.recommendation = asked.recommendation
        try:
            outcome.probe = asked.check.probe(place, asked.params)
        except Exception as error:  # noqa: BLE001 - as above
            outcome.failed_to_run(_why(error))
        return _Task(asked, outcome)

    def _measure_flags(self, tasks: Sequence[_Task]) -> None:
        by_table: dict[str, list[_Task]] = {}
        for task in tasks:
            by_table.setdefault(task.probe.flag.table, []).append(task)  # type: ignore[union-attr]
        for table, group in by_table.items():
            for begin in range(0, len(group), _TOGETHER):
                self._measure_together(table, group[begin : begin + _TOGETHER])

    def _measure_together(self, table: str, tasks: Sequence[_Task]) -> None:
        """One scan for several flags. If the engine refuses it, each is measured by itself, so that only the bad one fails."""
        flags = [task.probe.flag for task in tasks]
        parts = [part for i, one in enumerate(flags) if one for part in flag_values(one, f"/{i}")]
        start = time.perf_counter()
        try:
            row = self.session.ask(f"SELECT {', '.join(parts)} FROM {sql.ident(table)}", seconds=self.limits.seconds)[0]
        except QueryError:
            return
        share = (time.perf_counter() - start) / len(tasks)
        for i, task in enumerate(tasks):
            suffix = f"/{i}"
            task.values = {name.removesuffix(suffix): value for name, value in row.items() if name.endswith(suffix)}
            task.outcome.seconds += share

    def _finish(self, task: _Task) -> None:
        """Measure what is not yet measured, judge it, and fetch samples of what failed."""
        outcome = task.outcome
        if outcome.status in {"skipped", "error"} or outcome.binding is None:
            return
        start = time.perf_counter()
        try:
            if not self._is_clear(outcome, outcome.binding, task.probe):
                self._judge(task, outcome.binding, self._values(task))
        except Exception as error:  # noqa: BLE001 - as above
            outcome.failed_to_run(_why(error))
        outcome.seconds += time.perf_counter() - start

    def _is_clear(self, outcome: Outcome, binding: Binding, probe: Probe) -> bool:
        """Whether a cheap look at a large table leaves no doubt that the check passes; it is said where the look was at a sample."""
        screen, table = probe.screen, binding.table
        if screen is None or table.sampled == 1.0 or probe.known is not None:
            return False
        look = screen.measure or probe.measure
        try:
            rows = self.session.ask(table.over_sample(look) if screen.sampled else look, seconds=self.limits.seconds)
            clear = len(rows) == 1 and screen.clears(rows[0])
        except QueryError:
            return False
        if clear and screen.sampled:
            outcome.reason = f"nothing in a sample of {table.rows * table.sampled:,.0f} rows"
        return clear

    def _values(self, task: _Task) -> Mapping[str, Any]:
        if task.values is not None:
            return task.values
        if task.probe.known is not None:
            return task.probe.known
        measure = task.probe.measure
        known = ("measure", measure)
        if known not in self.catalog.shared:  # a check and a metric may ask the same
            rows = self.session.ask(measure, seconds=self.limits.seconds)
            if len(rows) != 1:
                raise ValueError(f"the measure of a check is one row, {len(rows)} came")
            self.catalog.shared[known] = rows[0]
        found: Mapping[str, Any] = self.catalog.shared[known]
        return found

    def _judge(self, task: _Task, binding: Binding, values: Mapping[str, Any]) -> None:
        outcome, asked = task.outcome, task.asked
        found = Found(binding, values, self.catalog)
        outcome.found = found
        if found.rows_total is not None and found.rows_total < asked.params.minimum:
            outcome.skipped(f"only {found.rows_total} rows to judge by, fewer than {asked.params.minimum}")
            return
        verdict = asked.check.judge(found, asked.params)
        if isinstance(verdict, Skip):
            outcome.skipped(verdict.reason)
            return
        outcome.verdict = verdict
        outcome.severity = capped(asked.steps.of(verdict.size), verdict.ceiling) if asked.judged else None
        if outcome.severity is not None:
            outcome.status = "failed"
            self._sample(outcome, task.probe)

    def _sample(self, outcome: Outcome, probe: Probe) -> None:
        if probe.rows is not None and self.limits.samples:
            rows = self.session.samples(probe.rows, self.limits.samples, probe.order, seconds=self.limits.seconds)
            outcome.samples = rows


@dataclass
class _Task:
    asked: Asked
    outcome: Outcome
    values: Mapping[str, Any] | None = None

    @cached_property
    def probe(self) -> Probe:
        """The probe; only asked for where there is one."""
        if self.outcome.probe is None:
            raise ValueError("nothing to measure")
        return self.outcome.probe

    @property
    def together(self) -> bool:
        """Whether it can share a scan."""
        probe = self.outcome.probe
        return probe is not None and probe.flag is not None and probe.known is None


def _within(place: Binding | Skip, tables: Sequence[str]) -> bool:
    here: Place | None = place.place
    if not tables or here is None:
        return True
    return any(fnmatchcase(here.table.lower(), pattern.lower()) for pattern in tables)


def _why(error: Exception) -> str:
    text = str(error).split("\n", 1)[0]
    return text if isinstance(error, QueryError) and text else f"{type(error).__name__}: {text}"
