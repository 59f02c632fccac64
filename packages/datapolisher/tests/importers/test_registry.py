"""The registries of importers and exporters: ours are found by their files, a stranger's by entry point."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from datapolisher import exporters, importers
from datapolisher.errors import InputError
from datapolisher.exporters.base import Exported, ExporterSpec
from datapolisher.importers.base import Document, ImporterSpec
from datapolisher.importing import claims


@dataclass(frozen=True)
class Entry:
    """An entry point, as importlib gives it."""

    name: str
    spec: Any
    value: str = "strangers:SPEC"

    def load(self) -> Any:
        return self.spec


def importer(name: str) -> ImporterSpec:
    return ImporterSpec(
        id=name,
        title="A stranger's tool",
        recognises=lambda tree: isinstance(tree, dict) and "strange" in tree,
        read=lambda _: claims.Testimony(name, "1", ()),
    )


@pytest.fixture
def strangers(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Entry]]:
    entries: list[Entry] = []
    monkeypatch.setattr(importers, "entry_points", lambda group: entries)
    monkeypatch.setattr(exporters, "entry_points", lambda group: entries)
    importers.all_importers.cache_clear()
    yield entries
    importers.all_importers.cache_clear()


def test_every_tool_has_one_importer_called_like_its_module() -> None:
    names = [spec.id for spec in importers.all_importers()]
    assert names == ["dbt", "frictionless", "great_expectations", "pointblank", "soda_contract", "soda_core"]


def test_a_strangers_importer_is_found_by_what_it_recognises(strangers: list[Entry]) -> None:
    strangers.append(Entry("strange", importer("strange")))
    assert importers.find(Document(Path("x.json"), {"strange": 1})).id == "strange"


def test_two_importers_of_one_name_are_refused_with_both(strangers: list[Entry]) -> None:
    strangers.append(Entry("dbt", importer("dbt")))
    with pytest.raises(InputError, match="two importers are called dbt: ours, and strangers:SPEC"):
        importers.all_importers()


def test_a_strangers_exporter_is_found_by_its_name(strangers: list[Entry]) -> None:
    spec = ExporterSpec("own", "A standard of one's own", "own.txt", lambda _: Exported({"own": ""}))
    strangers.append(Entry("own", spec))
    assert exporters.exporter("own") is spec
    assert exporters.names() == ["croissant", "datapackage", "dbt", "gx", "odcs", "own"]
