"""Personas: the six of this package, files of a user, and how people name them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datacruncher import crunch
from datacruncher.errors import InputError
from datacruncher.personas import library, resolve
from datacruncher.personas.load import read
from datacruncher.personas.template import template

Write = Callable[[Path, Any], Path]
EXAMPLES = sorted((Path(__file__).parents[3] / "contracts" / "persona" / "examples").glob("*.yaml"))
COUNTEREXAMPLES = sorted((Path(__file__).parents[3] / "contracts" / "persona" / "counterexamples").glob("*.yaml"))

SIX = ["VP Growth", "Finance VP", "Data Engineer", "Customer Success VP", "Marketing VP", "Product VP"]


def test_the_six_are_there_and_each_asks_enough() -> None:
    asked = {persona.name: len(persona.asked) for persona in library()}
    assert list(asked) == SIX
    assert asked.pop("Data Engineer") >= 10
    assert min(asked.values()) >= 4


@pytest.mark.parametrize(
    ("said", "meant"),
    [
        ("VP Growth", "VP Growth"),
        ("vp_growth", "VP Growth"),
        ("VP of Growth", "VP Growth"),
        ("growth", "VP Growth"),
        ("Head of Growth", "VP Growth"),
        ("  vp growth ", "VP Growth"),
        ("CFO", "Finance VP"),
        ("VP Finance", "Finance VP"),
        ("finance_vp", "Finance VP"),
        ("chief financial officer", "Finance VP"),
        ("Data Engineer", "Data Engineer"),
        ("data-engineer", "Data Engineer"),
        ("CMO", "Marketing VP"),
        ("Vice President of Marketing", "Marketing VP"),
        ("Head of Product", "Product VP"),
        ("customer success", "Customer Success VP"),
        ("VP Customer Success", "Customer Success VP"),
    ],
)
def test_names_as_people_type_them(said: str, meant: str) -> None:
    assert [persona.name for persona in resolve([said], library())] == [meant]


def test_several_names_each_once_in_the_order_asked() -> None:
    assert [p.name for p in resolve(["CFO", "growth", "Finance VP"], library())] == ["Finance VP", "VP Growth"]
    assert [p.name for p in resolve(["all"], library())] == SIX


@pytest.mark.parametrize("said", ["VP Grwoth", "astrologer", "VP", ""])
def test_an_unknown_name_lists_who_there_is(said: str) -> None:
    with pytest.raises(InputError) as caught:
        resolve([said], library())
    text = str(caught.value)
    assert f'there is no persona "{said}"' in text
    assert all(name in text for name in SIX)
    assert ('did you mean "VP Growth"?' in text) == (said == "VP Grwoth")


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_examples_of_the_contract_are_read(path: Path) -> None:
    text = path.read_text().replace("finance.double_charge", "keys.primary_key_null")
    wrong = [] if "double_charge" not in path.read_text() else ["with"]
    try:
        assert read(path.read_text(), path.name).asked
    except InputError as error:
        raise AssertionError(f"{error} {wrong} {text[:0]}") from error


@pytest.mark.parametrize("path", COUNTEREXAMPLES, ids=lambda path: path.stem)
def test_counterexamples_of_the_contract_are_refused_with_their_place(path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read(path.read_text(), path.name)
    for line in str(caught.value).splitlines():
        assert line.startswith(f"{path.name}:")


WRONG = """\
contract: persona/1.0
name: Wrong
alias: [x]
checks:
  - use: keys.foreign_key_orfan
  - use: keys.primary_key_null
    with: {minimun: 3}
    severity: {fatal: 0.1}
  - id: a
    bind: {t: {kind: evnt, columns: {c: {role: amuont}, d: {}}}}
    sql: SELECT * FROM {t} WHERE {t.x} > $limit AND {u.c} = 1
    of: DELETE FROM x
    finding: "{rowz} {rows.x}"
    defect: out_of_rnge
    severity: huge
metrics:
  - {id: m, sql: "SELECT 1; SELECT 2"}
