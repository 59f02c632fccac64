"""A batch of rows that was loaded twice: days whose rows all have a twin."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Probe, Screen, Skip, Values, Verdict

_LOOK = 300_000  # rows whose hashes are looked at first
_SOME = "/* some */"


class Params(base.Params, frozen=True, kw_only=True):
    """What makes a day a repeated one.

    twins: share of a day's rows that have a twin from which the day counts as loaded twice.
    usual: share of rows with a twin on the median day above which equal rows are normal here.
    groups: fewest pairs of a day.
    chance: how many times more pairs a day has than coincidence brings to as many rows.
    """

    twins: float = 0.5
    usual: float = 0.2
    groups: int = 4
    chance: float = 3.0


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Tables with a time and something to compare beside their key."""
    for table in catalog:
        time = table.happened or table.role("start_time")
        if time is None:
            continue
        content = _content(table, time)
        if len(content) < 2:
            yield Skip("nothing to compare beside key and time", Place(table.name))
            continue
        ignored = [c.name for c in table.columns if c not in content and c is not time]
        yield Binding(table, uses={"time": time}, given={"content": [c.name for c in content], "ignored": ignored})


def _content(table: Table, time: Column) -> list[Column]:
    """Columns that a second load repeats: all but a surrogate key and what the load itself writes."""
    surrogate = table.key_columns if len(table.key_columns) == 1 else ()
    own = [c for c in table.columns if c not in surrogate and not c.partition and not c.has("update_time")]
    return [c for c in own if c is not time]


def _all_differ(binding: Binding) -> bool:
    """Whether a key that is known to hold is among what is compared: then no two rows are equal."""
    key = binding.table.primary_key
    return key is not None and key.holds and {*key.columns} <= {binding.uses["time"].name, *binding.given["content"]}


def probe(binding: Binding, params: Params) -> Probe:
    """Twins per day; a day is repeated if half of its rows have one while the median day's rows have none."""
    time, table = binding.uses["time"], binding.table
    content = sql.columns([time.name, *binding.given["content"]])
    alike = f"HASH(CAST(CAST({time.sql} AS TIMESTAMP) AS TIME), {sql.columns(binding.given['content'])})"
    steps = f"""WITH _alike AS (
  SELECT SUM(n * (n - 1.0)) / NULLIF(SUM(n) * (SUM(n) - 1.0), 0) AS chance FROM (
    SELECT COUNT(*) AS n FROM {table.sql} WHERE {time.sql} IS NOT NULL GROUP BY {alike})
), _groups AS (
  SELECT CAST({time.sql} AS DATE) AS day, HASH({content}) AS h, COUNT(*) AS n
  FROM {table.sql} WHERE {time.sql} IS NOT NULL{_SOME} GROUP BY ALL
), _days AS (
  SELECT day, SUM(n) AS n, COALESCE(SUM(n) FILTER (WHERE n > 1), 0) / SUM(n) AS twins,
         COUNT(*) FILTER (WHERE n > 1) AS pairs, COALESCE(SUM(n) FILTER (WHERE n % 2 = 0), 0) / SUM(n) AS even
  FROM _groups GROUP BY day
), _usual AS (
  SELECT MEDIAN(twins) AS twins, SUM(n * even) / SUM(n) AS even, SUM(pairs) AS pairs FROM _days
), _repeated AS (
  SELECT day FROM _days, _usual
  WHERE _days.pairs >= {params.groups}
    AND ((_usual.twins <= {params.usual} AND _days.twins >= {params.twins}
        AND _days.pairs > {params.chance} * 0.5 * _days.n * (_days.n - 1) * (SELECT chance FROM _alike))
      OR (_usual.even >= 0.98 AND _usual.pairs >= 30))
)"""
    inside = f"CAST({time.sql} AS DATE) IN (SELECT day FROM _repeated)"
    surplus = "SUM(n - 1) FILTER (WHERE n > 1 AND day IN (SELECT day FROM _repeated))"
    some = f" AND h % {max(1, table.rows // _LOOK)} = 0"
    look = "SELECT MAX(twins) FILTER (WHERE pairs > 0) AS twins, (SELECT even FROM _usual) AS even FROM _days"
    screen = Screen(partial(_is_single, params), f"{steps.replace(_SOME, some)}\n{look}", sampled=False)
    steps = steps.replace(_SOME, "")
    none = {"rows_affected": 0, "rows_total": time.facts.present, "days": 0}
    return Probe(
        known=none if _all_differ(binding) else None,
        screen=screen,
        measure=f"{steps}\nSELECT COALESCE({surplus}, 0) AS rows_affected, SUM(n) AS rows_total,\n"
        "  (SELECT COUNT(*) FROM _repeated) AS days, (SELECT CAST(MIN(day) AS VARCHAR) FROM _repeated) AS first_day,\n"
        "  (SELECT CAST(MAX(day) AS VARCHAR) FROM _repeated) AS last_day\nFROM _groups",
        rows=f"{steps}\nSELECT * FROM {table.sql} WHERE {inside}\n"
        f"QUALIFY ROW_NUMBER() OVER (PARTITION BY {content} ORDER BY {_order(table)}) > 1",
    )


def _is_single(params: Params, values: Values) -> bool:
    """Whether no day comes near to half of its rows having a twin; twins share a hash, so that a part of all hashes has both."""
    return (values["twins"] or 0.0) < 0.5 * params.twins and (values["even"] or 0.0) < 0.9


def _order(table: Table) -> str:
    return sql.columns(c.name for c in (table.key_columns or table.columns[:1]))


def judge(found: Found, params: Params) -> Verdict:
    """Size is the share of rows that are there twice."""
    binding = found.binding
    period = f"{found.values.get('first_day')}..{found.values.get('last_day')}"
    return Verdict(
        size=found.share,
        details={
            "batch_column": binding.uses["time"].name,
            "first": period,
            "second": period,
            "ignored_columns": binding.given["ignored"],
        },
        words={"time": binding.uses["time"].name},
    )


_DAY = "SELECT i AS event_id, 100 + i AS user_id, {} AS kind, TIMESTAMP '2024-03-01' + INTERVAL (i * 2) HOUR AS happened_at"
_KIND = "['view', 'click', 'buy'][1 + i % 3]"
_CLEAN = f"{_DAY.format(_KIND)} FROM range(120) t(i)"

SPEC = CheckSpec(
    id="keys.double_load",
    defect="double_load",
    category="data_quality",
    title="Batch loaded twice",
    why="Everything that is counted or summed over these days is doubled.",
    needs="a table with a time and columns beside its key",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(critical=0.01, high=0.0, source="persona-metrics, section Severity: totals above 1%"),
    message="Loaded twice: {rows} of {total} rows in {table} repeat another row of the same {time}, on {days} days"
    " from {first_day} to {last_day}",
    recommendation="Remove the second batch of {table} and make the load idempotent (delete by period, then insert).",
    details=("days",),
    explains=("keys.duplicate_row", "keys.primary_key_duplicate", "finance.double_charge"),
    example=Example(
        clean={"event": _CLEAN},
        damaged={
            "event": f"{_CLEAN} UNION ALL SELECT * REPLACE (event_id + 1000 AS event_id) FROM ({_CLEAN})"
            " WHERE CAST(happened_at AS DATE) = DATE '2024-03-04'"
        },
        finds=12,
        at="event",
    ),
)
