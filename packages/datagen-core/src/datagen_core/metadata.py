"""``.metadata.json``: what was made, from which document, with which seed; contract ``dataset-metadata/1.0``.

Everything in it but the elapsed time is a function of the document, the seed and the versions that it names.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from datagen_core import pools
from datagen_core.__about__ import __version__
from datagen_core.behaviors.references import lookups, whole_key
from datagen_core.instants import parse_instant, to_text
from datagen_core.streams import BIT_GENERATOR, BLOCK_ROWS
from datagen_core.values import ARROW_TYPES

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from datagen_core.run import Part, Settings
    from datagen_core.schema.model import Document, Node
    from datagen_core.sinks.base import File

NAME = ".metadata.json"
CONTRACT = "dataset-metadata/1.0"


def describe(
    document: Document, settings: Settings, tables: Sequence[tuple[Node, Sequence[File]]], seconds: float
) -> dict[str, Any]:
    """The content of a dataset's ``.metadata.json``.

    Parameters
    ----------
    settings
        The run's seed, format and parts.
    tables
        Tables with their files, in the order in which they were made.
    seconds
        How long the run took.
    """
    origin = document.origin
    return {
        "contract": CONTRACT,
        "name": str(document.metadata["name"]),
        **_description(document),
        "schema": {
            "path": (origin.path or origin.label)
            if origin is not None and (origin.path or origin.label)
            else "<document>",
            "sha256": origin.digest if origin is not None else "",
            "document": json.loads(origin.text) if origin is not None else {},
        },
        "seed": settings.seed,
        "generator": {
            "name": "datagen-core",
            "version": __version__,
            "bit_generator": BIT_GENERATOR,
            "block_size": BLOCK_ROWS,
            "numpy": np.__version__,
            "mimesis": pools.version(),
        },
        "timeframe": _timeframe(document),
        "format": settings.format,
        "elapsed_seconds": round(seconds, 3),
        "tables": [_table(document, node, files) for node, files in tables],
    }


def _description(document: Document) -> dict[str, str]:
    text = document.metadata.get("description")
    return {"description": text} if isinstance(text, str) else {}


def _timeframe(document: Document) -> dict[str, str]:
    frame = document.timeframe
    return {
        "start": to_text(parse_instant(frame.start) or 0),
        "end": to_text(parse_instant(frame.end, end=True) or 0),
        "freq": frame.freq,
    }


def _table(document: Document, node: Node, files: Sequence[File]) -> dict[str, Any]:
    return {
        "name": node.id,
        "kind": node.kind if node.touches is None else "touchpoints",
        "rows": sum(file.rows for file in files),
        "columns": [
            {"name": column.name, "type": str(ARROW_TYPES[column.type]), "nullable": column.nullable}
            for column in node.columns
        ],
        "primary_key": list(node.keys),
        "foreign_keys": [
            {"columns": [column], "references": {"table": table, "columns": [key]}}
            for column, table, key in foreign_keys(document, node)
        ]
        + [
            {
                "columns": [column for column, _ in pairs],
                "references": {"table": other, "columns": [key for _, key in pairs]},
            }
            for other, pairs in whole_keys(document, node)
        ],
        "files": [{"path": file.path, "bytes": file.bytes, "sha256": file.sha256, "rows": file.rows} for file in files],
    }


def foreign_keys(document: Document, node: Node) -> Iterator[tuple[str, str, str]]:
    """(column, table, key) of what a table refers to: by the constraints, and by lookups of another table's key."""
    seen: set[tuple[str, str, str]] = set()
    for key in document.constraints.foreign_keys:
        table, _, column = key.source.rpartition(".")
        if table == node.id:
            seen.add((column, *_split(key.target)))
            yield column, *_split(key.target)
    for own, params in lookups(document, node):
        other = document.node(params.table)
        found = (own.name, params.table, params.column)
        if other is not None and other.keys == (params.column,) and not own.modifiers and found not in seen:
            yield found


def whole_keys(document: Document, node: Node) -> Iterator[tuple[str, tuple[tuple[str, str], ...]]]:
    """(table, (column, key) pairs) of the keys of several columns that a table refers to."""
    for other in document.nodes:
        pairs = whole_key(document, node, other.id)
        if pairs:
            yield other.id, pairs


def _split(attribute: str) -> tuple[str, str]:
    table, _, column = attribute.rpartition(".")
    return table, column


SAME = ("contract", "name", "seed", "generator", "timeframe", "format")
"""What the metadata of two parts of one dataset have in common, beside the document."""


def joined(earlier: dict[str, Any], part: dict[str, Any]) -> dict[str, Any] | None:
    """The metadata of earlier parts and a new one together; None where they are not of one dataset."""
    try:
        if any(earlier[key] != part[key] for key in SAME) or earlier["schema"]["sha256"] != part["schema"]["sha256"]:
            return None
        made, of, rows = {*earlier["part"]["made"], *part["part"]["made"]}, part["part"]["of"], part["part"]["rows"]
        before = {table["name"]: table for table in earlier["tables"]}
        if (earlier["part"]["of"], earlier["part"]["rows"]) != (of, rows):
            return None
        tables = [_joined_table(before[table["name"]], table) for table in part["tables"]]
        seconds = round(earlier["elapsed_seconds"] + part["elapsed_seconds"], 3)
    except (KeyError, TypeError):
        return None
    whole = {
        **part,
        "part": {"made": sorted(made), "of": of, "rows": rows},
        "elapsed_seconds": seconds,
        "tables": tables,
    }
    if len(made) == of:
        del whole["part"]
    return whole


def _joined_table(earlier: dict[str, Any], part: dict[str, Any]) -> dict[str, Any]:
    files = {file["path"]: file for file in [*earlier["files"], *part["files"]]}
    rows = sum(file["rows"] for file in files.values())
    return {**part, "rows": rows, "files": [files[path] for path in sorted(files)]}


def part_of(part: Part, rows: Mapping[str, int]) -> dict[str, Any]:
    """What the metadata of one part says of it; `rows` are those of the whole tables."""
    return {"part": {"made": [part.number], "of": part.of, "rows": dict(rows)}}


def save(metadata: dict[str, Any], folder: Path) -> None:
    """Write the metadata into a dataset's directory."""
    text = json.dumps(metadata, ensure_ascii=False, indent=2)
    (folder / NAME).write_text(f"{text}\n", "utf-8")
