"""Every status, date, rating and rewatch rule, once against the practice services: shown first, then sent."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from anitrakt_plan.model import SyncKind
from anitrakt_plan.sandbox.lists import ListEntry
from tests.acceptance.conftest import Run
from tests.acceptance.living import PLAN, in_entry, list_entry, loaded, text_of
from tests.acceptance.wire import check_wire, sent_plays, writes
from tests.long import long
from tests.practice import Sandbox

USER = "ruled"
TITAN, TITAN_2, TITAN_3A, TITAN_3B = 16498, 25777, 35760, 38524  # 25, 12, 12 and 10 episodes of show 1420
STEINS_GATE, EVANGELION, FRUITS, SPIRITED_AWAY, NAUSICAA = 9253, 30, 42938, 199, 572
ALL_KINDS = "history,ratings,watchlist,dropped"


@pytest.fixture(autouse=True)
def empty_account(sandbox: Sandbox) -> None:
    sandbox.world.clear()


def make_list(sandbox: Sandbox, *entries: ListEntry) -> None:
    sandbox.lists.add_user(USER, entries)


def one_of_each_status(sandbox: Sandbox) -> None:
    make_list(
        sandbox,
        list_entry(sandbox, SPIRITED_AWAY, 1, score=90, finished="2010-05-05"),
        list_entry(sandbox, TITAN_2, 0, status="rewatching", finished="2019-02-24"),
        list_entry(sandbox, FRUITS, 8, status="watching"),
        list_entry(sandbox, STEINS_GATE, 5, status="paused"),
        list_entry(sandbox, EVANGELION, 3, status="dropped", score=30),
        list_entry(sandbox, 1535, 0, status="planned", score=80),
        list_entry(sandbox, NAUSICAA, 0, status="planned"),
    )


def planned(anitrakt: Run, *options: str) -> str:
    """Plan the user's list into `plan.yaml`, and return what was said."""
    result = anitrakt("plan", "--mal", USER, "-o", PLAN, *options)
    assert result.code == 0, result.err
    assert [mistake for mistake in loaded().diagnostics if mistake.severity == "error"] == []
    return result.err


def shown(anitrakt: Run) -> dict[str, Any]:
    """What `diff` would send: nothing leaves the machine for it."""
    result = anitrakt("diff", PLAN, "--json")
    assert result.code == 0, result.err
    document: dict[str, Any] = json.loads(result.out)
    return document


def applied(anitrakt: Run) -> dict[str, Any]:
    """What `apply` has sent; a second one has nothing left to send."""
    result = anitrakt("apply", PLAN, "--allow", "first-apply", "--json")
    assert result.code == 0, result.err
    assert not json.loads(anitrakt("apply", PLAN, "--json").out)["changes"]
    document: dict[str, Any] = json.loads(result.out)
    return document


def plays_of_shows(sandbox: Sandbox) -> Counter[str]:
    return Counter(name.partition(" S")[0] for name, _ in sent_plays(sandbox))


# --- statuses and lists ---


def test_each_status_sends_exactly_what_was_watched_and_its_list(anitrakt: Run, sandbox: Sandbox) -> None:
    one_of_each_status(sandbox)
    planned(anitrakt, "--status", "all", "--send", ALL_KINDS)
    account = sandbox.world
    before = shown(anitrakt)
    assert "Missing: 29 plays, 2 ratings and 3 list items" in anitrakt("status", PLAN).out
    assert writes(sandbox) == []

    after = applied(anitrakt)

    check_wire(sandbox)
    watched = {"movie 97": 1, "1420": 12, "142246": 8, "42285": 5, "885": 3}
    assert dict(plays_of_shows(sandbox)) == watched
    assert {name for name, _ in sent_plays(sandbox) if name.startswith("142246")} == {
        f"142246 S03E{number:02d}" for number in range(1, 9)
    }
    assert set(account.watchlist) == {("show", 13855), ("movie", 51)}
    assert set(account.dropped) == {("show", 885)}
    assert {item for item, _ in account.ratings.items()} == {("movie", 97), ("show", 885)}
    for name in ("plays", "ratings_added", "listings"):
        assert before["totals"][name] == after["totals"][name]
    assert before["totals"]["listings"] == 3

    anitrakt("undo", "-y")
    assert not account.plays
    assert not account.ratings
    assert not account.watchlist
    assert not account.dropped


