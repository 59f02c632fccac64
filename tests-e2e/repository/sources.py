"""The source files of the packages, parsed once: what the checks of this directory look at."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Import:
    """One import: of what, where, and when it takes place."""

    module: str
    line: int
    typing_only: bool
    lazy: bool


@dataclass(frozen=True)
class Module:
    """One source file of a package."""

    package: str
    name: str
    path: Path

    @cached_property
    def text(self) -> str:
        """The source."""
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def tree(self) -> ast.Module:
        """The syntax tree."""
        return ast.parse(self.text, filename=str(self.path))

    @property
    def room(self) -> str:
        """The first name below the package; the package's own name for its ``__init__``."""
        parts = self.name.split(".")
        return parts[1] if len(parts) > 1 else parts[0]

    @cached_property
    def imports(self) -> list[Import]:
        """All imports, those inside functions and under TYPE_CHECKING too."""
        found: list[Import] = []
        self._collect(self.tree, found, typing_only=False, lazy=False)
        return found

    def _collect(self, node: ast.AST, found: list[Import], *, typing_only: bool, lazy: bool) -> None:
        for child in ast.iter_child_nodes(node):
            inside = lazy or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            if isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
                for statement in child.body:
                    self._collect(ast.Module([statement], []), found, typing_only=True, lazy=inside)
                for statement in child.orelse:
                    self._collect(ast.Module([statement], []), found, typing_only=typing_only, lazy=inside)
                continue
            names = self._names(child)
            found += [Import(name, child.lineno, typing_only, inside) for name in names]  # type: ignore[attr-defined]
            self._collect(child, found, typing_only=typing_only, lazy=inside)

    def _names(self, node: ast.AST) -> list[str]:
        if isinstance(node, ast.Import):
            return [alias.name for alias in node.names]
        if isinstance(node, ast.ImportFrom):
            base = self._absolute(node)
            return [f"{base}.{alias.name}" for alias in node.names]
        return []

    def _absolute(self, node: ast.ImportFrom) -> str:
        if not node.level:
            return node.module or ""
        parts = self.name.split(".")
        if self.path.name != "__init__.py":
            parts = parts[:-1]
        parts = parts[: len(parts) - node.level + 1]
        return ".".join([*parts, node.module] if node.module else parts)


def modules(root: Path = ROOT) -> list[Module]:
    """Every module of every package below `root`."""
    found = []
    for source in sorted(root.glob("packages/*/src/*/")):
        for path in sorted(source.rglob("*.py")):
            parts = path.relative_to(source.parent).with_suffix("").parts
            name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts)
            found.append(Module(source.name, name, path))
    return found
