"""Documents that nobody wrote: each makes the rows that it declares, however they are cut, or is refused with a place.

How many are tried is said by DATAGEN_EXAMPLES; the same are tried every time.
"""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import datagen_core
import pytest
from datagen_core.errors import DocumentError, InputError
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

if TYPE_CHECKING:
    from random import Random

EXAMPLES = int(os.environ.get("DATAGEN_EXAMPLES", "50"))
CHANNELS = ["search", "mail", "fair"]
MODELS = ["linear", "first_touch", "last_touch", "time_decay", "position_based"]
CREATIONS = ["created_at", "signup_date", "joined_on", "opened", "born"]  # the last says nothing of a creation
TIMES = ["at", "happened", "ts", "sold_on"]


def column(name: str, kind: str, generator: Any, **more: Any) -> dict[str, Any]:
    return {"name": name, "type": kind, "generator": generator, **more}


class Author:
    """Writes a document by chance."""

    def __init__(self, chance: Random) -> None:
        self.chance = chance
        self.nodes: list[dict[str, Any]] = []
        self.constraints: dict[str, list[Any]] = {"foreign_keys": [], "inequalities": [], "ranges": []}

    def often(self, share: float) -> bool:
        return self.chance.random() < share

    def one(self, *things: Any) -> Any:
        return self.chance.choice(things)

    def document(self) -> dict[str, Any]:
        for _ in range(self.chance.randint(1, 2)):
            entity = self.entity()
            for _ in range(self.chance.randint(1, 2)):
                self.fact(entity, 0)
        frame = self.one(("2024-01-01", "2024-03-31", "H"), ("2023-07-01T00:00:00Z", "2024-06-30T23:59:59Z", "D"))
        return {
            "version": "1.0",
            "metadata": {"name": "By chance"},
            "timeframe": dict(zip(("start", "end", "freq"), frame, strict=True)),
            "nodes": self.nodes,
            "constraints": self.constraints,
        }

    def name(self) -> str:
        return f"t{len(self.nodes)}"

    def key(self, name: str) -> dict[str, Any]:
        counted = {"sequence": {"start": self.chance.randint(0, 9), "step": self.chance.randint(1, 3)}}
        coded = {"faker": {"method": "bothify", "text": "??########"}}
        return self.one(column(name, "int", counted), column(name, "string", coded, unique=True))

    def series(self) -> dict[str, Any]:
        pattern = {"dimension": "dow", "weights": [1, 1, 1, 1, 1, 2, 0]}
        freq = {"freq": self.one("H", "D", "15min", "MS")} if self.often(0.5) else {}
        return {
            "datetime_series": {
                **freq,
                **({"pattern": pattern} if self.often(0.3) and freq.get("freq") != "MS" else {}),
            }
        }

    # --- tables -------------------------------------------------------------------------------------------------------

    def entity(self) -> dict[str, Any]:
        name = self.name()
        node: dict[str, Any] = {
            "id": name,
            "kind": "entity",
            "pk": f"{name}_id",
            "rows": self.one(1, 20, 60),
            "columns": [],
        }
        node["columns"].append(self.key(f"{name}_id"))
        self.nodes.append(node)
        created = self.one(*CREATIONS) if self.often(0.7) else None
        if created:
            null = {"nullable": True, "null_rate": 0.2} if self.often(0.2) else {}
            node["columns"].append(column(created, self.one("date", "datetime"), self.series(), **null))
        if self.often(0.7):
            self.segments(node)
        if created and not node["columns"][1].get("nullable") and self.often(0.4):
            curve = self.one([1, 0.5, 0.2], {"type": "exponential", "params": {"a": 1, "b": -0.1}})
            ages = {"curve": curve, "time_unit": self.one("week", "month"), "applies_to": self.one("fanout", "all")}
            node["vintage_behavior"] = {"created_at_column": created, "age_based_multipliers": {"ages": ages}}
        if self.often(0.3):
            above = {"lookup": {"from": f"{name}.{name}_id"}}
            node["columns"].append(column("above", node["columns"][0]["type"], above, nullable=self.often(0.5)))
        return node

    def segments(self, node: dict[str, Any]) -> None:
        node["columns"].append(
            column("segment", "string", {"choice": {"choices": ["a", "b", "c"], "weights": [3, 2, 1]}})
        )
        shares = {"a": {"base_probability": 0.5}, "b": {"base_probability": 0.3333}, "c": {"base_probability": 0.1667}}
        traits = {"a": {"fanout_multiplier": 2, "value_multiplier": 1.5}, "b": {"decay_rate": 2}}
        behaviour = self.one({"segments": shares}, {"behaviors": traits}, None)
        if behaviour:
            node["segment_behavior"] = {"segment_column": "segment", **behaviour}

    def fact(self, parent: dict[str, Any], depth: int) -> None:
        name = self.name()
        key = next(one for one in parent["columns"] if one["name"] == parent["pk"])
        up = column(self.one(parent["pk"], "up"), key["type"], {"lookup": {"from": f"{parent['id']}.{key['name']}"}})
        node: dict[str, Any] = {"id": name, "kind": "fact", "pk": f"{name}_key", "parents": [parent["id"]]}
        node["columns"] = [self.key(f"{name}_key"), up]
        self.nodes.append(node)
        if self.often(0.6):
            self.constraints["foreign_keys"].append(
                {"from": f"{name}.{up['name']}", "to": f"{parent['id']}.{key['name']}"}
            )
        segmented = any(one["name"] == "segment" for one in parent["columns"])
        self.one(self.fanout, self.funnel, self.states, lambda *_: None)(node, segmented)
        time = self.one(*TIMES) if self.often(0.85) else None
        if time:
            node["columns"].append(column(time, "datetime", self.series()))
        self.values(node, parent, time)
        self.totals(node, parent, time)
        if depth < 2 and self.often(0.4):
            self.fact(node, depth + 1)

    def fanout(self, node: dict[str, Any], _segmented: bool) -> None:
        node["fanout"] = self.one(
            {"distribution": "poisson", "lambda": self.one(0.5, 2, 5)},
            {"distribution": "uniform", "min": 0, "max": 4},
            {"distribution": "geometric", "lambda": 2, "max": 9},
            {"distribution": "poisson", "lambda": 1, "per": self.one("week", "month", "quarter")},
            {"distribution": "fixed", "lambda": 1.5},
        )

    def funnel(self, node: dict[str, Any], segmented: bool) -> None:
        rates = [1.0, *(self.one(0, 0.2, 0.5, 0.9, 1) for _ in range(self.chance.randint(0, 4)))]
        stages = [{"stage_name": f"s{at}", "transition_rate": rate} for at, rate in enumerate(rates)]
        config: dict[str, Any] = {"stages": stages, "time_between_stages_hours": self.one(0.001, 1, 24, 500)}
        if segmented and self.often(0.6):
            config["segment_variation"] = {"a": {"transition_multiplier": self.one(0, 0.5, 1.5)}}
        node["stage_config"] = config
        named = [
            column("stage", "string", {"choice": {"choices": ["?"]}}),
            column("stage_index", "int", {"sequence": {}}),
        ]
        said = [column("now", "string", {"state": "to"}), column("before", "string", {"state": "from"})]
        node["columns"] += self.one(named, said, [])

    def states(self, node: dict[str, Any], segmented: bool) -> None:
        count = self.chance.randint(2, 5)
        names = [f"q{at}" for at in range(count)]
        states: dict[str, Any] = {}
        for name in names:
            following = {
                other: self.one(0.5, 1, 2) for other in self.chance.sample(names, self.chance.randint(1, count))
            }
            states[name] = {"transition_prob_per_period": self.one(0, 0.05, 0.5, 1, 3), "next_states": following}
        if self.often(0.8):
            states[names[-1]] = {"terminal": True}
        model: dict[str, Any] = {
            "initial_state": "q0",
            "states": states,
            "period_unit": self.one("day", "week", "month"),
        }
        model["max_transitions"] = self.one(1, 3, 20)
        if segmented and self.often(0.6):
            model["segment_variation"] = {"a": {"churn_multiplier": self.one(0, 0.5, 2)}}
        if self.often(0.4):
            model["vintage_variation"] = {"churn_multiplier_curve": [1, 0.5, 0.2]}
        node["state_transition_model"] = model
        words = {"choice": {"choices": ["q0"]}}
        named = [column("status", "string", words), column("previous_status", "string", words)]
        node["columns"] += self.one(
            named, [column("step", "int", {"state": "index"}), column("word", "string", {"state": "to"})]
        )

    # --- columns ------------------------------------------------------------------------------------------------------

    def values(self, node: dict[str, Any], parent: dict[str, Any], time: str | None) -> None:
        if self.often(0.7):
            law = {"type": "gamma", "params": {"shape": 2, "scale": 10}, "clamp": [0, 500]}
            rounded = [{"transform": "round", "args": {"digits": 2}}] if self.often(0.5) else []
            node["columns"].append(column("amount", "float", {"distribution": law}, modifiers=rounded))
            behaviour = parent.get("segment_behavior", {})
            if "behaviors" in behaviour:
                behaviour["applies_to_columns"] = ["amount"]
        if time and self.often(0.3):
            node["columns"].append(column("until", "datetime", {"datetime_series": {}}))
            self.constraints["inequalities"].append(
                {"left": f"{node['id']}.{time}", "op": "<=", "right": f"{node['id']}.until"}
            )
        if time and self.often(0.35):
            chain = {
                "channels": CHANNELS,
                "channel_weights": [3, 2, 1],
                "min_touches": self.one(1, 2),
                "max_touches": self.one(2, 6),
            }
            chain |= {"time_window_days": self.one(1, 30, 90), "attribution_model": self.one(*MODELS)}
            node["attribution_chain"] = {**chain, "touchpoint_table_name": f"touch_{node['id']}"}

    def totals(self, node: dict[str, Any], parent: dict[str, Any], time: str | None) -> None:
        child = node["id"]
        found = [column(f"n_{child}", "int", {"aggregate": {"of": child, "op": "count"}})]
        if any(one["name"] == "amount" for one in node["columns"]):
            op = self.one("sum", "max", "mean")
            some = {"of": f"{child}.amount", "op": op, "where": "amount > 5"}
            found.append(column(f"amount_{child}", "float", {"aggregate": some}, nullable=True))
        if time:
            extreme = {"of": f"{child}.{time}", "op": self.one("min", "max")}
            found.append(column(f"time_{child}", "datetime", {"aggregate": extreme}, nullable=True))
        if "attribution_chain" in node and self.often(0.5):
            node["columns"].append(column("touches", "int", {"aggregate": {"of": f"touch_{child}", "op": "count"}}))
        parent["columns"] += [one for one in found if self.often(0.5)]


