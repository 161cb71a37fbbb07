"""Signals: what each of them sees of an entry and an option."""

import re
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from anitrakt_plan.commands.explain import explanation, load_evidence, save_evidence
from anitrakt_plan.matching.claims import Claimed
from anitrakt_plan.matching.evidence import Level, MatchContext, Neighbour, Option, Seen, rows_of
from anitrakt_plan.matching.propose import judge, propose
from anitrakt_plan.matching.seasons import Leaves, Shape
from anitrakt_plan.matching.signals import (
    SIGNALS,
    TELLING_DAYS,
    DaysElsewhereLevel,
    KindLevel,
    MapWord,
    TitleLevel,
)
from anitrakt_plan.matching.titles import Likeness
from anitrakt_plan.matching.weights import WEIGHTS, weight
from anitrakt_plan.model import (
    Decision,
    Entry,
    Episode,
    Facts,
    Kind,
    Mapping,
    Part,
    Parts,
    PlanEntry,
    Run,
    Show,
    Straight,
    TargetKind,
)
from tests.matching.matching_parts import entry, film, in_show

ALONE = MatchContext()


def level(name: str, one: Entry, option: Option, around: MatchContext = ALONE) -> str | None:
    """The row of the table by which a signal is weighed; several witnesses' words joined."""
    seen = SIGNALS[name](one, option, around)
    if seen is None:
        return None
    levels = seen[0] if isinstance(seen[0], tuple) else (seen[0],)
    return " + ".join(rows_of(levels))


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
        ("2019", in_show(2, not_before="2018-12-01", not_after="2020-01-08"), "unknown"),
        ("2019", in_show(2, not_before="2018-12-01"), "unknown"),
        ("2019", in_show(2, not_before="2020-01-08"), "far"),  # what is before it aired later
        ("2019", in_show(2, not_after="2018-12-01"), "far"),  # what is behind it aired earlier
        (None, in_show(year=2010), "none in the list"),
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
        (12, Option(Show(1, "Foo", 2010), None), "seasons not read"),
        (12, in_show(read=False), "claimed, first season"),
        (12, in_show(2, read=False), "claimed, later season of late"),
        (2, in_show(0, 1, 2, read=False), "claimed, specials"),
        (12, in_show(shape=Shape.MIXED, read=False), "claimed, specials"),
        (
            12,
            in_show(count=11, gap=1, read=False),
            "differs",
        ),  # a claim of another length is no claim of these
        (12, in_show(1, 2, leaves=Leaves.BEGINNING), "a season but for its beginning"),
        (12, in_show(leaves=Leaves.END), "a season but for its end"),
        (12, in_show(leaves=Leaves.ELSEWHERE), "a season but for some"),
        (24, in_show(count=24, first=2, shape=Shape.SPAN), "over a border"),
    ],
)
def test_episodes(count: int | None, option: Option, expected: str) -> None:
    assert level("episodes", entry(count=count), option) == expected


BEGIN, END = "2010-04-01", "2010-06-17"


@pytest.mark.parametrize(
    ("begins", "begin_level"),
    [
        ("2010-03-31", "on the day"),  # midnight's doing
        ("2010-03-28", "that week"),
        ("2010-04-05", "that week"),
        ("2010-03-26", "a week off"),
        ("2010-04-11", "a week off"),
        ("2010-03-20", "weeks off"),
        ("2010-05-16", "weeks off"),
        ("2010-05-30", "elsewhen"),
    ],
)
@pytest.mark.parametrize(
    ("ends", "end_level"),
    [
        ("2010-06-18", "on the day"),
        ("2010-06-20", "that week"),
        ("2010-06-27", "a week off"),
        ("2010-05-20", "weeks off"),
        ("2012-06-17", "elsewhen"),
    ],
)
def test_air_dates_tell_how_near_both_days_are(
    begins: str, begin_level: str, ends: str, end_level: str
) -> None:
    seen = level("air-dates", entry(begin=BEGIN, end=END), in_show(begins=begins, ends=ends))
    assert seen == f"begins {begin_level}, ends {end_level}"


