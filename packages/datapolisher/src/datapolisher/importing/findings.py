"""Claims → findings: each measured in the data, one for each defect at each place, the rest accounted for."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from datapolisher.documents import SEVERITIES
from datapolisher.importing.claims import Between, Broken, Claim, Fresh, Holds, Moment, Refers, Rule, Whole
from datapolisher.importing.faults import Case, Fault
from datapolisher.importing.look import Look, UnmeasuredError
from datapolisher.importing.measure import measure
from datapolisher.importing.names import Names, UnmappedError
from datapolisher.vocabulary import usual

_LOWERED = 1
_LONGEST = 70


@dataclass(frozen=True)
class Placed:
    """A claim with its table's name in the data, and its rules with the columns' names there."""

    claim: Claim
    table: str
    names: Names
    rules: tuple[Rule, ...] = ()
    at: str | None = None


@dataclass(frozen=True)
class Work:
    """One rule that is broken, and who says so."""

    rule: Rule
    by: tuple[Placed, ...]


@dataclass
class Account:
    """What became of every claim.

    Parameters
    ----------
    issues
        Id → finding, as the contract writes it.
    checks
        Every check with its outcome.
    unmapped
        A line for each check that became no finding of ours, with the reason.
    """

    issues: dict[str, dict[str, Any]] = field(default_factory=dict)
    checks: list[dict[str, Any]] = field(default_factory=list)
    unmapped: list[str] = field(default_factory=list)

    def note(self, placed: Placed, status: str, reason: str = "", *, tell: bool = False) -> None:
        """Enter a check."""
        columns = list(dict.fromkeys(name for rule in placed.rules for name in rule.columns if name))
        place = {"table": placed.table or None, "columns": columns}
        entry = {"check": placed.claim.check, "status": status, "location": place}
        self.checks.append(entry | ({"reason": reason} if reason else {}))
        if tell:
            self.unmapped.append(f"{placed.claim.check}: {placed.table or '?'}: {placed.claim.words}: {reason}")


def account(placed: Sequence[Placed], look: Look | None, keys: Mapping[str, tuple[str, ...]]) -> Account:
    """Findings and checks of all claims."""
    book = Account()
    for one in placed:
        if one.claim.outcome in {"error", "skipped"}:
            book.note(one, one.claim.outcome, one.claim.reason or "not evaluated", tell=True)
        elif one.claim.outcome == "passed":
            book.note(one, "passed")
        elif not one.rules:
            book.note(one, "skipped", one.claim.reason or "no rule of ours says what it checks", tell=True)
    broken = [one for one in placed if one.claim.outcome == "failed" and one.rules]
    found: dict[int, list[str]] = {id(one): [] for one in broken}
    why: dict[int, list[str]] = {id(one): [] for one in broken}
    for work in merged(broken):
        defects, reason = _measured(work, look, keys, book)
        for one in work.by:
            found[id(one)] += defects
            why[id(one)] += [reason] if reason else []
    for one in broken:
        _closed(one, found[id(one)], why[id(one)], book)
    return book


def _measured(
    work: Work, look: Look | None, keys: Mapping[str, tuple[str, ...]], book: Account
) -> tuple[list[str], str]:
    """Measure one rule and enter its findings: their defects, or the reason why it could not be measured."""
    first = work.by[0]
    case = Case(first.claim, first.table, first.names, look, keys, first.at)
    try:
        faults = measure(work.rule, case)
    except (UnmeasuredError, UnmappedError) as error:
        return [], str(error)
    except (TypeError, ValueError, KeyError, IndexError, RuntimeError) as error:
        return [], f"the document says what no {type(work.rule).__name__} can be: {error}"
    for fault in faults:
        issue = _issue(fault, work)
        if _apart(book.issues.get(issue["id"]), issue, look):
            issue["id"] = _id(fault, first.table, " ".join(filter(None, (first.claim.only, fault.where))))
        book.issues[issue["id"]] = _together(book.issues.get(issue["id"]), issue)
    return [fault.defect for fault in faults], ""


def _apart(old: Mapping[str, Any] | None, new: Mapping[str, Any], look: Look | None) -> bool:
    """Whether two rules for one place find different rows: neither has all those of the other."""
    if old is None or look is None:
        return False
    few, many = sorted((old["evidence"], new["evidence"]), key=lambda evidence: evidence["rows_affected"] or 0)
    wheres = few.get("_where"), many.get("_where")
    if None in wheres or wheres[0] == wheres[1]:
        return False
    relation = look.relation(new["location"]["table"])
    query = f"SELECT count(*) FROM {relation} AS t WHERE ({wheres[0]}) AND NOT coalesce(({wheres[1]}), FALSE)"
    try:
        return look.count(query) > 0
    except UnmeasuredError:
        return True


def _closed(one: Placed, found: list[str], why: list[str], book: Account) -> None:
    """Enter a check that failed: with its findings, or why it has none."""
    if found and set(found) != {"other"}:
        book.note(one, "failed", "; ".join(why))
    elif found:
        book.note(one, "failed", "no word of the vocabulary says this: it stands as `other`", tell=True)
    elif why:
        book.note(one, "skipped", "; ".join(dict.fromkeys(why)), tell=True)
    else:
        said = f"{one.claim.rows:,} rows" if one.claim.rows is not None else "a failure"
        why_none = f"the tool reported {said}; by the rule as it is told here, the data at hand has none"
        book.note(one, "passed", why_none, tell=True)


def merged(broken: Iterable[Placed]) -> Iterator[Work]:
    """The broken rules, each once, whoever says it; two bounds of one column (its minimum, its maximum) are one range."""
    ranges: dict[tuple[str, str, bool, str], Work] = {}
    works: dict[Any, Work] = {}
    for one in broken:
        for rule in one.rules:
            if isinstance(rule, Between) and rule.columns and not _limited(one.claim):
                place = (one.table, rule.columns[0], rule.nulls, _scale(rule))
                old = ranges.get(place)
                ranges[place] = Work(_narrower(old.rule, rule), (*old.by, one)) if old else Work(rule, (one,))
            else:
                same = _same(one, rule)
                works[same] = Work(rule, (*works[same].by, one)) if same in works else Work(rule, (one,))
    yield from ranges.values()
    yield from works.values()


def _limited(claim: Claim) -> bool:
    """Whether the rule is one for some rows, or with exceptions: its bounds are no part of another range."""
    return bool(claim.only) or claim.tolerated or claim.tolerant


def _same(one: Placed, rule: Rule) -> Any:
    """What two checks have alike that one measurement serves: a folder may hold the results of every day of a year."""
    if one.names.dataset is None or isinstance(rule, Broken | Whole | Fresh):  # it is as the tool counts it
        return id(rule), id(one)
    key: tuple[Any, ...] = (one.table, rule, one.claim.only, one.claim.tolerated, one.claim.level, one.claim.tolerant)
    key += (one.at,) if isinstance(rule, Holds) else ()  # which may speak of the time of the check
    try:
        hash(key)
    except TypeError:  # a list of values that holds lists
        return id(rule), id(one)
    return key


def _scale(rule: Between) -> str:
    """What the bounds are: only those of one kind can be compared."""
    ends = [end for end in (rule.low, rule.high) if end is not None]
    if all(isinstance(end, int | float) for end in ends):
        return "number"
    return ", ".join(repr(end) if isinstance(end, Moment) else type(end).__name__ for end in ends)


def _narrower(a: Rule, b: Between) -> Between:
    if not isinstance(a, Between):
        return b
    low = b if a.low is None or (b.low is not None and str(b.low) != str(a.low) and b.low > a.low) else a
    high = b if a.high is None or (b.high is not None and str(b.high) != str(a.high) and b.high < a.high) else a
    return Between(a.columns, low.low, high.high, low.above, high.below, a.nulls)


def _issue(fault: Fault, work: Work) -> dict[str, Any]:
    """A fault as the contract writes a finding."""
    one = work.by[0]
    severity, category = _gravity(fault, one.claim)
    related = {"table": fault.related[0], "columns": list(fault.related[1])} if fault.related else None
    place = {"table": one.table, "columns": [name for name in fault.columns if name]} | (
        {"related": related} if related else {}
    )
    return {
        "id": _id(fault, one.table, one.claim.only),
        "check": one.claim.check,
        "defect": fault.defect,
        "severity": severity,
        "category": category,
        "persona": one.claim.check.partition(".")[0],
        "finding": _sentence(fault, one),
        "recommendation": f"See what may be done: datapolisher fixes list --defect {fault.defect}"
        if fault.defect != "other"
        else "",
        "sql_query": fault.query,
        "location": place,
        "evidence": _evidence(fault, work),
    }


def _id(fault: Fault, table: str, only: str | None) -> str:
    parts: list[Any] = [fault.defect, table, list(fault.columns), list(fault.related or ())]
    parts += [fault.words] if fault.defect == "other" else []
    parts += [fault.details.get("constraint")] if fault.defect == "constraint_violated" else []
    parts += [only] if only else []
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()[:12]


def _gravity(fault: Fault, claim: Claim) -> tuple[str, str]:
    """The vocabulary's severity; less where the tool only warns, or lets the check pass."""
    severity, category = usual(fault.defect)
    if claim.tolerated or claim.level == "info":
        return "low", category
    if claim.level == "warning":
        severity = SEVERITIES[min(SEVERITIES.index(severity) + _LOWERED, len(SEVERITIES) - 1)]
    return severity, category


