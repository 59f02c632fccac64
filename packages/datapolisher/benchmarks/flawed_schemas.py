"""Schemas with one flaw each, as authors make them, and the patch of path 1 that takes the flaw away."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sound_schemas as sound
from regeneration import Case
from sound_schemas import Document, amount, column, formula, key, pick, reference, time

Edit = Callable[[Document], None]


def made(base: Callable[[], Document], *edits: Edit) -> Callable[[], Document]:
    """The document of `base` after some edits."""

    def make() -> Document:
        document = base()
        for edit in edits:
            edit(document)
        return document

    return make


def node(document: Document, table: str) -> dict[str, Any]:
    """A table's node."""
    found: dict[str, Any] = next(one for one in document["nodes"] if one["id"] == table)
    return found


def set_column(table: str, definition: dict[str, Any]) -> Edit:
    """Write a column, in place of the one of its name or at the end."""

    def edit(document: Document) -> None:
        columns = node(document, table)["columns"]
        names = [one["name"] for one in columns]
        if definition["name"] in names:
            columns[names.index(definition["name"])] = definition
        else:
            columns.append(definition)

    return edit


def drop_column(table: str, name: str) -> Edit:
    """Take a column away."""

    def edit(document: Document) -> None:
        found = node(document, table)
        found["columns"] = [one for one in found["columns"] if one["name"] != name]

    return edit


def set_node(table: str, **parts: Any) -> Edit:
    """Write parts of a table; None takes one away."""

    def edit(document: Document) -> None:
        found = node(document, table)
        found.update({name: value for name, value in parts.items() if value is not None})
        for name in [name for name, value in parts.items() if value is None]:
            found.pop(name, None)

    return edit


def set_part(name: str, value: Any) -> Edit:
    """Write a part of the document: constraints, targets, timeframe."""

    def edit(document: Document) -> None:
        document[name] = value

    return edit


def shop(*edits: Edit) -> Callable[[], Document]:
    """The shop, edited."""
    return made(sound.shop, *edits)


LINES = ("product_id", "unit_price", "quantity", "line_total")
NO_LINES = tuple(drop_column("purchase", name) for name in LINES)


def within(name: str, start: str, end: str) -> dict[str, Any]:
    """Instants of a window of the column's own."""
    window = {"start": f"{start}T00:00:00Z", "end": f"{end}T23:59:59Z"}
    return column(name, "datetime", "datetime_series", of={"within": window, "freq": "T", "patterns": sound.RHYTHM})


def add_node(*nodes: dict[str, Any]) -> Edit:
    """Append tables."""
    return lambda document: document["nodes"].extend(nodes)


def parcel(end: str | None = None) -> dict[str, Any]:
    """Parcels of purchases, until the end of the window or earlier."""
    at = within("packed_at", "2023-01-01", end) if end else time("packed_at")
    columns = (key("parcel_id"), reference("purchase_id", "purchase.purchase_id"), at)
    return sound.fact("parcel", ["purchase"], {"distribution": "fixed", "lambda": 1}, *columns)


def anomaly(start: str, days: int, factor: float) -> dict[str, Any]:
    """So many days on which values are a factor higher."""
    first = dt.date.fromisoformat(start)
    dates = [(first + dt.timedelta(days=n)).isoformat() for n in range(days)]
    return {"transform": "anomaly", "args": {"spike_dates": dates, "spike_multiplier": factor}}


def stages(**rates: float) -> dict[str, Any]:
    """Steps of a funnel with their rates."""
    return {"stages": [{"stage_name": name, "transition_rate": rate} for name, rate in rates.items()]}


STAGE_NO = {"visit": 0, "signup": 1, "trial": 2, "paid": 3}


def stage_no() -> str:
    """The number of a step, as a formula."""
    code = "3"
    for name, number in list(STAGE_NO.items())[:-1]:
        code = f'{number} if stage_name == "{name}" else ({code})'
    return code


def next_states(state: str, **shares: float) -> Edit:
    """What follows a state of the accounts."""

    def edit(document: Document) -> None:
        node(document, "status_change")["state_transition_model"]["states"][state]["next_states"] = shares

    return edit


def set_chain(**parts: Any) -> Edit:
    """Parts of the chain of touches."""
    return lambda document: node(document, "conversion")["attribution_chain"].update(parts)


def fading(curve: list[float]) -> dict[str, Any]:
    """A curve of activity over the months of age."""
    one = {"curve": curve, "time_unit": "month", "applies_to": "fanout"}
    return {"created_at_column": "created_at", "age_based_multipliers": {"activity": one}}


def outage() -> dict[str, Any]:
    """A time in which nearly nothing is made."""
    return sound.entity(
        "outage",
        1,
        key("outage_id"),
        pick("begins_at", ["2023-09-01T00:00:00Z"], kind="datetime"),
        pick("ends_at", ["2023-12-31T00:00:00Z"], kind="datetime"),
        pick("factor", [0.2], kind="float"),
    )


