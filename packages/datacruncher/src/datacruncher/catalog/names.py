"""Reading names: words, keys, entities, abbreviations. Names prune, values decide."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

Words = tuple[str, ...]

_CUT = re.compile(r"[^0-9A-Za-z]+|(?<=[a-z])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])|(?<=[A-Za-z])(?=\d)|(?<=\d)(?=[A-Za-z])")

# What warehouses put in front of a table's name, and behind it.
_TABLE_PREFIXES = frozenset(
    [
        "dim",
        "dims",
        "fact",
        "fct",
        "stg",
        "stage",
        "staging",
        "tbl",
        "tb",
        "t",
        "raw",
        "src",
        "ods",
        "int",
        "mart",
        "dwh",
        "vw",
        "v",
        "base",
        "br",
        "brg",
        "bridge",
        "sat",
        "hub",
        "lnk",
        "d",
        "f",
        "db",
        "app",
        "prod",
        "public",
        "dbo",
        "core",
        "map",
        "xref",
        "rel",
    ]
)
_TABLE_SUFFIXES = frozenset(
    [
        "table",
        "tbl",
        "dim",
        "fact",
        "fct",
        "stg",
        "raw",
        "vw",
        "view",
        "base",
        "master",
        "mst",
        "data",
        "dataset",
        "current",
        "snapshot",
        "t",
    ]
)

# Words that say "this is a key". The strong ones mean nothing else.
STRONG_KEYS = frozenset(
    [
        "id",
        "ids",
        "key",
        "sk",
        "pk",
        "fk",
        "uuid",
        "guid",
        "oid",
        "rowid",
        "ident",
        "identifier",
        "uid",
        "nk",
        "bk",
        "hk",
    ]
)
WEAK_KEYS = frozenset(
    [
        "code",
        "cd",
        "no",
        "nr",
        "num",
        "number",
        "ref",
        "reference",
        "symbol",
        "sku",
        "isin",
        "iata",
        "icao",
        "iso",
        "slug",
        "handle",
        "hash",
    ]
)
KEY_WORDS = STRONG_KEYS | WEAK_KEYS
_GLUED = ("uuid", "guid", "key", "code", "num", "ref", "id", "sk", "fk", "pk", "no", "nr", "cd")
_NOT_GLUED = frozenset(
    [
        "paid",
        "unpaid",
        "prepaid",
        "valid",
        "invalid",
        "grid",
        "fluid",
        "solid",
        "void",
        "bid",
        "android",
        "avoid",
        "liquid",
        "rapid",
        "covid",
        "raid",
        "maid",
        "hybrid",
        "said",
        "laid",
        "mid",
        "kid",
        "lid",
        "aid",
        "rid",
        "monkey",
        "turkey",
        "hockey",
        "whiskey",
        "jockey",
        "donkey",
        "barcode",
        "postcode",
        "zipcode",
        "postalcode",
        "zip",
        "casino",
        "piano",
        "video",
        "photo",
        "memo",
        "promo",
        "demo",
        "info",
        "logo",
        "auto",
        "macro",
        "micro",
        "euro",
        "zero",
        "hero",
        "ratio",
        "studio",
        "audio",
        "radio",
        "portfolio",
        "inventory",
        "maximum",
        "minimum",
    ]
)

_ABBREVIATIONS = {
    "cust": "customer",
    "cst": "customer",
    "clt": "client",
    "acct": "account",
    "acc": "account",
    "act": "account",
    "prod": "product",
    "prd": "product",
    "emp": "employee",
    "dept": "department",
    "dep": "department",
    "org": "organization",
    "organisation": "organization",
    "addr": "address",
    "inv": "invoice",
    "ord": "order",
    "txn": "transaction",
    "trx": "transaction",
    "tx": "transaction",
    "trans": "transaction",
    "tran": "transaction",
    "cat": "category",
    "ctg": "category",
    "mgr": "manager",
    "supp": "supplier",
    "vend": "vendor",
    "loc": "location",
    "pmt": "payment",
    "pymt": "payment",
    "pay": "payment",
    "sub": "subscription",
    "subs": "subscription",
    "usr": "user",
    "grp": "group",
    "proj": "project",
    "tkt": "ticket",
    "itm": "item",
    "wh": "warehouse",
    "whse": "warehouse",
    "str": "store",
    "reg": "region",
    "cntry": "country",
    "ctry": "country",
    "cur": "currency",
    "ccy": "currency",
    "curr": "currency",
    "camp": "campaign",
    "cmp": "campaign",
    "doc": "document",
    "msg": "message",
    "evt": "event",
    "sess": "session",
    "dev": "device",
    "veh": "vehicle",
    "pat": "patient",
    "phys": "physician",
    "stu": "student",
    "crs": "course",
    "tch": "teacher",
    "appt": "appointment",
    "rep": "representative",
    "ship": "shipment",
    "shpmt": "shipment",
    "mfr": "manufacturer",
    "br": "branch",
    "co": "company",
    "comp": "company",
    "cty": "city",
    "st": "state",
    "lang": "language",
    "src": "source",
    "dest": "destination",
    "orig": "origin",
    "flt": "flight",
    "pax": "passenger",
    "resv": "reservation",
    "res": "reservation",
}

# Words of one meaning; the first of each line stands for all.
_SYNONYMS = (
    ("customer", "client", "buyer", "shopper", "patron"),
    ("employee", "staff", "worker", "personnel", "associate"),
    ("product", "item", "article", "good", "sku"),
    ("supplier", "vendor"),
    ("company", "organization", "firm"),
    ("store", "shop", "outlet"),
    ("device", "machine"),
    ("doctor", "physician"),
    ("order", "purchase"),
)
_MEANING = {word: line[0] for line in _SYNONYMS for word in line}

# Roles that people play, and the tables in which such people stand, likeliest first.
WORKER_ROLES = frozenset(
    [
        "rep",
        "representative",
        "manager",
        "supervisor",
        "boss",
        "lead",
        "leader",
        "mentor",
        "assistant",
        "owner",
        "author",
        "creator",
        "editor",
        "approver",
        "reviewer",
        "assignee",
        "assigned",
        "assign",
        "agent",
        "handler",
        "responsible",
        "contact",
        "salesperson",
        "salesman",
        "seller",
        "sales",
        "advisor",
        "teacher",
        "tutor",
        "driver",
        "operator",
        "inspector",
        "auditor",
        "technician",
        "clerk",
        "cashier",
        "report",
        "reports",
        "superior",
        "by",
        "head",
        "chief",
        "referrer",
        "inviter",
        "sender",
        "recipient",
        "receiver",
        "requester",
        "reporter",
        "director",
    ]
)
PEOPLE = (
    *("employee", "staff", "worker", "personnel", "associate", "representative", "agent", "salesperson", "user"),
    *("member", "person", "people", "contact", "party", "individual", "player", "customer", "account"),
)
SELF_ROLES = frozenset(
    [
        "parent",
        "manager",
        "supervisor",
        "boss",
        "superior",
        "report",
        "reports",
        "predecessor",
        "previous",
        "prev",
        "next",
        "root",
        "original",
        "master",
        "reply",
        "replies",
        "referrer",
        "referred",
        "mentor",
        "ancestor",
        "sponsor",
        "successor",
        "duplicate",
        "merged",
        "lead",
        "head",
    ]
)
POSITIONS = frozenset(
    [
        "line",
        "number",
        "seq",
        "sequence",
        "position",
        "pos",
        "index",
        "idx",
        "ordinal",
        "rank",
        "version",
        "row",
        "step",
        "nr",
        "no",
        "num",
    ]
)


def words(name: str) -> Words:
    """The words of a name, lower-case: ``SupportRepId`` → support, rep, id."""
    plain = unicodedata.normalize("NFKD", name)
    plain = "".join(sign for sign in plain if not unicodedata.combining(sign))
    found = tuple(piece.lower() for piece in _CUT.split(plain) if piece)
    return found or (name.lower(),)


def singular(word: str) -> str:
    """The singular of an English noun, well enough for names of tables."""
    if len(word) < 4 or word.endswith(("ss", "us", "is")):
        return _IRREGULAR.get(word, word)
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    if word.endswith("ies"):
        return word if word in {"series", "species", "movies"} else word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


_IRREGULAR = {
    "people": "person",
    "children": "child",
    "men": "man",
    "women": "woman",
    "movies": "movie",
    "data": "data",
    "statuses": "status",
    "buses": "bus",
    "analyses": "analysis",
    "indices": "index",
    "news": "news",
    "mice": "mouse",
    "addresses": "address",
    "aliases": "alias",
    "campuses": "campus",
    "bonuses": "bonus",
    "viruses": "virus",
    "quizzes": "quiz",
    "matrices": "matrix",
    "criteria": "criterion",
    "staff": "staff",
    "leaves": "leave",
    "series": "series",
    "species": "species",
    "lens": "lens",
    "gas": "gas",
}


def abbreviates(short: str, long: str) -> bool:
    """Whether `short` may stand for `long`: known, a prefix of three letters or more, or its consonants in order."""
    if _ABBREVIATIONS.get(short) == long:
        return True
    if len(short) < 3 or len(short) >= len(long) or short[0] != long[0]:
        return False
    if long.startswith(short):
        return True
    letters = iter(long)
    return not set(short) & set("aeiou") and all(sign in letters for sign in short)


def similar(word: str, other: str) -> float:
    """How surely two words mean the same: 1 the same, 0.9 an abbreviation, 0.6 a synonym, 0 otherwise."""
    if word == other:
        return 1.0
    if abbreviates(word, other) or abbreviates(other, word):
        return 0.9
    full, other_full = _ABBREVIATIONS.get(word, word), _ABBREVIATIONS.get(other, other)
    return 0.6 if _MEANING.get(full, full) == _MEANING.get(other_full, other_full) else 0.0


def same(left: Words, right: Words) -> float:
    """How surely two sequences of words mean the same thing."""
    if not left or not right:
        return 0.0
    if "".join(left) == "".join(right):
        return 1.0
    if len(left) == len(right):
        return min(similar(a, b) for a, b in zip(left, right, strict=True))
    short, long = sorted((left, right), key=len)
    initials = "".join(word[0] for word in long)
    return 0.7 if len(short) == 1 and len(long) > 1 and short[0] == initials else 0.0


@dataclass(frozen=True, slots=True)
class Reading:
    """A column's name, read.

    Parameters
    ----------
    words
        All its words, without the letters that all columns of its table begin with.
    entity
        The words that say of what it is a key, singular; empty for a bare ``id``.
    key
        The word that says that it is a key; empty if none does.
    """

    words: Words
    entity: Words
    key: str

    @property
    def strong(self) -> bool:
        """Whether its key word means nothing else."""
        return self.key in STRONG_KEYS


class Names:
    """Reads the names of one dataset, knowing its tables.

    Parameters
    ----------
    tables
        Table → names of its columns.
    """

    def __init__(self, tables: Mapping[str, Sequence[str]]) -> None:
        self.tables = {name: table_words(name) for name in tables}
        self._vocabulary = {word for found in self.tables.values() for word in found}
        self._prefixes = {name: _common_prefix(columns) for name, columns in tables.items()}

    def read(self, table: str, column: str) -> Reading:
        """The reading of a column's name."""
        found = words(column)
        prefix = self._prefixes[table]
        if prefix and len(found) > 1 and found[0] == prefix:
            found = found[1:]
        found = tuple(piece for word in found for piece in self._unglued(word))
        lead = found[0] in {"fk", "pk", "id", "sk"} and len(found) > 1
        if found[-1] in KEY_WORDS:
            entity, key = found[:-1], found[-1]
            while len(entity) > 1 and entity[-1] in {"id", "key", "fk", "pk"}:
                entity = entity[:-1]
            if entity and entity[0] in {"fk", "pk"}:
                entity = entity[1:]
        elif lead:
            entity, key = found[1:], found[0]
        else:
            entity, key = found, ""
        return Reading(found, tuple(singular(word) for word in entity), key)

    def _unglued(self, word: str) -> tuple[str, ...]:
        """``custkey`` → cust, key; ``userid`` → user, id; a word that only happens to end so stays whole."""
        if word in KEY_WORDS or word in _NOT_GLUED or word in self._vocabulary or singular(word) in self._vocabulary:
            return (word,)
        for key in _GLUED:
            stem = word.removesuffix(key)
            if stem != word and (self._is_entity(stem) or (key in {"key", "uuid", "guid"} and len(stem) > 2)):
                return stem, key
        return (word,)

    def _is_entity(self, stem: str) -> bool:
        stem = singular(stem)
        if len(stem) < 2:
            return False
        return stem in self._vocabulary or any(abbreviates(stem, word) for word in self._vocabulary)


