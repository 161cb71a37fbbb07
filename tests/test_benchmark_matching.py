"""The benchmark of matching: its two worlds are read as they stand, and its numbers are what they say."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from anitrakt_plan.matching.claims import Claimed
from anitrakt_plan.matching.evidence import Judged, Proposal
from anitrakt_plan.model import (
    Candidate,
    Decision,
    EntryKey,
    Match,
    MovieMatch,
    Run,
    ShowMatch,
    Straight,
    TargetKind,
)
from benchmarks.data import FEBRUARY, TODAY, World, load
from benchmarks.lists import with_other_ids
from benchmarks.offline import NO_MAPS
from benchmarks.report import held, worst
from benchmarks.scores import (
    AUTO,
    FOUND,
    KNOWN_AUTO,
    MOVED_AUTO,
    MOVED_WRONG,
    RIGHT,
    SEQUELS_AUTO,
    Score,
    Target,
    expects_enough,
    score_of,
)
from benchmarks.settings import Bench, agrees, moved_entries, propose_all

SHOW, FILM, SEQUEL, TWIN = 11, 12, 13, 600_000_001


# --- a world in a folder ---------------------------------------------------------------------------


def show_row(trakt: int, title: str, seasons: dict[int, list[str | None]], **more: Any) -> dict[str, Any]:
    return {
        "title": title,
        "year": 2001,
        "ids": {"trakt": trakt, "slug": f"show-{trakt}", "tmdb": trakt + 1000},
        "seasons": [
            {
                "number": number,
                "ids": {} if more.get("crowd") else {"trakt": trakt * 10 + number},
                "episodes": [[n, None, day] for n, day in enumerate(days, 1)],
            }
            for number, days in seasons.items()
        ],
        **more,
    }


def weekly(year: int, month: int, count: int) -> list[str | None]:
    return [f"{year}-{month:02}-{1 + 7 * week:02}" for week in range(count)]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A show with a prologue as its first episode and a sequel, a film, and a twin that no entry belongs to."""
    anime = [
        {"mal_id": 1, "title": "Hoshi", "title_english": "Star", "type": "TV", "episodes": 3}
        | {"start_date": "2001-01-08", "end_date": "2001-01-22", "duration": 24},
        {"mal_id": 2, "title": "Hoshi 2nd Season", "type": "TV", "episodes": 3}
        | {"start_date": "2003-01-01", "end_date": "2003-01-15"},
        {"mal_id": 3, "title": "Tsuki", "title_english": "Moon", "type": "Movie", "episodes": 1}
        | {"start_date": "2005-05-05"},
    ]
    seasons = {1: weekly(2001, 1, 4), 2: weekly(2003, 1, 3)}
    film = {
        "title": "Moon",
        "year": 2005,
        "ids": {"trakt": FILM, "slug": "moon", "tmdb": 9},
        "released": None,
    }
    prologue = {"moved": "prologue", "was": [[1, 1, 3]]}
    truth = [
        {"mal_id": 1, "kind": "show", "trakt": SHOW, "runs": [[1, 2, 4]]},
        {"mal_id": 2, "kind": "show", "trakt": SHOW, "runs": [[2, 1, 3]]},
        {"mal_id": 3, "kind": "movie", "trakt": FILM},
    ]
    hard = {
        "shows": [
            show_row(SHOW, "Star", seasons, original_title="星", votes=14),
            show_row(TWIN, "Star", {1: [None, None]}, crowd=True, votes=9000),
        ],
        "movies": [film | {"original_title": "月"}],
        "truth": [truth[0] | prologue, *truth[1:]],
    }
    lines = {
        "anime.jsonl": anime,
        "truth_dev.jsonl": truth,
        "trakt_shows.jsonl": [show_row(SHOW, "Star", seasons)],
        "trakt_movies.jsonl": [film],
    }
    for name, rows in lines.items():
        (tmp_path / name).write_text("\n".join(map(json.dumps, rows)), encoding="utf-8")
    for name, value in (("hard_dev.json.gz", hard), ("mal_meta.json.gz", {"9": {"title": "Taiyou"}})):
        (tmp_path / name).write_bytes(gzip.compress(json.dumps(value).encode()))
    for age, first in ((TODAY, "2-4"), (FEBRUARY, "1-3")):
        place = {"mal:1": {f"tmdb_show:{SHOW + 1000}:s1": {"1-3": first}}}
        maps = {"mappings.json": place, "tv_ex.json": [], "movies_ex.json": []}
        (tmp_path / age).mkdir()
        for name, map_rows in maps.items():
            (tmp_path / age / name).write_text(json.dumps(map_rows), encoding="utf-8")
    return tmp_path


