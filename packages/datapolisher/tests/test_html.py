"""The page of a run: every finding once, nothing that loads or runs, nothing of the data that acts as markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest
from datapolisher.documents import Counts
from datapolisher.report import html
from datapolisher.report.model import (
    ActionTaken,
    FileReference,
    FileWritten,
    Input,
    Measured,
    PolishReport,
    Status,
    Sums,
    TableBalance,
    Tool,
)

HOSTILE = "<script>alert(1)</script> & \"quoted\" 'too'"


def action(status: Status, finding: str = "3 rows are wrong", **changes: object) -> ActionTaken:
    said = {
        "finding_id": f"f-{status}",
        "defect": "out_of_range",
        "fix": "a_fix",
        "path": "postprocess",
        "severity": "high",
    }
    return ActionTaken(finding=finding, status=status, reason="because", **{**said, **changes})  # type: ignore[arg-type]


def page(*actions: ActionTaken, after: int | None = 95, **changes: object) -> str:
    score = lambda value: Measured(quality_score=value, total_issues=1, by_severity=Counts())  # noqa: E731
    base: dict[str, object] = {
        "tool": Tool(name="datapolisher", version="1.0.0", engine="duckdb"),
        "polished_at": "2026-01-01T00:00:00Z",
        "input": Input(
            dataset="in",
            dataset_digest=None,
            report=FileReference(path="crunch_report.json", sha256="0" * 64),
            schema=None,
        ),
        "output": "out",
        "path": "auto",
        "dry_run": False,
        "rounds": 1,
        "actions": actions,
        "before": score(40),
        "after": score(after) if after is not None else None,
        "tables": (
            TableBalance(name="t", rows_in=10, rows_out=8, rows_quarantined=2, sums={"x": Sums(before=9.5, after=7)}),
        ),
        "unverified": (),
        "files": (FileWritten(path="out/t.parquet", bytes=1234, sha256="a" * 64, rows=8),),
    }
    return html.render(PolishReport(**{**base, **changes}))  # type: ignore[arg-type]


class Outline(HTMLParser):
    """Tags that are opened and closed; the text of each section's cards."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.headings: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open and self.open[-1] == "h2":
            self.headings.append(data.strip())


def test_every_finding_stands_under_what_became_of_it() -> None:
    text = page(*(action(status) for status in ("applied", "skipped", "reverted", "needs_person", "failed")))
    outline = Outline(text)
    assert outline.open == []
    assert outline.headings[:3] == ["What remains for a person", "Left as it is", "Done"]
    assert text.count("<article") == 5


def test_numbers_and_rows_are_those_of_the_report() -> None:
    text = page(action("applied", rows_changed=1234, cells_changed=2345, rows_quarantined=7, verified=True))
    for said in ("40 → 95", "<b>1,234</b> rows changed", "<b>2,345</b> cells changed", "verified", "x: 9.50 → 7.00"):
        assert said in text
    assert "? " not in page(action("applied"), after=None).split("40 → ")[0]
    assert "40 → ?" in page(action("applied"), after=None)


@pytest.mark.parametrize("place", ["finding", "reason", "sql", "fix"])
def test_what_the_data_says_is_never_markup(place: str) -> None:
    text = page(action("applied", **{place: HOSTILE}) if place != "reason" else action("applied", HOSTILE))
    assert "<script" not in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert Outline(text).open == []


def test_the_page_loads_nothing_and_runs_nothing() -> None:
    text = page(action("applied"))
    assert not re.search(r"https?://|src=|href=|url\(|@import|<script|<link|<iframe", text)
    assert "default-src 'none'" in text
    assert "prefers-color-scheme: dark" in text


def test_what_waits_says_how_to_decide() -> None:
    text = page(action("needs_person"), unverified=("nobody looked",))
    assert "--choose f-needs_person=FIX" in text
    assert "nobody looked" in text
    assert "Nothing waits for a person." in page(action("applied"))


def test_what_waits_says_what_can_be_chosen() -> None:
    text = page(action("needs_person", choices=("swap_words", "map_values:OLD=NEW")), action("applied"))
    assert "--choose f-needs_person=FIX" in text
    assert "<code>swap_words</code>, <code>map_values:OLD=NEW</code>" in text
    assert "--choose f-applied" not in text
