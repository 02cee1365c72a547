# SPDX-License-Identifier: Apache-2.0
"""The JSON text of Python values: what Burr's serde and pydantic make of them, and never less.

The common types are written in C (``native/encode.c``). What is left comes here: Burr's own serde
says what stands for a value, pydantic writes what JSON has no type for, and where both give up a
value is still written: bytes as base64, anything else as an object that says what it was.
"""

from __future__ import annotations

import base64
import functools
import json
from typing import Any, Callable, Dict, Mapping, Optional

import pydantic
from burr.core import State, serde
from burr.core.state import FIELD_SERIALIZATION

from burrlog import _native

Serialize = Callable[[Any], Any]

#: The key of an object that stands for bytes which are not UTF-8 text.
BYTES_KEY = "__burr_bytes__"
#: The key of an object that stands for a value which could not be written.
UNWRITABLE_KEY = "__burr_unserializable__"

_ANY = pydantic.TypeAdapter(Any)
_ORIGINALS = {str: "primitive", int: "primitive", float: "primitive", bool: "primitive",
              dict: "dict", list: "list"}  # fmt: skip


class Plain:
    """A value that has gone through Burr's serde already."""

    __slots__ = ("value",)

    def __init__(self, value: Any):
        self.value = value


serde.serialize.register(Plain)(lambda value, **kwargs: value.value)


def dump(value: Any) -> bytes:
    """The JSON text of a value of a type that JSON does not have, as pydantic writes it."""
    try:
        return _ANY.dump_json(value)
    except Exception:  # pydantic raises several, also those of the value's own methods
        return _text_of_odd_value(value)


def _text_of_odd_value(value: Any) -> bytes:
    if isinstance(value, (bytes, bytearray)):
        encoded = base64.b64encode(value).decode("ascii")
        return json.dumps({BYTES_KEY: encoded}, separators=(",", ":")).encode()
    if type(value) is dict:  # an object of one key, which is what cannot be written
        return json.dumps({repr(key): None for key in value}, separators=(",", ":")).encode()
    return json.dumps(str(value)).encode()


def restore_bytes(value: Dict[str, Any]) -> Any:
    """The bytes that an object stands for, or the object."""
    if len(value) == 1 and isinstance(value.get(BYTES_KEY), str):
        return base64.b64decode(value[BYTES_KEY])
    return value


def serializer(serde_kwargs: Mapping[str, Any]) -> Serialize:
    """Burr's serde with the arguments that the tracker was made with."""
    return functools.partial(serde.serialize, **serde_kwargs) if serde_kwargs else serde.serialize


def has_burrs_own_types() -> bool:
    """Whether nobody registered a serializer of their own for a type that JSON has."""
    registry = serde.serialize.registry
    return all(
        registry.get(kind) is getattr(serde, f"serialize_{name}")
        for kind, name in _ORIGINALS.items()
    )


def fields_of(state: State[Any], serde_kwargs: Mapping[str, Any]) -> Dict[str, Any]:
    """The state's fields, those with a serializer of their own already serialized."""
    plain = state._state if type(state) is State else None
    fields: Dict[str, Any] = plain if type(plain) is dict else state.get_all()
    if FIELD_SERIALIZATION and not FIELD_SERIALIZATION.keys().isdisjoint(fields):
        fields = {
            key: _with_own_serializer(key, value, serde_kwargs)
            if key in FIELD_SERIALIZATION
            else value
            for key, value in fields.items()
        }
    return fields


def _with_own_serializer(key: str, value: Any, serde_kwargs: Mapping[str, Any]) -> Any:
    try:
        return Plain(FIELD_SERIALIZATION[key][0](value, **serde_kwargs))
    except Exception as error:
        return Plain(_unwritable(value, error))


def serialized(fields: Mapping[Any, Any], serialize: Serialize) -> Dict[Any, Any]:
    """Every field as Burr's serde gives it; one that cannot be had says so in its place."""
    plain = {}
    for key, value in fields.items():
        try:
            plain[key] = Plain(serialize(value))
        except Exception as error:
            plain[key] = Plain(_unwritable(value, error))
    return plain


def text_of_fields(
    fields: Mapping[Any, Any], serialize: Serialize, report: Callable[[Exception], None]
) -> bytes:
    """The fields as the text of one object, whatever they hold.

    :param fields: the state, the inputs or the result of a step
    :param serialize: Burr's serde
    :param report: called with the error of each field that could not be written
    :return: JSON text
    """
    written = {}
    for key, value in fields.items():
        try:
            _native.encode({key: value}, serialize, dump)
            written[key] = value
        except Exception as error:
            report(error)
            written[key] = _unwritable(value, error)
    return _native.encode(written, serialize, dump)


def with_text_keys(value: Any, serialize: Serialize) -> Any:
    """The value of an attribute, whose keys Burr's model turns into texts before it is written.

    What stands at keys of the same text is one member then, in states and inputs it is several.
    """
    if type(value) not in (dict, list):
        return value
    try:
        return _ANY.dump_python(serialize(value), mode="json")
    except Exception:  # what cannot be written that way is written in others
        return value


def _unwritable(value: Any, error: Exception) -> Dict[str, Any]:
    kind = type(value)
    return {
        UNWRITABLE_KEY: f"{kind.__module__}.{kind.__qualname__}",
        "error": f"{type(error).__name__}: {error}",
    }


def text_of(value: Any, serialize: Optional[Serialize]) -> bytes:
    """The JSON text of one value."""
    return _native.encode(value, serialize, dump)
