"""What the words about a business, its realism and its schema do to clean tables; see ``damages.py``."""

from __future__ import annotations

from injector import Bench, Truth, damage, quote

# Completeness and consistency over time


@damage("stale_data")
def stale_data(bench: Bench) -> Truth:
    """Stop loading: delete the rows of the end."""
    table, time = quote(bench.place.table), quote(bench.place.column)
    bench.delete(f"{time} > (SELECT quantile_disc({time}, {1 - bench.rate}) FROM {table})")
    return bench.truth(None)


@damage("childless_parent_jump")
def childless_parent_jump(bench: Bench) -> Truth:
    """Lose the children of many parents from some time on; the parents are counted."""
    parent, key, created = bench.place.parent
    link, table = quote(bench.place.column), quote(bench.place.table)
    since = f"(SELECT quantile_disc({quote(created)}, 0.7) FROM {quote(parent)})"
    lost = f"SELECT {quote(key)} FROM {quote(parent)} WHERE {quote(created)}::DATE >= {since}::DATE AND {_draw(bench, quote(key))}"
    bench.delete(f"{link} IN ({lost})")
    rows = bench.number(
        f"SELECT COUNT(*) FROM {quote(parent)} p WHERE {quote(created)}::DATE >= {since}::DATE"
        f" AND NOT EXISTS (FROM {table} c WHERE c.{link} = p.{quote(key)})"
    )
    return Truth("", parent, (created,), rows)


# Growth


@damage("low_retention")
def low_retention(bench: Bench) -> Truth:
    """Let most entities do nothing after their first days."""
    return _age_out(bench, 6)


@damage("low_activation")
def low_activation(bench: Bench) -> Truth:
    """Let most entities do nothing in their first week."""
    parent, key, created = bench.place.parent
    link, time = (quote(column) for column in bench.place.columns)
    born = (
        f"(SELECT p.{quote(created)} FROM {quote(parent)} p WHERE p.{quote(key)} = {quote(bench.place.table)}.{link})"
    )
    bench.delete(f"{_draw(bench, link)} AND {time} < {born} + INTERVAL 9 DAY")
    return Truth("", parent, (created,), None)


@damage("funnel_leak")
def funnel_leak(bench: Bench) -> Truth:
    """Let most of those who reach a stage go no further."""
    _, index, link = (quote(column) for column in bench.place.columns)
    bench.delete(f"{index} >= 2 AND {_draw(bench, link)}")
    return bench.truth(None, bench.place.columns[0])


@damage("funnel_inversion")
def funnel_inversion(bench: Bench) -> Truth:
    """Lose the record of a stage in the middle."""
    _, index, link = (quote(column) for column in bench.place.columns)
    bench.delete(f"{index} = 1 AND {_draw(bench, link)}")
    return bench.truth(None, bench.place.columns[0])


@damage("simultaneous_creation")
def simultaneous_creation(bench: Bench) -> Truth:
    """Create a part of all entities at one instant."""
    column = quote(bench.place.column)
    k = bench.pick()
    bench.set({bench.place.column: f"(SELECT MIN({column}) FROM {quote(bench.place.table)})"})
    return bench.truth(max(k, bench.number(_at_least(bench, column))))


# Customer success


@damage("churn_spike")
def churn_spike(bench: Bench) -> Truth:
    """Let a part of all who ever leave do so in one month."""
    state, time = (quote(column) for column in bench.place.columns)
    table = quote(bench.place.table)
    bench.pick(f"{state} = 'churned'")
    middle = f"(SELECT date_trunc('month', quantile_disc({time}, 0.5)) FROM {table} WHERE {state} = 'churned')"
    bench.set({bench.place.columns[1]: f"{middle} + INTERVAL (rowid % 25) DAY + INTERVAL (rowid % 11 + 8) HOUR"})
    rows = f"SELECT COUNT(*) FROM {table} WHERE {state} = 'churned' GROUP BY date_trunc('month', {time}) ORDER BY 1 DESC LIMIT 1"
    return bench.truth(bench.number(rows), bench.place.columns[0])


