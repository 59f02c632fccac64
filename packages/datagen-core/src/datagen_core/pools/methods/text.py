"""Words, sentences, paragraphs: drawn from the locale's words, joined in Arrow."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Any

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datagen_core.pools.base import Call, MethodSpec, from_pool
from datagen_core.pools.data import common, entries, once
from datagen_core.pools.draws import LARGEST, Draw, Ints
from datagen_core.pools.strings import join, pool, taken

_FEWEST_WORDS = 50
#: What stands between words and behind a sentence, where a script does not use spaces and full stops.
_MARKS = {"ja": ("", "。"), "zh": ("", "。")}
_LATIN = (" ", ".")
_SHORTEST = 10
"""Texts stop where less than this many characters are left."""
_SENTENCE = 1_000
"""Salts from here on belong to sentences; each sentence of a text takes the next hundred."""
_STEP = 100

Count = Annotated[int, msgspec.Meta(ge=1, le=_STEP - 10)]


@dataclass(frozen=True)
class Lexicon:
    """Distinct lower-case words, and the same with a capital."""

    words: pa.StringArray
    capital: pa.StringArray


@once
def lexicon(locale: str) -> Lexicon:
    """The locale's words without digits and spaces."""
    found = entries(locale, "text", "words", fewest=_FEWEST_WORDS).to_pylist()
    words = pool(word.lower() for word in found if word.isalpha())
    return Lexicon(words, pa.array([word.capitalize() for word in words.to_pylist()]))


def _joined(pools: list[pa.StringArray], call: Call, lengths: Ints, least: int, salt: int) -> pa.StringArray:
    """A word of each pool per row, up to the row's length; the first `least` of a unique row spell its number."""
    size = len(pools[0])
    spelled = _spelled(least, size) if call.own.unique else 0
    code = call.own.code(size**spelled) if spelled else None
    space, _ = _MARKS.get(call.locale, _LATIN)
    columns: list[pa.Array] = []
    for position, words in enumerate(pools):
        if code is not None and position < spelled:
            code, index = np.divmod(code, size)
        else:
            index = call.own.below(size, salt + position)
        absent = position >= lengths
        columns.append(words.take(pa.array(index, mask=absent if absent.any() else None)))
    return columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, space, null_handling="skip")


def _spelled(words: int, size: int) -> int:
    """How many words one code can spell."""
    count = 1
    while count < words and size ** (count + 1) <= LARGEST:
        count += 1
    return count


def _bounds(count: int, varies: bool) -> tuple[int, int]:
    """`count`, or from 60 to 140 per cent of it, as Faker's ``variable_nb_…``."""
    return (max(1, round(0.6 * count)), max(1, round(1.4 * count))) if varies else (count, count)


def _around(draw: Draw, bounds: tuple[int, int], salt: int) -> Ints:
    return bounds[0] + draw.below(bounds[1] - bounds[0] + 1, salt)


def _plain(call: Call) -> Call:
    """The same rows without the demand for uniqueness: for what follows a part that already is."""
    return replace(call, own=Draw(call.own.words))


class WordsArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`nb`: how many words; they are one text, separated by spaces."""

    nb: Count = 3


class SentenceArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`nb_words`: how many words, ± 40 % with `variable_nb_words`."""

    nb_words: Count = 6
    variable_nb_words: bool = True


class ParagraphArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`nb_sentences`: how many sentences, ± 40 % with `variable_nb_sentences`."""

    nb_sentences: Count = 3
    variable_nb_sentences: bool = True


class TextArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`max_nb_chars`: no text is longer."""

    max_nb_chars: Annotated[int, msgspec.Meta(ge=5, le=20_000)] = 200


def _sentence(call: Call, args: Any, salt: int = _SENTENCE) -> pa.StringArray:
    least, most = _bounds(args.nb_words, args.variable_nb_words)
    lengths = _around(call.own, (least, most), salt + _STEP - 1)
    known = lexicon(call.locale)
    _, stop = _MARKS.get(call.locale, _LATIN)
    return join(_joined([known.capital] + [known.words] * (most - 1), call, lengths, least, salt), stop)


def _word(call: Call, _args: msgspec.Struct) -> pa.StringArray:
    words = lexicon(call.locale).words
    return taken(words, call.own.code(len(words)))