@pytest.mark.parametrize(
    ("one", "option", "expected"),
    [
        (entry(begin=BEGIN), in_show(begins="2010-04-02", ends=END), "begins on the day"),
        (entry(begin=BEGIN, end=END), in_show(begins="2010-04-02"), "begins on the day"),
        (entry(begin=BEGIN, end="2010-06"), in_show(begins="2010-04-02", ends=END), "begins on the day"),
        (entry(count=1, begin=BEGIN, end=BEGIN), in_show(begins=BEGIN, ends=BEGIN), "begins on the day"),
        (entry(begin=BEGIN, end=BEGIN), film(released=BEGIN), "begins on the day"),
        (entry(begin=BEGIN, end=END), in_show(begins="2010-09-02", ends=END), "months apart"),
        (entry(begin=BEGIN, end=END), in_show(begins="2013-09-02", ends=END), "years apart"),
        (entry(begin="2010-04"), in_show(begins="2010-04-02"), "unknown"),
        (entry(), in_show(begins="2010-04-02"), "unknown"),
        (entry(begin=BEGIN), in_show(), "unknown"),
        (entry(begin=BEGIN), Option(Show(1, "Foo", 2010), None), "unknown"),
    ],
)
def test_air_dates_where_a_day_is_missing_or_far(one: Entry, option: Option, expected: str) -> None:
    assert level("air-dates", one, option) == expected


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (in_show(leaves=Leaves.END, begins="2010-04-02"), "without its end: begins on the day"),
        (in_show(leaves=Leaves.END, begins="2010-04-04"), "without its end: begins near"),
        (in_show(leaves=Leaves.END, begins="2010-04-08"), "without its end: begins off"),
        # an episode within days of the one before is a recap inside, not an extra at the end
        (in_show(leaves=Leaves.END, begins=BEGIN, even=False), "without its end: begins on the day, uneven"),
        (in_show(1, 2, leaves=Leaves.BEGINNING, begins=BEGIN), "without its beginning: begins on the day"),
        # what airs within days of another episode has no prologue before it
        (
            in_show(1, 2, leaves=Leaves.BEGINNING, begins=BEGIN, apart=False),
            "without its beginning: begins with others",
        ),
        (
            in_show(1, 2, leaves=Leaves.BEGINNING, begins="2010-04-20"),
            "without its beginning: begins off",
        ),
        (in_show(leaves=Leaves.ELSEWHERE, begins=BEGIN), "without some: begins on the day"),
        (in_show(leaves=Leaves.END, begins="2012-04-01"), "without its end: begins off"),
        (in_show(leaves=Leaves.END), "unknown"),
    ],
)
def test_of_a_longer_season_the_days_tell_which_episodes_are_meant(option: Option, expected: str) -> None:
    assert level("air-dates", entry(begin=BEGIN, end=END), option) == expected


def test_only_the_very_day_tells_where_a_longer_season_is_cut() -> None:
    telling = {"without its beginning: begins on the day", "without its end: begins on the day"}
    assert {row for levels in TELLING_DAYS for row in rows_of(levels)} == telling


