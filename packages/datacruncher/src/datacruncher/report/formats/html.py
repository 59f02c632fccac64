"""One page with plots, for people."""

from __future__ import annotations

from datacruncher.report.formats import FormatSpec
from datacruncher.report.html import render

SPEC = FormatSpec("html", "one page with plots, for people", (".html", ".htm"), render)
