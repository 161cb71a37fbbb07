"""What `plan` says at its end: numbers, what to look at, what changed, and the next command."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from anitrakt_plan.matching.evidence import Proposal
from anitrakt_plan.model import (
    Account,
    Decision,
    EntryKey,
    Existing,
    Facts,
    Kind,
    MovieItem,
    MovieMatch,
    Plan,
    PlanEntry,
    Play,
    Policy,
    Progress,
    SourceInfo,
    Status,
    TraktId,
)
from anitrakt_plan.planfile import ChangeKind, EntryChange
from anitrakt_plan.reports.plan import Planned, needs_person, summarise, summary_lines
from anitrakt_plan.reports.way import NEXT_WITH_MAPS
from anitrakt_plan.settings import Way
from anitrakt_plan.sources import SourceList

AUTO = PlanEntry(
    EntryKey.parse("mal:1"),
    "A Film",
    Facts(Kind.MOVIE, 1988, 1),
    Progress(Status.COMPLETED, 1),
    Decision.AUTO,
    MovieMatch(TraktId(7)),
)
OPEN = replace(AUTO, decision=Decision.REVIEW, match=None)
TOLD = replace(AUTO, attention=("the list has 2 episodes now",))


@pytest.mark.parametrize(
    ("before", "after", "needed"),
    [
        (None, AUTO, False),
        (None, OPEN, True),
        (AUTO, OPEN, True),
        (OPEN, replace(OPEN, english="A"), False),  # it was open before
        (OPEN, AUTO, False),
        (AUTO, TOLD, True),
        (TOLD, replace(TOLD, note="seen"), False),  # it was told before
        (TOLD, AUTO, False),
    ],
)
def test_a_change_needs_a_person_where_it_leaves_something_open(
    before: PlanEntry | None, after: PlanEntry, needed: bool
) -> None:
    kind = ChangeKind.NEW if before is None else ChangeKind.CHANGED
    assert needs_person(EntryChange(kind, after.key, before, after, ())) == needed


# --- the summary ---


NOW = datetime(2020, 1, 1, tzinfo=UTC)

NOTHING_THERE = Existing(Account("uuid", "someone", "UTC"), NOW, ())


def summary(
    confidences: tuple[float, ...] = (),
    waiting: int = 0,
    *,
    existing: Existing | None = None,
    is_kept: bool = True,
    **planned: Any,
) -> list[str]:
    """The summary of a plan with automatic films of these confidences, and so many entries in review."""
    entries = [
        replace(
            AUTO,
            key=EntryKey("mal", number),
            title=f"Film {number}",
            match=MovieMatch(TraktId(number)),
            hint=f"movie {number} · On Trakt {number} (1988) · {confidence:g}",
        )
        for number, confidence in enumerate(confidences, start=1)
    ]
    entries += [replace(OPEN, key=EntryKey("mal", 500 + n), title=f"Open {n}") for n in range(waiting)]
    plan = Plan(
        tool="anitrakt 0",
        at=datetime(2026, 11, 22, tzinfo=UTC),
        source=SourceInfo("mal", "someone", len(entries), (Status.COMPLETED,)),
        target_user=None,
        policy=Policy(),
        entries=tuple(entries),
    )
    proposals = tuple(
        Proposal(entry.key, entry.decision, entry.resolved, confidence, (), "")
        for entry, confidence in zip(entries, (*confidences, *((0.5,) * waiting)), strict=True)
    )
    listed = SourceList("mal", "someone", ())
    account = existing.account if existing is not None else None
    found = Planned(plan, proposals, listed, existing, (), account=account, **planned)
    lines = {entry.key: 10 * int(str(entry.key).removeprefix("mal:")) for entry in entries}
    return summary_lines(summarise(found, plan, lines), "plan.yaml", is_kept=is_kept)


def test_what_is_in_no_file_yet_is_to_be_kept_first() -> None:
    assert summary((0.99,))[-1].startswith("Next: `anitrakt diff FILE`")
    assert summary((0.99,), is_kept=False)[-1].startswith("Next: this plan is in no file yet.")


@pytest.mark.parametrize(
    ("confidences", "said"),
    [
        ((0.999,), "Expected to be wrong among the matched: probably none."),
        ((0.9,) * 12, "Expected to be wrong among the matched: about 1.2."),
    ],
)
def test_how_many_are_wrong_is_said_as_far_as_it_can_be_known(
    confidences: tuple[float, ...], said: str
) -> None:
    assert said in summary(confidences)


def test_only_what_is_doubtful_is_listed_with_its_address_on_a_line_of_its_own() -> None:
    said = summary((0.9995, 0.994, 0.995))
    at = said.index("Worth a look, because less certain than 0.995:")
    assert said[at + 1] == "  0.994  plan.yaml:20  Film 2 → On Trakt 2 (1988)"
    assert said[at + 2].strip() == "https://trakt.tv/movies/2"
    assert not any("Film 1" in line or "Film 3" in line for line in said)


def test_those_that_are_alike_are_counted_and_the_less_certain_named() -> None:
    said = summary((0.991, *(0.993,) * 11, 0.99))
    assert sum("→" in line for line in said) == 2
    more = "  and 11 that are alike at 0.993 (`anitrakt show FILE --decision auto --below 0.995`)"
    assert more in said


def test_ten_are_listed_and_a_command_for_the_rest() -> None:
    said = summary((*(0.99,) * 7, *(0.991,) * 7), waiting=12)
    assert sum("→" in line for line in said) == 10
    assert "  and 4 more (`anitrakt show FILE --decision auto --below 0.995`)" in said
    assert "  plan.yaml:5000  Open 0" in said
    assert sum("  Open " in line for line in said) == 10
    assert "  and 2 more (`anitrakt show FILE --decision review`)" in said


def test_where_nothing_could_be_asked_the_next_step_is_to_plan_again() -> None:
    blind, seeing = (summary(waiting=3, lacks_everything=lacks)[-1] for lacks in (True, False))
    assert blind == NEXT_WITH_MAPS
    assert "`anitrakt review FILE` settles the 3" in seeing


def test_the_next_step_asks_for_the_download_that_the_export_needs() -> None:
    unknown = summary(way=Way.FILES)[-1]
    known = summary(way=Way.FILES, existing=NOTHING_THERE)[-1]
    assert unknown == "Next: `anitrakt export-trakt FILE --trakt-data ZIP` writes what to upload to Trakt."
    assert known == "Next: `anitrakt export-trakt FILE` writes what to upload to Trakt."


def test_tmdb_is_named_only_where_there_is_no_catalogue() -> None:
    with_one, without = (summary(waiting=3, lacks_catalogue=lacks) for lacks in (False, True))
    assert not any("TMDB" in line for line in with_one)
    assert any(
        line.startswith("For 3 of these TMDB could be asked: `anitrakt login --tmdb`") for line in without
    )


@pytest.mark.parametrize(
    ("films", "said"),
    [
        ((), "Nothing of what is matched is on Trakt yet."),
        ((9,), "Nothing of what is matched is on Trakt yet."),
        ((2,), "Already on Trakt, and left as it is: 1 play of what is matched (1 entry wholly)."),
    ],
)
def test_what_is_on_trakt_already_is_counted(films: tuple[int, ...], said: str) -> None:
    plays = tuple(Play(film, NOW, "watch", MovieItem(TraktId(film))) for film in films)
    existing = Existing(Account("uuid", "someone", "UTC"), NOW, plays)
    assert said in summary((0.999, 0.999), existing=existing)


@pytest.mark.parametrize(("way", "command"), [(Way.API, "apply FILE"), (Way.FILES, "export-trakt FILE")])
def test_the_next_command_is_the_ways(way: Way, command: str) -> None:
    last = summary((0.999,), waiting=2, way=way, existing=NOTHING_THERE)[-1]
    assert last.startswith("Next: `anitrakt review FILE` settles the 2 in review; then ")
    assert f"`anitrakt {command}`" in last
    assert ("export-trakt" in last) is (way is Way.FILES)
