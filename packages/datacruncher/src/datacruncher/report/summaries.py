"""What each persona says in the end: sentences of its own with the numbers of its metrics, and one about its findings.

A persona's YAML gives the sentences (``summary``). The names in them are its metrics: ``{retention_d7:.0%}`` is the number,
``{retention_d7_n:,}`` what it rests on; of a series, ``{revenue_per_month_last}`` and ``_first`` are its ends, ``_total`` is its
sum; of bars and steps, ``{channel_mix_top}`` is the name of the largest and ``{channel_mix_top_value}`` its value. The numbers of the
whole dataset (``fk_integrity``, ``null_rate``, …) are in percent.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from datacruncher import words
from datacruncher.report.model import Issue, Measure, SummaryText

Sentences = Sequence[Sequence[str]]


def tell(
    personas: Sequence[str],
    summaries: Mapping[str, Sentences],
    measures: Sequence[Measure],
    issues: Sequence[Issue],
    overall: Mapping[str, Any],
) -> list[SummaryText]:
    """A summary for each persona; `overall` are the numbers of the whole dataset, which every sentence may use."""
    found = []
    for persona in personas:
        names = {**overall, **_names([measure for measure in measures if measure.persona == persona])}
        own = [said for choices in summaries.get(persona, ()) if (said := _said(choices, names))]
        last = _findings([issue for issue in issues if issue.persona == persona])
        found.append(SummaryText(persona=persona, sentences=[*own, last]))
    return found


def _said(choices: Sequence[str], names: Mapping[str, Any]) -> str:
    """The first sentence whose metrics were all measured; empty where none was."""
    for choice in choices:
        if all(names.get(name) is not None for name in words.names_in(choice)):
            try:
                return words.sentence(choice, names)
            except ValueError:  # a number was meant and a word is there: this sentence can't be said
                continue
    return ""


def _names(measures: Sequence[Measure]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for measure in measures:
        for name, value in _of(measure):
            found.setdefault(name, value)
    return found


def _of(measure: Measure) -> Iterator[tuple[str, Any]]:
    """The names that a measure gives to a sentence."""
    yield f"{measure.metric}_n", measure.n
    if not isinstance(measure.value, list):
        yield measure.metric, measure.value
    elif measure.kind in {"series", "bars", "steps"} and measure.value:
        values = [record.get("value") or 0 for record in measure.value]
        yield f"{measure.metric}_count", len(values)
        yield f"{measure.metric}_first", values[0]
        yield f"{measure.metric}_last", values[-1]
        yield f"{measure.metric}_total", sum(values)
        top = max(measure.value, key=lambda record: record.get("value") or 0)
        yield f"{measure.metric}_top", top.get("name", top.get("at"))
        yield f"{measure.metric}_top_value", top.get("value")


def _findings(issues: Sequence[Issue]) -> str:
    """How many findings, how grave, and the gravest in its own words."""
    if not issues:
        return "There is nothing to object to."
    counts = Counter(issue.severity for issue in issues)
    listed = ", ".join(f"{n} {severity}" for severity, n in counts.items())
    if len(issues) == 1:
        return f"One finding ({listed}): {issues[0].finding}."
    return f"{len(issues)} findings ({listed}), first of all: {issues[0].finding}."
