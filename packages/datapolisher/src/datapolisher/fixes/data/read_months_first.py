"""By choice: dates such as 03/04/25 are read with the month first."""

from __future__ import annotations

from datapolisher.fixes.data import _conventions as conventions

SPEC = conventions.days_first("read_months_first", "mdy", "month")
