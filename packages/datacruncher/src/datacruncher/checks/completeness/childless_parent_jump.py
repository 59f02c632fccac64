"""From some time on, far more parents have no children."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog, Column, ForeignKey, Table
from datacruncher.catalog.model import confidence_of
from datacruncher.checks import base, times
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Plain, Probe, Skip, Verdict

_MEDIUM = 0.0


class Params(base.Params, frozen=True, kw_only=True):
    """What makes a jump.

    rows: parents a slice of time holds on average. jump: how far the share of the childless rises at least.
    z: standard errors of the slices before by which it rises at least. sharp: part of the rise that happens in one slice.
    """

    minimum: int = 200
    rows: int = 20
    jump: float = 0.2
    z: float = 5.0
    sharp: float = 0.6


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Parents with a time and what refers to them, where nearly all have children at some time."""
    for key in catalog.foreign_keys:
        child, parent = catalog.tables[key.table], catalog.tables[key.to_table]
        at = parent.happened
        if key.is_self or at is None or at.facts.present < params.minimum or child.rows < parent.rows // 2:
            continue
        unit = times.grain(at, params.rows)
        if unit is None:
            yield Skip(f"fewer than {params.rows} {parent.name} a month", Place(parent.name, (at.name,)))
            continue
        given = {"unit": unit, "until": _until(child, parent)}
        yield Binding(parent, (at,), related=child, related_columns=_columns(child, key), key=key, given=given,
                      confidence=confidence_of(key))  # fmt: skip


def _columns(child: Table, key: ForeignKey) -> tuple[Column, ...]:
    return tuple(child.column(name) for name in key.columns)


def _until(child: Table, parent: Table) -> Column | None:
    """The child's own time, if it comes later than its parent; lines of an order come with it."""
    return child.happened if child.kind not in {"line_item", "bridge"} else None


def probe(binding: Binding, params: Params) -> Probe:
    """The slice at which the share of the childless rises most, over parents old enough to have their first child.

    Old enough are those that were created longer before the newest child than nine in ten first children take.
    """
    key, at, child = binding.key, binding.column, binding.related
    assert key is not None and child is not None  # noqa: S101 - bind gives both
    piece = times.slices(at, binding.given["unit"]).replace(at.sql, "p.born")
    names = [child.column(name).of("c") for name in key.columns]
    own = [binding.table.column(name).of("p") for name in key.to_columns]
    first = times.moment(binding.given["until"], "c") if binding.given["until"] else "CAST(NULL AS TIMESTAMP)"
    pairs = " AND ".join(f"f.k{i} = {mine}" for i, mine in enumerate(own))
    steps = f"""WITH _firsts AS (
  SELECT {", ".join(f"{name} AS k{i}" for i, name in enumerate(names))}, MIN({first}) AS first, MAX({first}) AS last
  FROM {child.sql} c WHERE {key.present("c")} GROUP BY ALL
), _parents AS (
  SELECT {times.moment(at, "p")} AS born, f.k0 IS NULL AS childless, epoch(f.first) - epoch({times.moment(at, "p")}) AS wait, f.last
  FROM {binding.table.sql} p LEFT JOIN _firsts f ON {pairs} WHERE {at.of("p")} IS NOT NULL
), _ends AS (
  SELECT MAX(last) AS last, quantile_cont(GREATEST(wait, 0), 0.9) AS wait FROM _parents
), _slices AS (
  SELECT {piece} AS slice, COUNT(*) AS n, COUNT(*) FILTER (WHERE childless) AS k FROM _parents p, _ends
  WHERE _ends.last IS NULL OR epoch(p.born) <= epoch(_ends.last) - _ends.wait GROUP BY 1
), _cuts AS (
  SELECT slice, n, k, SUM(n) OVER after AS n_after, SUM(k) OVER after AS k_after, SUM(n) OVER before AS n_before,
         SUM(k) OVER before AS k_before, k / n - lag(k / n) OVER (ORDER BY slice) AS step
  FROM _slices WINDOW after AS (ORDER BY slice ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING),
                      before AS (ORDER BY slice ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
), _rises AS (
  SELECT *, k_after / n_after - k_before / n_before AS rise FROM _cuts WHERE n_before >= {params.minimum / 2} AND n_after >= {params.rows}
), _jump AS (
  SELECT * FROM _rises WHERE rise >= {params.jump} AND step >= {params.sharp} * rise
    AND k_after - n_after * k_before / n_before > {params.z} * SQRT(n_after * (k_before + 1) / (n_before + 2))
  ORDER BY rise * SQRT(n_after) DESC, slice LIMIT 1
)"""
    measure = f"""{steps}
SELECT COALESCE(MAX(k_after), 0) AS rows_affected, (SELECT SUM(n) FROM _slices) AS rows_total, CAST(MAX(slice) AS VARCHAR) AS from_slice,
  MAX(k_before / n_before) AS baseline_rate, MAX(k_after / n_after) AS observed_rate, COALESCE(MAX(rise), 0) AS rise
FROM _jump"""
    return Probe(measure=measure)


def judge(found: Found, params: Params) -> Verdict:
    """Any jump."""
    values = found.values
    details = {"time_column": found.binding.column.name, "from": values["from_slice"]}
    return Verdict(size=float(values["rise"]), details=details, words={"unit": Plain(found.binding.given["unit"])})


_ORDERS = (
    "SELECT i AS order_id, TIMESTAMP '2024-01-01' + to_hours(i) AS ordered_at, 20.0 AS amount FROM range(2000) t(i)"
)
_LINES = """SELECT row_number() OVER () AS order_line_id, i AS order_id, j + 1 AS quantity, 5.0 AS unit_price
FROM range(2000) a(i), range(2) b(j) WHERE {where}"""

SPEC = CheckSpec(
    id="completeness.childless_parent_jump",
    defect="childless_parent_jump",
    category="data_quality",
    title="Parents without children from some time on",
    why="The children were lost, or written somewhere else: everything that is summed over them falls.",
    needs="a table with a time that another one refers to",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(medium=_MEDIUM, source="defects: medium"),
    message="Childless: from {from_slice} on {observed_rate:.0%} of {table} have no {related_table}, {baseline_rate:.1%} before"
    " ({rows} of {total})",
    recommendation="Load {related_table} again from {from_slice} on.",
    details=("baseline_rate", "observed_rate"),
    example=Example(
        clean={"orders": _ORDERS, "order_line": _LINES.format(where="i % 50 > 0")},
        damaged={"order_line": _LINES.format(where="i % 50 > 0 AND (i < 1200 OR i % 2 = 0)")},
        finds=416,
        at="orders.ordered_at",
    ),
)
