"""A rule before the data: which measurer reads which kind of rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from datapolisher.importing import claims, keys, lists, relations, shapes, values
from datapolisher.importing.claims import Rule
from datapolisher.importing.faults import Case, Fault

Measurer = Callable[[Any, Case], Iterator[Fault | None]]

MEASURERS: dict[type[Rule], Measurer] = {
    claims.NotNull: values.nulls,
    claims.Between: values.bounds,
    claims.Pattern: values.pattern,
    claims.Length: values.length,
    claims.Readable: values.readable,
    claims.Banned: values.banned,
    claims.Cased: lists.cased,
    claims.Member: lists.members,
    claims.Unique: keys.repeats,
    claims.Refers: keys.orphans,
    claims.Order: relations.order,
    claims.Equation: relations.equation,
    claims.After: relations.after,
    claims.Determined: relations.determined,
    claims.Holds: relations.holds,
    claims.Offenders: relations.offenders,
    claims.Exists: shapes.exists,
    claims.NoOthers: shapes.no_others,
    claims.Absent: shapes.absent,
    claims.Typed: shapes.typed,
    claims.Fresh: shapes.fresh,
    claims.Varies: shapes.varies,
    claims.Whole: shapes.whole,
    claims.Broken: shapes.broken,
}


def measure(rule: Rule, case: Case) -> list[Fault]:
    """What the broken rule amounts to; nothing where the data does not break it (any more)."""
    return [fault for fault in MEASURERS[type(rule)](rule, case) if fault is not None]
