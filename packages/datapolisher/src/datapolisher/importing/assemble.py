"""Other tools' results → ``crunch_report.json``: the whole run of ``datapolisher import``."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from datapolisher import clock, reading, source
from datapolisher.__about__ import __version__
from datapolisher.documents import SEVERITIES
from datapolisher.errors import DocumentError, InputError, Problem
from datapolisher.importers import Document, all_importers, find, read_documents
from datapolisher.importing.claims import (
    Absent,
    Claim,
    Exists,
    NoOthers,
    NotNull,
    Order,
    Refers,
    Rule,
    Testimony,
    Unique,
    Versus,
)
from datapolisher.importing.conditions import against
from datapolisher.importing.findings import Account, Placed, account, references
from datapolisher.importing.look import Look
from datapolisher.importing.names import Names, UnmappedError, normal
from datapolisher.source import Dataset
from datapolisher.sql import ident

CONTRACT = "crunch-report/1.0"
_WEIGHTS = {"critical": 20.0, "high": 8.0, "medium": 2.0, "low": 0.25}
# What a reader stumbles over in a document that is not as its tool writes it.
_STRANGE = (KeyError, TypeError, ValueError, AttributeError, IndexError, SyntaxError, RuntimeError, StopIteration)
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_KEY_NAME = re.compile(r"(^|_)(id|key|code|no|number|uuid|sku|pk|nr)$", re.IGNORECASE)


@dataclass(frozen=True)
class Asked:
    """What a caller may say.

    Parameters
    ----------
    data
        The dataset; without it nothing is measured.
    tables
        ``NAME`` for a document that names no table, ``THEIRS=OURS`` for one that has another name in the data.
    samples
        Whether offending rows may stand in the report.
    """

    data: Path | None = None
    tables: Sequence[str] = ()
    samples: bool = True


@dataclass(frozen=True)
class Imported:
    """The report as the contract writes it, what became no finding, and what a reader has to know."""

    report: dict[str, Any]
    unmapped: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    def to_json(self) -> str:
        """The report as text."""
        return msgspec.json.format(msgspec.json.encode(self.report), indent=2).decode() + "\n"


@dataclass
class _Run:
    """What has been placed so far."""

    dataset: Dataset | None
    placed: list[Placed] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def import_results(paths: Sequence[Path], asked: Asked) -> Imported:
    """Read other tools' results and measure each finding in the data.

    Raises
    ------
    InputError
        A file is missing, or is no result of a tool that we know.
    DocumentError
        A table cannot be told; with the candidates.
    """
    unread: list[str] = []
    documents = read_documents(paths, unread)
    testimonies = [(document, _heard(document)) for document in documents]
    run = _Run(source.read_dataset(asked.data) if asked.data else None, notes=unread)
    run.notes += [
        f"{asked.data}/{file.as_posix()}: {why}"
        for file, why in (run.dataset.unreadable if run.dataset else {}).items()
    ]
    said, defaults = _said(asked.tables)
    unnamed = iter(defaults if len(defaults) > 1 else ())
    for document, testimony in testimonies:
        default = next(unnamed, None) if testimony.unnamed and len(defaults) > 1 else next(iter(defaults), None)
        _place(document, testimony, Names(run.dataset, said, default if testimony.unnamed else None), run)
    if run.problems:
        raise DocumentError(problems=run.problems)
    return _report(testimonies, run, asked)


def _heard(document: Document) -> Testimony:
    """What the document claims; one that is not as its tool writes it is refused with a sentence."""
    spec = find(document)
    try:
        return spec.read(document)
    except _STRANGE as error:
        why = f"not as {spec.id} writes its results: {type(error).__name__}: {error}"
        raise DocumentError(problems=[Problem(why, file=str(document.path))]) from error


def _said(tables: Sequence[str]) -> tuple[dict[str, str], list[str]]:
    pairs = [table.partition("=") for table in tables]
    return {theirs: ours for theirs, sign, ours in pairs if sign}, [name for name, sign, _ in pairs if not sign]


def _place(document: Document, testimony: Testimony, names: Names, run: _Run) -> None:
    """Find each claim's table and columns in the data; a document without any is refused."""
    if testimony.unnamed and names.default is None and run.dataset is not None:
        names = _by_columns(testimony, names, run.dataset)
    refused: list[str] = []
    placed = [_placed(_plain(claim), testimony, names, refused) for claim in testimony.claims]
    asked = any(claim.outcome in {"passed", "failed"} for claim in testimony.claims)
    if asked and not any(one.table for one in placed):
        run.problems += [Problem(why, file=str(document.path)) for why in dict.fromkeys(refused)]
    run.placed += placed
    run.notes += [f"{document.path}: {note}" for note in testimony.notes]


