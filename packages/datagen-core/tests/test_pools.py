"""Pools: every method in every locale gives what its name promises; a row is one person; unique means unique."""

from __future__ import annotations

import re
import subprocess
import sys
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pytest
from datagen_core import pools
from datagen_core.errors import Problem, WorkError
from datagen_core.pools import Draw, Rows, Use, permute, words
from datagen_core.pools.methods import provider
from datagen_core.pools.romanize import handle
from datagen_core.streams import stream

TODAY = np.datetime64("2024-12-31", "D")
LISTED = """
name first_name last_name prefix email company company_email safe_email free_email user_name password phone_number
address street_address street_name city state state_abbr country country_code postcode zipcode latitude longitude
license_plate word words sentence paragraph text uuid4 bothify numerify lexify url domain_name ipv4 ipv6 mac_address
user_agent job company_suffix catch_phrase currency_code currency_name credit_card_number credit_card_provider iban bban
swift date_of_birth color_name hex_color ean13 isbn13 file_name mime_type ssn random_int boolean time_zone language_name
"""
REQUIRED = LISTED.split()


def rows(n=2000, *, column="column", locale="en", unique=False, person=False, block=0, total=None, seed=1):
    numbers = np.arange(n, dtype=np.uint64) + np.uint64(block * n)

    def draw(purpose, distinct):
        extra = (numbers, total or n, 99) if distinct else ()
        return Draw(words(stream(seed, "t", purpose, block), n), *extra)

    groups = {group: draw(f"faker.{group}.0", person and group == "person") for group in pools.GROUPS}
    return Rows(draw(column, unique), groups, locale, TODAY)


def values(method, n=2000, kwargs=None, **how):
    found = pools.resolve(method, kwargs or {})
    assert not isinstance(found, list), [str(problem) for problem in found]
    return pools.make(*found, rows(n, **{"column": method} | how))


def strings(method, n=2000, kwargs=None, **how):
    return [str(value) for value in values(method, n, kwargs, **how).to_pylist()]


def test_every_method_of_the_reference_is_served():
    assert set(REQUIRED) <= set(pools.METHODS)


@pytest.mark.parametrize("method", sorted(pools.METHODS))
def test_values_have_the_declared_type_and_are_never_null_or_empty(method):
    arrow = {"string": pa.types.is_string, "int": pa.types.is_integer, "float": pa.types.is_floating}
    arrow |= {"bool": pa.types.is_boolean, "date": pa.types.is_date32}
    found = values(method)
    kind = found.type.value_type if pa.types.is_dictionary(found.type) else found.type
    assert arrow[pools.METHODS[method].dtype](kind)
    assert len(found) == 2000 and found.null_count == 0
    assert "" not in set(found.to_pylist())


LEFT_OVER = re.compile(r"[{}\\]|^nan$|^None$|^\s|\s$|  |[\t\n]")
"""What a template, a missing value or a slip of the lists would leave in a text."""
MASKS = {"bothify", "numerify", "lexify", "hex_color", "password"}
MOSTLY = {
    "ascii_email": r"[^@\s]+@[^@\s]+\.[a-z]+",
    "company_email": r"[^@\s]+@[^@\s]+\.[a-z]+",
    "email": r"[^@\s]+@[^@\s]+\.[a-z]+",
    "iban": r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}",
    "phone_number": r"[^A-Za-z]*\d[^A-Za-z]{4,}",
    "postcode": r".*\d.*",
    "name": r".*\w\W*\w.*",
    "address": r".*\d.*",
    "url": r"https?://[^\s]+",
    "swift": r"[A-Z]{6}[A-Z0-9]{5}",
    "user_name": r"[a-z]+\d+",
}


@pytest.mark.parametrize("locale", pools.known_locales())
def test_every_method_gives_plausible_values_in_every_locale(locale):
    for method, spec in pools.METHODS.items():
        found = values(method, 120, locale=locale)
        assert found.null_count == 0
        texts = [str(value) for value in found.to_pylist()]
        assert [text for text in texts if not text or LEFT_OVER.search(text)][:3] == [], method
        assert method in MASKS or not [text for text in texts if "#" in text or "?" in text], method
        shape = MOSTLY.get(method, r"(?s).+")
        assert [text for text in texts if not re.fullmatch(shape, text)][:3] == [], method
        assert len(set(texts)) > 1 or (locale, method) == ("ja", "prefix")  # there everybody is addressed alike
        if spec.local:
            assert values(method, 120, locale=locale).equals(found), method


