"""The contracts as a stranger would use them: load a document, hold it against its schema, list what is wrong."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from ruamel.yaml import YAML

from repository.sources import ROOT

CONTRACTS = ROOT / "contracts"
NAMES = sorted(path.name for path in CONTRACTS.iterdir() if path.is_dir())


@cache
def validator(name: str) -> Draft202012Validator:
    """The validator of a contract; the vocabulary's own shape stands beside it."""
    path = CONTRACTS / name / ("schema.json" if name == "defects" else "v1.json")
    return Draft202012Validator(json.loads(path.read_text(encoding="utf-8")))


def load(path: Path) -> Any:
    """A JSON or YAML document; times that YAML reads become ISO text again."""
    if path.suffix == ".json":
        return json.loads(path.read_text(encoding="utf-8"))
    return _plain(YAML(typ="safe", pure=True).load(path))


def problems(name: str, document: Any) -> list[str]:
    """What breaks the contract, as ``place: sentence``."""
    return [f"{error.json_path}: {error.message}" for error in validator(name).iter_errors(document)]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    if isinstance(value, datetime):
        return value.replace(tzinfo=value.tzinfo or UTC).isoformat().replace("+00:00", "Z")
    return value.isoformat() if isinstance(value, date) else value
