"""Small schemas that make sound data, to be broken one way at a time: a shop, a log, a funnel, accounts, marketing, bills.

Each is a function that gives a document of its own, so that whoever breaks it breaks nobody else's.
"""

from __future__ import annotations

from typing import Any

Document = dict[str, Any]

HOURS = [0.3, 0.2, 0.2, 0.2, 0.2, 0.3, 0.5, 0.8, 1.1, 1.4, 1.6, 1.6, 1.5, 1.4, 1.4, 1.4, 1.4, 1.5, 1.5, 1.4, 1.2, 0.9]
HOURS += [0.7, 0.5]
DAYS = [1.0, 1.05, 1.05, 1.0, 1.0, 0.75, 0.7]
RHYTHM = [{"dimension": "dow", "weights": DAYS}, {"dimension": "hour", "weights": HOURS}]
FADING = {"curve": [1.0, 0.8, 0.68, 0.6, 0.54, 0.5], "time_unit": "month", "applies_to": "fanout"}
CENTS = [{"transform": "round", "args": {"digits": 2}}]


def column(name: str, kind: str, generator: str | None = None, **more: Any) -> dict[str, Any]:
    """A column; what stands beside the generator goes by name, and the generator's own parameters as ``of``."""
    params = more.pop("of", {})
    made = {"generator": {generator: params}} if generator else {}
    return {"name": name, "type": kind, **made, **more}


def key(name: str) -> dict[str, Any]:
    """A numbered primary key."""
    return column(name, "int", "sequence", of={"start": 1, "step": 1})


def reference(name: str, target: str, **more: Any) -> dict[str, Any]:
    """A key that is looked up."""
    return column(name, "int", "lookup", of={"from": target}, **more)


def time(name: str, *, rhythm: bool = True, **more: Any) -> dict[str, Any]:
    """Instants over the window, with the rhythm of people."""
    shaped = {"patterns": RHYTHM} if rhythm else {}
    return column(name, "datetime", "datetime_series", of={"within": "timeframe", "freq": "T", **shaped}, **more)


def pick(
    name: str, choices: list[Any], weights: list[float] | None = None, kind: str = "string", **more: Any
) -> dict[str, Any]:
    """One of a list."""
    shares = {"weights": weights} if weights else {}
    return column(name, kind, "choice", of={"choices": choices, **shares}, **more)


def amount(name: str, mean: float, sigma: float, low: float, high: float, **more: Any) -> dict[str, Any]:
    """A lognormal amount in cents."""
    said = {"type": "lognormal", "params": {"mean": mean, "sigma": sigma}, "clamp": [low, high]}
    return column(name, "float", "distribution", of=said, modifiers=[dict(m) for m in CENTS], **more)


def formula(name: str, code: str, kind: str = "float", **more: Any) -> dict[str, Any]:
    """A column that is computed."""
    return column(name, kind, "expression", of={"code": code}, **more)


def document(name: str, *nodes: dict[str, Any], months: int = 12, **more: Any) -> Document:
    """A document over whole months of 2023 and 2024."""
    end = {6: "2023-06-30", 12: "2023-12-31", 18: "2024-06-30"}[months]
    return {
        "version": "1.0",
        "metadata": {"name": name},
        "timeframe": {"start": "2023-01-01T00:00:00Z", "end": f"{end}T23:59:59Z", "freq": "H"},
        "nodes": list(nodes),
        "constraints": {},
        **more,
    }