OUTAGE = {
    "transform": "effect",
    "args": {
        "effect_table": "outage",
        "on": {},
        "window": {"start_col": "begins_at", "end_col": "ends_at"},
        "map": {"field": "factor", "op": "mul", "default": 1.0},
    },
}


def visit() -> dict[str, Any]:
    """Visits of customers."""
    columns = (key("visit_id"), reference("customer_id", "customer.customer_id"), time("visited_at"))
    return sound.fact("visit", ["customer"], sound.poisson(5), *columns)


def touches_by_hand(poisson_touches: float) -> Callable[[], Document]:
    """Touches as children of conversions."""
    columns = (
        key("touchpoint_id"),
        reference("conversion_id", "conversion.conversion_id"),
        time("touched_at"),
        pick("channel", ["search", "social", "mail"], [0.5, 0.3, 0.2]),
    )
    table = sound.fact("touchpoint", ["conversion"], sound.poisson(poisson_touches, max=9), *columns)
    vintage = {"created_at_column": "converted_at"}
    return made(
        sound.marketing, set_node("conversion", attribution_chain=None, vintage_behavior=vintage), add_node(table)
    )


def double_charges() -> Document:
    """Charges of clients, several for each invoice."""
    document = sound.bills()
    document["nodes"] = [one for one in document["nodes"] if one["id"] != "payment"]
    columns = (
        key("charge_id"),
        reference("invoice_id", "invoice.invoice_id"),
        column("client_id", "int", "lookup", of={"from": "invoice.client_id"}),
        column("charged_at", "datetime", "lookup", of={"from": "invoice.issued_at"}),
        column("amount", "float", "lookup", of={"from": "invoice.amount"}),
    )
    document["nodes"].append(sound.fact("charge", ["invoice"], sound.poisson(1.1, min=1, max=3), *columns))
    document["constraints"] = {"foreign_keys": [{"from": "charge.client_id", "to": "client.client_id"}]}
    return document


def churning() -> Document:
    """Accounts that all began within a week, and leave while they are young."""
    document = sound.accounts()
    set_column("account", within("created_at", "2023-01-01", "2023-01-07"))(document)
    node(document, "account")["rows"] = 1500
    model = node(document, "status_change")["state_transition_model"]
    model["states"]["trial"]["transition_prob_per_period"] = 0.05
    model["states"]["active"]["transition_prob_per_period"] = 0.03
    model["vintage_variation"] = {"churn_multiplier_curve": [16, 1, 1, 1, 1, 1]}
    return document


def narrow() -> dict[str, Any]:
    """Amounts of one order of magnitude, and a few far below."""
    far = {"type": "uniform", "params": {"low": 100, "high": 200}}
    wild = {"transform": "outliers", "args": {"rate": 0.02, "mode": "drop", "magnitude_dist": far}}
    return {**amount("amount", 5.0, 0.3, 2, 20000), "modifiers": [wild, *sound.CENTS]}


def lasting_anomaly() -> dict[str, Any]:
    """Amounts that are six times as high from one day on."""
    return {**amount("amount", 5.0, 0.4, 2, 90000), "modifiers": [anomaly("2023-10-01", 280, 6), *sound.CENTS]}


def cut(path: Path) -> None:
    """Leave the first half of a file."""
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def normal(
    name: str, mean: float, std: float, low: float, high: float, kind: str = "float", **more: Any
) -> dict[str, Any]:
    """A clipped normal."""
    said = {"type": "normal", "params": {"mean": mean, "std": std}, "clamp": [low, high]}
    return column(name, kind, "distribution", of=said, **more)


def uniform(name: str, low: float, high: float, kind: str = "float", **more: Any) -> dict[str, Any]:
    """An even spread."""
    return column(name, kind, "distribution", of={"type": "uniform", "params": {"low": low, "high": high}}, **more)


KEYS = [
    Case(
        "primary_key_duplicate",
        "number_keys",
        "purchase",
        ("order_no",),
        shop(set_column("purchase", uniform("order_no", 1, 20000, "int"))),
        "order numbers are drawn, the contract calls them the key",
        against=shop(set_column("purchase", key("order_no")), set_node("purchase", pk="order_no")),
    ),
    Case(
        "primary_key_null",
        "forbid_nulls",
        "purchase",
        ("order_no",),
        shop(set_column("purchase", {**key("order_no"), "nullable": True, "null_rate": 0.02})),
        "order numbers may be null, the contract calls them the key",
        against=shop(set_column("purchase", key("order_no")), set_node("purchase", pk="order_no")),
    ),
    Case(
        "foreign_key_orphan",
        "look_up_parents",
        "purchase",
        ("product_id",),
        shop(
            drop_column("purchase", "unit_price"),
            drop_column("purchase", "line_total"),
            set_column("purchase", uniform("product_id", 1, 66, "int")),
        ),
        "a key is drawn from a range instead of its table",
        against=shop(drop_column("purchase", "unit_price"), drop_column("purchase", "line_total")),
    ),
]

