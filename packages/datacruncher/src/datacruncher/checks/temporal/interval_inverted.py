"""Periods that end before they begin, and steps that come before the step they follow."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

from datacruncher import sql
from datacruncher.catalog import Catalog, Column, Table
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Place, Plain, Probe, Skip, Verdict, flag
from datacruncher.checks.times import is_ahead, moment
from datacruncher.checks.values import capped, times, tokens

_MEDIUM = 0.001
_HIGH = 0.01
_SAME_AS_CHANCE = 0.8  # of the share that unrelated times would have inverted

# Words of a period's start and its end; a pair that shares the rest of its name is one period.
_PERIODS = (
    ("start", "end"), ("begin", "end"), ("from", "to"), ("from", "until"), ("from", "thru"), ("open", "close"),
    ("opened", "closed"), ("started", "ended"), ("started", "finished"), ("start", "finish"), ("begin", "finish"),
    ("started", "completed"), ("start", "stop"), ("started", "stopped"), ("admission", "discharge"),
    ("admitted", "discharged"), ("arrival", "departure"), ("check_in", "check_out"), ("checkin", "checkout"),
    ("pickup", "dropoff"), ("hire", "termination"), ("hired", "terminated"), ("issue", "expiry"),
    ("issued", "expires"), ("effective", "expiration"), ("subscribed", "unsubscribed"), ("valid_from", "valid_to"),
    ("min", "max"), ("first", "last"), ("login", "logout"), ("clock_in", "clock_out"), ("birth", "death"),
    ("created", "updated"), ("created", "modified"),
)  # fmt: skip

# Steps of things that are ordered, sent and received, in the order in which they happen.
_STEPS = (
    ("birth", "born", "dob"),
    (
        "created",
        "creation",
        "hired",
        "hire",
        "registered",
        "registration",
        "signup",
        "joined",
        "ordered",
        "order",
        "placed",
        "booked",
    ),
    ("approved", "confirmed", "accepted"),
    ("shipped", "ship", "dispatched", "sent"),
    ("delivered", "delivery", "received", "receipt", "arrived"),
    ("returned", "refunded", "cancelled", "canceled", "churned", "closed", "deleted", "resolved"),
)


@dataclass(frozen=True, slots=True)
class Pair:
    """Start and end, how certain their names are, how many rows have both, and in what share they are in order."""

    start: Column
    end: Column
    named: str  # period, steps, or empty: the order was read off the data
    both: int
    ordered: float
    close: bool


class Params(base.Params, frozen=True, kw_only=True):
    """From which share of ordered rows an order is a rule.

    minimum: a start and an end need no sample, an order that is read off the data has 30 rows.
    period: where the names say start and end; below, the names mean something else.
    steps: where the names are steps that usually follow each other.
    data: where only the data says so.
    odd: share of inverted rows from which it is asked whether the two times have anything to do with each other.
    """

    minimum: int = 5
    period: float = 0.3
    steps: float = 0.8
    data: float = 0.95
    odd: float = 0.05


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Pairs of times of one table: declared inequalities, starts and ends by name, and pairs that mostly are in order."""
    for table in catalog:
        declared = list(_declared(catalog, table))
        for start, end, strict in declared:
            given = {"rule": "declared", "strict": strict, "cap": None}
            yield Binding(table, (start, end), given=given)
        known = {frozenset((start.name, end.name)) for start, end, _ in declared}
        pairs = [p for p in _pairs(catalog, table) if frozenset((p.start.name, p.end.name)) not in known]
        rules = [pair for pair in pairs if _is_rule(pair, params)]
        for pair in pairs:
            if pair in rules and not _follows(pair, rules):
                cap = {"period": None, "steps": _HIGH}.get(pair.named, _MEDIUM)
                given = {"rule": "inferred", "strict": False, "cap": cap}
                yield Binding(table, (pair.start, pair.end), confidence=0.9 if pair.named else 0.7, given=given)
            elif pair.named and pair not in rules:
                place = Place(table.name, (pair.start.name, pair.end.name))
                yield Skip(f"only {pair.ordered:.0%} of the rows are in order: no start and end", place)


def _is_rule(pair: Pair, params: Params) -> bool:
    least = {"period": params.period, "steps": params.steps}.get(pair.named, params.data)
    return pair.ordered >= least and bool(pair.named or (pair.close and pair.both >= 30))


