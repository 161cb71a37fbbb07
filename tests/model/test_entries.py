"""Keys of entries: by a list service's id, or by title where the list has none."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.model import KEY_PATTERN, TITLE, EntryKey, Ids, title_word


@pytest.mark.parametrize(
    ("title", "word"),
    [
        ("Shiroi Tori", "shiroi-tori"),
        ("K-On!!", "k-on"),
        ("Re:Zero -- 2nd  Season", "re-zero-2nd-season"),
        ("進撃の巨人 2", "進撃の巨人-2"),
        ("ＦＵＬＬ ｗｉｄｔｈ", "full-width"),
        ("Pokémon", "pokémon"),
        ("Poke\u0301mon", "pokémon"),
        ("x²", "x2"),
        ("กำแพง", "กําแพง"),
        ("!!!", "u0021-u0021-u0021"),
        ("❤\ufe0f", "u2764-ufe0f"),
        ("", ""),
        (" \n", ""),
        ("a" * 300, "a" * 100),
    ],
)
def test_a_title_in_a_key_is_its_letters_and_digits(title: str, word: str) -> None:
    assert title_word(title) == word


@given(st.text(max_size=120))
def test_every_title_but_an_empty_one_has_a_key_that_is_read_again(title: str) -> None:
    word = title_word(title)
    assert bool(word) == bool(title.strip())
    if word:
        key = EntryKey(TITLE, word)
        assert EntryKey.parse(str(key)) == key
        assert re.fullmatch(KEY_PATTERN, str(key))


@pytest.mark.parametrize(
    "text", ["title:", "title:Upper", "title:a b", "title:a--b", "title:-a", "mal:0", "mal:x", "Mal:1"]
)
def test_what_is_no_key_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an entry key"):
        EntryKey.parse(text)


def test_keys_stand_by_service_and_number_and_titles_come_last() -> None:
    texts = ["anilist:9", "mal:2", "mal:10", "zzz:1", "title:10", "title:9", "title:a"]
    keys = [EntryKey(text.partition(":")[0], int(text.partition(":")[2])) for text in texts[:4]]
    keys += [EntryKey.parse(text) for text in texts[4:]]

    assert [str(key) for key in sorted({*keys})] == texts


def test_a_key_says_what_is_known_of_the_ids() -> None:
    mal, anilist, title = EntryKey("mal", 7), EntryKey("anilist", 8), EntryKey(TITLE, "7")

    assert [key.ids for key in (mal, anilist, title)] == [Ids(mal=7), Ids(anilist=8), Ids()]
    assert Ids(7, 8).entry_keys() == (mal, anilist)
    assert Ids(anilist=8).entry_keys() == (anilist,)
    assert EntryKey.parse("mal:7") == mal
    assert len({EntryKey.parse("mal:7"), mal}) == 1