COMPLETENESS = [
    Case(
        "unexpected_null",
        "forbid_nulls",
        "purchase",
        ("status",),
        shop(set_column("purchase", pick("status", ["paid", "open"], [0.8, 0.2], nullable=True, null_rate=0.06))),
        "nulls are made where the contract has none",
        against=shop(set_column("purchase", pick("status", ["paid", "open"], [0.8, 0.2]))),
    ),
    Case(
        "unexpected_null",
        "forbid_nulls",
        "purchase",
        ("channel",),
        shop(set_column("purchase", pick("channel", ["web", "app", None], [0.5, 0.4, 0.1], nullable=True))),
        "null is one of the choices",
        against=shop(set_column("purchase", pick("channel", ["web", "app"], [0.5, 0.4]))),
    ),
    Case(
        "empty_table",
        "give_rows",
        "purchase",
        (),
        shop(set_node("purchase", fanout={"distribution": "poisson", "lambda": 0})),
        "a fanout of 0",
    ),
    Case(
        "sentinel_value",
        "restrict_choices",
        "purchase",
        ("channel",),
        shop(set_column("purchase", pick("channel", ["web", "app", "N/A"], [0.5, 0.4, 0.1]))),
        '"N/A" is one of the choices',
        asked=True,
    ),
    Case(
        "volume_gap",
        "calm_outliers",
        "event",
        ("event_at",),
        made(
            sound.log,
            set_node("event", fanout=sound.poisson(80, min=0, max=400)),
            set_column(
                "event",
                column(
                    "event_at",
                    "datetime",
                    "datetime_series",
                    of={"within": "timeframe", "freq": "D"},
                    modifiers=[{"transform": "outliers", "args": {"mode": "drop", "rate": 0.03}}],
                ),
            ),
        ),
        "outliers take whole days away",
    ),
    Case(
        "stale_data",
        "extend_window",
        "event",
        ("event_at",),
        made(sound.log, set_column("event", within("event_at", "2023-01-01", "2023-10-01"))),
        "a column's own window ends before the data's",
    ),
    Case(
        "childless_parent_jump",
        "reach_all_parents",
        "purchase",
        ("ordered_at",),
        shop(
            *NO_LINES,
            add_node(outage(), parcel()),
            drop_column("parcel", "packed_at"),
            set_node("parcel", modifiers=[OUTAGE]),
        ),
        "an effect takes the children of a quarter of the year",
        asked=True,
    ),
    Case(
        "constant_column",
        "vary_values",
        "purchase",
        ("channel",),
        shop(set_column("purchase", pick("channel", ["web", "app", "phone"], [1, 0, 0]))),
        "one weight is all",
    ),
    Case(
        "constant_column",
        "vary_values",
        "purchase",
        ("shipping_amount",),
        shop(set_column("purchase", amount("shipping_amount", 40, 2, 1, 200))),
        "a lognormal with the mean of its values, so that all are clipped",
    ),
    Case(
        "null_spike",
        "even_nulls",
        "purchase",
        ("note",),
        shop(set_column("purchase", pick("note", ["gift", "call"], nullable=True, null_rate=0.4))),
        "a null rate that is no rate of a usual time",
        asked=True,
        finding={
            "rows_affected": 300,
            "rows_total": 2000,
            "details": {"time_column": "ordered_at", "baseline_rate": 0.05},
        },
        measure="SELECT AVG(CAST(note IS NULL AS INTEGER)) FROM '{data}/purchase.parquet'",
        better=lambda before, after: after < 0.08 < before,
    ),
    Case(
        "missing_column",
        "add_declared_column",
        "purchase",
        (),
        shop(drop_column("purchase", "channel")),
        "a column of the contract is not in it",
        against=sound.shop,
    ),
    Case(
        "missing_table",
        "add_declared_table",
        "visit",
        (),
        sound.shop,
        "a table of the contract is not in it",
        against=shop(add_node(visit())),
    ),
    Case(
        "missing_table",
        "make_table_again",
        "purchase",
        (),
        sound.shop,
        "nothing: the file was lost after it was made",
        spoil=lambda data: (data / "purchase.parquet").unlink(),
    ),
    Case(
        "unreadable_file",
        "make_table_again",
        "purchase",
        (),
        sound.shop,
        "nothing: the file was cut off after it was made",
        asked=True,
        spoil=lambda data: cut(data / "purchase.parquet"),
    ),
    Case(
        "unreadable_file",
        "make_table_again",
        "user",
        (),
        made(sound.log, set_node("user", rows=70_000), set_node("event", fanout=sound.poisson(0.1))),
        "nothing: one of two files was cut off after it was made",
        asked=True,
        made_with=("--parts", "2"),
        spoil=lambda data: cut(sorted((data / "user").glob("*.parquet"))[1]),
    ),
]