def test_what_is_left_out_is_counted_with_the_flag_that_brings_it_in(anitrakt: Run, sandbox: Sandbox) -> None:
    one_of_each_status(sandbox)

    said = planned(anitrakt)

    assert "Left out: 1 watching, 1 paused, 1 dropped, 2 planned." in said
    assert "`anitrakt plan --update plan.yaml --status all` brings them in" in said


def test_trakts_lists_are_opt_in_and_the_plan_says_how(anitrakt: Run, sandbox: Sandbox) -> None:
    one_of_each_status(sandbox)
    said = planned(anitrakt, "--status", "all")
    assert "Not asked for: 2 planned for Trakt's watchlist and 1 dropped for Trakt's dropped shows." in said
    assert f"`anitrakt plan --update plan.yaml --send {ALL_KINDS}`" in said
    assert "send:" not in text_of()
    assert shown(anitrakt)["totals"]["listings"] == 0

    changed = anitrakt("plan", "--update", PLAN, "--send", "history,ratings,watchlist")

    assert "send history, ratings → history, ratings, watchlist" in changed.err
    assert "send: [history, ratings, watchlist]}" in text_of()
    assert shown(anitrakt)["totals"]["listings"] == 2
    anitrakt("plan", "--update", PLAN)
    assert "send: [history, ratings, watchlist]}" in text_of()


def test_an_entrys_own_send_goes_before_the_plans(anitrakt: Run, sandbox: Sandbox) -> None:
    one_of_each_status(sandbox)
    planned(anitrakt, "--status", "all", "--send", "history,watchlist")
    in_entry("mal:199", "    match", "    send: [ratings]\n    match")
    in_entry("mal:1535", "    match", "    send: []\n    match")

    applied(anitrakt)

    assert "movie 97" not in plays_of_shows(sandbox)
    assert set(sandbox.world.ratings) == {("movie", 97)}
    assert set(sandbox.world.watchlist) == {("movie", 51)}


def test_a_show_of_which_something_is_being_watched_is_not_dropped(anitrakt: Run, sandbox: Sandbox) -> None:
    make_list(
        sandbox,
        list_entry(sandbox, TITAN, 25),
        list_entry(sandbox, TITAN_2, 3, status="dropped"),
        list_entry(sandbox, TITAN_3A, 2, status="watching"),
    )
    planned(anitrakt, "--status", "all", "--send", ALL_KINDS)
    assert shown(anitrakt)["totals"]["listings"] == 0

    in_entry("mal:25777", "    decision", "    send: [history, dropped]\n    decision")

    assert shown(anitrakt)["totals"]["listings"] == 1


def test_a_planned_entry_that_was_watched_needs_no_edit(anitrakt: Run, sandbox: Sandbox) -> None:
    entry = list_entry(sandbox, STEINS_GATE, 0, status="planned")
    make_list(sandbox, entry)
    planned(anitrakt, "--status", "all", "--send", ALL_KINDS)
    applied(anitrakt)
    assert set(sandbox.world.watchlist) == {("show", 42285)}

    entry.status, entry.watched, entry.score = "completed", 24, 100
    anitrakt("plan", "--update", PLAN)
    applied(anitrakt)

    assert len(list(sent_plays(sandbox))) == 24
    assert set(sandbox.world.ratings) == {("show", 42285)}
    assert not sandbox.world.watchlist  # Trakt takes it off, and it is not put back


def test_an_entry_that_is_rewatched_stays_in_a_plan_of_what_is_completed(
    anitrakt: Run, sandbox: Sandbox
) -> None:
    entry = list_entry(sandbox, TITAN_2, 12)
    make_list(sandbox, entry)
    planned(anitrakt)

    entry.status, entry.watched = "rewatching", 2
    again = anitrakt("plan", "--update", PLAN)

    assert "~ mal:25777" in again.err + again.out
    assert "not sent" not in again.err + again.out
    assert shown(anitrakt)["totals"]["plays"] == 12


def test_progress_from_seven_to_nine_adds_two_plays(anitrakt: Run, sandbox: Sandbox) -> None:
    entry = list_entry(sandbox, FRUITS, 7, status="watching", started="2021-04-06")
    make_list(sandbox, entry)
    planned(anitrakt, "--status", "watching")
    applied(anitrakt)
    sandbox.wire.clear()

    entry.watched = 9
    anitrakt("plan", "--update", PLAN)
    applied(anitrakt)

    assert [name for name, _ in sent_plays(sandbox)] == ["142246 S03E08", "142246 S03E09"]