def test_the_hard_world_is_read_with_what_moved_and_with_its_crowd(folder: Path) -> None:
    data = load(folder, World.HARD)

    assert [(work.id, work.title) for work in data.crowd] == [(TWIN, "Star")]
    assert data.shows[SHOW].original_title == "星"
    assert data.movies[FILM].original_title == "月"
    assert [(key.id, truth.moved) for key, truth in data.truth.items()] == [(1, "prologue"), (2, ""), (3, "")]
    assert data.truth[EntryKey("mal", 1)].match == place(1, 2, 4)


def test_episodes_without_an_id_get_one_that_is_theirs_alone_and_stays(folder: Path) -> None:
    def ids() -> list[int]:
        data = load(folder, World.HARD)
        shows = [*data.shows.values(), *(work for work in data.crowd if work.id == TWIN)]
        return [e.id for show in shows for season in getattr(show, "seasons", ()) for e in season.episodes]

    assert len(ids()) == len(set(ids())) == 9
    assert ids() == ids()


def test_a_show_is_on_the_same_side_in_both_worlds(folder: Path) -> None:
    plain, hard = load(folder, World.PLAIN), load(folder, World.HARD)

    assert {key: truth.train for key, truth in plain.truth.items()} == {
        key: truth.train for key, truth in hard.truth.items()
    }


def test_the_plain_worlds_crowd_is_made_of_what_no_map_knows(folder: Path) -> None:
    assert [work.title for work in load(folder, World.PLAIN).crowd] == ["Taiyou"]


def test_what_moved_is_told_by_the_truth_or_by_maps_that_name_another_place(folder: Path) -> None:
    plain, hard = (Bench(load(folder, world)) for world in World)
    first = EntryKey("mal", 1)

    assert moved_entries(hard, TODAY) == moved_entries(hard, FEBRUARY) == {first: "prologue"}
    assert moved_entries(plain, TODAY) == {}
    assert moved_entries(plain, FEBRUARY) == {first: "drifted"}


@pytest.mark.parametrize(
    ("claim", "expected"),
    [
        (Claimed("m", TargetKind.SHOW, SHOW, mapping=Straight((Run(1, 2, 4),))), True),
        (Claimed("m", TargetKind.SHOW, SHOW, mapping=Straight((Run(1, 1, 3),))), False),
        (Claimed("m", TargetKind.SHOW, SHOW, season=1), True),
        (Claimed("m", TargetKind.SHOW, SHOW, season=2), False),
        (Claimed("m", TargetKind.SHOW, SHOW), True),
        (Claimed("m", TargetKind.SHOW, SEQUEL), False),
        (Claimed("m", TargetKind.MOVIE, SHOW), False),
    ],
)
def test_a_claim_agrees_if_all_that_it_says_is_so(claim: Claimed, expected: bool) -> None:
    assert agrees(claim, place(1, 2, 4)) is expected


def test_the_search_finds_a_work_by_its_original_title(folder: Path) -> None:
    bench = Bench(load(folder, World.HARD))

    assert SHOW in {work.id for work in bench.catalogue().search("星", TargetKind.SHOW)}


def test_every_kth_entry_and_no_key(folder: Path) -> None:
    bench = Bench(load(folder, World.HARD), every=2)
    proposals = propose_all(bench.entries, NO_MAPS, None)

    assert [entry.key.id for entry in bench.entries] == [1, 3]
    assert {p.decision for p in proposals} == {Decision.REVIEW}


def test_other_works_ids_come_with_the_lists_title_and_count(folder: Path) -> None:
    bench = Bench(load(folder, World.HARD))
    (taken,) = with_other_ids(bench)
    real = next(entry for entry in bench.entries if entry.titles.romaji == taken.titles.romaji)

    assert taken.key != real.key
    assert taken.ids.mal == taken.key.id
    assert (taken.kind, taken.episodes, taken.aired_from) == (real.kind, real.episodes, None)
    assert bench.truth[taken.key] != bench.truth[real.key]


# --- the arithmetic --------------------------------------------------------------------------------


def place(season: int, first: int, last: int, show: int = SHOW) -> ShowMatch:
    return ShowMatch(show, Straight((Run(season, first, last),)))


def key(number: int) -> EntryKey:
    return EntryKey("mal", number)


def proposal(number: int, match: Match, confidence: float, *, auto: bool, wanted: str = "") -> Proposal:
    candidate = Candidate(match, "A work", 2001, "", confidence, ())
    return Proposal(
        key(number),
        Decision.AUTO if auto else Decision.REVIEW,
        match if auto else None,
        confidence,
        (),
        "",
        candidates=() if auto else (candidate,),
        judged=(Judged(candidate, ()),),
        wanted=wanted,
    )


