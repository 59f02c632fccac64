"""Random streams: a column is a pure function of (seed, table, purpose, block).

Every draw comes from a stream of its own, so that any column of any block can be computed alone, in any order, by any
worker. The bit generator and the block size are part of the format: changing either is a new generator version.
"""

from __future__ import annotations

import hashlib

import numpy as np

BLOCK_ROWS = 65_536
BIT_GENERATOR = "SFC64"
_SEPARATOR = b"\x00"  # cannot occur in a table's or column's name


def stream(seed: int, table: str, purpose: str, block: int = 0) -> np.random.Generator:
    """The stream of one purpose in one block.

    Parameters
    ----------
    seed
        The document's seed, any integer.
    table, purpose
        Whose draw it is: a table's id, and a column's name or ``fanout``, ``person``, ….
    block
        0-based number of the logical block of `BLOCK_ROWS` rows.
    """
    text = _SEPARATOR.join(part.encode("utf-8", "surrogatepass") for part in (str(seed), table, purpose, str(block)))
    words = np.frombuffer(hashlib.sha256(text).digest(), dtype="<u4")
    return np.random.Generator(np.random.SFC64(np.random.SeedSequence(words.tolist())))


def number_for(seed: int, table: str, purpose: str) -> int:
    """64 bits that belong to a purpose: the key of a bijection."""
    text = _SEPARATOR.join(part.encode("utf-8", "surrogatepass") for part in (str(seed), table, purpose, "key"))
    return int.from_bytes(hashlib.sha256(text).digest()[:8], "little")
