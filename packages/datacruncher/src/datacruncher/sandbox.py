"""What SQL that strangers wrote may do: read tables of the dataset, and nothing else.

The engine itself is locked (``source``); here the query is read before it runs, and refused unless it is one SELECT over
names of tables, built of nothing but what is listed. Whatever is not known to be harmless is refused.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from datacruncher.source import QueryError, parse
from datacruncher.words import word_set

# Functions that make rows from their arguments alone.
_TABLE_FUNCTIONS = frozenset({"range", "generate_series", "unnest", "repeat"})
_SOURCES = word_set("BASE_TABLE SUBQUERY JOIN TABLE_FUNCTION EXPRESSION_LIST EMPTY EMPTY_FROM PIVOT CTE CROSS_PRODUCT")
# Functions that look beyond the data: at the machine, the engine, the clock of the session, or that run text as SQL.
_REFUSED = word_set(
    "getenv getvariable current_setting query query_table read_text read_blob glob nextval currval setseed random "
    "uuid gen_random_uuid uuidv4 uuidv7 write_log pg_sleep sleep sleep_ms sleep_us parse_duckdb_log_message "
    "json_execute_serialized_sql json_serialize_plan current_user user session_user txid_current pg_typeof_ "
    "add_parquet_key which_secret current_database current_schema current_schemas version in_search_path error"
)
_FILES = (".csv", ".tsv", ".parquet", ".json", ".jsonl", ".ndjson", ".gz", ".zst", ".txt", ".db", ".duckdb", ".xlsx")
_REFUSED_PREFIXES = ("duckdb_", "pragma_", "pg_read", "read_", "parquet_", "sniff_", "lo_", "install", "load_")


def refusals(query: str) -> list[str]:
    """Why `query` may not run; empty if it may."""
    try:
        kinds, tree = parse(query)
    except QueryError as error:
        return [f"is no SQL that the engine reads: {error}"]
    if len(kinds) != 1:
        return [f"one SELECT is expected, {len(kinds)} statements found"]
    if kinds != ["SELECT"]:
        return [f"only SELECT is allowed, {kinds[0]} found"]
    if tree.get("error"):
        return [f"only SELECT is allowed: {tree.get('error_message', 'the statement has another form')}"]
    return list(dict.fromkeys(_refused(tree)))


def tables_of(query: str) -> set[str]:
    """Names after FROM and JOIN that are no common table expressions of the query itself."""
    _, tree = parse(query)
    named = {str(node.get("table_name")) for node in _nodes(tree) if node.get("type") == "BASE_TABLE"}
    return named - set(_expressions(tree))


def _refused(tree: Any) -> Iterator[str]:
    for node in _nodes(tree):
        kind = node.get("type")
        if kind == "SHOW_REF" or "show_type" in node:
            yield "DESCRIBE, SUMMARIZE and SHOW are not allowed"
        if kind == "BASE_TABLE":
            yield from _refused_table(node)
        if "from_table" in node and isinstance(node["from_table"], dict):
            source = node["from_table"].get("type")
            if source not in _SOURCES:
                yield f"a source of kind {source} is not allowed"
        if kind == "TABLE_FUNCTION" and _function(node) not in _TABLE_FUNCTIONS:
            yield f"the table function {_function(node)}() is not allowed"
        name = str(node.get("function_name", "")).lower()
        if name in _REFUSED or name.startswith(_REFUSED_PREFIXES):
            yield f"the function {name}() is not allowed"


def _refused_table(node: dict[str, Any]) -> Iterator[str]:
    name = str(node.get("table_name", ""))
    if node.get("schema_name") or node.get("catalog_name"):
        yield f'"{node.get("schema_name")}.{name}": tables are named without a schema'
    elif any(sign in name for sign in "/\\*?") or name.lower().endswith(_FILES):
        yield f'"{name}": files are not read, only tables of the dataset'
    elif name.lower().startswith(("sqlite_", "duckdb_", "pragma_", "pg_")):
        yield f'"{name}" is a table of the engine, not of the dataset'


def _function(node: dict[str, Any]) -> str:
    call = node.get("function")
    return str(call.get("function_name", "")).lower() if isinstance(call, dict) else ""


def _expressions(tree: Any) -> Iterator[str]:
    """Names of common table expressions."""
    for node in _nodes(tree):
        held = node.get("cte_map")
        for item in held.get("map", []) if isinstance(held, dict) else []:
            yield str(item.get("key"))


def _nodes(tree: Any) -> Iterator[dict[str, Any]]:
    """Every object of a tree, without recursion: nesting is the author's to choose."""
    open_nodes = [tree]
    while open_nodes:
        node = open_nodes.pop()
        if isinstance(node, dict):
            yield node
            open_nodes.extend(node.values())
        elif isinstance(node, list):
            open_nodes.extend(node)
