"""Write the digests of the examples' rows anew: after a change of rows that is meant, and told in the changelog."""

from __future__ import annotations

import importlib.util
import json
import sys
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parent


def loaded(name: str) -> ModuleType:
    """A module of the tests by its file."""
    spec = importlib.util.spec_from_file_location(name, HERE.parent / f"{name}.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"no {name}.py")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


if __name__ == "__main__":
    rows, shared = loaded("test_engine_rows"), loaded("conftest")
    golden = {
        name: {table: rows.digest(made) for table, made in shared._made(rows.example(name)).items()}
        for name in rows.EXAMPLES
    }
    (HERE / "rows.json").write_text(json.dumps(golden, indent=1) + "\n", "utf-8")
