"""What a review finds on Trakt for an entry: works, places in a show, and whether a typed id looks like it."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from anitrakt_plan.commands.doubts import doubts
from anitrakt_plan.commands.explain import CandidateLine, Evidence, SignalLine
from anitrakt_plan.commands.lookup import Choices, Fits, Lookup
from anitrakt_plan.commands.review import Seasons, offers_of
from anitrakt_plan.errors import Failed
from anitrakt_plan.matching.evidence import Speaks
from anitrakt_plan.model import (
    Candidate,
    Decision,
    EntryKey,
    Facts,
    Kind,
    Match,
    Movie,
    MovieMatch,
    Part,
    Parts,
    PlanEntry,
    Progress,
    Run,
    Season,
    SeasonEpisode,
    Show,
    ShowMatch,
    Status,
    Straight,
    TargetKind,
    Work,
    WorkId,
    trakt_id,
)
from anitrakt_plan.model.addresses import read_typed

NOW = datetime(2026, 1, 1, tzinfo=UTC)
KNIGHTS = Show(7, "Example Knights", 2019, "example-knights")
COOKING = Show(8, "Cooking Tonight", 2008, "cooking-tonight")
FILM = Movie(7, "Example Knights: The Film", 2021, "knights-film")


def season(number: int, count: int, begin: date, first: int = 1) -> Season:
    start = datetime(begin.year, begin.month, begin.day, 15, tzinfo=UTC)
    episodes = tuple(
        SeasonEpisode(first + index, number * 1000 + index, start + timedelta(weeks=index))
        for index in range(count)
    )
    return Season(number, episodes)


SEASONS = (season(1, 12, date(2019, 1, 5)), season(2, 25, date(2020, 1, 4), first=13))


class FakeCatalogue:
    """Trakt with two shows and a film."""

    def __init__(self) -> None:
        self.searched: list[tuple[str, TargetKind]] = []
        self.aliases_asked: list[tuple[TargetKind, WorkId]] = []
        self.down = False
        self.knights = SEASONS

    def show(self, show_id: WorkId) -> Show | None:
        return {7: KNIGHTS, 8: COOKING}.get(trakt_id(show_id))

    def movie(self, movie_id: WorkId) -> Movie | None:
        return FILM if movie_id == 7 else None

    def seasons(self, show_id: WorkId) -> tuple[Season, ...] | None:
        if self.down:
            raise Failed("Trakt is down")
        return self.knights if show_id == 7 else (season(1, 3, date(2008, 1, 1)),)

    def came_with_seasons(self, show_id: WorkId) -> Show | None:
        return None

    def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
        self.searched.append((query, kind))
        return (KNIGHTS, COOKING) * 5 if kind is TargetKind.SHOW else (FILM,)

    def aliases(self, kind: TargetKind, work_id: WorkId) -> tuple[str, ...]:
        self.aliases_asked.append((kind, work_id))
        return {8: ("Cocina nocturna", "Yoru no Ryouri Banzuke", "Else")}.get(
            trakt_id(work_id), ("Otras cosas", "Cooking")
        )

    def by_slug(self, kind: TargetKind, slug: str) -> Work | None:
        works: dict[str, Work] = {"example-knights": KNIGHTS, "knights-film": FILM}
        return works.get(slug)

    def by_tmdb(self, kind: TargetKind, tmdb: int) -> Work | None:
        raise NotImplementedError

    def by_imdb(self, imdb: str) -> Work | None:
        raise NotImplementedError


def entry(
    episodes: int | None = 12,
    kind: Kind = Kind.TV,
    title: str = "Example Knights",
    candidates: tuple[Candidate, ...] = (),
    match: Match | None = None,
    hint: str | None = None,
) -> PlanEntry:
    return PlanEntry(
        EntryKey("mal", 1),
        title,
        Facts(kind, 2019, episodes),
        Progress(Status.COMPLETED, episodes or 5),
        Decision.REVIEW if match is None else Decision.AUTO,
        match=match,
        candidates=candidates,
        hint=hint,
    )


def straight(show: int, season: int, first: int, last: int) -> ShowMatch:
    return ShowMatch(show, Straight((Run(season, first, last),)))


@pytest.fixture
def catalogue() -> FakeCatalogue:
    return FakeCatalogue()


@pytest.fixture
def lookup(catalogue: FakeCatalogue) -> Lookup:
    return Lookup(catalogue, NOW)


@pytest.mark.parametrize("kind", [Kind.TV, Kind.MOVIE])
def test_a_search_finds_shows_and_films_the_likelier_kind_first(
    lookup: Lookup, catalogue: FakeCatalogue, kind: Kind
) -> None:
    found = lookup.search(entry(kind=kind), "knights")
    assert len(found) <= 9
    assert isinstance(found[0], Movie) == (kind is Kind.MOVIE)
    assert FILM in found
    assert KNIGHTS in found
    assert {query for query, _ in catalogue.searched} == {"knights"}


@pytest.mark.parametrize(
    ("episodes", "best"),
    [
        (12, straight(7, 1, 1, 12)),
        (25, straight(7, 2, 13, 37)),
        (37, ShowMatch(7, Straight((Run(1, 1, 12), Run(2, 13, 37))))),
    ],
)
def test_the_places_in_a_show_are_those_that_fit_the_count(
    lookup: Lookup, episodes: int, best: Match
) -> None:
    places = lookup.places(entry(episodes), KNIGHTS).offers
    assert best in [offer.match for offer in places]
    assert {offer.listed for offer in places} == {episodes}


def test_a_place_knows_its_days_and_its_page(lookup: Lookup) -> None:
    offer = lookup.places(entry(25), KNIGHTS).offers[0]
    assert (offer.begins, offer.ends) == (date(2020, 1, 4), date(2020, 6, 20))
    assert offer.url == "https://trakt.tv/shows/example-knights/seasons/2"
    assert (offer.name, offer.place, offer.on_trakt) == ("Example Knights (2019)", "S02E13-E37", 25)


def test_a_show_that_is_too_short_is_offered_as_far_as_it_goes_and_says_what_it_has(lookup: Lookup) -> None:
    found = lookup.places(entry(700), KNIGHTS)
    everything = Parts((Part(1, 37, (Run(1, 1, 12), Run(2, 13, 37))),))
    assert [offer.match for offer in found.offers] == [ShowMatch(7, everything)]
    assert found.seasons == "S01E01-E12, S02E13-E37"


def test_what_was_seen_to_its_end_may_be_where_trakt_has_a_day_to_come(
    lookup: Lookup, catalogue: FakeCatalogue
) -> None:
    """A wrong day must not hide the place of a completed entry."""
    catalogue.knights = (season(1, 12, date(2019, 1, 5)), season(2, 25, date(2025, 11, 1), first=13))
    completed = entry(25)
    watching = replace(completed, progress=Progress(Status.WATCHING, 5))
    assert straight(7, 2, 13, 37) in [offer.match for offer in lookup.places(completed, KNIGHTS).offers]
    assert straight(7, 2, 13, 37) not in [offer.match for offer in lookup.places(watching, KNIGHTS).offers]


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("7 S01E01-E12", straight(7, 1, 1, 12)),
        ("movie 7", MovieMatch(7)),
        ("https://trakt.tv/movies/knights-film", MovieMatch(7)),
        ("https://trakt.tv/shows/example-knights/seasons/1", straight(7, 1, 1, 12)),
    ],
)
def test_a_typed_match_that_looks_like_the_entry_needs_no_question(
    lookup: Lookup, text: str, match: Match
) -> None:
    one = entry(1 if isinstance(match, MovieMatch) else 12)
    found = lookup.resolve(one, read_typed(text))
    assert isinstance(found, Fits)
    assert found.offer.match == match
    assert found.doubt is None


def against(lookup: Lookup, one: PlanEntry, text: str) -> str:
    """All that speaks against something typed."""
    found = lookup.resolve(one, read_typed(text))
    assert isinstance(found, Fits)
    offer = found.offer
    return "; ".join([*filter(None, [found.doubt]), *doubts(one, offer, lambda: lookup.aliases(offer.match))])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("8 S01E01-E12", "Cooking Tonight"),
        ("7 S01E02-E13", "«Example Knights» has no S01E13 on Trakt"),
        ("7 S03E01-E12", "«Example Knights» has no S03E01 on Trakt"),
        ("movie 7", "it is a film, and the entry has 12 episodes"),
    ],
)
def test_a_typed_match_that_does_not_look_like_it_is_doubted_by_name(
    lookup: Lookup, text: str, says: str
) -> None:
    assert says in against(lookup, entry(), text)


def test_a_romaji_title_is_compared_with_the_aliases_of_an_english_one(
    lookup: Lookup, catalogue: FakeCatalogue
) -> None:
    assert against(lookup, entry(3, title="Yoru no Ryouri Banzuke"), "8 S01E01-E03") == ""
    assert catalogue.aliases_asked == [(TargetKind.SHOW, 8)]
    other = against(lookup, entry(3, title="Something Else Entirely"), "8 S01E01-E03")
    assert "Cooking Tonight" in other


@pytest.mark.parametrize(
    ("title", "year", "doubted"),
    [
        ("Nightly Amp", 2010, False),  # weakly alike is enough, for titles are translated
        ("Ex no Kishi", 2019, False),  # hardly alike, but of the same year
        ("Ex no Kishi", 2010, True),
        ("Mahou Shoujo", 2019, True),  # nothing alike: the year alone says nothing
    ],
)
def test_the_less_alike_two_titles_are_the_more_must_the_years_agree(
    lookup: Lookup, title: str, year: int, doubted: bool
) -> None:
    one = entry(12, title=title)
    found = against(lookup, replace(one, facts=replace(one.facts, year=year)), "7 S01E01-E12")
    assert (found != "") == doubted


def test_aliases_cost_a_request_only_where_the_titles_differ(
    lookup: Lookup, catalogue: FakeCatalogue
) -> None:
    against(lookup, entry(12), "7 S01E01-E12")
    assert catalogue.aliases_asked == []


@pytest.mark.parametrize("text", ["8 S01E01-E20", "7 S01E01-E11", "7 S01E01-E12 ratio 2:1"])
def test_what_can_not_fit_the_count_is_refused_before_anything_is_asked(lookup: Lookup, text: str) -> None:
    with pytest.raises(ValueError, match=r"that can't be: .* 12"):
        lookup.resolve(entry(), read_typed(text))


def test_of_the_reasons_only_those_are_named_that_tell_a_person_something(lookup: Lookup) -> None:
    found = lookup.places(entry(title="Something Else", episodes=3), COOKING)
    assert found.offers
    assert all("season-words" not in offer.why for offer in found.offers)
    assert "title" in lookup.places(entry(), KNIGHTS).offers[0].why


def test_other_episodes_of_a_show_that_is_offered_are_not_doubted_for_its_title(lookup: Lookup) -> None:
    offered = (Candidate(straight(8, 1, 1, 2), "Cooking Tonight", 2008, "u", 0.4),)
    found = lookup.resolve(entry(2, candidates=offered), read_typed("8 S01E02-E03"))
    assert isinstance(found, Fits)
    assert found.doubt is None
    beyond = lookup.resolve(entry(2, candidates=offered), read_typed("8 S01E03-E04"))
    assert isinstance(beyond, Fits)
    assert "no S01E04" in (beyond.doubt or "")


def test_what_is_among_the_candidates_is_not_doubted(lookup: Lookup) -> None:
    match = straight(8, 1, 1, 3)
    one = entry(3, candidates=(Candidate(match, "Cooking Tonight", 2008, "u", 0.4),))
    assert lookup.resolve(one, match) == lookup.resolve(one, read_typed("8 S01E01-E03"))
    found = lookup.resolve(one, match)
    assert isinstance(found, Fits)
    assert found.doubt is None


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("7", straight(7, 1, 1, 12)),
        ("show 7", straight(7, 1, 1, 12)),
        ("https://trakt.tv/shows/example-knights", straight(7, 1, 1, 12)),
        ("https://trakt.tv/shows/example-knights/seasons/2", None),
    ],
)
def test_a_show_without_episodes_asks_where(lookup: Lookup, text: str, first: Match | None) -> None:
    found = lookup.resolve(entry(), read_typed(text))
    assert isinstance(found, Choices)
    if first is not None:
        assert found.offers[0].match == first
    else:
        match = found.offers[0].match
        assert isinstance(match, ShowMatch)
        assert isinstance(match.mapping, Straight)
        assert match.mapping.runs[0].season == 2


def test_a_bare_id_of_a_film_entry_is_the_film(lookup: Lookup) -> None:
    found = lookup.resolve(entry(1, Kind.MOVIE), read_typed("7"))
    assert isinstance(found, Fits)
    assert found.offer.match == MovieMatch(7)


@pytest.mark.parametrize("text", ["9", "movie 9", "9 S01E01", "https://trakt.tv/movies/nope"])
def test_what_trakt_does_not_have_is_said(lookup: Lookup, text: str) -> None:
    with pytest.raises(ValueError, match="Trakt has no"):
        lookup.resolve(entry(), read_typed(text))


# --- offers ---


def nothing_known(show_id: WorkId) -> None:
    return None


def test_an_automatic_match_comes_first_and_is_named_by_its_comment() -> None:
    match = straight(7, 1, 1, 12)
    one = entry(match=match, hint="7 S01E01-E12 · Example Knights (2019) · 0.993 · id-maps, title")
    (own,) = offers_of(one, None, nothing_known)
    assert (own.title, own.year, own.confidence, own.own) == ("Example Knights", 2019, 0.993, True)


def test_the_other_candidates_of_an_automatic_match_come_from_the_evidence() -> None:
    match = straight(7, 1, 1, 12)
    unknown = SignalLine("year", "a year is unknown", 1.2, speaks=Speaks.NOT)
    signals = (SignalLine("title", "same", 3.0), SignalLine("air-dates", "off", -1.0), unknown)
    lines = tuple(
        CandidateLine(text, "Example Knights", 2019, "u", 0.9, signals, ())
        for text in ("7 S02E13-E24", "7 S01E01-E12", "of another version")
    )
    offers = offers_of(entry(match=match), Evidence(EntryKey("mal", 1), "auto", "", "", lines), nothing_known)
    assert [(offer.match, offer.own) for offer in offers] == [(match, True), (straight(7, 2, 13, 24), False)]
    assert offers[1].why == ("title",)


def test_a_match_of_the_user_alone_is_named_by_its_number() -> None:
    (own,) = offers_of(entry(match=MovieMatch(9)), None, nothing_known)
    assert (own.title, own.url) == ("film 9", "https://trakt.tv/movies/9")


def test_seasons_are_asked_for_until_trakt_fails_once(catalogue: FakeCatalogue) -> None:
    seasons = Seasons(catalogue, lambda _: SEASONS[:1])
    assert seasons(7) == SEASONS
    catalogue.down = True
    assert seasons(7) == SEASONS[:1]
    catalogue.down = False
    assert seasons(7) == SEASONS[:1]


def test_what_plan_found_nothing_for_is_asked_about_once_when_a_person_looks(
    catalogue: FakeCatalogue,
) -> None:
    lookup, one = Lookup(catalogue, NOW), entry()
    assert lookup.more(one.key) == ()
    lookup.ask_more(one)
    (best, *_) = lookup.more(one.key)
    assert (best.title, best.match) == ("Example Knights", straight(7, 1, 1, 12))
    asked = len(catalogue.searched)
    lookup.ask_more(one)
    assert len(catalogue.searched) == asked
    assert offers_of(one, None, lambda _: None, lookup.more(one.key))[0].match == best.match
    known = entry(candidates=(Candidate(straight(8, 1, 1, 3), "Cooking Tonight", 2008, "", 0.3),))
    assert [offer.title for offer in offers_of(known, None, lambda _: None, (best,))] == ["Cooking Tonight"]


def test_without_a_catalogue_nothing_more_is_asked() -> None:
    lookup = Lookup(None, NOW)
    lookup.ask_more(entry())
    assert lookup.more(entry().key) == ()


class Meeting(FakeCatalogue):
    """Answers no season list and no show before so many of them have been asked for at one time."""

    def __init__(self, parties: int) -> None:
        super().__init__()
        self.have_met = False
        self.meeting = threading.Barrier(parties, self._met, timeout=30)

    def _met(self) -> None:
        self.have_met = True

    def _meet(self) -> None:
        if not self.have_met:
            self.meeting.wait()

    def seasons(self, show_id: WorkId) -> tuple[Season, ...] | None:
        self._meet()
        return super().seasons(show_id)

    def show(self, show_id: WorkId) -> Show | None:
        self._meet()
        return super().show(show_id)


def test_the_seasons_of_all_offers_are_asked_for_at_one_time() -> None:
    catalogue = Meeting(3)
    shows = (7, 8, 9)
    one = entry(candidates=tuple(Candidate(straight(n, 1, 1, 3), "Name", 2008, "", 0.3) for n in shows))
    seasons = Seasons(catalogue, lambda _: None)
    assert len(offers_of(one, None, seasons)) == 3
    assert catalogue.have_met


def test_the_works_of_cards_are_asked_for_at_one_time() -> None:
    found = Lookup(Meeting(2), NOW).works([straight(7, 1, 1, 12), straight(8, 1, 1, 3)])
    assert found == {"7 S01E01-E12": KNIGHTS, "8 S01E01-E03": COOKING}


def test_what_is_asked_about_an_entry_without_a_suggestion_is_on_its_way_at_one_time() -> None:
    class Twins(Meeting):
        def search(self, query: str, kind: TargetKind) -> tuple[Work, ...]:
            return (KNIGHTS, replace(COOKING, title="Example Knights", year=2012))

    catalogue = Twins(2)  # the season lists of the two shows that the first search finds
    Lookup(catalogue, NOW).ask_more(entry())
    assert catalogue.have_met
