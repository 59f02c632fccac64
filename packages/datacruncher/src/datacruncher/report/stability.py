"""How far the distribution of a column has moved between two profiles: the population stability index (PSI).

PSI = Σ (q − p) · ln(q / p) over the classes of a distribution; 0.1 is notable, 0.25 large (Siddiqi 2006). Two reports hold
no rows, only profiles, so the classes of numbers lie between the quantiles of the earlier one; the share of either in each
class is read from its own quantiles in the same way, so that two equal profiles give exactly 0. Empty cells are a class.
Few rows move by chance alone: PSI of two samples of n and m rows over k classes is about (k − 1) · (1/n + 1/m) without any
drift, and what is not thrice that is not reported.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

NOTABLE = 0.1
FEWEST = 50  # rows on either side
_LEAST = 0.0005  # a class that one side lacks has at least this share: the index stays finite
_ROLES = frozenset({"primary_key", "foreign_key"})


def index(before: Sequence[float], now: Sequence[float]) -> float:
    """PSI of two lists of shares."""
    pairs = [(max(p, _LEAST), max(q, _LEAST)) for p, q in zip(before, now, strict=True)]
    return sum((q - p) * math.log(q / p) for p, q in pairs)


def chance(classes: int, before: int, now: int) -> float:
    """What the index would be about without drift."""
    return max(0, classes - 1) * (1 / before + 1 / now)


def of_quantiles(before: Mapping[str, Any], now: Mapping[str, Any]) -> tuple[list[float], list[float]] | None:
    """The shares of both between the quantiles of the first; None where they can't be read."""
    old, new = _curve(before), _curve(now)
    if len(old) < 2 or len(new) < 2:
        return None
    edges = sorted({value for _, value in old})
    return _between(old, edges), _between(new, edges)


def of_frequencies(before: Mapping[str, int], now: Mapping[str, int]) -> tuple[list[float], list[float]]:
    """The shares of every value of either."""
    names = sorted({*before, *now})
    totals = sum(before.values()) or 1, sum(now.values()) or 1
    return [before.get(n, 0) / totals[0] for n in names], [now.get(n, 0) / totals[1] for n in names]


def _curve(quantiles: Mapping[str, Any]) -> list[tuple[float, float]]:
    """(share, value), rising: ``{"p25": 3.0}`` → (0.25, 3.0)."""
    found = []
    for name, value in quantiles.items():
        if name[:1] == "p" and name[1:].isdigit() and isinstance(value, int | float) and math.isfinite(value):
            found.append((int(name[1:]) / 100, float(value)))
    return sorted(found)


def _between(curve: Sequence[tuple[float, float]], edges: Sequence[float]) -> list[float]:
    below = [_share_up_to(curve, edge) for edge in edges]
    return [after - before for before, after in zip([0.0, *below], [*below, 1.0], strict=True)]


def _share_up_to(curve: Sequence[tuple[float, float]], value: float) -> float:
    """The share of values up to `value`: on a step of the curve its end, between two steps on the line that joins them."""
    if value < curve[0][1]:
        return 0.0
    if value > curve[-1][1]:
        return 1.0
    last = max(i for i, (_, edge) in enumerate(curve) if edge <= value)
    share, edge = curve[last]
    if edge == value or last + 1 == len(curve):
        return share
    following, beyond = curve[last + 1]
    return share + (following - share) * (value - edge) / (beyond - edge)


def is_kept(role: str | None) -> bool:
    """Whether drift of a column means anything: keys grow with their table."""
    return role not in _ROLES
