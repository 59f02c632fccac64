"""A feature that few of the active entities use."""

from __future__ import annotations

from collections.abc import Iterator

from datacruncher.catalog import Catalog, Column, ForeignKey, Table
from datacruncher.catalog.model import confidence_of
from datacruncher.checks import base
from datacruncher.checks.base import Binding, CheckSpec, Example, Found, Probe, Skip, Steps, Verdict

MOST_FEATURES = 200


class Params(base.Params, frozen=True, kw_only=True):
    """minimum: active entities. adoption: the share of them that should use every feature."""

    minimum: int = 50
    adoption: float = 0.05


def features(catalog: Catalog) -> Iterator[tuple[Table, Column, ForeignKey] | Skip]:
    """Tables that record which feature or event an entity used."""
    for table in catalog:
        feature = table.role("feature", "event_name")
        keys = [key for key in table.foreign_keys if catalog.tables[key.to_table].kind in {"entity", "unknown"}]
        key = max(keys, key=lambda k: (k.confidence, catalog.tables[k.to_table].rows), default=None)
        if feature is None or key is None or table.kind == "dictionary":
            continue
        if 2 <= feature.facts.distinct <= MOST_FEATURES:
            yield table, feature, key
        else:
            yield Skip(
                f"{feature.facts.distinct} different values in {table.name}.{feature.name} are no list of features"
            )


def bind(catalog: Catalog, params: Params) -> Iterator[Binding | Skip]:
    """Each list of features that entities use."""
    for item in features(catalog):
        if isinstance(item, Skip):
            yield item
            continue
        table, feature, key = item
        sure = confidence_of(key, max(feature.roles.get("feature", 0.0), feature.roles.get("event_name", 0.0)))
        yield Binding(table, (feature,), related=catalog.tables[key.to_table], key=key, confidence=sure)


def probe(binding: Binding, params: Params) -> Probe:
    """Adoption of each feature among those who used any; the least used one."""
    assert binding.key is not None  # noqa: S101 - bind gives one
    feature = binding.column
    names = [binding.table.column(name).of("e") for name in binding.key.columns]
    entity = names[0] if len(names) == 1 else f"ROW({', '.join(names)})"
    used = f"""WITH used AS (
    SELECT DISTINCT {entity} AS entity, {feature.of("e")} AS feature
    FROM {binding.table.sql} e WHERE {binding.key.present("e")} AND {feature.of("e")} IS NOT NULL
), adoption AS (
    SELECT feature, COUNT(*) AS users, COUNT(*) / (SELECT COUNT(DISTINCT entity) FROM used) AS adoption
    FROM used GROUP BY feature
)"""
    measure = f"""{used}
SELECT CAST(arg_min(feature, adoption) AS VARCHAR) AS feature, MIN(adoption) AS observed,
    arg_min(users, adoption) AS users, (SELECT COUNT(DISTINCT entity) FROM used) AS rows_total,
    COUNT(*) FILTER (WHERE adoption < {params.adoption}) AS few, COUNT(*) AS features,
    (SELECT COUNT(*) / COUNT(DISTINCT entity) FROM used) AS breadth
FROM adoption"""
    return Probe(measure=measure, rows=f"{used}\nSELECT *\nFROM adoption\nWHERE adoption < {params.adoption}")


def judge(found: Found, params: Params) -> Verdict:
    """By the least used feature."""
    adoption = params.adoption if found.observed is None else float(found.observed)
    return Verdict(
        size=params.adoption - adoption,
        expected={"min": params.adoption},
        details={"feature_column": found.binding.column.name, "adoption": adoption},
        words={"adoption": adoption},
        metrics={"lowest_adoption": adoption, "features_per_user": found.values["breadth"]},
    )


_USERS = "SELECT i AS user_id, 'u' || i AS name FROM range(200) t(i)"
_USE = """SELECT row_number() OVER () AS use_id, u AS user_id, ['search', 'export', 'share'][f + 1] AS feature_name,
    TIMESTAMP '2024-01-01' + to_hours(u * 3 + f) AS used_at FROM range(200) a(u), range(3) b(f) WHERE {where}"""

SPEC = CheckSpec(
    id="product.low_adoption",
    defect="low_adoption",
    category="business_logic",
    title="A feature that few use",
    why="What nobody uses costs upkeep and attention.",
    needs="a record of the features or events that an entity used",
    params=Params,
    bind=bind,
    probe=probe,
    judge=judge,
    severity=Steps(
        medium=0.0,
        source="under 5% of the active: below the tail of usual feature curves (Pendo 2019: 12% of features"
        " make 80% of use)",
    ),
    message="Low adoption: {feature} is used by {users} of {total} active of {related_table} ({adoption:.1%}); {few} of {features} features"
    " are below the bound",
    recommendation="Show it to those who need it, or remove it; in generated data, shift its diffusion_curve or weight.",
    details=("feature",),
    example=Example(
        clean={"user": _USERS, "feature_use": _USE.format(where="u % 3 >= f OR f < 2")},
        damaged={"feature_use": _USE.format(where="f < 2 OR u < 4")},
        finds=None,
        at="feature_use.feature_name",
    ),
)
