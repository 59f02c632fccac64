"""Names or e-mails that repeat more often than chance: a short list was drawn from."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Steps, Verdict, count
from datacruncher.checks.journeys import is_party


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: rows. email: share of rows that may share their e-mail. name: share that may share a full name."""

    minimum: int = 50
    email: float = 0.01
    name: float = 0.5


def bind(catalog: Catalog, params: Params) -> Iterator[Binding]:
    """E-mails and full names of people."""
    for table in catalog:
        if not is_party(table) or table.primary_key is None:
            continue
        for role in ("email", "person_name"):
            column = table.role(role, at_least=0.8)
            if column is not None and not column.is_key and column.family == "text":
                yield Binding(table, (column,), given={"role": role}, confidence=column.roles[role])


def probe(binding: Binding, params: Params) -> Probe:
    """Rows whose value another row has, too."""
    column, keys = binding.column, "".join(f"{c.sql}, " for c in binding.table.key_columns)
    rows = f"""SELECT {keys}{column.sql} FROM {binding.table.sql} WHERE {column.sql} IS NOT NULL
QUALIFY COUNT(*) OVER (PARTITION BY LOWER({column.sql})) > 1"""
    return count(rows, f"SELECT COUNT({column.sql}) FROM {binding.table.sql}")


def judge(found: Found, params: Params) -> Verdict:
    """How far above what people share."""
    allowed = params.email if found.binding.given["role"] == "email" else params.name
    return Verdict(size=found.share - allowed, expected={"max": allowed})


_USERS = (
    "SELECT i AS user_id, 'user' || {who} || '@example.com' AS email, 'Ann ' || i AS full_name FROM range(200) t(i)"
)

SPEC = CheckSpec(
    id="realism.repeated_identity",
    defect="other",
    category="realism",
    title="People who share a name or an e-mail",
    why="One mailbox is one person; what counts people by it counts wrong.",
    needs="people with an e-mail or a full name",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(medium=0.1, low=0.0, source="persona-metrics: names or emails that repeat more than chance"),
    message="Shared: {rows} of {total} rows in {table} have a {column} that another one has, too ({percent})",
    recommendation="In generated data, make {column} unique; in real data, see whether these rows are one person.",
    example=Example(
        clean={"user": _USERS.format(who="i")},
        damaged={"user": _USERS.format(who="i % 160")},
        finds=80,
        at="user.email",
    ),
)
