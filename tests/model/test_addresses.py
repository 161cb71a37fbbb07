"""What a person types or pastes is understood in every form that anitrakt itself shows."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anitrakt_plan.model import (
    Address,
    Match,
    MovieMatch,
    Part,
    Parts,
    Ratio,
    Run,
    ShowMatch,
    Straight,
    TargetKind,
)
from anitrakt_plan.model.addresses import (
    AddressParts,
    BareId,
    Site,
    Typed,
    parse_address,
    read_typed,
)
from anitrakt_plan.model.matches import format_match, parse_match
from tests.planfile.plan_strategies import matches

SEASON = "https://trakt.tv/shows/attack-on-titan/seasons/3"
RUN = Run(3, 13, 22)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("1420 S03E13-E22", ShowMatch(1420, Straight((RUN,)))),
        ("  show 1420 s03e13-22 ", ShowMatch(1420, Straight((RUN,)))),
        ("1420 S01E01-E13, S02E01-E11", ShowMatch(1420, Straight((Run(1, 1, 13), Run(2, 1, 11))))),
        ("34535 S01E01-E12 ratio 2:1", ShowMatch(34535, Ratio((Run(1, 1, 12),), 2, 1))),
        (
            "5 parts 1 = S01E01-E02; 2-24 = S01E03-E25",
            ShowMatch(5, Parts((Part(1, 1, (Run(1, 1, 2),)), Part(2, 24, (Run(1, 3, 25),))))),
        ),
        ("movie 97", MovieMatch(97)),
        ("Movie 97", MovieMatch(97)),
        ("1420", BareId(None, 1420)),
        ("show 1420", BareId(TargetKind.SHOW, 1420)),
        (SEASON, Address(SEASON)),
        (f'"{SEASON}"', Address(SEASON)),
        ("trakt.tv/movies/akira-1988", Address("trakt.tv/movies/akira-1988")),
        ("{movie: 97}", MovieMatch(97)),
        ('- {movie: 97, title: "A {Film}, episodes: S01E01", year: 2021, confidence: 0.71}', MovieMatch(97)),
        ("{show: 1420, episodes: S03E13-E22}", ShowMatch(1420, Straight((RUN,)))),
        ("match: {show: 1420, episodes: S03E13-E22}  #> x", ShowMatch(1420, Straight((RUN,)))),
        (
            '{show: 1, episodes: "S01E01-E02, S02E01", title: "T"}',
            ShowMatch(1, Straight((Run(1, 1, 2), Run(2, 1, 1)))),
        ),
        (
            '{show: 34535, episodes: S01E01-E12, ratio: "2:1", title: "T", why: [title, year]}',
            ShowMatch(34535, Ratio((Run(1, 1, 12),), 2, 1)),
        ),
    ],
)
def test_each_form_is_understood(text: str, wanted: Typed) -> None:
    assert read_typed(text) == wanted


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "nothing was typed"),
        ("attack on titan", "is not a match; write `1420 S03E13-E22` or `movie 97`"),
        ("S03E13-E22", "is not a match"),
        ("1420 S03E22-E13", "ends before it begins"),
        ("1420 S03E13-S04E22", "goes over two seasons"),
        ("1420 S01E01-E12 ratio 2", "is not a ratio"),
        ("5 parts 1-2", "is not a part"),
        ("5 parts 2-1 = S01E01", "not run backwards"),
        ("movie 97 S01E01", "a film has no episodes"),
        ("movie 0", "is not a match"),
        ("https://example.org/shows/x/seasons/1", "is not an address that can be a match"),
        ("https://trakt.tv/users/x", "names no show, season, episode or film"),
        ("{show: 5, parts: [{list: 1, episodes: S01E01}]}", "is not a match"),
    ],
)
def test_what_can_not_be_meant_is_said_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_typed(text)


@settings(max_examples=40, deadline=None)
@given(matches(st.integers(1, 10**9)))
def test_the_short_form_of_every_match_reads_back(match: Match) -> None:
    assert parse_match(format_match(match)) == match
    assert read_typed(format_match(match)) == match


@settings(max_examples=60, deadline=None)
@given(
    st.text(max_size=40)
    | st.from_regex(r"(show |movie )?\d{1,5}( S\d\dE\d\d(-E\d\d)?)?( ratio \d:\d)?", fullmatch=True)
)
def test_no_text_is_anything_but_understood_or_refused(text: str) -> None:
    with contextlib.suppress(ValueError):
        read_typed(text)


@pytest.mark.parametrize(
    ("url", "parts"),
    [
        ("https://trakt.tv/shows/attack-on-titan", AddressParts(TargetKind.SHOW, "attack-on-titan")),
        ("trakt.tv/shows/attack-on-titan/", AddressParts(TargetKind.SHOW, "attack-on-titan")),
        (" https://trakt.tv/shows/86/seasons/0 ", AddressParts(TargetKind.SHOW, "86", 0)),
        ("http://www.trakt.tv/shows/x/seasons/3?a=b#c", AddressParts(TargetKind.SHOW, "x", 3)),
        ("https://app.trakt.tv/shows/x/seasons/3/episodes/13", AddressParts(TargetKind.SHOW, "x", 3, 13)),
        ("https://trakt.tv/movies/akira-1988", AddressParts(TargetKind.MOVIE, "akira-1988")),
        ("https://trakt.tv/shows/%E9%80%B2", AddressParts(TargetKind.SHOW, "進")),
        ("https://trakt.tv/Shows/x/Seasons/3", AddressParts(TargetKind.SHOW, "x", 3)),
        ("https://app.trakt.tv/shows/x?view=seasons&season=3", AddressParts(TargetKind.SHOW, "x", 3)),
        ("https://app.trakt.tv/shows/x?season=0&view=season", AddressParts(TargetKind.SHOW, "x", 0)),
        (
            "https://trakt.tv/shows/x?view=episode&season=3&episode=13",
            AddressParts(TargetKind.SHOW, "x", 3, 13),
        ),
        ("https://trakt.tv/shows/x?view=seasons", AddressParts(TargetKind.SHOW, "x")),
        ("https://trakt.tv/shows/x?view=cast&season=3", AddressParts(TargetKind.SHOW, "x")),
        (
            "https://www.themoviedb.org/tv/1429-shingeki-no-kyojin/season/3?language=de",
            AddressParts(TargetKind.SHOW, "1429", 3, site=Site.TMDB),
        ),
        (
            "https://www.themoviedb.org/tv/1429/season/3/episode/13",
            AddressParts(TargetKind.SHOW, "1429", 3, 13, Site.TMDB),
        ),
        ("themoviedb.org/tv/1429-x", AddressParts(TargetKind.SHOW, "1429", site=Site.TMDB)),
        (
            "https://www.themoviedb.org/movie/149-akira",
            AddressParts(TargetKind.MOVIE, "149", site=Site.TMDB),
        ),
        ("https://www.imdb.com/title/tt0094625/", AddressParts(None, "tt0094625", site=Site.IMDB)),
        ("https://m.imdb.com/de/title/tt0094625/?ref_=x", AddressParts(None, "tt0094625", site=Site.IMDB)),
    ],
)
def test_an_address_is_taken_apart(url: str, parts: AddressParts) -> None:
    assert parse_address(url) == parts


@pytest.mark.parametrize(
    "url",
    [
        "",
        "attack-on-titan",
        "https://trakt.tv",
        "https://trakt.tv/users/somebody",
        "https://trakt.tv/shows/",
        "https://trakt.tv/shows/x/comments",
        "https://trakt.tv/shows/x/seasons/one",
        "https://trakt.tv/movies/x/seasons/1",
        "https://trakt.tv.elsewhere.example/shows/x",
        "https://elsewhere.example/trakt.tv/shows/x",
        "https://myanimelist.net/anime/1",
        "https://[trakt.tv/shows/x",
        "https://trakt.tv/shows/x?view=episode&season=3",
        "https://www.themoviedb.org/person/1429",
        "https://www.themoviedb.org/movie/149/season/1",
        "https://www.imdb.com/title/tt2560140/episodes/?season=3",
        "https://thetvdb.com/series/attack-on-titan/seasons/official/3",
    ],
)
def test_what_is_no_address_of_a_show_or_film_is_refused_with_an_example(url: str) -> None:
    with pytest.raises(ValueError, match=r"https://trakt\.tv/shows/attack-on-titan"):
        parse_address(url)
