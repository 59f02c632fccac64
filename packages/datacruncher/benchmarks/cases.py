"""Which defects are made where, in which copies: the cases of the accuracy table and of its tests.

A batch is a copy of a clean dataset with several defects that must not disturb each other; rates are those of the defects, the
accuracy table makes each batch at several multiples of them.
"""

from __future__ import annotations

from typing import Any

from injector import Place, Wish


def _wish(word: str, table: str, *columns: str, rate: float = 0.01, **place: Any) -> Wish:
    return Wish(word, Place(table, columns, **place), rate)


_ORDER: dict[str, Any] = {"key": ("order_id",), "time": "ordered_at"}
_VISIT: dict[str, Any] = {"key": ("visit_id",), "time": "visited_at"}
_CUSTOMER = ("customers", "customer_id", "signup_at")
_ACCOUNT = ("accounts", "account_id", "created_at")
_USE: dict[str, Any] = {"key": ("event_id",), "parent": _ACCOUNT}

# Batch → the dataset, and what is done to it.
BATCHES: dict[str, tuple[str, list[Wish]]] = {
    "chinook keys": (
        "chinook",
        [
            _wish("primary_key_duplicate", "Genre", "Name", rate=0.1, key=("GenreId",)),
            _wish("primary_key_null", "Employee", rate=0.1, key=("EmployeeId",)),
            _wish("foreign_key_orphan", "Track", "AlbumId"),
            _wish("duplicate_row", "PlaylistTrack", rate=0.005, key=("PlaylistId", "TrackId")),
            _wish("foreign_key_orphan", "Invoice", "CustomerId", rate=0.02),
        ],
    ),
    "chinook values": (
        "chinook",
        [
            _wish("aggregate_mismatch", "Invoice", "Total", rate=0.03),
            _wish("interval_inverted", "Employee", "BirthDate", "HireDate", rate=0.1),
            _wish("excess_precision", "InvoiceLine", "UnitPrice"),
            _wish("encoding_damage", "Artist", "Name", rate=0.3),
            _wish("invalid_format", "Customer", "Email", rate=0.05),
            _wish("negative_amount", "Track", "UnitPrice", rate=0.002),
            _wish("category_variant", "Invoice", "BillingCountry", rate=0.02),
            _wish("future_timestamp", "Invoice", "InvoiceDate"),
        ],
    ),
    "shop keys": (
        "shop",
        [
            _wish("primary_key_duplicate", "customers", "plan", key=("customer_id",)),
            _wish("primary_key_null", "visits", key=("visit_id",), rate=0.001),
            _wish("foreign_key_orphan", "order_items", "product_id"),
            _wish("duplicate_row", "products", key=("product_id",)),
            _wish("double_load", "orders", **_ORDER),
        ],
    ),
    "shop time": (
        "shop",
        [
            _wish("temporal_violation", "visits", "customer_id", "visited_at", rate=0.02, parent=_CUSTOMER),
            _wish("interval_inverted", "orders", "shipped_at", "delivered_at", rate=0.02),
        ],
    ),
    "shop periods": (
        "shop",
        [
            _wish("volume_gap", "visits", "visited_at", rate=0.01, **_VISIT),
            _wish("null_spike", "visits", "device", rate=0.03, **_VISIT),
            _wish("unit_scale", "visits", "duration_seconds", rate=0.05, **_VISIT),
            _wish("timezone_shift", "orders", "ordered_at", rate=0.05, **_ORDER),
        ],
    ),
    "shop completeness": (
        "shop",
        [
            _wish("unexpected_null", "orders", "total"),
            _wish("sentinel_value", "customers", "city"),
            _wish("sentinel_value", "visits", "duration_seconds", rate=0.005),
            _wish("sentinel_value", "customers", "signup_at", rate=0.005),
            _wish("constant_column", "products", "category"),
            _wish("empty_table", "order_items"),
        ],
    ),
    "shop validity": (
        "shop",
        [
            _wish("future_timestamp", "customers", "signup_at", rate=0.002),
            _wish("out_of_range", "customers", "latitude"),
            _wish("out_of_range", "customers", "age"),
            _wish("negative_amount", "orders", "subtotal"),
            _wish("invalid_format", "customers", "email"),
            _wish("invalid_format", "customers", "customer_uuid"),
            _wish("invalid_format", "products", "sku", rate=0.02),
            _wish("unknown_category", "orders", "channel", rate=0.003),
            _wish("category_variant", "orders", "status"),
            _wish("mixed_type", "visits", "duration_seconds"),
            _wish("encoding_damage", "customers", "last_name", rate=0.05),
            _wish("excess_precision", "products", "list_price", rate=0.03),
            _wish("whitespace", "visits", "device"),
            _wish("mixed_code_system", "customers", "country_code", rate=0.03),
            _wish("mixed_currency", "orders", "currency"),
        ],
    ),
    "shop consistency": (
        "shop",
        [
            _wish("arithmetic_mismatch", "order_items", "line_total"),
            _wish("aggregate_mismatch", "orders", "item_count", rate=0.02),
            _wish("dependency_violation", "customers", "country_code"),
            _wish("swapped_columns", "customers", "first_name", "last_name", rate=0.02),
            _wish("outlier", "products", "weight_kg", rate=0.015),
        ],
    ),
    "shop drift": (
        "shop",
        [
            _wish("distribution_drift", "visits", "duration_seconds", **_VISIT),
            _wish("category_drift", "visits", "device", **_VISIT),
        ],
    ),
    "shop files": (
        "shop",
        [
            _wish("unreadable_file", "products"),
            _wish("partial_table", "visits"),
            _wish("schema_drift", "customers", "age"),
            _wish("missing_table", "order_items"),
            _wish("missing_column", "orders", "total"),
            _wish("type_mismatch", "orders", "customer_id"),
        ],
    ),
}  # fmt: skip

