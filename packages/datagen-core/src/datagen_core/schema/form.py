"""The form of a document: every key and type held against the Structs of the language, all mistakes at once.

The walk also brings the tree into canonical form (aliases and accepted shapes, see `canonical`), so that afterwards
`msgspec.convert` cannot fail and pointers into the Structs lead back to what the author wrote.
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
    """One walk over a document; `problems` are its mistakes of form, in the order in which they were met."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def struct(self, item: Item, struct: type[msgspec.Struct], pointer: Pointer) -> None:
        """Hold an item against a Struct, and bring it into canonical form."""
        if not isinstance(item.value, dict):
            self._mismatch(item, (type_of(struct),), pointer)
            return
        self.problems += canonical.reshape(struct, item, pointer)
        known = fields_of(struct)
        unknown = [key for key in item.value if key not in known]
        for key in unknown:
            accepted = tuple(name for name in known if name not in NOTES)
            self._report((*pointer, key), f'unknown key "{key}"', received=key, accepted=accepted, on_key=True)
        meant = {nearest(key, known) for key in unknown}
        for name, field in known.items():
            self._field(item, field, (*pointer, name), missing_is_known=name in meant)

    def _field(self, item: Item, field: inspect.Field, pointer: Pointer, *, missing_is_known: bool) -> None:
        child = item.value.get(field.encode_name)
        if child is None:
            if field.required and not missing_is_known:
                self._report(pointer[:-1], f'missing key "{field.encode_name}"')
        elif child.value is None and not field.required:
            del item.value[field.encode_name]  # null says no more than leaving the key out
        else:
            self.value(child, field.type, pointer)

    def value(self, item: Item, kind: inspect.Type, pointer: Pointer) -> None:
        """Hold an item against a type."""
        if item.value is BROKEN or isinstance(kind, inspect.AnyType):
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
                words = tuple(str(word) for word in kind.values)
                what = pointer[-1] if isinstance(pointer[-1], str) else "word"
                self._report(pointer, f'unknown {what} "{item.value}"', received=item.value, accepted=words)
        elif isinstance(item.value, float) and isinstance(kind, inspect.IntType):
            if item.value.is_integer() and abs(item.value) < 2**63:
                item.value = int(item.value)
            else:
                self._mismatch(item, kinds, pointer)

    def _fixed(self, item: Item, kind: inspect.TupleType, pointer: Pointer) -> None:
        if len(item.value) != len(kind.item_types):
            self._report(pointer, f"expected {len(kind.item_types)} values, not {len(item.value)}")
            return
        for index, (element, element_type) in enumerate(zip(item.value, kind.item_types, strict=True)):
            self.value(element, element_type, (*pointer, index))

    def _mapping(self, item: Item, kind: inspect.DictType, pointer: Pointer) -> None:
        takes_objects = isinstance(kind.value_type, inspect.StructType | inspect.FloatType)
        for key in [key for key in NOTES if takes_objects and isinstance(_value_of(item, key), str)]:
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
            return
        name = names[0]
        spec = registry.spec("generators", name)
        if spec is None:
            self._report((*pointer, name), f'unknown generator "{name}"', received=name, accepted=_names(), on_key=True)
            return
        params = item.value[name]
        self.problems += canonical.parameters(spec, params, (*pointer, name), fields_of(spec.params))
        use = self._made(params, spec.params, (*pointer, name))
        item.made = GeneratorUse(name, use, (*pointer, name))

    def _modifier(self, item: Item, pointer: Pointer) -> None:
        self.struct(item, canonical.Modifier, pointer)
        name = _value_of(item, "transform")
        if not isinstance(name, str):
            return
        spec = registry.spec("modifiers", name)
        if spec is None:
            accepted = tuple(registry.names("modifiers"))
            self._report((*pointer, "transform"), f'unknown modifier "{name}"', received=name, accepted=accepted)
            return
        params = item.value.setdefault("args", Item({}, item.at, item.at))
        self.problems += canonical.parameters(spec, params, (*pointer, "args"), fields_of(spec.params))
        use = self._made(params, spec.params, (*pointer, "args"))
        item.made = ModifierUse(name, use, (*pointer, "args"))

    def _made(self, params: Item, struct: type[msgspec.Struct], pointer: Pointer) -> Any:
        """The Struct of a use's parameters; None where they have mistakes, which are on record then."""
        before = len(self.problems)
        self.struct(params, struct, pointer)
        sound = len(self.problems) == before and not _is_broken(params)
        return msgspec.convert(plain(params), struct) if sound else None

    def _mismatch(self, item: Item, kinds: tuple[inspect.Type, ...], pointer: Pointer) -> None:
        if item.value is BROKEN:
            return
        words = list(dict.fromkeys(_WORDS.get(type(kind), "a value") for kind in kinds))
        wanted = [word for word in words if word != "null" or len(words) == 1]
        hint = ""
        if wanted == ["a list"] and not isinstance(item.value, dict | type(None)):
            hint = f"write [{_shown(item.value)}]"
        elif isinstance(item.value, str) and pointer[-1] == "generator" and item.value in _names():
            hint = f'write {{"{item.value}": {{…}}}}'
        self._report(pointer, f"expected {' or '.join(wanted)}, not {_shown(item.value)}", hint=hint)

    def _report(self, pointer: Pointer, message: str, **mend: Any) -> None:
        self.problems.append(Problem(pointer, message, **mend))


def _names() -> tuple[str, ...]:
    return tuple(registry.names("generators"))


def _value_of(item: Item, key: str) -> Any:
    child = item.value.get(key)
    return child.value if child is not None else None


def _is_broken(item: Item) -> bool:
    return item.value is BROKEN or any(map(_is_broken, [*item.entries.values(), *item.elements]))


def _shown(value: Any) -> str:
    if isinstance(value, dict | list):
        return "an object" if isinstance(value, dict) else "a list"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= 40 else text[:39] + "…"
