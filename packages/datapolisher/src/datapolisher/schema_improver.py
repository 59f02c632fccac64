"""Path 1: findings → changes of the document that generated the data, with a reason each.

Patches apply one after the other, each to the document as the ones before left it, so that two findings about one
column do not overwrite each other. The author's order, layout and comments stay; the result is the text with only the
changed parts changed.
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from datapolisher import json_text
from datapolisher.fixes.base import Change
from datapolisher.plan import Resolution
from datapolisher.schema_document import SchemaDocument, parse_schema


@dataclass(frozen=True, slots=True)
class Patch:
    """What one finding changed in the document.

    Parameters
    ----------
    finding_id, fix
        For which finding, by which fix.
    changes
        The operations; empty when an earlier patch had done the same, or when nothing is wrong with the document.
    again
        What making the data again from the document as it is mends; empty where that alone mends nothing.
    """

    finding_id: str
    fix: str
    changes: tuple[Change, ...]
    again: str = ""

    def operations(self) -> list[dict[str, Any]]:
        """The RFC 6902 operations."""
        return [change.operation() for change in self.changes]

    @property
    def reasons(self) -> str:
        """Why, without repeating."""
        return "; ".join(dict.fromkeys(change.reason for change in self.changes)) or self.again


@dataclass(frozen=True, slots=True)
class Improvement:
    """The improved document and what led to it."""

    document: SchemaDocument
    patches: tuple[Patch, ...]

    @property
    def changed(self) -> bool:
        """Whether anything was changed."""
        return any(patch.changes for patch in self.patches)

    @property
    def due(self) -> bool:
        """Whether the data has to be made again."""
        return self.changed or any(patch.again for patch in self.patches)


def improve(document: SchemaDocument, resolutions: Sequence[Resolution]) -> Improvement:
    """Apply the schema fixes that were chosen, in their order.

    Parameters
    ----------
    document
        As the author wrote it.
    resolutions
        Those whose chosen fix is one of path 1; a finding that comes twice, with the evidence of a second look, is
        patched on top of what was patched for it before.
    """
    patches: dict[str, Patch] = {}
    name = str(document.path or "schema")
    for resolution in resolutions:
        fix = resolution.chosen.fix if resolution.chosen else None
        if fix is None or fix.patch is None:
            continue
        changes = tuple(fix.patch(resolution.finding, document))
        text = json_text.patched(document.text, [change.operation() for change in changes])
        document = replace(parse_schema(text, name, document.path), contract=document.contract)
        again = resolution.chosen.words if resolution.chosen and fix.again(resolution.finding, document) else ""
        before = patches.get(resolution.finding.id)
        patches[resolution.finding.id] = Patch(
            resolution.finding.id, fix.id, (*(before.changes if before else ()), *changes), again
        )
    return Improvement(document, tuple(patches.values()))


def diff(before: SchemaDocument, after: SchemaDocument, name: str = "schema.json") -> str:
    """A unified diff of the texts, as people read changes."""
    lines = difflib.unified_diff(
        before.text.splitlines(), after.text.splitlines(), name, "schema_improved.json", lineterm="", n=2
    )
    return "\n".join(lines)
