"""Things are called by their titles, with where in the work they are; by ids only where nobody knows a title."""

from __future__ import annotations

from dataclasses import replace

import pytest

from anitrakt_plan.model import (
    Address,
    Candidate,
    Decision,
    EntryKey,
    EpisodeSubject,
    Facts,
    Kind,
    Movie,
    MovieSubject,
    Plan,
    PlanEntry,
    Policy,
    Progress,
    RatingSubject,
    SeasonSubject,
    ShowSubject,
    SourceInfo,
    Status,
)
from anitrakt_plan.model.matches import parse_match
from anitrakt_plan.reports.names import KnownNames, names_of_works, part_name, some, spans, target_name
from tests.practice import START

ENTRY = PlanEntry(
    EntryKey("mal", 12189),
    "Hyouka",
    Facts(Kind.TV, 2012, 22),
    Progress(Status.COMPLETED, 22),
    Decision.CONFIRMED,
)


@pytest.mark.parametrize(
    ("match", "hint", "candidate", "name"),
    [
        ("1 S01E01-E22", "1 S01E01-E22 · Hyouka (2012) · 0.999 · title", None, "Hyouka (2012) S01E01–E22"),
        ("1 S01E01-E22", "1 S01E01-E22 · Hyouka (2012)", None, "Hyouka (2012) S01E01–E22"),
        ("1 S01E01-E22", "2 S01E01-E22 · Another (1999)", None, "1 S01E01-E22"),  # said of another match
        ("1 S02E01", None, "1 S01E01-E22", "Hyouka (2012) S02E01"),
        ("movie 97", "movie 97 · Spirited Away (2001) · 0.99", None, "Spirited Away (2001)"),
        ("movie 97", None, "1 S01E01", "movie 97"),
        ("tmdb:5 S01E01", None, None, "tmdb:5 S01E01"),
    ],
)
def test_where_an_entry_goes(match: str, hint: str | None, candidate: str | None, name: str) -> None:
    offered = (Candidate(parse_match(candidate), "Hyouka", 2012, "", 0.5),) if candidate else ()
    entry = replace(ENTRY, match=parse_match(match), hint=hint, candidates=offered)
    assert target_name(entry) == name


def test_what_has_no_match_yet_has_no_name() -> None:
    assert target_name(replace(ENTRY, match=Address("https://trakt.tv/shows/x"))) == ""


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        (ShowSubject(1), "show"),
        (SeasonSubject(1, 3), "season 3"),
        (SeasonSubject(1, 0), "specials"),
        (EpisodeSubject(1, 3, 13), "S03E13"),
        (MovieSubject(97), ""),
    ],
)
def test_what_a_rating_is_of(subject: RatingSubject, name: str) -> None:
    assert part_name(subject) == name


def test_works_by_the_titles_that_the_plan_knows() -> None:
    entry = replace(ENTRY, match=parse_match("1 S01E01"), hint="1 S01E01 · Hyouka (2012)")
    source = SourceInfo("mal", "x", 1, (Status.COMPLETED,))
    plan = Plan("anitrakt", START, source, None, Policy(), (entry,))
    assert names_of_works(plan, [ShowSubject(1), MovieSubject(97)]) == ["Hyouka (2012)", "movie 97"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        ([], ""),
        (["A"], "A"),
        (["A", "A"], "A"),
        (["A", "B"], "A and B"),
        (["A", "B", "C", "D", "E"], "A, B, C and 2 more"),
    ],
)
def test_a_few_of_many(names: list[str], said: str) -> None:
    assert some(names) == said


def test_what_no_plan_names_is_asked_of_who_may_know() -> None:
    entry = replace(ENTRY, match=parse_match("1 S01E01-E22"))
    assert target_name(entry, lambda _: "Hyouka (2012)") == "Hyouka (2012) S01E01–E22"


def test_places_are_named_by_their_works_and_runs() -> None:
    offered = (Candidate(parse_match("movie 97"), "Spirited Away", 2001, "", 0.5),)
    entry = replace(ENTRY, match=parse_match("1 S01E01-E22"), hint="1 S01E01-E22 · Hyouka (2012)")
    names = KnownNames.of([Plan("", START, SourceInfo("mal", "x", 0, ()), None, Policy(), (entry,))])
    more = KnownNames.of(
        [
            Plan(
                "",
                START,
                SourceInfo("mal", "x", 0, ()),
                None,
                Policy(),
                (replace(entry, candidates=offered),),
            )
        ]
    )
    episodes = [EpisodeSubject(1, 1, 1), EpisodeSubject(1, 1, 2), EpisodeSubject(1, 2, 5)]
    assert names.titles == {"mal:12189": "Hyouka"}
    assert names.places(episodes) == "Hyouka (2012) S01E01–E02, S02E05"
    assert names.places([MovieSubject(97)]) == "movie 97"
    assert more.places([*episodes[:1], MovieSubject(97)]) == "Hyouka (2012) S01E01 and Spirited Away (2001)"
    every_second = [EpisodeSubject(9, 1, number) for number in range(1, 20, 2)]
    assert names.places(every_second) == "show 9 S01E01, S01E03, S01E05 and 7 more"
    assert names.with_works([Movie(97, "Film", 1999)]).places([MovieSubject(97)]) == "Film (1999)"


def test_episodes_are_named_once_and_in_order_however_often_and_however_they_come() -> None:
    episodes = [EpisodeSubject(1420, 1, number) for number in (2, 1, 1, 2, 3)]
    assert spans([EpisodeSubject(1420, 2, 1), *episodes]) == "S01E01–E03, S02E01"
    assert spans([MovieSubject(97), MovieSubject(97)]) == ""
    assert KnownNames().places([*episodes, MovieSubject(97)]) == "show 1420 S01E01–E03 and movie 97"
