"""Values of a segment in another unit: whether all of them, converted, are values that the others could have."""

from __future__ import annotations

from datapolisher.expressions import Expression
from datapolisher.fixes.base import Context
from datapolisher.fixes.data._places import Spot
from datapolisher.sql import ident
from datapolisher.workbench import Workbench


def fits(place: Spot, where: Expression, value: Expression, context: Context) -> bool:
    """Whether every value of the segment, once converted, falls in the range of the others."""
    column = ident(place.column)
    with Workbench(context.dataset) as bench:
        inside, new = bench.sql_of(place.table, where), bench.sql_of(place.table, value)
        view = bench.relation(place.table)
        outside = (
            f"SELECT count(*) FROM {view} AS t, (SELECT min({column}) AS low, max({column}) AS high FROM {view} AS t "
            f"WHERE NOT coalesce({inside}, FALSE)) AS others WHERE {inside} AND NOT coalesce("
            # A millionth more at each end: a value that was multiplied and is divided again may be one digit off.
            f"{new} BETWEEN low - 1e-6 * abs(low) AND high + 1e-6 * abs(high), {column} IS NULL)"
        )
        return not bench.value(outside)
