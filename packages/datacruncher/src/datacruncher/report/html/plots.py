"""Plots by hand: a line over time, bars, the steps of a funnel, a heat map of cohorts, a gauge.

A plot takes what ``metrics.measures`` of the report holds. Colours are classes, so that they follow light and dark. Plots
are drawn 400 units wide: about the width of a phone, so that their text is readable there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from datacruncher.report.html.markup import Markup, cut, el, join
from datacruncher.report.html.numbers import compact, percent, shown, ticks

Record = Mapping[str, Any]
WIDTH = 400.0
_MOST_POINTS = 400
_MOST_BARS = 12
_MOST_COHORTS = 18
_MOST_AGES = 13


def svg(width: float, height: float, *children: Any, says: str, **attributes: Any) -> Markup:
    """A picture with words for those who can't see it."""
    return el("svg", el("title", says), *children, viewBox=f"0 0 {width:g} {height:g}", role="img", **attributes)


def gauge(score: int, word: str) -> Markup:
    """The quality score as an arc."""
    around = 2 * 3.14159 * 52
    arc = {"cx": 60, "cy": 60, "r": 52, "fill": "none", "stroke_width": 9, "transform": "rotate(-90 60 60)"}
    return svg(
        120,
        120,
        el("circle", class_="track", **arc),
        el("circle", class_=f"arc {word}", stroke_dasharray=f"{around * score / 100:.1f} {around:.1f}", **arc)
        if score
        else None,
        el("text", score, x=60, y=68, class_="score", text_anchor="middle"),
        el("text", "of 100", x=60, y=84, class_="small", text_anchor="middle"),
        says=f"quality {score} of 100",
        class_="gauge",
    )


def curve(points: Sequence[Record], unit: str, title: str) -> Markup:
    """A value by age or by any number: steps whose names are numbers."""
    return line([{**point, "at": point.get("name")} for point in points], unit, title)


def line(points: Sequence[Record], unit: str, title: str, until: str = "") -> Markup:
    """A value over time, from zero where zero is near; the way to a period that is not over is dashed."""
    known = [point for point in points if point.get("value") is not None][-_MOST_POINTS:]
    if len(known) < 2:
        return Markup("")
    values = [float(point["value"]) for point in known]
    low = min(values)
    from_zero = low > 0 and (low < 0.7 * max(values) or low == max(values))
    steps = ticks(0.0 if from_zero else low, max(values))
    frame = _Frame(left=46, top=10, width=WIDTH - 58, height=150, low=steps[0], high=steps[-1], count=len(known))
    path = " ".join(f"{'L' if i else 'M'}{frame.x(i):.1f} {frame.y(value):.1f}" for i, value in enumerate(values))
    base = frame.y(max(steps[0], 0.0) if steps[0] <= 0 else steps[0])
    area = f"{path} L{frame.x(len(values) - 1):.1f} {base:.1f} L{frame.x(0):.1f} {base:.1f} Z"
    return svg(
        WIDTH,
        186,
        *(frame.rule(step, shown(step, unit)) for step in steps),
        el("path", d=area, class_="area"),
        *_strokes(path, bool(until)),
        _peak(frame, values, known, unit),
        *_dates(frame, [str(point.get("at", "")) for point in known]),
        says=f"{title}: {len(known)} values from {shown(min(values), unit)} to {shown(max(values), unit)}",
        class_="plot",
    )


def _strokes(path: str, unfinished: bool) -> list[Markup]:
    if not unfinished:
        return [el("path", d=path, class_="stroke")]
    before, _, last = path.rpartition(" L")
    from_ = before.rpartition(" L")[2].removeprefix("M")
    return [el("path", d=before, class_="stroke"), el("path", d=f"M{from_} L{last}", class_="stroke open")]