@damage("zero_churn")
def zero_churn(bench: Bench) -> Truth:
    """Give everybody an event at the end."""
    link, time = (quote(column) for column in bench.place.columns)
    table, key = quote(bench.place.table), quote(bench.place.key[0])
    top = bench.number(f"SELECT MAX({key}) FROM {table}")
    last = f"(SELECT MAX({time}) FROM {table}) - INTERVAL (rowid % 20) HOUR"
    bench.append(
        f"SELECT * REPLACE ({top} + row_number() OVER () AS {key}, {last} AS {time}) FROM {table}"
        f" QUALIFY row_number() OVER (PARTITION BY {link} ORDER BY {time} DESC) = 1"
    )
    return Truth("", bench.place.parent[0], (), None)


@damage("engagement_decay")
def engagement_decay(bench: Bench) -> Truth:
    """Let activity fall to little after two months of age."""
    parent, key, created = bench.place.parent
    link, time = (quote(column) for column in bench.place.columns)
    born = (
        f"(SELECT p.{quote(created)} FROM {quote(parent)} p WHERE p.{quote(key)} = {quote(bench.place.table)}.{link})"
    )
    bench.delete(f"md5_number_lower(rowid::VARCHAR) % 1000 < {1000 * bench.rate} AND {time} > {born} + INTERVAL 45 DAY")
    return Truth("", parent, (created,), None)


# Finance


@damage("price_inconsistent")
def price_inconsistent(bench: Bench) -> Truth:
    """Sell some lines at another price, where the same is sold on the same day at its own."""
    product, price, link = (quote(column) for column in bench.place.columns)
    parent, key, time = (quote(part) for part in bench.place.parent)
    table = quote(bench.place.table)
    lines = f"SELECT l.rowid AS id, {product} AS product, {time}::DATE AS day FROM {table} l JOIN {parent} p ON p.{key} = l.{link}"
    alike = "OVER (PARTITION BY product, day"
    many = f"SELECT id FROM ({lines}) QUALIFY COUNT(*) {alike}) >= 3 AND row_number() {alike} ORDER BY id) = 1"
    k = bench.pick(f"rowid IN ({many})")
    bench.set({bench.place.columns[1]: f"round({price} * 1.25, 2)"})
    return bench.truth(k, bench.place.columns[1])


@damage("payment_mismatch")
def payment_mismatch(bench: Bench) -> Truth:
    """Pay another amount than was invoiced."""
    column = quote(bench.place.column)
    k = bench.pick(f"{column} > 1")
    bench.set({bench.place.column: f"round({column} * 0.9 - 0.5, 2)"})
    return Truth("", bench.place.parent[0], (), k)


@damage("double_charge")
def double_charge(bench: Bench) -> Truth:
    """Charge again, minutes later, under another number."""
    key, time = quote(bench.place.key[0]), quote(bench.place.time)
    table = quote(bench.place.table)
    k = bench.pick()
    top = bench.number(f"SELECT MAX({key}) FROM {table}")
    bench.append(
        f"SELECT * REPLACE ({top} + row_number() OVER () AS {key}, {time} + INTERVAL 5 MINUTE AS {time}) FROM {table}"
        " WHERE rowid IN (SELECT id FROM picked)"
    )
    return bench.truth(k)


@damage("revenue_break")
def revenue_break(bench: Bench) -> Truth:
    """Change the level of the amounts from some time on."""
    column, time = quote(bench.place.column), quote(bench.place.time)
    bench.pick(
        f"{time} >= (SELECT date_trunc('month', quantile_disc({time}, 0.6)) FROM {quote(bench.place.table)})", 1.0
    )
    bench.set({bench.place.column: f"round({column} * {bench.rate}, 2)"})
    return bench.truth(None)


@damage("benford_violation")
def benford_violation(bench: Bench) -> Truth:
    """Make amounts up: over the same orders of magnitude, with first digits of people's liking."""
    column = quote(bench.place.column)
    bench.pick(f"{column} > 0")
    made_up = f"round(pow(10, floor(log10({column}))) * (4 + md5_number_lower(rowid::VARCHAR) % 500 / 100.0), 2)"
    bench.set({bench.place.column: made_up})
    return bench.truth(None)


# Marketing