TIMES = [
    Case(
        "temporal_violation",
        "keep_children_after_parents",
        "purchase",
        ("ordered_at",),
        shop(
            set_node("customer", vintage_behavior=None),
            set_column("purchase", {**time("ordered_at"), "after_parent": False}),
        ),
        "after_parent is false",
    ),
    Case(
        "temporal_violation",
        "keep_children_after_parents",
        "payment",
        ("paid_at",),
        made(sound.bills, set_node("invoice", vintage_behavior=None)),
        "no created_at_column, and a name that is not recognised",
    ),
    Case(
        "interval_inverted",
        "order_intervals",
        "purchase",
        ("ordered_at", "shipped_at"),
        shop(set_column("purchase", time("shipped_at"))),
        "two times are drawn each by itself",
        finding={"details": {"start_column": "ordered_at", "end_column": "shipped_at"}},
        measure="SELECT COUNT(*) FROM '{data}/purchase.parquet' WHERE shipped_at < ordered_at",
        better=lambda before, after: before > 300 and after == 0,
    ),
    Case(
        "timezone_shift",
        "drop_shifts",
        "event",
        ("event_at",),
        made(
            sound.log,
            set_column("event", {**time("event_at"), "modifiers": [{"transform": "add", "args": {"value": 18000}}]}),
        ),
        "five hours are added to every time",
        asked=True,
        finding={"details": {"segment_column": "device", "segment": "mobile", "hours": 5}},
        measure="SELECT AVG(CAST(HOUR(event_at) BETWEEN 0 AND 5 AS INTEGER)) FROM '{data}/event.parquet'",
        better=lambda before, after: before > 0.12 and after < 0.08,
    ),
    Case(
        "future_timestamp",
        "end_times_in_window",
        "event",
        ("event_at",),
        made(
            sound.log,
            set_column("event", within("event_at", "2023-01-01", "2027-12-31")),
        ),
        "a column's own window reaches beyond the data's",
    ),
]

VALIDITY = [
    Case(
        "mixed_type",
        "declare_type",
        "customer",
        ("joined_on",),
        shop(set_column("customer", pick("joined_on", ["2023-01-05", "2023-02-11", "2023-06-30", "2023-09-01"]))),
        "days as text",
    ),
    Case(
        "mixed_type",
        "declare_type",
        "customer",
        ("seats",),
        shop(set_column("customer", pick("seats", ["1", "2", "5", "12", "many"], [0.3, 0.3, 0.2, 0.15, 0.05]))),
        "numbers as text, and a word among them",
        asked=True,
    ),
    Case(
        "mixed_currency",
        "keep_one_currency",
        "purchase",
        ("currency",),
        shop(set_column("purchase", pick("currency", ["EUR", "JPY"], [0.98, 0.02]))),
        "a second currency among the choices",
        asked=True,
    ),
    Case(
        "out_of_range",
        "bound_values",
        "purchase",
        ("discount",),
        shop(set_column("purchase", normal("discount", 0.2, 0.4, 0, 3, modifiers=sound.CENTS))),
        "a clamp wider than the contract's range",
        against=shop(
            set_column("purchase", normal("discount", 0.2, 0.4, 0, 1, modifiers=sound.CENTS)),
            set_part("constraints", {"ranges": [{"attr": "purchase.discount", "min": 0, "max": 1}]}),
        ),
    ),
    Case(
        "negative_amount",
        "bound_values",
        "purchase",
        ("shipping_amount",),
        shop(set_column("purchase", normal("shipping_amount", 60, 30, -200, 400, modifiers=sound.CENTS))),
        "a clamp that begins below zero",
        asked=True,
    ),
    Case(
        "invalid_format",
        "draw_kind",
        "customer",
        ("email",),
        shop(
            set_column(
                "customer",
                pick(
                    "email", [f"user{i}@example.com" for i in range(60)] + ["info at example.com", "nobody.example.com"]
                ),
            )
        ),
        "addresses from a list, some without an at sign",
    ),
    Case(
        "unknown_category",
        "restrict_choices",
        "purchase",
        ("status",),
        shop(set_column("purchase", pick("status", ["paid", "open", "lost"], [0.8, 0.15, 0.05]))),
        "a choice that the contract does not list",
        against=shop(
            set_column("purchase", pick("status", ["paid", "open"], [0.8, 0.2])),
            set_part("constraints", {"enum": [{"attr": "purchase.status", "values": ["paid", "open"]}]}),
        ),
    ),
    Case(
        "unknown_category",
        "extend_list",
        "purchase",
        ("status",),
        shop(set_column("purchase", pick("status", ["paid", "open", "lost"], [0.8, 0.15, 0.05]))),
        "a choice that the contract does not list, and that is a new, true one",
        against=shop(
            set_column("purchase", pick("status", ["paid", "open"], [0.8, 0.2])),
            set_part("constraints", {"enum": [{"attr": "purchase.status", "values": ["paid", "open"]}]}),
        ),
        asked=True,
        named=("--schema", "contract.json"),
    ),
    Case(
        "category_variant",
        "respell_choices",
        "purchase",
        ("status",),
        shop(set_column("purchase", pick("status", ["paid", "Paid ", "open"], [0.7, 0.1, 0.2]))),
        "one choice in two spellings",
    ),
    Case(
        "excess_precision",
        "round_values",
        "purchase",
        ("shipping_amount",),
        shop(set_column("purchase", normal("shipping_amount", 60, 10, 1, 400))),
        "an amount that is not rounded",
    ),
    Case(
        "whitespace",
        "respell_choices",
        "product",
        ("category",),
        shop(set_column("product", pick("category", ["Shoes ", "Shirts", "Hats"], [0.5, 0.3, 0.2]))),
        "a blank at the end of a choice",
    ),
    Case(
        "mixed_code_system",
        "respell_choices",
        "customer",
        ("country",),
        shop(set_column("customer", pick("country", ["DE", "FR", "US", "GBR"], [0.4, 0.3, 0.2, 0.1]))),
        "one country in three letters",
    ),
]

