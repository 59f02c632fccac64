"""What people ask for by name: the columns that come out, and one sentence for each wrong argument."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from datapolisher import codes, fixes
from datapolisher.documents import ColumnFacts, ForeignKey, Key, TableFacts, Target
from datapolisher.errors import InputError
from datapolisher.fixes.base import Planned

USERS = (
    "SELECT * FROM (VALUES (1, 'a@x', TIMESTAMP '2024-01-01', 1.005, NULL, 'S'), "
    "(2, 'b@x', TIMESTAMP '2024-05-31 12:00:00', 2.0, 7, NULL), "
    "(3, 'c@x', NULL, NULL, 9, 'S')) v(user_id, email, created_at, rating, age, size)"
)
ORDERS = (
    "SELECT * FROM (VALUES (1, 1, TIMESTAMP '2024-05-20', 10.1::DOUBLE), (2, 1, TIMESTAMP '2024-02-01', 20.2), "
    "(3, 2, TIMESTAMP '2024-04-01', 5.0), (4, 2, TIMESTAMP '2030-01-01', 1.0)) v(order_id, user_id, placed_at, amount)"
)
VISITS = "SELECT * FROM (VALUES (1, 3, TIMESTAMP '2024-05-31'), (2, 1, NULL)) v(visit_id, user_id, seen_at)"


def _facts(name: str, key: str, parent: bool, **roles: str) -> TableFacts:
    link = ForeignKey(columns=("user_id",), references=Target(table="user", columns=("user_id",)))
    columns = tuple(ColumnFacts(name=column, role=role) for column, role in roles.items())
    return TableFacts(
        name=name, rows=4, primary_key=Key(columns=(key,)), foreign_keys=(link,) if parent else (), columns=columns
    )


FACTS = [
    _facts("user", "user_id", False, user_id="primary_key", email="email", created_at="creation_time"),
    _facts("order", "order_id", True, placed_at="event_time", amount="amount"),
    _facts("visit", "visit_id", True, seen_at="event_time"),
]
TABLES = {"user": USERS, "order": ORDERS, "visit": VISITS}

COLUMNS = [
    ("enrich", "is_active", "is_active", ["true", "false", "true"]),
    ("enrich", "user.is_active", "is_active", ["true", "false", "true"]),
    ("enrich", "lifetime_value", "lifetime_value", ["30.3", "6.0", "0.0"]),
    ("enrich", "first_seen", "first_seen", ["2024-02-01 00:00:00", "2024-04-01 00:00:00", "2024-05-31 00:00:00"]),
    ("enrich", "last_seen", "last_seen", ["2024-05-20 00:00:00", "2030-01-01 00:00:00", "2024-05-31 00:00:00"]),
    ("enrich", "event_count", "event_count", ["3", "2", "1"]),
    ("enrich", "tenure_days", "tenure_days", ["152", "0", None]),
    ("round", "user.rating=2", "rating", ["1.000", "2.000", None]),
    ("fill", "user.age=0", "age", ["0", "7", "9"]),
    ("fill", "user.age=median", "age", ["7", "7", "9"]),
    ("fill", "user.size=mode", "size", ["S", "S", "S"]),
    ("fill", "user.size=forward", "size", ["S", "S", "S"]),
    ("fill", "user.size=it's", "size", ["S", "it's", "S"]),
    (
        "fill",
        "user.created_at=2024-01-01",
        "created_at",
        ["2024-01-01 00:00:00", "2024-05-31 12:00:00", "2024-01-01 00:00:00"],
    ),
]

REFUSED = [
    ("enrich", "is_activ", 'there is no computed column "is_activ"; did you mean "is_active"?'),
    ("enrich", "usr.is_active", 'there is no table "usr"; did you mean "user"?'),
    (
        "enrich",
        "order.lifetime_value",
        '"lifetime_value" needs a table that refers to it with a time of events and an amount',
    ),
    ("round", "user.rating", '"user.rating" is not of the form table.column=digits'),
    ("round", "user.ratng=2", 'the table "user" has no column "ratng"; did you mean "rating"?'),
    ("round", "user.rating=two", '"two" is no number of decimals (0 to 12)'),
    ("round", "user.email=2", "user.email is VARCHAR, which has no decimals"),
    ("round", "user.user_id=2", '"user.user_id" is part of a key and is not rounded'),
    ("fill", "user.user_id=0", '"user.user_id" is part of a key: no key is made up'),
    ("fill", "order.user_id=0", '"order.user_id" is part of a key: no key is made up'),
    ("fill", "order.amount=median", '"order.amount" is money, which is never guessed'),
    ("fill", "user.created_at=mode", '"user.created_at" is a time, which is never guessed'),
    ("fill", "user.age=old", '"old" is no value of user.age (INTEGER)'),
    ("fill", "user.email=median", "user.email is VARCHAR: only numbers have a median"),
]


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory, make_context: Callable[..., Any]) -> Any:
    return make_context(tmp_path_factory.mktemp("wishes"), TABLES, FACTS)


@pytest.mark.parametrize(
    ("name", "argument", "column", "values"), COLUMNS, ids=lambda v: v if isinstance(v, str) else ""
)
def test_wish(
    name: str, argument: str, column: str, values: list[str | None], context: Any, both: Callable[..., Any]
) -> None:
    spec = fixes.wish(name)
    planned = [Planned(f"--{name} {argument}", name, spec.title, tuple(spec.steps(argument, context)))]
    result = both(TABLES, planned, FACTS)
    header = [name for name, _ in result.tables()["user.parquet"][0]]
    assert [row[header.index(column)] for row in result.rows("user")] == values
    if name == "fill":
        assert header[-1] == f"{column}_filled"
    before = [row[0] for row in result.rows("user")]
    assert before == ["1", "2", "3"]


@pytest.mark.parametrize(("name", "argument", "sentence"), REFUSED, ids=lambda v: v[:40])
def test_wrong_argument(name: str, argument: str, sentence: str, context: Any) -> None:
    with pytest.raises(InputError) as refused:
        fixes.wish(name).steps(argument, context)
    assert str(refused.value).startswith(sentence)


def test_a_column_that_is_there_is_not_computed_over(tmp_path: Path, make_context: Callable[..., Any]) -> None:
    tables = TABLES | {"user": f"SELECT *, TRUE AS is_active FROM ({USERS})"}
    with pytest.raises(InputError, match='the table "user" has a column "is_active" already'):
        fixes.wish("enrich").steps("is_active", make_context(tmp_path / "in", tables, FACTS))


def test_tables_of_codes_are_whole() -> None:
    countries = codes.countries().things
    assert len(countries) == 249
    assert all(len(thing[codes.ALPHA2][0]) == 2 and len(thing[codes.ALPHA3][0]) == 3 for thing in countries)
    for system in (codes.ALPHA2, codes.ALPHA3):
        assert len({thing[system][0] for thing in countries}) == 249
    names = [name.casefold() for thing in countries for name in thing[codes.NAME]]
    assert len(names) == len(set(names))
    assert codes.countries().thing(" uk ") == codes.countries().thing("GBR")
    assert codes.countries().thing("GER") is None


def test_decimals_of_currencies() -> None:
    assert {code: codes.decimals()[code] for code in ("USD", "EUR", "JPY", "KWD", "CLF")} == {
        "USD": 2,
        "EUR": 2,
        "JPY": 0,
        "KWD": 3,
        "CLF": 4,
    }
    assert codes.currencies().thing("$") is None


def test_a_file_of_pairs_is_mapped(context: Any, both: Callable[..., Any], in_folder: Any) -> None:
    (in_folder / "sizes.csv").write_text('old,new\nS,small\n"M, or so",medium\n')
    spec = fixes.wish("map")
    planned = [Planned("--map", "map", spec.title, tuple(spec.steps("user.size=sizes.csv", context)))]
    result = both(TABLES, planned, FACTS)
    header = [name for name, _ in result.tables()["user.parquet"][0]]
    assert [row[header.index("size")] for row in result.rows("user")] == ["small", None, "small"]


@pytest.mark.parametrize(
    ("argument", "text", "sentences"),
    [
        ("user.size=m.csv", None, ["m.csv: no such file"]),
        ("user.size=m.csv", "from,to\n", ['m.csv:1:1: the first line has to be "old,new"']),
        ("user.size=m.csv", "old,new\n", ["m.csv:1:1: no pair of values"]),
        ("user.age=m.csv", "old,new\n1\nx,2\n3,4\n3,5\n", ["m.csv:2:1: 1 cells", "m.csv:3:1: 'x'", "m.csv:5:1: '3'"]),
        ("user.size=m.csv", "old,new\nS,M\nM,L\n", ["m.csv: user.size: ['M'] are both replaced and replacements"]),
        ("user.user_id=m.csv", "old,new\n1,2\n", ['"user.user_id" is part of a key']),
    ],
)
def test_a_file_of_pairs_that_is_wrong(
    argument: str, text: str | None, sentences: list[str], context: Any, in_folder: Any
) -> None:
    if text is not None:
        (in_folder / "m.csv").write_text(text)
    with pytest.raises(InputError) as refused:
        fixes.wish("map").steps(argument, context)
    lines = str(refused.value).splitlines()
    assert len(lines) == len(sentences)
    for line, sentence in zip(lines, sentences, strict=True):
        assert line.startswith(sentence)


def test_every_wish_is_listed() -> None:
    assert set(fixes.WISHES) == {spec.id for spec in map(fixes.wish, fixes.WISHES)} == set(fixes._modules("wishes"))
