"""How often does each check of `validate` cry wolf? Right data, many seeds: a check may fail less than once in 1,000 times.

    python packages/datagen-core/benchmarks/false_alarms.py --seeds 200 tests/cases/features.json docs/examples/schemas/*.json

Every document is generated and validated once for each seed, at about `--rows` rows in its largest table. Printed are the
checks with their trials (places that were judged, skipped ones aside), alarms and rate, and every alarm with its
message. Exit code 1 where a check has more alarms than a rate of 1 in 1,000 explains (by Poisson, one time in a hundred).
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import datagen_core
from datagen_core.plan import plan
from datagen_core.validation import validate_dataset

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from datagen_core.schema.model import Document

PROMISE = 1e-3
WISHES = frozenset({"behaviour.weekend_share", "behaviour.mean_in_range"})
"""Ranges that an author wishes for the data at hand: a document may miss its own, and that is no false alarm."""
DOUBT = 0.01
"""How rarely a check that keeps the promise is called one that breaks it."""


@dataclass
class Tally:
    """Trials and alarms of each check, over documents and seeds.

    Parameters
    ----------
    trials, alarms
        By the check's id.
    told
        One line for each alarm.
    """

    trials: Counter[str] = field(default_factory=Counter)
    alarms: Counter[str] = field(default_factory=Counter)
    told: list[str] = field(default_factory=list)

    def breaks(self) -> list[str]:
        """The checks whose alarms a rate of 1 in 1,000 does not explain."""
        return [name for name, count in self.alarms.items() if more_than(count, PROMISE * self.trials[name]) < DOUBT]

    def table(self) -> Iterable[str]:
        """A line for each check."""
        broken = self.breaks()
        yield f"{'check':34}{'trials':>8}{'alarms':>8}{'rate':>9}"
        for name, count in sorted(self.trials.items()):
            rate = f"{self.alarms[name] / count:.3%}" if self.alarms[name] else "0"
            yield f"{name:34}{count:8}{self.alarms[name]:8}{rate:>9}{'  too many' if name in broken else ''}"


def more_than(count: int, mean: float) -> float:
    """P(N ≥ count) of a Poisson number with that mean."""
    return 1 - math.fsum(math.exp(-mean) * mean**k / math.factorial(k) for k in range(count))


def count_alarms(documents: Sequence[Document], seeds: Iterable[int], rows: float) -> Tally:
    """Generate and validate each document with each seed."""
    tally = Tally()
    scales = [min(1.0, rows / largest(document)) for document in documents]
    with tempfile.TemporaryDirectory() as folder:
        for seed in seeds:
            for number, (document, scale) in enumerate(zip(documents, scales, strict=True)):
                place = Path(folder) / str(number)
                datagen_core.generate(document, place, seed=seed, scale=scale, workers=1)
                _add(tally, document, place, seed)
    return tally


def largest(document: Document) -> float:
    """The rows that the largest table is expected to have."""
    return max(table.rows for table in plan(document).tables)


def _add(tally: Tally, document: Document, place: Path, seed: int) -> None:
    for result in validate_dataset(document, place).results:
        if result.status == "skipped" or result.id in WISHES:
            continue
        tally.trials[result.id] += 1
        if result.bad:
            tally.alarms[result.id] += 1
            where = f"{document.metadata['name']}.{result.table} {', '.join(result.columns)}"
            tally.told.append(f"seed {seed} {result.id} {where}: {result.outcome.message}")


def main() -> int:
    """Read the call, count, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("documents", nargs="+", type=Path)
    parser.add_argument("--seeds", type=int, default=200)
    parser.add_argument("--first", type=int, default=1000, help="the first seed")
    parser.add_argument("--rows", type=float, default=20_000)
    call = parser.parse_args()
    documents = [datagen_core.load(path) for path in call.documents]
    tally = count_alarms(documents, range(call.first, call.first + call.seeds), call.rows)
    print("\n".join([*tally.table(), "", *tally.told]))
    return 1 if tally.breaks() else 0


if __name__ == "__main__":
    sys.exit(main())
