"""The second look: what got worse, and which fix is to blame."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from datapolisher.documents import Finding
from datapolisher.intake import read_report
from datapolisher.verify import blame, compare


@pytest.fixture
def found(make: Any) -> Any:
    return lambda *args, **changes: msgspec.convert(make.finding(*args, **changes), Finding)


def test_the_same_rows_among_fewer_are_not_worse(make: Any) -> None:
    before = make.finding("outlier", "order", "amount", rows=10, total=1000, severity="medium", id="f")
    fewer = make.finding("outlier", "order", "amount", rows=10, total=900, severity="high", id="f")
    more = make.finding("outlier", "order", "amount", rows=11, total=1000, severity="high", id="f")
    earlier = read_report(msgspec.json.encode(make.report("x", before)).decode(), "r").issues
    for later, worse in ((fewer, 0), (more, 1)):
        report = read_report(msgspec.json.encode(make.report("x", later)).decode(), "r")
        assert len(compare(earlier, report).worse) == worse


def test_rows_taken_from_one_side_of_a_relation_are_to_blame_first(found: Any) -> None:
    worse = found("aggregate_mismatch", "order", "total", related=("item", "price"))
    suspects = {
        "recomputed": found("arithmetic_mismatch", "item", "price"),
        "along": found("unknown_category", "product", "kind"),
        "both": found("out_of_range", "order", "fee"),
    }
    emptied = {"along": frozenset({"product", "item"}), "both": frozenset({"order", "item"})}
    assert set(blame([worse], suspects, emptied)) == {"along"}
    assert set(blame([worse], suspects, {"both": emptied["both"]})) == {"recomputed"}
    assert set(blame([worse], {"both": suspects["both"]})) == {"both"}
    assert set(blame([found("outlier", "else", "x")], suspects)) == {"recomputed", "along", "both"}


def test_who_wrote_the_column_is_to_blame_whatever_they_were_asked_to_mend(found: Any) -> None:
    worse = found("unknown_category", "order", "status")
    suspects = {
        "moved": found("negative_amount", "order", "amount"),
        "trimmed": found("whitespace", "order", "note"),
    }
    assert set(blame([worse], suspects)) == {"moved", "trimmed"}
    wrote = {"moved": {("order", "status")}, "trimmed": {("order", "note")}}
    assert set(blame([worse], suspects, wrote=wrote)) == {"moved"}
