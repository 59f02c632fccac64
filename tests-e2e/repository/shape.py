"""The shape of the code: how long functions and files are, against the bounds of the house.

``make check`` prints the distribution. A function's length is its lines of code: signature and
body without docstring, comments and blank lines. Files that hold tables of data and hardly any function don't count.
"""

from __future__ import annotations

import ast
import io
import sys
import tokenize
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

from repository.sources import ROOT, Module, modules

DATA_SHARE = 0.9  # a file with more of its lines outside functions and classes is a table


@dataclass(frozen=True)
class Shape:
    """Lengths of functions and files, each with where it stands."""

    functions: list[tuple[int, str]]
    files: list[tuple[int, str]]

    def problems(self) -> list[str]:
        """What is out of bounds."""
        lengths, sizes = [length for length, _ in self.functions], [size for size, _ in self.files]
        bounds = [
            ("median length of a function", median(lengths), 8),
            ("90 % of functions, lines", _ninety(lengths), 30),
            ("percent of functions above 50 lines", _above(lengths, 50), 2),
            ("longest function, lines", max(lengths), 100),
            ("90 % of files, lines", _ninety(sizes), 400),
            ("longest file, lines", max(sizes), 800),
        ]
        return [f"{what}: {value:g}, at most {bound}" for what, value, bound in bounds if value > bound]

    def report(self) -> str:
        """One line, and the longest of each."""
        lengths, sizes = [length for length, _ in self.functions], [size for size, _ in self.files]
        lines = [
            f"functions {len(lengths)}: median {median(lengths):g} · 90 % ≤ {_ninety(lengths):g}"
            f" · above 50: {_above(lengths, 50):.1f} % · longest {max(lengths)}",
            f"files {len(sizes)}: median {median(sizes):g} · 90 % ≤ {_ninety(sizes):g} · longest {max(sizes)}",
        ]
        lines += [f"  {length:4} {where}" for length, where in sorted(self.functions, reverse=True)[:8]]
        lines += [f"  {size:4} {where}" for size, where in sorted(self.files, reverse=True)[:5]]
        return "\n".join(lines)


def measure(root: Path = ROOT, package: str = "") -> Shape:
    """Measure all packages below `root`, or one."""
    functions: list[tuple[int, str]] = []
    files: list[tuple[int, str]] = []
    for module in modules(root):
        if package not in {"", module.package}:
            continue
        code = _lines_of_code(module.text)
        for node in ast.walk(module.tree):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                where = f"{module.path.relative_to(root)}:{node.lineno} {node.name}"
                functions.append((len(_span(node) & code), where))
        if not _is_table(module, code):
            files.append((len(module.text.splitlines()), str(module.path.relative_to(root))))
    return Shape(functions, files)


def _lines_of_code(text: str) -> set[int]:
    """Numbers of the lines that hold code: not blank, not comment, not docstring."""
    skipped = {tokenize.COMMENT, tokenize.NL, tokenize.NEWLINE, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}
    lines: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type not in skipped:
            lines |= set(range(token.start[0], token.end[0] + 1))
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str):
            lines -= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    return lines


def _span(node: ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) -> set[int]:
    return set(range(node.lineno, (node.end_lineno or node.lineno) + 1))


def _is_table(module: Module, code: set[int]) -> bool:
    inside: set[int] = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            inside |= _span(node) & code
    return bool(code) and 1 - len(inside) / len(code) > DATA_SHARE


def _ninety(values: list[int]) -> float:
    return quantiles(values, n=10, method="inclusive")[-1] if len(values) > 1 else float(values[0])


def _above(values: list[int], bound: int) -> float:
    return 100 * sum(value > bound for value in values) / len(values)


if __name__ == "__main__":
    for name in ("", *sorted({module.package for module in modules()})):
        shape = measure(package=name)
        print(f"## {name or 'all packages'}\n{shape.report() if name == '' else shape.report().splitlines()[0]}")
    breaches = measure().problems()
    print("\n".join(breaches) or "shape: within bounds")
    sys.exit(bool(breaches))
