"""The forms of a report: one Struct feeds all of them; the page is safe, small and complete without a script."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from datacruncher import crunch
from datacruncher.cli import run
from datacruncher.cli.crunch import FORMATS
from datacruncher.report import formats, terminal
from datacruncher.report.html.budget import LARGEST
from datacruncher.report.html.numbers import compact, percent, shown, ticks
from datacruncher.report.model import Report
from msgspec.structs import replace

Write = Callable[[Path, Any], Path]
Capture = pytest.CaptureFixture[str]

EVIL = "</script><script>alert(1)</script><img src=x onerror='a()'>"
# A table, a column and values that try to be tags, attributes, commands, mentions and rows of a table.
HOSTILE = {
    'od\'d "<b>" & co': {
        'id "<i>"': list(range(1, 401)),
        "name": [EVIL if i % 50 == 0 else f"x{i}" for i in range(400)],
        "status": [
            ['<a href="javascript:a()">', "::error::x%0A", "@team | `tick` ]]>", "\u202egnp.exe"][i % 4]
            for i in range(400)
        ],
        "code": ["ok" if i % 40 else " ok" for i in range(400)],
    }
}


@pytest.fixture(scope="module")
def hostile(write_tables: Write, tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("hostile")
    return crunch(str(write_tables(folder, HOSTILE)))


@pytest.fixture(scope="module")
def real(chinook: Path) -> Report:
    return crunch(str(chinook))


class Page(HTMLParser):
    """What stands on a page."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.open: list[str] = []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in {"meta", "input", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)


def page(report: Report) -> Page:
    return Page(formats.spec("html").render(report))


@pytest.mark.parametrize("name", ["hostile", "real"])
def test_a_page_is_well_formed_and_loads_nothing(name: str, request: pytest.FixtureRequest) -> None:
    found = page(request.getfixturevalue(name))
    assert found.open == []
    for tag, attributes in found.tags:
        assert tag not in {"img", "iframe", "object", "embed", "link", "base", "b>"}
        for attribute, value in attributes.items():
            assert not attribute.startswith("on")
            assert attribute not in {"src", "srcset"}
            assert attribute != "href" or str(value).startswith("#")
    assert [tag for tag, _ in found.tags].count("script") == 1
    style = "".join(found.words)
    assert "url(" not in style
    assert "@import" not in style


def test_what_is_hostile_is_shown_and_not_obeyed(hostile: Report) -> None:
    found = page(hostile)
    words = "".join(found.words)
    assert 'od\'d "<b>" & co' in words
    assert "\u202e" not in words
    assert any(issue.location.table == 'od\'d "<b>" & co' for issue in hostile.issues)


def test_only_our_own_script_may_run(real: Report) -> None:
    text = formats.spec("html").render(real)
    script = re.search(r"<script[^>]*>(.*?)</script>", text, re.DOTALL)
    assert script is not None
    digest = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    assert f"script-src &#x27;sha256-{digest}&#x27;" in text
    assert "default-src &#x27;none&#x27;" in text


def test_without_a_script_a_page_has_everything(real: Report) -> None:
    text = formats.spec("html").render(real)
    for issue in real.issues:
        assert f'id="f-{issue.id}"' in text
    words = "".join(page(real).words)
    for issue in real.issues:
        assert issue.finding in words
        assert issue.sql_query is None or issue.sql_query in words
    for said in real.summaries:
        assert all(sentence in words for sentence in said.sentences)
    for table in real.tables:
        assert table.name in words
    assert '<html lang="en" class="plain">' in text  # scripted parts are shown by the script only


def test_links_of_a_page_lead_somewhere(real: Report) -> None:
    found = page(real)
    targets = {attributes["id"] for _, attributes in found.tags if "id" in attributes}
    links = {str(attributes["href"])[1:] for tag, attributes in found.tags if tag == "a"}
    assert links <= targets


