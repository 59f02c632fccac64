"""Expectations by their names and arguments → rules: Great Expectations' own, and those that dbt packages took over."""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Mapping
from typing import Any

from datapolisher.importing.claims import (
    Absent,
    Banned,
    Between,
    Cased,
    Exists,
    Fresh,
    Holds,
    Length,
    Member,
    NoOthers,
    NotNull,
    Order,
    Pattern,
    Readable,
    Rule,
    Typed,
    Unique,
)
from datapolisher.importing.conditions import like, rules_of
from datapolisher.importing.queries import Read, read_query
from datapolisher.importing.sqltext import parse_condition
from datapolisher.sql import literal

Arguments = Mapping[str, Any]
Reader = Callable[[Arguments], tuple[Rule, ...]]
# More pairs than these make no readable condition.
_PAIRS = 200
# What speaks of a whole table or column, and of none of its rows.
_WHOLE = re.compile(
    r"expect_column_(mean|median|stdev|sum|quantile|unique_value_count|distinct_count|proportion|most_common|kl_)"
    r"|expect_column_(distinct_values_to_contain|pct|avg)|expect_table_(row_count|column_count|aggregation)"
    r"|(equal_rowcount|fewer_rows_than|cardinality_equality|equality)(_|$)"
)


def column_of(said: Arguments) -> str:
    """The column that the arguments name."""
    return str(said.get("column") or said.get("column_name") or "")


def _between(said: Arguments) -> tuple[Rule, ...]:
    low, high = said.get("min_value"), said.get("max_value")
    strict = [bool(said.get(f"strict_{side}")) or said.get("strictly") is True for side in ("min", "max")]
    return (Between((column_of(said),), _plain(low), _plain(high), *strict),) if (low, high) != (None, None) else ()


def _plain(value: Any) -> Any:
    """A bound; whole floats as whole numbers, as people wrote them."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, Mapping):  # {"__date__": …}, as some versions wrote dates
        return next(iter(value.values()), None)
    return value


def _least(said: Arguments) -> tuple[Rule, ...]:
    """The least value has a lower bound, so that every value has it."""
    low = said.get("min_value")
    return (
        (Between((column_of(said),), low=_plain(low), above=bool(said.get("strict_min"))),) if low is not None else ()
    )


def _most(said: Arguments) -> tuple[Rule, ...]:
    high = said.get("max_value")
    return (
        (Between((column_of(said),), high=_plain(high), below=bool(said.get("strict_max"))),)
        if high is not None
        else ()
    )


def _values(said: Arguments, key: str = "value_set") -> tuple[Any, ...]:
    listed = said.get(key) or ()
    return tuple(listed) if isinstance(listed, list | tuple | set) else ()


def _member(said: Arguments) -> tuple[Rule, ...]:
    values = _values(said)
    return (Member((column_of(said),), values),) if values else ()


def _regex(said: Arguments, *, forbidden: bool = False) -> tuple[Rule, ...]:
    return (Pattern((column_of(said),), str(said.get("regex", "")), forbidden=forbidden),)


def _regexes(said: Arguments, *, forbidden: bool = False) -> tuple[Rule, ...]:
    listed = [str(one) for one in said.get("regex_list") or ()]
    if not listed:
        return ()
    if said.get("match_on") == "all":
        return tuple(Pattern((column_of(said),), one, forbidden=forbidden) for one in listed)
    return (Pattern((column_of(said),), "|".join(f"(?:{one})" for one in listed), forbidden=forbidden),)


def _like(said: Arguments, *, forbidden: bool = False) -> tuple[Rule, ...]:
    """``%`` and ``_`` of LIKE as a regular expression."""
    said_ = said.get("like_pattern") or said.get("like_pattern_list") or ""
    listed = [said_] if isinstance(said_, str) else list(said_)
    pattern = "|".join(f"(?:{like(one)})" for one in listed)
    return (Pattern((column_of(said),), pattern, whole=True, forbidden=forbidden),) if listed else ()


def _lengths(said: Arguments) -> tuple[Rule, ...]:
    if "value" in said:
        return (Length((column_of(said),), int(said["value"]), int(said["value"])),)
    low, high = said.get("min_value"), said.get("max_value")
    ends = [None if end is None else int(end) for end in (low, high)]
    return (Length((column_of(said),), *ends),) if ends != [None, None] else ()


def _greater(said: Arguments) -> tuple[Rule, ...]:
    pair = (str(said.get("column_A", "")), str(said.get("column_B", "")))
    return (Order(pair, ">=" if said.get("or_equal") else ">"),)


def _equal(said: Arguments) -> tuple[Rule, ...]:
    return (Order((str(said.get("column_A", "")), str(said.get("column_B", ""))), "="),)


def _sum(said: Arguments) -> tuple[Rule, ...]:
    names, total = _values(said, "column_list"), said.get("sum_total")
    node = parse_condition(" + ".join(_quoted(name) for name in names) + f" = {total}") if names else None
    return rules_of(node) if node else ()


def _quoted(name: Any) -> str:
    return '"' + str(name).replace('"', '""') + '"'


def _together(said: Arguments) -> tuple[Rule, ...]:
    names = _values(said, "column_list")
    return (Unique(tuple(map(str, names))),) if names else ()


def _type(said: Arguments) -> tuple[Rule, ...]:
    kind = said.get("type_") or said.get("column_type")
    return (Typed((column_of(said),), str(kind)),) if kind else ()


def _types(said: Arguments) -> tuple[Rule, ...]:
    listed = " or ".join(map(str, _values(said, "type_list")))
    return (Typed((column_of(said),), listed),) if listed else ()


def _columns(said: Arguments) -> tuple[Rule, ...]:
    """The table's columns as a set or a list: which are missing, which nobody declared."""
    names = tuple(map(str, said.get("column_set") or said.get("column_list") or ()))
    exact = said.get("exact_match") is not False
    return (Exists(names), NoOthers(names)) if names and exact else (Exists(names),) if names else ()


