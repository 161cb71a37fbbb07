"""Repairs for the page's tests: groups of each kind, and a megabyte of them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from anitrakt_plan.model import EpisodeSubject, MovieSubject
from anitrakt_plan.model.repair import (
    Repair,
    RepairAccount,
    RepairDecision,
    RepairGroup,
    RepairKind,
    RepairPlay,
)
from anitrakt_plan.planfile.repair import dump_repair
from tests.web.page_plans import MARKUP

AT = datetime(2025, 3, 2, 18, 4, tzinfo=UTC)
KEEP, REMOVE, REDATE = RepairDecision.KEEP, RepairDecision.REMOVE, RepairDecision.REDATE


def season(show: int, number: int, count: int, first: int, at: datetime = AT) -> tuple[RepairPlay, ...]:
    return tuple(
        RepairPlay(first + n, EpisodeSubject(show, number, n + 1), at, f"Part {n + 1} of {number}")
        for n in range(count)
    )


def group(
    key: str,
    kind: RepairKind,
    about: str,
    plays: tuple[RepairPlay, ...],
    suggest: RepairDecision = REMOVE,
    keeps: tuple[RepairPlay, ...] = (),
    to: date | None = None,
) -> RepairGroup:
    why = f"{len(plays)} plays at 2025-03-02 18:04 with mal:16498"
    return RepairGroup(key, kind, about, why, plays, suggest, "you may have watched this", keeps, to)


KEPT = season(1420, 1, 25, 100, AT - timedelta(days=900))
GROUPS = (
    group("G001", RepairKind.DOUBLED, "Attack on Titan (2013)", season(1420, 1, 25, 1000), keeps=KEPT),
    group("G002", RepairKind.DOUBLED, "Steins;Gate (2011)", season(42285, 1, 3, 2000)),
    group("G003", RepairKind.WHOLE_SHOW, "Attack on Titan (2013)", season(1420, 2, 12, 3000)),
    group("G004", RepairKind.WRONG_WORK, MARKUP, (RepairPlay(4000, MovieSubject(97), AT, MARKUP),)),
    group(
        "G005", RepairKind.MISDATED, "Hyouka (2012)", season(4711, 1, 22, 5000), REDATE, to=date(2019, 7, 1)
    ),
    group(
        "G006",
        RepairKind.MISDATED,
        "Monster (2004) and 2 others",
        season(5, 1, 2, 6000) + season(6, 1, 2, 6100),
        KEEP,
    ),
)


def repair_text(groups: Sequence[RepairGroup] = GROUPS) -> str:
    """A repair file of these groups, with a comment of the user's at every decision."""
    text = dump_repair(Repair("anitrakt 1", AT, RepairAccount("sample", "abc"), tuple(groups)))
    return text.replace("    decision: review\n", "    decision: review  # mine\n")


def large_repair(count: int = 250) -> str:
    """A megabyte."""
    return repair_text(
        [
            group(f"G{n:03d}", RepairKind.DOUBLED, f"A show of number {n}", season(n, 1, 42, n * 1000))
            for n in range(1, count + 1)
        ]
    )
