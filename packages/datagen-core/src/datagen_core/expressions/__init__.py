"""Formulas over a row's columns: parsed into our own tree, checked before any work, evaluated on whole arrays.

::

    expression = parse("unit_price * quantity if quantity > 0 else 0")     # ExpressionError: what and where
    expression.columns()                                                   # {"unit_price", "quantity"}
    kind = expression.check({"unit_price": "float", "quantity": "int"})    # "float", or a list of Problems
    values = expression.evaluate({"unit_price": …, "quantity": …}, types, rows)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datagen_core.expressions.kinds import Checker
from datagen_core.expressions.nodes import Kind, Name, Node, children
from datagen_core.expressions.parser import ExpressionError, parse_tree

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pyarrow as pa

    from datagen_core.errors import Problem
    from datagen_core.values import Values

__all__ = ["Expression", "ExpressionError", "Kind", "parse"]


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression."""

    code: str
    tree: Node

    def columns(self) -> set[str]:
        """The columns that it reads."""
        found: set[str] = set()
        nodes = [self.tree]
        while nodes:
            node = nodes.pop()
            nodes += children(node)
            if isinstance(node, Name):
                found.add(node.name)
        return found

    def check(self, types: Mapping[str, Kind]) -> Kind | list[Problem]:
        """The kind of its values (``null`` when it is always null), or everything that is wrong with it."""
        checker = Checker(types)
        kind = checker.kind(self.tree)
        return checker.problems or kind

    def evaluate(self, columns: Mapping[str, Values], types: Mapping[str, Kind], rows: int) -> Values:
        """Its values for `rows` rows, null where it has none (a division by zero, a null operand)."""
        from datagen_core.expressions.evaluate import evaluate  # noqa: PLC0415 - numpy and pyarrow only when rows come

        return evaluate(self.tree, columns, types, rows)

    def evaluate_arrow(self, columns: Mapping[str, pa.Array], types: Mapping[str, Kind], rows: int) -> pa.Array:
        """The same from and to Arrow arrays of the columns' types; the expression has to be free of problems."""
        from datagen_core.values import from_arrow, to_arrow  # noqa: PLC0415

        kind = self.check(types)
        if isinstance(kind, list):
            raise ExpressionError(kind[0])
        values = {name: from_arrow(array, types[name]) for name, array in columns.items()}
        return to_arrow(self.evaluate(values, types, rows), "int" if kind == "null" else kind)


def parse(code: str) -> Expression:
    """Read an expression.

    Raises
    ------
    ExpressionError
        With a `problem` that names the character.
    """
    return Expression(code, parse_tree(code))