@damage("attribution_gap")
def attribution_gap(bench: Bench) -> Truth:
    """Lose all touches of some conversions; move some behind them; or give credit that does not add up to one."""
    link, *others = bench.place.columns
    table, parent, key = quote(bench.place.table), *(quote(part) for part in bench.place.parent[:2])
    if not others:
        chosen = f"SELECT {key} FROM {parent} WHERE {_draw(bench, key)}"
        bench.delete(f"{quote(link)} IN ({chosen})")
        rows = bench.number(
            f"SELECT COUNT(*) FROM {parent} p WHERE NOT EXISTS (FROM {table} c WHERE c.{quote(link)} = p.{key})"
        )
        return Truth("", bench.place.parent[0], (bench.place.parent[1],), rows)
    if bench.place.parent[2:]:
        converted = f"(SELECT p.{quote(bench.place.parent[2])} FROM {parent} p WHERE p.{key} = {table}.{quote(link)})"
        k = bench.pick()
        bench.set({others[0]: f"{converted} + INTERVAL 2 DAY"})
        return bench.truth(k, others[0])
    bench.pick(f"{_draw(bench, quote(link))}", 1.0)
    bench.set({others[0]: f"{quote(others[0])} * 1.3"})
    return bench.truth(
        bench.number(f"SELECT COUNT(DISTINCT {quote(link)}) FROM {table} WHERE rowid IN (SELECT id FROM picked)"),
        others[0],
    )


@damage("channel_concentration")
def channel_concentration(bench: Bench) -> Truth:
    """Let nearly all come by one channel."""
    column = quote(bench.place.column)
    bench.pick()
    bench.set({bench.place.column: f"(SELECT mode({column}) FROM {quote(bench.place.table)})"})
    return bench.truth(None)


@damage("unprofitable_channel")
def unprofitable_channel(bench: Bench) -> Truth:
    """Let one channel cost many times what it does."""
    channel, cost = (quote(column) for column in bench.place.columns)
    bench.pick(f"{channel} = (SELECT MIN({channel}) FROM {quote(bench.place.table)})", 1.0)
    bench.set({bench.place.columns[1]: f"round({cost} * {bench.rate}, 2)"})
    return bench.truth(1, bench.place.columns[0])


# Product


@damage("low_adoption")
def low_adoption(bench: Bench) -> Truth:
    """Let hardly anybody use one of the features."""
    feature, link = (quote(column) for column in bench.place.columns)
    bench.delete(f"{feature} = (SELECT MIN({feature}) FROM {quote(bench.place.table)}) AND {_draw(bench, link)}")
    return bench.truth(None, bench.place.columns[0])


# Realism


@damage("no_seasonality")
def no_seasonality(bench: Bench) -> Truth:
    """Spread the times evenly over each week."""
    column = quote(bench.place.column)
    bench.pick(f"{column} IS NOT NULL", 1.0)
    even = f"date_trunc('week', {column}) + INTERVAL (md5_number_lower(rowid::VARCHAR) % 604800) SECOND"
    bench.set({bench.place.column: even})
    return bench.truth(None)


@damage("uniform_distribution")
def uniform_distribution(bench: Bench) -> Truth:
    """Draw numbers evenly between two bounds."""
    column = quote(bench.place.column)
    bench.pick(f"{column} IS NOT NULL", 1.0)
    bench.set({bench.place.column: "round(10 + md5_number_lower(rowid::VARCHAR) % 100000 / 100.0, 2)"})
    return bench.truth(None)


@damage("flat_cohorts")
def flat_cohorts(bench: Bench) -> Truth:
    """Let every entity act at the same even pace for all of its life."""
    parent, key, created = (quote(part) for part in bench.place.parent)
    link, time = (quote(column) for column in bench.place.columns)
    table, own = quote(bench.place.table), quote(bench.place.key[0])
    end = f"(SELECT MAX({time}) FROM {table})"
    bench.con.execute(
        f"CREATE TABLE _even AS SELECT e.* REPLACE (row_number() OVER () AS {own}, p.{key} AS {link},"
        f" p.{created} + INTERVAL (1 + step * 40) HOUR AS {time}) FROM {parent} p"
        f" CROSS JOIN (FROM {table} LIMIT 1) e, range(0, 700) r(step) WHERE p.{created} + INTERVAL (1 + step * 40) HOUR <= {end}"
    )
    bench.replace("_even")
    return Truth("", bench.place.parent[0], (bench.place.parent[2],), None)


