"""The Datagen DSL as frozen Structs, in canonical form: aliases resolved, shapes unified, defaults filled in.

`schema.load` builds these from text. Behind that border nobody sees a dict of a document again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

import msgspec

from datagen_core.schema.origin import Origin

if TYPE_CHECKING:
    from datagen_core.errors import Pointer

ColumnType = Literal["int", "float", "string", "bool", "datetime", "date"]
NodeKind = Literal["entity", "fact", "vocab"]
Scalar = str | int | float | bool | None


class Part(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Anything that may carry a comment; unknown keys are refused."""

    comment: str | None = None
    schema_uri: str | None = msgspec.field(default=None, name="$schema")


class Use:
    """One use of a registered thing: its name, its decoded parameters and its place in the document."""

    __slots__ = ("name", "params", "pointer")

    def __init__(self, name: str, params: Any, pointer: Pointer = ()) -> None:
        self.name = name
        self.params = params
        self.pointer = pointer

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and isinstance(other, Use) and self._all == other._all

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.name!r}, {self.params!r})"

    @property
    def _all(self) -> tuple[str, Any, Pointer]:
        return self.name, self.params, self.pointer


class GeneratorUse(Use):
    """``{"sequence": {"start": 1}}``: `params` is the Struct that the generator registers."""

    __slots__ = ()


class ModifierUse(Use):
    """``{"transform": "clamp", "args": {…}}``: `params` is the Struct that the modifier registers."""

    __slots__ = ()


class Timeframe(Part, frozen=True):
    start: str
    end: str
    freq: str


class ColumnConstraints(Part, frozen=True):
    pattern: str | None = None
    enum: tuple[Scalar, ...] | None = None
    enum_ref: str | None = None
    min: float | int | str | None = None
    max: float | int | str | None = None
    unique: bool = False


class Column(Part, frozen=True):
    name: str
    type: ColumnType
    generator: GeneratorUse
    nullable: bool = False
    modifiers: tuple[ModifierUse, ...] = ()
    constraints: ColumnConstraints | None = None
    null_rate: float | None = None
    unique: bool = False
    after_parent: bool = True


class Fanout(Part, frozen=True):
    distribution: Literal["poisson", "uniform", "fixed", "geometric", "zipf"]
    rate: float | None = msgspec.field(default=None, name="lambda")
    min: int | None = None
    max: int | None = None
    clamp: tuple[int, int] | None = None
    per: Literal["day", "week", "month", "quarter", "year"] | None = None


class SegmentTraits(Part, frozen=True):
    fanout_multiplier: float = 1.0
    value_multiplier: float = 1.0
    decay_rate: float = 1.0


class SegmentShare(Part, frozen=True):
    base_probability: float


class SegmentBehavior(Part, frozen=True):
    """Canonical form of the three spellings; `segments` declares a mix, `behaviors` multipliers."""

    segment_column: str
    behaviors: dict[str, SegmentTraits] = {}
    segments: dict[str, SegmentShare] = {}
    applies_to_columns: tuple[str, ...] = ()


class CurveParams(Part, frozen=True):
    a: float | None = None
    b: float | None = None


class ParametricCurve(Part, frozen=True):
    curve_type: Literal["logarithmic", "exponential", "linear"]
    params: CurveParams = CurveParams()


class AgeMultiplier(Part, frozen=True):
    curve: tuple[float, ...] | ParametricCurve
    time_unit: Literal["day", "week", "month", "quarter", "year"] = "month"
    applies_to: str | tuple[str, ...] = "fanout"


class VintageBehavior(Part, frozen=True):
    created_at_column: str = "created_at"
    age_based_multipliers: dict[str, AgeMultiplier] = {}


class Stage(Part, frozen=True):
    stage_name: str
    transition_rate: float


class StageVariation(Part, frozen=True):
    transition_multiplier: float = 1.0

    @property
    def factor(self) -> float:
        """What the segment's rates are multiplied by."""
        return self.transition_multiplier


class StateVariation(Part, frozen=True):
    transition_multiplier: float = 1.0
    churn_multiplier: float = 1.0

    @property
    def factor(self) -> float:
        """What the segment's rates are multiplied by."""
        return self.transition_multiplier * self.churn_multiplier


class StageConfig(Part, frozen=True):
    stages: tuple[Stage, ...]
    segment_variation: dict[str, StageVariation] = {}
    time_between_stages_hours: float = 24.0


class State(Part, frozen=True):
    transition_prob_per_period: float = 0.0
    next_states: dict[str, float] = {}
    terminal: bool = False


class VintageVariation(Part, frozen=True):
    churn_multiplier_curve: tuple[float, ...] = ()


class StateTransitionModel(Part, frozen=True):
    initial_state: str
    states: dict[str, State]
    period_unit: Literal["day", "week", "month", "year"] = "month"
    max_transitions: int = 50
    segment_variation: dict[str, StateVariation] = {}
    vintage_variation: VintageVariation = VintageVariation()