class _Frame:
    """Where values lie in a plot."""

    def __init__(  # noqa: PLR0913 - the sides of a frame
        self, *, left: float, top: float, width: float, height: float, low: float, high: float, count: int
    ) -> None:
        self.left, self.top, self.width, self.height = left, top, width, height
        self.low, self.high, self.count = low, high, count

    def x(self, i: float) -> float:
        return self.left + self.width * i / max(1, self.count - 1)

    def y(self, value: float) -> float:
        return self.top + self.height * (1 - (value - self.low) / ((self.high - self.low) or 1))

    def rule(self, value: float, label: str) -> Markup:
        """A line across at a value."""
        y = self.y(value)
        return join(
            [
                el("line", x1=self.left, x2=self.left + self.width, y1=y, y2=y, class_="rule"),
                el("text", label, x=self.left - 6, y=y + 3.5, class_="tick", text_anchor="end"),
            ]
        )


def _peak(frame: _Frame, values: Sequence[float], points: Sequence[Record], unit: str) -> Markup:
    """The last value, marked, and the highest if it is another."""
    marks = []
    for i in dict.fromkeys((len(values) - 1, max(range(len(values)), key=lambda i: values[i]))):
        said = f"{points[i].get('at', '')}: {shown(values[i], unit)}"
        marks.append(el("circle", el("title", said), cx=frame.x(i), cy=frame.y(values[i]), r=3.2, class_="dot"))
    return join(marks)


def _dates(frame: _Frame, names: Sequence[str]) -> list[Markup]:
    """The first name, the last, and one or two between, where they have room."""
    short = [_short_date(name, names) for name in names]
    last = len(names) - 1
    chosen = [0, last] if last < 4 else [0, round(last / 3), round(2 * last / 3), last]
    anchors = {0: "start", last: "end"}
    y = frame.top + frame.height + 18
    return [
        el("text", short[i], x=frame.x(i), y=y, class_="tick", text_anchor=anchors.get(i, "middle"))
        for i in dict.fromkeys(chosen)
    ]


def _short_date(name: str, names: Sequence[str]) -> str:
    """Without the day of the month where every one is the first, and without the time of day."""
    monthly = all(other[7:10] in {"-01", ""} for other in names)
    return name[:7] if monthly else name[:10]


def bars(records: Sequence[Record], unit: str) -> Markup:
    """Named values, one bar each, with the interval where there is one."""
    known = [record for record in records if record.get("value") is not None]
    kept = [record for record in known if float(record["value"])]
    if not kept:
        return Markup("")
    top = max((abs(float(record["value"])) for record in kept), default=0.0)
    rows = [_bar(record, unit, top) for record in kept[:_MOST_BARS]]
    rest, zeros = len(kept) - len(rows), len(known) - len(kept)
    said = [f"{rest:,} more" if rest > 0 else "", f"{zeros:,} at {shown(0, unit)}" if zeros else ""]
    more = el("p", f"… and {', '.join(part for part in said if part)}", class_="note") if any(said) else None
    return join([el("div", *rows, class_="bars"), more])


def _bar(record: Record, unit: str, top: float) -> Markup:
    value = float(record["value"])
    width = 100 * abs(value) / top if top else 0.0
    low, high = record.get("low"), record.get("high")
    between = (
        f" ({shown(low, unit)} to {shown(high, unit)})" if low is not None and high is not None else _beside(record)
    )
    n = f"n = {record['n']:,}" if isinstance(record.get("n"), int) else ""
    return join(
        [
            el("span", cut(record.get("name", ""), 48), class_="name"),
            el("span", el("i", style=f"width:{width:.1f}%"), class_="track"),
            el("span", shown(value, unit), el("small", between), class_="value", title=n or None),
        ]
    )


def _beside(record: Record) -> str:
    """What a step says that is no stage of a funnel: a share, and the time until it."""
    conversion, hours = record.get("conversion"), record.get("median_hours")
    parts = [percent(100 * float(conversion))] if conversion is not None else []
    parts += [f"after {_waited(float(hours))}"] if hours is not None else []
    return f" ({', '.join(parts)})" if parts else ""


