"""A journal with a line that can't be read: it stops, and where it is let pass, nothing goes twice or is lost."""

from __future__ import annotations

from pathlib import Path

import pytest

import anitrakt_plan.commands.send as apply_sending
from anitrakt_plan.errors import SafetyStop
from anitrakt_plan.journal.journal import journal_path
from anitrakt_plan.sync.batches import pack
from tests.faults.bench import Bench, plan_of, season, sums
from tests.long import long

TITAN3B, ALCHEMIST = "1420 S03E13-E22", "31771 S01E01-E30"
PLAN = plan_of(season(1, TITAN3B), season(2, ALCHEMIST, rating=8), season(3, "movie 51"))
ALLOW = {"allow": frozenset({"journal-line"})}


@pytest.fixture
def journal(world: Bench, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The journal of an apply of several batches, one of which was lost."""
    monkeypatch.setattr(apply_sending, "pack", lambda changes: pack(changes, 12))
    world.settle = 120
    world.sandbox.faults.answer("POST", "/sync/history$", 504, skip=1)
    world.apply(PLAN)
    return journal_path(world.folders.journal, world.sandbox.world.uuid)


def damage(journal: Path, number: int) -> bool:
    """Flip a bit in the middle of a line; false where there is no such line."""
    lines = journal.read_bytes().split(b"\n")
    if number >= len(lines) - 1:
        return False
    line = bytearray(lines[number])
    line[len(line) // 2] ^= 1
    journal.write_bytes(b"\n".join([*lines[:number], bytes(line), *lines[number + 1 :]]))
    return True


@pytest.mark.parametrize("number", [0, 3, 7, 11, 14, *long(1, 2, 4, 5, 6, 8, 9, 10, 12, 13)])
def test_whatever_line_is_damaged_the_way_on_doubles_and_loses_nothing(
    world: Bench, journal: Path, number: int
) -> None:
    assert damage(journal, number)
    with pytest.raises(SafetyStop) as stopped:
        world.apply(PLAN)
    assert stopped.value.name == "journal-line"
    with pytest.raises(SafetyStop):
        world.undo()

    world.apply(PLAN, **ALLOW)
    world.apply_until_done(PLAN)

    assert world.plays() == sums([world.wanted(match) for match in (TITAN3B, ALCHEMIST, "movie 51")])
    assert not world.apply(PLAN).changes