def _follows(pair: Pair, rules: list[Pair]) -> bool:
    """Whether a step between the two keeps them in order: a before b and b before c say all that a before c says."""
    before = {p.end.name for p in rules if p.start is pair.start and p.both >= 0.9 * pair.both}
    return any(p.end is pair.end and p.start.name in before and p.both >= 0.9 * pair.both for p in rules)


def _declared(catalog: Catalog, table: Table) -> Iterator[tuple[Column, Column, bool]]:
    """Declared inequalities between two times of this table, as (earlier, later, strictly)."""
    for rule in catalog.document.constraints.inequalities if catalog.document is not None else ():
        left, right = (_column(table, side) for side in (rule.left, rule.right))
        if left is None or right is None or rule.op == "==" or not (left.is_time and right.is_time):
            continue
        first, second = (left, right) if rule.op.startswith("<") else (right, left)
        yield first, second, not rule.op.endswith("=")


def _column(table: Table, address: str) -> Column | None:
    owner, _, name = address.rpartition(".")
    return table.get(name) if owner == table.name else None


def _pairs(catalog: Catalog, table: Table) -> list[Pair]:
    """All pairs of times with enough rows in common; one scan says how they are ordered."""
    found = [c for c in times(table) if c.facts.present][:10]
    pairs = list(combinations(found, 2))
    if not pairs:
        return []
    parts = []
    for i, (a, b) in enumerate(pairs):
        gap = f"ABS(DATE_DIFF('day', {moment(a)}, {moment(b)}))"
        parts += [
            f"COUNT(*) FILTER (WHERE {a.sql} IS NOT NULL AND {b.sql} IS NOT NULL) AS both{i}",
            f"COUNT(*) FILTER (WHERE {_later(a, b)}) AS inverted{i}",
            f"COUNT(*) FILTER (WHERE {_later(b, a)}) AS ordered{i}",
            f"MEDIAN({gap}) AS gap{i}",
        ]
    spans = {c.name: f"DATE_DIFF('day', MIN({moment(c)}), MAX({moment(c)})) AS span_{n}" for n, c in enumerate(found)}
    row = catalog.ask(table.over_sample(f"SELECT {', '.join([*parts, *spans.values()])} FROM {table.sql}"))[0]
    span = max(row[f"span_{n}"] or 0 for n in range(len(found)))
    return [
        _pair(a, b, {name: row[f"{name}{i}"] or 0 for name in ("both", "inverted", "ordered", "gap")}, 0.25 * span)
        for i, (a, b) in enumerate(pairs)
        if row[f"inverted{i}"] + row[f"ordered{i}"]
    ]


def _pair(a: Column, b: Column, counts: dict[str, float], near: float) -> Pair:
    """The pair in the order that names give, or else the one that most rows have."""
    named, first = _named(a, b)
    if not named and counts["ordered"] < counts["inverted"]:
        first = b
    close = counts["gap"] <= near and not (is_ahead(a) or is_ahead(b))
    start, end, wrong = (b, a, "ordered") if first is b else (a, b, "inverted")
    return Pair(start, end, named, int(counts["both"]), 1 - counts[wrong] / counts["both"], close)


def _named(a: Column, b: Column) -> tuple[str, Column]:
    """What the names say of the order, and which of the two is first."""
    for first, second in ((a, b), (b, a)):
        if _is_period(first.name, second.name) or (first.has("start_time") and second.has("end_time")):
            return "period", first
    if any(c.has("planned_time", at_least=0.7) for c in (a, b)):
        return "", a
    steps = [_step(c.name) for c in (a, b)]
    if None in steps or steps[0] == steps[1]:
        return "", a
    return "steps", a if (steps[0] or 0) < (steps[1] or 0) else b


def _is_period(first: str, second: str) -> bool:
    """Whether the names differ only in a word for start and one for end."""
    one, other = "_".join(tokens(first)), "_".join(tokens(second))
    for start, end in _PERIODS:
        pattern = rf"(^|_){start}(_|$)"
        if re.search(pattern, one) and re.sub(pattern, rf"\1{end}\2", one) == other:
            return True
    return False


def _step(name: str) -> int | None:
    words = set(tokens(name))
    return next((i for i, step in enumerate(_STEPS) if words & set(step)), None)


