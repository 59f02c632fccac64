"""By choice: commas in a number group thousands."""

from __future__ import annotations

from datapolisher.fixes.data import _conventions as conventions

SPEC = conventions.commas(
    "read_grouping_commas",
    "Read numbers with commas between thousands",
    conventions.grouping_commas(),
    "with commas between thousands",
)
