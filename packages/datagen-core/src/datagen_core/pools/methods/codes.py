"""Codes with rules: identifiers, accounts, cards, addresses of the net, bar codes; check digits are right."""

from __future__ import annotations

from string import ascii_letters
from typing import Annotated, Any, Literal

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.pools._tables import CARDS, CURRENCIES, DEFAULT_IBAN, IBANS
from datagen_core.pools.base import Call, MethodSpec, from_pool
from datagen_core.pools.data import DEFAULT_LOCALE, once
from datagen_core.pools.draws import LARGEST, Ints
from datagen_core.pools.strings import (
    ABSENT,
    DIGITS,
    NONZERO,
    UPPER,
    Bytes,
    Template,
    pick,
    scatter,
    text_of,
)

_HEX = b"0123456789abcdef"
_OCTET = [str(number) for number in range(256)]


def _fixed(name: str, layout: str, symbols: dict[str, bytes]) -> MethodSpec:
    """A method with one layout for all locales."""
    template = Template.parse(layout, symbols)
    room = min(template.coded_space(), LARGEST)
    return MethodSpec(name, "string", lambda call, _: template.make(call.own), space=lambda *_: room, local=False)


class UuidArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`cast_to` is accepted as Faker's ``null``; values are strings in any case."""

    cast_to: None = None


_UUID = Template.parse("xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx", {"x": _HEX, "y": b"89ab"})


def _uuid(call: Call, _args: msgspec.Struct) -> pa.StringArray:
    """Version 4, variant 1 (RFC 9562). A random one reads its 122 bits from two words of 64."""
    if call.own.unique:
        return _UUID.make(call.own)
    raw = np.stack([call.own.bits(1), call.own.bits(2)], axis=1).astype(">u8").view(np.uint8).reshape(-1, 16)
    raw[:, 6] = (raw[:, 6] & 0x0F) | 0x40
    raw[:, 8] = (raw[:, 8] & 0x3F) | 0x80
    nibbles = np.empty((len(raw), 32), np.uint8)
    nibbles[:, 0::2], nibbles[:, 1::2] = raw >> 4, raw & 15
    out = np.full((len(raw), 36), ord("-"), np.uint8)
    places = [at for at in range(36) if at not in {8, 13, 18, 23}]
    out[:, places] = np.frombuffer(_HEX, np.uint8)[nibbles]
    return text_of(out)


def luhn(payload: Bytes) -> Ints:
    """The check digit (ISO/IEC 7812-1 annex B) of rows of ASCII digits."""
    values = payload[:, ::-1].astype(np.int64) - ord("0")
    values[:, 0::2] *= 2
    values -= 9 * (values > 9)
    check: Ints = (-values.sum(axis=1)) % 10
    return check


def mod10(payload: Bytes) -> Ints:
    """The check digit of EAN-13 and ISBN-13 (GS1): weights 1 and 3 in turn."""
    values = payload.astype(np.int64) - ord("0")
    check: Ints = (-(values[:, 0::2].sum(axis=1) + 3 * values[:, 1::2].sum(axis=1))) % 10
    return check


def mod97(text: Bytes) -> Ints:
    """98 − (number mod 97) over digits and letters read as 10…35 (ISO 7064 MOD 97-10)."""
    rest = np.zeros(len(text), np.int64)
    for column in text.T:
        letter = column >= ord("A")
        value = np.where(letter, column.astype(np.int64) - 55, column.astype(np.int64) - 48)
        rest = (rest * np.where(letter, 100, 10) + value) % 97
    return 98 - rest


def _with_check(payload: Bytes, check: Ints) -> Bytes:
    return np.concatenate([payload, (check + ord("0")).astype(np.uint8)[:, None]], axis=1)


CardType = Literal["visa", "mastercard", "amex", "discover"]
_CARD_NAMES = {"visa": "Visa", "mastercard": "Mastercard", "amex": "American Express", "discover": "Discover"}


class CardArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`card_type`: one issuer only."""

    card_type: CardType | None = None


_PREFIX_SLOTS = {"5": ["5", b"12345"], "3": ["3", b"47"]}


@once
def _card_template(issuer: str) -> Template:
    """All digits but the check digit; the second digit as the issuer has it."""
    _, prefix, length = CARDS[issuer]
    known = _PREFIX_SLOTS.get(prefix, [*prefix])
    parts = [slot.encode() if isinstance(slot, str) else slot for slot in known]
    return Template(tuple(parts + [DIGITS] * (length - 1 - len(parts))))


def _issuers(call: Call) -> Ints:
    shares = np.cumsum([share for share, _, _ in CARDS.values()])
    return np.searchsorted(shares[:-1], call.groups["card"].unit(1), side="right")


def _card_number(call: Call, args: Any) -> pa.StringArray:
    names = list(CARDS)
    if args.card_type is not None:
        return _numbers_of(_CARD_NAMES[args.card_type], call)
    issuer = _issuers(call)
    parts = []
    for at, name in enumerate(names):
        rows = np.flatnonzero(issuer == at)
        part = Call(call.own.take(rows), {}, call.locale, call.today)
        parts.append((rows, _numbers_of(name, part)))
    return scatter(parts)


def _numbers_of(issuer: str, call: Call) -> pa.StringArray:
    template = _card_template(issuer)
    payload = template.matrix(call.own.code(template.space), call.own)
    return text_of(_with_check(payload, luhn(payload)))


def _cards(_locale: str, args: Any) -> int:
    issuers = [_CARD_NAMES[args.card_type]] if args.card_type else list(CARDS)
    return min(_card_template(issuer).space for issuer in issuers)


def _issuer(call: Call, args: Any) -> pa.Array:
    names = pa.array(list(CARDS))
    if call.own.unique:
        return pick(names, call.own.code(len(names)))
    if args.card_type is not None:
        return pick(pa.array([_CARD_NAMES[args.card_type]]), np.zeros(len(call), np.int64))
    return pick(names, _issuers(call))


_IBAN_SYMBOLS = {"#": DIGITS, "@": UPPER, "?": UPPER + DIGITS}


@once
def _account(locale: str) -> tuple[bytes, Template]:
    country, layout = IBANS.get(locale, DEFAULT_IBAN)
    return country.encode(), Template.parse(layout, _IBAN_SYMBOLS)


def _iban(call: Call, _args: msgspec.Struct) -> pa.StringArray:
    country, template = _account(call.locale)
    domestic = template.matrix(call.own.code(template.coded_space()), call.own)
    prefix = np.broadcast_to(np.frombuffer(country, np.uint8), (len(call), 2))
    zeros = np.full((len(call), 2), ord("0"), np.uint8)
    check = mod97(np.concatenate([domestic, prefix, zeros], axis=1))
    tens = np.stack([check // 10, check % 10], axis=1).astype(np.uint8) + ord("0")
    return text_of(np.concatenate([prefix, tens, domestic], axis=1))


def _bban(call: Call, _args: msgspec.Struct) -> pa.StringArray:
    return _account(call.locale)[1].make(call.own)


class SwiftArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`length`: 8, or 11 with a branch."""

    length: Literal[8, 11] = 11


def _swift_template(locale: str, args: Any) -> Template:
    """Bank, country, place and branch (ISO 9362)."""
    country = "US" if locale == DEFAULT_LOCALE else _account(locale)[0].decode()
    branch = "###" if args.length == 11 else ""
    bank, place = (Template.parse(part, _IBAN_SYMBOLS).parts for part in ("@@@@", f"??{branch}"))
    return Template(bank + Template.parse(country, {}).parts + place)


def _swift(call: Call, args: Any) -> pa.StringArray:
    return _swift_template(call.locale, args).make(call.own)


class BarcodeArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`leading_zero`: false for codes that do not begin with 0 (those would be UPC-A)."""

    leading_zero: bool | None = None


def _ean13(call: Call, args: Any) -> pa.StringArray:
    template = _ean_template(args)
    payload = template.matrix(call.own.code(template.space), call.own)
    return text_of(_with_check(payload, mod10(payload)))


def _ean_template(args: Any) -> Template:
    first = {None: DIGITS, True: b"0", False: NONZERO}[args.leading_zero]
    return Template((first, *[DIGITS] * 11))


class IsbnArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`separator`: what stands between the five parts."""

    separator: Annotated[str, msgspec.Meta(max_length=1)] = "-"


def _isbn13(call: Call, args: Any) -> pa.StringArray:
    """978, group 0 (English), a registrant of four digits 2000…6999, a title of four, the check digit."""
    payload = _ISBN.matrix(call.own.code(_ISBN.space), call.own)
    whole = text_of(_with_check(payload, mod10(payload)))
    cuts = ((0, 3), (3, 4), (4, 8), (8, 12), (12, 13))
    return pc.binary_join_element_wise(*[pc.utf8_slice_codeunits(whole, *cut) for cut in cuts], args.separator)


_ISBN = Template.parse("9780R#######", {"#": DIGITS, "R": b"23456"})

#: No area 000, 666 or 9xx, no group 00, no serial 0000 (Social Security Administration).
_SSN = Template((b"1234578", DIGITS, DIGITS, b"-", DIGITS, NONZERO, b"-", DIGITS, DIGITS, DIGITS, NONZERO))


def _ssn(call: Call, _args: msgspec.Struct) -> pa.StringArray:
    return _SSN.make(call.own)


