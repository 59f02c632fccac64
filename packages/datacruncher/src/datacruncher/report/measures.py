"""Which numbers of a run are reported as measures, beside what the metrics gave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from datacruncher.checks.base import Measured, Plain
from datacruncher.findings import Outcome

BROKEN = "rows_that_break_a_rule"
_SHOWN = 20  # checks of the bars
_FEWEST = 5  # checks that make a picture


def given(outcome: Outcome) -> Mapping[str, Measured]:
    """What a metric gave; of a check that has a metric, its number."""
    verdict, found, check = outcome.verdict, outcome.found, outcome.check
    if verdict is None or found is None:
        return {}
    if check.metric and found.observed is not None:
        own = Measured(found.observed, found.rows_total, f"{check.title}: {_said(verdict.unit)}", verdict.unit)
        return {**verdict.measured, check.metric: own}
    return verdict.measured


def _said(unit: str) -> str:
    return "share" if unit == "fraction" else unit


def broken(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, Measured]]:
    """For each persona that judges data: of the rows that its checks looked at, those that break the rule, by check."""
    for persona in dict.fromkeys(outcome.persona for outcome in outcomes if outcome.persona):
        counts: dict[str, tuple[int, int]] = {}
        for outcome in outcomes:
            found = outcome.found
            if outcome.persona != persona or outcome.check.category != "data_quality" or found is None:
                continue
            if found.rows_affected is not None and found.rows_total and outcome.status in {"passed", "failed"}:
                affected, total = counts.get(outcome.check.title, (0, 0))
                hits = found.rows_affected if outcome.status == "failed" else 0
                counts[outcome.check.title] = affected + hits, total + found.rows_total
        if len(counts) >= _FEWEST:
            ranked = sorted(counts.items(), key=lambda item: (-item[1][0] / item[1][1], item[0]))[:_SHOWN]
            bars = [{"name": Plain(title), "value": hits / total, "n": total} for title, (hits, total) in ranked]
            n = sum(total for _, total in counts.values())
            yield persona, Measured(bars, n, "Rows that break a rule, by check", "fraction", "bars")