def _plain(claim: Claim) -> Claim:
    """The claim with counts that are counts: documents are not taken at their word."""
    rows, total = (
        n if isinstance(n, int) and not isinstance(n, bool) and n >= 0 else None for n in (claim.rows, claim.total)
    )
    only = None if claim.only is None else str(claim.only)
    tables, reason, words = tuple(map(str, claim.tables)), str(claim.reason), str(claim.words)
    return replace(claim, tables=tables, rows=rows, total=total, only=only, reason=reason, words=words)


def _placed(claim: Claim, testimony: Testimony, names: Names, refused: list[str]) -> Placed:
    try:
        table = names.table(claim.tables)
    except UnmappedError as error:
        refused.append(str(error))
        return Placed(_refused(claim, error), "", names, (), testimony.at)
    try:
        rules = tuple(_renamed(rule, table, names) for rule in claim.rules)
    except UnmappedError as error:
        return Placed(_not_there(claim, error), table, names, (), testimony.at)
    return Placed(claim, table, names, rules, testimony.at)


def _renamed(rule: Rule, table: str, names: Names) -> Rule:
    rule = _settled(rule, table, names)
    if not isinstance(rule, Exists | NoOthers | Absent):
        return rule.renamed(lambda name: names.column(table, str(name)))

    def if_there(name: str) -> str:
        try:
            return names.column(table, str(name))
        except UnmappedError:
            return str(name)

    return rule.renamed(if_there)


def _settled(rule: Rule, table: str, names: Names) -> Rule:
    """A text that may be another column or a value: what the data says; without data, an order is of columns."""
    if isinstance(rule, Refers) and not rule.parents and names.dataset:
        return replace(rule, parents=_of_size(rule, table, names.dataset))
    if not isinstance(rule, Versus):
        return rule
    source_ = names.dataset.tables.get(table) if names.dataset else None
    is_column = rule.other in source_.columns if source_ else rule.op not in {"=", "<>"}
    return Order((*rule.columns, rule.other), rule.op) if is_column else against(rule.columns[0], rule.op, rule.other)


def _of_size(rule: Refers, table: str, dataset: Dataset) -> tuple[str, ...]:
    """The one table that has the parent's columns and its size; where the data has changed since, the columns alone."""
    itself = {table} if rule.parent_columns == rule.columns else set()
    having = [n for n, t in dataset.tables.items() if n not in itself and set(rule.parent_columns) <= set(t.columns)]
    alike = [n for n in having if rule.size and (dataset.rows(n), len(dataset.tables[n].columns)) == rule.size]
    found = alike or having
    if len(found) == 1:
        return (found[0],)
    listed = f" ({', '.join(found)})" if found else ""
    raise UnmappedError(f"the document does not name the table that has {', '.join(rule.parent_columns)}{listed}")


def _refused(claim: Claim, error: UnmappedError) -> Claim:
    if claim.outcome in {"error", "skipped"}:
        return claim
    return replace(claim, outcome="skipped", reason=str(error))


def _not_there(claim: Claim, error: UnmappedError) -> Claim:
    """A check of a column that the data does not have: where it counted nothing, that is why it could not run."""
    if claim.outcome == "skipped" or (claim.outcome == "failed" and claim.rows is None):
        return replace(claim, outcome="error", reason=f"it could not be evaluated: {error}")
    return _refused(claim, error)


def _by_columns(testimony: Testimony, names: Names, dataset: Dataset) -> Names:
    """The file's name does not tell: the one table that has every column of the checks."""
    try:
        names.table(next((claim.tables for claim in testimony.claims), ()))
    except UnmappedError:
        used = {
            normal(n)
            for claim in testimony.claims
            if claim.outcome != "skipped"
            for r in claim.rules
            for n in r.columns
        }
        fitting = [n for n, t in dataset.tables.items() if used and used <= set(map(normal, t.columns))]
        return replace(names, default=fitting[0]) if len(fitting) == 1 else names
    return names