class Ipv4Args(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`private`: true for RFC 1918's 10/8, false for addresses outside the special ranges."""

    private: bool | None = None


def _ipv4(call: Call, args: Any) -> pa.Array:
    first = [10] if args.private else _PUBLIC if args.private is False else list(range(1, 224))
    code = call.own.code(len(first) << 24)
    octets = [np.array(first)[code >> 24], (code >> 16) & 255, (code >> 8) & 255, code & 255]
    numbers = pa.array(_OCTET)
    return pc.binary_join_element_wise(*[numbers.take(pa.array(octet)) for octet in octets], ".")


#: First octets without a special range in them (IANA's registry, RFC 6890).
_PUBLIC = [at for at in range(1, 224) if at not in {10, 100, 127, 169, 172, 192, 198, 203}]


def _ipv4_room(_locale: str, args: Any) -> int:
    return (1 if args.private else len(_PUBLIC) if args.private is False else 223) << 24


#: A global unicast address (2000::/3) in full notation.
_IPV6 = Template.parse(":".join(["pxxx", *["xxxx"] * 7]), {"p": b"23", "x": _HEX})
#: Locally administered and unicast: second hex digit 2, 6, a or e (IEEE 802).
_MAC = Template.parse("xm:xx:xx:xx:xx:xx", {"x": _HEX, "m": b"26ae"})


class PatternArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`text`: # a digit, % a digit but 0, ! a digit or nothing, @ a digit but 0 or nothing, ? one of `letters`."""

    text: Annotated[str, msgspec.Meta(max_length=1000)]
    letters: Annotated[str, msgspec.Meta(min_length=1, pattern=r"^[\x21-\x7e]+$")] = ascii_letters


class BothifyArgs(PatternArgs, frozen=True):
    """As `PatternArgs`, with Faker's default text."""

    text: Annotated[str, msgspec.Meta(max_length=1000)] = "## ??"


class NumerifyArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`text`: # a digit, % a digit but 0, ! a digit or nothing, @ a digit but 0 or nothing."""

    text: Annotated[str, msgspec.Meta(max_length=1000)] = "###"


class LexifyArgs(PatternArgs, frozen=True):
    """`text`: ? one of `letters`."""

    text: Annotated[str, msgspec.Meta(max_length=1000)] = "????"


_NUMBERS = {"#": DIGITS, "%": NONZERO, "!": DIGITS + ABSENT, "@": NONZERO + ABSENT}


@once
def _layout(text: str, letters: str, numbers: bool) -> Template:
    symbols = dict(_NUMBERS) if numbers else {}
    if letters:
        symbols["?"] = bytes(dict.fromkeys(letters.encode("ascii")))
    return Template.parse(text, symbols)


def _layout_of(name: str, args: Any) -> Template:
    return _layout(args.text, getattr(args, "letters", ""), numbers=name != "lexify")


def _pattern(name: str, args: type[msgspec.Struct]) -> MethodSpec:
    return MethodSpec(
        name,
        "string",
        lambda call, given: _layout_of(name, given).make(call.own),
        args,
        space=lambda _, given: min(_layout_of(name, given).always_full().coded_space(), LARGEST),
        local=False,
    )


@once
def _currencies() -> tuple[pa.StringArray, pa.StringArray]:
    rows = [line.split(" ", 1) for line in CURRENCIES.strip().splitlines()]
    return pa.array([code for code, _ in rows]), pa.array([name for _, name in rows])


METHODS = (
    MethodSpec("uuid4", "string", _uuid, UuidArgs, local=False),
    MethodSpec("credit_card_number", "string", _card_number, CardArgs, ("card",), _cards, local=False),
    MethodSpec("credit_card_provider", "string", _issuer, CardArgs, ("card",), lambda *_: len(CARDS), local=False),
    MethodSpec("iban", "string", _iban, space=lambda locale, _: _account(locale)[1].coded_space()),
    MethodSpec("bban", "string", _bban, space=lambda locale, _: _account(locale)[1].coded_space()),
    MethodSpec("swift", "string", _swift, SwiftArgs, space=lambda locale, args: _swift_template(locale, args).space),
    MethodSpec("ean13", "string", _ean13, BarcodeArgs, space=lambda _, args: _ean_template(args).space, local=False),
    MethodSpec("isbn13", "string", _isbn13, IsbnArgs, space=lambda *_: _ISBN.space, local=False),
    MethodSpec("ssn", "string", _ssn, space=lambda *_: _SSN.space, local=False),
    MethodSpec("ipv4", "string", _ipv4, Ipv4Args, space=_ipv4_room, local=False),
    _fixed("hex_color", "#xxxxxx", {"x": _HEX}),
    _fixed("credit_card_security_code", "###", {"#": DIGITS}),
    MethodSpec("ipv6", "string", lambda call, _: _IPV6.make(call.own), local=False),
    MethodSpec("mac_address", "string", lambda call, _: _MAC.make(call.own), space=lambda *_: _MAC.space, local=False),
    _pattern("bothify", BothifyArgs),
    _pattern("numerify", NumerifyArgs),
    _pattern("lexify", LexifyArgs),
    from_pool("currency_code", lambda _: _currencies()[0], "currency", local=False, like="currency"),
    from_pool("currency_name", lambda _: _currencies()[1], "currency", local=False, like="currency"),
)
