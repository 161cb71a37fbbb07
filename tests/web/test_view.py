"""What the page shows of an entry: its queue, its facets, which cells disagree, and only addresses it may link to."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from anitrakt_plan.commands.doubts import Offer
from anitrakt_plan.model import (
    Decision,
    EntryKey,
    EpisodeSubject,
    Facts,
    Kind,
    Match,
    Plan,
    PlanEntry,
    Season,
    SeasonEpisode,
)
from anitrakt_plan.model.matches import parse_match
from anitrakt_plan.planfile import load_plan
from anitrakt_plan.web.view import (
    Found,
    Queue,
    band,
    found_of,
    in_percent,
    mapping_table,
    queue_of_entry,
    reason,
    row_of,
    rows_of,
    safe_url,
    strips,
)
from tests.web import page_plans
from tests.web.page_plans import ENTRIES, plan_text


def plan() -> Plan:
    loaded = load_plan(plan_text(*ENTRIES).encode(), "plan.yaml")
    assert loaded.plan is not None
    return loaded.plan


def entry(number: int) -> PlanEntry:
    return next(one for one in plan().entries if one.key.id == number)


def offers(one: PlanEntry) -> tuple[Offer, ...]:
    return tuple(Offer(c.match, c.title, c.year, c.url, c.confidence, c.why) for c in one.candidates)


def found(number: int, holder: EntryKey | None = None, **changes: Any) -> Found:
    one = replace(entry(number), **changes)
    return found_of(one, offers(one), lambda _entry, _match: holder)


@pytest.mark.parametrize(
    ("number", "holder", "changes", "queue"),
    [
        (25777, None, {}, Queue.RIGHT),
        (25777, EntryKey("mal", 1), {}, Queue.NOT_FOUND),  # what it may be is another's
        (25777, None, {"decision": Decision.SKIP}, Queue.DECIDED),
        (25777, None, {"title": "Quite Another"}, Queue.CHOICE),
        (25777, None, {"facts": Facts(Kind.TV, 2017, 11)}, Queue.CHOICE),  # it can't be all of that
        (16498, None, {}, Queue.CHOICE),
        (12189, None, {}, Queue.CHOICE),
        (9253, None, {}, Queue.NOT_FOUND),
    ],
)
def test_the_queue_of_an_entry(
    number: int, holder: EntryKey | None, changes: dict[str, Any], queue: Queue
) -> None:
    if "title" in changes:  # no reason says that the titles agree
        changes["candidates"] = tuple(replace(one, why=()) for one in entry(number).candidates)
    assert queue_of_entry(plan(), found(number, holder, **changes)) is queue


def test_rows_stand_by_franchise_the_most_watched_first() -> None:
    rows = rows_of(plan(), [found(int(one.key.id)) for one in plan().entries], lambda key: str(key))
    assert [(row["key"], row["franchise"]) for row in rows[:3]] == [
        ("mal:16498", "Attack on Titan"),
        ("mal:25777", "Attack on Titan"),
        ("mal:35760", "Attack on Titan"),
    ]
    assert len({row["group"] for row in rows}) == 5


@pytest.mark.parametrize(
    ("titles", "name"),
    [
        (("Shingeki no Kyojin OVA", "Shingeki no Kyojin: Lost Girls"), "Shingeki no Kyojin"),
        (("Love Live", "Love Lives"), "Love Live"),
        (("Aria the Avvenire", "Aria the Animation"), "Aria the"),
        (("K", "Kino"), "K"),
    ],
)
def test_a_franchise_is_named_by_what_its_titles_share(titles: tuple[str, ...], name: str) -> None:
    shared = page_plans.candidate("show: 7, episodes: S01E01-E12", "Any", 2011, 0.9)
    written = (page_plans.entry(number, title, shared) for number, title in enumerate(titles, 1))
    loaded = load_plan(plan_text(*written).encode(), "plan.yaml").plan
    assert loaded is not None
    every = [Found(one, offers(one)) for one in loaded.entries]
    assert {row["franchise"] for row in rows_of(loaded, every, str)} == {name}


def test_a_row_says_which_cells_disagree() -> None:
    film = found(16498)
    film = replace(film, free=film.free[1:])
    assert row_of(plan(), film, "x")["best"]["differs"] == {"year": True, "count": True, "kind": False}
    assert row_of(plan(), found(25777), "x")["best"]["differs"] == {
        "year": False,
        "count": False,
        "kind": False,
    }


def test_control_signs_of_others_do_not_reach_the_page() -> None:
    row = row_of(plan(), found(9253, note="a\x1b[2J\u202eb", title="T\x00"), "x")
    assert (row["note"], row["title"]) == ("a\ufffd[2J\ufffdb", "T\ufffd")


@pytest.mark.parametrize(
    ("hint", "why"),
    [
        ("the best is 0.71 (0.99 needed)", "not sure enough"),
        ("the best is 0.71 (0.99 needed), the next only 0.05 behind", "another is nearly as likely"),
        ("the best is 0.999, but the number of episodes differs", "the number of episodes differs"),
        ("the best is 0.42 (0.99 needed); no title says so", "no title says so"),
        ("its best candidate is taken by mal:123", "its best candidate is taken by another entry"),
        ("10 more watched than Trakt has", "… more watched than Trakt has"),
        ("the id maps alone do not settle it: the best is 0.40 (0.99 needed)", "not sure enough"),
        (
            "the id maps alone do not settle it: the best is 0.999, but the list's title and its id disagree: "
            "2759 is Evangelion Movie 1: Jo",
            "the list's title and its id disagree",
        ),
        (None, "opened again"),
    ],
)
def test_why_an_entry_is_open_in_words_that_many_share(hint: str | None, why: str) -> None:
    assert reason(replace(entry(9253), hint=hint)) == why


@pytest.mark.parametrize(
    ("hint", "said"),
    [
        (
            "the best is 0.71 (0.99 needed), the next only 0.05 behind",
            "the best is 71 % (99 % needed), the next only 5 % behind",
        ),
        ("the best is 0.999, but 1 is Evangelion: 1.0", "the best is 99 %, but 1 is Evangelion: 1.0"),
        ("", ""),
    ],
)
def test_the_page_says_confidences_in_percent(hint: str, said: str) -> None:
    assert in_percent(hint) == said


@pytest.mark.parametrize(
    ("confidence", "words"),
    [(0.98, "98 % up"), (0.97, "90–98 %"), (0.5, "50–90 %"), (0.49, "below 50 %"), (None, "none")],
)
def test_confidence_in_bands(confidence: float | None, words: str) -> None:
    assert band(confidence) == words


@pytest.mark.parametrize(
    ("url", "is_safe"),
    [
        ("https://trakt.tv/shows/x/seasons/1", True),
        ("https://www.themoviedb.org/tv/1429", True),
        ("https://myanimelist.net/anime/1", True),
        ("http://trakt.tv/shows/x", False),
        ("https://trakt.tv.evil.example/x", False),
        ("https://user@trakt.tv/x", False),
        ("javascript:alert(1)", False),
        ("https://trakt.tv/x\n", False),
        ("https://trakt.tv/<script>", False),
        (None, False),
    ],
)
def test_only_known_sites_are_linked_to(url: str | None, is_safe: bool) -> None:
    assert (safe_url(url) == url) == is_safe or safe_url(url) == ""
    assert bool(safe_url(url)) == is_safe


@pytest.mark.parametrize(
    ("match", "table"),
    [
        ("1 S01E01-E12", []),
        ("movie 5", []),
        ("1 S01E01-E03 ratio 2:1", [["1-2", "S01E01"], ["3-4", "S01E02"], ["5-6", "S01E03"]]),
        ("1 parts 1 = S00E01; 2-4 = S01E01-E03", [["1", "S00E01"], ["2-4", "S01E01-E03"]]),
    ],
)
def test_uneven_counts_are_a_table(match: str, table: list[list[str]]) -> None:
    assert mapping_table(parse_match(match)) == table


def test_strips_say_who_has_an_episode_and_put_specials_first_for_extras() -> None:
    seasons = (
        Season(0, (SeasonEpisode(1, None),)),
        Season(1, (SeasonEpisode(1, None, title="One"), SeasonEpisode(2, None))),
    )

    def holder(_: PlanEntry, match: Match) -> EntryKey | None:
        return EntryKey("mal", 5) if match == parse_match("7 S01E02") else None

    one = entry(9253)
    shown = strips(7, seasons, one, holder, {EpisodeSubject(7, 1, 1)})
    assert [season["number"] for season in shown] == [1, 0]
    assert [(cell["title"], cell["taken"], cell["watched"]) for cell in shown[0]["episodes"]] == [
        ("One", "", True),
        ("", "mal:5", False),
    ]
    extra = replace(one, facts=replace(one.facts, kind=Kind.OVA))
    assert [season["number"] for season in strips(7, seasons, extra, holder, ())] == [0, 1]


@pytest.mark.parametrize(
    ("maps", "words"), [(0, "no id map"), (1, "1 id map"), (3, "3 id maps"), (None, "unknown")]
)
def test_how_many_maps_know_an_entry(maps: int | None, words: str) -> None:
    row = row_of(plan(), replace(found(25777), maps=maps), "")
    assert row["facets"]["maps"] == words
