"""The report as JSON."""

from __future__ import annotations

import msgspec

from datacruncher.report.model import Report


def encode(report: Report) -> bytes:
    """The report as indented JSON, UTF-8."""
    return msgspec.json.format(msgspec.json.encode(report), indent=2) + b"\n"
