"""Signals: what each of them sees of an entry and an option."""

from datetime import date

import pytest

from anitrakt_plan.core.calibration import WEIGHTS, weight
from anitrakt_plan.core.claimed import Claimed
from anitrakt_plan.core.evidence import Circumstances, Neighbour, Option
from anitrakt_plan.core.model import (
    Entry,
    Episode,
    Kind,
    Mapping,
    Movie,
    MovieMatch,
    Run,
    Show,
    ShowMatch,
    Straight,
    TargetKind,
)
from anitrakt_plan.core.place import Place, Shape
from anitrakt_plan.core.signals import SIGNALS
from tests.core.matching_parts import entry

ALONE = Circumstances()


def level(name: str, one: Entry, option: Option, around: Circumstances = ALONE) -> str | None:
    seen = SIGNALS[name](one, option, around)
    return seen[0] if seen else None


def in_show(
    season: int = 1,
    first: int = 1,
    count: int = 12,
    *,
    title: str = "Foo",
    aliases: tuple[str, ...] | None = None,
    year: int = 2010,
    cour: int = 1,
    begins: str | None = None,
    ends: str | None = None,
    shape: Shape | None = None,
    rank: int | None = None,
    mal: int | None = None,
    gap: int = 0,
    named: bool = False,
) -> Option:
    mapping = Straight((Run(season, first, first + count - 1),))
    whole = cour == 1 and first == 1
    place = Place(
        mapping,
        shape or (Shape.SPECIALS if season == 0 else Shape.SEASON if whole else Shape.COUR),
        season,
        cour,
        opens=season == 1 and first == 1,
        whole=whole,
        begins=date.fromisoformat(begins) if begins else None,
        ends=date.fromisoformat(ends) if ends else None,
        rank=rank or season,
        gap=gap,
        named=named,
    )
    show = Show(1, title, year, aliases=aliases, mal_id=mal)
    return Option(show, ShowMatch(1, mapping), place)


def film(
    title: str = "Foo", year: int | None = 2010, released: str | None = None, mal: int | None = None
) -> Option:
    work = Movie(2, title, year, released=date.fromisoformat(released) if released else None, mal_id=mal)
    return Option(work, MovieMatch(2))


@pytest.mark.parametrize(
    ("one", "option", "expected"),
    [
        (entry("Foo"), in_show(title="Foo"), "same"),
        (entry("Fuu", english="Foo"), in_show(title="Foo"), "same"),
        (entry("Fuu"), in_show(title="The Foo", aliases=("Fuu",)), "same"),
        (entry("フー"), in_show(title="The Foo", aliases=("フー",)), "same"),
        (entry("Foo 2nd Season"), in_show(2, title="Foo"), "later: same but for season words"),
        (entry("Foo Bar: Baz"), in_show(2, title="Foo Bar"), "later: begins with it"),
        (entry("K-On!!"), in_show(title="K-On!"), "same but for season words"),
        (entry("K-On!"), in_show(title="K-ON!"), "same"),
        (entry("Xyz", english="Quux"), in_show(title="Foo"), "another title"),
        (entry("Xyz"), in_show(title="Foo"), "other language"),
        (entry("Xyz"), in_show(title="Foo", aliases=()), "another title"),
        (entry(""), in_show(), "no title"),
    ],
)
def test_title(one: Entry, option: Option, expected: str) -> None:
    assert level("title", one, option) == expected


@pytest.mark.parametrize(
    ("title", "option", "expected"),
    [
        ("Foo", in_show(1), "first, as none is named"),
        ("Foo", in_show(2), "later, but none named"),
        ("Foo 2nd Season", in_show(2), "agrees"),
        ("Foo 2nd Season", in_show(1), "against"),
        ("Foo 2nd Season", in_show(3), "against"),
        ("Foo 2", in_show(3), "against a number"),
        ("Foo 2", in_show(2), "agrees"),
        ("Foo II", in_show(2), "agrees"),
        ("Foo 2nd Season", in_show(1, 13, cour=2), "agrees by cours"),
        ("Foo 3rd Season", in_show(1, 25, cour=2), "may agree by cours"),
        ("Foo Part 2", in_show(1, 13, cour=2), "agrees"),
        ("Foo Part 2", in_show(1), "against"),
        ("Foo Part 2", in_show(2), "part as a season"),
        ("Foo Season 3 Part 2", in_show(3, 13, 10, cour=2), "agrees"),
        ("Foo Season 3 Part 2", in_show(3, 1, 10, shape=Shape.COUR), "against"),
        ("Foo: The Final Season", in_show(4), "final"),
        ("Foo: The Final Season", in_show(1), "against"),
        ("Foo", in_show(0), "special"),
        ("Foo 2nd Season", in_show(0), "special, but a season named"),
        ("Foo 2nd Season", in_show(1, title="Foo 2nd Season"), "in its name"),
        ("Foo 8", in_show(1, title="Foo 8"), "in its name"),
        ("Foo 2nd Season", in_show(1, title="Foo 3"), "against"),
        ("Foo 2", film(), "film unsaid"),
        ("Foo", film(), "nothing said"),
        ("Foo 3rd Season", in_show(4, rank=3), "agrees"),  # a show whose first season is missing
    ],
)
def test_season_words(title: str, option: Option, expected: str) -> None:
    assert level("season-words", entry(title), option) == expected


