"""One wheelhouse and one environment of each kind for the whole session, whatever the number of workers."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pipelines.stranger import SCHEMAS, Environment, Shell, Wheelhouse


@pytest.fixture(scope="session")
def wheelhouse(tmp_path_factory: pytest.TempPathFactory) -> Wheelhouse:
    base = tmp_path_factory.getbasetemp()
    shared = base.parent if "PYTEST_XDIST_WORKER" in os.environ else base
    return Wheelhouse(shared / "wheelhouse").fill()


@pytest.fixture(scope="session")
def everything(wheelhouse: Wheelhouse) -> Environment:
    return wheelhouse.environment("datagen")


@pytest.fixture
def shell(everything: Environment, tmp_path: Path) -> Shell:
    return everything.at(tmp_path)


@pytest.fixture(params=["bank", "ecomm", "shop_with_defects"])
def schema(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The three schemas that scenarios run on, each as ``schema.json`` of the working directory.

    ecomm makes 15 million rows; a tenth of its shops will do here, as the CI example runs on all of them.
    """
    text = (SCHEMAS / f"{request.param}.json").read_text(encoding="utf-8")
    if request.param == "ecomm":
        document = json.loads(text)
        next(node for node in document["nodes"] if node["id"] == "shop")["rows"] = 100
        text = json.dumps(document, indent=2)
    (tmp_path / "schema.json").write_text(text, encoding="utf-8")
    return str(request.param)
