"""Whoever reads a contract reads what the contract says: its examples, and not its counterexamples."""

from __future__ import annotations

from pathlib import Path

import datacruncher.errors
import datagen_core
import datagen_core.errors
import datapolisher.errors
import msgspec
import pytest
from datacruncher import personas
from datacruncher.catalog.vocabulary import KINDS, ROLES
from datagen_core import registry
from datapolisher.intake import read_report

from repository.contracts import CONTRACTS, load, problems, validator
from repository.sources import ROOT

NOTES = {"comment", "$schema"}
SPELLINGS = {"distribution": {"kind"}}  # other spellings that the reader turns into the first one
FREE = {"faker": {"kwargs"}, "mimesis": {"kwargs"}}  # the arguments of a method stand beside its name


def documents(contract: str, kind: str) -> list[Path]:
    return sorted((CONTRACTS / contract / kind).iterdir())


def stem(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("path", documents("dataset-schema", "examples"), ids=stem)
def test_the_generator_reads_an_example(path: Path) -> None:
    assert datagen_core.load(str(path)).version == "1.0"


@pytest.mark.parametrize("path", documents("dataset-schema", "counterexamples"), ids=stem)
def test_the_generator_refuses_a_counterexample(path: Path) -> None:
    with pytest.raises(datagen_core.errors.DocumentError) as raised:
        datagen_core.load(str(path))
    assert any(line.startswith(f"{path}:") for line in str(raised.value).splitlines())


@pytest.mark.parametrize("path", documents("persona", "examples"), ids=stem)
def test_the_cruncher_reads_a_persona(path: Path) -> None:
    assert personas.read_file(str(path)).name == load(path)["name"]


@pytest.mark.parametrize("path", documents("persona", "counterexamples"), ids=stem)
def test_the_cruncher_refuses_a_counterexample(path: Path) -> None:
    with pytest.raises(datacruncher.errors.InputError) as raised:
        personas.read_file(str(path))
    assert str(raised.value).startswith(f"{path}:")


LIBRARY = sorted((ROOT / "packages/datacruncher/src/datacruncher/personas/library").glob("*.yaml"))


@pytest.mark.parametrize("path", LIBRARY, ids=stem)
def test_a_persona_of_the_library_is_written_as_a_user_writes_one(path: Path) -> None:
    assert problems("persona", load(path)) == []


def test_all_six_personas_stand_in_the_library() -> None:
    assert len(LIBRARY) == 6


@pytest.mark.parametrize("path", documents("crunch-report", "examples"), ids=stem)
def test_the_polisher_reads_a_report(path: Path) -> None:
    report = read_report(path.read_text(encoding="utf-8"), path.name)
    assert [finding.id for finding in report.issues] == [issue["id"] for issue in load(path)["issues"]]


@pytest.mark.parametrize("name", ["contract-of-version-2", "issues-by-severity", "severity-outside-the-scale"])
def test_the_polisher_refuses_a_report_that_it_cannot_understand(name: str) -> None:
    path = CONTRACTS / "crunch-report" / "counterexamples" / f"{name}.json"
    with pytest.raises(datapolisher.errors.InputError):
        read_report(path.read_text(encoding="utf-8"), path.name)


@pytest.mark.parametrize("kind", ["generators", "modifiers"])
def test_the_language_and_its_contract_have_the_same_words(kind: str) -> None:
    prefix = {"generators": "generator_", "modifiers": "args_"}[kind]
    definitions = validator("dataset-schema").schema["$defs"]
    told = {name.removeprefix(prefix): name for name in definitions if name.startswith(prefix)}
    told |= {"distribution": "distribution"} if kind == "generators" else {}
    assert set(told) == set(registry.builtin(kind))
    for name, definition in told.items():
        spec = registry.spec(kind, name)
        assert spec is not None
        if "properties" in definitions[definition]:
            keys = set(definitions[definition]["properties"]) - NOTES - SPELLINGS.get(name, set())
            assert keys == fields(spec.params) - FREE.get(name, set()), name


def fields(struct: type[msgspec.Struct]) -> set[str]:
    return {item.encode_name for item in msgspec.structs.fields(struct)} - NOTES


def test_the_catalogs_words_stand_in_the_persona_contract() -> None:
    binding = validator("persona").schema["$defs"]["bind"]["additionalProperties"]
    assert binding["properties"]["kind"]["enum"] == [kind for kind in KINDS if kind != "unknown"]
    column = binding["properties"]["columns"]["additionalProperties"]
    assert column["properties"]["role"]["enum"] == list(ROLES)
