"""Identity: whether an entry's id names the work that its list's title names."""

from dataclasses import replace

import pytest

from anitrakt_plan.matching.claims import Claimed
from anitrakt_plan.matching.identity import other_work_of_id, with_names_of_id
from anitrakt_plan.model import TargetKind, Titles
from tests.matching.matching_parts import entry


def by_service(
    romaji: str, english: str | None = None, japanese: str | None = None, synonyms: tuple[str, ...] = ()
) -> Titles:
    """What a service knows of the id."""
    return Titles(romaji, english, japanese, synonyms)


def by_map(*names: str) -> Claimed:
    """What a map calls the work of the id."""
    return Claimed("bangumi", TargetKind.SHOW, 1, names=names)


@pytest.mark.parametrize(
    ("listed", "known_as"),
    [
        (Titles("Sousou no Frieren"), by_service("Sousou no Frieren")),
        # the list writes another of its names
        (Titles("Frieren: Beyond Journey's End"), by_service("Sousou no Frieren", "Frieren: Beyond Journey's End")),
        (Titles("葬送のフリーレン"), by_service("Sousou no Frieren", japanese="葬送のフリーレン")),
        (Titles("Frieren"), by_service("Sousou no Frieren", "Frieren: Beyond Journey's End")),
        (Titles("", "Attack on Titan"), by_service("Shingeki no Kyojin", "Attack on Titan")),
        # an abbreviation that the service has, too
        (Titles("SnK"), by_service("Shingeki no Kyojin", "Attack on Titan", synonyms=("SnK", "AoT"))),
        # spelled otherwise
        (Titles("Shingeki no Kyozin"), by_service("Shingeki no Kyojin")),
        (Titles("Re Zero kara Hajimeru Isekai Seikatsu"), by_service("Re:Zero kara Hajimeru Isekai Seikatsu")),
        (Titles("Toukyou Guuru"), by_service("Tokyo Guru")),
        # season words said in other ways
        (Titles("K-On! 2nd Season"), by_service("K-On! Season 2")),
        (Titles("Overlord II"), by_service("Overlord Season 2")),
        (Titles("Foo Part 2"), by_service("Foo 2nd Cour")),
        (Titles("Bakemonogatari: Sub"), by_service("Bakemonogatari")),
        # a bare number may be part of the name
        (Titles("Foo 2"), by_service("Foo 2: The Return")),
        (Titles("Overlord II"), by_service("Overlord")),
    ],
)  # fmt: skip
def test_a_name_of_the_id_that_resembles_the_title_is_enough(listed: Titles, known_as: Titles) -> None:
    one = replace(entry(), titles=listed, known_as=known_as)
    assert other_work_of_id(one, ()) is None


@pytest.mark.parametrize(
    ("listed", "known_as", "name"),
    [
        (Titles("Frieren"), by_service("Naruto", japanese="ナルト"), "Naruto"),
        (Titles("Sousou no Frieren"), by_service("Shingeki no Kyojin", "Attack on Titan"), "Shingeki no Kyojin"),
        # the same work's name, but another season's id
        (Titles("Overlord"), by_service("Overlord 2nd Season"), "Overlord 2nd Season"),
        (Titles("Foo 2nd Season"), by_service("Foo 3rd Season"), "Foo 3rd Season"),
        (Titles("Foo Part 2"), by_service("Foo"), "Foo"),
        (Titles("Foo: Part 2"), by_service("Foo: Part 3"), "Foo: Part 3"),
        # where the service knows no romaji, any name of its stands for the work
        (Titles("Frieren"), by_service("", "Quux"), "Quux"),
    ],
)  # fmt: skip
def test_where_no_name_of_the_id_resembles_the_title_the_other_work_is_named(
    listed: Titles, known_as: Titles, name: str
) -> None:
    one = replace(entry(), titles=listed, known_as=known_as)
    assert other_work_of_id(one, ()) == name


def test_where_nobody_has_a_name_or_the_list_gives_none_nothing_is_said() -> None:
    assert other_work_of_id(entry("Foo"), ()) is None
    assert other_work_of_id(entry("Foo"), (by_map(),)) is None
    assert other_work_of_id(replace(entry("Foo"), known_as=Titles("")), ()) is None
    assert other_work_of_id(replace(entry(""), known_as=Titles("Quux")), ()) is None


@pytest.mark.parametrize(
    ("title", "names", "name"),
    [
        ("Frieren", ("Naruto", "ナルト"), "Naruto"),
        ("Frieren", ("葬送のフリーレン",), None),  # a Japanese name says nothing of a title in Latin letters
        ("Frieren", ("ナルト",), None),
        ("葬送のフリーレン", ("ナルト",), "ナルト"),
        ("葬送のフリーレン", ("葬送のフリーレン", "Sousou no Frieren"), None),
        ("葬送のフリーレン", ("Naruto",), None),
        ("Frieren", ("葬送のフリーレン", "Frieren: Beyond Journey's End"), None),
        # signs that are no letters, and letters with accents, make no other script of a title
        ("Nanbaka 2", ("Hatena☆Illusion",), "Hatena☆Illusion"),
        ("Saint☆Oniisan (Movie)", ("Baton",), "Baton"),
        ("Kamen no Maid Guy", ("DNA²",), "DNA²"),
        ("Black Lagoon", ("5-toubun no Hanayome ∬",), "5-toubun no Hanayome ∬"),
        ("Bem", ("Übel Blatt",), "Übel Blatt"),
        ("Utopa", ("Yuru Camp△ Movie", "映画 ゆるキャン△"), "Yuru Camp△ Movie"),
        ("Saint☆Oniisan", ("Saint Oniisan",), None),
        ("聖☆おにいさん", ("Saint☆Oniisan",), None),
        ("86", ("８６―エイティシックス―",), None),
    ],
)
def test_a_map_s_names_count_in_the_script_of_the_list(
    title: str, names: tuple[str, ...], name: str | None
) -> None:
    assert other_work_of_id(entry(title), (by_map(*names),)) == name


def test_each_source_may_vouch_for_the_id_and_the_service_is_named_first() -> None:
    disputed = replace(entry("Frieren"), known_as=Titles("Naruto"))
    assert other_work_of_id(disputed, (by_map("Bleach"),)) == "Naruto"
    assert other_work_of_id(disputed, (by_map("Bleach"), by_map("Frieren"))) is None
    assert (
        other_work_of_id(
            replace(disputed, known_as=Titles("Sousou no Frieren", "Frieren")), (by_map("Bleach"),)
        )
        is None
    )


def test_what_the_map_calls_the_work_on_trakt_does_not_vouch_for_the_id() -> None:
    """Only a map's names of the list's own work: a rotated row has the right title beside the wrong id."""
    row = Claimed("anitrakt", TargetKind.SHOW, 1, title="Quux")
    assert other_work_of_id(entry("Foo"), (row,)) is None


def test_the_names_of_the_id_join_the_list_s_own_each_once() -> None:
    known = by_service("Sousou no Frieren", "Frieren: Beyond Journey's End", "葬送のフリーレン", ("Frieren",))
    one = replace(entry("Frieren"), known_as=known)
    joined = with_names_of_id(one)
    assert joined.titles == Titles(
        "Frieren",  # what the list wrote stays in its place
        "Frieren: Beyond Journey's End",
        "葬送のフリーレン",
        ("Sousou no Frieren",),
    )
    assert set(joined.titles.all()) == {"Frieren", *known.all()}
    assert with_names_of_id(entry("Frieren")) == entry("Frieren")
    assert with_names_of_id(joined) == joined