def _dates(said: Arguments) -> tuple[Rule, ...]:
    form = str(said.get("strftime_format") or "")
    return (Readable((column_of(said),), "date", "" if form == "%Y-%m-%d" else form),)


def _all(said: Arguments, rule: Rule) -> tuple[Rule, ...]:
    """A share of which all is wanted is a rule for every row."""
    return (rule,) if said.get("min_value") == 1 else ()


def _one_row(said: Arguments, op: str, join: Callable[[list[str]], list[tuple[str, str]]]) -> tuple[Rule, ...]:
    """A condition between several columns of one row, kept whole."""
    names = [_quoted(name) for name in _values(said, "column_list")]
    node = parse_condition(" AND ".join(f"{a} {op} {b}" for a, b in join(names))) if len(names) > 1 else None
    return (Holds(node.columns, node),) if node else ()


def _pairs(names: list[str]) -> list[tuple[str, str]]:
    return [(a, b) for n, a in enumerate(names) for b in names[n + 1 :]]


def _neighbours(names: list[str]) -> list[tuple[str, str]]:
    return list(itertools.pairwise(names))


def _pair_in_set(said: Arguments) -> tuple[Rule, ...]:
    left, right = (_quoted(said.get(key, "")) for key in ("column_A", "column_B"))
    pairs = [pair for pair in said.get("value_pairs_set") or () if isinstance(pair, list | tuple) and len(pair) == 2]
    plain = all(isinstance(value, str | int | float | None) for pair in pairs for value in pair)
    if not pairs or len(pairs) > _PAIRS or not plain:
        return ()
    text = " OR ".join(f"({left} = {literal(a)} AND {right} = {literal(b)})" for a, b in pairs)
    node = parse_condition(text)
    return (Holds(node.columns, node),) if node else ()


def _null(said: Arguments) -> tuple[Rule, ...]:
    node = parse_condition(f"{_quoted(column_of(said))} IS NULL")
    return (Holds(node.columns, node),) if node else ()


def _contained(said: Arguments) -> tuple[str, ...]:
    return tuple(map(str, said.get("column_set") or said.get("column_list") or ()))


def _condition(said: Arguments) -> tuple[Rule, ...]:
    """An expression of SQL, of the row or of the table's own column."""
    text = str(said.get("expression") or "")
    column = said.get("column_name") or said.get("column")
    node = parse_condition(f"{_quoted(column)} {text}" if column else text)
    return rules_of(node) if node else ()