@pytest.mark.parametrize(
    ("minutes", "option", "expected"),
    [
        (24, in_show(runtime=25), "same"),
        (24, in_show(runtime=33), "same"),
        (24, in_show(runtime=36), "other"),
        (3, in_show(runtime=7), "same"),  # minutes are rounded: of short ones a few say nothing
        (3, in_show(runtime=12), "other"),
        (4, in_show(runtime=24), "far"),
        (24, in_show(runtime=4), "far"),
        (60, in_show(runtime=24), "far"),
        (4, film(runtime=95), "far"),
        (95, film(runtime=100), "same"),
        (None, in_show(runtime=24), None),
        (24, in_show(), None),
        (0, in_show(runtime=24), None),
    ],
)
def test_runtime(minutes: int | None, option: Option, expected: str | None) -> None:
    assert level("runtime", replace(entry(), minutes=minutes), option) == expected


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (in_show(genres=("anime", "action")), "animated"),
        (in_show(genres=("drama", "animation")), "animated"),
        (film(genres=("donghua",)), "animated"),
        (in_show(genres=("drama", "romance")), "live action"),
        (film(genres=("drama",)), "live action"),
        (in_show(), None),
    ],
)
def test_genres(option: Option, expected: str | None) -> None:
    assert level("genres", entry(), option) == expected


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
        ((claim("a", 2, SECOND),), Option(Show(1, "Foo"), None), "show"),
        # of a season that has grown since, no map says which episodes are meant
        ((claim("a", 2, SECOND),), in_show(2, leaves=Leaves.END), "season"),
        ((claim("a", 2, SECOND),), in_show(2, 2, leaves=Leaves.BEGINNING), "season"),
        ((claim("a", 2, SECOND),), in_show(3, 2, leaves=Leaves.BEGINNING), "elsewhere"),
        # the map counts on the episodes that are still to come
        (
            (claim("a", 2, SECOND),),
            in_show(2, shape=Shape.AIRING, mapping=Parts((Part(1, 5, (Run(2, 1, 5),)),))),
            "exact",
        ),
        (
            (claim("a", 2, SECOND),),
            in_show(2, shape=Shape.AIRING, mapping=Parts((Part(1, 5, (Run(2, 2, 6),)),))),
            "elsewhere",
        ),
        ((), in_show(), None),
    ],
)
def test_what_maps_say(claims: tuple[Claimed, ...], option: Option, expected: str | None) -> None:
    """The same rule serves each family; the maps `a` and `b` stand for two of one."""
    names = {"a": "anibridge", "b": "anitrakt"}
    older = MatchContext(tuple(replace(one, map=names[one.map]) for one in claims))
    assert level("id-maps", entry(), option, older) == expected
    assert level("other-maps", entry(), option, older) is None
    other = MatchContext(claims)
    assert level("other-maps", entry(), option, other) == expected
    assert level("id-maps", entry(), option, other) is None


def test_an_entry_without_a_count_may_be_any_run_in_the_season_that_a_map_names() -> None:
    around = MatchContext((claim("anibridge", 2, SECOND),))
    assert level("id-maps", entry(count=None), in_show(2, count=13), around) == "season"
    assert level("id-maps", entry(count=13), in_show(2, count=13), around) == "elsewhere"


@pytest.mark.parametrize(
    ("aired", "expected"),
    [
        ("2010-04-01", "claimed, later season"),
        ("2020-04-01", "claimed, later season of late"),
        (None, "claimed, later season of late"),
    ],
)
def test_a_sequel_of_late_may_have_been_merged_since_a_map_named_its_season(
    aired: str | None, expected: str
) -> None:
    around = MatchContext(today=date(2024, 6, 1))
    assert level("episodes", entry("Foo 2nd Season", 12, aired), in_show(2, read=False), around) == expected


def test_a_map_that_numbers_seasons_and_has_none_for_a_later_one_knows_of_no_such_season() -> None:
    unread, read = in_show(2, read=False), in_show(2)
    around = MatchContext((claim("bangumi", None),))
    assert level("other-maps", entry(), unread, around) == "elsewhere"
    assert level("other-maps", entry(), read, around) == "show"
    assert level("other-maps", entry(), in_show(read=False), around) == "show"
    assert level("id-maps", entry(), unread, MatchContext((claim("anitrakt", None),))) == "show"


def test_maps_of_two_families_are_two_witnesses_and_of_one_family_one() -> None:
    agreeing = (claim("anibridge", 2, SECOND), claim("anitrakt", 2))
    independent = claim("bangumi", 2, SECOND)

    def witnesses(*claims: Claimed) -> list[str]:
        (row,) = judge(entry("Foo 2nd Season"), [in_show(2)], MatchContext(claims)).options
        return [signal.name for signal in row.signals if signal.name.endswith("-maps")]

    assert witnesses(*agreeing) == ["id-maps"]
    assert witnesses(independent) == ["other-maps"]
    assert witnesses(*agreeing, independent) == ["id-maps", "other-maps"]
    assert [one.family for one in (*agreeing, independent)] == ["anime-lists", "anime-lists", "bangumi"]