def _several(call: Call, args: Any) -> pa.StringArray:
    words = lexicon(call.locale).words
    return _joined([words] * args.nb, call, np.full(len(call), args.nb), args.nb, _SENTENCE)


def _paragraph(call: Call, args: Any) -> pa.StringArray:
    bounds = _bounds(args.nb_sentences, args.variable_nb_sentences)
    count = _around(call.own, bounds, 1)
    columns = [_sentence(call, SentenceArgs())]
    for at in range(1, bounds[1]):
        sentence = _sentence(_plain(call), SentenceArgs(), _SENTENCE + _STEP * at)
        columns.append(pc.if_else(pa.array(at < count), sentence, None))
    return _side_by_side(columns, call.locale)


def _side_by_side(columns: list[pa.Array], locale: str) -> pa.StringArray:
    space, _ = _MARKS.get(locale, _LATIN)
    return columns[0] if len(columns) == 1 else pc.binary_join_element_wise(*columns, space, null_handling="skip")


def _text(call: Call, args: Any) -> pa.StringArray:
    """Sentences as long as they fit; where not even the first does, as much of its words as fits."""
    space, _ = _MARKS.get(call.locale, _LATIN)
    first = pc.utf8_trim(pc.utf8_slice_codeunits(_sentence(call, SentenceArgs()), 0, args.max_nb_chars), " ")
    room = args.max_nb_chars - pc.utf8_length(first).to_numpy().astype(np.int64)
    columns = [first]
    for at in range(1, args.max_nb_chars // _SHORTEST + 1):
        if int(room.max(initial=0)) < _SHORTEST:
            break
        sentence = _sentence(call, SentenceArgs(), _SENTENCE + _STEP * at)
        length = pc.utf8_length(sentence).to_numpy() + len(space)
        fits = length <= room
        room = np.where(fits, room - length, 0)
        columns.append(pc.if_else(pa.array(fits), sentence, None))
    return _side_by_side(columns, call.locale)


def _vocabulary(locale: str, words: int) -> int:
    size = len(lexicon(locale).words)
    return int(size ** _spelled(words, size))


def _sentences(locale: str, args: Any) -> int:
    return _vocabulary(locale, _bounds(args.nb_words, args.variable_nb_words)[0])


def _word_rows(locale: str, args: Any) -> int:
    return _vocabulary(locale, args.nb)


class FileArgs(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`category`: one of mimesis' kinds of file; `extension`: without the dot."""

    category: str | None = None
    extension: str | None = None


@once
def _extensions(category: str | None) -> pa.StringArray:
    kinds = common("EXTENSIONS")
    return pool(kinds[category] if category in kinds else [item for group in kinds.values() for item in group])


@once
def _file_stems() -> pa.StringArray:
    return pool(name.rpartition(".")[0] or name for name in common("FILENAMES"))


def _file_name(call: Call, args: Any) -> pa.StringArray:
    stems = _file_stems()
    kinds = pa.array([f".{args.extension.lstrip('.')}"]) if args.extension else _extensions(args.category)
    stem, kind = np.divmod(call.own.code(len(stems) * len(kinds)), len(kinds))
    return join(taken(stems, stem), taken(kinds, kind))


def _files(_locale: str, args: Any) -> int:
    return len(_file_stems()) * (1 if args.extension else len(_extensions(args.category)))


@once
def _mime_types() -> pa.StringArray:
    return pool(item for group in common("MIME_TYPES").values() for item in group)


METHODS = (
    MethodSpec("word", "string", _word, space=lambda locale, _: len(lexicon(locale).words)),
    MethodSpec("words", "string", _several, WordsArgs, space=_word_rows),
    MethodSpec("sentence", "string", _sentence, SentenceArgs, space=_sentences),
    MethodSpec(
        "paragraph", "string", _paragraph, ParagraphArgs, space=lambda locale, _: _sentences(locale, SentenceArgs())
    ),
    MethodSpec("text", "string", _text, TextArgs, space=lambda *_: 0),
    MethodSpec("file_name", "string", _file_name, FileArgs, space=_files, local=False),
    from_pool("mime_type", lambda _: _mime_types(), local=False),
    from_pool("color_name", lambda locale: entries(locale, "text", "color")),
    from_pool("bank", lambda locale: entries(locale, "finance", "banks")),
)