@damage("identical_segments")
def identical_segments(bench: Bench) -> Truth:
    """Give out the segments by lot."""
    column = quote(bench.place.column)
    bench.pick(rate=1.0)
    values = f"(SELECT list({column} ORDER BY rowid) FROM {quote(bench.place.table)})"
    bench.con.execute(f"CREATE OR REPLACE TEMP TABLE lots AS SELECT {values} AS members")
    lot = f"(md5_number_lower({quote(bench.place.table)}.rowid::VARCHAR) % 1009)::BIGINT"
    bench.set({bench.place.column: f"(SELECT members[1 + {lot} % len(members)] FROM lots)"})
    return bench.truth(None)


# Against a schema


@damage("fanout_mismatch")
def fanout_mismatch(bench: Bench) -> Truth:
    """Lose children here and there."""
    bench.delete(f"md5_number_lower(rowid::VARCHAR) % 1000 < {1000 * bench.rate}")
    return Truth("", bench.place.table, (), None)


@damage("no_curve")
def no_curve(bench: Bench) -> Truth:
    """Let what entities do lie evenly over their lives, whatever curve is declared."""
    parent, key, created = bench.place.parent
    link, time = (quote(column) for column in bench.place.columns)
    table = quote(bench.place.table)
    born = f"(SELECT p.{quote(created)} FROM {quote(parent)} p WHERE p.{quote(key)} = {table}.{link})"
    life = f"(epoch((SELECT MAX({time}) FROM {table})) - epoch({born}))"
    bench.pick(rate=1.0)
    bench.set(
        {
            bench.place.columns[
                1
            ]: f"{born} + INTERVAL (floor({life} * (md5_number_lower(rowid::VARCHAR) % 10007) / 10007.0)) SECOND"
        }
    )
    return Truth("fanout_mismatch", bench.place.table, (), None)


@damage("weights_mismatch")
def weights_mismatch(bench: Bench) -> Truth:
    """Let one category take rows from the others."""
    column = quote(bench.place.column)
    bench.pick()
    bench.set({bench.place.column: f"(SELECT MIN({column}) FROM {quote(bench.place.table)})"})
    return bench.truth(None)


@damage("target_missed")
def target_missed(bench: Bench) -> Truth:
    """Raise a number beyond what the schema aims at."""
    column = quote(bench.place.column)
    bench.pick(rate=1.0)
    bench.set({bench.place.column: f"{column} + {bench.rate}"})
    return bench.truth(None)


@damage("constraint_violated")
def constraint_violated(bench: Bench) -> Truth:
    """Break a declared inequality, or repeat a value that is declared unique."""
    first, *others = (quote(column) for column in bench.place.columns)
    k = bench.pick(f"{first} IS NOT NULL")
    if others:
        bench.set({bench.place.columns[0]: f"{others[0]} + 1"})
        return bench.truth(k, bench.place.columns[0])
    bench.set({bench.place.column: f"(SELECT MIN({first}) FROM {quote(bench.place.table)})"})
    table = quote(bench.place.table)
    rows = f"SELECT COUNT(*) FROM (FROM {table} WHERE {first} IS NOT NULL QUALIFY COUNT(*) OVER (PARTITION BY {first}) > 1)"
    return bench.truth(bench.number(rows))


def _age_out(bench: Bench, days: int) -> Truth:
    """Delete what entities do beyond some days of age, for a part of them."""
    parent, key, created = bench.place.parent
    link, time = (quote(column) for column in bench.place.columns)
    born = (
        f"(SELECT p.{quote(created)} FROM {quote(parent)} p WHERE p.{quote(key)} = {quote(bench.place.table)}.{link})"
    )
    bench.delete(f"{_draw(bench, link)} AND {time} > {born} + INTERVAL {days} DAY")
    return Truth("", parent, (created,), None)


def _draw(bench: Bench, value: str) -> str:
    """SQL: true for a part (the rate) of the values, the same whenever it is asked."""
    return f"md5_number_lower({value}::VARCHAR || ':{bench.seed}') % 1000 < {1000 * bench.rate}"


def _at_least(bench: Bench, column: str) -> str:
    table = quote(bench.place.table)
    return f"SELECT COUNT(*) FROM {table} WHERE {column} = (SELECT MIN({column}) FROM {table})"