def table_words(name: str) -> Words:
    """The words of a table's name, singular, without what warehouses put around it."""
    found = words(name)
    while len(found) > 1 and found[0] in _TABLE_PREFIXES:
        found = found[1:]
    while len(found) > 1 and found[-1] in _TABLE_SUFFIXES:
        found = found[:-1]
    return tuple(singular(word) for word in found if not word.isdigit()) or found


def _common_prefix(columns: Iterable[str]) -> str:
    """The one to four letters that nearly all columns of a table begin with (``l_`` in ``l_orderkey``), or empty."""
    names = list(columns)
    heads = Counter(found[0] for name in names if len(found := words(name)) > 1)
    if len(names) < 2 or not heads:
        return ""
    head, n = heads.most_common(1)[0]
    return head if n >= 0.9 * len(names) and len(head) <= 4 and head not in KEY_WORDS else ""


def target(entity: Words, table: Words) -> float:
    """How surely a key of `entity` points to `table`: 1 by its whole name, 0.9 with a role before it, less in part."""
    whole = same(entity, table)
    if whole:
        return whole
    n, m = len(entity), len(table)
    if n > m and (tail := same(entity[n - m :], table)):
        return 0.9 * tail
    if m > n and (tail := same(table[m - n :], entity)):
        return 0.75 * tail
    if n > m and (head := same(entity[:m], table)):
        return 0.6 * head
    if m > n and (head := same(table[:n], entity)):
        return 0.55 * head
    return 0.0


def own(entity: Words, table: Words) -> float:
    """How surely a key of `entity` is the key of `table` itself (a role before it makes it another's)."""
    whole = same(entity, table)
    n, m = len(entity), len(table)
    if whole or n >= m:
        return whole
    return max(0.85 * same(table[m - n :], entity), 0.8 * same(table[:n], entity))
