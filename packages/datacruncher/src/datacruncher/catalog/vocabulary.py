"""The words of the catalog: families of types, roles of columns, kinds of tables."""

from __future__ import annotations

FAMILIES = {
    "integer": "whole numbers of any width, signed or not",
    "decimal": "DECIMAL(p, s)",
    "float": "FLOAT, DOUBLE",
    "text": "VARCHAR, ENUM",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP of any precision, with or without time zone",
    "time": "TIME, INTERVAL",
    "uuid": "UUID",
    "binary": "BLOB, BIT",
    "nested": "STRUCT, LIST, MAP, UNION, JSON, VARIANT",
}
NUMBERS = frozenset({"integer", "decimal", "float"})
TIMES = frozenset({"date", "timestamp"})

ROLES = {
    # keys
    "primary_key": "identifies a row of its table (alone or with others)",
    "foreign_key": "points to the key of a table",
    # times
    "creation_time": "when the entity of this row came into being",
    "event_time": "when what this row tells happened",
    "start_time": "when a period begins",
    "end_time": "when a period ends; null = still open",
    "update_time": "when the row was last changed or loaded",
    "planned_time": "a time that may lie ahead: due, expiry, renewal, appointment",
    "birth_date": "of a person",
    # measures
    "amount": "money of a transaction: amount, total, revenue, paid",
    "price": "money for one unit",
    "cost": "money spent: cost, spend, budget",
    "discount": "money taken off",
    "tax": "money added for the state",
    "balance": "money held at an instant; may be negative",
    "quantity": "how many units",
    "rate": "a share or percentage: rate, ratio, discount_rate, weight of a chain",
    "weight": "share of credit in an attribution chain",
    "score": "a measured number with no unit: score, rating, points",
    "duration": "length of time as a number",
    "age": "age in years",
    "latitude": "degrees north",
    "longitude": "degrees east",
    # words
    "status": "where the row stands in its life: status, state",
    "previous_state": "the state before a change",
    "stage": "a step of a funnel",
    "stage_index": "the number of the step",
    "category": "few values that classify a row",
    "flag": "yes or no",
    "segment": "a group of entities: segment, tier, plan, cohort",
    "plan": "what was bought: plan, subscription, product tier",
    "channel": "how it came: channel, medium, source",
    "campaign": "the campaign it belongs to",
    "event_name": "what was done: event, action, feature, page",
    "feature": "the feature that was used",
    "position": "the place in a chain of touchpoints, 1 = first",
    "currency": "ISO 4217 code of the money in this row",
    "country": "country as code or name",
    "city": "place name",
    "region": "state, province, region",
    "postcode": "postal code",
    "email": "e-mail address",
    "phone": "telephone number",
    "url": "web address",
    "ip": "IP address",
    "uuid": "UUID held as text",
    "person_name": "full name of a person",
    "first_name": "given name",
    "last_name": "family name",
    "label": "name of a thing: title, product name",
    "free_text": "sentences",
}

KINDS = {
    "entity": "things with a life: customers, accounts, products",
    "event": "things that happen to entities, each with a time",
    "line_item": "parts of an event: lines of an order",
    "dictionary": "few rows that others refer to: countries, genres",
    "bridge": "pairs of keys, little else",
    "state": "the states that entities move through, a row for each change",
    "effect": "windows of time that act on other tables: holidays, promotions",
    "unknown": "none of these is certain",
}