def steps(records: Sequence[Record], unit: str) -> Markup:
    """A funnel: how many reach each stage, and what share of the stage before goes on."""
    kept = [record for record in records if record.get("value") is not None][:_MOST_BARS]
    top = max((float(record["value"]) for record in kept), default=0.0)
    rows = []
    for number, record in enumerate(kept):
        rows += [_passage(record)] if number else []
        width = 100 * float(record["value"]) / top if top else 0.0
        fill = el("i", style=f"width:{width:.1f}%")
        name = el("span", cut(record.get("name", ""), 48), class_="name")
        rows.append(el("li", name, el("span", fill, class_="track"), el("span", shown(record["value"], unit))))
    return el("ol", *rows, class_="funnel")


def _passage(record: Record) -> Markup:
    conversion, hours = record.get("conversion"), record.get("median_hours")
    went = f"↓ {percent(100 * float(conversion))} go on" if conversion is not None else "↓"
    after = f", after {_waited(float(hours))}" if hours is not None else ""
    leak = conversion is not None and float(conversion) < 0.4
    return el("li", f"{went}{after}", class_="passage leak" if leak else "passage")


def _waited(hours: float) -> str:
    return f"{round(hours / 24, 1):g} days" if hours >= 48 else f"{compact(hours)} h"


def cohorts(records: Sequence[Record], unit: str, title: str, columns: Sequence[str] = ()) -> Markup:
    """A heat map: a row for each cohort, a column for each age (or for what `columns` names); the newest of many cohorts."""
    rows = list(records)[-_MOST_COHORTS:]
    ages = min(_MOST_AGES, max((len(row.get("values") or ()) for row in rows), default=0))
    if not rows or not ages:
        return Markup("")
    left, cell, tall = 92.0, (WIDTH - 92) / ages, 21.0
    known = [float(v) for row in rows for v in (row.get("values") or ())[:ages] if v is not None]
    top = max(known, default=1.0) or 1.0
    names = [str(row.get("at", "")) for row in rows]
    heads = [cut(name, max(3, int(cell / 6))) for name in columns[:ages]] or [str(age) for age in range(ages)]
    parts = [] if columns else [el("text", "age", x=left - 6, y=11, class_="tick", text_anchor="end")]
    parts += [
        el("text", head, el("title", name), x=left + cell * (age + 0.5), y=11, class_="tick", text_anchor="middle")
        for age, (head, name) in enumerate(zip(heads, columns or heads, strict=False))
    ]
    for i, row in enumerate(rows):
        y = 18 + i * tall
        label = f"{_short_date(names[i], names)}  {compact(float(row.get('n') or 0))}"
        parts.append(el("text", label, x=left - 6, y=y + 14, class_="tick", text_anchor="end"))
        for age, value in enumerate((row.get("values") or ())[:ages]):
            if value is not None:
                parts.append(_cell((left + age * cell, y, cell, tall), float(value), top, unit))
    says = f"{title}: {len(rows)} cohorts, {ages} ages; each row names its cohort and its size"
    return svg(WIDTH, 20 + len(rows) * tall, *parts, says=says, class_="plot heat")


def _cell(place: tuple[float, float, float, float], value: float, top: float, unit: str) -> Markup:
    """A field of the heat map; `place` is left, top, width, height."""
    x, y, cell, tall = place
    deep = value / top
    box = {"x": x + 1, "y": y + 1, "width": cell - 2, "height": tall - 2, "rx": 3}
    label = f"{value * 100:.0f}" if unit in {"fraction", "share"} else compact(value)
    text = el("text", label, x=x + cell / 2, y=y + 14, text_anchor="middle", class_="over" if deep > 0.55 else "under")
    return join(
        [el("rect", class_="cell", fill_opacity=round(0.08 + 0.92 * deep, 2), **box), text if cell > 16 else None]
    )
