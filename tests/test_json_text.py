"""JSON from outside."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.json_text import read_json


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (rb'"a\ud83d"', "a\ufffd"),
        (rb'"\ud83d\ude00!"', "😀!"),
        (rb'"\uD83D\uD83D\uDE00"', "\ufffd😀"),
        (rb'"\ude00\ud83d"', "\ufffd\ufffd"),
        (rb'"\\ud83d"', r"\ud83d"),
        (rb'"\\\ud83dx"', "\\\ufffdx"),
        (b'"\xff"', "\ufffd"),
        ('"é"'.encode("utf-16"), "é"),
        ('"é"'.encode("utf-8-sig"), "é"),
        ('"\ud83d"', "\ufffd"),
        ('"\ud83d\ude00\ud83d"', "😀\ufffd"),
    ],
)
def test_half_a_sign_costs_one_sign(data: bytes | str, text: str) -> None:
    assert read_json(data) == text


@pytest.mark.parametrize("data", [b"", b'{"a": [1, 2', b"<html>", b"[" * 100_000])
def test_anything_else_is_one_kind_of_error(data: bytes) -> None:
    with pytest.raises(ValueError, match=r"\w+"):
        read_json(data)


SIGNS = st.text(st.characters(exclude_categories=()))  # surrogates, too


@given(st.lists(SIGNS | st.integers() | st.dictionaries(SIGNS, SIGNS)), st.booleans())
def test_whatever_comes_can_be_written_again(value: list[object], ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only)
    found = read_json(text.encode("utf-8", "surrogatepass"))

    json.dumps(found, ensure_ascii=False).encode()
    if "\\ud" not in json.dumps(value):
        assert found == value
