"""What speaks against a choice is said, each thing once, and nothing is said against the plain ones."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from anitrakt_plan.commands.doubts import Offer, doubts
from anitrakt_plan.model import (
    Candidate,
    Decision,
    EntryKey,
    Facts,
    Kind,
    PartialDate,
    PlanEntry,
    Progress,
    Run,
    Status,
)
from anitrakt_plan.model.matches import parse_match

HYOUKA = PlanEntry(
    EntryKey("mal", 12189),
    "Hyouka",
    Facts(Kind.TV, 2012, 22),
    Progress(Status.COMPLETED, 22, finished=PartialDate(2015, 3, 1)),
    Decision.REVIEW,
)
RIGHT = Offer(parse_match("1 S01E01-E22"), "Hyouka", 2012, "https://trakt.tv/shows/hyouka", 0.97, ("title",))
WRONG = Offer(
    parse_match("2 S01E01-E22"), "2.5 Dimensional Seduction", 2024, "https://trakt.tv/shows/x", 0.004
)


def kind(entry: PlanEntry, kind: Kind, episodes: int) -> PlanEntry:
    return replace(entry, facts=replace(entry.facts, kind=kind, episodes=episodes))


def finished(text: str, status: Status = Status.COMPLETED) -> PlanEntry:
    return replace(HYOUKA, progress=replace(HYOUKA.progress, finished=PartialDate.parse(text), status=status))


def test_nothing_speaks_against_the_plain_one() -> None:
    assert doubts(HYOUKA, RIGHT) == ()


def test_all_that_speaks_against_another_work_is_said() -> None:
    assert doubts(HYOUKA, WRONG) == (
        "it is more likely something else: anitrakt gives it under 1 %",
        "its title is another one: «2.5 Dimensional Seduction»",
        "the list says it was finished 2015-03-01, and this is of 2024",
    )


def test_a_known_alias_is_the_same_title_and_what_a_person_insisted_on_is_not_asked_again() -> None:
    likely = replace(WRONG, year=2012, confidence=0.9)
    assert doubts(HYOUKA, likely, lambda: ["Hyouka: You can't escape"]) == ()
    own = replace(WRONG, own=True)
    assert doubts(replace(HYOUKA, sure=True), own) == ()
    assert doubts(HYOUKA, own) != ()


def test_other_episodes_of_a_likely_show_need_no_like_title_but_those_of_an_unlikely_one_do() -> None:
    typed = replace(WRONG, year=2012, confidence=None)
    for confidence, is_doubted in ((0.71, False), (0.004, True)):
        offered = Candidate(parse_match("2 S02E01-E22"), typed.title, 2012, typed.url, confidence, ("title",))
        assert (doubts(replace(HYOUKA, candidates=(offered,)), typed) != ()) == is_doubted


def test_a_run_that_only_the_list_counts_is_asked_about_until_the_season_list_shows_it() -> None:
    entry = kind(HYOUKA, Kind.TV, 220)
    guessed = replace(RIGHT, match=parse_match("1 S01E01-E220"), why=("title", "guessed-run"))
    (unknown,) = doubts(entry, guessed)
    assert unknown.startswith("S01E01-E220 is only what the list counts: no map says which episodes")
    assert "`anitrakt login --tmdb`" in unknown
    (lacking,) = doubts(entry, replace(guessed, lacking=(Run(1, 53, 220),)))
    assert lacking == "S01E01-E220 is only what the list counts: the season list has no S01E53-E220"
    assert doubts(entry, replace(guessed, lacking=())) == ()
    assert doubts(entry, replace(guessed, why=("title",))) == ()  # a map says so, or a season list was read
    assert doubts(replace(entry, sure=True), replace(guessed, own=True)) == ()


@pytest.mark.parametrize(
    ("entry", "match", "said"),
    [
        (kind(HYOUKA, Kind.TV, 22), "movie 5", "it is a film, and the entry has 22 episodes"),
        (kind(HYOUKA, Kind.MOVIE, 1), "movie 5", None),
        (
            kind(HYOUKA, Kind.MOVIE, 1),
            "1 S01E01",
            "the list calls it a film, and this is an episode of a series",
        ),
        (kind(HYOUKA, Kind.MOVIE, 1), "1 S00E01", None),
        (kind(HYOUKA, Kind.MOVIE, 3), "1 S01E01-E03", None),
        (kind(HYOUKA, Kind.MUSIC, 1), "1 S01E01", "the list calls it a music video, and this is an episode"),
        (kind(HYOUKA, Kind.PV, 1), "movie 5", "the list calls it a trailer, and this is a film"),
        (kind(HYOUKA, Kind.CM, 1), "1 S00E01", None),
        (kind(HYOUKA, Kind.OVA, 1), "1 S00E01", None),
    ],
)
def test_kinds_that_do_not_go_together(entry: PlanEntry, match: str, said: str | None) -> None:
    assert doubts(entry, replace(RIGHT, match=parse_match(match))) == ((said,) if said else ())


@pytest.mark.parametrize(
    ("when", "status", "year", "begins", "ends", "is_doubted"),
    [
        ("2015-03-01", Status.COMPLETED, 2016, None, None, True),
        ("2015", Status.COMPLETED, 2015, None, None, False),
        ("2015", Status.COMPLETED, 2015, date(2015, 12, 1), date(2016, 3, 1), True),
        ("2015-03", Status.COMPLETED, 2015, date(2015, 1, 1), date(2015, 3, 31), False),
        ("2015-03-01", Status.COMPLETED, 2015, date(2015, 1, 1), date(2015, 3, 3), False),  # a day's clocks
        ("2015-03-01", Status.COMPLETED, 2015, date(2015, 1, 1), date(2015, 3, 9), True),
        ("2015-03-01", Status.DROPPED, 2015, date(2015, 1, 1), date(2015, 3, 9), False),
        ("2015-03-01", Status.DROPPED, 2015, date(2015, 4, 1), date(2015, 6, 9), True),
    ],
)
def test_what_was_watched_before_it_was_there(
    when: str, status: Status, year: int, begins: date | None, ends: date | None, is_doubted: bool
) -> None:
    offer = replace(RIGHT, year=year, begins=begins, ends=ends)
    found = doubts(finished(when, status), offer)
    assert ["finished" in one for one in found] == [True] * is_doubted


def test_of_a_work_without_a_title_none_is_another() -> None:
    nameless = replace(HYOUKA, title=str(HYOUKA.key))
    unlike = "its title is another one: «2.5 Dimensional Seduction»"
    assert unlike in doubts(HYOUKA, WRONG)
    assert unlike not in doubts(nameless, WRONG)