class AttributionChain(Part, frozen=True):
    channels: tuple[str, ...]
    channel_weights: tuple[float, ...] | None = None
    min_touches: int = 1
    max_touches: int = 5
    time_window_days: float = 30.0
    attribution_model: Literal["linear", "first_touch", "last_touch", "time_decay", "position_based"] = "linear"
    time_decay_halflife_days: float | None = None
    touchpoint_table_name: str = "touchpoint"


class Node(Part, frozen=True):
    id: str
    kind: NodeKind
    pk: str | tuple[str, ...]
    columns: tuple[Column, ...]
    rows: int | None = None
    parents: tuple[str, ...] = ()
    fanout: Fanout | None = None
    modifiers: tuple[ModifierUse, ...] = ()
    segment_behavior: SegmentBehavior | None = None
    vintage_behavior: VintageBehavior | None = None
    stage_config: StageConfig | None = None
    state_transition_model: StateTransitionModel | None = None
    attribution_chain: AttributionChain | None = None
    touches: AttributionChain | None = None
    """Of a table that no document writes: the chain whose touchpoints its rows are."""

    @property
    def process(self) -> StageConfig | StateTransitionModel | None:
        """The funnel or the state model whose steps the table's rows are."""
        return self.stage_config or self.state_transition_model

    @property
    def keys(self) -> tuple[str, ...]:
        """The key columns' names, one or several."""
        return (self.pk,) if isinstance(self.pk, str) else self.pk

    def column(self, name: str) -> Column | None:
        """The column of that name, or None."""
        return next((column for column in self.columns if column.name == name), None)


class ForeignKey(Part, frozen=True):
    source: str = msgspec.field(name="from")
    target: str = msgspec.field(name="to")


class Range(Part, frozen=True):
    attr: str
    min: float | int | str | None = None
    max: float | int | str | None = None


class Inequality(Part, frozen=True):
    left: str
    op: Literal["<", "<=", ">", ">=", "=="]
    right: str

    @property
    def ordered(self) -> tuple[str, str]:
        """The side that is smaller (or equal), and the larger."""
        return (self.right, self.left) if self.op in {">", ">="} else (self.left, self.right)


class Pattern(Part, frozen=True):
    attr: str
    regex: str


class Enum(Part, frozen=True):
    attr: str
    values: tuple[Scalar, ...] | None = None
    enum_ref: str | None = None


class Constraints(Part, frozen=True):
    unique: tuple[str, ...] = ()
    foreign_keys: tuple[ForeignKey, ...] = ()
    ranges: tuple[Range, ...] = ()
    inequalities: tuple[Inequality, ...] = ()
    pattern: tuple[Pattern, ...] = ()
    enum: tuple[Enum, ...] = ()


class WeekendShare(Part, frozen=True):
    table: str
    timestamp: str
    min: float | None = None
    max: float | None = None


class MeanInRange(Part, frozen=True):
    table: str
    column: str
    min: float | None = None
    max: float | None = None


class Influence(Part, frozen=True):
    """One declared multiplier; which fields count depends on `kind`."""

    kind: Literal["seasonality", "effect", "outliers"]
    dimension: Literal["hour", "dow", "month"] | None = None
    weights: tuple[float, ...] = ()
    table: str | None = None
    on: dict[str, str] = {}
    window: dict[str, str] | None = None
    field: str | None = None
    op: Literal["mul", "add"] = "mul"
    default: float = 1.0
    rate: float | None = None
    mode: Literal["spike", "drop", "burst"] | None = None
    magnitude_dist: dict[str, Any] | None = None


class Tolerance(Part, frozen=True):
    mae: float | None = None
    mape: float | None = None


class CompositeEffect(Part, frozen=True):
    table: str
    metric: str
    influences: tuple[Influence, ...] = ()
    tolerance: Tolerance = Tolerance()


class Targets(Part, frozen=True):
    """Each target of the document is one object or a list; here always a tuple."""

    weekend_share: tuple[WeekendShare, ...] = ()
    mean_in_range: tuple[MeanInRange, ...] = ()
    composite_effect: tuple[CompositeEffect, ...] = ()


class Document(Part, frozen=True):
    """A whole document, canonical; `nodes` in the author's order."""

    version: str
    metadata: dict[str, Any]
    timeframe: Timeframe
    nodes: tuple[Node, ...]
    constraints: Constraints
    targets: Targets = Targets()
    dag: tuple[tuple[str, ...], ...] | None = None
    origin: Origin | None = None

    def node(self, name: str) -> Node | None:
        """The node of that id, or None."""
        return next((node for node in self.nodes if node.id == name), None)

    def resolve(self, reference: str) -> tuple[Node, Column] | None:
        """The column that ``table.column`` names, with its node, or None."""
        table, _, name = reference.rpartition(".")
        node = self.node(table)
        column = node.column(name) if node is not None else None
        return (node, column) if node is not None and column is not None else None