def _sentence(fault: Fault, one: Placed) -> str:
    tool = one.claim.check.partition(".")[0].replace("_", " ")
    said = shortened(one.claim.words or one.claim.check)
    passes = ", which lets it pass" if one.claim.tolerated else ""
    if fault.rows is None or (not fault.columns and fault.defect == "other"):
        head = fault.words if fault.defect != "other" else f"{one.table}: {fault.words}"
    else:
        of = f" of {fault.total:,}" if fault.total is not None else ""
        head = f"{one.table}: {fault.rows:,}{of} rows {fault.words}"
    return f"{head} ({tool}: {said}{passes})"


def shortened(text: str) -> str:
    """The text, at most as long as fits beside a finding."""
    plain = " ".join(text.split())
    return plain if len(plain) <= _LONGEST else f"{plain[: _LONGEST - 1]}…"


def _evidence(fault: Fault, work: Work) -> dict[str, Any]:
    one = work.by[0]
    details = {**fault.details, **_rule(one.claim), "reported": reported(work.by)}
    evidence: dict[str, Any] = {
        "observed": fault.rows,
        "expected": dict(fault.expected) or {"max": 0},
        "unit": "rows",
        "rows_affected": fault.rows,
        "rows_total": fault.total,
        "samples": [],
        "details": details,
    }
    if fault.query is None and one.claim.samples:
        evidence["samples"] = list(one.claim.samples[:5])
    return evidence | ({"_where": fault.where} if fault.where else {})