@pytest.mark.parametrize(
    ("begin", "option", "expected"),
    [
        ("2010-04-01", in_show(year=2010), "same"),
        ("2010", in_show(year=2011), "next"),
        ("2012", in_show(year=2010), "off"),
        ("2019", in_show(year=2010), "far"),
        ("2019", in_show(2, begins="2019-04-01", year=2010), "same"),
        ("2019", in_show(2, year=2010), "unknown"),
        ("2005", in_show(2, year=2010), "far"),
        (None, in_show(year=2010), "unknown"),
        ("2010", film(year=2010), "same"),
        ("2010", film(year=None), "unknown"),
        ("2019", Option(Show(1, "Foo", 2010), None), "unknown"),  # its seasons are not read
    ],
)
def test_year(begin: str | None, option: Option, expected: str) -> None:
    assert level("year", entry(begin=begin), option) == expected


@pytest.mark.parametrize(
    ("count", "option", "expected"),
    [
        (12, in_show(), "fits a season"),
        (12, in_show(1, 13, cour=2), "part of a season"),
        (24, in_show(count=24, shape=Shape.SPAN), "fits seasons"),
        (12, in_show(count=11, gap=1), "differs"),
        (24, in_show(count=12, shape=Shape.UNEVEN), "differs"),
        (1, in_show(0, 3, 1), "specials"),
        (12, in_show(shape=Shape.MIXED), "with specials"),
        (12, in_show(shape=Shape.AIRING), "airing"),
        (None, in_show(), "unknown, whole"),
        (1, film(), "film"),
        (3, film(), "film of several"),
        (None, film(), "film, count unknown"),
    ],
)
def test_episodes(count: int | None, option: Option, expected: str) -> None:
    assert level("episodes", entry(count=count), option) == expected


@pytest.mark.parametrize(
    ("begin", "end", "option", "expected"),
    [
        ("2010-04-01", "2010-06-17", in_show(begins="2010-03-31", ends="2010-06-16"), "begin and end"),
        ("2010-04-01", "2010-06-17", in_show(begins="2010-04-01", ends="2011-01-01"), "begin, not end"),
        (
            "2010-04-01",
            "2010-06-17",
            in_show(begins="2010-03-01", ends="2010-06-17"),
            "weeks apart, end fits",
        ),
        ("2010-04-01", "2010-06-17", in_show(begins="2010-03-01", ends="2012-06-17"), "weeks apart, not end"),
        ("2010-04-01", None, in_show(begins="2010-04-02"), "begin"),
        ("2010-04-01", None, in_show(begins="2010-09-02"), "months apart"),
        ("2010-04-01", None, in_show(begins="2013-09-02"), "years apart"),
        ("2010-04", None, in_show(begins="2010-04-02"), "unknown"),
        (None, None, in_show(begins="2010-04-02"), "unknown"),
        ("2010-04-01", None, in_show(), "unknown"),
        ("2010-04-01", "2010-04-01", film(released="2010-04-01"), "begin"),
    ],
)
def test_air_dates(begin: str | None, end: str | None, option: Option, expected: str) -> None:
    assert level("air-dates", entry(begin=begin, end=end), option) == expected


@pytest.mark.parametrize(
    ("kind", "count", "option", "expected"),
    [
        (Kind.TV, 12, in_show(), "series: season"),
        (Kind.TV, 12, film(), "series: film"),
        (Kind.MOVIE, 1, film(), "film: film"),
        (Kind.MOVIE, 1, in_show(0, 1, 1), "film: special"),
        (Kind.OVA, 1, film(), "special: film"),
        (Kind.OVA, 4, in_show(), "special series: season"),
        (Kind.TV_SPECIAL, 1, in_show(0, 1, 1), "special: special"),
        (Kind.ONA, 12, in_show(), "web series: season"),
        (Kind.ONA, 1, film(), "short web series: film"),
        (Kind.MUSIC, 1, film(), "clip: film"),
        (Kind.UNKNOWN, 1, film(), "unknown: film"),
    ],
)
def test_kind(kind: Kind, count: int, option: Option, expected: str) -> None:
    assert level("kind", entry(count=count, kind=kind), option) == expected


