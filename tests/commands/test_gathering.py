"""Gathering: what is asked of Trakt, how seldom, and what comes of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, TypeVar

import pytest

from anitrakt_plan.commands.gathering import match_entries
from anitrakt_plan.core.evidence import Proposal
from anitrakt_plan.core.model import (
    AbsentClaim,
    Claim,
    Decision,
    Entry,
    EntryKey,
    Ids,
    Kind,
    Movie,
    MovieClaim,
    MovieMatch,
    Run,
    Season,
    Segment,
    Service,
    Show,
    ShowClaim,
    ShowMatch,
    Span,
    Status,
    Straight,
    TargetKind,
    Titles,
    Work,
)
from tests.core.matching_parts import NOW, entry, season

W = TypeVar("W", bound=Work)


def _type(kind: TargetKind) -> type[Work]:
    return Show if kind is TargetKind.SHOW else Movie


class Maps:
    """Id maps with a few claims by MAL id."""

    def __init__(
        self, claims: dict[int, tuple[Claim, ...]] | None = None, tmdb: dict[int, int] | None = None
    ) -> None:
        self._claims = claims or {}
        self._tmdb = tmdb or {}

    def claims(self, ids: Ids) -> tuple[Claim, ...]:
        return self._claims.get(ids.mal or 0, ())

    def trakt_id(self, kind: TargetKind, tmdb: int) -> int | None:
        return self._tmdb.get(tmdb)


class Catalogue:
    """A small Trakt that counts its requests; its search finds every work that shares a word."""

    def __init__(self, *works: Work) -> None:
        self.works = works
        self.requests: Counter[str] = Counter()

    def _find(self, kind: type[W], work_id: int) -> W | None:
        return next((w for w in self.works if isinstance(w, kind) and w.id == work_id), None)

    def _bare(self, work: W) -> W:
        if isinstance(work, Show):
            return replace(work, seasons=None, aliases=None)
        return replace(work, aliases=None)

    def show(self, show_id: int) -> Show | None:
        self.requests["show"] += 1
        show = self._find(Show, show_id)
        return self._bare(show) if show else None

    def movie(self, movie_id: int) -> Movie | None:
        self.requests["movie"] += 1
        movie = self._find(Movie, movie_id)
        return self._bare(movie) if movie else None

    def seasons(self, show_id: int) -> tuple[Season, ...] | None:
        self.requests["seasons"] += 1
        show = self._find(Show, show_id)
        return show.seasons if show else None

    def aliases(self, kind: TargetKind, work_id: int) -> tuple[str, ...]:
        self.requests["aliases"] += 1
        work = self._find(_type(kind), work_id)
        return (work.aliases or ()) if work else ()

    def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
        self.requests["search"] += 1
        wanted = _type(kind)
        words = set(query.casefold().split())
        found: list[Work] = []
        for work in self.works:
            names = " ".join((work.title, *(work.aliases or ()))).casefold().replace(":", " ").split()
            if isinstance(work, wanted) and words & set(names):
                found.append(self._bare(work))
        return tuple(found)

    def by_tmdb(self, kind: TargetKind, tmdb: int) -> Work | None:
        self.requests["by_tmdb"] += 1
        wanted = _type(kind)
        return next((self._bare(w) for w in self.works if isinstance(w, wanted) and w.tmdb == tmdb), None)


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
        season(3, 22, "2018-07-23", breaks={12: 200}),
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


def anibridge(tmdb: int, number: int, first: int, last: int) -> ShowClaim:
    segment = Segment(Span(1, last - first + 1), number, (Span(first, last),))
    return ShowClaim("anibridge", tmdb=tmdb, season=number, segments=(segment,))


def anitrakt(
    number: int | None, show: int = 1420, title: str = "Attack on Titan", year: int = 2013
) -> ShowClaim:
    return ShowClaim("anitrakt", trakt=show, tmdb=1429, title=title, year=year, season=number)


def match(
    entries: Sequence[Entry], maps: Maps | None = None, catalogue: Catalogue | None = None, **options: Any
) -> tuple[Proposal, ...]:
    return match_entries(entries, maps or Maps(), catalogue, auto_from=0.99, now=NOW, **options)


def episodes(show: int, number: int, first: int, last: int) -> ShowMatch:
    return ShowMatch(show, Straight((Run(number, first, last),)))


def test_two_maps_that_agree_settle_an_entry_without_a_request() -> None:
    catalogue = Catalogue(TITAN)
    maps = Maps({25777: (anibridge(1429, 2, 1, 12), anitrakt(2))}, {1429: 1420})
    (proposal,) = match([S2], maps, catalogue)
    assert proposal.decision is Decision.AUTO
    assert proposal.match == episodes(1420, 2, 1, 12)
    assert proposal.hint.startswith("1420 S02E01-E12 · Attack on Titan (2013) · 0.99")
    assert "id-maps" in proposal.why
    assert catalogue.requests.total() == 0


def test_a_japanese_title_alone_does_not_contradict_an_english_one() -> None:
    maps = Maps({25777: (anibridge(1429, 2, 1, 12), anitrakt(2))}, {1429: 1420})
    romaji = replace(S2, titles=replace(S2.titles, english=None))
    nameless = replace(S2, titles=Titles(""))
    for one in (romaji, nameless):
        (proposal,) = match([one], maps)
        assert proposal.decision is Decision.AUTO
        assert proposal.match == episodes(1420, 2, 1, 12)


def test_verify_reads_the_season_list_of_settled_entries_too() -> None:
    catalogue = Catalogue(TITAN)
    maps = Maps({25777: (anibridge(1429, 2, 1, 12), anitrakt(2))}, {1429: 1420})
    (proposal,) = match([S2], maps, catalogue, verify=True)
    assert proposal.decision is Decision.AUTO
    assert catalogue.requests == {"seasons": 1}


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


def test_offline_a_map_that_names_a_season_alone_gives_a_candidate() -> None:
    (proposal,) = match([S2], Maps({25777: (anitrakt(2),)}))
    assert proposal.decision is Decision.REVIEW
    assert proposal.candidates[0].match == episodes(1420, 2, 1, 12)


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


def test_two_entries_that_claim_the_same_episodes_both_wait() -> None:
    twin = replace(S2, key=EntryKey(Service.MAL, 99), ids=Ids(99))
    proposals = match([S2, twin], catalogue=Catalogue(TITAN))
    assert [proposal.decision for proposal in proposals] == [Decision.REVIEW, Decision.REVIEW]
    assert "mal:99" in proposals[0].hint
    assert proposals[0].candidates[0].match == episodes(1420, 2, 1, 12)


def test_the_same_work_twice_may_share_its_match() -> None:
    twin = replace(S2, key=EntryKey(Service.ANILIST, 20958))
    proposals = match([S2, twin], catalogue=Catalogue(TITAN))
    assert [proposal.decision for proposal in proposals] == [Decision.AUTO, Decision.AUTO]


def test_a_decision_costs_nothing_and_claims_its_episodes() -> None:
    catalogue = Catalogue(TITAN)
    key = EntryKey(Service.MAL, 1)
    theirs = episodes(1420, 2, 1, 12)
    decided, rival = match([entry("My own", 12, mal=1), S2], catalogue=catalogue, decided={key: theirs})
    assert (decided.decision, decided.match) == (Decision.CONFIRMED, theirs)
    assert rival.decision is Decision.REVIEW


def test_a_decision_about_an_entry_that_is_not_in_the_list_claims_its_episodes_too() -> None:
    decided = {EntryKey(Service.MAL, 4242): episodes(1420, 2, 1, 12)}
    (proposal,) = match([S2], catalogue=Catalogue(TITAN), decided=decided)
    assert proposal.decision is Decision.REVIEW
    assert "mal:4242" in proposal.hint


def test_progress_is_told_for_each_entry() -> None:
    told: list[tuple[int, int]] = []
    match([S1, S2], catalogue=Catalogue(TITAN), on_progress=lambda done, total: told.append((done, total)))
    assert told == [(1, 2), (2, 2)]


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
        wanted = _type(kind)
        return tuple(self._bare(work) for work in self.works if isinstance(work, wanted))
