"""The page of a run: for each finding what was done, by which path, and what remains for a person. One file, no network."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files
from typing import Any

from datapolisher.report.model import ActionTaken, FileWritten, Measured, PolishReport, TableBalance

# Headings with the statuses below them, in the order in which a reader needs them: what waits for them first.
_GROUPS = {
    "What remains for a person": ("needs_person", "failed", "reverted"),
    "Left as it is": ("skipped",),
    "Done": ("applied",),
}
_WORDS = {"needs_person": "waits", "failed": "failed", "reverted": "taken back", "skipped": "left", "applied": "done"}
_PATHS = {"schema": "path 1: schema", "postprocess": "path 2: data", "approve": "path 3: approval"}
_PROVED = {True: ("good", "verified"), False: ("bad", "still there"), None: ("none", "not verified")}
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"


def render(report: PolishReport) -> str:
    """The page."""
    title = f"Polished: {report.input.dataset}"
    style = files("datapolisher.report").joinpath("html.css").read_text(encoding="utf-8")
    body = "".join((_head(report), _findings(report), _tables(report.tables), _notes(report), _written(report)))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        '<meta name="color-scheme" content="light dark">'
        f"<title>{_text(title)}</title><style>{style}</style></head>\n<body><main>{body}</main></body></html>\n"
    )


def _text(value: Any) -> str:
    return escape(str(value), quote=True)


def _tag(name: str, content: str, kind: str = "") -> str:
    return f'<{name} class="{kind}">{content}</{name}>' if kind else f"<{name}>{content}</{name}>"


def _head(report: PolishReport) -> str:
    planned = " (a plan: nothing was changed)" if report.dry_run else ""
    where = f" → <code>{_text(report.output)}</code>" if report.output else ""
    digest = report.input.dataset_digest or "unknown"
    lines = (
        f"{_text(report.tool.name)} {_text(report.tool.version)}, {_text(report.polished_at)}, mode {_text(report.path)}",
        f"report <code>{_text(report.input.report.path)}</code>, dataset digest <code>{_text(digest)}</code>",
    )
    return (
        f'<header><p class="kicker">What was done{planned}</p><h1><code>{_text(report.input.dataset)}</code>{where}</h1>'
        f'{_numbers(report)}<p class="muted">{"<br>".join(lines)}</p></header>'
    )


def _numbers(report: PolishReport) -> str:
    """The numbers that a reader looks for first: scores, findings, rows."""
    count = Counter(action.status for action in report.actions)
    back, failed = count["reverted"], count["failed"]
    taken = sum(action.rows_quarantined for action in report.actions)
    cells = [
        ("Quality score", f"{_score(report.before)} → {_score(report.after)}", "of 100, before and after"),
        ("Done", f"{count['applied']:,}", f"of {len(report.actions):,} findings and wishes"),
        (
            "For a person",
            f"{count['needs_person']:,}",
            f"{count['skipped']:,} left, {back:,} taken back" + (f", {failed:,} failed" if failed else ""),
        ),
        ("Cells changed", f"{sum(a.cells_changed for a in report.actions):,}", "each with its old value in _changes"),
        ("Rows quarantined", f"{taken:,}", "each whole in _quarantine"),
    ]
    return _tag("div", "".join(_number(*cell) for cell in cells), "numbers")


def _number(label: str, value: str, note: str) -> str:
    return f'<div class="number"><span>{_text(label)}</span><b>{_text(value)}</b><small>{_text(note)}</small></div>'


def _score(measured: Measured | None) -> str:
    return "?" if measured is None or measured.quality_score is None else str(measured.quality_score)


def _findings(report: PolishReport) -> str:
    parts = []
    for heading, statuses in _GROUPS.items():
        cards = [_finding(action) for action in report.actions if action.status in statuses]
        if statuses == _GROUPS["What remains for a person"]:
            cards += [_unverified(line) for line in report.unverified]
        if cards:
            parts.append(f"<section><h2>{heading} <small>{len(cards):,}</small></h2>{''.join(cards)}</section>")
        elif "needs_person" in statuses:
            parts.append('<section><p class="fine">Nothing waits for a person.</p></section>')
    return "".join(parts)


def _unverified(line: str) -> str:
    return f'<article class="card wait"><p class="badges">{_badge("none", "not verified")}</p><p>{_text(line)}</p></article>'


def _finding(action: ActionTaken) -> str:
    severity = action.severity or "wish"
    badges = [_badge(severity, severity), _badge(action.status, _WORDS[action.status])]
    if action.status in {"applied", "reverted"}:
        badges.append(_badge(*_PROVED[action.verified]))
    waits = " wait" if action.status in _GROUPS["What remains for a person"] else ""
    how = [part for part in (action.fix, _PATHS.get(action.path or ""), action.defect) if part]
    reason = f"<p>{_text(action.reason)}</p>" if action.reason else ""
    return (
        f'<article class="card{waits}"><p class="badges">{"".join(badges)}</p><h3>{_text(action.finding)}</h3>'
        f'<p class="muted">{" · ".join(f"<code>{_text(part)}</code>" for part in how)}</p>{_counts(action)}{reason}'
        f"{_details(action)}</article>"
    )


def _badge(kind: str, word: str) -> str:
    return f'<span class="badge {_text(kind)}">{_text(word)}</span>'


def _counts(action: ActionTaken) -> str:
    counted = (
        (action.rows_changed, "rows changed"),
        (action.cells_changed, "cells changed"),
        (action.rows_quarantined, "rows quarantined"),
        (action.rows_collapsed, "copies folded"),
        (action.rows_added, "rows added"),
    )
    said = [f"<b>{number:,}</b> {word}" for number, word in counted if number]
    return _tag("p", " · ".join(said)) if said else ""


def _details(action: ActionTaken) -> str:
    parts = []
    if action.sql:
        parts.append(_fold("SQL", action.sql))
    if action.schema_patch:
        patch = "\n".join(f"{p.get('op')} {p.get('path')} {p.get('value', '')}" for p in action.schema_patch)
        parts.append(_fold("Change of the schema", patch))
    if action.finding_id:
        parts.append(f'<p class="muted id">finding <code>{_text(action.finding_id)}</code>{_decide(action)}</p>')
    return "".join(parts)


def _decide(action: ActionTaken) -> str:
    """How a person decides about what waits."""
    if action.status != "needs_person":
        return ""
    choice = _tag("code", f"--choose {_text(action.finding_id)}=FIX")
    listed = ", ".join(_tag("code", _text(name)) for name in action.choices)
    return f"; decide with {choice}" + (f", where FIX is {listed}" if listed else "") + ", or <code>=skip</code>"


def _fold(title: str, text: str) -> str:
    return f"<details><summary>{title}</summary><pre>{_text(text)}</pre></details>"


def _tables(tables: Sequence[TableBalance]) -> str:
    """Rows in and out; the sums of amounts, which quarantine lowers."""
    if not tables:
        return ""
    head = ("Table", "Rows in", "Added", "Rows out", "Quarantined", "Folded", "Sums of amounts, before → after")
    rows = (
        (
            _text(t.name),
            f"{t.rows_in:,}",
            f"{t.rows_added:,}",
            f"{t.rows_out:,}",
            f"{t.rows_quarantined:,}",
            f"{t.rows_collapsed:,}",
            _sums(t),
        )
        for t in tables
    )
    note = "Rows in + added = rows out + quarantined + folded, but where a table was generated again. Quarantine lowers totals."
    return f'<section><h2>Where every row went</h2>{_grid(head, rows)}<p class="muted">{note}</p></section>'


def _sums(table: TableBalance) -> str:
    said = [f"{_text(name)}: {_amount(s.before)} → {_amount(s.after)}" for name, s in table.sums.items()]
    if table.regenerated:
        said.append("generated again")
    return "<br>".join(said) or "–"


def _amount(value: float | None) -> str:
    return "?" if value is None else f"{value:,.2f}"


def _grid(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    titles = "".join(f"<th>{_text(word)}</th>" for word in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{titles}</tr></thead><tbody>{body}</tbody></table></div>'


def _notes(report: PolishReport) -> str:
    if not report.notes:
        return ""
    items = "".join(f"<li>{_text(note)}</li>" for note in report.notes)
    return f"<section><h2>Notes</h2><ul>{items}</ul></section>"


def _written(report: PolishReport) -> str:
    if not report.files:
        return ""
    rows = _rows(report.files)
    return f"<section><h2>Files</h2>{_grid(('File', 'Bytes', 'Rows', 'SHA-256'), rows)}</section>"


def _rows(listed: Sequence[FileWritten]) -> Iterator[tuple[str, ...]]:
    for file in listed:
        rows = "–" if file.rows is None else f"{file.rows:,}"
        yield f"<code>{_text(file.path)}</code>", f"{file.bytes:,}", rows, f"<code>{_text(file.sha256[:16])}…</code>"