EXPECTATIONS: dict[str, Reader] = {
    "expect_column_values_to_not_be_null": lambda said: (NotNull((column_of(said),)),),
    "expect_column_values_to_be_unique": lambda said: (Unique((column_of(said),)),),
    "expect_compound_columns_to_be_unique": _together,
    "expect_select_column_values_to_be_unique_within_record": lambda said: _one_row(said, "<>", _pairs),
    "expect_multicolumn_values_to_be_unique": lambda said: _one_row(said, "<>", _pairs),
    "expect_multicolumn_values_to_be_equal": lambda said: _one_row(said, "=", _neighbours),
    "expect_column_pair_values_to_be_in_set": _pair_in_set,
    "expect_column_values_to_be_null": _null,
    "expect_column_proportion_of_unique_values_to_be_between": lambda said: _all(said, Unique((column_of(said),))),
    "expect_column_proportion_of_non_null_values_to_be_between": lambda said: _all(said, NotNull((column_of(said),))),
    "expect_column_values_to_have_consistent_casing": lambda said: (Cased((column_of(said),)),),
    "expect_column_values_to_be_in_set": _member,
    "expect_column_distinct_values_to_be_in_set": _member,
    "expect_column_distinct_values_to_equal_set": _member,
    "expect_column_values_to_not_be_in_set": lambda said: (Banned((column_of(said),), _values(said)),),
    "expect_column_values_to_be_between": _between,
    "expect_column_min_to_be_between": _least,
    "expect_column_max_to_be_between": _most,
    "expect_column_values_to_match_regex": _regex,
    "expect_column_values_to_not_match_regex": lambda said: _regex(said, forbidden=True),
    "expect_column_values_to_match_regex_list": _regexes,
    "expect_column_values_to_not_match_regex_list": lambda said: _regexes(said, forbidden=True),
    "expect_column_values_to_match_like_pattern": _like,
    "expect_column_values_to_match_like_pattern_list": _like,
    "expect_column_values_to_not_match_like_pattern": lambda said: _like(said, forbidden=True),
    "expect_column_values_to_not_match_like_pattern_list": lambda said: _like(said, forbidden=True),
    "expect_column_value_lengths_to_be_between": _lengths,
    "expect_column_value_lengths_to_equal": _lengths,
    "expect_column_pair_values_a_to_be_greater_than_b": _greater,
    "expect_column_pair_values_to_be_equal": _equal,
    "expect_multicolumn_sum_to_equal": _sum,
    "expect_column_values_to_be_of_type": _type,
    "expect_column_values_to_be_in_type_list": _types,
    "expect_column_values_to_match_strftime_format": _dates,
    "expect_column_values_to_be_dateutil_parseable": _dates,
    "expect_column_values_to_be_json_parseable": lambda said: (Readable((column_of(said),), "json"),),
    "expect_column_type_to_be": _type,
    "expect_column_to_exist": lambda said: (Exists((column_of(said),)),),
    "expect_table_columns_to_match_set": _columns,
    "expect_table_columns_to_match_ordered_list": _columns,
    "expect_table_columns_to_contain_set": lambda said: (Exists(_contained(said)),),
    "expect_table_columns_to_not_contain_set": lambda said: (Absent(_contained(said)),),
    "expect_row_values_to_have_recent_data": lambda said: (Fresh((column_of(said),)),),
    "expect_grouped_row_values_to_have_recent_data": lambda said: (Fresh((str(said.get("timestamp_column", "")),)),),
    "expression_is_true": _condition,
}


def expected(name: str, said: Arguments) -> tuple[Rule, ...]:
    """The rules of an expectation; none where it says nothing about rows, or is not known."""
    reader = EXPECTATIONS.get(name.lower())
    return reader(said) if reader else ()


def of_the_whole(name: str) -> bool:
    """Whether the expectation is about a number of the whole table or column."""
    return bool(_WHOLE.match(name.lower()))


def columns_of(said: Arguments) -> tuple[str, ...]:
    """Every column that the arguments name, in the order in which they are checked."""
    listed = said.get("column_list") if isinstance(said.get("column_list"), list) else ()
    names = (column_of(said), said.get("column_A"), said.get("column_B"), *(listed or ()))
    return tuple(dict.fromkeys(str(name) for name in names if name))


def alike(said: Arguments) -> tuple[Rule, ...]:
    """An expectation of somebody's own, by the arguments that it shares with ours."""
    for key, reader in (("value_set", _member), ("regex", _regex), ("min_value", _between), ("max_value", _between)):
        if said.get(key) is not None and column_of(said):
            return reader(said)
    return ()


def rows_of_query(said: Arguments, table: str) -> Read | None:
    """``unexpected_rows_expectation``: a query whose rows offend, with ``{batch}`` for the table."""
    text = str(said.get("unexpected_rows_query") or "").replace("{batch}", _quoted(table))
    return read_query(text)


__all__ = ["EXPECTATIONS", "alike", "column_of", "columns_of", "expected", "of_the_whole", "rows_of_query"]
