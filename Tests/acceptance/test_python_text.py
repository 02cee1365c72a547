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


def test_the_last_bytes_of_the_memory_of_a_text_are_enough() -> None:
    """Blocks around the boundaries of the stretches that are looked at at once."""
    for size in [4_080, 4_095, 4_096, 4_097, 4_111, 8_192, 8_209]:
        for character in CHARACTERS:
            assert_like_pydantic("a" * (size - 1) + character)
            assert_like_pydantic(character * size)
