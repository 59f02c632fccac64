"""The contract ``crunch-report/1.x``: what other programs read."""

from __future__ import annotations

from datacruncher.report.formats import FormatSpec
from datacruncher.report.json import encode
from datacruncher.report.model import Report


def render(report: Report) -> str:
    """Indented JSON."""
    return encode(report).decode()


SPEC = FormatSpec("json", "for other programs, by contract", (".json",), render)