# The words of a business are made one at a time: each changes what all others see. The rate is what the damage reads it as.
BUSINESS: dict[str, tuple[str, list[Wish]]] = {
    "business: stale payments": ("saas", [_wish("stale_data", "payments", "paid_at", rate=0.15)]),
    "business: stale visits": ("shop", [_wish("stale_data", "visits", "visited_at", rate=0.2)]),
    "business: lost lines": (
        "shop",
        [_wish("childless_parent_jump", "order_items", "order_id", rate=0.5, parent=("orders", "order_id", "ordered_at"))],
    ),
    "business: lost touches": (
        "saas",
        [_wish("childless_parent_jump", "touchpoints", "purchase_id", rate=0.6, parent=("purchases", "purchase_id", "purchased_at"))],
    ),
    "business: retention": ("saas", [_wish("low_retention", "usage_events", "account_id", "event_at", rate=0.85, **_USE)]),
    "business: activation": ("saas", [_wish("low_activation", "usage_events", "account_id", "event_at", rate=0.85, **_USE)]),
    "business: leak": ("saas", [_wish("funnel_leak", "onboarding_steps", "stage_name", "stage_index", "account_id", rate=0.75)]),
    "business: inversion": ("saas", [_wish("funnel_inversion", "onboarding_steps", "stage_name", "stage_index", "account_id", rate=0.4)]),
    "business: one instant": ("saas", [_wish("simultaneous_creation", "accounts", "created_at", rate=0.6)]),
    "business: churn spike": ("saas", [_wish("churn_spike", "subscription_states", "status", "changed_at", rate=0.35)]),
    "business: zero churn": ("saas", [_wish("zero_churn", "usage_events", "account_id", "event_at", rate=1.0, **_USE)]),
    "business: decay": ("saas", [_wish("engagement_decay", "usage_events", "account_id", "event_at", rate=0.93, **_USE)]),
    "business: prices": ("shop", [_wish("price_inconsistent", "order_items", "product_id", "unit_price", "order_id", rate=0.3,
        parent=("orders", "order_id", "ordered_at"))]),
    "business: payments": (
        "saas",
        [_wish("payment_mismatch", "payments", "amount", rate=0.02, parent=("invoices", "invoice_id", "invoiced_at"))],
    ),
    "business: double charge": ("saas", [_wish("double_charge", "payments", "amount", rate=0.01, key=("payment_id",), time="paid_at")]),
    "business: revenue": ("shop", [_wish("revenue_break", "orders", "total", rate=3.0, time="ordered_at")]),
    "business: first digits": ("saas", [_wish("benford_violation", "invoices", "amount", rate=1.0)]),
    "business: untouched": ("saas", [_wish("attribution_gap", "touchpoints", "purchase_id", rate=0.05, parent=("purchases",
        "purchase_id"))]),
    "business: late touches": (
        "saas",
        [_wish("attribution_gap", "touchpoints", "purchase_id", "touched_at", rate=0.02, parent=("purchases", "purchase_id",
            "purchased_at"))],
    ),
    "business: weights of touches": (
        "saas",
        [_wish("attribution_gap", "touchpoints", "purchase_id", "attribution_weight", rate=0.05, parent=("purchases", "purchase_id"))],
    ),
    "business: one channel": ("saas", [_wish("channel_concentration", "accounts", "channel", rate=0.9)]),
    "business: dear channel": ("saas", [_wish("unprofitable_channel", "ad_spend", "channel", "cost", rate=20.0)]),
    "business: unloved feature": ("saas", [_wish("low_adoption", "usage_events", "event_name", "account_id", rate=0.98)]),
    "saas: derived times": ("saas", [_wish("stale_derived_column", "accounts", "last_event_at", rate=0.03)]),
    "realism: no rhythm": ("saas", [_wish("no_seasonality", "usage_events", "event_at")]),
    "realism: even amounts": ("saas", [_wish("uniform_distribution", "invoices", "amount")]),
    "realism: flat cohorts": ("saas", [_wish("flat_cohorts", "usage_events", "account_id", "event_at", **_USE)]),
    "realism: segments by lot": ("saas", [_wish("identical_segments", "accounts", "segment")]),
    "schema: fanout": ("shop with its schema", [_wish("fanout_mismatch", "order_items", rate=0.2)]),
    "schema: weights": ("shop with its schema", [_wish("weights_mismatch", "customers", "plan", rate=0.2)]),
    "schema: weights of devices": ("shop with its schema", [_wish("weights_mismatch", "visits", "device", rate=0.1)]),
    "schema: target": ("shop with its schema", [_wish("target_missed", "order_items", "quantity", rate=1.0)]),
    "schema: inequality": ("shop with its schema", [_wish("constraint_violated", "orders", "tax", "total", rate=0.02)]),
    "schema: unique": ("shop with its schema", [_wish("constraint_violated", "customers", "profile_url", rate=0.01)]),
}  # fmt: skip