def test_every_name_of_mimesis_is_served_or_refused_with_its_reason():
    reasons = r"gives .*, which no column type holds|depends on the day it runs|mimesis refuses it"
    served = 0
    for group, names in provider._providers().items():
        for name in names:
            found = pools.resolve(f"{group}.{name}", {})
            if isinstance(found, list):
                assert len(found) == 1 and re.search(reasons, found[0].message), found[0].message
            else:
                served += 1
                assert found[0].dtype in {"string", "int", "float", "bool", "date", "datetime"}
    assert served > 150


@pytest.mark.parametrize(
    "method",
    ["person.full_name", "address.city", "finance.company", "food.dish", "code.isbn", "datetime.date", "internet.slug",
     "numeric.float_number", "person.blood_type", "science.rna_sequence", "text.quote", "transport.airplane"],
)  # fmt: skip
@pytest.mark.parametrize("locale", ["en", "de", "ja"])
def test_names_of_mimesis_give_the_same_values_again(method, locale):
    first, again = (values(method, 200, locale=locale) for _ in range(2))
    assert first.equals(again) and first.null_count == 0
    assert len(set(first.to_pylist())) > 3
    assert all(str(value).strip() for value in first.to_pylist())


SHAPES = {
    "uuid4": r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}",
    "email": r"[a-z]+\.[a-z]+\d{2,4}@[a-z.]+\.[a-z]+",
    "safe_email": r".+@example\.(com|org|net)",
    "user_name": r"[a-z]+\d+",
    "ipv4": r"((25[0-5]|2[0-4]\d|1?\d?\d)(\.|$)){4}",
    "ipv6": r"[23][0-9a-f]{3}(:[0-9a-f]{4}){7}",
    "mac_address": r"[0-9a-f][26ae](:[0-9a-f]{2}){5}",
    "ssn": r"(?!000|666|9)\d{3}-(?!00)\d\d-(?!0000)\d{4}",
    "hex_color": r"#[0-9a-f]{6}",
    "postcode": r"\d{5}",
    "phone_number": r"[+\d][\d .()/-]{6,}",
    "swift": r"[A-Z]{4}US[A-Z0-9]{2}\d{3}",
    "country_code": r"[A-Z]{2}",
    "currency_code": r"[A-Z]{3}",
    "url": r"https?://www\.[a-z0-9-]+\.[a-z]+/",
    "isbn13": r"978-0-\d{4}-\d{4}-\d",
    "sentence": r"[A-Z][a-z]*( [a-z]+)*\.",
    "street_address": r"\d+ .+",
    "address": r"\d+ .+, .+, [A-Z]{2} \d{5}",
    "time_zone": r"[A-Za-z_]+(/[A-Za-z_+-]+)*.*",
}


@pytest.mark.parametrize("method", sorted(SHAPES))
def test_shape(method):
    wrong = [value for value in strings(method) if not re.fullmatch(SHAPES[method], value)]
    assert not wrong, wrong[:5]


def luhn_holds(number):
    digits = [int(character) for character in reversed(number)]
    return (sum(digits[0::2]) + sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])) % 10 == 0


def iban_holds(text):
    return int("".join(str(int(character, 36)) for character in text[4:] + text[:4])) % 97 == 1


def ean_holds(text):
    digits = [int(character) for character in text.replace("-", "")]
    return len(digits) == 13 and (sum(digits[0::2]) + 3 * sum(digits[1::2])) % 10 == 0


@pytest.mark.parametrize(
    ("method", "holds"),
    [("credit_card_number", luhn_holds), ("iban", iban_holds), ("ean13", ean_holds), ("isbn13", ean_holds)],
)
@pytest.mark.parametrize("locale", ["en", "de", "fr", "it", "nl"])
def test_check_digits(method, holds, locale):
    assert all(map(holds, strings(method, 500, locale=locale)))
    assert not all(map(holds, [value[:-1] + str((int(value[-1], 36) + 1) % 10) for value in strings(method, 500)]))


def test_numbers_stay_in_their_ranges():
    latitude, longitude = values("latitude").to_numpy(), values("longitude").to_numpy()
    assert np.abs(latitude).max() <= 90 and np.abs(longitude).max() <= 180
    drawn = values("random_int", kwargs={"min": -5, "max": 5, "step": 5}).to_numpy()
    assert set(drawn) == {-5, 0, 5}
    share = pc.mean(values("boolean", 20_000, {"chance_of_getting_true": 20})).as_py()
    assert share == pytest.approx(0.2, abs=0.02)


def test_ages_are_counted_from_the_end_of_the_timeframe():
    found = pc.min_max(values("date_of_birth", 400_000, {"minimum_age": 18, "maximum_age": 65})).as_py()
    assert (found["min"], found["max"]) == (date(1959, 1, 1), date(2006, 12, 31))