CONSISTENCY = [
    Case(
        "arithmetic_mismatch",
        "derive_columns",
        "purchase",
        ("line_total",),
        shop(set_column("purchase", amount("line_total", 3.3, 0.9, 1, 900))),
        "a total is drawn that should be computed",
        finding={
            "rows_affected": 1900,
            "rows_total": 2000,
            "details": {"formula": "quantity * unit_price", "result_column": "line_total"},
        },
        measure="SELECT AVG(CAST(ABS(line_total - quantity * unit_price) > 0.01 AS INTEGER))"
        " FROM '{data}/purchase.parquet'",
        better=lambda before, after: before > 0.9 and after == 0,
    ),
    Case(
        "arithmetic_mismatch",
        "derive_columns",
        "purchase",
        ("line_total",),
        shop(
            set_column(
                "purchase",
                formula(
                    "line_total",
                    "round(quantity * unit_price, 2)",
                    modifiers=[{"transform": "outliers", "args": {"rate": 0.03, "mode": "spike"}}, *sound.CENTS],
                ),
            )
        ),
        "outliers on top of a formula",
    ),
    Case(
        "aggregate_mismatch",
        "total_children",
        "client",
        ("invoice_count",),
        made(sound.bills, set_column("client", normal("invoice_count", 8, 3, 0, 40, "int"))),
        "a count is drawn that should be counted",
        finding={
            "location": {"related": {"table": "invoice", "columns": ["client_id"]}},
            "details": {"parent_column": "invoice_count", "child_table": "invoice", "op": "count"},
        },
        measure="SELECT AVG(CAST(invoice_count <> n AS INTEGER)) FROM '{data}/client.parquet' JOIN"
        " (SELECT client_id, COUNT(*) AS n FROM '{data}/invoice.parquet' GROUP BY 1) USING (client_id)",
        better=lambda before, after: before > 0.5 and after == 0,
    ),
    Case(
        "stale_derived_column",
        "derive_columns",
        "purchase",
        ("tax",),
        shop(
            set_column(
                "purchase",
                formula(
                    "tax",
                    "round(0.19 * line_total, 2)",
                    modifiers=[{"transform": "jitter", "args": {"std": 0.3}}, *sound.CENTS],
                ),
            )
        ),
        "noise on top of a formula",
        finding={"details": {"formula": "tax = 0.19 * line_total"}},
        measure="SELECT MAX(ABS(tax - 0.19 * line_total)) FROM '{data}/purchase.parquet'",
        better=lambda before, after: before > 0.5 and after < 0.0051,
    ),
    Case(
        "dependency_violation",
        "look_up_dependents",
        "purchase",
        ("product_category",),
        shop(set_column("purchase", pick("product_category", ["Shoes", "Shirts", "Hats"], [0.5, 0.3, 0.2]))),
        "a product's category is drawn anew for every order",
        finding={"details": {"determinant": ["product_id"], "dependent": "product_category"}},
        measure="SELECT COUNT(*) FROM (SELECT product_id FROM '{data}/purchase.parquet'"
        " GROUP BY 1 HAVING COUNT(DISTINCT product_category) > 1)",
        better=lambda before, after: before > 20 and after == 0,
    ),
    Case(
        "unit_scale",
        "calm_outliers",
        "event",
        ("duration",),
        made(
            sound.log,
            set_column(
                "event",
                amount("duration", 3.0, 0.3, 1, 90000) | {"modifiers": [*sound.CENTS, anomaly("2023-06-01", 30, 100)]},
            ),
        ),
        "an anomaly of a hundredfold for a month",
        asked=True,
    ),
    Case(
        "swapped_columns",
        "exchange_generators",
        "customer",
        ("email",),
        shop(
            set_column("customer", column("email", "string", "faker", of={"method": "phone_number"})),
            set_column("customer", column("phone", "string", "faker", of={"method": "email"})),
        ),
        "two columns with each other's generators",
        finding={
            "rows_affected": 400,
            "rows_total": 400,
            "details": {"first": "email", "second": "phone", "fitting_rows": 400},
        },
        measure="SELECT COUNT(*) FROM '{data}/customer.parquet' WHERE email LIKE '%@%'",
        better=lambda before, after: (before, after) == (0, 400),
    ),
]

