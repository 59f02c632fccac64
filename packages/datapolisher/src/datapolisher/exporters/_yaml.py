"""YAML for people: in the order given, long lines whole."""

from __future__ import annotations

import io
from typing import Any

from ruamel.yaml import YAML


def dump(content: Any, head: str = "") -> str:
    """The document, with `head` as a comment before it."""
    yaml = YAML()
    yaml.width = 4096
    yaml.indent(mapping=2, sequence=4, offset=2)
    stream = io.StringIO()
    yaml.dump(content, stream)
    comment = "".join(f"# {line}\n" for line in head.splitlines())
    return comment + stream.getvalue()