@pytest.mark.parametrize(
    ("method", "kwargs", "shape"),
    [
        ("bothify", {"text": "??-##"}, r"[A-Za-z]{2}-\d\d"),
        ("bothify", {"text": "?%", "letters": "XY"}, r"[XY][1-9]"),
        ("numerify", {"text": "A%#!"}, r"A[1-9]\d\d?"),
        ("numerify", {"text": "é@x"}, r"é[1-9]?x"),
        ("lexify", {"text": "?#?", "letters": "ab"}, r"[ab]#[ab]"),
        ("words", {"nb": 4}, r"[a-z]+( [a-z]+){3}"),
        ("sentence", {"nb_words": 3, "variable_nb_words": False}, r"[A-Z][a-z]*( [a-z]+){2}\."),
        ("text", {"max_nb_chars": 30}, r".{1,30}"),
        ("text", {"max_nb_chars": 5}, r".{1,5}"),
        ("email", {"domain": "acme.test"}, r".+@acme\.test"),
        ("credit_card_number", {"card_type": "amex"}, r"3[47]\d{13}"),
        ("file_name", {"extension": "csv"}, r".+\.csv"),
        ("password", {"length": 6, "special_chars": False}, r"(?=.*\d)(?=.*[a-z])(?=.*[A-Z])[A-Za-z0-9]{6}"),
        ("ipv4", {"private": True}, r"10\..*"),
        ("swift", {"length": 8}, r".{8}"),
    ],
)
def test_arguments(method, kwargs, shape):
    wrong = [value for value in strings(method, 500, kwargs) if not re.fullmatch(shape, value)]
    assert not wrong, wrong[:5]


def test_both_lengths_of_an_optional_digit_occur():
    assert {len(value) for value in strings("numerify", 500, {"text": "A!"})} == {1, 2}


@pytest.mark.parametrize("locale", ["en", "de", "ru", "ko"])
def test_a_row_is_one_person(locale):
    names, first, last = (strings(method, locale=locale) for method in ("name", "first_name", "last_name"))
    emails, users = strings("email", locale=locale), strings("user_name", locale=locale)
    for at, name in enumerate(names):
        assert sorted((first[at], last[at])) == sorted(name.split(" ")) or name == last[at] + first[at]
        assert emails[at].startswith(f"{handle(first[at], locale)}.{handle(last[at], locale)}")
        assert users[at].startswith(handle(first[at], locale)[0] + handle(last[at], locale))


def test_a_row_is_one_place_and_a_city_lies_in_one_state():
    columns = ("city", "state", "state_abbr", "postcode", "address", "street_address")
    city, state, code, post, address, street = (strings(method, 20_000) for method in columns)
    assert address == [f"{a}, {b}, {c} {d}" for a, b, c, d in zip(street, city, code, post, strict=True)]
    assert len(set(zip(city, state, code, strict=True))) == len(set(city))
    assert len({(a, b[:3]) for a, b in zip(city, post, strict=True)}) == len(set(city))
    prefixes = {b[:3] for a, b in zip(code, post, strict=True) if a == "CA"}
    assert prefixes and all(900 <= int(prefix) <= 961 for prefix in prefixes)


def test_a_row_is_one_company_one_currency_one_country_one_card():
    domain, mail, link = strings("domain_name"), strings("company_email"), strings("url")
    assert all(b.endswith(f"@{a}") and f"www.{a}/" in c for a, b, c in zip(domain, mail, link, strict=True))
    pairs = set(zip(strings("currency_code"), strings("currency_name"), strict=True))
    assert ("EUR", "Euro") in pairs and len({code for code, _ in pairs}) == len(pairs)
    assert ("DE", "Germany") in set(zip(strings("country_code"), strings("country"), strict=True))
    first = {
        issuer: number[0]
        for issuer, number in zip(strings("credit_card_provider"), strings("credit_card_number"), strict=True)
    }
    assert first == {"Visa": "4", "Mastercard": "5", "American Express": "3", "Discover": "6"}


@pytest.mark.parametrize("method", sorted(pools.METHODS))
def test_slices_of_a_block_are_the_block(method):
    whole = rows(300, column=method)
    spec, args = pools.resolve(method, {})
    expected = pools.make(spec, args, whole).to_pylist()
    parts = []
    for part in (np.arange(7), np.arange(7, 300)):
        groups = {group: draw.take(part) for group, draw in whole.groups.items()}
        parts += pools.make(spec, args, Rows(whole.own.take(part), groups, "en", TODAY)).to_pylist()
    assert parts == expected


