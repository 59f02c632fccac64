"""``docs/reference/fixes.md``: the matrix defect × check × fix, from what the programs print about themselves.

PYTHONPATH=tests-e2e python -m repository.fixes_page > docs/reference/fixes.md
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from repository.sources import ROOT

PAGE = ROOT / "docs" / "reference" / "fixes.md"
_CHECK = re.compile(r"^([a-z_]+\.[a-z0-9_]+)  ")
_FINDS = re.compile(r"finds ([a-z_]+)\s*$")
_HEAD = """\
# Fixes

Which check finds a defect, and which fix serves it. This page is generated:

```
PYTHONPATH=tests-e2e python -m repository.fixes_page > docs/reference/fixes.md
```

Path 1 changes the schema that made the data; path 2 changes the data. A fix in *italics* is taken by choice only:
`--interactive`, an edited `polish_plan.yaml`, or `--choose FINDING=FIX`; what stands in capitals behind a colon is yours to
say (`--choose FINDING=FIX:ARGUMENT`). Where no fix serves a finding, it stays open for the reason in the last column.
`datapolisher fixes show NAME` says more about each.

## By defect
"""


def printed(*command: str) -> str:
    """What a command of this environment prints."""
    program = Path(sys.executable).with_name(command[0])
    done = subprocess.run([program, *command[1:]], capture_output=True, text=True, check=True)
    return done.stdout


def checks() -> dict[str, list[str]]:
    """Defect → the checks that find it, as the analysts say."""
    names = re.findall(r"^(\S.*?)  \(", printed("datacruncher", "personas", "list"), re.MULTILINE)
    found: dict[str, set[str]] = defaultdict(set)
    for name in names:
        check = ""
        for line in printed("datacruncher", "personas", "show", name).splitlines():
            check = match[1] if (match := _CHECK.match(line)) else check
            if check and (word := _FINDS.search(line)):
                found[word[1]].add(check)
    return {word: sorted(listed) for word, listed in found.items()}


def render() -> str:
    """The page."""
    defects = json.loads(printed("datapolisher", "fixes", "defects", "--json"))
    fixes = json.loads(printed("datapolisher", "fixes", "list", "--json"))
    found = checks()
    lines = ["| defect | found by | path 1 | path 2 | else |", "| --- | --- | --- | --- | --- |"]
    lines += [_row(defect, fixes, found.get(defect["defect"], [])) for defect in defects]
    listed = [
        "",
        "## By fix, in the order in which steps run",
        "",
        "| fix | path | what it does | why it is safe, or must ask |",
    ]
    listed += ["| --- | --- | --- | --- |"]
    listed += [f"| `{_chosen(fix)}` | {fix['path']} | {_cell(fix['title'])} | {_cell(fix['safe'])} |" for fix in fixes]
    return _HEAD + "\n" + "\n".join([*lines, *listed]) + "\n"


def _chosen(fix: dict[str, Any]) -> str:
    """How a fix is written where it is chosen."""
    said: str = fix.get("chosen", fix["id"])
    return said.split(", where you say", 1)[0]


def _row(defect: dict[str, Any], fixes: list[dict[str, Any]], found: list[str]) -> str:
    usual = [f"`{name}`" for name in defect["postprocess"]]
    path_1 = {fix["id"] for fix in fixes if fix["path"] == "schema"}
    asked = {path: [f"*{name}*" for name in defect["by_choice"] if (name in path_1) is path] for path in (True, False)}
    cells = [
        f"`{defect['defect']}`: {_cell(defect['meaning'])}",
        ", ".join(f"`{check}`" for check in found),
        ", ".join([*(f"`{name}`" for name in defect["schema"]), *asked[True]]),
        ", ".join([*usual, *asked[False]]),
        _cell(defect["else"]),
    ]
    return f"| {' | '.join(cells)} |"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")


if __name__ == "__main__":
    sys.stdout.write(render())
