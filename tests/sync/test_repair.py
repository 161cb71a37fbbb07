"""What a repair comes to on the account as it stands, play by play."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from anitrakt_plan.model import EpisodeItem, EpisodeSubject, Play
from anitrakt_plan.model.repair import (
    Repair,
    RepairAccount,
    RepairDecision,
    RepairGroup,
    RepairKind,
    RepairPlay,
)
from anitrakt_plan.sync.existing import History
from anitrakt_plan.sync.knowledge import Knowledge
from anitrakt_plan.sync.repair import Held, Redating, RepairWork, repair_work

NOW = datetime(2025, 3, 2, 18, 4, tzinfo=UTC)
DAY, NOON = date(2019, 7, 1), datetime(2019, 7, 1, 12, tzinfo=UTC)


def stands(number: int, episode: int = 1, at: datetime = NOW, show: int = 1420) -> Play:
    return Play(number, at, "watch", EpisodeItem(show, 1, episode, show * 1000 + episode))


def named(number: int, episode: int = 1, at: datetime = NOW) -> RepairPlay:
    return RepairPlay(number, EpisodeSubject(1420, 1, episode), at)


def group(
    *plays: RepairPlay,
    decision: RepairDecision = RepairDecision.REMOVE,
    kind: RepairKind = RepairKind.WHOLE_SHOW,
    keeps: tuple[RepairPlay, ...] = (),
    key: str = "G001",
) -> RepairGroup:
    return RepairGroup(key, kind, "A Show", "why", plays, decision, None, keeps, DAY, decision)


def work(account: list[Play], *groups: RepairGroup, lost: frozenset[int] = frozenset()) -> RepairWork:
    repair = Repair("anitrakt 1", NOW, RepairAccount("me", "uuid"), groups)
    return repair_work(repair, History(account, lost), Knowledge(), UTC)


def removed(found: RepairWork) -> list[int]:
    return [row.id for _, row in found.remove]


@pytest.mark.parametrize(
    ("account", "why"),
    [
        pytest.param([stands(1)], None, id="as in the file"),
        pytest.param([stands(2)], Held.GONE, id="another id"),
        pytest.param([stands(1, episode=2)], Held.MOVED, id="another episode"),
        pytest.param([stands(1, show=77)], Held.MOVED, id="another show"),
        pytest.param([stands(1, at=NOON)], Held.MOVED, id="another minute"),
    ],
)
def test_an_id_goes_only_while_it_stands_as_in_the_file(account: list[Play], why: Held | None) -> None:
    found = work(account, group(named(1)))

    assert removed(found) == ([1] if why is None else [])
    assert [held for *_, held in found.held] == ([] if why is None else [why])


def test_a_row_that_has_lost_its_work_stays() -> None:
    assert [held for *_, held in work([], group(named(1)), lost=frozenset({1})).held] == [Held.LOST]


@pytest.mark.parametrize("decision", [RepairDecision.KEEP, RepairDecision.REVIEW])
def test_what_nobody_wants_gone_stays(decision: RepairDecision) -> None:
    assert work([stands(1)], group(named(1), decision=decision)).empty


@pytest.mark.parametrize(
    ("account", "goes"),
    [
        pytest.param([stands(1), stands(2)], True, id="the kept one stands"),
        pytest.param([stands(1)], False, id="the kept one is gone"),
        pytest.param([stands(1), stands(2, at=NOON)], False, id="the kept one has another date"),
        pytest.param([stands(1), stands(2, episode=2)], False, id="the kept one is of another episode"),
    ],
)
def test_of_doubled_plays_none_goes_without_the_one_that_stays(account: list[Play], goes: bool) -> None:
    found = work(account, group(named(1), kind=RepairKind.DOUBLED, keeps=(named(2),)))

    assert removed(found) == ([1] if goes else [])
    assert [held for *_, held in found.held] == ([] if goes else [Held.NOTHING_STAYS])


def test_what_is_to_stay_in_one_group_and_goes_in_another_is_nobodys_twin() -> None:
    first = group(named(1), kind=RepairKind.DOUBLED, keeps=(named(2),))
    other = group(named(2), kind=RepairKind.DOUBLED, keeps=(named(1),), key="G002")

    assert removed(work([stands(1), stands(2)], first, other)) == []


def test_a_doubled_play_for_which_nothing_is_to_stay_stays() -> None:
    assert removed(work([stands(1)], group(named(1), kind=RepairKind.DOUBLED))) == []


def test_a_redate_adds_first_and_is_a_removal_where_a_play_stands_at_the_wanted_minute() -> None:
    redate = group(named(1), decision=RepairDecision.REDATE)

    (adding,) = work([stands(1)], redate).add
    assert adding == Redating("G001", adding.row, NOON)
    assert removed(work([stands(1), stands(2, at=NOON)], redate)) == [1]
    there = replace(redate, plays=(named(1, at=NOON),))
    assert work([stands(1, at=NOON)], there).empty


def test_a_play_at_the_wanted_minute_that_goes_itself_is_none() -> None:
    redate = group(named(1), decision=RepairDecision.REDATE)
    away = group(named(2, at=NOON), key="G002")

    found = work([stands(1), stands(2, at=NOON)], redate, away)
    assert [one.row.id for one in found.add] == [1]
    assert removed(found) == [2]
