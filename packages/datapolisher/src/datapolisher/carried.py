"""What goes along with the tables: a faithful copy of a dataset, and its metadata brought up to date."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from datapolisher import source
from datapolisher.__about__ import __version__
from datapolisher.manifest import arrow_type
from datapolisher.source import Dataset


def copy_dataset(dataset: Dataset, target: Path) -> None:
    """Every table, every other file and the metadata, byte for byte; an approval of other bytes stays behind."""
    target.mkdir(parents=True, exist_ok=True)
    files = [file for table in dataset.tables.values() for file in table.files]
    hidden = [Path(dataset.metadata.name)] if dataset.metadata.is_file() else []
    for file in [*files, *dataset.others, *dataset.unreadable, *hidden]:
        if not (dataset.root / file).is_dir():
            (target / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(dataset.root / file, target / file)


def carry_metadata(dataset: Dataset, result: Path, *, change_log: bool = True) -> None:
    """Write the dataset's ``.metadata.json`` beside the repaired tables, with the rows, columns and files that they have.

    ``polished`` says that the tables are no longer what the generator alone would make. What it was stays in
    ``_changes/``, for `undo`.
    """
    if not dataset.metadata.is_file():
        return
    text = dataset.metadata.read_text(encoding="utf-8")
    if change_log:
        kept = result / "_changes" / dataset.metadata.name
        kept.parent.mkdir(exist_ok=True)
        kept.write_text(text, encoding="utf-8")
    content = json.loads(text)
    after = source.read_dataset(result)
    with source.connect() as con:
        for table in content.get("tables", []):
            now = after.tables.get(table.get("name"))
            if now is not None:
                table["files"] = [_file(con, result, file) for file in now.files]
                table["rows"] = sum(file["rows"] for file in table["files"])
                same = [column for column in table.get("columns", []) if column.get("name") in now.columns]
                table["columns"] = [*same, *_added(table, now.columns)]
    content["polished"] = {"by": f"datapolisher {__version__}"}
    (result / dataset.metadata.name).write_text(json.dumps(content, indent=2) + "\n", encoding="utf-8")


def _file(con: Any, root: Path, file: Path) -> dict[str, Any]:
    path = root / file
    rows = source.rows_of(con, path)
    return {"path": file.as_posix(), "bytes": path.stat().st_size, "sha256": source.sha256(path), "rows": rows}


def _added(table: dict[str, Any], columns: Any) -> list[dict[str, Any]]:
    known = {column.get("name") for column in table.get("columns", [])}
    return [{"name": n, "type": arrow_type(t), "nullable": True} for n, t in columns.items() if n not in known]