def _report(testimonies: Sequence[tuple[Document, Testimony]], run: _Run, asked: Asked) -> Imported:
    look = Look(run.dataset) if run.dataset else None
    try:
        keys = primary_keys(run.placed, run.dataset)
        book = account(run.placed, look, keys)
        for issue in book.issues.values():
            _sampled(issue, look, samples=asked.samples)
        tables = [_table(name, look, keys, run.placed) for name in look.dataset.tables] if look else []
    finally:
        if look is not None:
            look.__exit__(None, None, None)
    return Imported(_written(testimonies, run, book, tables, asked), tuple(book.unmapped), tuple(run.notes))


def primary_keys(placed: Sequence[Placed], dataset: Dataset | None) -> dict[str, tuple[str, ...]]:
    """Table → the key that the checks speak of: one that is called so, is referred to, or is named like one."""
    wanted = {
        (one.table, rule.columns[0])
        for one in placed
        for rule in one.rules
        if isinstance(rule, NotNull) and rule.columns
    }
    referred = {place for one, rule in references(placed) if (place := _parent(one, rule))}
    best: dict[str, tuple[tuple[int, ...], tuple[str, ...]]] = {}
    for one in placed:
        for rule in one.rules:
            if (
                isinstance(rule, Unique)
                and rule.columns
                and one.claim.outcome in {"passed", "failed"}
                and not one.claim.only
            ):
                rank = _rank(one.table, rule, wanted, referred, dataset)
                if rank is not None and (one.table not in best or rank < best[one.table][0]):
                    best[one.table] = (rank, rule.columns)
    return {table: columns for table, (_, columns) in best.items()}


def _parent(one: Placed, rule: Refers) -> tuple[str, tuple[str, ...]] | None:
    try:
        parent = one.names.parent(rule.parents)
        return parent, tuple(one.names.column(parent, name) for name in rule.parent_columns)
    except UnmappedError:
        return None


def _rank(
    table: str,
    rule: Unique,
    wanted: set[tuple[str, str]],
    referred: set[tuple[str, tuple[str, ...]]],
    dataset: Dataset | None,
) -> tuple[int, ...] | None:
    """How surely the columns are the key: the lower, the surer; None where nothing speaks for it."""
    first, size = rule.columns[0], len(rule.columns)
    leading = next(iter(dataset.tables[table].columns), None) if dataset and table in dataset.tables else None
    reasons = (
        rule.key,
        (table, rule.columns) in referred,
        size == 1 and (table, first) in wanted and bool(_KEY_NAME.search(first)),
        size == 1 and bool(_KEY_NAME.search(first)),
        size == 1 and (table, first) in wanted,
        first == leading,
    )
    own = normal(table).rstrip("s") in normal(first)
    return next(((n, not own, first != leading, size) for n, holds in enumerate(reasons) if holds), None)


def _sampled(issue: dict[str, Any], look: Look | None, *, samples: bool) -> None:
    """Offending rows into the finding, unless they may not be shown."""
    where = issue["evidence"].pop("_where", None)
    if not samples:
        issue["evidence"]["samples"] = []
    elif look is not None and where:
        issue["evidence"]["samples"] = look.samples(issue["location"]["table"], where)


def _table(name: str, look: Look, keys: Mapping[str, tuple[str, ...]], placed: Sequence[Placed]) -> dict[str, Any]:
    found = look.dataset.tables[name]
    counts = ", ".join(f"count({ident(column)})" for column in found.columns)
    rows, *present = look.rows(f"SELECT count(*), {counts} FROM {look.relation(name)}")[0]
    files = [look.dataset.root / file for file in found.files]
    columns = [
        {"name": column, "type": type_, "nulls": rows - n}
        for (column, type_), n in zip(found.columns.items(), present, strict=True)
    ]
    return {
        "name": name,
        "rows": rows,
        "files": len(files),
        "bytes": sum(file.stat().st_size for file in files),
        "primary_key": {"columns": list(keys[name]), "source": "declared"} if name in keys else None,
        "foreign_keys": _foreign_keys(name, placed),
        "columns": columns,
    }