_EVENT: dict[str, Any] = {"key": ("event_id",), "time": "timestamp"}
_SOLD = ("purchase", "purchase_id", "purchase_date")

# Breaks of what the generator makes, each example with the schema that lies beside its data.
GENERATED: dict[str, tuple[str, list[Wish]]] = {
    "events: keys": (
        "simple_users_events",
        [
            _wish("primary_key_duplicate", "event", "amount", **_EVENT),
            _wish("foreign_key_orphan", "event", "user_id"),
            _wish("unexpected_null", "user", "name"),
            _wish("invalid_format", "user", "email"),
            _wish("out_of_range", "user", "age"),
        ],
    ),
    "events: values": (
        "simple_users_events",
        [
            _wish("negative_amount", "event", "amount"),
            _wish("future_timestamp", "event", "timestamp", rate=0.005),
            _wish("whitespace", "user", "name", rate=0.02),
        ],
    ),
    "events: twice": ("simple_users_events", [_wish("duplicate_row", "user", key=("user_id",))]),
    "features: twice": ("product_adoption_diffusion", [_wish("duplicate_row", "user_feature", key=("adoption_id",))]),
    "events: more values": (
        "simple_users_events",
        [
            _wish("sentinel_value", "user", "name", rate=0.02),
            _wish("primary_key_null", "event", rate=0.002, key=("event_id",)),
        ],
    ),
    "events: periods": (
        "simple_users_events",
        [_wish("volume_gap", "event", "timestamp", rate=0.05, **_EVENT), _wish("unit_scale", "event", "amount", rate=0.05, **_EVENT)],
    ),
    "events: fanout": ("simple_users_events", [_wish("fanout_mismatch", "event", rate=0.3)]),
    "events: distribution": ("simple_users_events", [_wish("target_missed", "event", "amount", rate=15.0)]),
    "events: parts": ("simple_users_events", [_wish("partial_table", "event", "amount")]),
    "sales: keys": (
        "marketing_attribution",
        [
            _wish("foreign_key_orphan", "purchase", "customer_id"),
            _wish("unknown_category", "customer", "segment", rate=0.02),
            _wish("category_variant", "purchase", "product_category", rate=0.02),
        ],
    ),
    "sales: times": (
        "marketing_attribution",
        [
            _wish("temporal_violation", "purchase", "customer_id", "purchase_date", rate=0.03,
                  parent=("customer", "customer_id", "signed_up_at")),
        ],
    ),
    "sales: twice": (
        "marketing_attribution",
        [
            _wish("primary_key_duplicate", "customer", "segment", key=("customer_id",)),
        ],
    ),
    "subscriptions: order": (
        "saas_subscription_churn",
        [
            _wish("temporal_violation", "subscription", "customer_id", "state_changed_at", rate=0.03,
                  parent=("customer", "customer_id", "created_at")),
        ],
    ),
    "sales: untouched": (
        "marketing_attribution",
        [_wish("attribution_gap", "marketing_touchpoint", "purchase_id", rate=0.05, parent=_SOLD[:2])],
    ),
    "sales: weights": (
        "marketing_attribution",
        [_wish("attribution_gap", "marketing_touchpoint", "purchase_id", "attribution_weight", rate=0.05, parent=_SOLD[:2])],
    ),
    "sales: late touches": (
        "marketing_attribution",
        [_wish("attribution_gap", "marketing_touchpoint", "purchase_id", "timestamp", rate=0.03, parent=_SOLD)],
    ),
    "subscriptions: keys": (
        "saas_subscription_churn",
        [
            _wish("unknown_category", "subscription", "current_state", rate=0.02),
            _wish("foreign_key_orphan", "subscription", "customer_id", rate=0.02),
            _wish("negative_amount", "subscription", "mrr", rate=0.02),
            _wish("invalid_format", "customer", "email", rate=0.02),
            _wish("unexpected_null", "customer", "company_name", rate=0.02),
        ],
    ),
    "subscriptions: times": (
        "saas_subscription_churn",
        [
            _wish("primary_key_duplicate", "customer", "company_name", key=("customer_id",), rate=0.02),
            _wish("whitespace", "customer", "company_name", rate=0.03),
        ],
    ),
    "features: keys": (
        "product_adoption_diffusion",
        [
            _wish("foreign_key_orphan", "user_feature", "user_id"),
            _wish("category_variant", "user_feature", "usage_frequency", rate=0.02),
            _wish("unknown_category", "user_feature", "feature_name", rate=0.02),
            _wish("invalid_format", "user", "email", rate=0.02),
        ],
    ),
    "features: schema": (
        "product_adoption_diffusion",
        [_wish("weights_mismatch", "user_feature", "usage_frequency", rate=0.3), _wish("missing_column", "user", "country")],
    ),
    "cohorts: keys": (
        "vintage_effects_demo",
        [
            _wish("sentinel_value", "customer", "name", rate=0.02),
            _wish("foreign_key_orphan", "purchase", "customer_id"),
            _wish("temporal_violation", "purchase", "customer_id", "purchase_time", rate=0.03,
                  parent=("customer", "customer_id", "created_at")),
        ],
    ),
    "cohorts: types": ("vintage_effects_demo", [_wish("type_mismatch", "customer", "created_at"), _wish("missing_table", "purchase")]),
    "cohorts: files": ("vintage_effects_demo", [_wish("unreadable_file", "purchase")]),
    "cohorts: stale": ("vintage_effects_demo", [_wish("stale_data", "purchase", "purchase_time", rate=0.3)]),
    "cohorts: curve": ("vintage_effects_demo", [_wish("no_curve", "purchase", "customer_id", "purchase_time",
                                                     parent=("customer", "customer_id", "created_at"))]),
}  # fmt: skip