@pytest.mark.parametrize(
    ("title", "work", "expected"),
    [
        ("Foo", "Foo Mini Anime", "only on Trakt"),
        ("Foo", "Foo OVA", "only on Trakt"),
        ("Foo Special", "Foo", "only in the list"),
        ("Foo OVA", "Foo OVA", None),
        ("Foo", "Foo", None),
    ],
)
def test_kind_words(title: str, work: str, expected: str | None) -> None:
    assert level("kind-words", entry(title), in_show(title=work)) == expected


def test_a_special_can_bear_the_name() -> None:
    assert level("episode-name", entry(), in_show(0, named=True)) == "same"
    assert level("episode-name", entry(), in_show(0)) is None
    assert level("episode-name", entry(), film()) is None


def claim(map_name: str, number: int | None, mapping: Mapping | None = None, show: int = 1) -> Claimed:
    return Claimed(map_name, TargetKind.SHOW, show, "Foo", 2010, None, number, mapping)


SECOND = Straight((Run(2, 1, 12),))


@pytest.mark.parametrize(
    ("claims", "option", "expected"),
    [
        ((claim("a", 2, SECOND), claim("b", 2)), in_show(2), "exact + season"),
        ((claim("a", 2, SECOND),), in_show(2), "exact"),
        ((claim("a", 2, SECOND),), in_show(3), "elsewhere"),
        ((claim("b", 2),), in_show(3), "elsewhere"),
        ((claim("b", None),), in_show(3), "show"),
        ((claim("b", 2, show=9),), in_show(2), "against"),
        ((claim("a", 2, SECOND), claim("b", 1, show=9)), in_show(2), "against + exact"),
        ((claim("a", 2, SECOND, show=9), claim("a", 2, SECOND)), in_show(2), "exact"),  # one map, two claims
        ((Claimed("a", TargetKind.MOVIE, 2),), film(), "exact"),
        ((Claimed("a", TargetKind.MOVIE, 1),), in_show(), "against"),
        ((), in_show(), None),
    ],
)
def test_id_maps(claims: tuple[Claimed, ...], option: Option, expected: str | None) -> None:
    assert level("id-maps", entry(), option, Circumstances(claims)) == expected


@pytest.mark.parametrize(
    ("neighbour", "option", "expected"),
    [
        (Neighbour((Episode(1, 1), Episode(1, 12)), True), in_show(1, 13, cour=2), "follows"),
        (Neighbour((Episode(1, 1), Episode(1, 12)), True), in_show(2), "in order"),
        (Neighbour((Episode(2, 1), Episode(2, 12)), True), in_show(1), "out of order"),
        (Neighbour((Episode(2, 1), Episode(2, 12)), False), in_show(1), "in order"),
        (Neighbour((Episode(1, 5),), None), in_show(1), "taken"),
        (Neighbour((Episode(0, 5),), True), in_show(1), None),
    ],
)
def test_order(neighbour: Neighbour, option: Option, expected: str | None) -> None:
    around = Circumstances(neighbours=((1, neighbour),))
    assert level("order", entry(), option, around) == expected
    elsewhere = Circumstances(neighbours=((7, neighbour),))
    assert level("order", entry(), option, elsewhere) is None


def test_every_signal_has_its_rows_in_the_table_of_weights() -> None:
    assert set(SIGNALS) == set(WEIGHTS)


def test_words_of_several_maps_weigh_as_their_own_row_or_as_their_sum() -> None:
    rows = WEIGHTS["id-maps"]
    assert weight("id-maps", "elsewhere + show") == pytest.approx(
        rows.get("elsewhere + show", rows["elsewhere"] + rows["show"])
    )
    assert weight("id-maps", "no such word") == 0
    assert weight("no such signal", "same") == 0


@pytest.mark.parametrize(
    ("name", "better", "worse"),
    [
        ("title", "same", "another title"),
        ("season-words", "agrees", "against"),
        ("year", "same", "far"),
        ("episodes", "fits a season", "differs"),
        ("air-dates", "begin and end", "years apart"),
        ("kind", "film: film", "series: film"),
        ("id-maps", "exact", "against"),
        ("order", "follows", "out of order"),
    ],
)
def test_what_speaks_for_an_option_weighs_more(name: str, better: str, worse: str) -> None:
    assert weight(name, better) > weight(name, worse)
