"""Gathering: what is asked of Trakt, how seldom, and what comes of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, datetime

import pytest

from anitrakt_plan.matching.asking import Asking
from anitrakt_plan.matching.evidence import Proposal
from anitrakt_plan.matching.others import OrderLevel, RestLevel
from anitrakt_plan.matching.search import Gathering, Reading, match_entries
from anitrakt_plan.matching.signals import DaysLevel
from anitrakt_plan.model import (
    AbsentClaim,
    Claim,
    Decision,
    Entry,
    EntryKey,
    Ids,
    Kind,
    Match,
    Movie,
    MovieClaim,
    MovieMatch,
    PartialDate,
    Run,
    Season,
    Show,
    ShowClaim,
    ShowMatch,
    Status,
    Straight,
    TargetKind,
    Titles,
    TmdbId,
    Work,
    WorkId,
    trakt_id,
)
from tests.commands.small_trakt import Catalogue, Maps, anibridge, anitrakt
from tests.matching.matching_parts import NOW, entry, season

TITAN = Show(
    1420,
    "Attack on Titan",
    2013,
    "attack-on-titan",
    1429,
    aliases=("Shingeki no Kyojin", "進撃の巨人"),
    seasons=(
        season(0, 9),
        season(1, 25, "2013-04-07"),
        season(2, 12, "2017-04-01"),
        season(3, 22, "2018-07-23", breaks={12: 196}),
    ),
)
S1 = entry("Shingeki no Kyojin", 25, "2013-04-07", "2013-09-29", mal=16498, english="Attack on Titan")
S2 = entry(
    "Shingeki no Kyojin Season 2",
    12,
    "2017-04-01",
    "2017-06-17",
    mal=25777,
    english="Attack on Titan Season 2",
)
S3P2 = entry(
    "Shingeki no Kyojin Season 3 Part 2",
    10,
    "2019-04-29",
    "2019-07-01",
    mal=38524,
    english="Attack on Titan Season 3 Part 2",
)
FILM = Movie(77, "Your Name.", 2016, "your-name-2016", 372058, aliases=("Kimi no Na wa.",))
YOUR_NAME = entry(
    "Kimi no Na wa.", 1, "2016-08-26", "2016-08-26", mal=32281, kind=Kind.MOVIE, english="Your Name."
)


def match(
    entries: Sequence[Entry],
    maps: Maps | None = None,
    catalogue: Catalogue | None = None,
    *,
    reading: Reading = Reading.EVERY,
    decided: Mapping[EntryKey, Match] | None = None,
    asking: Asking = Asking.EVERYTHING,
) -> tuple[Proposal, ...]:
    return match_entries(
        entries,
        maps or Maps(),
        catalogue,
        auto_from=0.99,
        now=NOW,
        reading=reading,
        decided=decided,
        asking=asking,
    )


def episodes(show: WorkId, number: int, first: int, last: int) -> ShowMatch:
    return ShowMatch(show, Straight((Run(number, first, last),)))


AGREED = Maps(
    {
        16498: (anibridge(1429, 1, 1, 25), anitrakt(1)),
        25777: (anibridge(1429, 2, 1, 12), anitrakt(2)),
        38524: (anibridge(1429, 3, 13, 22), anitrakt(3)),
    },
    {1429: 1420},
)


def test_two_maps_that_agree_are_one_witness_and_the_season_list_is_read() -> None:
    catalogue = Catalogue(TITAN)
    (proposal,) = match([S2], AGREED, catalogue)
    assert proposal.decision is Decision.AUTO
    assert proposal.match == episodes(1420, 2, 1, 12)
    assert proposal.hint.startswith("1420 S02E01-E12 · Attack on Titan (2013) · 0.99")
    assert catalogue.requests == {"seasons": 1}


LATER = Maps({38524: (anibridge(1429, 3, 13, 22), anitrakt(3))}, {1429: 1420})
"""Maps that know one season alone, whose list is read in either way of reading."""


@pytest.mark.parametrize("reading", Reading)
def test_a_season_that_no_map_knows_is_found_in_the_show_that_was_read_for_another(reading: Reading) -> None:
    catalogue = Catalogue(TITAN)
    found = match([S2, S3P2], LATER, catalogue, reading=reading, asking=Asking.DECIDING)
    assert [one.match for one in found] == [episodes(1420, 2, 1, 12), episodes(1420, 3, 13, 22)]
    assert catalogue.requests == {"seasons": 1}


@pytest.mark.parametrize(
    "other",
    [
        S1,  # what opens a show may be another one of its name
        replace(S2, aired_from=PartialDate(2017, 5, 6)),  # not on the day
        replace(S2, titles=Titles("Another Work Altogether")),
        replace(S2, episodes=13),
    ],
)
def test_where_that_show_does_not_settle_it_it_is_searched_for_as_ever(other: Entry) -> None:
    alone, beside = Catalogue(TITAN), Catalogue(TITAN)
    (by_search,) = match([other], LATER, alone, asking=Asking.DECIDING)
    _, found = match([S3P2, other], LATER, beside, asking=Asking.DECIDING)
    assert beside.requests["search"] == alone.requests["search"] > 0
    assert (found.decision, found.match) == (by_search.decision, by_search.match)


@pytest.mark.parametrize("kind", [Kind.MUSIC, Kind.CM, Kind.PV])
def test_nothing_is_asked_about_a_clip_that_no_map_names_until_a_person_looks(kind: Kind) -> None:
    clip = replace(YOUR_NAME, kind=kind)
    catalogue = Catalogue(FILM)
    (planned,) = match([clip], catalogue=catalogue, asking=Asking.DECIDING)
    assert (planned.decision, planned.candidates, catalogue.requests) == (Decision.REVIEW, (), {})
    assert planned.hint == "no id map knows this clip; `review` asks about it when you come to it"
    (looked_at,) = match([clip], catalogue=catalogue, asking=Asking.EVERYTHING)
    assert (looked_at.decision, looked_at.candidates[0].match) == (Decision.REVIEW, MovieMatch(77))


def test_a_show_is_read_once_for_all_its_entries() -> None:
    catalogue = Catalogue(TITAN)
    proposals = match([S3P2, S1, S2], AGREED, catalogue)
    assert [proposal.match for proposal in proposals] == [
        episodes(1420, 3, 13, 22),
        episodes(1420, 1, 1, 25),
        episodes(1420, 2, 1, 12),
    ]
    assert catalogue.requests == {"seasons": 1}


@pytest.mark.parametrize(("one", "reads"), [(S1, 0), (S2, 1), (S3P2, 1), (replace(S1, episodes=26), 1)])
def test_quick_reads_only_where_the_maps_leave_a_risk(one: Entry, reads: int) -> None:
    """A run that opens its show and is as long as the entry is taken on trust."""
    catalogue = Catalogue(TITAN)
    (proposal,) = match([one], AGREED, catalogue, reading=Reading.RISKY)
    assert catalogue.requests["seasons"] == reads
    assert (catalogue.requests.total() == 0) is (reads == 0)
    if one.episodes != 26:
        assert proposal.decision is Decision.AUTO


def test_what_quick_takes_on_trust_must_be_certain_by_itself() -> None:
    catalogue = Catalogue(TITAN)
    stranger = replace(S1, titles=Titles("Xyz", "Quux of the North"))
    (proposal,) = match([stranger], AGREED, catalogue, reading=Reading.RISKY)
    assert proposal.decision is Decision.REVIEW
    assert catalogue.requests["seasons"] == 1


def test_a_season_that_has_moved_since_the_maps_were_made_goes_where_it_is_today() -> None:
    """Two maps agree on a second season that Trakt has put into the first since, as its episodes 26 to 37."""
    merged = replace(TITAN, seasons=(season(1, 37, "2013-04-07", breaks={25: 1280}),))
    assert merged.seasons
    begins = merged.seasons[0].episodes[25].first_aired
    said = S2.aired_from.exact if S2.aired_from else None
    assert begins
    assert said
    assert abs((begins.date() - said).days) <= 1
    (proposal,) = match([S2], AGREED, Catalogue(merged))
    assert proposal.judged[0].candidate.match == episodes(1420, 1, 26, 37)
    assert proposal.match in (None, episodes(1420, 1, 26, 37))


def test_what_is_most_at_risk_is_asked_about_first() -> None:
    """Sequels, then what opens its show, then what no map knows; of each the most watched first."""
    asked: list[int] = []

    class Noting(Catalogue):
        def seasons(self, show_id: WorkId) -> tuple[Season, ...] | None:
            asked.append(trakt_id(show_id))
            return super().seasons(show_id)

        def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
            asked.extend([0] if "cooking" in query else [])
            return ()

    rows = {
        1: (anitrakt(1, show=101), anibridge(1, 1, 1, 12)),
        2: (anitrakt(1, show=102), anibridge(2, 1, 1, 24)),
        3: (anitrakt(2, show=103), anibridge(3, 2, 1, 12)),
        4: (anitrakt(1, show=104), anibridge(4, 1, 13, 36)),
        5: (anitrakt(1, show=105), anibridge(5, 1, 1, 11)),  # of another length
    }
    counts = {1: 12, 2: 24, 3: 12, 4: 24, 5: 13, 6: 50}
    entries = [
        entry("Cooking Tonight" if mal == 6 else "Attack on Titan", count, "2013-04-07", mal=mal)
        for mal, count in counts.items()
    ]
    maps = Maps(rows, {mal: 100 + mal for mal in rows})
    match(entries, maps, Noting())
    assert list(dict.fromkeys(asked)) == [104, 105, 103, 102, 101, 0]
    gathering = Gathering(entries, maps, Catalogue(), auto_from=0.99, now=NOW)
    by_risk = sorted(entries, key=gathering.risk)
    assert [one.key.id for one in by_risk] == [4, 5, 3, 2, 1, 6]


@pytest.mark.parametrize(
    "one", [replace(S2, titles=replace(S2.titles, english=None)), replace(S2, titles=Titles(""))]
)
def test_a_japanese_title_alone_does_not_contradict_an_english_one(one: Entry) -> None:
    (proposal,) = match([one], AGREED)
    best = proposal.judged[0]
    assert best.candidate.match == episodes(1420, 2, 1, 12)
    assert best.caps == ()


ROTATED = anitrakt(1, show=5)  # the right title beside the id of another show
OTHER = Show(5, "Cooking Tonight", 2013, aliases=(), seasons=(season(1, 25, "2013-07-01"),))


def test_one_row_of_one_map_is_looked_up_before_it_is_believed() -> None:
    catalogue = Catalogue(OTHER)
    (proposal,) = match([S1], Maps({16498: (ROTATED,)}), catalogue)
    assert proposal.decision is Decision.REVIEW
    assert catalogue.requests["show"] == 1
    assert all(item.candidate.title == "Cooking Tonight" for item in proposal.judged)


def test_one_row_whose_show_begins_on_the_very_day_is_confirmed_by_that() -> None:
    catalogue = Catalogue(TITAN)
    (proposal,) = match([S1], Maps({16498: (anitrakt(1),)}), catalogue)
    assert proposal.match == episodes(1420, 1, 1, 25)
    assert catalogue.requests == {"seasons": 1}


def film_row(name: str = "anitrakt", trakt: int | None = 77, title: str | None = "Your Name.") -> MovieClaim:
    return MovieClaim(name, trakt=trakt, tmdb=372058, title=title, year=2016)


@pytest.mark.parametrize(
    ("claims", "requests"),
    [
        ((film_row(),), {"movie": 1}),  # nothing but this row says so
        ((film_row("anibridge", None, None), film_row()), {}),
        ((film_row("anibridge", None, None),), {"by_tmdb": 1}),  # which is a look at Trakt already
    ],
)
def test_a_film_that_one_row_names_is_looked_up_and_two_maps_settle_it(
    claims: tuple[Claim, ...], requests: dict[str, int]
) -> None:
    catalogue = Catalogue(FILM)
    trakt_ids = {372058: 77} if len(claims) == 2 else {}
    (proposal,) = match([YOUR_NAME], Maps({32281: claims}, trakt_ids), catalogue)
    assert proposal.match == MovieMatch(77)
    assert proposal.decision is Decision.AUTO
    assert catalogue.requests == requests


def test_a_film_row_with_the_right_title_beside_a_wrong_id_is_not_believed() -> None:
    catalogue = Catalogue(Movie(99, "Quite Another Film", 2016, aliases=()), FILM)
    (proposal,) = match([YOUR_NAME], Maps({32281: (film_row(trakt=99),)}), catalogue)
    assert catalogue.requests["movie"] == 1
    assert proposal.match in (None, MovieMatch(77))


def test_names_of_the_id_that_are_another_works_put_the_entry_into_review() -> None:
    """The list's ids are another service's: what the maps and the service say of them is of other works."""
    stranger = replace(
        S1, titles=Titles("Cooking Tonight"), known_as=Titles("Shingeki no Kyojin", "Attack on Titan")
    )
    (proposal,) = match([stranger], AGREED, Catalogue(TITAN, OTHER))
    assert proposal.decision is Decision.REVIEW
    assert proposal.other_work == "Shingeki no Kyojin"
    matches = [candidate.match for candidate in proposal.candidates]
    assert {one.show if isinstance(one, ShowMatch) else one for one in matches} == {1420, 5}
    same = replace(
        S1, titles=Titles("AoT"), known_as=Titles("Shingeki no Kyojin", "Attack on Titan", synonyms=("AoT",))
    )
    (proposal,) = match([same], AGREED, Catalogue(TITAN, OTHER))
    assert proposal.decision is Decision.AUTO


def test_the_days_of_a_disputed_id_say_nothing_of_the_work_that_the_title_names() -> None:
    """A service filled them in from the id; another show that fits them is not what the person sees."""
    meant = Show(6, "Cooking Tonight", 2019, aliases=(), seasons=(season(1, 25, "2019-07-05"),))
    fits = Show(7, "Tonight", 2013, aliases=(), seasons=(season(1, 25, "2013-04-07"),))
    stranger = replace(S1, titles=Titles("Cooking Tonight"), known_as=Titles("Quux of the North"), minutes=24)
    (proposal,) = match([stranger], catalogue=Catalogue(meant, fits))
    assert proposal.decision is Decision.REVIEW
    assert proposal.candidates[0].match == episodes(6, 1, 1, 25)


def test_a_day_that_only_a_map_knows_is_compared_with_the_season_list() -> None:
    undated = replace(S2, aired_from=None, aired_to=None)
    dated = replace(anitrakt(2), map="bangumi", begins=date(2017, 4, 1))
    (proposal,) = match([undated], Maps({25777: (dated,)}), Catalogue(TITAN))
    days = next(signal for signal in proposal.judged[0].signals if signal.name == "air-dates")
    assert days.levels == (DaysLevel.ON_THE_DAY,)
    elsewhere = replace(undated, aired_from=PartialDate(2011))  # a day of another year is not this entry's
    (proposal,) = match([elsewhere], Maps({25777: (dated,)}), Catalogue(TITAN))
    days = next(signal for signal in proposal.judged[0].signals if signal.name == "air-dates")
    assert days.levels == (DaysLevel.UNKNOWN,)


@pytest.mark.parametrize(
    "wrong",
    [
        (anibridge(1429, 3, 1, 12), anitrakt(2)),  # another season
        (anibridge(1429, 2, 1, 11), anitrakt(2)),  # a run that is too short
        (anibridge(1429, 2, 1, 12), anitrakt(2, title="Cooking Tonight")),  # another title
        (anibridge(1429, 2, 1, 12), anitrakt(2, year=2020)),  # a show that began later
        (anibridge(1429, 1, 1, 12), anitrakt(1)),  # the title says season 2
    ],
)
def test_maps_that_do_not_agree_or_do_not_fit_are_looked_at(wrong: tuple[Claim, ...]) -> None:
    catalogue = Catalogue(TITAN)
    (proposal,) = match([S2], Maps({25777: wrong}, {1429: 1420}), catalogue)
    assert catalogue.requests["seasons"] == 1
    assert proposal.match in (None, episodes(1420, 2, 1, 12))
    offline = match([S2], Maps({25777: wrong}, {1429: 1420}))
    assert offline[0].decision is Decision.REVIEW


def test_without_trakt_the_maps_candidates_wait_in_review() -> None:
    (proposal,) = match([S2], Maps({25777: (anibridge(1429, 2, 1, 12),)}, {1429: 1420}))
    assert proposal.decision is Decision.REVIEW
    assert proposal.match is None
    (bare,) = match([S2])
    assert bare.decision is Decision.REVIEW
    assert bare.candidates == ()
    assert "Trakt was not asked" in bare.hint


def test_offline_a_map_that_names_a_season_alone_stands_for_its_first_episodes() -> None:
    (proposal,) = match([S2], Maps({25777: (anitrakt(2),)}))
    assert proposal.judged[0].candidate.match == episodes(1420, 2, 1, 12)
    (nameless,) = match([replace(S2, episodes=None)], Maps({25777: (anitrakt(2),)}))
    assert nameless.decision is Decision.REVIEW


def test_offline_a_work_whose_trakt_id_nobody_knows_goes_by_its_tmdb_id() -> None:
    (proposal,) = match([S2], Maps({25777: (anibridge(1429, 2, 1, 12),)}))
    (candidate,) = proposal.candidates
    assert candidate.match == episodes(TmdbId(1429), 2, 1, 12)
    assert (candidate.title, candidate.url) == ("show tmdb:1429", "https://www.themoviedb.org/tv/1429")
    (known,) = match([S2], Maps({25777: (anibridge(1429, 2, 1, 12),)}, {1429: 1420}))
    assert known.candidates[0].match == episodes(1420, 2, 1, 12)
    assert known.confidence == proposal.confidence  # how a work is named says nothing of whether it is right


def test_offline_two_maps_that_agree_by_tmdb_id_can_make_a_film_auto() -> None:
    said = (MovieClaim("anibridge", tmdb=372058), MovieClaim("bangumi", tmdb=372058))
    (proposal,) = match([YOUR_NAME], Maps({32281: said}))
    assert (proposal.decision, proposal.match) == (Decision.AUTO, MovieMatch(TmdbId(372058)))


def test_offline_claims_about_one_work_by_either_id_are_about_one() -> None:
    (one,) = match([S1], Maps({16498: (anibridge(1429, 1, 1, 25), anitrakt(1))}, {1429: 1420}))
    assert [judged.candidate.match for judged in one.judged] == [episodes(1420, 1, 1, 25)]
    assert one.judged[0].candidate.title == "Attack on Titan"
    (two,) = match([S1], Maps({16498: (anibridge(1429, 1, 1, 25), anitrakt(1))}))
    assert two.decision is Decision.REVIEW  # as far as anybody knows, the maps name two works
    assert {judged.candidate.match for judged in two.judged} == {
        episodes(1420, 1, 1, 25),
        episodes(TmdbId(1429), 1, 1, 25),
    }


def test_trakts_word_that_it_has_no_such_work_is_believed() -> None:
    (proposal,) = match([S2], Maps({25777: (anibridge(999, 2, 1, 12),)}), Catalogue())
    assert proposal.candidates == ()


def test_a_map_that_names_a_tmdb_id_alone_costs_one_lookup_and_one_season_list() -> None:
    catalogue = Catalogue(TITAN)
    (proposal,) = match([S2], Maps({25777: (anibridge(1429, 2, 1, 12),)}), catalogue)
    assert proposal.match == episodes(1420, 2, 1, 12)
    assert catalogue.requests == {"by_tmdb": 1, "seasons": 1}


def test_a_map_that_names_no_episodes_leaves_the_place_to_the_season_list() -> None:
    maps = Maps({38524: (anitrakt(None),)}, {1429: 1420})
    (proposal,) = match([S3P2], maps, Catalogue(TITAN))
    assert proposal.match == episodes(1420, 3, 13, 22)
    assert proposal.decision is Decision.AUTO


def test_without_maps_search_and_seasons_find_sequels_and_cours() -> None:
    catalogue = Catalogue(TITAN, Show(5, "Titan Maximum", 2009, seasons=(season(1, 10, "2009-09-27"),)))
    proposals = match([S1, S2, S3P2], catalogue=catalogue)
    assert [proposal.match for proposal in proposals] == [
        episodes(1420, 1, 1, 25),
        episodes(1420, 2, 1, 12),
        episodes(1420, 3, 13, 22),
    ]
    assert catalogue.requests["seasons"] == 1  # each show's season list once in all


def test_a_film_needs_one_search() -> None:
    catalogue = Catalogue(FILM, TITAN)
    (proposal,) = match([YOUR_NAME], catalogue=catalogue)
    assert proposal.match == MovieMatch(77)
    assert proposal.decision is Decision.AUTO
    assert catalogue.requests == {"search": 1}


def test_two_maps_settle_a_film() -> None:
    claims = (
        MovieClaim("anibridge", tmdb=372058),
        MovieClaim("anitrakt", trakt=77, title="Your Name.", year=2016),
    )
    (proposal,) = match([YOUR_NAME], Maps({32281: claims}, {372058: 77}))
    assert proposal.match == MovieMatch(77)
    assert proposal.decision is Decision.AUTO


def test_a_map_that_says_absent_is_no_candidate() -> None:
    (proposal,) = match([YOUR_NAME], Maps({32281: (AbsentClaim("anibridge"),)}), Catalogue(TITAN))
    assert proposal.decision is Decision.REVIEW


def test_no_entry_costs_more_than_five_requests() -> None:
    crowd = [
        Show(100 + n, f"Foo {word}", 2000 + n, seasons=(season(1, 13),)) for n, word in enumerate("abcdefgh")
    ]
    catalogue = Catalogue(*crowd)
    lost = entry(
        "Foo: Bar Baz", 12, "2011-01-05", mal=9, english="Foo of the Bar", japanese="フー", kind=Kind.OVA
    )
    (proposal,) = match([lost], catalogue=catalogue)
    assert proposal.decision is Decision.REVIEW
    assert catalogue.requests.total() <= 5


TOWER = Show(
    40, "Tower", 2020, tmdb=41, aliases=(), seasons=(season(1, 13, "2020-04-03"), season(2, 26, "2024-07-07"))
)
FIRST_COUR = entry("Tower: The Prince", 13, "2024-07-07", "2024-09-29", mal=901)
LATER_COUR = entry("Tower: The Siege", 13, mal=902)


def tower_row(number: int | None) -> ShowClaim:
    """What AniTrakt says of a cour: its show, and a season or none where the cours share one."""
    return ShowClaim("anitrakt", trakt=40, tmdb=41, title="Tower", year=2024, season=number)


@pytest.mark.parametrize("entries", [[FIRST_COUR, LATER_COUR], [LATER_COUR, FIRST_COUR]])
def test_what_is_open_is_looked_at_once_more_when_its_neighbours_have_their_places(
    entries: list[Entry],
) -> None:
    """Nothing but the cour before it tells where a later one lies: it begins where that ends."""
    maps = Maps({901: (anibridge(41, 2, 1, 13), tower_row(2)), 902: (tower_row(None),)}, {41: 40})
    catalogue = Catalogue(TOWER)
    found = {proposal.key.id: proposal for proposal in match(entries, maps, catalogue)}
    assert found[901].match == episodes(40, 2, 1, 13)
    best = found[902].judged[0]
    assert best.candidate.match == episodes(40, 2, 14, 26)
    assert {signal.name: signal.levels for signal in best.signals}["order"] == (OrderLevel.FOLLOWS,)
    assert catalogue.requests["seasons"] == 1


@pytest.mark.parametrize(("count", "expected"), [(26, [RestLevel.TAKEN]), (27, [])])
def test_what_the_maps_have_for_others_in_the_season_counts_though_the_list_lacks_it(
    count: int, expected: list[RestLevel]
) -> None:
    tower = replace(TOWER, seasons=(season(1, 13, "2020-04-03"), season(2, count)))
    maps = Maps({901: (anibridge(41, 2, 1, 13),), 902: (tower_row(None),)}, {41: 40})
    (proposal,) = match([LATER_COUR], maps, Catalogue(tower))
    second = next(item for item in proposal.judged if item.candidate.match == episodes(40, 2, 14, 26))
    assert [
        level for signal in second.signals if signal.name == "rest" for level in signal.levels
    ] == expected


def test_two_entries_that_claim_the_same_episodes_both_wait() -> None:
    twin = replace(S2, key=EntryKey("mal", 99), ids=Ids(99))
    proposals = match([S2, twin], catalogue=Catalogue(TITAN))
    assert [proposal.decision for proposal in proposals] == [Decision.REVIEW, Decision.REVIEW]
    assert "mal:99" in proposals[0].hint
    assert proposals[0].candidates[0].match == episodes(1420, 2, 1, 12)


def test_the_same_work_twice_may_share_its_match() -> None:
    twin = replace(S2, key=EntryKey("anilist", 20958))
    proposals = match([S2, twin], catalogue=Catalogue(TITAN))
    assert [proposal.decision for proposal in proposals] == [Decision.AUTO, Decision.AUTO]


def test_a_decision_costs_nothing_and_claims_its_episodes() -> None:
    catalogue = Catalogue(TITAN)
    key = EntryKey("mal", 1)
    theirs = episodes(1420, 2, 1, 12)
    decided, rival = match([entry("My own", 12, mal=1), S2], catalogue=catalogue, decided={key: theirs})
    assert (decided.decision, decided.match) == (Decision.CONFIRMED, theirs)
    assert rival.decision is Decision.REVIEW


def test_a_decision_about_an_entry_that_is_not_in_the_list_claims_its_episodes_too() -> None:
    decided = {EntryKey("mal", 4242): episodes(1420, 2, 1, 12)}
    (proposal,) = match([S2], catalogue=Catalogue(TITAN), decided=decided)
    assert proposal.decision is Decision.REVIEW
    assert "mal:4242" in proposal.hint


def test_progress_is_told_for_each_entry() -> None:
    told: list[tuple[int, int]] = []
    decided = {S2.key: episodes(1420, 2, 1, 12)}
    gathering = Gathering(
        [S1, S2, NEVER_FOUND], Maps(), Catalogue(TITAN), auto_from=0.99, now=NOW, decided=decided
    )
    gathering.ask(lambda done, total: told.append((done, total)))
    assert told == [(2, 3), (3, 3)]


NEVER_FOUND = entry("Nobody Knows It", 12, "2014-04-07", mal=9, english="Known to Nobody")


class Searched(Catalogue):
    """Notes what is searched, and breaks off where it is told to."""

    def __init__(self, *works: Work, breaks_off: str = "") -> None:
        super().__init__(*works)
        self.queries: list[str] = []
        self._breaks_off = breaks_off

    def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
        if query == self._breaks_off:
            raise KeyboardInterrupt
        self.queries.append(query)
        return super().search(query, kind)


def test_the_first_question_of_every_entry_comes_before_the_second_of_any() -> None:
    catalogue = Searched(TITAN)
    match([NEVER_FOUND, S1], catalogue=catalogue)
    assert catalogue.queries == ["attack on titan", "known to nobody", "nobody knows it"]


def test_where_that_is_asked_for_an_entry_has_one_question() -> None:
    catalogue = Searched(TITAN)
    found = match([NEVER_FOUND, S1], catalogue=catalogue, asking=Asking.DECIDING)
    assert catalogue.queries == ["attack on titan", "known to nobody"]
    assert [one.decision for one in found] == [Decision.REVIEW, Decision.AUTO]


@pytest.mark.parametrize(
    ("breaks_off", "unasked"),
    [
        ("attack on titan", {S1.key, NEVER_FOUND.key}),
        ("known to nobody", {NEVER_FOUND.key}),
        ("nobody knows it", set()),
    ],
)
def test_what_is_known_when_the_asking_is_broken_off_makes_the_proposals(
    breaks_off: str, unasked: set[EntryKey]
) -> None:
    catalogue = Searched(TITAN, FILM, breaks_off=breaks_off)
    named = {32281: (MovieClaim("anitrakt", trakt=77, title="Your Name.", year=2016),)}
    entries = [NEVER_FOUND, S1, YOUR_NAME]
    gathering = Gathering(entries, Maps(named), catalogue, auto_from=0.99, now=NOW)
    with pytest.raises(KeyboardInterrupt):
        gathering.ask()
    asked = sum(catalogue.requests.values())
    assert gathering.unasked == unasked
    found = {one.key: one for one in gathering.proposals()}
    assert sum(catalogue.requests.values()) == asked
    assert found[YOUR_NAME.key].decision is Decision.AUTO
    assert found[NEVER_FOUND.key].decision is Decision.REVIEW
    assert (found[S1.key].decision is Decision.AUTO) is (S1.key not in unasked)


@pytest.mark.parametrize("name", ["86", "K", ".hack//SIGN", "Re:Zero kara Hajimeru Isekai Seikatsu", "!"])
def test_short_and_odd_titles_are_matched(name: str) -> None:
    work = Show(8, name, 2012, aliases=(), seasons=(season(1, 12, "2012-01-05"),))
    (proposal,) = match([entry(name, 12, "2012-01-05", "2012-03-22")], catalogue=_Finds(work))
    assert proposal.match == episodes(8, 1, 1, 12)


def test_a_japanese_title_alone_is_matched_by_an_alias() -> None:
    (proposal,) = match(
        [replace(S1, titles=replace(S1.titles, romaji="進撃の巨人", english=None))], catalogue=_Finds(TITAN)
    )
    best = proposal.judged[0].candidate.match
    assert best == episodes(1420, 1, 1, 25)


@pytest.mark.parametrize("kind", list(Kind))
def test_entries_without_titles_dates_or_counts_are_no_trouble(kind: Kind) -> None:
    bare = entry("", None, kind=kind, mal=5)
    (alone,) = match([bare], catalogue=Catalogue(TITAN, FILM))
    assert alone.decision is Decision.REVIEW
    claimed = Maps({5: (anibridge(1429, 2, 1, 12), anitrakt(2))}, {1429: 1420})
    (proposal,) = match([bare], claimed, Catalogue(TITAN))
    assert proposal.match in (None, episodes(1420, 2, 1, 12))


def test_a_running_season_sends_only_what_has_aired() -> None:
    running = Show(9, "Bar", 2026, seasons=(season(1, 12, "2026-10-20"),))
    watching = entry("Bar", 12, "2026-10-20", mal=3, watched=3, status=Status.WATCHING)
    (proposal,) = match([watching], catalogue=_Finds(running))
    candidate = proposal.judged[0].candidate.match
    assert isinstance(candidate, ShowMatch)
    assert not isinstance(candidate.mapping, Straight)


def test_a_map_that_counts_on_episodes_to_come_agrees_with_what_has_aired() -> None:
    running = Show(9, "Bar", 2026, tmdb=90, seasons=(season(1, 12, "2026-10-20"),))
    watching = entry("Bar", 12, "2026-10-20", "2027-01-05", mal=3, watched=3, status=Status.WATCHING)
    (proposal,) = match([watching], Maps({3: (anibridge(90, 1, 1, 12),)}), _Finds(running))
    assert proposal.decision is Decision.AUTO
    assert "id-maps" in proposal.why


class _Finds(Catalogue):
    """A Trakt whose search always finds everything."""

    def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
        wanted = Show if kind is TargetKind.SHOW else Movie
        return tuple(self._bare(work) for work in self.works if isinstance(work, wanted))


@pytest.mark.parametrize(
    "days", [{10: None, 11: None}, {11: NOW.replace(year=2031)}, {4: NOW.replace(year=2031)}]
)
def test_what_was_seen_to_its_end_loses_no_episode_to_a_day_that_is_wrong_or_missing(
    days: dict[int, datetime | None],
) -> None:
    listed = season(1, 12, "2013-04-06")
    listed = replace(
        listed,
        episodes=tuple(
            replace(e, first_aired=days.get(at, e.first_aired)) for at, e in enumerate(listed.episodes)
        ),
    )
    work = Show(9, "Bar", 2013, aliases=(), seasons=(listed,))
    (proposal,) = match([entry("Bar", 12, "2013-04-06", "2013-06-22", mal=3)], catalogue=_Finds(work))
    assert proposal.decision is Decision.AUTO
    assert proposal.match == episodes(9, 1, 1, 12)


def test_what_is_called_completed_before_its_last_day_is_not_over() -> None:
    """Somebody who marks a running season as completed has not seen what has not aired."""
    running = Show(9, "Bar", 2026, seasons=(season(1, 12, "2026-10-20"),))
    early = entry("Bar", 12, "2026-10-20", "2027-01-05", mal=3)
    (proposal,) = match([early], catalogue=_Finds(running))
    for item in proposal.judged:
        assert isinstance(item.candidate.match, ShowMatch)
        assert item.candidate.match.mapping != Straight((Run(1, 1, 12),))


def test_what_came_with_a_season_list_is_known_of_the_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """TMDB's search row has no length, and the answer with the seasons has: a short is no episode of a series."""
    found = Show(5, "Foo", 2013, seasons=(season(1, 12, "2013-04-07"),))
    short = replace(entry("Foo", 12, "2013-04-07", mal=5), minutes=3)
    (by_row,) = match([short], catalogue=Catalogue(found))
    assert by_row.decision is Decision.AUTO
    whole = replace(found, runtime=24, aliases=(), seasons=None)
    monkeypatch.setattr(Catalogue, "came_with_seasons", lambda *_: whole)
    (by_whole,) = match([short], catalogue=Catalogue(found))
    assert by_whole.decision is Decision.REVIEW
