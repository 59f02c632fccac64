"""The walls of the house: who may import whom, and what may be done in which room.

``make check`` prints every breach. The tables below are the rules; the rest reads them.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path

from repository.sources import ROOT, Module, modules

# Rooms from the border inwards; a room may import what stands on its own line or below, never above. A file of a room may
# have a place of its own (schema.model).
LAYERS = {
    "datagen": ("cli", "plugins", "known", "datagen __about__"),
    "datagen_core": (
        "cli",
        "datagen_core generating validating exporting loading",
        "explanation",
        "engine validation metadata source",
        "schema.preflight",
        "schema.domain plan forecast estimate estimate_effects estimate_steps sizes "
        "schema.load schema.resize schema.form schema.salvage schema.derived",
        "behaviors generators modifiers sinks",
        "schema.canonical distributions expressions pools patterns sampling timegrid values",
        "schema.model context registry run destination graph instants stats streams wording",
        "schema.origin schema.positions schema",
        "errors __about__",
    ),
    "datacruncher": (
        "cli",
        "datacruncher run",
        "report",
        "analyzer thinning",
        "personas corrections",
        "findings registry",
        "metrics",
        "checks",
        "catalog profile sandbox tables",
        "source documents earlier sampling",
        "layout reading positions sql words vocabulary catalog.lexicon catalog.vocabulary",
        "errors __about__",
    ),
    "datapolisher": (
        "cli",
        "datapolisher polishing",
        "accounts delivery ledger job seal undo importing importers exporters",
        "repair regeneration carried approver manifest first_look",
        "blame",
        "postprocessor schema_improver interactive report verify",
        "resolver commands preview",
        "plan intake",
        "fixes",
        "workbench postprocess",
        "steps expressions schema_document output source",
        "reading documents json_text yaml_text codes clock sql vocabulary",
        "errors __about__",
    ),
}

# A third-party package → the rooms that may import it. What is not named here is free.
ROOMS = {
    "click": {"*.cli", "datagen.plugins"},
    "duckdb": {
        "datacruncher.source",
        "datacruncher.tables",
        "datapolisher.source",
        "datapolisher.workbench",
        "datapolisher.importing.look",
    },
    "mimesis": {"datagen_core.pools"},
    "polars": {"datapolisher.postprocess"},
    "rich": {"*.cli", "datapolisher.report", "datacruncher.report"},
    "random": set(),
    "pickle": set(),
}

# What may be called, and where.
CALLS = {
    "print": {"*.cli"},
    "input": {"*.cli"},
    "eval": set(),
    "exec": set(),
    "sys.exit": {"*.cli"},
    "exit": set(),
    "os.system": set(),
    "yaml.load": set(),
}

# The clock is read where a report or a manifest is dated, and nowhere that rows or values come from.
CLOCK = re.compile(r"(.*\.)?((datetime|date)\.(now|utcnow|today)|time\.(time|time_ns|localtime|gmtime))")
MAY_READ_THE_CLOCK = {"datagen_core.validating", "datacruncher.run", "datapolisher.clock"}

# numpy's generators with a seed of their own; everything else of np.random is global state.
RANDOM = {"Generator", "SFC64", "PCG64DXSM", "SeedSequence", "BitGenerator"}

HEAVY = {"numpy", "pyarrow", "duckdb", "mimesis", "polars"}
LIGHT_ROOMS = {"*.cli"}


def violations(root: Path = ROOT) -> list[str]:
    """Every breach of a wall below `root`, as ``file:line: sentence``."""
    everything = modules(root)
    names = {module.name for module in everything}
    found: list[str] = []
    for module in everything:
        found += [f"{module.path.relative_to(root)}:{line}: {text}" for line, text in _of(module, names, root)]
    return found + [f"a circle of imports: {' → '.join(circle)}" for circle in circles(everything)]


def _of(module: Module, names: set[str], root: Path) -> Iterator[tuple[int, str]]:
    yield from _between_packages(module, {name.split(".")[0] for name in names})
    yield from _between_rooms(module, names)
    yield from _outside(module, names, root)
    yield from _calls(module)


def _between_packages(module: Module, packages: set[str]) -> Iterator[tuple[int, str]]:
    for item in module.imports:
        top = item.module.split(".")[0]
        if top in packages and top != module.package:
            yield item.line, f"{module.package} imports {top}; packages share contracts and no code"
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call) and _called(node).endswith("import_module") and node.args:
            target = node.args[0]
            text = target.value if isinstance(target, ast.Constant) and isinstance(target.value, str) else ""
            if text.split(".")[0] in packages - {module.package}:
                yield node.lineno, f"{module.package} imports {text} by name; packages share contracts and no code"


def _between_rooms(module: Module, names: set[str]) -> Iterator[tuple[int, str]]:
    levels = {room: line for line, rooms in enumerate(LAYERS.get(module.package, ())) for room in rooms.split()}
    if not levels:
        return
    here = _room(module.name, levels)
    if here is None:
        yield 1, f"{module.name} has no place in the table of layers"
        return
    for item in module.imports:
        target = _resolve(item.module, names)
        if target is None or item.typing_only or target.split(".")[0] != module.package:
            continue
        there = _room(target, levels)
        if there is not None and levels[there] < levels[here]:
            yield item.line, f"{module.name} imports {target}: {there} stands above {here}"


def _room(name: str, rooms: Iterable[str]) -> str | None:
    """The room that a module lies in: the longest one of the table; the package's own name for its ``__init__``."""
    parts = name.split(".")
    if len(parts) == 1:
        return name if name in rooms else None
    prefixes = (".".join(parts[1:length]) for length in range(len(parts), 1, -1))
    return next((prefix for prefix in prefixes if prefix in rooms), None)


