"""Each layout says to Trakt's importer exactly what is missing, and what it can't say is counted, not guessed."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anitrakt_plan.model import EntryKey, EpisodeSubject, MovieSubject, SeasonSubject, ShowSubject
from anitrakt_plan.model.account import PlaySubject
from anitrakt_plan.model.dates import Undated, When
from anitrakt_plan.sync.diff import ListingChange, PlayChange
from anitrakt_plan.sync.importer import ImportFile, ImportFiles, ImportFormat, KnownIds, Missing, import_files
from anitrakt_plan.sync.knowledge import ListName
from anitrakt_plan.sync.ratings import RatingChange
from tests.trakt_importer import Requests, upload

KEY = EntryKey("mal", 38524)
NOON = datetime(2019, 7, 1, 10, 0, tzinfo=UTC)
FIRST, SPECIAL, FILM = EpisodeSubject(1420, 3, 13), EpisodeSubject(1420, 0, 4), MovieSubject(700311)
IDS = KnownIds(tvdb={1420: 267440}, episodes={FIRST: 501, SPECIAL: 77})


def play(subject: PlaySubject, when: When = NOON) -> PlayChange:
    return PlayChange(KEY, "text", subject, when)


def rating(subject: Any, value: int = 9) -> RatingChange:
    return RatingChange(subject, value, NOON, (), None)


def written(
    missing: Missing, form: ImportFormat, ids: KnownIds = IDS, *, one_file: bool = False
) -> ImportFiles:
    return import_files(missing, ids, form, one_file=one_file)


def imported(one: ImportFile, *, old: bool = False) -> Requests:
    return upload(one.format.menu, f"anitrakt{one.format.suffix}", one.text, old=old)


def said_by(requests: Requests) -> list[tuple[object, ...]]:
    """Every play of the requests, as (what, season, number, when); a whole show or season would stand out."""
    said: list[tuple[object, ...]] = []
    for body in requests.history:
        assert not body["seasons"]
        said += [("movie", row["ids"], row.get("watched_at", "NOW")) for row in body["movies"]]
        said += [("episode", row["ids"], row.get("watched_at", "NOW")) for row in body["episodes"]]
        for show in body["shows"]:
            assert show["seasons"], "a show without seasons means every episode"
            for season in show["seasons"]:
                assert season["episodes"], "a season without episodes means all of it"
                said += [
                    ("show", show["ids"], season["number"], row["number"], row.get("watched_at", "NOW"))
                    for row in season["episodes"]
                ]
    return said


NOON_TEXT = "2019-07-01T10:00:00.000Z"


def test_an_episode_goes_by_its_shows_tvdb_id_season_and_number_in_the_layout_of_tv_time() -> None:
    (one,) = written(Missing((play(FIRST), play(SPECIAL))), ImportFormat.TVTIME).files

    assert said_by(imported(one)) == [
        ("show", {"tvdb": 267440}, 3, 13, NOON_TEXT),
        ("show", {"tvdb": 267440}, 0, 4, NOON_TEXT),
    ]


@pytest.mark.parametrize("form", [ImportFormat.CSV, ImportFormat.TRAKT_JSON])
@pytest.mark.parametrize("old", [True, False])
def test_films_and_episodes_go_by_their_own_trakt_ids_in_the_other_layouts(
    form: ImportFormat, old: bool
) -> None:
    (one,) = written(Missing((play(FIRST), play(FILM, Undated.UNKNOWN))), form).files

    assert sorted(said_by(imported(one, old=old)), key=str) == [
        ("episode", {"trakt": 501}, NOON_TEXT),
        ("movie", {"trakt": 700311}, "unknown"),
    ]


def test_films_beside_the_layout_of_tv_time_have_a_file_of_their_own() -> None:
    episodes, films = written(Missing((play(FILM), play(FIRST))), ImportFormat.TVTIME).files

    assert (episodes.format, films.format) == (ImportFormat.TVTIME, ImportFormat.CSV)
    assert said_by(imported(films)) == [("movie", {"trakt": 700311}, NOON_TEXT)]


def test_where_only_one_file_can_be_written_the_films_are_left_out_and_named() -> None:
    found = written(Missing((play(FILM), play(FIRST)), (rating(FILM),)), ImportFormat.TVTIME, one_file=True)

    assert [one.format for one in found.files] == [ImportFormat.TVTIME]
    assert found.left_out.plays == (play(FILM),)
    assert len(found.left_out.ratings) == 1


def test_an_unknown_date_in_the_layout_of_tv_time_is_the_one_trakt_keeps_for_it_and_never_now() -> None:
    (one,) = written(Missing((play(FIRST, Undated.UNKNOWN),)), ImportFormat.TVTIME).files

    assert said_by(imported(one)) == [("show", {"tvdb": 267440}, 3, 13, "1970-01-01T00:00:00.000Z")]


@pytest.mark.parametrize("form", list(ImportFormat))
def test_a_release_date_is_written_out_or_unknown_because_no_layout_has_a_word_for_it(
    form: ImportFormat,
) -> None:
    missing = Missing(
        (play(FIRST, Undated.RELEASED), play(SPECIAL, Undated.RELEASED)), aired={FIRST: NOON, SPECIAL: None}
    )
    found = written(missing, form)

    dates = [said[-1] for one in found.files for said in said_by(imported(one))]
    assert dates == [NOON_TEXT, "1970-01-01T00:00:00.000Z" if form is ImportFormat.TVTIME else "unknown"]
    assert found.left_out.release_dates == 1


@pytest.mark.parametrize(
    ("form", "ids", "left"),
    [
        (ImportFormat.TVTIME, KnownIds(episodes={}), True),
        (ImportFormat.TVTIME, KnownIds(tvdb={1: 2}), True),
        (ImportFormat.TVTIME, KnownIds(episodes={FIRST: 501}), False),
        (ImportFormat.CSV, KnownIds(tvdb={1420: 267440}), True),
        (ImportFormat.TRAKT_JSON, KnownIds(tvdb={1420: 267440}), True),
    ],
)
def test_an_episode_without_the_id_that_a_layout_needs_is_left_out(
    form: ImportFormat, ids: KnownIds, left: bool
) -> None:
    found = written(Missing((play(FIRST),)), form, ids)

    assert found.left_out.plays == ((play(FIRST),) if left else ())
    assert found.plays == (() if left else (play(FIRST),))


@pytest.mark.parametrize("form", list(ImportFormat))
@pytest.mark.parametrize("old", [True, False])
def test_films_and_shows_are_rated_and_seasons_and_episodes_are_left_out(
    form: ImportFormat, old: bool
) -> None:
    ratings = tuple(map(rating, (FILM, ShowSubject(1420), SeasonSubject(1420, 3), FIRST)))
    found = written(Missing((), ratings), form)
    (one,) = found.files
    (body,) = imported(one, old=old).ratings

    assert body == {
        "movies": [{"ids": {"trakt": 700311}, "rating": 9, "rated_at": NOON_TEXT}],
        "shows": [{"ids": {"trakt": 1420}, "rating": 9, "rated_at": NOON_TEXT}],
        "seasons": [],
        "episodes": [],
    }
    assert imported(one, old=old).history == []
    assert [change.subject for change in found.left_out.ratings] == [SeasonSubject(1420, 3), FIRST]


@pytest.mark.parametrize("form", [ImportFormat.CSV, ImportFormat.TRAKT_JSON])
def test_planned_works_go_to_the_watchlist_and_dropped_shows_are_left_out(form: ImportFormat) -> None:
    listings = (
        ListingChange(KEY, ListName.WATCHLIST, ShowSubject(1420)),
        ListingChange(KEY, ListName.WATCHLIST, FILM),
        ListingChange(KEY, ListName.DROPPED, ShowSubject(5)),
    )
    found = written(Missing((), (), listings), form)
    (body,) = imported(found.files[0]).watchlist

    assert (body["shows"], body["movies"]) == ([{"ids": {"trakt": 1420}}], [{"ids": {"trakt": 700311}}])
    assert imported(found.files[0]).history == []
    assert found.left_out.listings == (listings[2],)


@pytest.mark.parametrize("form", list(ImportFormat))
def test_nothing_missing_makes_no_file(form: ImportFormat) -> None:
    assert written(Missing(()), form).files == ()


@pytest.mark.parametrize("form", list(ImportFormat))
def test_a_file_given_to_the_wrong_menu_does_nothing(form: ImportFormat) -> None:
    missing = Missing((play(FIRST), play(FILM)), titles={KEY: 'A, "quoted"\nTitle'})
    for one in written(missing, form).files:
        for menu in {"TV Time", "CSV", "JSON"} - {one.format.menu}:
            try:
                wrong = upload(menu, f"anitrakt{one.format.suffix}", one.text)
            except ValueError:
                continue
            assert (wrong.history, wrong.ratings, wrong.watchlist, wrong.unresolved) == ([], [], [], [])


def test_as_the_page_was_in_june_the_layout_of_tv_time_does_nothing_rather_than_something_wrong() -> None:
    (one,) = written(Missing((play(FIRST),)), ImportFormat.TVTIME).files

    assert imported(one, old=True).history == []


SUBJECTS = st.one_of(
    st.builds(
        EpisodeSubject,
        st.sampled_from([1420, 5, 6]),
        st.integers(min_value=0, max_value=40),
        st.integers(min_value=1, max_value=2000),
    ),
    st.builds(MovieSubject, st.integers(min_value=1, max_value=10**9)),
)
WHEN = st.one_of(
    st.just(Undated.UNKNOWN),
    st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2090, 1, 1)).map(
        lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC)
    ),
)


@settings(max_examples=50, deadline=None)
@given(
    st.lists(st.builds(play, SUBJECTS, WHEN), max_size=250),
    st.text(max_size=20),
    st.sampled_from(ImportFormat),
)
def test_every_play_is_imported_once_or_left_out(
    plays: list[PlayChange], title: str, form: ImportFormat
) -> None:
    ids = KnownIds(
        tvdb={1420: 11, 5: 12},
        episodes={
            p.subject: 10**6 + n
            for n, p in enumerate(plays)
            if isinstance(p.subject, EpisodeSubject) and p.subject.show == 6
        },
    )
    found = written(Missing(tuple(plays), titles={KEY: title}), form, ids)
    said = [one for file in found.files for one in said_by(imported(file))]

    assert len(said) + len(found.left_out.plays) == len(plays)
    assert sorted(map(str, said)) == sorted(str(_expected(p, ids, form)) for p in found.plays)


def _expected(change: PlayChange, ids: KnownIds, form: ImportFormat) -> tuple[object, ...]:
    tv_time = form is ImportFormat.TVTIME
    when = "unknown" if isinstance(change.when, Undated) else change.when.strftime("%Y-%m-%dT%H:%M:00.000Z")
    match change.subject:
        case MovieSubject(movie):
            return ("movie", {"trakt": movie}, when)
        case EpisodeSubject(show, season, number) if tv_time and show in ids.tvdb:
            when = "1970-01-01T00:00:00.000Z" if when == "unknown" else when
            return ("show", {"tvdb": ids.tvdb[show]}, season, number, when)
        case EpisodeSubject() as episode:
            return ("episode", {"trakt": ids.episodes[episode]}, when)