EXPECTATION = [
    Case(
        "outlier",
        "calm_outliers",
        "purchase",
        ("shipping_amount",),
        shop(
            set_column(
                "purchase",
                normal(
                    "shipping_amount",
                    60,
                    8,
                    1,
                    4000,
                    modifiers=[{"transform": "outliers", "args": {"rate": 0.01}}, *sound.CENTS],
                ),
            )
        ),
        "outliers that the document makes",
        asked=True,
    ),
    Case(
        "distribution_drift",
        "steady_values",
        "event",
        ("duration",),
        made(
            sound.log,
            set_column(
                "event",
                normal("duration", 60, 10, 1, 900, modifiers=[anomaly("2023-07-01", 40, 1.5), *sound.CENTS]),
            ),
        ),
        "an anomaly over some weeks",
        asked=True,
    ),
    Case(
        "category_drift",
        "steady_values",
        "purchase",
        ("channel",),
        shop(set_column("purchase", pick("channel", ["web", "app", "phone"], [0.2, 0.7, 0.1]))),
        "shares that are not those of before",
        asked=True,
        finding={"category": "drift", "details": {"psi": 0.4, "baseline": {"web": 500, "app": 400, "phone": 100}}},
        measure="SELECT AVG(CAST(channel = 'web' AS INTEGER)) FROM '{data}/purchase.parquet'",
        better=lambda before, after: before < 0.3 and 0.46 < after < 0.54,
    ),
    Case(
        "schema_drift",
        "agree_columns",
        "purchase",
        (),
        shop(set_column("purchase", normal("points", 50, 9, 0, 99))),
        "a whole number has become a real one",
        asked=True,
        finding={
            "category": "drift",
            "details": {"changed": [{"column": "points", "before": "BIGINT", "after": "DOUBLE"}]},
        },
        measure="SELECT MAX(points % 1) FROM '{data}/purchase.parquet'",
        better=lambda before, after: before > 0 and after == 0,
    ),
    Case(
        "type_mismatch",
        "declare_type",
        "purchase",
        ("quantity",),
        shop(
            drop_column("purchase", "unit_price"),
            drop_column("purchase", "line_total"),
            set_column("purchase", pick("quantity", ["1", "2", "3", "4"])),
        ),
        "whole numbers as text",
        against=shop(drop_column("purchase", "unit_price"), drop_column("purchase", "line_total")),
    ),
    Case(
        "fanout_mismatch",
        "scale_fanout",
        "invoice",
        ("client_id",),
        made(
            sound.bills,
            set_node("client", vintage_behavior=None),
            set_node("invoice", fanout=sound.poisson(30, min=0, max=60)),
        ),
        "three times the children of the contract",
        against=sound.bills,
    ),
    Case(
        "weights_mismatch",
        "match_weights",
        "purchase",
        ("status",),
        shop(set_column("purchase", pick("status", ["paid", "open", "cancelled"], [0.3, 0.4, 0.3]))),
        "weights that are not the contract's",
        against=sound.shop,
    ),
    Case(
        "target_missed",
        "reach_target",
        "purchase",
        ("shipping_amount",),
        shop(
            set_column("purchase", amount("shipping_amount", 3.0, 0.6, 1, 400)),
            set_part(
                "targets", {"mean_in_range": {"table": "purchase", "column": "shipping_amount", "min": 40, "max": 44}}
            ),
        ),
        "a mean beside its target",
    ),
    Case(
        "weights_mismatch",
        "match_weights",
        "event",
        ("event_at",),
        made(sound.log, set_column("event", time("event_at", rhythm=False))),
        "times without the contract's rhythm",
        against=sound.log,
    ),
    Case(
        "weights_mismatch",
        "match_weights",
        "journey",
        ("stage_name",),
        made(sound.funnel, set_node("journey", stage_config=stages(visit=1.0, signup=0.3, trial=0.55, paid=0.6))),
        "a rate that is not the contract's",
        against=sound.funnel,
    ),
    Case(
        "weights_mismatch",
        "match_weights",
        "status_change",
        ("status",),
        made(sound.accounts, next_states("trial", active=0.3, churned=0.7)),
        "transitions that are not the contract's",
        against=sound.accounts,
    ),
    Case(
        "fanout_mismatch",
        "scale_fanout",
        "event",
        (),
        made(sound.log, set_node("user", vintage_behavior=fading([1.0, 1.0, 1.0, 1.0]))),
        "another curve over age than the contract's",
        against=sound.log,
    ),
    Case(
        "target_missed",
        "reach_target",
        "purchase",
        ("shipping_amount",),
        shop(set_column("purchase", normal("shipping_amount", 60, 10, 1, 400, modifiers=sound.CENTS))),
        "another distribution than the contract's",
        against=shop(set_column("purchase", amount("shipping_amount", 3.0, 0.6, 1, 400))),
    ),
    Case(
        "target_missed",
        "reach_target",
        "purchase",
        ("shipping_amount",),
        shop(
            set_column("purchase", amount("shipping_amount", 2.4, 0.8, 1, 60)),
            set_part(
                "targets", {"mean_in_range": {"table": "purchase", "column": "shipping_amount", "min": 32, "max": 36}}
            ),
        ),
        "a mean beside its target, and a clamp that keeps it from there at first",
    ),
    Case(
        "target_missed",
        "reach_target",
        "event",
        ("event_at",),
        made(
            sound.log,
            set_part(
                "targets", {"weekend_share": {"table": "event", "timestamp": "event_at", "min": 0.32, "max": 0.36}}
            ),
        ),
        "too quiet weekends for the target",
    ),
    Case(
        "constraint_violated",
        "keep_constraint",
        "customer",
        ("loyalty_no",),
        shop(set_column("customer", uniform("loyalty_no", 1, 9000, "int"))),
        "a column that the contract calls unique",
        against=shop(
            set_column("customer", uniform("loyalty_no", 1, 9000, "int")),
            set_part("constraints", {"unique": ["customer.loyalty_no"]}),
        ),
    ),
    Case(
        "constraint_violated",
        "keep_constraint",
        "purchase",
        ("deposit",),
        shop(set_column("purchase", amount("deposit", 3.0, 0.9, 1, 400))),
        "an inequality that only the contract names",
        against=shop(
            set_column("purchase", amount("deposit", 3.0, 0.9, 1, 400)),
            set_part(
                "constraints",
                {"inequalities": [{"left": "purchase.deposit", "op": "<=", "right": "purchase.line_total"}]},
            ),
        ),
    ),
]

