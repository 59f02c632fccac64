"""A crunch report of an earlier run, as far as a comparison needs it. Other programs write such reports, too."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from datacruncher.errors import InputError, Problem
from datacruncher.positions import locate
from datacruncher.reading import address, mistakes

LARGEST = 512 * 1024 * 1024  # bytes


class Part(msgspec.Struct, frozen=True):
    """Any part of a report."""


class EarlierColumn(Part, frozen=True):
    name: str
    type: str = ""
    role: str | None = None
    nulls: int | None = None
    min: Any = None
    max: Any = None
    quantiles: dict[str, Any] | None = None
    frequencies: dict[str, int] | None = None


class EarlierTable(Part, frozen=True):
    name: str
    rows: int
    columns: list[EarlierColumn]


class EarlierPlace(Part, frozen=True):
    table: str | None = None


class EarlierEvidence(Part, frozen=True):
    details: dict[str, Any] = {}


class EarlierIssue(Part, frozen=True):
    id: str
    check: str
    severity: str
    finding: str
    location: EarlierPlace = EarlierPlace()
    evidence: EarlierEvidence = EarlierEvidence()

    @property
    def ids(self) -> set[str]:
        """Its own, and those of the symptoms that it explains."""
        explained = self.evidence.details.get("explains")
        listed = explained if isinstance(explained, list) else []
        return {self.id, *(str(item["id"]) for item in listed if isinstance(item, dict) and "id" in item)}


class Earlier(Part, frozen=True):
    """The earlier report."""

    contract: str
    dataset: str
    issues: list[EarlierIssue]
    analysis_date: str = ""
    tables: list[EarlierTable] = []


def read_report(path: str) -> Earlier:
    """The report at `path`.

    Raises
    ------
    InputError
        It can't be read or is no crunch report of version 1; all mistakes with their places.
    """
    text = _text(path)
    try:
        tree = json.loads(text)
    except (json.JSONDecodeError, RecursionError) as error:
        line, column = (error.lineno, error.colno) if isinstance(error, json.JSONDecodeError) else (0, 0)
        raise InputError([Problem("is no JSON", address="--baseline", file=path, line=line, column=column)]) from error
    contract = tree.get("contract") if isinstance(tree, dict) else None
    if not isinstance(contract, str) or not re.fullmatch(r"crunch-report/1\.\d+", contract):
        found = f'"{contract}"' if contract else "something else"
        hint = "give the crunch_report.json of an earlier run, or a directory of data"
        raise InputError([Problem(f"is no crunch-report/1.x but {found}", address="--baseline", file=path, hint=hint)])
    wrong = [(at, problem) for at, problem in mistakes(tree, Earlier)]
    if wrong:
        places = [(locate(text, at), at, problem) for at, problem in wrong]
        raise InputError(
            [replace(p, address=address(at), file=path, line=line, column=column) for (line, column), at, p in places]
        )
    return msgspec.convert(tree, Earlier)


def _text(path: str) -> str:
    try:
        if Path(path).stat().st_size > LARGEST:
            raise InputError([Problem(f"larger than {LARGEST >> 20} MB; that is no report", file=path)])
        return Path(path).read_text(encoding="utf-8")
    except OSError as error:
        raise InputError([Problem(f"can't be read: {error.strerror}", address="--baseline", file=path)]) from error
    except UnicodeDecodeError as error:
        raise InputError([Problem("is no UTF-8 text", address="--baseline", file=path)]) from error