# What stays what it is whatever the rate: whole tables and columns, and rates that are no shares of rows.
FIXED = frozenset({
    "constant_column", "empty_table", "missing_table", "missing_column", "type_mismatch", "unreadable_file", "partial_table",
        "schema_drift",
    "distribution_drift", "category_drift", "zero_churn", "benford_violation", "no_seasonality", "uniform_distribution", "flat_cohorts",
    "identical_segments",
})  # fmt: skip


def _node(name: str, pk: str | list[str], kind: str = "entity", **more: Any) -> dict[str, Any]:
    columns = more.pop("columns")
    return {
        "id": name,
        "kind": kind,
        "pk": pk,
        "columns": [{"name": n, "type": t, **rest} for n, t, rest in columns],
        **more,
    }


def _choice(**weights: float) -> dict[str, Any]:
    return {"generator": {"choice": {"choices": list(weights), "weights": list(weights.values())}}}


# What can be declared of the shop's tables as they are.
SHOP_SCHEMA: dict[str, Any] = {
    "version": "1.0",
    "nodes": [
        _node("customers", "customer_id", columns=[
            ("customer_id", "int", {}), ("profile_url", "string", {"unique": True}), ("plan", "string", _choice(free=0.6, plus=0.3,
                pro=0.1)),
            ("signup_at", "datetime", {})]),
        _node("products", "product_id", columns=[("product_id", "int", {}), ("list_price", "float", {})]),
        _node("orders", "order_id", "fact", parents=["customers"], columns=[
            ("order_id", "int", {}), ("customer_id", "int", {}), ("ordered_at", "datetime", {}), ("tax", "float", {}), ("total",
                "float", {})]),
        _node("order_items", ["order_id", "line_no"], "fact", parents=["orders"], fanout={"distribution": "uniform", "min": 1, "max": 4},
              columns=[("order_id", "int", {}), ("line_no", "int", {}), ("product_id", "int", {}), ("quantity", "int", {})]),
        _node("visits", "visit_id", "fact", parents=["customers"], columns=[
            ("visit_id", "int", {}), ("customer_id", "int", {}), ("visited_at", "datetime", {}),
            ("device", "string", _choice(mobile=0.5, desktop=0.25, tablet=0.25))]),
    ],
    "constraints": {
        "unique": ["customers.profile_url"],
        "foreign_keys": [
            {"from": "orders.customer_id", "to": "customers.customer_id"}, {"from": "order_items.order_id", "to": "orders.order_id"},
            {"from": "order_items.product_id", "to": "products.product_id"}, {"from": "visits.customer_id", "to": "customers.customer_id"}],
        "inequalities": [{"left": "orders.tax", "op": "<=", "right": "orders.total"}],
    },
    "targets": {"mean_in_range": {"table": "order_items", "column": "quantity", "min": 2.4, "max": 2.6}},
}  # fmt: skip
