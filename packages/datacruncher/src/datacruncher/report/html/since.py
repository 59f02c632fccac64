"""What changed since the report that this one was compared with."""

from __future__ import annotations

from collections.abc import Sequence

from datacruncher.report.html.markup import Markup, cut, el
from datacruncher.report.model import Change, Report
from datacruncher.report.sentences import changed

_MOST = 25


def since(report: Report) -> Markup | None:
    """The section, where there was something to compare with."""
    old = report.baseline
    if not old:
        return None
    counts = (
        ("new", len(old.new)),
        ("graver", len(old.graver)),
        ("unchanged", len(old.unchanged)),
        ("gone", len(old.gone)),
    )
    tiles = [el("div", el("dt", word), el("dd", f"{n:,}")) for word, n in counts]
    about = f"Findings compared with {old.report} ({old.analysis_date[:10] or 'no date'})."
    unasked = (
        el("p", f"{len(old.not_asked):,} earlier findings were not looked for this time.", class_="note")
        if old.not_asked
        else None
    )
    lists = [
        _list("Gone", [f"{item.severity}: {item.finding}" for item in old.gone]),
        _list("Distributed otherwise", [drift.said for drift in old.drift]),
        _list("Tables and columns", [changed(change) for change in _telling(old.changes)]),
    ]
    card = el("div", el("p", about), el("dl", *tiles, class_="numbers"), unasked, class_="card")
    return el("section", el("h2", "Since then"), card, el("div", *lists, class_="pair"), id="since")


def _telling(changes: Sequence[Change]) -> list[Change]:
    """All that came, went or changed its type; numbers of rows behind them, the largest moves first."""

    def move(change: Change) -> float:
        before, now = change.before, change.now
        return -abs(now - before) / max(1, before) if isinstance(before, int) and isinstance(now, int) else 0.0

    shape = [change for change in changes if change.change != "rows"]
    return shape + sorted((change for change in changes if change.change == "rows"), key=move)


def _list(title: str, lines: Sequence[str]) -> Markup | None:
    if not lines:
        return None
    items = [el("li", cut(line, 240)) for line in lines[:_MOST]]
    left = len(lines) - len(items)
    more = el("p", f"… and {left:,} more in the JSON report", class_="note") if left > 0 else None
    return el(
        "figure",
        el("figcaption", f"{title} ({len(lines):,})"),
        el("ul", *items, class_="plain-list"),
        more,
        class_="card",
    )
