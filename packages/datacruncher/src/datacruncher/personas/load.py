"""Text → persona: tree with places, known keys and types, then errors of meaning; all mistakes at once."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import msgspec

from datacruncher import registry, vocabulary, words
from datacruncher.catalog.vocabulary import KINDS, ROLES
from datacruncher.checks.base import CheckSpec, Params, Steps, always
from datacruncher.errors import InputError, Problem
from datacruncher.personas import own, yaml_tree
from datacruncher.personas.model import (
    OwnCheck,
    OwnMetric,
    PersonaDocument,
    Severity,
    TableBinding,
    UsedCheck,
    UsedMetric,
)
from datacruncher.reading import Mistake, Pointer, address, mistakes

_FILLED = (
    "rows",
    "total",
    "share",
    "percent",
    "observed",
    "table",
    "column",
    "columns",
    "related_table",
    "related_columns",
)


@dataclass(frozen=True, slots=True)
class Asked:
    """A check as a persona asks it.

    Parameters
    ----------
    check
        The check, built-in or the author's own.
    params
        Its parameters, the author's changes included.
    steps
        Its severity steps, the author's if they gave some.
    tables
        Only these tables (wildcards); empty = all.
    recommendation
        The author's words in place of the check's; empty = the check's.
    judged
        False for metrics: measured, never a finding.
    """

    check: CheckSpec
    params: Params
    steps: Steps
    tables: tuple[str, ...] = ()
    recommendation: str = ""
    judged: bool = True


@dataclass(frozen=True, slots=True)
class Persona:
    """An analyst: a name, other names, what it watches, and what it asks."""

    name: str
    aliases: tuple[str, ...] = ()
    about: str = ""
    file: str = ""
    asked: tuple[Asked, ...] = ()
    summary: tuple[tuple[str, ...], ...] = ()  # sentences; of each, the first whose metrics were all measured


@dataclass
class _Reader:
    tree: yaml_tree.Tree
    found: list[Mistake] = field(default_factory=list)

    def wrong(self, at: Pointer, message: str, **mend: Any) -> None:
        self.found.append((at, Problem(message, **mend)))

    def raise_all(self) -> None:
        if not self.found:
            return
        problems = []
        for at, problem in self.found:
            line, column = self.tree.place(at, key=bool(at) and problem.received == at[-1])
            problems.append(replace(problem, file=self.tree.file, address=address(at), line=line, column=column))
        raise InputError(sorted(problems, key=lambda problem: (problem.line, problem.column)))


def read(text: str, file: str) -> Persona:
    """The persona in a text.

    Raises
    ------
    InputError
        Everything that is wrong with it, each with line and column.
    """
    tree = yaml_tree.read(text, file)
    reader = _Reader(tree)
    _read_contract(reader)
    reader.found += mistakes(tree.value, PersonaDocument)
    if not isinstance(tree.value, dict):
        reader.raise_all()
    parts = {key: _parts(reader, key, kinds) for key, kinds in _PARTS.items()}
    reader.raise_all()
    document = msgspec.convert(tree.value, PersonaDocument)
    asked = [
        *_checks(reader, document, parts["checks"]),
        *_metrics(reader, document, parts["metrics"], parts["checks"]),
    ]
    if not document.checks and not document.metrics:
        reader.wrong((), "neither checks nor metrics stand here")
    summary = tuple(_sentences(reader, document))
    reader.raise_all()
    return Persona(document.name, tuple(document.aliases), document.about, file, tuple(asked), summary)


_PARTS: Mapping[str, tuple[Any, Any]] = {"checks": (UsedCheck, OwnCheck), "metrics": (UsedMetric, OwnMetric)}
Parts = Sequence[tuple[Pointer, Any]]


def _read_contract(reader: _Reader) -> None:
    tree = reader.tree.value
    contract = tree.get("contract") if isinstance(tree, dict) else None
    if isinstance(contract, str) and not re.fullmatch(r"persona/1\.\d+", contract):
        reader.wrong(("contract",), f'"{contract}" is not read by this version', accepted=("persona/1.0",))


def _parts(reader: _Reader, key: str, kinds: tuple[Any, Any]) -> Parts:
    """The checks or metrics of a persona, each as what it is; mistakes are noted."""
    found = []
    items = reader.tree.value.get(key)
    for index, item in enumerate(items if isinstance(items, list) else []):
        kind = kinds[0] if isinstance(item, dict) and "use" in item else kinds[1]
        wrong = list(mistakes(item, kind, (key, index)))
        reader.found += wrong
        if not wrong:
            found.append(((key, index), msgspec.convert(item, kind)))
    return found


def _checks(reader: _Reader, document: PersonaDocument, parts: Parts) -> Iterator[Asked]:
    for at, part in parts:
        asked = _used(reader, at, part) if isinstance(part, UsedCheck) else _own(reader, at, part, document.name)
        if asked is not None:
            yield asked


def _metrics(reader: _Reader, document: PersonaDocument, parts: Parts, checks: Parts) -> Iterator[Asked]:
    shared: dict[str, TableBinding] = {}
    for _, check in checks:
        for alias, binding in check.bind.items() if isinstance(check, OwnCheck) else ():
            shared.setdefault(alias, binding)
    for at, part in parts:
        if isinstance(part, UsedMetric):
            asked = _used(reader, at, UsedCheck(use=part.use, with_=part.with_), metric=True)
            if asked is not None:
                yield replace(asked, judged=False)
            continue
        used = {alias for alias, _ in own.PLACEHOLDER.findall(part.sql)}
        bindings = part.bind or {alias: shared[alias] for alias in shared if alias in used}
        _bindings(reader, at, bindings if part.bind else {})
        _sql(reader, (*at, "sql"), part.sql, bindings, {})
        spec = own.own_metric(part, f"{slug(document.name)}.{part.id}", bindings)
        yield Asked(spec, spec.params(), spec.severity, judged=False)


def _sentences(reader: _Reader, document: PersonaDocument) -> Iterator[tuple[str, ...]]:
    """The sentences of the summary, each with its alternatives; whether their metrics exist only a run can tell."""
    for index, sentence in enumerate(document.summary):
        choices = (sentence,) if isinstance(sentence, str) else tuple(sentence)
        for choice in choices:
            try:
                words.names_in(choice)
            except ValueError as error:
                reader.wrong(("summary", index), f"is no sentence to fill in: {error}")
        yield choices


def _known(reader: _Reader, at: Pointer, use: str, *, metric: bool) -> CheckSpec | None:
    """The check of this id, or (for metrics) the metric as the check that measures it."""
    found = registry.metric(use) if metric else None
    check = found.as_check() if found else registry.spec(use)
    if check is None:
        kind = "metric" if metric else "check"
        accepted = sorted({*(registry.builtin_metrics() if metric else ()), *registry.ids()})
        reader.wrong((*at, "use"), f'there is no {kind} "{use}"', received=use, accepted=accepted)
    return check


def _used(reader: _Reader, at: Pointer, part: UsedCheck, *, metric: bool = False) -> Asked | None:
    check = _known(reader, at, part.use, metric=metric)
    if check is None:
        return None
    wrong = list(mistakes(dict(part.with_), check.params, (*at, "with")))
    reader.found += wrong
    if wrong:
        return None
    params = msgspec.convert(part.with_, check.params)
    steps = _steps(reader, at, part.severity, check.severity)
    return Asked(check, params, steps, tuple(part.tables or ()), part.recommendation or "")


def _steps(reader: _Reader, at: Pointer, severity: Severity | None, default: Steps) -> Steps:
    """The author's steps; one word replaces the highest step of the check's own, in its own sense."""
    if severity is None:
        return default
    if not isinstance(severity, str):
        given = {name: getattr(severity, name) for name in ("critical", "high", "medium", "low")}
        if all(bound is None for bound in given.values()):
            reader.wrong((*at, "severity"), "no step stands here", accepted=("critical", "high", "medium", "low"))
        return Steps(**given, below=default.below, source="the persona")
    bounds = [b for b in (default.low, default.medium, default.high, default.critical) if b is not None]
    loosest = (max(bounds) if default.below else min(bounds)) if bounds else 0.0
    return Steps(**{severity: loosest}, below=default.below, source="the persona")


def _own(reader: _Reader, at: Pointer, part: OwnCheck, persona: str) -> Asked:
    _bindings(reader, at, part.bind)
    _word(reader, (*at, "defect"), part.defect, vocabulary.words())
    _sql(reader, (*at, "sql"), part.sql, part.bind, part.parameters)
    if part.of is not None:
        _sql(reader, (*at, "of"), part.of, part.bind, part.parameters)
    elif not part.bind:
        reader.wrong(at, '"of" is missing: without "bind" nothing says out of how many')
    for key in ("finding", "recommendation"):
        _template(reader, (*at, key), getattr(part, key) or "")
    steps = _steps(reader, at, part.severity, always("low"))
    category = part.category or vocabulary.category(part.defect)
    spec = own.own_check(part, f"{slug(persona)}.{part.id}", steps, category)
    return Asked(spec, spec.params(), steps)


def _bindings(reader: _Reader, at: Pointer, bindings: Mapping[str, TableBinding]) -> None:
    for alias, binding in bindings.items():
        place = (*at, "bind", alias)
        if binding.kind is not None:
            _word(reader, (*place, "kind"), binding.kind, list(KINDS))
        if binding.parent is not None:
            _word(reader, (*place, "parent"), binding.parent, [other for other in bindings if other != alias])
        if binding.table is None and binding.kind is None and not binding.columns:
            reader.wrong(place, "says nothing about the table", hint='give "table", "kind" or "columns"')
        for name, column in binding.columns.items():
            if column.role is not None:
                _word(reader, (*place, "columns", name, "role"), column.role, list(ROLES))
            elif column.name is None:
                reader.wrong((*place, "columns", name), 'give a "role" or a "name"')


def _word(reader: _Reader, at: Pointer, word: str, accepted: Sequence[str]) -> None:
    if word not in accepted:
        reader.wrong(at, f'unknown word "{word}"', received=word, accepted=accepted)


def _template(reader: _Reader, at: Pointer, template: str) -> None:
    try:
        for name in words.names_in(template):
            _word(reader, at, name, _FILLED)
    except ValueError as error:
        reader.wrong(at, f"is no sentence to fill in: {error}")


def _sql(
    reader: _Reader, at: Pointer, query: str, bindings: Mapping[str, TableBinding], parameters: Mapping[str, Any]
) -> None:
    for alias, column in own.PLACEHOLDER.findall(query):
        if alias not in bindings:
            reader.wrong(at, f"{{{alias}}} is bound to nothing", received=alias, accepted=list(bindings))
        elif column and column not in bindings[alias].columns:
            accepted = list(bindings[alias].columns)
            reader.wrong(at, f"{{{alias}.{column}}} is bound to nothing", received=column, accepted=accepted)
    for name in own.parameters_in(query):
        if name not in parameters:
            reader.wrong(at, f"${name} is no parameter", received=name, accepted=list(parameters))
    from datacruncher import sandbox  # noqa: PLC0415 - the engine is loaded only where there is SQL to read

    for reason in sandbox.refusals(own.standing_for(query, parameters)):
        reader.wrong(at, reason)


def slug(name: str) -> str:
    """A name as part of an id: ``Pricing Lead`` → pricing_lead."""
    return re.sub(r"\W+", "_", name.lower()).strip("_")
