"""Path 1 carried out: what is kept, what is taken back, and what is said when nobody can generate or look.

The generator and the analyst are processes of their own; here they are played by functions.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest
from datapolisher import commands
from datapolisher.documents import CrunchReport, Finding
from datapolisher.fixes.base import Budgets, Context
from datapolisher.regeneration import Regenerated, Workshop, held_against, regenerate
from datapolisher.resolver import Rules, resolve
from datapolisher.schema_document import parse_schema
from datapolisher.source import read_dataset
from datapolisher.verify import Analyst, compare


class Played:
    """A generator that keeps the documents it was given, and an analyst that finds what it is told to."""

    def __init__(self, find: Callable[[str], list[dict[str, Any]]], make: Any) -> None:
        self.find, self.make = find, make
        self.documents: list[str] = []
        self.calls: list[Sequence[str]] = []

    def run(self, name: str, args: Sequence[str], cwd: Path | None = None) -> str:
        self.calls.append([name, *args])
        if name == "generate":
            assert cwd is not None
            self.documents.append((cwd / args[0]).read_text(encoding="utf-8"))
            if "refuse me" in self.documents[-1]:
                raise commands.CommandError("generate: exit code 2: it is refused", code=2)
            if "--dry-run-sample" not in args:
                Path(args[args.index("-o") + 1]).mkdir(parents=True)
            return ""
        report = self.make.report(args[0], *self.find(self.documents[-1]))
        Path(args[args.index("-o") + 1]).write_text(json.dumps(report), encoding="utf-8")
        return ""


def _finding(make: Any, defect: str, column: str, **parts: Any) -> Finding:
    return msgspec.convert(make.finding(defect, "order", column, **parts), Finding)


@pytest.fixture
def findings(make: Any) -> tuple[Finding, ...]:
    return (
        _finding(make, "temporal_violation", "placed_at", severity="critical", related=("user", "created_at")),
        _finding(make, "excess_precision", "amount", details={"decimals": 2}),
    )


@pytest.fixture
def carry_out(
    make: Any, shop: Path, schema_text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Regenerated, Played]]:
    def carry_out(
        findings: Sequence[Finding],
        find: Callable[[str], list[dict[str, Any]]],
        installed: Sequence[str] = ("generate", "crunch"),
        text: str = schema_text,
    ) -> tuple[Regenerated, Played]:
        played = Played(find, make)
        monkeypatch.setattr(commands, "run", played.run)
        monkeypatch.setattr(commands, "available", lambda name: name in installed)
        document = parse_schema(text, "s.json")
        context = Context(read_dataset(shop), {}, datetime(2024, 6, 1, tzinfo=UTC), document, True, Budgets())
        chosen = resolve(findings, context, Rules(("schema",))).by_path("schema")
        work = Workshop(document, None, findings, Analyst(("Data Engineer",)), tmp_path)
        return regenerate(work, chosen), played

    return carry_out


def test_a_change_that_helps_is_kept(carry_out: Any, findings: Any) -> None:
    done, played = carry_out(findings, lambda _: [])
    assert (done.rounds, dict(done.taken_back)) == (1, {})
    assert '"after_parent": false' not in done.improvement.document.text
    assert played.calls[0][:5] == ["generate", "schema_improved.json", "--seed", "42", "-o"]
    assert played.calls[1][-2:] == ["--personas", "Data Engineer"]


def test_a_change_that_does_not_help_is_taken_back(carry_out: Any, findings: Any, make: Any) -> None:
    still = make.finding("excess_precision", "order", "amount", details={"decimals": 2})
    done, played = carry_out(findings, lambda _: [still])
    assert done.taken_back == {findings[1].id: "the finding is still there"}
    assert done.rounds == 2
    assert "round" in played.documents[0]
    assert "round" not in done.improvement.document.text
    assert '"after_parent": false' not in done.improvement.document.text


def test_a_change_that_made_something_worse_is_taken_back(carry_out: Any, findings: Any, make: Any) -> None:
    def find(document: str) -> list[dict[str, Any]]:
        worse = make.finding("fanout_mismatch", "order", severity="high", finding="too few orders")
        return [worse] if '"round"' in document else []

    done, _ = carry_out([findings[1]], find)
    assert done.data is None
    assert "made something else worse: high fanout_mismatch: too few orders" in done.taken_back[findings[1].id]


def test_a_number_that_came_nearer_is_moved_on(carry_out: Any, make: Any) -> None:
    """Four children where twelve are declared, nine after the first patch: the second goes on from nine."""

    def missed(mean: float) -> dict[str, Any]:
        details = {"observed_mean": mean, "expected_mean": 12.0}
        found: dict[str, Any] = make.finding("fanout_mismatch", "order", details=details, severity="high")
        return found

    first = msgspec.convert(missed(4.0), Finding)
    done, played = carry_out([first], lambda document: [missed(9.0)] if '"lambda": 24.0' in document else [])
    assert dict(done.taken_back) == {}
    assert done.rounds == 2
    assert '"lambda": 32.0' in done.improvement.document.text
    assert len(done.improvement.patches) == 1
    changes = done.improvement.patches[0].changes
    assert [change.value for change in changes if change.path.endswith("lambda")] == [24.0, 32.0]
    assert len(played.documents) == 2


def test_a_change_is_blamed_for_what_it_touched(carry_out: Any, make: Any) -> None:
    """What got worse in a column is laid to the patch of that column, and the others stay."""
    rounded = _finding(make, "excess_precision", "amount", details={"decimals": 2})
    variants = {"variants": [{"value": "paid", "canonical": "Paid", "rows": 1}]}
    spelled = _finding(make, "category_variant", "status", details=variants)

    def find(document: str) -> list[dict[str, Any]]:
        return [make.finding("outlier", "order", "amount", severity="high")] if '"round"' in document else []

    done, _ = carry_out([rounded, spelled], find)
    assert list(done.taken_back) == [rounded.id]
    assert '["Paid", "open"]' in done.improvement.document.text


@pytest.mark.parametrize(
    "harmless",
    [{"severity": "low"}, {"severity": "critical", "category": "business_logic"}],
    ids=["cosmetic", "a fact about the business"],
)
def test_what_is_not_worse_takes_nothing_back(
    carry_out: Any, findings: Any, make: Any, harmless: dict[str, str]
) -> None:
    done, _ = carry_out(findings, lambda _: [make.finding("outlier", "order", "amount", **harmless)])
    assert not done.taken_back


def test_a_finding_that_shrank_to_less_than_half_counts_as_helped(carry_out: Any, make: Any) -> None:
    before = _finding(make, "excess_precision", "amount", rows=90, details={"decimals": 2})
    after = make.finding("excess_precision", "order", "amount", rows=3)
    done, _ = carry_out([before], lambda _: [after])
    assert not done.taken_back
    assert done.data is not None


def test_without_a_generator_the_schema_is_improved_and_that_is_said(carry_out: Any, findings: Any) -> None:
    done, played = carry_out(findings, lambda _: [], installed=())
    assert done.data is None
    assert done.improvement.changed
    assert "pip install datagen-core" in done.unverified[0]
    assert played.calls == []


def test_without_an_analyst_the_data_is_made_and_not_verified(carry_out: Any, findings: Any) -> None:
    done, _ = carry_out(findings, lambda _: [], installed=("generate",))
    assert done.data is not None
    assert "pip install datacruncher" in done.unverified[0]


def test_a_change_that_the_generator_refuses_is_taken_back_alone(
    carry_out: Any, findings: Any, make: Any, schema_text: str
) -> None:
    refused = _finding(
        make,
        "category_variant",
        "status",
        details={"variants": [{"value": "paid", "canonical": "refuse me", "rows": 1}]},
    )
    done, _ = carry_out([*findings, refused], lambda _: [])
    assert list(done.taken_back) == [refused.id]
    assert "it is refused" in done.taken_back[refused.id]
    assert len(done.improvement.patches) == 2


def test_a_check_that_did_not_run_again_proves_nothing(make: Any, findings: Any) -> None:
    check = {"check": findings[0].check, "status": "error", "reason": "out of memory", "location": {"table": "order"}}
    after = msgspec.convert(make.report("d", checks=[check]), CrunchReport)
    seen = compare(findings[:1], after)
    assert (seen.gone, seen.unseen) == (frozenset(), {findings[0].id})


def test_the_second_look_is_held_against_the_improved_document(tmp_path: Path, schema_text: str) -> None:
    """Only where the first was held against the very document that was improved."""
    named, improved = tmp_path / "schema.json", tmp_path / "schema_improved.json"
    for path in (named, improved):
        path.write_text(schema_text, encoding="utf-8")
    document = parse_schema(schema_text, "schema.json", named)
    assert held_against(Analyst(schema=named), document, improved).schema == improved
    named.write_text(schema_text + "\n", encoding="utf-8")
    assert held_against(Analyst(schema=named), document, improved).schema == named
    assert held_against(Analyst(), document, improved).schema is None


def test_rounding_is_blamed_last(carry_out: Any, make: Any) -> None:
    """An outlier in amounts comes from the behaviour that scales them, not from their rounding."""
    rounded = _finding(make, "excess_precision", "amount", details={"decimals": 2})
    details = {"segment_column": "plan", "measure": "amount"}
    made = make.finding("identical_segments", "user", "plan", related=("order", "amount"), details=details)
    tiers = msgspec.convert(made, Finding)

    def find(document: str) -> list[dict[str, Any]]:
        return [make.finding("outlier", "order", "amount")] if "segment_behavior" in document else []

    done, _ = carry_out([rounded, tiers], find)
    assert list(done.taken_back) == [tiers.id]
    assert '"round"' in done.improvement.document.text


def test_what_mends_least_goes_first(carry_out: Any, make: Any) -> None:
    """Two patches of one column, one for a grave fault: the other goes, and nothing is worse without it."""
    grave = _finding(make, "unexpected_null", "note", severity="high")
    light = _finding(make, "weights_mismatch", "note", severity="low", details={"declared": {"a": 1.0}})

    def find(document: str) -> list[dict[str, Any]]:
        return [make.finding("outlier", "order", "note")] if '"weights": [1.0]' in document else []

    done, _ = carry_out([grave, light], find)
    assert list(done.taken_back) == [light.id]
    assert '"null_rate": 0.2' not in done.improvement.document.text


def test_what_is_new_in_a_column_that_was_missing_takes_nothing_back(carry_out: Any, make: Any) -> None:
    details = {"column": "net", "column_type": "float", "expression": "amount * 0.8"}
    missing = _finding(
        make, "missing_column", "net", severity="critical", category="schema_expectation", details=details
    )
    done, _ = carry_out([missing], lambda _: [make.finding("excess_precision", "order", "net")])
    assert not done.taken_back
    assert '"name": "net"' in done.improvement.document.text


def test_how_real_data_looks_does_not_outweigh_a_graver_fault(carry_out: Any, findings: Any, make: Any) -> None:
    flat = make.finding("no_seasonality", "order", "placed_at", category="realism")
    done, _ = carry_out(findings, lambda _: [flat])
    assert not done.taken_back


def test_a_check_with_nothing_to_look_at_is_content(make: Any, findings: Any) -> None:
    """The analyst who asked looked at the column again, and it is none any more that the check speaks of."""
    facts = {"name": "order", "rows": 3, "columns": [{"name": "placed_at", "type": "TIMESTAMP"}]}
    other = {"check": "files.unreadable_file", "status": "passed", "location": {"table": "order"}}
    nowhere = {"check": findings[0].check, "status": "skipped", "reason": "needs two times: none found"}
    later = make.report("d", checks=[other, nowhere], tables=[facts], personas=["Data Engineer"])
    assert compare(findings[:1], msgspec.convert(later, CrunchReport)).gone == {findings[0].id}
    without = later | {"tables": [facts | {"columns": [{"name": "another", "type": "TIMESTAMP"}]}]}
    assert compare(findings[:1], msgspec.convert(without, CrunchReport)).unseen == {findings[0].id}
    others = later | {"personas": ["Finance VP"]}
    assert compare(findings[:1], msgspec.convert(others, CrunchReport)).unseen == {findings[0].id}