def _outside(module: Module, names: set[str], root: Path) -> Iterator[tuple[int, str]]:
    allowed = _declared(module, root) | {name.split(".")[0] for name in names} | set(sys.stdlib_module_names)
    for item in module.imports:
        top = item.module.split(".")[0]
        if top not in allowed and not item.typing_only:
            yield item.line, f"{top} is no declared dependency of {module.package}"
        if top in ROOMS and not item.typing_only and not _in(module, ROOMS[top]):
            yield item.line, f"{module.name} imports {top}; only {_listed(ROOMS[top])} may"
        if top in HEAVY and not (item.lazy or item.typing_only) and _in(module, LIGHT_ROOMS):
            yield item.line, f"{module.name} imports {top} at the top; a command imports it when it is called"


def _declared(module: Module, root: Path) -> set[str]:
    source = next(parent for parent in module.path.parents if parent.name == "src")
    document = tomllib.loads((source.parent / "pyproject.toml").read_text(encoding="utf-8"))
    names = (item.partition(">")[0].partition("<")[0].partition("=")[0] for item in document["project"]["dependencies"])
    return {name.strip().replace("-", "_").split(".")[0] for name in names}


def _calls(module: Module) -> Iterator[tuple[int, str]]:
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Call):
            name = _called(node)
            if name in CALLS and not _in(module, CALLS[name]):
                yield node.lineno, f"{module.name} calls {name}; only {_listed(CALLS[name])} may"
            if CLOCK.fullmatch(name) and not _in(module, MAY_READ_THE_CLOCK):
                yield node.lineno, f"{module.name} reads the clock ({name}); only {_listed(MAY_READ_THE_CLOCK)} may"
            if any(word.arg == "shell" and ast.unparse(word.value) == "True" for word in node.keywords):
                yield node.lineno, f"{module.name} calls a shell"
        if isinstance(node, ast.Attribute):
            name = ast.unparse(node)
            head, _, last = name.rpartition(".")
            if head in {"np.random", "numpy.random"} and last not in RANDOM:
                yield node.lineno, f"{module.name} uses {name}, which is global state"


def _called(node: ast.Call) -> str:
    return ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else ""


def _in(module: Module, rooms: set[str]) -> bool:
    return any(
        module.name == room or module.name.startswith(room + ".") or (room == "*.cli" and module.room == "cli")
        for room in rooms
    )


def _listed(rooms: set[str]) -> str:
    return ", ".join(sorted(rooms)) or "nobody"


def _resolve(target: str, names: set[str]) -> str | None:
    """The module that an imported dotted name lives in: the longest prefix that is a module."""
    parts = target.split(".")
    prefixes = (".".join(parts[:length]) for length in range(len(parts), 0, -1))
    return next((prefix for prefix in prefixes if prefix in names), None)


def circles(everything: list[Module]) -> list[list[str]]:
    """The groups of modules that import each other, imports inside functions and for types alone included."""
    names = {module.name for module in everything}
    graph = {
        module.name: {
            target for item in module.imports if (target := _resolve(item.module, names)) and target != module.name
        }
        for module in everything
    }
    return [sorted(group) for group in _components(graph) if len(group) > 1]


def _components(graph: dict[str, set[str]]) -> list[list[str]]:
    """Strongly connected components (Tarjan 1972)."""
    index: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    groups: list[list[str]] = []

    def visit(node: str) -> None:
        index[node] = low[node] = len(index)
        stack.append(node)
        for target in sorted(graph[node]):
            if target not in index:
                visit(target)
                low[node] = min(low[node], low[target])
            elif target in stack:
                low[node] = min(low[node], index[target])
        if low[node] == index[node]:
            cut = stack.index(node)
            groups.append(stack[cut:])
            del stack[cut:]

    for node in sorted(graph):
        if node not in index:
            visit(node)
    return groups


if __name__ == "__main__":
    breaches = violations()
    print("\n".join(breaches) or f"walls: {len(modules())} modules, no breach")
    sys.exit(bool(breaches))
