"""Each file says to Trakt's importer exactly what is missing, and what it can't say is named, not guessed."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anitrakt_plan.model import (
    EntryKey,
    EpisodeSubject,
    MovieSubject,
    OutsideIds,
    SeasonSubject,
    ShowSubject,
    TmdbId,
)
from anitrakt_plan.model.account import PlaySubject
from anitrakt_plan.model.dates import Undated, When
from anitrakt_plan.sandbox.importer import NotImportableError, Upload, read_upload
from anitrakt_plan.sync.diff import ListingChange, PlayChange
from anitrakt_plan.sync.importer import (
    ImportFile,
    ImportFiles,
    ImportLayout,
    KnownIds,
    Missing,
    import_files,
)
from anitrakt_plan.sync.knowledge import ListName
from anitrakt_plan.sync.ratings import RatingChange
from anitrakt_plan.words import printable

KEY = EntryKey("mal", 38524)
NOON = datetime(2019, 7, 1, 10, 0, tzinfo=UTC)
NOON_TEXT, UNKNOWN_TEXT = "2019-07-01T10:00:00.000Z", "1970-01-01T00:00:00.000Z"
FIRST, SPECIAL, FILM = EpisodeSubject(1420, 3, 13), EpisodeSubject(1420, 0, 4), MovieSubject(700311)
BY_IMDB = EpisodeSubject(7, 1, 2)
IDS: KnownIds = {
    ShowSubject(1420): OutsideIds(imdb="tt99", tvdb=267440),
    ShowSubject(7): OutsideIds(imdb="tt7"),
    FILM: OutsideIds(imdb="tt11"),
}


def play(subject: PlaySubject, when: When = NOON) -> PlayChange:
    return PlayChange(KEY, "text", subject, when)


def rating(subject: Any, value: int = 9) -> RatingChange:
    return RatingChange(subject, value, NOON, (), None)


def written(*plays: PlayChange, ids: KnownIds = IDS, **more: Any) -> ImportFiles:
    return import_files(Missing(plays, **more), ids)


def data_of(one: ImportFile) -> bytes:
    if one.layout is ImportLayout.BY_ID:
        return one.texts[0][1].encode()
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, text in one.texts:
            archive.writestr(name, text)
    return target.getvalue()


def imported(one: ImportFile) -> Upload:
    """The file, given to the tab that it is for; the page announces what we say it does."""
    upload = read_upload(one.layout.tab, one.layout.file_name, data_of(one))
    assert upload.announced == {words: count for count, words in one.announced}
    assert upload.unresolved == []
    return upload


def said_by(upload: Upload) -> list[tuple[object, ...]]:
    """Every play of the requests, as (what, season, number, when); a whole show or season would stand out."""
    said: list[tuple[object, ...]] = []
    for path, body in upload.requests():
        if path != "/sync/history":
            continue
        assert not body["seasons"]
        assert not body["episodes"], "no episode's own id is ever written"
        said += [("movie", row["ids"], row.get("watched_at", "NOW")) for row in body["movies"]]
        for show in body["shows"]:
            assert show["seasons"], "a show without seasons means every episode"
            for season in show["seasons"]:
                assert season["episodes"], "a season without episodes means all of it"
                said += [
                    ("show", show["ids"], season["number"], row["number"], row.get("watched_at", "NOW"))
                    for row in season["episodes"]
                ]
    return said


def all_said(files: ImportFiles) -> list[tuple[object, ...]]:
    return [said for one in files.files for said in said_by(imported(one))]


def test_plays_go_in_the_first_file_by_ids_elsewhere_season_and_number() -> None:
    found = written(play(FIRST), play(SPECIAL), play(BY_IMDB), play(FILM))

    assert [one.layout for one in found.files] == [ImportLayout.PLAYS]
    assert all_said(found) == [
        ("movie", {"imdb": "tt11"}, NOON_TEXT),
        (
            "show",
            {"tvdb": 267440},
            3,
            13,
            NOON_TEXT,
        ),  # one id alone: the server would take the IMDb one first
        ("show", {"tvdb": 267440}, 0, 4, NOON_TEXT),
        ("show", {"imdb": "tt7"}, 1, 2, NOON_TEXT),
    ]


def test_films_without_an_imdb_id_go_in_the_second_file_by_the_id_that_is_known() -> None:
    trakt, tmdb = MovieSubject(5), MovieSubject(TmdbId(372058))
    found = written(play(FIRST), play(trakt), play(tmdb, Undated.UNKNOWN))

    assert [one.layout for one in found.files] == [ImportLayout.PLAYS, ImportLayout.BY_ID]
    assert said_by(imported(found.files[1])) == [
        ("movie", {"trakt": 5}, NOON_TEXT),
        ("movie", {"tmdb": 372058}, "unknown"),
    ]


def test_a_show_that_only_tmdb_numbers_goes_by_its_ids_elsewhere_or_is_left_out() -> None:
    known, unknown = EpisodeSubject(TmdbId(95479), 1, 25), EpisodeSubject(TmdbId(5), 1, 1)
    ids: KnownIds = {ShowSubject(TmdbId(95479)): OutsideIds(imdb="tt1", tvdb=377543)}
    found = written(play(known), play(unknown), ids=ids)

    assert all_said(found) == [("show", {"tvdb": 377543}, 1, 25, NOON_TEXT)]
    assert found.left_out.nameless == (play(unknown),)


def test_an_unknown_date_is_the_one_that_trakt_keeps_for_it_and_never_now() -> None:
    found = written(
        play(FIRST, Undated.UNKNOWN), play(FILM, Undated.UNKNOWN), play(MovieSubject(5), Undated.UNKNOWN)
    )

    assert [said[-1] for said in all_said(found)] == [UNKNOWN_TEXT, UNKNOWN_TEXT, "unknown"]


def test_a_release_date_is_written_out_or_unknown_because_the_importer_has_no_word_for_it() -> None:
    aired = {FIRST: NOON, SPECIAL: None}
    plays = play(FIRST, Undated.RELEASED), play(SPECIAL, Undated.RELEASED), play(FILM, Undated.RELEASED)
    found = written(*plays, aired=aired)

    assert [said[-1] for said in all_said(found)] == [UNKNOWN_TEXT, NOON_TEXT, UNKNOWN_TEXT]
    assert found.left_out.release_dates == plays[1:]
    assert {one.when for one in found.plays} == {
        NOON,
        Undated.UNKNOWN,
    }  # what is remembered is what was written


def test_further_plays_of_a_film_go_in_the_second_file_and_those_of_an_episode_are_named() -> None:
    undated, dated = Undated.UNKNOWN, NOON
    found = written(play(FIRST, undated), play(FIRST, dated), play(FILM, undated), play(FILM, dated))

    assert all_said(found) == [
        ("movie", {"imdb": "tt11"}, NOON_TEXT),
        ("show", {"tvdb": 267440}, 3, 13, NOON_TEXT),
        ("movie", {"trakt": 700311}, "unknown"),
    ]
    assert found.left_out.repeated == (play(FIRST, undated),)


def test_two_things_that_the_importer_would_take_for_one_are_a_clash() -> None:
    twin = EpisodeSubject(TmdbId(1429), 3, 13)
    ids = {**IDS, ShowSubject(TmdbId(1429)): OutsideIds(tvdb=267440)}
    found = written(play(FIRST), play(twin), ids=ids)

    assert found.clashes == ((play(FIRST), play(twin)),)
    assert found.plays == (play(FIRST),)


def test_films_and_shows_are_rated_and_seasons_and_episodes_are_left_out() -> None:
    named, nameless = ShowSubject(TmdbId(95479)), ShowSubject(TmdbId(5))
    subjects = (
        FILM,
        ShowSubject(1420),
        named,
        nameless,
        SeasonSubject(1420, 3),
        FIRST,
        MovieSubject(TmdbId(6)),
    )
    ids = {**IDS, named: OutsideIds(imdb="tt1")}
    found = written(ids=ids, ratings=tuple(map(rating, subjects)))
    (one,) = found.files
    ((path, body),) = imported(one).requests()

    assert (path, body["seasons"], body["episodes"]) == ("/sync/ratings", [], [])
    assert [row["ids"] for row in body["movies"]] == [{"trakt": 700311}, {"tmdb": 6}]
    assert [row["ids"] for row in body["shows"]] == [{"trakt": 1420}, {"imdb": "tt1"}]
    assert {(row["rating"], row["rated_at"]) for row in (*body["movies"], *body["shows"])} == {(9, NOON_TEXT)}
    assert [change.subject for change in found.left_out.ratings] == [nameless, SeasonSubject(1420, 3), FIRST]


def test_planned_works_go_to_the_watchlist_and_dropped_shows_are_left_out() -> None:
    listings = (
        ListingChange(KEY, ListName.WATCHLIST, ShowSubject(1420)),
        ListingChange(KEY, ListName.WATCHLIST, FILM),
        ListingChange(KEY, ListName.DROPPED, ShowSubject(5)),
    )
    found = written(listings=listings)
    ((path, body),) = imported(found.files[0]).requests()

    assert path == "/sync/watchlist"
    assert (body["shows"], body["movies"]) == ([{"ids": {"trakt": 1420}}], [{"ids": {"trakt": 700311}}])
    assert found.left_out.listings == (listings[2],)


def test_nothing_missing_makes_no_file() -> None:
    assert written().files == ()


def test_a_file_given_to_the_wrong_tab_does_nothing() -> None:
    titles = {KEY: 'A, "quoted"\nTitle'}
    found = written(play(FIRST), play(MovieSubject(5)), titles=titles, ratings=(rating(ShowSubject(1420)),))
    for one in found.files:
        for tab in {"TV Time", "CSV", "JSON"} - {one.layout.tab}:
            try:
                wrong = read_upload(tab, one.layout.file_name, data_of(one))
            except NotImportableError:
                continue
            assert wrong.items == []


def test_the_zip_holds_no_files_but_those_that_the_page_reads() -> None:
    (one,) = written(play(FIRST), play(FILM), titles={KEY: "A\nTitle"}).files

    assert [name for name, _ in one.texts] == ["tvtime-series.json", "tvtime-movies.json"]
    assert json.loads(one.texts[0][1])[0]["title"] == "A Title"


SUBJECTS = st.one_of(
    st.builds(
        EpisodeSubject,
        st.sampled_from([1420, 7, 6]),
        st.integers(min_value=0, max_value=4),
        st.integers(min_value=1, max_value=40),
    ),
    st.builds(MovieSubject, st.sampled_from([700311, 1, 2, 3])),
)
WHEN = st.one_of(
    st.just(Undated.UNKNOWN),
    st.datetimes(min_value=datetime(1950, 1, 1), max_value=datetime(2090, 1, 1)).map(
        lambda moment: moment.replace(second=0, microsecond=0, tzinfo=UTC)
    ),
)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.builds(play, SUBJECTS, WHEN), max_size=250), st.text(max_size=20))
def test_every_play_is_imported_once_or_left_out(plays: list[PlayChange], title: str) -> None:
    found = written(*plays, titles={KEY: title})
    said = all_said(found)
    left = [*found.left_out.nameless, *found.left_out.repeated]

    assert sorted(map(str, [*found.plays, *left])) == sorted(map(str, plays))
    assert sorted(map(str, said)) == sorted(
        str(_expected(change, one.layout)) for one in found.files for change in one.plays
    )
    addresses = [said[:-1] for said in said_by(imported(found.files[0]))] if found.files else []
    is_zip = bool(found.files) and found.files[0].layout is ImportLayout.PLAYS
    assert not is_zip or len(addresses) == len(set(map(str, addresses)))


def _expected(change: PlayChange, layout: ImportLayout) -> tuple[object, ...]:
    in_zip = layout is ImportLayout.PLAYS
    unknown = UNKNOWN_TEXT if in_zip else "unknown"
    when = unknown if isinstance(change.when, Undated) else change.when.strftime("%Y-%m-%dT%H:%M:00.000Z")
    match change.subject:
        case MovieSubject(movie):
            return ("movie", {"imdb": "tt11"} if in_zip else {"trakt": movie}, when)
        case EpisodeSubject(show, season, number):
            return ("show", {"tvdb": 267440} if show == 1420 else {"imdb": "tt7"}, season, number, when)


@pytest.mark.parametrize("layout", list(ImportLayout))
def test_each_file_has_its_tab_and_a_name_that_the_page_knows(layout: ImportLayout) -> None:
    assert layout.file_name.startswith("tvtime-") is (layout is ImportLayout.PLAYS)
    assert layout.tab in ("TV Time", "CSV")


# --- titles of others ---


@pytest.mark.parametrize(
    "title", ["=1+1", "+cmd|' /C calc'!A0", "-2", "@SUM(A1)", "\t=1", "\r\n=1", "=1\x1b[2J\u202e"]
)
def test_no_title_is_a_formula_in_a_spreadsheet_or_steers_what_shows_it(title: str) -> None:
    files = written(play(MovieSubject(51)), play(FIRST), titles={KEY: title})

    cells = [
        cell
        for one in files.files
        for name, text in one.texts
        if name.endswith(".csv")
        for row in csv.reader(io.StringIO(text))
        for cell in row
    ]
    assert any(cell.startswith("'") for cell in cells)
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))] == []
    texts = "".join(text for one in files.files for _, text in one.texts).replace("\n", "")
    assert printable(texts) == texts
