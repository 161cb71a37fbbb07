"""What is known without a request: works of the maps and of a plan's candidates, found by name, page and id."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from anitrakt_plan.commands.doubts import doubts
from anitrakt_plan.commands.lookup import Choices, Fits, Lookup, look_up_address, resolve_known
from anitrakt_plan.commands.offline import OfflineCatalogue, works_of_plan
from anitrakt_plan.idmaps import anitrakt, bangumi
from anitrakt_plan.model import (
    Address,
    Candidate,
    Decision,
    EntryKey,
    Facts,
    Kind,
    Match,
    Movie,
    MovieMatch,
    Plan,
    PlanEntry,
    Policy,
    Progress,
    Run,
    Season,
    SeasonEpisode,
    Show,
    ShowMatch,
    SourceInfo,
    Status,
    Straight,
    TargetKind,
    TmdbId,
    WorkId,
)
from anitrakt_plan.model.addresses import read_typed
from anitrakt_plan.model.catalogue import KnownWork
from anitrakt_plan.tmdb.catalogue import TmdbCatalogue
from benchmarks.data import data_folder, lines
from tests.commands.small_trakt import Catalogue

NOW = datetime(2026, 11, 1, tzinfo=UTC)


def plan_entry(
    number: int = 35760,
    title: str = "Shingeki no Kyojin Season 3",
    episodes: int = 10,
    decision: Decision = Decision.REVIEW,
    match: Match | Address | None = None,
    candidates: tuple[Candidate, ...] = (),
) -> PlanEntry:
    return PlanEntry(
        EntryKey("mal", number),
        title,
        Facts(Kind.TV, 2018, episodes),
        Progress(Status.COMPLETED, episodes),
        decision,
        match=match,
        candidates=candidates,
    )


def plan_of(*entries: PlanEntry) -> Plan:
    source = SourceInfo("mal", "someone", len(entries), (Status.COMPLETED,))
    return Plan("anitrakt 0.1.0", NOW, source, None, Policy(), entries)


TITAN = Show(1420, "Attack on Titan", 2013, "attack-on-titan", 1429)
AKIRA = Movie(97, "Akira", 1988, "akira-1988", 149)
KNOWN = (
    KnownWork(TITAN, ("Shingeki no Kyojin",), (1,), "tt2560140"),
    KnownWork(TITAN, ("Shingeki no Kyojin Season 3",), (3,)),
    KnownWork(AKIRA, imdb="tt0094625"),
    KnownWork(Show(TmdbId(1429), "進撃の巨人", 2013, tmdb=1429), ("Атака титанов",), (2,)),
    KnownWork(Show(TmdbId(57041), "銀魂", 2006, tmdb=57041)),
)


def catalogue(seasons: dict[WorkId, tuple[Season, ...]] | None = None) -> OfflineCatalogue:
    return OfflineCatalogue(KNOWN, (seasons or {}).get)


def at(season: int, first: int, last: int, show: WorkId = 1420) -> ShowMatch:
    return ShowMatch(show, Straight((Run(season, first, last),)))


PAGES: list[tuple[str, Any]] = [
    ("https://trakt.tv/shows/attack-on-titan/seasons/3", at(3, 1, 10)),
    ("https://trakt.tv/Shows/Attack-on-Titan/seasons/3", at(3, 1, 10)),
    ("https://app.trakt.tv/shows/attack-on-titan?view=seasons&season=3", at(3, 1, 10)),
    ("https://app.trakt.tv/shows/attack-on-titan?view=episode&season=3&episode=13", at(3, 13, 13)),
    ("https://trakt.tv/shows/1420/seasons/3/episodes/13", at(3, 13, 13)),
    ("https://www.themoviedb.org/tv/1429-shingeki-no-kyojin/season/3", at(3, 1, 10)),
    ("https://www.themoviedb.org/tv/1429/season/3/episode/13", at(3, 13, 13)),
    ("https://www.themoviedb.org/tv/57041/season/1", at(1, 1, 10, TmdbId(57041))),
    ("https://www.themoviedb.org/tv/4242-no-map-has-it/season/1", at(1, 1, 10, TmdbId(4242))),
    ("https://trakt.tv/movies/akira-1988", MovieMatch(97)),
    ("https://www.themoviedb.org/movie/149-akira", MovieMatch(97)),
    ("https://www.imdb.com/title/tt0094625/", MovieMatch(97)),
]


@pytest.mark.parametrize(("url", "match"), PAGES)
def test_a_page_that_the_maps_know_is_resolved_without_a_request(url: str, match: Any) -> None:
    known = catalogue()
    page = look_up_address(url, known, count=10)
    assert page.match == match
    assert page.reckoned is isinstance(match, ShowMatch)


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("https://trakt.tv/shows/no-such-show/seasons/1", "nothing on this machine knows"),
        ("https://www.imdb.com/title/tt9999999/", "https://www.themoviedb.org/tv/1429/season/3"),
    ],
)
def test_a_page_that_nothing_here_knows_is_refused_with_the_form_to_paste(url: str, says: str) -> None:
    known = catalogue()
    with pytest.raises(ValueError, match=says):
        look_up_address(url, known, count=10)


def test_a_season_without_its_list_needs_the_lists_count() -> None:
    with pytest.raises(ValueError, match="how many episodes"):
        look_up_address("https://trakt.tv/shows/attack-on-titan/seasons/3", catalogue())


def test_a_season_whose_list_was_read_before_is_looked_at() -> None:
    known = catalogue({1420: (Season(3, tuple(SeasonEpisode(n, n) for n in range(1, 23))),)})
    page = look_up_address("https://trakt.tv/shows/attack-on-titan/seasons/3", known, count=10)
    assert (page.match, page.reckoned) == (at(3, 1, 22), False)


@pytest.mark.parametrize(
    ("query", "kind", "found"),
    [
        ("shingeki no kyojin", TargetKind.SHOW, 1420),
        ("Attack on Titan", TargetKind.SHOW, 1420),
        ("атака титанов", TargetKind.SHOW, 1420),
        ("進撃", TargetKind.SHOW, 1420),
        ("銀魂", TargetKind.SHOW, TmdbId(57041)),
        ("akira", TargetKind.MOVIE, 97),
        ("akira", TargetKind.SHOW, None),
        ("quite another name", TargetKind.SHOW, None),
    ],
)
def test_a_work_is_found_by_any_of_its_names(query: str, kind: TargetKind, found: WorkId | None) -> None:
    assert [work.id for work in catalogue().search(query, kind)] == ([] if found is None else [found])


def test_words_that_nothing_has_can_be_searched_for_again() -> None:
    known = catalogue()
    words = "akira and what nobody ever unearthed"
    assert known.search(words, TargetKind.MOVIE) == known.search(words, TargetKind.MOVIE)


def test_a_work_that_two_ids_name_is_one_with_all_its_names_and_seasons() -> None:
    known = catalogue()
    assert known.show(TmdbId(1429)) is known.show(1420)
    assert known.seasons_named(1420) == (1, 2, 3)
    assert {"Attack on Titan", "進撃の巨人"} <= set(known.aliases(TargetKind.SHOW, 1420))


def test_a_data_download_is_read_only_where_nothing_else_knows() -> None:
    read = []

    def download() -> tuple[KnownWork, ...]:
        read.append(1)
        return (KnownWork(Show(5, "Frieren", 2023, "frieren", 209867), imdb="tt22248376"),)

    known = OfflineCatalogue(KNOWN, lambda _: None, download)
    assert known.by_slug(TargetKind.SHOW, "attack-on-titan") is not None
    assert not read
    assert look_up_address("https://trakt.tv/shows/frieren/seasons/1", known, count=28).match == at(
        1, 1, 28, 5
    )
    assert known.by_tmdb(TargetKind.SHOW, 1) is None
    assert read == [1]


def test_with_a_key_a_film_by_imdbs_id_is_asked_for() -> None:
    trakt = Catalogue()
    trakt.by_imdb_id["tt0094625"] = Movie(97, "Akira", 1988)
    page = look_up_address("https://www.imdb.com/title/tt0094625/", trakt)
    assert page.match == MovieMatch(97)
    with pytest.raises(ValueError, match="no show or film is known by"):
        look_up_address("https://www.imdb.com/title/tt0094626/", trakt)


def test_nothing_is_searched_where_nothing_is_known() -> None:
    assert Lookup(None, NOW, catalogue()).can_search
    assert not Lookup(None, NOW).can_search


# --- in a review without a key ---


def test_the_maps_rows_name_works() -> None:
    rows = [
        {
            "myanimelist": {"title": "Shingeki no Kyojin Season 3", "id": 35760},
            "trakt": {
                "title": "Attack on Titan",
                "id": 1420,
                "slug": "attack-on-titan",
                "season": {"number": 3},
            },
            "release_year": 2013,
            "externals": {"tmdb": 1429, "imdb": "tt2560140"},
        }
    ]
    (shown,) = anitrakt.parse_shows(json.dumps(rows).encode()).works()
    assert shown == KnownWork(TITAN, ("Shingeki no Kyojin Season 3",), (3,), "tt2560140")
    item = {
        "title": "銀魂",
        "titleTranslate": {"en": ["Gintama"]},
        "begin": "2006-04-04T09:00:00.000Z",
        "type": "tv",
        "sites": [{"site": "mal", "id": "918"}, {"site": "tmdb", "id": "tv/57041"}],
    }
    (other,) = bangumi.parse(json.dumps({"items": [item]}).encode()).works()
    assert other == KnownWork(Show(TmdbId(57041), "銀魂", 2006, tmdb=57041), ("Gintama",))


def test_a_plans_candidates_name_works_by_their_pages() -> None:
    page = "https://trakt.tv/shows/attack-on-titan"
    entry = plan_entry(
        candidates=(
            Candidate(at(3, 1, 10), "Attack on Titan", 2013, page, 0.7),
            Candidate(MovieMatch(97), "Akira", 1988, "https://trakt.tv/movies/97", 0.1),
        )
    )
    known = OfflineCatalogue(works_of_plan(plan_of(entry)), lambda _: None)
    assert known.by_slug(TargetKind.SHOW, "attack-on-titan") == Show(
        1420, "Attack on Titan", 2013, "attack-on-titan"
    )
    assert known.by_slug(TargetKind.MOVIE, "97") == Movie(97, "Akira", 1988)


def looked_up(text: str, entry: PlanEntry) -> Fits | Choices:
    return Lookup(None, NOW, catalogue()).resolve(entry, read_typed(text))


def test_what_is_pasted_in_a_review_ends_as_a_match_with_ids() -> None:
    found = looked_up(PAGES[0][0], plan_entry(episodes=10))
    assert isinstance(found, Fits)
    assert (found.offer.match, found.reckoned, found.doubt) == (at(3, 1, 10), True, None)


def test_with_tmdb_alone_the_names_in_trakts_addresses_are_asked_of_this_machine() -> None:
    nobody: Any = None  # TMDB is not asked: it has no such names
    tmdb = TmdbCatalogue(nobody, nobody)
    known = OfflineCatalogue([KnownWork(Movie(97, "Akira", 1988, "akira-1988"))], lambda _: None)
    page = look_up_address("https://trakt.tv/movies/akira-1988", tmdb, known=known)
    assert page.match == MovieMatch(97)
    with pytest.raises(ValueError, match=r"nothing on this machine knows `https://trakt.tv/movies/nobody`"):
        look_up_address("https://trakt.tv/movies/nobody", tmdb, known=known)


class NoLinks:
    """Nobody knows which work of Trakt's is which of TMDB's."""

    def trakt_id(self, kind: TargetKind, tmdb: int) -> None: ...

    def tmdb_id(self, kind: TargetKind, trakt: int) -> None: ...


def by_tmdb_alone(*known: KnownWork) -> Lookup:
    nobody: Any = None  # TMDB is not asked: it does not know Trakt's ids
    return Lookup(TmdbCatalogue(nobody, NoLinks()), NOW, OfflineCatalogue(known, lambda _: None))


@pytest.mark.parametrize(("text", "named"), [("movie 97", "film 97"), ("1420 S01E01-E10", "show 1420")])
def test_with_tmdb_alone_an_id_of_trakts_is_doubted_where_nobody_knows_it(text: str, named: str) -> None:
    entry = plan_entry(episodes=10 if "S" in text else 1)
    found = by_tmdb_alone().resolve(entry, read_typed(text))
    assert isinstance(found, Fits)
    assert (found.offer.name, found.doubt) == (named, f"nobody here knows {named}")


def test_with_tmdb_alone_a_bare_id_of_trakts_is_not_said_to_be_missing_there() -> None:
    with pytest.raises(ValueError, match=r"nothing on this machine knows 97; say which episodes"):
        by_tmdb_alone().resolve(plan_entry(), read_typed("97"))


def test_with_tmdb_alone_a_show_that_a_map_knows_has_the_seasons_that_it_names() -> None:
    known = KnownWork(Show(1420, "Attack on Titan", 2013, "attack-on-titan"), seasons=(1, 3))
    lookup, entry = by_tmdb_alone(known), plan_entry(episodes=10)
    assert lookup.asks == "TMDB"
    typed, pasted = (
        lookup.resolve(entry, read_typed(text))
        for text in ("1420 S03E01-E10", "https://trakt.tv/shows/attack-on-titan/seasons/3")
    )
    assert isinstance(typed, Fits)
    assert isinstance(pasted, Fits)
    assert (typed.offer.title, typed.offer.match, typed.doubt) == ("Attack on Titan", at(3, 1, 10), None)
    assert (pasted.offer.match, pasted.reckoned, pasted.doubt) == (at(3, 1, 10), True, None)
    whole = lookup.resolve(entry, read_typed("1420"))
    assert isinstance(whole, Choices)
    assert ([offer.match for offer in whole.offers], whole.reckoned) == ([at(1, 1, 10), at(3, 1, 10)], True)


def test_of_a_whole_show_the_seasons_that_maps_name_are_offered() -> None:
    found = looked_up("https://trakt.tv/shows/attack-on-titan", plan_entry(episodes=10))
    assert isinstance(found, Choices)
    assert [offer.match for offer in found.offers] == [at(1, 1, 10), at(2, 1, 10), at(3, 1, 10)]


def test_an_id_of_another_work_is_doubted_without_a_key_too() -> None:
    entry = plan_entry(title="Quite Another", episodes=10)
    found = looked_up("1420 S01E01-E10", entry)
    assert isinstance(found, Fits)
    assert "Attack on Titan" in "".join(doubts(entry, found.offer))


def test_a_sent_page_that_nothing_here_knows_is_named() -> None:
    good, bad = (
        plan_entry(
            number, decision=Decision.CONFIRMED, match=Address(f"https://trakt.tv/movies/{slug}"), episodes=1
        )
        for number, slug in ((1, "akira-1988"), (2, "no-such-film"))
    )
    known = catalogue()
    plan, unresolved = resolve_known(plan_of(good, bad), known)
    assert [entry.match for entry in plan.entries] == [MovieMatch(97), bad.match]
    assert list(unresolved) == [bad.key]


# --- a hundred real pages of each form ---

DATA = data_folder(None)

FORMS: dict[str, Callable[[dict[str, Any]], str]] = {
    "trakt.tv, as it was": lambda ids: f"https://trakt.tv/shows/{ids['slug']}/seasons/1",
    "trakt.tv, as it is": lambda ids: f"https://app.trakt.tv/shows/{ids['slug']}?view=seasons&season=1",
    "TMDB": lambda ids: f"https://www.themoviedb.org/tv/{ids['tmdb']}-some-words/season/1",
}
FILMS: dict[str, Callable[[dict[str, Any]], str]] = {
    "trakt.tv": lambda ids: f"https://trakt.tv/movies/{ids['slug']}",
    "TMDB": lambda ids: f"https://www.themoviedb.org/movie/{ids['tmdb']}-some-words",
    "IMDb": lambda ids: f"https://www.imdb.com/title/{ids['imdb']}/",
}


@pytest.mark.skipif(not (DATA / "idmap" / "tv_ex.json").exists(), reason="the data folder is not here")
def test_of_a_hundred_pages_of_each_form_98_are_resolved() -> None:
    shows = anitrakt.parse_shows((DATA / "idmap" / "tv_ex.json").read_bytes())
    films = anitrakt.parse_movies((DATA / "idmap" / "movies_ex.json").read_bytes())
    known = OfflineCatalogue((*shows.works(), *films.works()), lambda _: None)
    for forms, file, of_map in ((FORMS, "trakt_shows.jsonl", shows), (FILMS, "trakt_movies.jsonl", films)):
        mapped = {one.work.id for one in of_map.works()}
        rows = [row for row in lines(DATA / file) if row["ids"]["trakt"] in mapped]
        for name, form in forms.items():
            right = whole = 0
            for row in rows[:: len(rows) // 100]:
                if None in (row["ids"].get("slug"), row["ids"].get("tmdb"), row["ids"].get("imdb")):
                    continue
                page = look_up_address(form(row["ids"]), known, count=1)
                whole, right = whole + 1, right + (page.work.id == row["ids"]["trakt"])
            assert whole >= 50, name
            assert right >= 0.98 * whole, name
