"""Titles: what their words say, and how alike two of them are."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from anitrakt_plan.matching.titles import (
    Likeness,
    best_likeness,
    compare,
    final_named,
    part_named,
    plain,
    read_title,
    search_queries,
    season_named,
)
from anitrakt_plan.model import Titles

SEASONS = [
    # title, base, season, part
    ("Shingeki no Kyojin Season 3 Part 2", "shingeki no kyojin", 3, 2),
    ("Shingeki no Kyojin 2nd Season", "shingeki no kyojin", 2, None),
    ("Haikyuu!! Second Season", "haikyuu", 2, None),
    ("Mob Psycho 100 II", "mob psycho 100", 2, None),
    ("Mob Psycho 100", "mob psycho 100", None, None),
    ("Overlord IV", "overlord", 4, None),
    ("Steel Angel Kurumi 2", "steel angel kurumi", 2, None),
    ("Choujikuu Seiki Orguss 02", "choujikuu seiki orguss", 2, None),
    ("Nanbaka S2", "nanbaka", 2, None),
    ("Gate: Jieitai Kanochi nite Part 2", "gate jieitai kanochi nite", None, 2),
    ("Spy x Family Cour 2", "spy x family", None, 2),
    (
        "Re:Zero kara Hajimeru Isekai Seikatsu 2nd Season Part 2",
        "re zero kara hajimeru isekai seikatsu",
        2,
        2,
    ),
    (
        "Mushoku Tensei II: Isekai Ittara Honki Dasu Part 2",
        "mushoku tensei isekai ittara honki dasu",
        2,
        2,
    ),
    ("Enen no Shouboutai: San no Shou Part 2", "enen no shouboutai", 3, 2),
    ("Initial D Fourth Stage", "initial d", 4, None),
    ("進撃の巨人 第2期", "進撃の巨人", 2, None),
    ("魔法科高校の劣等生 第二期", "魔法科高校の劣等生", 2, None),
    ("盾の勇者 第2クール", "盾の勇者", None, 2),
    ("Area 88", "area 88", None, None),
    ("Kidou Senshi Gundam 00", "kidou senshi gundam 00", None, None),
    ("86", "86", None, None),
    ("86 Part 2", "86", None, 2),
    ("K", "k", None, None),
    ("22/7", "22 7", None, None),
    (".hack//SIGN", "hack sign", None, None),
    ("Steins;Gate 0", "steins gate 0", None, None),
    ("Fruits Basket (2019)", "fruits basket", None, None),
    ("Fruits Basket 1st Season", "fruits basket", 1, None),
]


@pytest.mark.parametrize(("title", "base", "season", "part"), SEASONS)
def test_season_words_are_read_as_numbers(
    title: str, base: str, season: int | None, part: int | None
) -> None:
    seen = read_title(title)
    assert (seen.base, seen.season, seen.part) == (base, season, part)


@pytest.mark.parametrize(
    ("title", "head", "tail"),
    [
        ("Fate/stay night: Unlimited Blade Works", "fate stay night", "unlimited blade works"),
        ("K: Return of Kings", "k", "return of kings"),
        ("Kimetsu no Yaiba: Yuukaku-hen", "kimetsu no yaiba", "yuukaku hen"),
        ("Re:Zero", "re zero", ""),
        ("Code Geass - Akito the Exiled", "code geass", "akito the exiled"),
    ],
)
def test_a_subtitle_is_told_from_the_name(title: str, head: str, tail: str) -> None:
    seen = read_title(title)
    assert (seen.head, seen.tail) == (head, tail)


def test_a_final_season_is_known_as_one() -> None:
    assert read_title("Shingeki no Kyojin: The Final Season").final
    assert read_title("Shingeki no Kyojin: The Final Season").base == "shingeki no kyojin"
    assert not read_title("Final Fantasy").final


@pytest.mark.parametrize(
    ("title", "kind"),
    [
        ("Gekijouban Naruto", "film"),
        ("劇場版 銀魂", "film"),
        ("Naruto the Movie 3", "film"),
        ("Clannad OVA", "special"),
        ("K-On! Special", "special"),
        ("Re:Zero Petit", "extra"),
    ],
)
def test_words_of_kind_are_understood(title: str, kind: str) -> None:
    assert kind in read_title(title).kinds


@pytest.mark.parametrize(
    ("one", "other", "likeness"),
    [
        ("Pokémon", "Pokemon", Likeness.SAME),
        ("Prince of Tennis", "PRINCE OF TENNIS!", Likeness.SAME),
        ("Tennis no Oujisama", "Tennis no Ouji-sama", Likeness.SAME),
        ("Tennis no Ōjisama", "Tennis no Oujisama", Likeness.SAME),
        ("Sword Art Online II", "Sword Art Online", Likeness.SAME_BASE),
        ("Attack on Titan Season 3 Part 2", "Attack on Titan", Likeness.SAME_BASE),
        ("Aquarion Logos", "Aquarion", Likeness.LEADS),
        ("進撃の巨人", "進撃の巨人 第2期", Likeness.SAME_BASE),
        ("Fullmetal Alchemist", "Fulmetal Alchemist", Likeness.CLOSE),
        ("K", "Kakegurui", Likeness.OTHER),
        ("86", "88", Likeness.OTHER),
        ("Another", "Bleach", Likeness.OTHER),
    ],
)
def test_likeness_of_two_titles(one: str, other: str, likeness: Likeness) -> None:
    found, value = compare(read_title(one), read_title(other))
    assert found is likeness
    assert 0 <= value <= 1


def test_a_single_letter_does_not_lead_every_title_that_begins_with_it() -> None:
    assert compare(read_title("K"), read_title("K On"))[0] is not Likeness.LEADS
    assert compare(read_title("K: Return of Kings"), read_title("K"))[0] is Likeness.LEADS


def test_the_best_pair_of_all_names_counts() -> None:
    ours = ("Shingeki no Kyojin", "Attack on Titan", "進撃の巨人")
    likeness, value, name = best_likeness(ours, ("AoT", "進撃の巨人"))
    assert (likeness, value, name) == (Likeness.SAME, 1.0, "進撃の巨人")
    assert best_likeness((), ("AoT",))[0] is Likeness.OTHER
    assert best_likeness(("AoT",), ())[0] is Likeness.OTHER


def test_what_most_main_titles_say_is_the_season() -> None:
    assert season_named(Titles("Foo 2", "Foo Season 3")) == (3, True)  # words beat a bare number
    assert season_named(Titles("Foo 2", "Foo 2", "Bar 3")) == (2, False)
    assert season_named(Titles("Foo", "Bar")) == (None, False)
    assert part_named(Titles("Foo Part 2", "Foo")) == 2
    assert final_named(Titles("Foo", "Foo: The Final Season"))


def test_a_synonym_names_a_season_only_if_it_is_the_title_itself() -> None:
    assert season_named(Titles("Foo Zoku", synonyms=("Foo 2",))) == (None, False)
    assert season_named(Titles("Foo", synonyms=("Foo 2nd Season",))) == (2, True)
    assert season_named(Titles("Heartcatch Precure!", synonyms=("Precure 7",))) == (None, False)


@pytest.mark.parametrize("title", ["!", "☆", "°", "...", "？"])
def test_a_title_of_signs_alone_is_kept(title: str) -> None:
    assert plain(title)
    assert read_title(title).base


def test_searches_leave_season_words_out_and_are_few() -> None:
    names = (
        "Attack on Titan Season 3 Part 2",
        "Shingeki no Kyojin Season 3 Part 2",
        "進撃の巨人 Season3 Part.2",
    )
    queries = search_queries(names)
    assert queries[0] == "attack on titan"
    assert len(queries) <= 3
    assert len(set(queries)) == len(queries)
    assert search_queries(()) == ()


def test_a_search_can_fall_back_to_what_stands_before_the_subtitle() -> None:
    assert "fate stay night" in search_queries(("Fate/stay night: Unlimited Blade Works",))


@given(st.text(max_size=60))
def test_any_text_can_be_read_and_is_like_itself(text: str) -> None:
    seen = read_title(text)
    assert compare(seen, seen) == (Likeness.SAME, 1.0)
    assert plain(plain(text)) == plain(text) or not text.strip()


@given(st.text(max_size=40), st.text(max_size=40))
def test_likeness_is_a_share(one: str, other: str) -> None:
    assert 0 <= compare(read_title(one), read_title(other))[1] <= 1