def test_a_row_does_not_feel_the_locales_of_others():
    mixed = pools.country_to_locale(pa.array(["DE", "JP", "US", "de", None] * 40))
    assert mixed.fallbacks == 40
    found = values("email", 200, locale=mixed).to_pylist()
    for code, name in enumerate(mixed.names):
        at = np.flatnonzero(mixed.codes == code)
        alone = values("email", 200, locale=name).to_pylist()
        assert [found[i] for i in at] == [alone[i] for i in at]


UNIQUE = [method for method in sorted(pools.METHODS) if method != "name"]


@pytest.mark.parametrize("method", UNIQUE)
@pytest.mark.parametrize("locale", ["en", "pl"])
def test_unique_holds_up_to_the_capacity_across_blocks(method, locale):
    spec, args = pools.resolve(method, {})
    room = pools.unique_capacity(spec, args, [locale])
    if room == 0:
        pytest.skip("the method says that it cannot be unique")
    total = min(room or 60_000, 60_000)
    blocks = [(start, min(start + 20_000, total)) for start in range(0, total, 20_000)]
    found = []
    for number, (start, stop) in enumerate(blocks):
        numbers = np.arange(start, stop, dtype=np.uint64)
        random = words(stream(3, "t", method, number), stop - start)
        groups = {group: Draw(words(stream(3, "t", group, number), stop - start)) for group in pools.GROUPS}
        found += pools.make(spec, args, Rows(Draw(random, numbers, total, 7), groups, locale, TODAY)).to_pylist()
    assert len(set(found)) == total


@pytest.mark.parametrize("locale", ["en", "zh", "is", "ko"])
def test_a_unique_name_is_unique_and_its_row_still_agrees(locale):
    total = min(pools.unique_capacity(*pools.resolve("name", {}), [locale]), 30_000)
    names = strings("name", total, locale=locale, unique=True, person=True)
    assert len(set(names)) == total
    emails = strings("email", total, locale=locale, person=True)
    last = strings("last_name", total, locale=locale, person=True)
    assert all(surname in name for surname, name in zip(last, names, strict=True))
    assert len(emails) == total


def test_more_rows_than_values_are_refused_not_repeated():
    with pytest.raises(WorkError, match="unique values were asked for"):
        values("boolean", 3, unique=True)


def test_several_locales_cannot_promise_unique_lists():
    for method, room in (("city", 0), ("email", None), ("currency_code", 150)):
        found = pools.unique_capacity(*pools.resolve(method, {}), ["de", "fr"])
        assert found == room if not room else found > room


def test_a_million_emails_hardly_repeat():
    for locale, n in (("en", 1_000_000), ("kk", 300_000)):
        spec, args = pools.resolve("email", {})
        found = pa.chunked_array(
            pools.make(spec, args, rows(50_000, column="email", locale=locale, block=block))
            for block in range(n // 50_000)
        )
        assert pc.count_distinct(found).as_py() > 0.999 * n


@pytest.mark.parametrize("size", [1, 2, 3, 10, 97, 1000, 65_537])
def test_permute_is_a_bijection(size):
    numbers = np.arange(size, dtype=np.uint64)
    found = permute(numbers, size, 5)
    assert sorted(found) == list(range(size))
    if size >= 97:
        assert not np.array_equal(found, numbers)
        assert not np.array_equal(found, permute(numbers, size, 6))


def test_permute_of_a_huge_space_stays_inside_and_apart():
    found = permute(np.arange(10_000, dtype=np.uint64), 1 << 62, 3)
    assert len(set(found)) == 10_000 and int(found.max()) < 1 << 62


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("en_US", "en"), ("de_DE", "de"), ("de-AT", "de-at"), ("pt_BR.UTF-8", "pt-br"), ("fr_CA", "fr"), ("en", "en"),
        ("nb_NO", "no"), ("ar_SA", "ar-sa"), ("xx_YY", None), ("Germany", None), ("", None),
    ],
)  # fmt: skip
def test_locale_names(text, locale):
    assert pools.locale_name(text) == locale


@pytest.mark.parametrize(
    ("country", "locale"),
    [
        ("US", "en"), ("us", "en"), ("UK", "en-gb"), ("gb", "en-gb"), ("GBR", "en-gb"), ("Germany", "de"),
        ("deu", "de"), ("Czech Republic", "cs"), ("UNITED STATES OF AMERICA", "en"), (" FR ", "fr"),
        ("Brazil", "pt-br"), ("de_AT", "de-at"),
    ],
)  # fmt: skip
def test_countries_speak_their_locale(country, locale):
    found = pools.country_to_locale(pa.array([country]))
    assert (found.names[found.codes[0]], found.fallbacks) == (locale, 0)