TRUTH: dict[EntryKey, Match] = {
    key(1): place(1, 2, 4),
    key(2): place(2, 1, 3),
    key(3): MovieMatch(FILM),
    key(4): place(1, 1, 12, show=SEQUEL),
}
PROPOSALS = (
    proposal(1, place(1, 1, 3), 0.99, auto=True),  # wrong
    proposal(2, place(2, 1, 3), 0.98, auto=True),
    proposal(3, MovieMatch(FILM), 0.5, auto=False),  # offered
    proposal(4, place(2, 1, 12), 0.4, auto=False),  # neither
)


@pytest.mark.parametrize(
    ("what", "expected"),
    [
        (AUTO, 2 / 4),
        (RIGHT, 1 / 2),
        (FOUND, 2 / 4),
        (SEQUELS_AUTO, 2 / 2),  # 1 begins with the second episode, 2 is a second season
        (MOVED_AUTO, 1 / 2),
        (MOVED_WRONG, 1 / 2),
        (KNOWN_AUTO, 2 / 3),
    ],
)
def test_shares(what: str, expected: float) -> None:
    score = score_of(PROPOSALS, TRUTH, moved={key(1), key(3)}, known={key(1), key(2), key(3)})

    assert score.values[what] == pytest.approx(expected)


def test_the_expected_wrong_are_what_confidence_lacks() -> None:
    score = score_of(PROPOSALS, TRUTH)

    assert score.wrong == 1
    assert score.expected_wrong == pytest.approx(0.01 + 0.02)


def test_of_none_that_moved_none_is_wrong() -> None:
    score = score_of(PROPOSALS, TRUTH)

    assert score.values[MOVED_WRONG] == 0.0
    assert score.values[MOVED_AUTO] == 1.0


@pytest.mark.parametrize(
    ("expected", "real", "good"),
    [
        (0.0, 3, True),
        (3.0, 0, True),
        (3.1, 0, False),
        (1.0, 4, False),
        (4 / 3, 4, True),
        (12.0, 4, True),
        (12.1, 4, False),
        (20.0, 60, True),
        (19.9, 60, False),
    ],
)
def test_expected_wrong_is_within_a_factor_of_three_or_both_are_few(
    expected: float, real: int, good: bool
) -> None:
    assert expects_enough(expected, real) is good


@pytest.mark.parametrize(
    ("value", "wrong", "target", "good"),
    [
        (0.97, 0, Target(AUTO, 0.97), True),
        (0.9699, 0, Target(AUTO, 0.97), False),
        (0.05, 9, Target(AUTO, 0.05, most=True), True),
        (0.051, 9, Target(AUTO, 0.05, most=True), False),
        (0.99, 1, Target(AUTO, 0.998, or_wrong=1), True),
        (0.99, 2, Target(AUTO, 0.998, or_wrong=1), False),
        (0.99, 0, Target(AUTO, 0.998), False),
    ],
)
def test_targets(value: float, wrong: int, target: Target, good: bool) -> None:
    score = Score({AUTO: value}, entries=100, wrong=wrong, expected_wrong=0.0)

    assert score.meets(target) is good


def test_a_band_is_off_by_what_it_says_too_much() -> None:
    fifty = [proposal(1, place(1, 1, 3), 0.95, auto=False)] * 30
    fifty += [proposal(2, place(2, 1, 3), 0.95, auto=False)] * 20
    few = [proposal(1, place(1, 1, 3), 0.6, auto=False)] * 49

    (band,) = score_of([*fifty, *few], TRUTH).bands
    assert (band.lower, band.count) == (0.95, 50)
    assert score_of([*fifty, *few], TRUTH).worst_band == pytest.approx(0.95 - 0.4)


def test_the_worst_come_first_with_truth_and_causes(folder: Path) -> None:
    entries = load(folder, World.HARD).entries
    lines = list(worst(entries, PROPOSALS[:3], TRUTH, {key(1): "prologue"}, 5))

    assert lines[0].startswith("auto   0.9900 mal:1 Hoshi (TV, 3, 2001-01-08) · moved: prologue")
    assert "truth 11 S01E02-E04 · not among the candidates" in lines[1]
    assert "best  11 S01E01-E03 “A work” 0.9900" in lines[2]
    assert len(lines) == 3


def test_what_is_right_and_in_review_is_counted_by_cause(folder: Path) -> None:
    entries = load(folder, World.HARD).entries
    waiting = [
        proposal(2, place(2, 1, 3), 0.9, auto=False, wanted="a confidence of 0.99 (it is 0.90)"),
        proposal(
            3,
            MovieMatch(FILM),
            0.9,
            auto=False,
            wanted="a confidence of 0.99 (it is 0.90); the year is another",
        ),
        PROPOSALS[3],
    ]

    assert [line.split(" (")[0].strip() for line in held(entries, waiting, TRUTH)] == [
        "2 right but in review,    1 of them for this alone: confidence",
        "1 right but in review,    0 of them for this alone: the year is another",
    ]