@pytest.mark.parametrize(
    ("option", "expected"),
    [
        (in_show(3), DaysElsewhereLevel.UNDATED),
        (in_show(3, begins="2014-04-01"), DaysElsewhereLevel.DATED),
        (in_show(2, begins=BEGIN), None),  # it begins on the day itself
        (Option(Show(5, "Foo", 2010), None), None),  # of another show nothing is said
        (film(), None),
    ],
)
def test_the_day_of_another_run_of_the_show_speaks_against(
    option: Option, expected: DaysElsewhereLevel | None
) -> None:
    first = in_show(1, begins=BEGIN)
    verdict = judge(entry(begin=BEGIN), [first, option], ALONE)
    seen = {
        id(row.option): [level for level in DaysElsewhereLevel if row.saw(level)] for row in verdict.options
    }
    assert seen == {id(option): [expected] if expected else [], id(first): []}


def test_where_no_run_begins_on_the_day_none_is_held_against_another() -> None:
    options = [in_show(1, begins="2009-04-01"), in_show(2)]
    verdict = judge(entry(begin=BEGIN), options, ALONE)
    assert not any(row.saw(*DaysElsewhereLevel) for row in verdict.options)


@pytest.mark.parametrize(
    ("neighbour", "option", "expected"),
    [
        (Neighbour((Episode(1, 1), Episode(1, 12)), True), in_show(1, 13, cour=2), "follows"),
        (Neighbour((Episode(1, 1), Episode(1, 12)), True), in_show(2), "in order"),
        (Neighbour((Episode(1, 13), Episode(1, 24)), False), in_show(1), "leads"),
        (Neighbour((Episode(1, 14), Episode(1, 25)), False), in_show(1), "in order"),
        (Neighbour((Episode(1, 13), Episode(1, 24)), True), in_show(1), "out of order"),
        (Neighbour((Episode(1, 13), Episode(1, 24)), None), in_show(1), None),
        (Neighbour((Episode(2, 1), Episode(2, 12)), True), in_show(1), "out of order"),
        (Neighbour((Episode(2, 1), Episode(2, 12)), False), in_show(1), "in order"),
        (Neighbour((Episode(1, 5),), None), in_show(1), "taken"),
        (Neighbour((Episode(0, 5),), True), in_show(1), None),
    ],
)
def test_order(neighbour: Neighbour, option: Option, expected: str | None) -> None:
    around = MatchContext(neighbours=((1, neighbour),))
    assert level("order", entry(), option, around) == expected
    elsewhere = MatchContext(neighbours=((7, neighbour),))
    assert level("order", entry(), option, elsewhere) is None


# Levels that say too little to weigh anything: in no row of the table.
WEIGHTLESS = {TitleLevel.NO_TITLE, KindLevel.UNKNOWN}


def levels_of(hint: object) -> set[Level]:
    """All levels that a signal can see, by what it says that it returns."""
    if isinstance(hint, type) and issubclass(hint, Level):
        return set(hint)
    return set().union(*map(levels_of, get_args(hint)))


LEVELS = {name: levels_of(get_type_hints(signal)["return"]) for name, signal in SIGNALS.items()} | {
    "days-elsewhere": set(DaysElsewhereLevel)  # which is seen of all options together
}


def test_every_signal_has_its_rows_in_the_table_of_weights() -> None:
    assert set(WEIGHTS) == set(LEVELS)


@pytest.mark.parametrize("name", WEIGHTS)
def test_each_row_of_the_table_is_made_of_its_signals_levels_and_each_level_is_in_a_row(name: str) -> None:
    values = {str(level.value) for level in LEVELS[name]}
    one = "|".join(map(re.escape, sorted(values, key=len, reverse=True)))
    assert [row for row in WEIGHTS[name] if not re.fullmatch(f"(?:{one})+", row)] == []
    rows = "\n".join(WEIGHTS[name])
    assert {level for level in LEVELS[name] if str(level.value) not in rows} <= WEIGHTLESS


def test_the_likenesses_are_levels_of_the_title() -> None:
    unlike = {TitleLevel.OTHER_LANGUAGE, TitleLevel.NO_TITLE}
    assert [level.value for level in TitleLevel if level not in unlike] == [one.value for one in Likeness]


class MoonLevel(Level):
    FULL = "full"
    NEW = "new"


def moon(one: Entry, option: Option, _: MatchContext) -> Seen[MoonLevel] | None:
    """What CONTRIBUTING's recipe asks for: one function, its levels in its type."""
    if one.year is None:
        return None
    return (MoonLevel.FULL if option.work.year == one.year else MoonLevel.NEW), "the moon over Tokyo"