REALISM = [
    Case(
        "no_seasonality",
        "weight_times",
        "event",
        ("event_at",),
        made(sound.log, set_column("event", time("event_at", rhythm=False))),
        "times without a pattern",
        personas="all",
    ),
    Case(
        "uniform_distribution",
        "skew_values",
        "purchase",
        ("shipping_amount",),
        shop(set_column("purchase", uniform("shipping_amount", 1, 99, modifiers=sound.CENTS))),
        "an even spread of amounts",
        personas="all",
    ),
    Case(
        "simultaneous_creation",
        "spread_creation",
        "user",
        ("created_at",),
        made(sound.log, set_column("user", pick("created_at", ["2023-01-01T00:00:00Z"], kind="datetime"))),
        "everybody is created at one instant",
        personas="all",
    ),
    Case(
        "uniform_distribution",
        "skew_values",
        "user",
        ("created_at",),
        made(
            sound.log,
            set_part("timeframe", {"start": "2021-01-01T00:00:00Z", "end": "2023-12-31T23:59:59Z", "freq": "H"}),
            set_node("user", rows=1500),
            set_node("event", fanout=sound.poisson(4, min=0, max=40)),
        ),
        "as many newcomers in every month of three years",
        personas="all",
    ),
    Case(
        "flat_cohorts",
        "fade_with_age",
        "user",
        ("created_at",),
        made(
            sound.log,
            set_node("user", rows=600, vintage_behavior={"created_at_column": "created_at"}),
            set_column("user", within("created_at", "2023-01-01", "2023-01-02")),
            set_node("event", fanout=sound.poisson(60, min=0, max=400)),
        ),
        "no curve over age",
        personas="all",
    ),
    Case(
        "zero_churn",
        "fade_with_age",
        "user",
        (),
        made(
            sound.log,
            set_part("timeframe", {"start": "2023-01-01T00:00:00Z", "end": "2023-05-10T23:59:59Z", "freq": "H"}),
            set_node("user", rows=110, vintage_behavior={"created_at_column": "created_at"}),
            set_node("event", fanout={"distribution": "fixed", "lambda": 460}),
            set_column("user", within("created_at", "2023-01-01", "2023-01-02")),
        ),
        "nobody ever stops",
        personas="all",
    ),
    Case(
        "identical_segments",
        "tell_segments_apart",
        "customer",
        ("segment",),
        shop(set_node("customer", segment_behavior=None, rows=700)),
        "segments without behaviour",
        personas="all",
    ),
    Case(
        "benford_violation",
        "widen_amounts",
        "invoice",
        ("amount",),
        made(sound.bills, set_column("invoice", narrow())),
        "amounts of one order of magnitude",
        personas="all",
    ),
    Case(
        "identical_segments",
        "tell_segments_apart",
        "customer",
        ("segment",),
        shop(
            *NO_LINES,
            set_node("customer", segment_behavior=None, rows=700),
            set_column("purchase", amount("total_amount", 3.5, 0.8, 2, 2000)),
        ),
        "tiers that pay the same",
        personas="all",
    ),
]