def test_a_page_stays_small_whatever_there_is(real: Report) -> None:
    """Five thousand findings, three hundred tables of three hundred columns, and a query of a megabyte."""
    issue = replace(real.issues[0], sql_query="SELECT 1 " * 300, rows_query="SELECT 1 " * 200_000)
    issues = [replace(issue, id=f"id{n}") for n in range(5000)]
    table = real.tables[0]
    column = table.columns[0]
    columns = [replace(column, name=f"column_{n}", nulls=n % 3) for n in range(300)]
    tables = [replace(table, name=f"table_{n}", columns=columns, foreign_keys=[]) for n in range(300)]
    text = formats.spec("html").render(replace(real, issues=issues, tables=tables))
    assert len(text.encode()) < 1_000_000
    assert len(text.encode()) < LARGEST + 50_000
    words = "".join(Page(text).words)
    assert "further findings, none graver, stand in the JSON report" in words
    assert "further tables" in words


def test_many_findings_of_one_kind_are_a_group(real: Report) -> None:
    issues = [replace(real.issues[0], id=f"id{n}") for n in range(300)]
    text = formats.spec("html").render(replace(real, issues=issues))
    assert "300 places in 1 table" in "".join(Page(text).words)
    assert text.count('class="group-of"') == 1
    assert text.count('id="f-id') == 300
    screen = terminal.Screen(width=120, height=30)
    summary = terminal.render(replace(real, issues=issues), "r.json", verbose=False, screen=screen)
    assert "(and 299 like it)" in " ".join(summary.split())
    assert len(summary.splitlines()) <= 30


def test_a_verbose_summary_ends_with_what_the_personas_say(real: Report) -> None:
    summary = terminal.render(real, "r.json", verbose=True, screen=terminal.Screen())
    for said in real.summaries:
        assert f"{said.persona}: {' '.join(said.sentences)}" in summary


def test_what_is_new_is_marked_on_the_page(real: Report) -> None:
    marked = replace(real, issues=[replace(real.issues[0], status="new"), *real.issues[1:]])
    found = page(marked)
    assert "new" in found.words
    assert any("data-new" in attributes for _, attributes in found.tags)
    assert "new" not in page(real).words


def test_a_notebook_shows_the_page_in_a_frame_of_its_own(real: Report) -> None:
    shown_in = Page(real._repr_html_())
    ((tag, attributes),) = shown_in.tags
    assert tag == "iframe"
    assert attributes["sandbox"] == "allow-scripts"
    assert attributes["srcdoc"] == formats.spec("html").render(real)


def test_the_commands_forms_are_the_registrys() -> None:
    assert sorted(FORMATS) == sorted(formats.names())
    for name in formats.names():
        assert formats.spec(name).name == name


def test_markdown_keeps_values_from_marking_up(hostile: Report) -> None:
    text = formats.spec("markdown").render(hostile)
    outside = re.sub(r"^(`{3,})sql\n.*?^\1$", "", text, flags=re.DOTALL | re.MULTILINE)
    outside = re.sub(r"(?<!\\)`[^`\n]*`", "", outside)
    assert "<script>" not in outside
    assert "@team" not in outside
    assert "<b>" not in outside
    assert outside.count("<details>") == outside.count("</details>") == len(hostile.issues)
    assert len(text) < 65_536


def test_markdown_counts_what_it_leaves_out(real: Report) -> None:
    text = formats.spec("markdown").render(replace(real, issues=list(real.issues) * 400))
    assert len(text) < 65_536
    assert "further findings, none graver" in text


def test_junit_counts_agree_with_its_cases(hostile: Report) -> None:
    root = ET.fromstring(formats.spec("junit").render(hostile))
    cases = root.findall("./testsuite/testcase")
    assert len(cases) == int(root.attrib["tests"]) == len(hostile.checks)
    for kind, many in (("failure", "failures"), ("error", "errors"), ("skipped", "skipped")):
        found = [case for case in cases if case.find(kind) is not None]
        assert len(found) == int(root.attrib[many]) == sum(int(s.attrib[many]) for s in root)
    failures = [case.find("failure").attrib for case in cases if case.find("failure") is not None]  # type: ignore[union-attr]
    assert sorted(one["message"] for one in failures) == sorted(i.finding for i in hostile.issues)
    assert {one["type"] for one in failures} == {issue.severity for issue in hostile.issues}


