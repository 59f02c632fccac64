"""``explain``: the plan as its author reads it, and the questions that a careful reader would ask."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from datagen_core import registry
from datagen_core.cli import run
from datagen_core.errors import DocumentError, InputError
from datagen_core.generating import explain

EXAMPLES = Path(__file__).parent / "cases" / "examples"
SERIES = {"datetime_series": {"within": "timeframe"}}
CREATED = {"name": "created_at", "type": "datetime", "generator": SERIES}
AT = {"name": "at", "type": "datetime", "generator": SERIES}


def asked(document: Any) -> list[str]:
    return [str(one) for one in explain(document).warnings]


def test_the_tables_stand_in_the_order_of_work_with_what_they_take() -> None:
    told = explain(str(EXAMPLES / "bank.json"))
    names = [table.name for table in told.tables]
    for table in told.tables:
        assert all(names.index(needed) < names.index(table.name) for needed in table.needs)
    assert told.expected.rows == sum(table.rows for table in told.tables)
    assert all(table.bytes > 0 for table in told.tables)


def test_a_column_says_where_it_comes_from_and_by_which_means_it_keeps_its_bounds() -> None:
    told = explain(str(EXAMPLES / "ecomm.json"))
    columns = {f"{table.name}.{column.name}": column for table in told.tables for column in table.columns}
    assert columns["order.shop_id"].source == "shop.shop_id of its parent"
    assert columns["order.customer_id"].source == "customer.customer_id of a random row"
    assert columns["order_item.line_amount"].source == "= unit_price * quantity"
    assert columns["campaign.end_at"].keeps == ("after start_at: drawn from what that leaves",)
    assert columns["order.order_id"].keeps == ("unique: a sequence does not repeat",)
    assert columns["order_item.unit_price"].changes == ("jitter std 0.15, mode mul", "clamp min 1.0, max 2000.0")
    rows = {table.name: table.source for table in told.tables}
    assert rows["order"].startswith(
        "for each shop poisson with mean 6, 0 to 120; its rate × the effects in growth_effect"
    )


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.json")), ids=lambda path: path.stem)
def test_every_example_can_be_explained(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["explain", str(path)]) == 0
    out = capsys.readouterr().out
    assert run(["explain", str(path), "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    for table in told["tables"]:
        assert f"\n{table['name']}: " in out
        assert table["rows_from"]
        for column in table["columns"]:
            assert column["from"] in out
    for one in told["warnings"]:
        assert f"  {one['place']}: {one['message']}\n" in out


@pytest.mark.parametrize("name", registry.names("generators"))
def test_every_generator_has_words(name: str, document_of: Any) -> None:
    spec = registry.spec("generators", name)
    if name in {"lookup", "aggregate", "state", "enum_list", "expression"}:
        pytest.skip("has its own case in the examples")
    kind = "string" if "string" in spec.types else sorted(spec.types)[0]
    column = {"name": "value", "type": kind, "generator": {name: spec.example}}
    if name == "faker":
        column["generator"] = {name: {"method": "name"}}
    (table,) = explain(document_of({"id": "thing", "columns": [column]})).tables
    assert len(table.columns[1].source) > 5


QUESTIONS: dict[str, tuple[list[dict[str, Any]], str]] = {
    "activity piles up": (
        [
            {"id": "user", "columns": [CREATED]},
            {"id": "event", "parents": ["user"], "fanout": {"distribution": "poisson", "lambda": 3}, "columns": [AT]},
        ],
        "event: every user has as many rows however late it comes to be",
    ),
    "many windows at once": (
        [
            {
                "id": "campaign",
                "rows": 500,
                "columns": [
                    {"name": "lift", "type": "float", "generator": {"choice": {"choices": [2.0]}}},
                    {"name": "a", "type": "datetime", "generator": {"choice": {"choices": ["2024-01-01"]}}},
                    {"name": "b", "type": "datetime", "generator": {"choice": {"choices": ["2025-01-01"]}}},
                ],
            },
            {
                "id": "sale",
                "columns": [
                    AT,
                    {
                        "name": "amount",
                        "type": "float",
                        "generator": {"distribution": {"type": "uniform", "params": {"low": 1, "high": 2}}},
                        "modifiers": [
                            {
                                "transform": "effect",
                                "args": {
                                    "effect_table": "campaign",
                                    "window": {"start_col": "a", "end_col": "b"},
                                    "map": {"field": "lift"},
                                },
                            }
                        ],
                    },
                ],
            },
        ],
        "sale.amount: about 500 windows of campaign are open at once for each row, and together they multiply beyond all",
    ),
    "max below lambda": (
        [
            {"id": "user"},
            {"id": "event", "parents": ["user"], "fanout": {"distribution": "poisson", "lambda": 80, "max": 60}},
        ],
        "event: lambda 80 is above max 60: nearly every parent has 60 rows",
    ),
    "multipliers above max": (
        [
            {
                "id": "user",
                "columns": [{"name": "plan", "type": "string", "generator": {"choice": {"choices": ["a", "b"]}}}],
                "segment_behavior": {
                    "segment_column": "plan",
                    "behaviors": {"a": {"fanout_multiplier": 30}, "b": {"fanout_multiplier": 20}},
                },
            },
            {"id": "event", "parents": ["user"], "fanout": {"distribution": "poisson", "lambda": 5, "max": 60}},
        ],
        "event: multipliers raise lambda 5 to about 125, and max 60 cuts that off",
    ),
    "min above the rate": (
        [
            {"id": "user"},
            {"id": "event", "parents": ["user"], "fanout": {"distribution": "poisson", "lambda": 0.5, "min": 2}},
        ],
        "event: a parent expects 0.5 rows, and min 2 decides",
    ),
    "one choice": (
        [{"id": "user", "columns": [{"name": "c", "type": "string", "generator": {"choice": {"choices": ["US"]}}}]}],
        "user.c: every row has US: it is the only choice",
    ),
    "one weight": (
        [
            {
                "id": "user",
                "columns": [
                    {
                        "name": "c",
                        "type": "string",
                        "generator": {"choice": {"choices": ["US", "DE"], "weights": [0, 1]}},
                    }
                ],
            }
        ],
        "user.c: every row has DE",
    ),
    "no spread": (
        [
            {
                "id": "user",
                "columns": [
                    {
                        "name": "c",
                        "type": "float",
                        "generator": {
                            "distribution": {"type": "normal", "params": {"mean": 1, "std": 0}, "clamp": [0, 2]}
                        },
                    }
                ],
            }
        ],
        "user.c: every row has the same value",
    ),
    "weights that miss something": (
        [
            {
                "id": "user",
                "columns": [
                    {
                        "name": "c",
                        "type": "string",
                        "generator": {"choice": {"choices": ["a", "b"], "weights": [0.6, 0.3]}},
                    }
                ],
            }
        ],
        "user.c: the weights sum to 0.9, not 1; each counts as a share of that sum",
    ),
    "values on the bound": (
        [
            {
                "id": "user",
                "columns": [
                    {
                        "name": "age",
                        "type": "float",
                        "generator": {
                            "distribution": {"type": "normal", "params": {"mean": 20, "std": 10}, "clamp": [18, 80]}
                        },
                    }
                ],
            }
        ],
        "user.age: 42% of the values lie beyond 18 and are clipped to it",
    ),
    "a table alone": ([{"id": "user"}, {"id": "weather"}], "weather: no other table refers to it"),
    "a pattern without a grid": (
        [
            {
                "id": "user",
                "columns": [
                    {
                        "name": "at",
                        "type": "datetime",
                        "generator": {
                            "datetime_series": {
                                "within": "timeframe",
                                "freq": "D",
                                "pattern": {"dimension": "hour", "weights": [1] * 24},
                            }
                        },
                    }
                ],
            }
        ],
        "user.at: its grid has one instant a day or fewer",
    ),
    "a period longer than the timeframe": (
        [
            {"id": "user", "columns": [CREATED]},
            {
                "id": "change",
                "parents": ["user"],
                "columns": [{"name": "state", "type": "string", "generator": {"choice": {"choices": ["x"]}}}, AT],
                "state_transition_model": {
                    "initial_state": "on",
                    "period_unit": "year",
                    "states": {
                        "on": {"transition_prob_per_period": 0.5, "next_states": {"off": 1.0}},
                        "off": {"terminal": True},
                        "lost": {"terminal": True},
                    },
                },
            },
        ],
        "change: the timeframe has 31 days, and a year of the state model is longer",
    ),
    "a state that nothing leads to": (
        [
            {"id": "user", "columns": [CREATED]},
            {
                "id": "change",
                "parents": ["user"],
                "columns": [{"name": "state", "type": "string", "generator": {"choice": {"choices": ["x"]}}}, AT],
                "state_transition_model": {
                    "initial_state": "on",
                    "states": {
                        "on": {"transition_prob_per_period": 0.5, "next_states": {"off": 1.0}},
                        "off": {"terminal": True},
                        "lost": {"terminal": True},
                    },
                },
            },
        ],
        'change: nothing leads to the state "lost"',
    ),
}
SHORT = {"start": "2024-01-01", "end": "2024-01-31", "freq": "H"}


@pytest.mark.parametrize(("nodes", "question"), QUESTIONS.values(), ids=list(QUESTIONS))
def test_a_careful_reader_asks(nodes: list[dict[str, Any]], question: str, document_of: Any) -> None:
    told = asked(document_of(*nodes, timeframe=SHORT if "the timeframe has" in question else None))
    assert [one for one in told if one.startswith(question)], told


def test_nobody_asks_about_a_document_that_is_as_it_should_be(document_of: Any) -> None:
    document = document_of(
        {
            "id": "user",
            "columns": [
                CREATED,
                {
                    "name": "c",
                    "type": "string",
                    "generator": {"choice": {"choices": ["a", "b"], "weights": [0.6, 0.4]}},
                },
                {"name": "n", "type": "int", "generator": {"choice": {"choices": [1, 2, 3], "weights": [3, 2, 2]}}},
            ],
        },
        {
            "id": "event",
            "parents": ["user"],
            "fanout": {"distribution": "poisson", "lambda": 3, "per": "month", "max": 200},
            "columns": [AT],
        },
    )
    assert asked(document) == []


def test_what_a_table_takes_grows_with_the_scale_and_the_format(capsys: pytest.CaptureFixture[str]) -> None:
    schema = str(EXAMPLES / "bank.json")
    small, large = explain(schema).expected, explain(schema, scale=100.0).expected
    assert large.rows == pytest.approx(100 * small.rows, rel=0.01)
    assert explain(schema, format="jsonl").expected.bytes > 5 * small.bytes
    assert [table.name for table in explain(schema, only=["loan"]).tables] == ["loan"]
    with pytest.raises(InputError, match='did you mean "loan"'):
        explain(schema, only=["lone"])
    with pytest.raises(DocumentError):
        explain(str(EXAMPLES.parent / "broken" / "many_mistakes.json"))
