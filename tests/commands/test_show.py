"""Which entries a KEY means, and the rows of a plan."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from anitrakt_plan.commands.show import Sort, markdown, rows, select, table
from anitrakt_plan.errors import BadUsage
from anitrakt_plan.model import (
    Address,
    Decision,
    EntryKey,
    Facts,
    Kind,
    MovieMatch,
    Plan,
    PlanEntry,
    Policy,
    Progress,
    ShowMatch,
    SourceInfo,
    Status,
    Straight,
)
from anitrakt_plan.model.matches import parse_runs


def entry(key: str, title: str, english: str | None = None) -> PlanEntry:
    return PlanEntry(
        EntryKey.parse(key),
        title,
        Facts(Kind.TV),
        Progress(Status.COMPLETED),
        Decision.REVIEW,
        english=english,
    )


PLAN = (
    entry("mal:1", "K"),
    entry("mal:12", "Kanon"),
    entry("mal:16498", "Shingeki no Kyojin", "Attack on Titan"),
    entry("mal:25777", "Shingeki no Kyojin Season 2", "Attack on Titan Season 2"),
    entry("mal:30", "What [is] this?"),
)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("mal:1", {"mal:1"}),
        ("mal:1*", {"mal:1", "mal:12", "mal:16498"}),
        ("mal:*", {"mal:1", "mal:12", "mal:16498", "mal:25777", "mal:30"}),
        ("kan*", {"mal:12"}),
        ("*TITAN*", {"mal:16498", "mal:25777"}),
        ("k", {"mal:1"}),
        ("attack on titan", {"mal:16498"}),
        ("KYOJIN season", {"mal:25777"}),
        ("[is] this?", {"mal:30"}),
    ],
)
def test_a_key_a_glob_or_part_of_a_title(word: str, expected: set[str]) -> None:
    assert {str(key) for key in select(PLAN, [word])} == expected


def test_part_of_several_titles_lists_them() -> None:
    with pytest.raises(BadUsage, match="fits 2 entries") as error:
        select(PLAN, ["titan"])

    assert "mal:16498" in str(error.value)
    assert "mal:25777" in str(error.value)


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("titan", {"mal:16498", "mal:25777"}),
        ("attack on titan", {"mal:16498"}),
        ("kyojin season", {"mal:25777"}),
    ],
)
def test_where_a_person_looks_at_each_part_of_a_title_names_them_all(word: str, expected: set[str]) -> None:
    assert {str(key) for key in select(PLAN, [word], several=True)} == expected


@pytest.mark.parametrize("word", ["nothing of the kind", "mal:2", ""])
def test_a_word_that_fits_nothing_is_an_error(word: str) -> None:
    for several in (False, True):
        with pytest.raises(BadUsage, match="no entry is called"):
            select(PLAN, [word], several=several)


def test_what_was_nearly_right_is_offered() -> None:
    with pytest.raises(BadUsage) as error:
        select(PLAN, ["Attack on Titen"])

    assert "Did you mean `Attack on Titan`?" in str(error.value)


# --- the rows ---


def matched(key: str, title: str, match: object, hint: str | None, decision: Decision) -> PlanEntry:
    return replace(entry(key, title), match=match, hint=hint, decision=decision)  # type: ignore[arg-type]


SHOW = ShowMatch(7, Straight(parse_runs("S01E01-E02")))
SHOWN = Plan(
    "anitrakt test",
    datetime(2026, 11, 22, tzinfo=UTC),
    SourceInfo("mal", "me", 4, (Status.COMPLETED,)),
    None,
    Policy(),
    (
        matched("mal:1", "c | d", SHOW, "7 S01E01-E02 · Zoo (1999) · 0.97 · title", Decision.AUTO),
        matched("mal:2", "B", None, None, Decision.REVIEW),
        matched("mal:3", "A", MovieMatch(9), None, Decision.CONFIRMED),
        matched("mal:4", "D", Address("https://trakt.tv/movies/akira-1988"), None, Decision.CONFIRMED),
    ),
)


@pytest.mark.parametrize(
    ("sort", "keys"),
    [
        (None, "1 2 3 4"),
        (Sort.TITLE, "3 2 1 4"),
        (Sort.CONFIDENCE, "2 1 3 4"),
        (Sort.SHOW, "2 4 3 1"),
    ],
)
def test_rows_keep_the_files_order_or_go_by_what_is_asked(sort: Sort | None, keys: str) -> None:
    found = rows(SHOWN, sort=sort, decision=None, below=None)
    assert [row.key for row in found] == [f"mal:{key}" for key in keys.split()]


def test_below_keeps_what_has_no_number() -> None:
    assert [row.key for row in rows(SHOWN, sort=None, decision=None, below=0.98)] == ["mal:1", "mal:2"]
    assert [row.key for row in rows(SHOWN, sort=None, decision=Decision.AUTO, below=0.5)] == []


def test_a_row_says_the_match_and_what_it_is_on_trakt() -> None:
    found = rows(SHOWN, sort=None, decision=None, below=None)
    assert [(row.match, row.on_trakt, row.confidence) for row in found] == [
        ("S01E01-E02", "Zoo (1999)", 0.97),
        ("", "", None),
        ("film", "movie 9", 1.0),
        ("https://trakt.tv/movies/akira-1988", "", 1.0),
    ]


def test_markdown_keeps_a_bar_in_a_title_from_ending_its_cell() -> None:
    first = markdown(rows(SHOWN, sort=None, decision=None, below=None)).splitlines()[2]
    assert first == r"| mal:1 | c \| d | auto | Zoo (1999) | S01E01-E02 | 0.97 |  |"


def test_key_patterns_choose_the_rows_and_none_that_fits_is_named() -> None:
    keys = [row.key for row in rows(SHOWN, ("mal:*",), sort=None, decision=None, below=None)]
    assert keys == [str(entry.key) for entry in SHOWN.entries]
    assert [row.key for row in rows(SHOWN, ("mal:1",), sort=None, decision=None, below=None)] == ["mal:1"]
    with pytest.raises(BadUsage, match="nobody"):
        rows(SHOWN, ("nobody",), sort=None, decision=None, below=None)


def test_a_long_cell_pads_no_other_line() -> None:
    row = rows(SHOWN, sort=None, decision=None, below=None)[0]
    lines = table([row, replace(row, match="S01E01-E02, " * 50, reason="two fit")]).splitlines()
    assert max(map(len, lines[:2])) < 200
    assert all(line == line.rstrip() for line in lines)
    assert lines[2].endswith("two fit")


def test_what_is_in_review_shows_why() -> None:
    waiting = replace(SHOWN.entries[0], decision=Decision.REVIEW, hint="the next only 0.02 behind")
    (row,) = rows(replace(SHOWN, entries=(waiting,)), sort=None, decision=None, below=None)
    assert row.reason == "the next only 0.02 behind"
