"""dbt's test of a foreign key as it compiles, for want of a manifest; its other tests are queries that can be read as they are."""

from __future__ import annotations

import re

from datapolisher.importing.claims import Refers
from datapolisher.importing.queries import Read

# A name, qualified and quoted or not.
_NAME = r"""(?:"[^"]*"|'[^']*'|`[^`]*`|[^\s"'`(),])+"""
# ``config.where`` makes a query of the table.
_TABLE = rf"(?:\(\s*select\s+\*\s+from\s+)?({_NAME})"
_PARENT = re.compile(
    rf"select\s+(?P<own>{_NAME})\s+as\s+from_field\s+from\s+{_TABLE}(?P<rest>.*?)"
    rf"select\s+(?P<other>{_NAME})\s+as\s+to_field\s+from\s+(?P<parent>{_NAME})",
    re.IGNORECASE | re.DOTALL,
)
_WHERE = re.compile(r"^\s+where\s+(?P<where>.*?)\)\s*dbt_subquery", re.IGNORECASE | re.DOTALL)


def of_foreign_key(sql: str) -> Read | None:
    """``relationships``: the child's column and the parent's, and the rows that the test looks at."""
    match = _PARENT.search(re.sub(r"--[^\n]*", "", sql))
    if match is None:
        return None
    own, other, parent, child = (_last(text) for text in (match["own"], match["other"], match["parent"], match[2]))
    where = _WHERE.match(match["rest"])
    return Read((child,), (Refers((own,), (parent,), (other,)),), where["where"].strip() if where else None)


def _last(name: str) -> str:
    """The last part of a qualified name, without quotes; a file's path stays whole."""
    if name.startswith("'"):
        return name.strip("'")
    parts: list[str] = re.findall(r'"[^"]*"|`[^`]*`|[^.]+', name)
    return parts[-1].strip('"`[]')