def test_sarif_has_a_rule_and_a_place_for_each_finding(real: Report, chinook: Path) -> None:
    log = json.loads(formats.spec("sarif").render(real))
    (found,) = log["runs"]
    rules = [rule["id"] for rule in found["tool"]["driver"]["rules"]]
    assert log["version"] == "2.1.0"
    assert len(found["results"]) == len(real.issues)
    for result, issue in zip(found["results"], real.issues, strict=True):
        assert rules[result["ruleIndex"]] == result["ruleId"] == issue.check
        assert result["level"] in {"error", "warning", "note"}
        uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri == f"{chinook}/{issue.location.table}.parquet"
        assert result["partialFingerprints"] == {"findingId/v1": issue.id}


def test_annotations_are_one_line_each_and_values_start_no_command(hostile: Report) -> None:
    lines = formats.spec("github").render(hostile).splitlines()
    assert len(lines) == len(hostile.issues) + 1
    for line in lines:
        assert re.match(r"::(error|warning|notice) title=[^:,]*::", line)


@pytest.mark.parametrize(
    ("arguments", "files", "begins"),
    [
        (["--format", "markdown"], {"crunch_report.json": "{"}, "## "),
        (["--format", "junit"], {"crunch_report.json": "{"}, "<?xml"),
        (["--format", "json"], {"crunch_report.json": "{"}, "{"),
        (["--format", "sarif", "-o", "x.sarif"], {"crunch_report.json": "{", "x.sarif": "{"}, "data: "),
        (["--format", "github", "-o", "r.json"], {"r.json": "{"}, "::"),
        (["--format", "markdown", "-o", "summary"], {"crunch_report.json": "{", "summary": "## "}, "data: "),
        (
            ["-o", "a.html", "-o", "b.json", "-o", "c.xml"],
            {"a.html": "<!doc", "b.json": "{", "c.xml": "<?xml"},
            "data: ",
        ),
        (["--html", "page"], {"crunch_report.json": "{", "page": "<!doc"}, "data: "),
    ],
)
def test_where_a_report_goes(
    arguments: list[str],
    files: dict[str, str],
    begins: str,
    tmp_path: Path,
    write_tables: Write,
    monkeypatch: pytest.MonkeyPatch,
    capsys: Capture,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_tables(tmp_path / "data", {"t": {"id": [1, 2, 3]}})
    assert run(["crunch", "data", "--personas", "DE", *arguments]) == 0
    assert capsys.readouterr().out.startswith(begins)
    assert {path.name for path in tmp_path.iterdir() if path.is_file()} == set(files)
    for name, start in files.items():
        assert Path(name).read_text().startswith(start)


NUMBERS = {
    (0.4321, "fraction"): "43%",
    (0.0042, "fraction"): "0.4%",
    (1, "fraction"): "100%",
    (12345.6, "currency"): "12.3 k",
    (1234567, "rows"): "1.23 M",
    (999, "rows"): "999",
    (2.5, "days"): "2.5 days",
    (None, "fraction"): "–",
}


@pytest.mark.parametrize("given", NUMBERS, ids=str)
def test_numbers_as_people_read_them(given: tuple[Any, str]) -> None:
    assert shown(*given) == NUMBERS[given]


@pytest.mark.parametrize(("low", "high"), [(0, 1), (0, 405_000), (3, 3), (-5, 17), (0.001, 0.0042)])
def test_axes_hold_their_values_and_end_at_round_numbers(low: float, high: float) -> None:
    found = ticks(low, high)
    assert found[0] <= low
    assert found[-1] >= high
    assert 2 <= len(found) <= 8
    assert all(len(compact(value)) < 9 and percent(value) for value in found)


@pytest.mark.parametrize(("name", "begins"), [("r.json", "{"), ("r.html", "<!"), ("r.md", "#"), ("report", "{")])
def test_a_report_saves_itself_in_the_form_that_its_name_means(
    real: Any, name: str, begins: str, tmp_path: Path
) -> None:
    real.save(tmp_path / name)
    assert (tmp_path / name).read_text(encoding="utf-8").lstrip().startswith(begins)
