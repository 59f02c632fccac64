"""What the personas measured and what they say, as renderers read it from a report."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import msgspec

from datacruncher.report.model import Report


class Measure(msgspec.Struct, frozen=True, rename={"query": "sql_query"}):
    """One number or series; see ``metrics.measures`` of the contract."""

    persona: str
    metric: str
    title: str
    kind: str
    unit: str = ""
    value: Any = None
    n: int | None = None
    location: dict[str, Any] = {}
    query: str | None = None

    @property
    def records(self) -> Sequence[Mapping[str, Any]]:
        """The records of a series."""
        return [record for record in self.value if isinstance(record, dict)] if isinstance(self.value, list) else []

    @property
    def by_number(self) -> bool:
        """Whether the steps are ages or counts, not stages."""
        names = [str(record.get("name", "")) for record in self.records]
        return len(names) > 2 and all(name.isdigit() for name in names)

    @property
    def falls(self) -> bool:
        """Whether the conversions of the steps are shares of the step before, as in a funnel."""
        values = [(float(r["value"]), r.get("conversion")) for r in self.records if r.get("value") is not None]
        pairs = [(now / before, said) for (before, _), (now, said) in pairwise(values) if before and said is not None]
        return bool(pairs) and all(abs(share - float(said)) < 0.02 for share, said in pairs)

    @property
    def table(self) -> str:
        """Where it was measured."""
        return str(self.location.get("table") or "")


def measures(report: Report) -> list[Measure]:
    """Every measure, in the order of the report; those of a report that holds only names and numbers, too."""
    listed = report.metrics.get("measures")
    if listed:
        plain = msgspec.to_builtins(listed)
        return [msgspec.convert(item, Measure) for item in plain]
    business: Mapping[str, Mapping[str, Any]] = report.metrics.get("business") or {}
    return [
        Measure(persona, name, name.replace("_", " "), "number", _unit(name), value)
        for persona, values in business.items()
        for name, value in values.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]


def _unit(name: str) -> str:
    """The unit that a bare name suggests."""
    shares = ("share", "rate", "retention", "conversion", "activation", "stickiness")
    return "fraction" if any(word in name for word in shares) else ""


def columns_of(measure: Measure, others: Sequence[Measure]) -> list[str]:
    """What the values of a map stand for, where they are no ages: the names of the bars that count the same in all."""
    if "of age" in measure.title:
        return []
    many = max((len(record.get("values") or ()) for record in measure.records), default=0)
    words = set(measure.metric.split("_"))
    for other in others:
        alike = other.kind == "bars" and (other.persona, other.table) == (measure.persona, measure.table)
        if alike and len(other.records) == many and words & set(other.metric.split("_")):
            return [str(record.get("name", "")) for record in other.records]
    return []


def summaries(report: Report) -> dict[str, list[str]]:
    """Persona → sentences; none where the report has none."""
    return {said.persona: list(said.sentences) for said in report.summaries}
