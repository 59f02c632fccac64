"""Many entities were created at one and the same instant."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher import sql
from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Steps, Verdict, flag


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: entities."""

    minimum: int = 50


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """Entities with a creation time to the second; days repeat by nature."""
    for table in catalog.of_kind("entity"):
        created = table.created
        if created is None or not created.facts.present:
            continue
        fine = created.family == "timestamp" and created.facts.midnight != created.facts.present
        commonest = catalog.values(created, limit=1)
        if commonest and (fine or created.facts.distinct == 1):
            yield Binding(
                table, (created,), confidence=created.roles.get("creation_time", 1.0), given={"top": commonest[0]}
            )


def probe(binding: Binding, params: Params) -> Probe:
    """Rows created at the commonest instant."""
    instant = binding.given["top"][0]
    created = binding.column
    value = sql.literal(instant) if not isinstance(instant, str) else f"CAST({sql.literal(instant)} AS {created.type})"
    return flag(
        binding,
        where=f"{created.sql} = {value}",
        of=f"{created.sql} IS NOT NULL",
        also={"instant": f"CAST({value} AS VARCHAR)"},
    )


def judge(found: Found, params: Params) -> Verdict:
    """The share at one instant, far above what a day's load would put there."""
    return Verdict(
        size=found.share,
        expected={"max": 0.2},
        details={"share": found.share, "time_column": found.binding.column.name},
    )


SPEC = CheckSpec(
    id="growth.simultaneous_creation",
    defect="simultaneous_creation",
    category="realism",
    title="Everything was created at one instant",
    why="A migration or a default wrote the time of creation: cohorts and ages mean nothing.",
    needs="an entity with a creation time",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    metric="created_at_one_instant",
    severity=Steps(medium=0.2, source="a fifth of all at one second is no coincidence of people"),
    message="{share:.0%} of {table} ({rows} of {total}) were created at the same instant, {instant}",
    recommendation="Recover the true times from the source; in generated data, give {column} a datetime_series or a diffusion_curve.",
    details=("instant",),
    example=Example(
        clean={
            "user": "SELECT i AS user_id, TIMESTAMP '2024-01-01 08:01:07' + to_minutes(i * 97) AS created_at FROM range(100) t(i)"
        },
        damaged={
            "user": "SELECT i AS user_id, TIMESTAMP '2024-01-01 08:01:07' + to_minutes(CASE WHEN i < 60 THEN 0 ELSE i * 97 END)"
            " AS created_at FROM range(100) t(i)"
        },
        finds=60,
        at="user.created_at",
    ),
)