BUSINESS = [
    Case(
        "low_retention",
        "flatten_curve",
        "user",
        (),
        made(
            sound.log,
            set_node("user", vintage_behavior=fading([1.0, 0.003, 0.0])),
            set_node("event", fanout=sound.poisson(160, min=0, max=900)),
        ),
        "a curve that falls to nothing",
        asked=True,
        personas="all",
    ),
    Case(
        "engagement_decay",
        "flatten_curve",
        "user",
        (),
        made(sound.log, set_node("user", vintage_behavior=fading([1.0, 0.4, 0.15, 0.1]))),
        "a curve that falls fast",
        asked=True,
        personas="all",
    ),
    Case(
        "funnel_leak",
        "raise_transitions",
        "journey",
        ("stage_name",),
        made(sound.funnel, set_node("journey", stage_config=stages(visit=1.0, signup=0.85, trial=0.2, paid=0.85))),
        "a step that few go through",
        asked=True,
        personas="all",
    ),
    Case(
        "funnel_inversion",
        "model_steps",
        "journey",
        ("stage_name",),
        made(
            sound.funnel,
            set_node("journey", stage_config=None, fanout=sound.poisson(2, min=0, max=9)),
            set_column("journey", pick("stage_name", list(STAGE_NO), [0.2, 0.4, 0.25, 0.15])),
            set_column("journey", formula("stage_index", stage_no(), "int")),
        ),
        "steps that are drawn each by itself",
        asked=True,
        personas="all",
    ),
    Case(
        "price_inconsistent",
        "look_up_price",
        "purchase",
        ("unit_price",),
        shop(
            drop_column("purchase", "line_total"),
            set_column("purchase", amount("unit_price", 3.0, 0.9, 2, 400)),
            set_node("product", rows=8),
        ),
        "a price that is drawn for every order",
        asked=True,
        personas="all",
    ),
    Case(
        "payment_mismatch",
        "pay_what_is_due",
        "invoice",
        ("amount",),
        made(sound.bills, set_column("payment", amount("amount", 5.0, 1.2, 2, 20000))),
        "payments that are drawn by themselves",
        asked=True,
        personas="all",
    ),
    Case(
        "double_charge",
        "charge_once",
        "charge",
        (),
        made(double_charges),
        "several charges for each invoice",
        asked=True,
        personas="all",
    ),
    Case(
        "revenue_break",
        "steady_revenue",
        "invoice",
        ("amount",),
        made(
            sound.bills,
            set_column("client", within("created_at", "2023-01-01", "2023-01-03")),
            set_column("invoice", lasting_anomaly()),
        ),
        "an anomaly that lasts",
        asked=True,
        personas="all",
    ),
    Case(
        "churn_spike",
        "steady_churn",
        "status_change",
        ("status",),
        made(churning),
        "a curve of leaving with a peak at one age",
        asked=True,
        personas="all",
    ),
    Case(
        "attribution_gap",
        "tie_touches",
        "conversion",
        (),
        made(touches_by_hand(poisson_touches=0.7)),
        "touches are a table of their own, and some conversions have none",
        asked=True,
        personas="all",
    ),
    Case(
        "attribution_gap",
        "tie_touches",
        "touchpoint",
        ("touched_at",),
        made(touches_by_hand(poisson_touches=3)),
        "touches are a table of their own, and come after what they brought about",
        asked=True,
        personas="all",
    ),
    Case(
        "attribution_gap",
        "tie_touches",
        "touchpoint",
        (),
        made(sound.marketing, set_chain(time_window_days=120)),
        "a window longer than the contract's",
        against=sound.marketing,
        personas="all",
    ),
    Case(
        "channel_concentration",
        "spread_channels",
        "touchpoint",
        ("channel",),
        made(sound.marketing, set_chain(channel_weights=[0.94, 0.03, 0.02, 0.01])),
        "one channel has nearly all the weight",
        asked=True,
        personas="all",
    ),
    Case(
        "unprofitable_channel",
        "scale_spend",
        "spend",
        ("channel", "cost"),
        made(
            sound.marketing,
            set_column("spend", amount("cost", 6.5, 0.5, 1, 40000)),
            set_column("conversion", pick("channel", ["search", "social", "mail", "display"])),
        ),
        "more is spent than comes in",
        asked=True,
        personas="all",
    ),
    Case(
        "low_adoption",
        "steepen_adoption",
        "event",
        ("event_name",),
        made(sound.log, set_column("event", pick("event_name", ["view", "click", "save"], [0.7, 0.2997, 0.0003]))),
        "a feature with hardly any weight",
        asked=True,
        personas="all",
    ),
]

CASES = [*KEYS, *COMPLETENESS, *TIMES, *VALIDITY, *CONSISTENCY, *EXPECTATION, *REALISM, *BUSINESS]
