"""What ``make demo`` runs: one real schema through the whole pipeline, every command as a person would type it."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent
WORK = Path.cwd() / "demo-output"
DATAGEN = Path(sys.executable).parent / "datagen"
STEPS = (
    ("Make two years of a bank's tables", "generate schema.json --seed 42 -o output/"),
    ("Hold them against their schema", "validate schema.json --data output/"),
    ("Let six analysts look", "crunch output/ --schema schema.json -o crunch_report.json"),
    ("Resolve what they found", "polish crunch_report.json --auto -o polished/"),
)
RESULTS = (
    ("output", "the generated tables, and .metadata.json: what made them"),
    ("validation_report.json", "every check of the schema against the data"),
    ("crunch_report.json", "the analysts' findings, each with SQL that runs as it stands"),
    ("polish_report.json", "what became of each finding, and where each row went"),
    ("schema_improved.json", "the schema with its flaws mended"),
    ("postprocess.sql", "the repair as DuckDB SQL, to read and to run again"),
    ("polished", "the polished tables"),
)


def main() -> int:
    """Run the steps in ``demo-output/``; stop where one could not do its work."""
    shutil.rmtree(WORK, ignore_errors=True)
    WORK.mkdir()
    shutil.copy(HERE / "schemas" / "bank.json", WORK / "schema.json")
    for title, command in STEPS:
        print(f"\n# {title}\n$ datagen {command}", flush=True)
        code = subprocess.run([DATAGEN, *command.split()], cwd=WORK, check=False).returncode
        if code > 1:
            return code
    print(f"\nLook into {WORK.name}/:")
    for name, meaning in RESULTS:
        if (WORK / name).exists():
            print(f"  {name:24} {meaning}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