# --- dates ---

NOON = "2019-07-11T10:00:00.000Z"
SEASON_DATES = {
    "finish": ({NOON}, "2019-07-11"),
    "spread": (
        {f"2019-07-{day:02d}T10:00:00.000Z" for day in range(2, 12)},
        "2019-07-02 to 2019-07-11",
    ),
    "released": ({"released"}, "at the release date"),
    "unknown": ({"unknown"}, "at an unknown date"),
}
FILM_DATES = {
    "finish": "2010-05-05T10:00:00.000Z",
    "spread": "2010-05-05T10:00:00.000Z",
    "released": "2001-07-20T12:00:00.000Z",
    "unknown": "unknown",
}


def dated_list(sandbox: Sandbox) -> None:
    make_list(
        sandbox,
        list_entry(sandbox, TITAN_3B, 10, started="2019-07-02", finished="2019-07-11"),
        list_entry(sandbox, SPIRITED_AWAY, 1, finished="2010-05-05"),
    )


@pytest.mark.parametrize("rule", ["spread", "released", *long("finish", "unknown")])
def test_each_rule_for_dates_is_shown_and_then_sent(rule: str, anitrakt: Run, sandbox: Sandbox) -> None:
    dated_list(sandbox)
    planned(anitrakt, "--dates", rule)
    dates, said = SEASON_DATES[rule]
    (season,) = (entry for entry in shown(anitrakt)["entries"] if entry["key"] == "mal:38524")
    assert season["dates"] == said
    assert f"10 plays ({said})" in anitrakt("diff", PLAN).out

    applied(anitrakt)

    sent = list(sent_plays(sandbox))
    assert {when for name, when in sent if name.startswith("1420")} == dates
    assert {when for name, when in sent if name == "movie 97"} == {FILM_DATES[rule]}
    assert len(sent) == 11


def test_an_entrys_own_dates_go_before_the_plans(anitrakt: Run, sandbox: Sandbox) -> None:
    dated_list(sandbox)
    planned(anitrakt)
    in_entry("mal:38524", "    match", "    dates: unknown\n    match")

    applied(anitrakt)

    assert {when for _, when in sent_plays(sandbox)} == {"unknown", FILM_DATES["finish"]}


def test_a_crowded_day_is_named_and_can_be_sent_undated(anitrakt: Run, sandbox: Sandbox) -> None:
    shorts = [
        anime for anime in sandbox.catalogue.anime if anime.type == "Movie" and anime.mal and anime.trakt
    ]
    make_list(
        sandbox,
        *(list_entry(sandbox, anime.mal or 0, 1, finished="2015-01-01") for anime in shorts[:10]),
        list_entry(sandbox, TITAN_3B, 10, finished="2019-07-11"),
    )
    said = planned(anitrakt)
    assert "10 entries finished on 2015-01-01" in said
    assert "--no-date 2015-01-01" in said

    again = anitrakt("plan", "--update", PLAN, "--no-date", "2015-01-01").err

    assert "finished on 2015-01-01" not in again
    applied(anitrakt)
    dates = {name.partition(" ")[0]: when for name, when in sent_plays(sandbox)}
    assert dates == {"movie": "unknown", "1420": NOON}


def test_dates_that_cannot_be_right_or_are_not_whole_are_said(anitrakt: Run, sandbox: Sandbox) -> None:
    make_list(
        sandbox,
        list_entry(sandbox, TITAN_3B, 10, started="2019-07-11", finished="2019-07-02"),
        list_entry(sandbox, TITAN, 25, finished="2013-08-01"),  # while it was still running: possible
        list_entry(sandbox, STEINS_GATE, 24, finished="2009-01-01"),
        list_entry(sandbox, SPIRITED_AWAY, 1, finished="2010-05"),
    )

    said = planned(anitrakt)

    assert "2 dates of your list can't be right" in said
    assert "mal:38524" in said
    assert "finished 2019-07-02, before it was started (2019-07-11)" in said
    assert "finished 2009-01-01, before it was first aired (2011-04-06)" in said
    assert "1 entry has no exact finish date" in said
    checked = anitrakt("validate", PLAN)
    assert checked.code == 0
    assert checked.out.count("warning[PLAN064]") == 2
    in_entry("mal:38524", "    match", "    dates: unknown\n    match")
    assert anitrakt("validate", PLAN).out.count("warning[PLAN064]") == 1