def _later(a: Column, b: Column, strict: bool = False) -> str:
    """SQL: a is later than b (or equal, if `strict`); by days where one of the two knows only days."""
    sign = ">=" if strict else ">"
    if _days_only(a) or _days_only(b):
        return f"CAST({a.sql} AS DATE) {sign} CAST({b.sql} AS DATE)"
    return f"{moment(a)} {sign} {moment(b)}"


def _days_only(column: Column) -> bool:
    return column.family == "date" or (column.facts.present > 0 and column.facts.midnight == column.facts.present)


def probe(binding: Binding, params: Params) -> Probe:
    """Rows in which the end lies before the start."""
    start, end = binding.columns
    return flag(
        binding,
        where=_later(start, end, binding.given["strict"]),
        of=f"{start.sql} IS NOT NULL AND {end.sql} IS NOT NULL",
    )


def judge(found: Found, params: Params) -> Verdict:
    """Names and declarations count in full; what was read off the data stays below, and so does what chance would bring."""
    start, end = found.binding.columns
    given = found.binding.given
    details: dict[str, object] = {
        "start_column": start.name,
        "end_column": end.name,
        "ordered_share": 1 - found.share,
        "strict": given["strict"],
    }
    size = found.share if given["cap"] is None else capped(found.share, given["cap"])
    words = {"start": start.name, "end": end.name, "chance": ""}
    if given["rule"] == "declared" or found.share < params.odd:
        return Verdict(size=size, details=details, words=words)
    chance = by_chance(found.catalog, start, end)
    if found.share < _SAME_AS_CHANCE * chance:
        return Verdict(size=size, details=details, words=words)
    words["chance"] = Plain(f", no better ordered than two unrelated times would be ({chance:.0%})")
    return Verdict(size=size, details={**details, "by_chance": chance}, words=words, ceiling="medium")


def by_chance(catalog: Catalog, start: Column, end: Column) -> float:
    """The share of rows that would be inverted, had every start an end drawn at random from the table's; asked once."""
    known = ("interval by chance", start.table, start.name, end.name)
    if known not in catalog.shared:
        cast = "DATE" if _days_only(start) or _days_only(end) else "TIMESTAMP"
        rows = catalog.ask(f"""WITH _starts AS (
    SELECT CAST({start.sql} AS {cast}) AS t, COUNT(*) AS n FROM {sql.ident(start.table)} WHERE {start.sql} IS NOT NULL GROUP BY 1
), _upto AS (
    SELECT t, SUM(n) OVER (ORDER BY t) / SUM(n) OVER () AS share FROM _starts
), _ends AS (
    SELECT CAST({end.sql} AS {cast}) AS t FROM {sql.ident(start.table)} WHERE {end.sql} IS NOT NULL
)
SELECT 1 - AVG(COALESCE(u.share, 0)) AS chance FROM _ends e ASOF LEFT JOIN _upto u ON e.t >= u.t""")
        catalog.shared[known] = float(rows[0]["chance"] or 0.0)
    found: float = catalog.shared[known]
    return found


SPEC = CheckSpec(
    id="temporal.interval_inverted",
    defect="interval_inverted",
    category="data_quality",
    title="End before start",
    why="Lengths come out negative, and whatever is open at a given time is miscounted.",
    needs="two times in one table that are start and end, or mostly in one order",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=base.Steps(
        critical=_HIGH, high=_MEDIUM, medium=0.0, source="persona-metrics, section Severity: time order above 1%"
    ),
    message="Inverted: {rows} of {total} rows in {table} have {end} before {start} ({percent}){chance}",
    recommendation="Check in which order {table}.{start} and {end} are written; declare the inequality in the schema.",
    example=Example(
        clean={
            "stay": "SELECT i AS stay_id, DATE '2024-01-01' + i::INTEGER AS start_date,"
            " DATE '2024-01-03' + i::INTEGER AS end_date FROM range(60) t(i)"
        },
        damaged={
            "stay": "SELECT i AS stay_id, DATE '2024-01-01' + i::INTEGER AS start_date,"
            " DATE '2024-01-03' + i::INTEGER - CASE WHEN i IN (5, 9) THEN 9 ELSE 0 END AS end_date FROM range(60) t(i)"
        },
        finds=2,
        at="stay.start_date.end_date",
    ),
)