def _rule(claim: Claim) -> dict[str, Any]:
    """Somebody wrote the rule; it may take rows out only where it holds for every row and tolerates none."""
    if claim.only:
        return {"rule": "inferred", "inferred_from": f"it holds only where {claim.only}", "only": claim.only}
    if claim.tolerated:
        return {"rule": "inferred", "inferred_from": "the check tolerates some offending rows, and passes"}
    if claim.tolerant:
        return {"rule": "inferred", "inferred_from": "the check tolerates some offending rows, though not so many"}
    return {"rule": "declared"}


def reported(by: Sequence[Placed]) -> dict[str, Any]:
    """The tools' own numbers; those of further checks that say the same under ``also``."""
    first, *others = [{"check": one.claim.check, "words": one.claim.words, **one.claim.reported} for one in by]
    return first | ({"also": others} if others else {})


def _together(old: dict[str, Any] | None, new: dict[str, Any]) -> dict[str, Any]:
    """Two findings of one defect at one place are one: the larger count, the graver severity, both tools' numbers."""
    if old is None:
        return new
    first, second = sorted((old, new), key=_strength)
    details = dict(first["evidence"]["details"])
    said, also = dict(details["reported"]), dict(second["evidence"]["details"]["reported"])
    found = second["evidence"]["rows_affected"]
    here = {"rows_here": found} if found is not None and found != first["evidence"]["rows_affected"] else {}
    listed = [*said.pop("also", []), {k: v for k, v in also.items() if k != "also"} | here, *also.get("also", [])]
    details["reported"] = said | {"also": listed}
    if "declared" in {details["rule"], second["evidence"]["details"]["rule"]}:
        details = {k: v for k, v in details.items() if k not in {"inferred_from", "only"}} | {"rule": "declared"}
    severity = min(first["severity"], second["severity"], key=SEVERITIES.index)
    return first | {"severity": severity, "evidence": first["evidence"] | {"details": details}}


def _strength(issue: Mapping[str, Any]) -> tuple[bool, int]:
    """A declared rule before one that tolerates, more rows before fewer."""
    evidence = issue["evidence"]
    return evidence["details"]["rule"] != "declared", -(evidence["rows_affected"] or 0)


def references(placed: Iterable[Placed]) -> Iterator[tuple[Placed, Refers]]:
    """Every foreign key that a check speaks of, whether it holds or not."""
    for one in placed:
        for rule in one.rules:
            whole = isinstance(rule, Refers) and rule.columns and len(rule.columns) == len(rule.parent_columns)
            if isinstance(rule, Refers) and whole and one.claim.outcome in {"passed", "failed"}:
                yield one, rule


def with_rules(claim: Claim, rules: Sequence[Rule], text: str) -> Claim:
    """The claim, with what it says as a number of the whole where no rule says it."""
    return replace(claim, rules=tuple(rules) or (Whole((), text),))