def anilist_export(sandbox: Sandbox) -> Path:
    """AniList's own export of ten episodes, of which the site saw the first nine being marked."""
    anime = sandbox.catalogue.anime_by(mal=TITAN_3B)
    assert anime is not None
    row = {"series_id": anime.anilist, "series_type": 0, "status": 2, "progress": 10}
    row |= {"finished_on": 20190711, "score": 0}
    seen = [("1 - 3", "2019-07-02 18:00:05"), ("4", "2019-07-03 19:30:00"), ("5 - 9", "2019-07-11 20:15:59")]
    activity = [
        {"object_id": anime.anilist, "object_type": 1, "action_type": 3, "object_value": span}
        | {"created_at": at, "updated_at": at}
        for span, at in seen
    ]
    export = {"user": {"display_name": USER}, "lists": [row], "activity": activity}
    path = Path("gdpr_data.json")
    path.write_text(json.dumps(export), encoding="utf-8")
    return path


def test_activity_dates_each_episode_by_when_anilist_saw_it_marked(anitrakt: Run, sandbox: Sandbox) -> None:
    export = anilist_export(sandbox)

    result = anitrakt("plan", "--list-file", export, "--dates", "activity", "-o", PLAN)

    assert result.code == 0, result.err
    times = '{1-3: "2019-07-02T18:00Z", 4: "2019-07-03T19:30Z", 5-9: "2019-07-11T20:15Z"}'
    assert f"times: {times}" in text_of()
    applied(anitrakt)
    sent = {name: when[:16] for name, when in sent_plays(sandbox)}
    assert [sent[f"1420 S03E{number}"] for number in range(13, 23)] == [
        *["2019-07-02T18:00"] * 3,
        "2019-07-03T19:30",
        *["2019-07-11T20:15"] * 6,  # the last was marked by completing, on the same day
    ]
    before = text_of()
    anitrakt("plan", "--update", PLAN)
    assert text_of() == before


@pytest.mark.parametrize("source", [("--mal", USER), ("--anilist", USER), ("--list-file", "list.xml")])
def test_activity_without_anilists_export_is_refused_in_plain_words(
    source: tuple[str, str], anitrakt: Run, sandbox: Sandbox
) -> None:
    dated_list(sandbox)
    example = Path(__file__).parents[2] / "examples" / "sample-mal.xml"
    Path("list.xml").write_bytes(example.read_bytes())

    result = anitrakt("plan", *source, "--dates", "activity", "-o", PLAN)

    assert result.code == 2
    assert "gdpr_data.json" in result.err
    assert not PLAN.exists()


# --- ratings ---

SEASONS = {("season", 1): 9, ("season", 2): 7, ("season", 3): 6}
RATED: dict[str, dict[tuple[str, int], int]] = {
    "auto": SEASONS,
    "season": SEASONS,
    "show:first": {("show", 1420): 9},
    "show:last": {("show", 1420): 3},
    "show:mean": {("show", 1420): 7},  # (9·25 + 7·12 + 8·12 + 3·10) / 59 = 7.4
    "show:max": {("show", 1420): 9},
    "both": SEASONS | {("show", 1420): 7},
    "off": {},
}
QUICK_RATED = ("auto", "show:mean", "off")
WORDS = {"show:first": "the first of 4", "show:last": "the last of 4", "show:max": "the best of 4"}


def rated_list(sandbox: Sandbox) -> None:
    make_list(
        sandbox,
        list_entry(sandbox, TITAN, 25, score=90),
        list_entry(sandbox, TITAN_2, 12, score=70),
        list_entry(sandbox, TITAN_3A, 12, score=80),
        list_entry(sandbox, TITAN_3B, 10, score=30),
        list_entry(sandbox, SPIRITED_AWAY, 1, score=100),
    )


def seasons_ids(sandbox: Sandbox) -> dict[tuple[str, int], tuple[str, int]]:
    """The seasons of show 1420 by their number → as the account names them."""
    (show,) = (show for show in sandbox.catalogue.shows if show.trakt_id == 1420)
    return {("season", season.number): ("season", season.ids["trakt"]) for season in show.seasons}


