"""The form of a document: every key and type held against the Structs of the language, all mistakes at once.

The walk also brings the tree into canonical form (aliases and accepted shapes, see `canonical`), so that afterwards
`msgspec.convert` cannot fail and pointers into the Structs lead back to what the author wrote. Where a mistake has one
probable mend (the nearest word), the walk goes on as if it had been made, so that what follows is looked at too.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

import msgspec
from msgspec import inspect

from datagen_core import registry
from datagen_core.errors import Problem, nearest
from datagen_core.schema import canonical
from datagen_core.schema.model import GeneratorUse, ModifierUse
from datagen_core.schema.positions import BROKEN, Item, plain

if TYPE_CHECKING:
    from datagen_core.errors import Pointer

NOTES = ("comment", "$schema")  # allowed at every level, and without meaning
_KINDS: dict[type, tuple[type[inspect.Type], ...]] = {
    str: (inspect.LiteralType, inspect.StrType),
    bool: (inspect.BoolType,),
    int: (inspect.IntType, inspect.FloatType),
    float: (inspect.FloatType, inspect.IntType),
    type(None): (inspect.NoneType,),
    dict: (inspect.StructType, inspect.DictType, inspect.CustomType),
    list: (inspect.VarTupleType, inspect.TupleType),
}
_WORDS: dict[type[inspect.Type], str] = {
    inspect.StrType: "text",
    inspect.BoolType: "true or false",
    inspect.IntType: "a whole number",
    inspect.FloatType: "a number",
    inspect.NoneType: "null",
    inspect.StructType: "an object",
    inspect.DictType: "an object",
    inspect.CustomType: "an object",
    inspect.VarTupleType: "a list",
    inspect.TupleType: "a list",
    inspect.LiteralType: "a word",
}


@cache
def type_of(struct: type[msgspec.Struct]) -> inspect.StructType:
    """The type of a Struct, as msgspec sees it."""
    found = inspect.type_info(struct)
    assert isinstance(found, inspect.StructType)  # noqa: S101 - the parameter's own type says so
    return found


@cache
def fields_of(struct: type[msgspec.Struct]) -> dict[str, inspect.Field]:
    """The keys that people may write in a Struct, by their names in the document."""
    fields = type_of(struct).fields
    return {field.encode_name: field for field in fields if field.encode_name not in canonical.INTERNAL}


class Form:
    """One walk over a document.

    Attributes
    ----------
    problems
        Its mistakes of form, in the order in which they were met.
    lost
        Pointers of what can't be used, because no probable mend is known.
    """

    def __init__(self) -> None:
        self.problems: list[Problem] = []
        self.lost: list[Pointer] = []

    def struct(self, item: Item, struct: type[msgspec.Struct], pointer: Pointer) -> None:
        """Hold an item against a Struct, and bring it into canonical form."""
        if not isinstance(item.value, dict):
            self.value(item, type_of(struct), pointer)
            return
        self.problems += canonical.reshape(struct, item, pointer)
        known = fields_of(struct)
        for key in [key for key in item.value if key not in known]:
            self._unknown_key(item, key, tuple(name for name in known if name not in NOTES), pointer)
        for name, field in known.items():
            self._field(item, field, (*pointer, name))

    def _unknown_key(
        self, item: Item, key: str, accepted: tuple[str, ...], pointer: Pointer, what: str = "key"
    ) -> None:
        """Report a key, and go on as if it were the nearest one that is not there yet."""
        meant = nearest(key, accepted)
        mended = meant is not None and meant not in item.value
        place = (*pointer, meant if mended and meant is not None else key)
        self._report(place, f'unknown {what} "{key}"', received=key, accepted=accepted, on_key=True)
        if mended and meant is not None:
            item.value = {meant if name == key else name: child for name, child in item.value.items()}
        else:
            self.lost.append(place)

    def _field(self, item: Item, field: inspect.Field, pointer: Pointer) -> None:
        child = item.value.get(field.encode_name)
        if child is None:
            if field.required:
                self._report(pointer[:-1], f'missing key "{field.encode_name}"')
                self.lost.append(pointer)
        elif child.value is None and not field.required:
            del item.value[field.encode_name]  # null says no more than leaving the key out
        else:
            self.value(child, field.type, pointer)

    def value(self, item: Item, kind: inspect.Type, pointer: Pointer) -> None:
        """Hold an item against a type."""
        if item.value is BROKEN:
            self.lost.append(pointer)
            return
        if isinstance(kind, inspect.AnyType):
            return
        kinds = kind.types if isinstance(kind, inspect.UnionType) else (kind,)
        fitting = next((one for wanted in _KINDS[type(item.value)] for one in kinds if isinstance(one, wanted)), None)
        match fitting:
            case None:
                self._mismatch(item, kinds, pointer)
            case inspect.StructType():
                self.struct(item, fitting.cls, pointer)
            case inspect.CustomType():
                self._use(item, fitting.cls, pointer)
            case inspect.DictType():
                self._mapping(item, fitting, pointer)
            case inspect.VarTupleType():
                for index, element in enumerate(item.value):
                    self.value(element, fitting.item_type, (*pointer, index))
            case inspect.TupleType():
                self._fixed(item, fitting, pointer)
            case _:
                self._scalar(item, fitting, kinds, pointer)

    def _scalar(self, item: Item, kind: inspect.Type, kinds: tuple[inspect.Type, ...], pointer: Pointer) -> None:
        if isinstance(kind, inspect.LiteralType) and item.value not in kind.values:
            if not any(isinstance(one, inspect.StrType) for one in kinds):
                self._unknown_word(item, tuple(str(word) for word in kind.values), pointer)
        elif isinstance(item.value, float) and isinstance(kind, inspect.IntType):
            if item.value.is_integer() and abs(item.value) < 2**63:
                item.value = int(item.value)
            else:
                self._mismatch(item, kinds, pointer)

    def _unknown_word(self, item: Item, words: tuple[str, ...], pointer: Pointer, what: str = "") -> None:
        """Report a word, and go on as if it were the nearest accepted one."""
        named = what or (pointer[-1] if isinstance(pointer[-1], str) else "word")
        self._report(pointer, f'unknown {named} "{item.value}"', received=item.value, accepted=words)
        item.value = nearest(item.value, words) or item.value
        if item.value not in words:
            self.lost.append(pointer)

    def _fixed(self, item: Item, kind: inspect.TupleType, pointer: Pointer) -> None:
        if len(item.value) != len(kind.item_types):
            self._report(pointer, f"expected {len(kind.item_types)} values, not {len(item.value)}")
            self.lost.append(pointer)
            return
        for index, (element, element_type) in enumerate(zip(item.value, kind.item_types, strict=True)):
            self.value(element, element_type, (*pointer, index))

    def _mapping(self, item: Item, kind: inspect.DictType, pointer: Pointer) -> None:
        takes_objects = isinstance(kind.value_type, inspect.StructType | inspect.FloatType)
        for key in NOTES if takes_objects else ():
            if key in item.value and isinstance(item.value[key].value, str):
                del item.value[key]
        for key, child in item.value.items():
            self.value(child, kind.value_type, (*pointer, key))

    def _use(self, item: Item, cls: type, pointer: Pointer) -> None:
        if cls is GeneratorUse:
            self._generator(item, pointer)
        else:
            self._modifier(item, pointer)

    def _generator(self, item: Item, pointer: Pointer) -> None:
        for note in NOTES:
            item.value.pop(note, None)
        names = list(item.value)
        if len(names) != 1:
            found = f"; found {' and '.join(names[:5])}" if names else ""
            self._report(pointer, f"a column takes exactly one generator{found}", accepted=() if names else _names())
            self.lost.append(pointer)
            return
        if names[0] not in _names():
            self._unknown_key(item, names[0], _names(), pointer, "generator")
        self._parameters(item, "generators", next(iter(item.value)), pointer)

    def _modifier(self, item: Item, pointer: Pointer) -> None:
        self.struct(item, canonical.Modifier, pointer)
        word = item.value.get("transform")
        if word is None or not isinstance(word.value, str):
            return
        known = tuple(registry.names("modifiers"))
        if word.value not in known:
            self._unknown_word(word, known, (*pointer, "transform"), "modifier")
        item.value.setdefault("args", Item({}, item.at, item.at))
        self._parameters(item, "modifiers", word.value, pointer)

    def _parameters(self, item: Item, kind: str, name: str, pointer: Pointer) -> None:
        """Hold the parameters of a generator or modifier against the Struct that it registers."""
        spec = registry.spec(kind, name)
        if spec is None:
            return
        is_generator = kind == "generators"
        place = (*pointer, name if is_generator else "args")
        params = item.value[place[-1]]
        before = len(self.lost)
        self.problems += canonical.parameters(spec, params, place, fields_of(spec.params))
        self.struct(params, spec.params, place)
        if len(self.lost) == before:
            made = msgspec.convert(plain(params), spec.params)
            item.made = (GeneratorUse if is_generator else ModifierUse)(name, made, place)

    def _mismatch(self, item: Item, kinds: tuple[inspect.Type, ...], pointer: Pointer) -> None:
        words = list(dict.fromkeys(_WORDS.get(type(kind), "a value") for kind in kinds))
        wanted = [word for word in words if word != "null" or len(words) == 1]
        hint = ""
        if wanted == ["a list"] and not isinstance(item.value, dict | type(None)):
            hint = f"write [{_shown(item.value)}]"
        elif isinstance(item.value, str) and pointer[-1] == "generator" and item.value in _names():
            hint = f'write {{"{item.value}": {{…}}}}'
        self._report(pointer, f"expected {' or '.join(wanted)}, not {_shown(item.value)}", hint=hint)
        self.lost.append(pointer)

    def _report(self, pointer: Pointer, message: str, **mend: Any) -> None:
        self.problems.append(Problem(pointer, message, **mend))


def _names() -> tuple[str, ...]:
    return tuple(registry.names("generators"))


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:39] + "…"
