"""Which entries a KEY means."""

from __future__ import annotations

import pytest

from anitrakt_plan.commands.show import select
from anitrakt_plan.errors import BadUsage
from anitrakt_plan.model import Decision, EntryKey, Facts, Kind, PlanEntry, Progress, Status


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