@pytest.mark.parametrize("rule", [*QUICK_RATED, *long(*(rule for rule in RATED if rule not in QUICK_RATED))])
def test_each_rule_for_ratings_is_shown_and_then_sent(rule: str, anitrakt: Run, sandbox: Sandbox) -> None:
    rated_list(sandbox)
    said = planned(anitrakt, "--ratings", rule)
    film = {} if rule == "off" else {("movie", 97): 10}
    wanted = {**RATED[rule], **film}
    assert shown(anitrakt)["totals"]["ratings_added"] == len(wanted)
    told = anitrakt("diff", PLAN).out
    if ("season", 3) in wanted:
        assert "rating 6 (season 3), the mean of 2 entries" in told
        assert "made of several entries' ratings" in said
    assert WORDS.get(rule, "") in told

    applied(anitrakt)

    ids = seasons_ids(sandbox)
    given = {item: rating.rating for item, rating in sandbox.world.ratings.items()}
    assert given == {ids.get(item, item): value for item, value in wanted.items()}


def test_an_entrys_own_rate_goes_before_the_plans(anitrakt: Run, sandbox: Sandbox) -> None:
    rated_list(sandbox)
    planned(anitrakt)
    in_entry("mal:16498", "    decision", "    rate: show\n    decision")
    in_entry("mal:25777", "    decision", '    rate: "off"\n    decision')
    in_entry("mal:35760", "    decision", "    rate: episodes\n    decision")

    applied(anitrakt)

    kinds = Counter(kind for kind, _ in sandbox.world.ratings)
    assert kinds == {"show": 1, "season": 1, "episode": 12, "movie": 1}


def test_a_rating_that_differs_is_left_alone_unless_the_list_shall_win(
    anitrakt: Run, sandbox: Sandbox
) -> None:
    make_list(sandbox, list_entry(sandbox, SPIRITED_AWAY, 1, score=100))
    sandbox.world.add_rating("movie", 97, 4)
    planned(anitrakt)
    told = anitrakt("diff", PLAN).out
    assert "1 rating (Sen to Chihiro no Kamikakushi), given otherwise on Trakt" in told
    applied(anitrakt)
    assert sandbox.world.ratings["movie", 97].rating == 4

    anitrakt("plan", "--update", PLAN, "--on-conflict", "replace")
    assert "rating 4 → 10" in anitrakt("diff", PLAN).out
    anitrakt("apply", PLAN)
    assert sandbox.world.ratings["movie", 97].rating == 10

    anitrakt("undo", "-y")
    assert sandbox.world.ratings["movie", 97].rating == 4


# --- rewatches ---


@pytest.mark.parametrize(("rule", "dates"), [("ignore", [NOON]), ("count", [NOON, "unknown", "unknown"])])
def test_rewatches_are_plays_only_where_they_are_counted(
    rule: str, dates: list[str], anitrakt: Run, sandbox: Sandbox
) -> None:
    make_list(sandbox, list_entry(sandbox, SPIRITED_AWAY, 1, repeats=2, finished="2019-07-11"))
    planned(anitrakt, "--rewatches", rule)
    assert shown(anitrakt)["totals"]["plays"] == len(dates)

    applied(anitrakt)

    assert sorted(when for _, when in sent_plays(sandbox)) == dates


def test_counting_rewatches_stops_on_an_account_that_keeps_one_play(anitrakt: Run, sandbox: Sandbox) -> None:
    make_list(sandbox, list_entry(sandbox, SPIRITED_AWAY, 1, repeats=2))
    planned(anitrakt, "--rewatches", "count")
    sandbox.world.watch_only_once = True

    result = anitrakt("apply", PLAN)

    assert result.code == 6
    assert "watch-once" in result.err
    assert writes(sandbox) == []


# --- the flags ---


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (("--send", "plays"), "history"),
        (("--send", ""), "history"),
        (("--no-date", "yesterday"), "2019-07-01"),
        (("--status", "seen"), "completed"),
    ],
)
def test_a_flag_that_nobody_knows_is_refused_with_the_words_that_are(
    options: tuple[str, str], word: str, anitrakt: Run
) -> None:
    result = anitrakt("plan", "--mal", "sample", *options)

    assert result.code == 2
    assert word in result.err
    assert result.out == ""


def test_all_kinds_are_the_kinds_there_are() -> None:
    assert ALL_KINDS.split(",") == list(SyncKind)
