"""By choice: a comma in a number is its decimal mark."""

from __future__ import annotations

from datapolisher.fixes.data import _conventions as conventions

SPEC = conventions.commas(
    "read_decimal_commas",
    "Read numbers with a decimal comma",
    conventions.decimal_commas(),
    "with a decimal comma, points before it as thousands",
)
