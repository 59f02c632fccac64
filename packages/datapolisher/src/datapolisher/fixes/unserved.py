"""Why a finding stays open when no fix serves its defect: words of the vocabulary → a reason a person understands."""

from __future__ import annotations

_FACT = "a fact about the business, not a fault of the data: nothing is made up so that it looks better"
_REALISM = "a judgement about how real the data looks: only its generator could change it"
_NO_ROWS = "rows are never made up, nor dates moved"
_DRIFT = "the world may have changed: a person decides which of the two states is right"

REASONS: dict[str, str] = {
    "double_load": "repeated purchases look like a batch loaded twice: only a batch column or a file proves it",
    "null_spike": "the nulls of one period are a fault upstream: filling them would hide it; load the source again",
    "missing_column": "an empty column is never added; its source has to deliver it",
    "missing_table": "a table is never made up; its source has to deliver it",
    "empty_table": _NO_ROWS,
    "constant_column": "it may be right: one tenant, one currency",
    "volume_gap": _NO_ROWS,
    "stale_data": _NO_ROWS,
    "childless_parent_jump": _NO_ROWS,
    "timezone_shift": "daylight saving, travellers and night shifts look alike: a person names segment and offset",
    "negative_amount": "refunds, corrections and credits are negative: the absolute value is never taken",
    "mixed_currency": "converting needs a rate and its date, which the data does not hold",
    "arithmetic_mismatch": "the mismatch does not say which of the columns is wrong",
    "aggregate_mismatch": "missing children are as likely as a wrong total",
    "outlier": "rare is not wrong: no value is removed or pulled in",
    "distribution_drift": _DRIFT,
    "category_drift": _DRIFT,
    "schema_drift": "a renamed column cannot be told from one dropped and one added",
    "fanout_mismatch": "rows are neither added nor dropped to meet a number",
    "weights_mismatch": "rows are neither added nor dropped to meet a number",
    "target_missed": "the target stays as it is, and so does the data",
    "no_seasonality": _REALISM,
    "uniform_distribution": _REALISM,
    "simultaneous_creation": _REALISM,
    "zero_churn": _REALISM,
    "flat_cohorts": _REALISM,
    "identical_segments": _REALISM,
    "benford_violation": _REALISM,
    "low_retention": _FACT,
    "low_activation": _FACT,
    "funnel_leak": _FACT,
    "funnel_inversion": "missing events are not made up",
    "price_inconsistent": "discounts and old prices look the same: a person decides",
    "payment_mismatch": "part payments and fees look the same, and money that has moved is not changed",
    "double_charge": "money has moved: a person decides which charge was wrong",
    "revenue_break": _FACT,
    "churn_spike": _FACT,
    "engagement_decay": _FACT,
    "attribution_gap": "touches and conversions are not made up",
    "channel_concentration": _FACT,
    "unprofitable_channel": _FACT,
    "low_adoption": _FACT,
    "unreadable_file": "the file cannot be read; its source has to deliver it again",
    "partial_table": "parts are missing; the source has to deliver them again",
}


def reason(defect: str, *, offered: bool = False) -> str:
    """Why nothing is done about a defect that no fix serves here, or none but by choice (`offered`)."""
    unknown = "the right value is not known"
    return REASONS.get(
        defect, f"{unknown}: a person decides" if offered else f'no fix serves "{defect}" here: {unknown}'
    )
