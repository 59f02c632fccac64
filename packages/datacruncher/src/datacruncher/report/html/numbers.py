"""Numbers as people read them: 1.2 M, 43%, 3.5 days; and axes that end at round numbers."""

from __future__ import annotations

import math
from typing import Any

_SCALES = ((1e12, " T"), (1e9, " B"), (1e6, " M"), (1e4, " k"))
_UNITS = {"days": " days", "hours": " h", "seconds": " s", "ratio": "×", "months": " months"}


def shown(value: Any, unit: str = "") -> str:
    """A measured value in its unit; a dash for none."""
    if value is None or isinstance(value, str):
        return value or "–"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if unit in {"fraction", "percent", "share"}:
        return percent(value * (1 if unit == "percent" else 100))
    return f"{compact(value)}{_UNITS.get(unit, '')}"


def percent(value: float) -> str:
    """Percent with as many digits as it needs."""
    if value in {0, 100} or abs(value) >= 9.95:
        return f"{value:.0f}%"
    return f"{value:.1f}%" if abs(value) >= 0.1 else f"{value:.2g}%"


def compact(value: float) -> str:
    """At most four figures and a scale."""
    if not math.isfinite(value):
        return "–"
    for scale, word in _SCALES:
        if abs(value) >= scale:
            by = scale if scale != 1e4 else 1e3
            return f"{_figures(value / by)}{word}"
    return f"{value:,.0f}" if float(value).is_integer() or abs(value) >= 1000 else _figures(value)


def _figures(value: float) -> str:
    if abs(value) >= 100:
        return f"{value:,.0f}"
    if abs(value) >= 10:
        return f"{value:.1f}".removesuffix(".0")
    return f"{value:.2f}".rstrip("0").rstrip(".") if abs(value) >= 0.01 or value == 0 else f"{value:.2g}"


def ticks(low: float, high: float, most: int = 5) -> list[float]:
    """Round numbers from below `low` to above `high`, at most about `most` steps."""
    if high <= low:
        high = low + (abs(low) or 1.0)
    rough = (high - low) / most
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(power * factor for factor in (1, 2, 2.5, 5, 10) if power * factor >= rough * 0.999)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    return [round(step * i, 12) for i in range(first, last + 1)]
