"""Names in Latin letters a-z, for e-mail addresses and user names.

Latin scripts are folded (NFKD, with the German digraphs); Cyrillic and Greek go through small tables, Hangul through
the Revised Romanization's letters. Scripts that cannot be read letter by letter (Arabic, Han, kana) give an empty
string, and the caller falls back to a neutral handle.
"""

from __future__ import annotations

import re
import unicodedata

_GERMAN = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss"})
_CYRILLIC = """
а a б b в v г g ґ g д d е e ж zh з z и i й y к k л l м m н n о o п p р r с s т t у u ф f х kh ц ts ч ch ш sh щ shch ы
y э e ю yu я ya і i ї i ё e є ie ә a ғ g қ k ң n ө o ұ u ү u һ h
"""
_GREEK = """
α a β v γ g δ d ε e ζ z η i θ th ι i κ k λ l μ m ν n ξ x ο o π p ρ r ς s σ s τ t υ y φ f χ ch ψ ps ω o
"""
_LATIN = "ß ss æ ae œ oe ø o å a ł l đ d ð d þ th ı i ə e ħ h ŋ ng"


def _table(*pairs: str) -> dict[int, str]:
    """Letters and their readings, in turn."""
    flat = " ".join(pairs).split()
    return str.maketrans(dict(zip(flat[::2], flat[1::2], strict=True)))


_LETTERS = _table(_CYRILLIC, _GREEK, _LATIN) | {ord("ъ"): "", ord("ь"): ""}
_JAMO = """
g kk n d tt r m b pp s ss - j jj ch k t p h
a ae ya yae eo e yeo ye o wa wae oe yo u wo we wi yu eu ui i
- g kk gs n nj nh d l lg lm lb ls lt lp lh m b bs s ss ng j ch k t p h
"""
_INITIALS, _VOWELS, _FINALS = ([part.strip("-") for part in line.split()] for line in _JAMO.strip().splitlines())
_HANGUL = range(0xAC00, 0xD7A4)
_NOT_A_LETTER = re.compile(r"[^a-z]+")


def handle(name: str, locale: str = "en") -> str:
    """`name` in letters a-z, or an empty string where its script cannot be read letter by letter."""
    if name.isascii():
        return _NOT_A_LETTER.sub("", name.lower())
    text = unicodedata.normalize("NFC", name).lower()
    if locale.startswith("de"):
        text = text.translate(_GERMAN)
    text = "".join(_hangul(character) if ord(character) in _HANGUL else character for character in text)
    folded = unicodedata.normalize("NFKD", text.translate(_LETTERS))
    letters = "".join(character for character in folded if not unicodedata.combining(character)).translate(_LETTERS)
    return (
        ""
        if any(character.isalpha() and not "a" <= character <= "z" for character in letters)
        else _NOT_A_LETTER.sub("", letters)
    )


def _hangul(syllable: str) -> str:
    """Initial, vowel and final of a syllable (Unicode 15, section 3.12)."""
    rest, final = divmod(ord(syllable) - _HANGUL.start, 28)
    initial, vowel = divmod(rest, 21)
    return _INITIALS[initial] + _VOWELS[vowel] + _FINALS[final]