def test_a_new_signal_is_one_function_and_one_line(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    one, options = entry("Foo", begin="2010-04-01"), [in_show(year=2010), in_show(show=2, year=1999)]
    before = judge(one, options, ALONE).options

    monkeypatch.setitem(SIGNALS, "moon", moon)

    unweighed = judge(one, options, ALONE).options
    assert [row.score for row in unweighed] == [row.score for row in before]  # it has no weights yet
    assert levels_of(get_type_hints(moon)["return"]) == set(MoonLevel)
    monkeypatch.setitem(WEIGHTS, "moon", {"full": 2.0, "new": -1.5})
    verdict = judge(one, options, ALONE)
    gained = [row.score - old.score for row, old in zip(verdict.options, before, strict=True)]
    assert gained == pytest.approx([2.0, -1.5])
    assert verdict.options[0].saw(MoonLevel.FULL)
    proposal = propose(one, verdict, auto_from=0.99)
    assert "moon" in proposal.why
    save_evidence(tmp_path / "evidence", [proposal], {one.key: one.ids})
    plan_entry = PlanEntry(one.key, "Foo", Facts(Kind.TV), one.progress, Decision.REVIEW)
    shown = explanation(plan_entry, load_evidence(tmp_path / "evidence", one.key))
    assert sum("moon" in line and "the moon over Tokyo" in line for line in shown) == 2
    assert any(line.endswith("+2.00") for line in shown)


@pytest.mark.parametrize(
    ("beside", "option", "expected"),
    [
        ({Run(1, 13, 24)}, in_show(rest=(Run(1, 13, 24),)), "taken by others"),
        ({Run(1, 13, 18), Run(1, 19, 24), Run(2, 1, 12)}, in_show(rest=(Run(1, 13, 24),)), "taken by others"),
        (
            {Run(1, 1, 6), Run(1, 19, 24)},
            in_show(1, 7, rest=(Run(1, 1, 6), Run(1, 19, 24))),
            "taken by others",
        ),
        (
            {Run(1, 13, 24)},
            in_show(rest=(Run(1, 13, 25),)),
            None,
        ),  # it has grown since, or has a recap inside
        ({Run(1, 13, 25)}, in_show(rest=(Run(1, 13, 24),)), None),
        ({Run(1, 12, 24)}, in_show(rest=(Run(1, 13, 24),)), None),  # one of them is this entry's
        ({Run(2, 13, 24)}, in_show(rest=(Run(1, 13, 24),)), None),
        ({Run(1, 13, 24)}, in_show(), None),
        (set(), in_show(rest=(Run(1, 13, 24),)), None),
    ],
)
def test_the_rest_of_a_season(beside: set[Run], option: Option, expected: str | None) -> None:
    assert level("rest", entry(), option, MatchContext(beside=frozenset(beside))) == expected


def test_words_of_several_maps_weigh_as_their_sum() -> None:
    table = WEIGHTS["id-maps"]
    both = rows_of((MapWord.ELSEWHERE, MapWord.SHOW))
    assert weight("id-maps", both) == pytest.approx(table["elsewhere"] + table["show"])
    assert weight("id-maps", ["no such word"]) == 0
    assert weight("no such signal", ["same"]) == 0


@pytest.mark.parametrize(
    ("name", "better", "worse"),
    [
        ("title", "same", "another title"),
        ("season-words", "agrees", "against"),
        ("year", "same", "far"),
        ("episodes", "fits a season", "differs"),
        ("air-dates", "begins on the day, ends on the day", "years apart"),
        ("air-dates", "begins on the day", "months apart"),
        ("air-dates", "without its end: begins on the day", "without its end: begins on the day, uneven"),
        ("kind", "film: film", "series: film"),
        ("id-maps", "exact", "against"),
        ("other-maps", "exact", "against"),
        ("runtime", "same", "far"),
        ("genres", "animated", "live action"),
        ("order", "follows", "in order"),
        ("order", "leads", "in order"),
        ("order", "in order", "out of order"),
    ],
)
def test_what_speaks_for_an_option_weighs_more(name: str, better: str, worse: str) -> None:
    assert weight(name, [better]) > weight(name, [worse])