def entity(name: str, rows: int, *columns: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A table of its own rows; its first column is the key."""
    return {"id": name, "kind": "entity", "pk": columns[0]["name"], "rows": rows, "columns": list(columns), **more}


def fact(
    name: str, parents: list[str], fanout: dict[str, Any] | None, *columns: dict[str, Any], **more: Any
) -> dict[str, Any]:
    """Rows per row of a parent; its first column is the key."""
    counted = {"fanout": fanout} if fanout else {}
    head = {"id": name, "kind": "fact", "pk": columns[0]["name"], "parents": parents}
    return {**head, **counted, "columns": list(columns), **more}


def poisson(rate: float, **more: Any) -> dict[str, Any]:
    """So many children on average."""
    return {"distribution": "poisson", "lambda": rate, **more}


def shop() -> Document:
    """Customers, products, orders with a line each."""
    lookup = {"from": "product.price", "on": {"product_id": "product_id"}}
    return document(
        "shop",
        entity(
            "customer",
            400,
            key("customer_id"),
            column("name", "string", "faker", of={"method": "name"}),
            column("email", "string", "faker", of={"method": "email"}),
            pick("country", ["DE", "FR", "US", "GB"], [0.4, 0.3, 0.2, 0.1]),
            pick("segment", ["basic", "gold"], [0.7, 0.3]),
            time("created_at"),
            segment_behavior={
                "segment_column": "segment",
                "behaviors": {"basic": {"fanout_multiplier": 0.7}, "gold": {"fanout_multiplier": 1.7}},
            },
            vintage_behavior={"created_at_column": "created_at", "age_based_multipliers": {"activity": dict(FADING)}},
        ),
        entity(
            "product",
            60,
            key("product_id"),
            column("name", "string", "faker", of={"method": "word"}),
            pick("category", ["Shoes", "Shirts", "Hats"], [0.5, 0.3, 0.2]),
            amount("price", 3.0, 0.9, 2, 400),
        ),
        fact(
            "purchase",
            ["customer", "product"],
            poisson(16, min=0, max=90),
            key("purchase_id"),
            reference("customer_id", "customer.customer_id"),
            reference("product_id", "product.product_id"),
            time("ordered_at"),
            pick("status", ["paid", "open", "cancelled"], [0.8, 0.15, 0.05]),
            pick("channel", ["web", "app", "phone"], [0.5, 0.4, 0.1]),
            pick("quantity", [1, 2, 3, 4], [0.6, 0.25, 0.1, 0.05], "int"),
            column("unit_price", "float", "lookup", of=lookup),
            formula("line_total", "round(quantity * unit_price, 2)"),
        ),
    )


def log() -> Document:
    """People and what they do."""
    return document(
        "log",
        entity(
            "user",
            300,
            key("user_id"),
            column("email", "string", "faker", of={"method": "email"}),
            pick("plan", ["free", "pro"], [0.7, 0.3]),
            time("created_at"),
            vintage_behavior={"created_at_column": "created_at", "age_based_multipliers": {"activity": dict(FADING)}},
        ),
        fact(
            "event",
            ["user"],
            poisson(40, min=0, max=400),
            key("event_id"),
            reference("user_id", "user.user_id"),
            time("event_at"),
            pick("event_name", ["view", "click", "save"], [0.6, 0.3, 0.1]),
            pick("device", ["mobile", "desktop"], [0.6, 0.4]),
        ),
    )


def funnel() -> Document:
    """Visitors who go through steps."""
    steps = [("visit", 1.0), ("signup", 0.6), ("trial", 0.55), ("paid", 0.6)]
    return document(
        "funnel",
        entity("visitor", 800, key("visitor_id"), pick("source", ["ads", "mail"], [0.5, 0.5]), time("created_at")),
        fact(
            "journey",
            ["visitor"],
            None,
            key("journey_id"),
            reference("visitor_id", "visitor.visitor_id"),
            column("stage_name", "string", "choice", of={"choices": [name for name, _ in steps]}),
            column("stage_index", "int", "sequence", of={"start": 0, "step": 1}),
            time("reached_at", rhythm=False),
            stage_config={"stages": [{"stage_name": name, "transition_rate": rate} for name, rate in steps]},
        ),
    )


def accounts() -> Document:
    """Accounts and the changes of their state."""
    states = {
        "trial": {"transition_prob_per_period": 0.6, "next_states": {"active": 0.7, "churned": 0.3}},
        "active": {"transition_prob_per_period": 0.12, "next_states": {"paused": 0.4, "churned": 0.6}},
        "paused": {"transition_prob_per_period": 0.5, "next_states": {"active": 0.8, "churned": 0.2}},
        "churned": {"terminal": True},
    }
    return document(
        "accounts",
        entity("account", 600, key("account_id"), pick("plan", ["small", "large"], [0.7, 0.3]), time("created_at")),
        fact(
            "status_change",
            ["account"],
            None,
            key("change_id"),
            reference("account_id", "account.account_id"),
            column("previous_state", "string", "choice", of={"choices": list(states)}, nullable=True),
            column("status", "string", "choice", of={"choices": list(states)}),
            time("changed_at", rhythm=False),
            state_transition_model={"initial_state": "trial", "states": states, "period_unit": "month"},
        ),
        months=18,
    )


def marketing() -> Document:
    """Customers, their conversions with touches before them, and what each channel costs."""
    channels = ["search", "social", "mail", "display"]
    return document(
        "marketing",
        entity("customer", 400, key("customer_id"), pick("region", ["north", "south"], [0.5, 0.5]), time("created_at")),
        fact(
            "conversion",
            ["customer"],
            poisson(3, min=0, max=20),
            key("conversion_id"),
            reference("customer_id", "customer.customer_id"),
            time("converted_at"),
            amount("revenue", 4.0, 0.8, 5, 2000),
            attribution_chain={
                "channels": channels,
                "channel_weights": [0.4, 0.3, 0.2, 0.1],
                "min_touches": 1,
                "max_touches": 4,
                "time_window_days": 30,
                "attribution_model": "linear",
                "touchpoint_table_name": "touchpoint",
            },
        ),
        entity(
            "spend",
            365,
            key("spend_id"),
            column("day", "date", "datetime_series", of={"within": "timeframe", "freq": "D"}),
            pick("channel", channels, [0.25, 0.25, 0.25, 0.25]),
            amount("cost", 3.0, 0.5, 1, 400),
        ),
    )


def bills() -> Document:
    """Clients, invoices and a payment for each."""
    return document(
        "bills",
        entity(
            "client",
            200,
            key("client_id"),
            column("name", "string", "faker", of={"method": "company"}),
            time("created_at"),
        ),
        fact(
            "invoice",
            ["client"],
            poisson(10, min=0, max=60),
            key("invoice_id"),
            reference("client_id", "client.client_id"),
            time("issued_at"),
            amount("amount", 5.0, 1.2, 2, 20000),
            vintage_behavior={"created_at_column": "issued_at"},
        ),
        fact(
            "payment",
            ["invoice"],
            {"distribution": "fixed", "lambda": 1, "max": 1},
            key("payment_id"),
            reference("invoice_id", "invoice.invoice_id"),
            time("paid_at"),
            column("amount", "float", "lookup", of={"from": "invoice.amount"}),
        ),
        months=18,
    )


ALL = (shop, log, funnel, accounts, marketing, bills)
