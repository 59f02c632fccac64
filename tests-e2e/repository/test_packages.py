"""What the packages declare: contracts in their wheels, licences, versions, dependencies, commands."""

from __future__ import annotations

import importlib
import subprocess
import sys
import tomllib
import zipfile
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

import click
import pytest
from datagen.known import COMMANDS, PACKAGES

from repository.contracts import CONTRACTS, load
from repository.sources import ROOT

DISTRIBUTIONS = sorted(path.parent.name for path in ROOT.glob("packages/*/pyproject.toml"))
CARRIED = {
    "datagen": set(),
    "datagen-core": {"dataset-schema", "dataset-metadata", "validation-report"},
    "datacruncher": {"dataset-schema", "dataset-metadata", "persona", "crunch-report", "defects"},
    "datapolisher": {"dataset-schema", "dataset-metadata", "crunch-report", "defects", "polish-report", "manifest"},
}


@cache
def project(name: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / "packages" / name / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def built(name: str, where: Path) -> zipfile.ZipFile:
    """The wheel of a package, built from its sdist."""
    command = ["uv", "build", "--quiet", "--no-build-isolation", "--python", sys.executable, "--out-dir", str(where)]
    uv = str(Path(sys.executable).parent / "uv")
    subprocess.run([uv, *command[1:], str(ROOT / "packages" / name)], check=True, timeout=120)
    return zipfile.ZipFile(next(where.glob("*.whl")))


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_a_wheel_built_from_the_sdist_holds_its_contracts(name: str, tmp_path: Path) -> None:
    package = name.replace("-", "_")
    with built(name, tmp_path) as wheel:
        inside = {path: wheel.read(path) for path in wheel.namelist() if path.startswith(f"{package}/contracts/")}
        assert f"{package}/py.typed" in wheel.namelist()
        assert any(path.endswith("licenses/LICENSE") for path in wheel.namelist())
    expected = {
        f"{package}/contracts/{contract}/{file.name}": file.read_bytes()
        for contract in CARRIED[name]
        for file in (CONTRACTS / contract).glob("*.json")
    }
    assert inside == expected


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_a_package_has_what_its_user_reads(name: str) -> None:
    folder = ROOT / "packages" / name
    assert (folder / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()
    for page in ("README.md", "CHANGELOG.md"):
        assert len((folder / page).read_text(encoding="utf-8").split()) > 30, f"{name}/{page} says nothing"
    assert tomllib.loads((folder / "pyproject.toml").read_text())["build-system"]["build-backend"] == "hatchling.build"


def test_the_page_of_dependencies_names_each_with_its_user() -> None:
    lines = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("| ")]
    told = {row[0]: row[1] for row in rows if row[0] not in {"dependency", "---"}}
    used: dict[str, set[str]] = {}
    for name in DISTRIBUTIONS:
        for item in project(name)["dependencies"]:
            word = item.partition(">")[0]
            if word not in DISTRIBUTIONS:
                used.setdefault(word, set()).add(name)
    assert set(told) == set(used)
    for word, who in used.items():
        assert told[word] == "all four" if who == set(DISTRIBUTIONS) else who == set(told[word].split(", ")), word


def test_development_needs_are_on_that_page_too() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text(encoding="utf-8")
    group = tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]["dev"]
    assert [item for item in group if item.partition(">")[0] not in page] == []


def test_a_dependency_has_a_lower_bound() -> None:
    for name in DISTRIBUTIONS:
        for item in project(name)["dependencies"]:
            assert ">=" in item, f"{name}: {item}"


def test_the_umbrella_knows_exactly_the_commands_that_the_packages_declare() -> None:
    declared = {
        command: name
        for name in DISTRIBUTIONS
        for command in project(name).get("entry-points", {}).get("datagen.commands", {})
    }
    assert declared == {command: known.package for command, known in COMMANDS.items()}
    assert set(PACKAGES) == set(DISTRIBUTIONS) - {"datagen"}


@pytest.mark.parametrize("name", COMMANDS)
def test_the_list_says_of_a_command_what_it_says_of_itself(name: str) -> None:
    (entry,) = {entry.value: entry for entry in entry_points(group="datagen.commands", name=name)}.values()
    command = entry.load()
    assert isinstance(command, click.Command)
    first = (command.help or "").strip().partition("\n\n")[0].replace("\n", " ")
    assert first == COMMANDS[name].help


@pytest.mark.parametrize("name", DISTRIBUTIONS)
def test_versions_agree_with_the_changelog(name: str) -> None:
    version = importlib.import_module(f"{name.replace('-', '_')}.__about__").__version__
    assert f"## {version}" in (ROOT / "packages" / name / "CHANGELOG.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("path", sorted(ROOT.glob(".github/workflows/*.yml")), ids=lambda path: path.stem)
def test_a_workflow_is_readable_and_its_make_targets_exist(path: Path) -> None:
    workflow = load(path)
    steps = [step for job in workflow["jobs"].values() for step in job["steps"]]
    assert steps
    targets = {line.partition(":")[0] for line in (ROOT / "Makefile").read_text().splitlines() if ":" in line}
    for step in steps:
        assert ("run" in step) != ("uses" in step)
        if str(step.get("run", "")).startswith("make "):
            assert step["run"].split()[1] in targets


def test_the_data_quality_workflow_runs_the_design_word_for_word() -> None:
    steps = load(ROOT / ".github/workflows/data-quality.yml")["jobs"]["data-quality"]["steps"]
    assert [step["run"] for step in steps if "datagen" in step.get("run", "")][1:] == [
        "datagen generate schema.json",
        "datagen crunch output/ --fail-on-critical",
        "datagen polish --auto",
        "datagen crunch output_polished/ --fail-on-high",
    ]


@pytest.mark.parametrize("version", ["3.11", "3.12", "3.13", "3.14"])
def test_every_declared_python_is_tested(version: str) -> None:
    matrix = load(ROOT / ".github/workflows/ci.yml")["jobs"]["test"]["strategy"]["matrix"]["python"]
    assert version in matrix
    for name in DISTRIBUTIONS:
        assert f"Programming Language :: Python :: {version}" in project(name)["classifiers"]