"""


def test_all_mistakes_at_once_each_with_place_and_nearest_word() -> None:
    with pytest.raises(InputError) as form:
        read(WRONG, "w.yaml")
    lines = str(form.value).splitlines()
    assert any(x.startswith('w.yaml:3:1: alias: unknown key "alias"; did you mean "aliases"?') for x in lines)
    assert any(x.startswith('w.yaml:8:16: checks[1].severity.fatal: unknown key "fatal"') for x in lines)
    assert any(x.startswith("w.yaml:15:15: checks[2].severity: ") and "critical" in x for x in lines)
    mended = WRONG.replace("alias:", "aliases:").replace("fatal", "high").replace("huge", "high")
    with pytest.raises(InputError) as meaning:
        read(mended, "w.yaml")
    text = str(meaning.value)
    for piece in (
        'w.yaml:5:10: checks[0].use: there is no check "keys.foreign_key_orfan"; did you mean "keys.foreign_key_orphan"?',
        'w.yaml:7:12: checks[1].with.minimun: unknown key "minimun"; did you mean "minimum"?',
        'checks[2].bind.t.kind: unknown word "evnt"; did you mean "event"?',
        'checks[2].bind.t.columns.c.role: unknown word "amuont"; did you mean "amount"?',
        "checks[2].bind.t.columns.d: ",
        "checks[2].sql: {t.x} is bound to nothing",
        "checks[2].sql: {u} is bound to nothing",
        "checks[2].sql: $limit is no parameter",
        "checks[2].of: only SELECT is allowed, DELETE found",
        "checks[2].finding: ",
        'checks[2].defect: unknown word "out_of_rnge"; did you mean "out_of_range"?',
        "metrics[0].sql: one SELECT is expected, 2 statements found",
    ):
        assert piece in text, piece


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a: [1", "x.yaml:1:"),
        ("a: &x [1]\nb: *x\n", "x.yaml:2:1: an alias (*name) is not allowed here"),
        ("a: 1\na: 2\n", 'x.yaml:2:1: the key "a" stands twice'),
        ("a: !!python/object:os.system x\n", "x.yaml:1:4: the tag"),
        ("- 1\n", "an object expected, a list found"),
        ("", "an object expected"),
        (
            "contract: persona/2.0\nname: x\nchecks: []\n",
            'x.yaml:1:11: contract: "persona/2.0" is not read by this version',
        ),
        ("contract: persona/1.0\nname: x\n", "neither checks nor metrics"),
    ],
)
def test_what_is_no_persona_is_refused_with_its_place(text: str, words: str) -> None:
    with pytest.raises(InputError) as caught:
        read(text, "x.yaml")
    assert words in str(caught.value)


def test_the_template_is_a_persona() -> None:
    persona = read(template('A "quoted" name: yes'), "new.yaml")
    assert persona.name == 'A "quoted" name: yes'
    assert len(persona.asked) == 4
    assert persona.summary


PRICING = """\
contract: persona/1.0
name: Pricing Lead
aliases: [pricing]
checks:
  - id: deep_discount
    bind: {t: {table: "order*", columns: {discount: {role: discount}}}}
    sql: SELECT * FROM {t} WHERE {t.discount} > $ceiling
    of: SELECT COUNT(*) FROM {t}
    parameters: {ceiling: 0.5}
    finding: "{rows} of {total} orders ({share:.1%}) in {table} carry a {column} above 50%"
    recommendation: Agree on a ceiling with sales.
    defect: out_of_range
    severity: {high: 0.05, medium: 0.01, low: 0}
  - id: early
    bind:
      c: {columns: {born: {role: creation_time}, key: {role: primary_key}}}
      o: {parent: c, columns: {at: {role: event_time}, customer: {role: foreign_key}}}
    sql: SELECT o.* FROM {o} o JOIN {c} c ON c."customer_id" = o."customer_id" WHERE o."ordered_at" < c."created_at"
    of: SELECT COUNT(*) FROM {o}
    finding: "{rows} early"
    severity: medium
  - use: keys.foreign_key_orphan
    tables: ["nothing*"]
metrics:
  - {id: average_discount, unit: fraction, sql: "SELECT AVG({t.discount}) FROM {t}"}
"""


def _shop(folder: Path, write_tables: Write) -> Path:
    return write_tables(
        folder,
        {
            "customers": "SELECT i AS customer_id, TIMESTAMP '2024-01-01' + to_hours(i) AS created_at FROM range(40) t(i)",
            "orders": "SELECT i AS order_id, i % 40 AS customer_id, CASE WHEN i % 10 = 0 THEN 0.75 ELSE 0.25 END AS discount,"
            " TIMESTAMP '2024-03-01' + to_hours(i) AS ordered_at FROM range(200) t(i)",
        },
    )


def test_a_users_persona_finds_measures_and_says_what_it_skipped(tmp_path: Path, write_tables: Write) -> None:
    folder = _shop(tmp_path / "data", write_tables)
    path = tmp_path / "pricing.yaml"
    path.write_text(PRICING)
    report = crunch(str(folder), personas=["pricing"], persona_files=[str(path)])
    assert report.personas == ["Pricing Lead"]
    issue = report.issues[0]
    assert issue.finding == "20 of 200 orders (10.0%) in orders carry a discount above 50%"
    assert (issue.check, issue.severity, issue.defect) == ("pricing_lead.deep_discount", "high", "out_of_range")
    assert issue.location.table == "orders" and issue.location.columns == ["discount"]
    assert issue.evidence.rows_affected == 20 and issue.evidence.rows_total == 200
    assert len(issue.evidence.samples) == 5
    assert report.metrics["business"] == {"Pricing Lead": {"average_discount": pytest.approx(0.3)}}
    runs = {run.check: run for run in report.checks}
    assert runs["pricing_lead.early"].status == "passed"
    assert runs["keys.foreign_key_orphan"].status == "skipped"


def test_steps_and_words_of_severity_replace_the_checks_own(tmp_path: Path, write_tables: Write) -> None:
    folder = write_tables(
        tmp_path / "data",
        {
            "customer": "SELECT i AS customer_id, 'n' || i AS name FROM range(100) t(i)",
            "orders": "SELECT i AS order_id, CASE WHEN i < 4 THEN 900 + i ELSE i % 100 END AS customer_id FROM range(100) t(i)",
        },
    )
    found = {}
    for severity in ("low", "{critical: 0.5, medium: 0.03}", "{critical: 0.5, high: 0.2}"):
        path = tmp_path / "p.yaml"
        path.write_text(
            f"contract: persona/1.0\nname: P\nchecks:\n  - use: keys.foreign_key_orphan\n    severity: {severity}\n"
        )
        report = crunch(str(folder), personas=[], persona_files=[str(path)])
        found[severity] = [issue.severity for issue in report.issues]
    assert list(found.values()) == [["low"], ["medium"], []]
