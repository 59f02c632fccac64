"""What words mean in the names of tables and columns: tables of words, read by ``names``."""

from __future__ import annotations

from datacruncher.words import word_set

# What warehouses put in front of a table's name, and behind it.
TABLE_PREFIXES = word_set(
    "dim dims fact fct stg stage staging tbl tb t raw src ods int mart dwh vw v base br brg bridge sat hub lnk d f "
    "db app prod public dbo core map xref rel"
)
TABLE_SUFFIXES = word_set("table tbl dim fact fct stg raw vw view base master mst data dataset current snapshot t")

# Words that say "this is a key". The strong ones mean nothing else.
STRONG_KEYS = word_set("id ids key sk pk fk uuid guid oid rowid ident identifier uid nk bk hk")
WEAK_KEYS = word_set("code cd no nr num number ref reference symbol sku isin iata icao iso slug handle hash")
NAMELESS = word_set("col column columns field fld attr attribute var variable unnamed feature")
KEY_WORDS = STRONG_KEYS | WEAK_KEYS
GLUED = ("uuid", "guid", "key", "code", "num", "ref", "id", "sk", "fk", "pk", "no", "nr", "cd")
NOT_GLUED = word_set(
    "paid unpaid prepaid valid invalid grid fluid solid void bid android avoid liquid rapid covid raid maid hybrid "
    "said laid mid kid lid aid rid monkey turkey hockey whiskey jockey donkey barcode postcode zipcode postalcode "
    "zip casino piano video photo memo promo demo info logo auto macro micro euro zero hero ratio studio audio "
    "radio portfolio inventory maximum minimum"
)

ABBREVIATIONS = {
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
MEANING = {word: line[0] for line in _SYNONYMS for word in line}

# Roles that people play, and the tables in which such people stand, likeliest first.
WORKER_ROLES = word_set(
    "rep representative manager supervisor boss officer lead leader mentor assistant owner author creator editor approver "
    "reviewer assignee assigned assign agent handler responsible contact salesperson salesman seller sales advisor "
    "teacher tutor driver operator inspector auditor technician clerk cashier report reports superior by head chief "
    "referrer inviter sender recipient receiver requester reporter director"
)
PEOPLE = (
    *("employee", "staff", "worker", "personnel", "associate", "representative", "agent", "salesperson", "user"),
    *("member", "person", "people", "contact", "party", "individual", "player", "customer", "account"),
)
# The two ends of a way, and the tables in which such places stand.
ENDS = word_set("origin orig destination dest departure arrival source target pickup dropoff from to start end")
PLACES = word_set("airport station port stop location city place hub terminal warehouse depot zone branch site harbor")
SELF_ROLES = word_set(
    "parent manager supervisor boss superior report reports predecessor previous prev next root original master "
    "reply replies referrer referred mentor ancestor sponsor successor duplicate merged lead head"
)
POSITIONS = word_set("line number seq sequence position pos index idx ordinal rank version row step nr no num")

# Plurals that no rule makes singular.
IRREGULAR = {
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
