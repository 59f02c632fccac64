"""The DSL document as a tree that remembers its text: the parts that polishing reads."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datapolisher.errors import DocumentError, Problem


@dataclass(frozen=True)
class SchemaDocument:
    """A DSL document.

    Parameters
    ----------
    path
        Where it was read; None when it stood inside the metadata.
    text
        The author's text, whose layout patches keep.
    tree
        The parsed document.
    contract
        Another document that the data was held against: what somebody else expects of it; None where it is this one.
    """

    path: Path | None
    text: str
    tree: Mapping[str, Any]
    contract: SchemaDocument | None = None

    @property
    def name(self) -> str | None:
        """Where it was read, for people."""
        return str(self.path) if self.path else None

    @property
    def sha256(self) -> str:
        """The digest of its text."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    def node(self, table: str) -> tuple[str, Mapping[str, Any]] | None:
        """The table's node with its JSON pointer (``/nodes/3``), or None."""
        nodes = enumerate(self.tree.get("nodes", []))
        return next(((f"/nodes/{i}", node) for i, node in nodes if node.get("id") == table), None)

    def place(self, table: str, column: str) -> tuple[str, Mapping[str, Any]] | None:
        """The column's definition with its JSON pointer (``/nodes/3/columns/2``), or None."""
        found = self.node(table)
        if found is None:
            return None
        pointer, node = found
        columns = enumerate(node.get("columns", []))
        return next(((f"{pointer}/columns/{i}", c) for i, c in columns if c.get("name") == column), None)

    def column(self, table: str, column: str) -> Mapping[str, Any] | None:
        """The column's definition, or None."""
        found = self.place(table, column)
        return found[1] if found else None

    def pk(self, table: str) -> tuple[str, ...]:
        """The declared key columns; empty when the table is not declared."""
        found = self.node(table)
        pk = found[1].get("pk", ()) if found else ()
        return (pk,) if isinstance(pk, str) else tuple(pk)


def parse_schema(text: str, name: str, path: Path | None = None) -> SchemaDocument:
    """Text → document.

    Raises
    ------
    DocumentError
        The text is no JSON, or is not shaped like a DSL document.
    """
    try:
        tree = json.loads(text)
    except json.JSONDecodeError as error:
        problem = Problem(f"not JSON: {error.msg}", file=name, line=error.lineno, column=error.colno)
        raise DocumentError(problems=[problem]) from error
    nodes = tree.get("nodes") if isinstance(tree, dict) else None
    if not isinstance(nodes, list) or not all(
        isinstance(n, dict) and isinstance(n.get("columns", []), list) for n in nodes
    ):
        raise DocumentError(problems=[Problem('not a Datagen schema: "nodes" has to be a list of tables', file=name)])
    return SchemaDocument(path, text, tree)