def _foreign_keys(name: str, placed: Sequence[Placed]) -> list[dict[str, Any]]:
    found = {}
    for one, rule in references(placed):
        parent = _parent(one, rule) if one.table == name and not one.claim.only else None
        if parent is not None:
            target = {"table": parent[0], "columns": list(parent[1])}
            found[rule.columns, parent] = {"columns": list(rule.columns), "references": target, "source": "declared"}
    return list(found.values())


def _written(
    testimonies: Sequence[tuple[Document, Testimony]],
    run: _Run,
    book: Account,
    tables: list[dict[str, Any]],
    asked: Asked,
) -> dict[str, Any]:
    issues = sorted(book.issues.values(), key=lambda issue: (SEVERITIES.index(issue["severity"]), issue["defect"]))
    dates = [testimony.at for _, testimony in testimonies if isinstance(testimony.at, str) and _DAY.match(testimony.at)]
    return {
        "contract": CONTRACT,
        "tool": {"name": "datapolisher", "version": __version__, "engine": source.engine()},
        "analysis_date": max(map(instant, dates)) if dates else clock.stamp(clock.now()),
        "dataset": str(asked.data) if asked.data else "data not at hand",
        "dataset_digest": source.dataset_digest(asked.data) if asked.data else None,
        "schema": None,
        "personas": [],
        "imported": {
            "files": [*(_origin(*read) for read in testimonies), *_along(testimonies)],
            "tables": list(asked.tables),
        },
        "tables": tables,
        "issues": issues,
        "metrics": _metrics(tables),
        "checks": book.checks,
        "summary": summary(issues),
    }


def instant(text: str) -> str:
    """A tool's time as the contract writes an instant."""
    match = re.match(r"(\d{4}-\d{2}-\d{2})[T ](\d{2}:\d{2}:\d{2})", text)
    return f"{match[1]}T{match[2]}Z" if match else f"{text[:10]}T00:00:00Z"


def _origin(document: Document, testimony: Testimony) -> dict[str, Any]:
    version = {"version": testimony.version} if testimony.version else {}
    return {"tool": testimony.tool, **version, "path": str(document.path), "sha256": source.sha256(document.path)}


def _along(testimonies: Sequence[tuple[Document, Testimony]]) -> Iterator[dict[str, Any]]:
    """Documents that were given along: whoever reads the results again needs them too."""
    beside = {path: tree for document, _ in testimonies for path, tree in document.beside.items()}
    for path, tree in beside.items():
        tool = next(spec.id for spec in all_importers() if spec.companion(tree))
        yield {"tool": tool, "path": str(path), "sha256": source.sha256(path)}


def _metrics(tables: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    listed = list(tables)
    cells = sum(table["rows"] * len(table["columns"]) for table in listed)
    nulls = sum(column["nulls"] for table in listed for column in table["columns"])
    known = {"null_rate": round(100 * nulls / cells, 4)} if cells else {}
    return {"tables_analyzed": len(listed), "total_rows": sum(table["rows"] for table in listed), **known}


def summary(issues: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """How many findings of each severity, and the score, as the contract computes it."""
    counts = Counter(issue["severity"] for issue in issues)
    graded = [issue["severity"] for issue in issues if issue["category"] != "business_logic"]
    score = max(0.0, 100.0 - sum(_WEIGHTS[severity] for severity in graded))
    ceiling = 59 if "critical" in graded else 89 if "high" in graded else 100
    return {
        "total_issues": len(issues),
        "by_severity": {severity: counts[severity] for severity in SEVERITIES},
        "quality_score": round(min(score, ceiling)),
    }


def is_foreign(path: Path) -> bool:
    """Whether the file is another tool's result and no crunch report."""
    try:
        tree = json.loads(reading.read_text(path))
    except (InputError, OSError, ValueError, RecursionError):
        return False
    return not (isinstance(tree, dict) and str(tree.get("contract", "")).startswith("crunch-report/")) and any(
        spec.recognises(tree) for spec in all_importers()
    )