@pytest.mark.parametrize("country", ["IN", "Narnia", "", None])
def test_other_countries_speak_english_and_are_counted(country):
    found = pools.country_to_locale(pa.array([country, "DE"], pa.string()))
    assert (found.names[found.codes[0]], found.fallbacks) == ("en", 1)


@pytest.mark.parametrize(
    ("method", "kwargs", "says"),
    [
        ("emial", {}, 'unknown method "emial"; did you mean "email"?'),
        ("email", {"domian": "x"}, 'email takes no argument "domian"; did you mean "domain"?'),
        ("sentence", {"nb_words": "six"}, "Expected `int`, got `str`"),
        ("sentence", {"nb_words": 0}, "Expected `int` >= 1"),
        ("random_int", {"min": 5, "max": 1}, "max 1 is below min 5"),
        ("bothify", {}, None),
        ("person.ful_name", {}, 'did you mean "full_name"?'),
        ("persn.full_name", {}, 'did you mean "person"?'),
        ("person.full_name", {"gendre": "male"}, 'did you mean "gender"?'),
        ("person.full_name", {"gender": "mael"}, '"mael" is none of female, male'),
        ("development.calver", {}, "depends on the day it runs"),
        ("address.coordinates", {}, "gives dict, which no column type holds"),
    ],
)
def test_mistakes_are_named(method, kwargs, says):
    found = pools.resolve(method, kwargs)
    if says is None:
        assert not isinstance(found, list)
    else:
        assert isinstance(found, list) and all(isinstance(problem, Problem) for problem in found)
        assert says in str(found[0])


def test_all_mistakes_of_a_call_at_once():
    assert len(pools.resolve("sentence", {"nb_words": "x", "foo": 1})) == 2


@pytest.mark.parametrize(
    ("method", "kwargs"),
    [("person.full_name", {"gender": "female"}), ("address.city", {}), ("finance.price", {}), ("datetime.date", {})],
)
def test_mimesis_spelling_draws_from_a_pool(method, kwargs):
    found = values(method, 3000, kwargs)
    assert found.null_count == 0 and len(set(found.to_pylist())) > 100
    assert found.to_pylist() == values(method, 3000, kwargs).to_pylist()


def test_companions_share_a_person_in_pairs():
    uses = [Use("a", "name"), Use("a_mail", "email"), Use("b", "name", has_locale=True), Use("b_mail", "email")]
    found = pools.companions(uses)
    assert [found[use.column].ordinal for use in uses] == [0, 0, 1, 1]
    assert [found[use.column].leader for use in uses] == ["a", "a_mail", "b", "b"]
    assert found["a"].purpose("person") != found["b"].purpose("person")


def test_a_unique_name_makes_its_person_unique():
    found = pools.companions([Use("n", "name", unique=True), Use("e", "email"), Use("c", "city")])
    assert [found[name].unique_person for name in "nec"] == [True, True, False]


@pytest.mark.parametrize(
    ("name", "locale", "expected"),
    [
        ("Müller", "de", "mueller"), ("Müller", "sv", "muller"), ("Łukasz", "pl", "lukasz"),
        ("O'Brien", "en", "obrien"),
        ("Щербаков", "ru", "shcherbakov"), ("Άλκηστις", "el", "alkistis"), ("가영", "ko", "gayeong"), ("葵", "ja", ""),
        ("José María", "es", "josemaria"), ("Þór", "is", "thor"), ("فاطمة", "ar-eg", ""), ("Ağca", "tr", "agca"),
    ],
)  # fmt: skip
def test_handles(name, locale, expected):
    assert handle(name, locale) == expected


def test_mimesis_is_imported_with_the_first_pool_only():
    code = """
import sys, datagen_core.pools as pools
assert "mimesis" not in sys.modules
pools.known_locales()
assert "mimesis" in sys.modules
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


def test_a_provider_that_does_not_repeat_itself_is_refused():
    code = """
import secrets
from mimesis.providers.base import BaseProvider, ProviderRegistry

class Dice(BaseProvider):
    class Meta:
        name = "dice"
    def roll(self):
        return secrets.token_hex()

from datagen_core import pools
problems = pools.resolve("dice.roll", {})
assert "gives other values each time" in str(problems[0]), problems
"""
    base = pytest.importorskip("mimesis.providers.base")
    if not hasattr(base, "ProviderRegistry"):
        pytest.skip("this mimesis knows no providers of others")
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)
