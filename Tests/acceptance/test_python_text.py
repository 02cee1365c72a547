"""The texts of Python values, beside those that pydantic writes."""

from __future__ import annotations

import random
from typing import Any

import pydantic
import pytest
from burrlog import _native
from burrlog.values import dump

ANY = pydantic.TypeAdapter(Any)

#: What JSON escapes, in two ways, and what it does not, in one to four bytes of UTF-8.
CHARACTERS = ["\n", '"', "\\", "\x00", "\x1f", " ", "\x7f", "\u00e9", "\u2603", "\U0001f600"]


def assert_like_pydantic(text: str) -> None:
    assert _native.encode(text, None, dump) == ANY.dump_json(text)


@pytest.mark.parametrize("size", [*range(40), 63, 64, 65, 79, 80, 81, 95, 96, 127, 128, 129, 145])
def test_an_escape_is_found_at_every_place(size: int) -> None:
    plain = "abcdefgh" * 20
    for at in range(size):
        for character in CHARACTERS:
            assert_like_pydantic(plain[:at] + character + plain[at + 1 : size])
    assert_like_pydantic(plain[:size])


def test_texts_of_any_length_and_mixture() -> None:
    chance = random.Random(7)
    for _ in range(2_000):
        rare = chance.choice([1, 4, 50])
        size = int(chance.paretovariate(0.4)) % 20_000
        alphabet = ["x"] * (10 * rare) + CHARACTERS
        assert_like_pydantic("".join(chance.choices(alphabet, k=size)))


def test_keys_that_are_no_more_when_others_come_in_their_place() -> None:
    """What stands for a value is gone with its keys before the next one is asked for."""
    values = [object() for _ in range(2_000)]
    numbers = {id(value): number for number, value in enumerate(values)}

    def serialize(value: Any) -> Any:
        number = numbers[id(value)]
        return {f"key {number}": {"the same": [{f"inner {number}": number}]}, "the same": 0}

    wrapped = [{"the same": value, "other": {"the same": 1}} for value in values]
    plain = [{**part, "the same": serialize(part["the same"])} for part in wrapped]
    assert _native.encode(wrapped, serialize, dump) == ANY.dump_json(plain)


def test_keys_of_all_lengths_come_again() -> None:
    keys = [character * count for count in range(40) for character in CHARACTERS]
    value = [dict.fromkeys(keys, {key: number for number, key in enumerate(keys)})] * 3
    assert _native.encode(value, None, dump) == ANY.dump_json(value)


def test_the_last_bytes_of_the_memory_of_a_text_are_enough() -> None:
    """Blocks around the boundaries of the stretches that are looked at at once."""
    for size in [4_080, 4_095, 4_096, 4_097, 4_111, 8_192, 8_209]:
        for character in CHARACTERS:
            assert_like_pydantic("a" * (size - 1) + character)
            assert_like_pydantic(character * size)
