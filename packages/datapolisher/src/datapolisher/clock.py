"""The only place that reads the clock: reports and approvals are dated, data is not."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """This instant, in UTC."""
    return datetime.now(UTC)


def stamp(at: datetime) -> str:
    """An instant as the contracts write it: ``2024-11-10T12:05:00Z``."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
