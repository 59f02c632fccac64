"""Every command and every Python example in the documents runs, page by page, as a reader would type it."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.stranger import SCHEMAS, Environment, Shell, once
from repository.sources import ROOT

PAGES = [ROOT / "README.md", *sorted(ROOT.glob("packages/*/README.md")), *sorted(ROOT.glob("docs/**/*.md"))]
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE = re.compile(r"# (\S+\.(?:yaml|yml|json|toml))\n")
COMMANDS = ("datagen", "datagen-core", "datacruncher", "datapolisher", "duckdb", "python")
# What a test can't type, with the reason.
LEFT_OUT = {
    "pip install": "the environment has it",
    "make ": "these tests are what make runs",
    "--interactive": "asks a person at a terminal",
    "git ": "works on the reader's own clone",
}


def blocks(page: Path) -> list[tuple[str, str, str]]:
    """(language, file, text): a file is named behind the language, or in a comment on its first line."""
    found = BLOCK.findall(page.read_text(encoding="utf-8"))
    return [(language, name or (FILE.match(text) or ("", ""))[1], text) for language, name, text in found]


def lines(text: str) -> Iterator[str]:
    """The commands of a block: continued lines joined, comments and left-out lines dropped."""
    for line in text.replace("\\\n", " ").splitlines():
        command = line.removeprefix("$ ").strip()
        if command.startswith(COMMANDS) and not any(word in command for word in LEFT_OUT):
            yield command


def runnable(page: Path) -> bool:
    return any(language == "python" or (language == "bash" and list(lines(text))) for language, _, text in blocks(page))


@pytest.fixture(scope="session")
def desk(everything: Environment, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The clone's examples, a schema, its data and a crunch report: what a page may take for granted."""
    folder = everything.bin.parents[1].with_name("desk")
    with once(folder.with_name("desk.made")) as first:
        if first:
            shutil.copytree(ROOT / "docs" / "examples", folder / "docs" / "examples")
            shutil.copy(SCHEMAS / "shop_with_defects.json", folder / "schema.json")
            everything.at(folder).good("datagen generate schema.json -o output/", "datagen crunch output/")
    return folder


@pytest.mark.parametrize(
    "page", [page for page in PAGES if runnable(page)], ids=lambda page: str(page.relative_to(ROOT))
)
def test_a_page_does_what_it_says(everything: Environment, desk: Path, tmp_path: Path, page: Path) -> None:
    folder = tmp_path / "desk"
    shutil.copytree(desk, folder)
    shell = everything.at(folder)
    for number, (language, name, text) in enumerate(blocks(page)):
        if language == "python":
            (folder / f"block{number}.py").write_text(text, encoding="utf-8")
            shell.good(f"python block{number}.py")
        elif language == "bash":
            for line in lines(text):
                typed(shell, line)
        elif name:
            (folder / name).write_text(text, encoding="utf-8")


def typed(shell: Shell, line: str) -> None:
    """A gate may be closed; everything else ends with 0."""
    told = shell.run(line)
    gate = "--fail-on" in line or "--path approve" in line or "--min-score" in line
    assert told.code in ({0, 1} if gate else {0}), str(told)


@pytest.mark.parametrize("page", [*PAGES, ROOT / "CONTRIBUTING.md"], ids=lambda page: str(page.relative_to(ROOT)))
def test_a_pages_links_lead_somewhere(page: Path) -> None:
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    for target in re.findall(r"\]\(([^)#\s]+)", text):
        if "://" not in target:
            assert (page.parent / target).exists(), target