DOCUMENTS = st.randoms(use_true_random=False).map(lambda chance: Author(chance).document())
TRIED = settings(
    max_examples=EXAMPLES,
    deadline=None,
    derandomize=True,
    database=None,
    phases=(Phase.generate,),  # a failure is told as it was found: these documents shrink slowly
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.large_base_example],
)


@TRIED
@given(document=DOCUMENTS, seed=st.integers(0, 1000))
def test_a_document_makes_what_it_declares(
    document: dict[str, Any], seed: int, made: Any, tmp_path_factory: Any
) -> None:
    try:
        loaded = datagen_core.load(document)
    except DocumentError as refused:
        pytest.fail(f"what its author meant is refused: {refused}")
    whole, cut = made(loaded, seed), made(loaded, seed, slice_rows=29)
    assert all(cut[name].equals(whole[name]) for name in whole)
    folder = tmp_path_factory.mktemp("data")
    datagen_core.generate(loaded, folder, seed=seed, workers=2)
    report = datagen_core.validate(loaded, folder)
    exact = [one for one in report.failures if one.hard or one.part in {"structure", "values"} or one.status == "error"]
    assert [f"{one.id} {one.table} {one.columns} {one.outcome.message}" for one in exact] == []


def places(value: Any, way: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """The ways to all parts of a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [way, *(place for key, child in inner for place in places(child, (*way, key)))]


DAMAGE = st.sampled_from([None, -1, 0, 3.5, "", "t0", "t1.at", [], {}, True, "q9", "created_at", 10**9])


@TRIED
@given(document=DOCUMENTS, damage=DAMAGE, data=st.data())
def test_a_damaged_document_is_refused_in_sentences_or_still_makes_rows(
    document: Any, damage: Any, data: Any, made: Any
) -> None:
    *way, last = data.draw(st.sampled_from([place for place in places(document) if len(place) > 1]))
    at = document
    for step in way:
        at = at[step]
    at[last] = damage
    try:
        loaded = datagen_core.load(document)
    except InputError as refused:
        assert str(refused) and "Traceback" not in str(refused)
        return
    if last not in {"rows", "lambda", "max", "min", "fanout_multiplier", "max_touches", "max_transitions"}:
        try:
            made(loaded, 1)
        except InputError as told:
            assert str(told)
