"""Shares found beside shares declared: the comparison that several expectations end in."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from datacruncher import sql
from datacruncher.checks.base import Found, Probe, Skip, Verdict


def compare(weights: Mapping[Any, float], counted: str, deviations: float) -> Probe:
    """A probe of the largest difference between a share and its weight.

    Parameters
    ----------
    weights
        What is counted (in SQL: a text or a number) → its declared weight; they need not sum to 1.
    counted
        A SELECT of ``slot`` and ``n``; slots without a weight are compared with 0.
    deviations
        Standard errors that chance may take a share from its weight.
    """
    total = sum(weights.values())
    listed = ", ".join(f"({sql.literal(slot)}, {weight / total!r})" for slot, weight in weights.items())
    shares = f"""WITH _declared(slot, weight) AS (VALUES {listed}), _counted AS (
    {counted}
), _total AS (
    SELECT SUM(n) AS total FROM _counted
), _shares AS (
    SELECT COALESCE(d.slot, c.slot) AS slot, COALESCE(c.n, 0) AS n, COALESCE(c.n, 0) / _total.total AS share, COALESCE(d.weight,
    0) AS weight,
           _total.total
    FROM _declared d FULL JOIN _counted c ON d.slot = c.slot, _total
)"""
    noise = f"{deviations} * SQRT(GREATEST(weight * (1 - weight), 1.0 / total) / total)"
    measure = f"""{shares}
SELECT CAST(ANY_VALUE(total) AS BIGINT) AS rows_total, MAX(ABS(share - weight)) AS observed,
MAX(ABS(share - weight) - {noise}) AS beyond_chance,
    SUM((n - total * weight) ** 2 / (total * weight)) FILTER (WHERE weight > 0) AS statistic,
    map_from_entries(list((CAST(slot AS VARCHAR), ROUND(share, 6)) ORDER BY slot)) AS shares,
    CAST(arg_max(slot, ABS(share - weight)) AS VARCHAR) AS worst, arg_max(share, ABS(share - weight)) AS share_found,
    arg_max(weight, ABS(share - weight)) AS share_declared
FROM _shares"""
    return Probe(measure=measure, rows=f"{shares}\nSELECT slot, n, share, weight\nFROM _shares")


def judged(found: Found, weights: Mapping[Any, float]) -> Verdict | Skip:
    """The largest difference, where it is more than chance explains."""
    if found.observed is None:
        return Skip("no rows to count", found.binding.place)
    largest, total = float(found.observed), sum(weights.values())
    declared = {str(slot): weight / total for slot, weight in weights.items()}
    details = {"observed": found.values["shares"], "declared": declared, "effect": largest}
    size = largest if float(found.values["beyond_chance"]) > 0 else 0.0
    return Verdict(size=size, expected=declared, details=details)
