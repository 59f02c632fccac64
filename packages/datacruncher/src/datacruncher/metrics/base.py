"""What a metric is: a query whose answer is a number, or a series of numbers, and what they rest on.

How to write one
----------------
One file, ``metrics/<family>/<name>.py``, that defines ``SPEC = MetricSpec(id="<family>.<name>", …)``; a persona's YAML lists
it under ``metrics`` with ``use: <family>.<name>``. It binds as a check does (see ``checks.base``) and runs one SELECT of one row.
The row has a value for each of ``gives``, and the number of rows, entities or periods that each rests on. Series are lists of
structs, made in SQL (``listed``)::

    SPEC = MetricSpec(
        id="growth.new_entities",
        title="New entities", why="…", needs="an entity with a creation time",
        gives=(Measure("new_per_week", "New per week", "rows", "series"),),
        bind=bind, probe=probe,
        example=MetricExample(tables={…}, values={"new_per_week": …}),
    )

``work`` (optional) turns the measured row into the values of ``gives``, for what is statistics and no SQL (intervals). A
value that is None was not measurable there and is left out of the report: never a made-up 0.

A metric is never a finding; what is bad about a number is the matter of a check.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from datacruncher.catalog import Catalog
from datacruncher.checks.base import (
    Binding,
    CheckSpec,
    Found,
    Kind,
    Measured,
    Params,
    Probe,
    Skip,
    Steps,
    Values,
    Verdict,
)

MOST = 60  # records of a series; a report stays a page


class MetricParams(Params, frozen=True, kw_only=True):
    """What a persona may change; a metric says on how many it rests, and asks for no sample."""

    minimum: int = 0


@dataclass(frozen=True, slots=True)
class Measure:
    """One number or series that a metric gives.

    Parameters
    ----------
    name
        Under ``metrics.business`` of the persona, and in its summary.
    title, unit, kind
        For people and plots; kinds as the contract ``crunch-report`` describes them.
    n
        The measured value that says on how many it rests.
    """

    name: str
    title: str
    unit: str = "fraction"
    kind: Kind = "number"
    n: str = "n"


@dataclass(frozen=True, slots=True)
class MetricExample:
    """About ten rows, and what a person computes from them by hand.

    Parameters
    ----------
    tables
        Table → columns, or one SELECT.
    values
        Name of a measure → its value; a series as its list of records (fields may be left out).
    ns
        Name of a measure → n, where it is worth saying.
    schema
        A dataset-schema document, where roles must be declared.
    params
        ``with:`` of the run.
    """

    tables: Mapping[str, Mapping[str, Sequence[Any]] | str]
    values: Mapping[str, Any]
    ns: Mapping[str, int] | None = None
    schema: Mapping[str, Any] | None = None
    params: Mapping[str, Any] | None = None


def as_measured(values: Values, _params: Any) -> Values:
    """The measured row, as it is."""
    return values


@dataclass(frozen=True, slots=True)
class MetricSpec:
    """One metric; see the module's text."""

    id: str
    title: str
    why: str
    needs: str
    gives: tuple[Measure, ...]
    bind: Callable[[Catalog, Any], Iterable[Binding | Skip]]
    probe: Callable[[Binding, Any], Probe]
    example: MetricExample
    params: type[Params] = MetricParams
    work: Callable[[Values, Any], Values] = as_measured

    def as_check(self) -> CheckSpec:
        """As the runner knows it: a check that is measured and never judged."""
        return CheckSpec(
            id=self.id,
            defect="other",
            category="business_logic",
            title=self.title,
            why=self.why,
            needs=self.needs,
            bind=self.bind,
            probe=self.probe,
            severity=Steps(source="a metric is reported, not judged"),
            message="",
            recommendation="",
            params=self.params,
            judge=partial(_judge, metric=self),
        )


def _judge(found: Found, params: Any, *, metric: MetricSpec) -> Verdict | Skip:
    values = metric.work({**found.values, "given": found.binding.given}, params)
    measured = {one.name: _measured(one, values) for one in metric.gives if _there(values.get(one.name))}
    if not measured:
        return Skip("no row to measure it by", found.binding.place)
    return Verdict(size=0.0, measured=measured)


def _there(value: Any) -> bool:
    return value is not None and value != [] and not (isinstance(value, float) and math.isnan(value))


def _measured(one: Measure, values: Values) -> Measured:
    n = values.get(one.n)
    return Measured(values[one.name], None if n is None else int(n), one.title, one.unit, one.kind)


def listed(order: str, **fields: str) -> str:
    """SQL: an aggregate of records with these fields, in this order, for a series."""
    record = ", ".join(f"'{name}': {value}" for name, value in fields.items())
    return f"LIST({{{record}}} ORDER BY {order})"


def day(moment: str) -> str:
    """SQL: the day of a timestamp as text, as series name their times."""
    return f"STRFTIME({moment}, '%Y-%m-%d')"


def wilson(share: float, n: int, z: float = 1.959964) -> tuple[float, float]:
    """The 95% interval of a share (Wilson 1927), which holds for few rows and shares near 0 and 1, too."""
    if n <= 0:
        return 0.0, 1.0
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, middle - half), min(1.0, middle + half)


def with_interval(records: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Records of shares with their intervals ``low`` and ``high``."""
    found = []
    for record in records:
        low, high = wilson(float(record["value"] or 0.0), int(record["n"] or 0))
        found.append({**record, "low": low, "high": high})
    return found


@dataclass(frozen=True, slots=True)
class Trend:
    """A straight line through a series: its slope per step, relative to the mean, with its 95% interval."""

    slope: float
    low: float
    high: float


def trend(values: Sequence[float]) -> Trend | None:
    """Least squares over equal steps; the interval is normal, from the residuals. None for fewer than four values."""
    n, mean = len(values), sum(values) / max(1, len(values))
    if n < 4 or mean == 0:
        return None
    middle = (n - 1) / 2
    spread = sum((i - middle) ** 2 for i in range(n))
    slope = sum((i - middle) * (value - mean) for i, value in enumerate(values)) / spread
    residual = sum((value - mean - slope * (i - middle)) ** 2 for i, value in enumerate(values))
    half = 1.96 * math.sqrt(residual / (n - 2) / spread)
    return Trend(slope / mean, (slope - half) / mean, (slope + half) / mean)
