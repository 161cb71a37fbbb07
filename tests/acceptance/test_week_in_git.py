"""A week of a plan that is kept in git: its diff shows what happened, and no other line."""

from __future__ import annotations

from pathlib import Path

import pytest

from anitrakt_plan import __version__
from anitrakt_plan.matching import weights as calibration
from anitrakt_plan.matching.search import CLIP_UNASKED
from tests.acceptance.conftest import Run
from tests.acceptance.living import (
    PLAN,
    a_month_later,
    block_of,
    change,
    changed_places,
    in_entry,
    list_entry,
    of_list,
    plan_file,
    text_of,
    weekly_user,
)
from tests.practice import Sandbox

STEINS_GATE, FRUITS_BASKET, K_RETURN, RIZELMINE, HUNTER = 9253, 120, 27991, 197, 11061


def lived_in() -> None:
    """Edit the plan as a person does over the weeks: comments everywhere, a note, decisions, odd spaces."""
    change(
        ("entries:\n", "entries:  # mine\n\n  # --- seen long ago ---\n"),
        ('tool: "', "tool:   '"),
        (f'{__version__}"\n', f"{__version__}'  # first one\n"),
    )
    in_entry("mal:1535", "decision: auto", "decision:   confirmed   # twice, really")
    in_entry("mal:5114", "    rates:", "    # the best of all\n    rates:")
    in_entry("mal:13053", f"decision: review  #> {CLIP_UNASKED}", "decision: skip")
    in_entry("mal:13053", "match: null\n", 'match: null\n    note: "A music video."\n')
    with PLAN.open("a", encoding="utf-8", newline="\n") as file:
        file.write("# the end\n")


def test_the_diff_of_a_week_shows_what_happened_and_no_other_line(
    anitrakt: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    user = weekly_user(sandbox)
    plan_file(anitrakt, "--verify")
    lived_in()
    anitrakt("plan", "--update", PLAN, "--verify")
    before = text_of()

    user.entries.append(list_entry(sandbox, HUNTER, 148, score=90, finished="2026-11-21"))  # the list grows
    of_list(user, STEINS_GATE).score = 80  # an entry gets a new score
    user.entries.remove(of_list(user, FRUITS_BASKET))  # one disappears
    sandbox.catalogue.merge_seasons(45546, 2, 1)  # a season moves on Trakt
    rizelmine = sandbox.catalogue.anime_by(mal=RIZELMINE)  # an id map changes its mind
    assert rizelmine is not None
    rizelmine.anibridge = {"tmdb_show:34684:s1": {"1-24": None}}
    a_month_later(tmp_path / "anitrakt-home")
    result = anitrakt("plan", "--update", PLAN, "--verify")

    after = text_of()
    happened = {f"mal:{key}" for key in (HUNTER, STEINS_GATE, FRUITS_BASKET, K_RETURN, RIZELMINE)}
    assert result.code == 0
    assert changed_places(before, after) == {"generated", *happened}
    assert "status: gone" in block_of(after, "mal:120")
    assert "rating: 8" in block_of(after, "mal:9253")
    assert "S01E14-E26" in block_of(after, "mal:27991")
    assert "decision: review" in block_of(after, "mal:197")
    for key in happened:
        assert key in result.err  # and the summary names them
    assert "45546 S02E01-E13 → 45546 S01E14-E26" in result.err
    assert "mal:197  Rizelmine   auto → review (" in result.err


def test_other_weights_of_the_matcher_change_no_line(
    anitrakt: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    weekly_user(sandbox)
    plan_file(anitrakt)
    lived_in()
    anitrakt("plan", "--update", PLAN)
    before = text_of()
    shifted = {
        signal: {level: weight * 0.95 for level, weight in levels.items()}
        for signal, levels in calibration.WEIGHTS.items()
    }

    monkeypatch.setattr(calibration, "WEIGHTS", shifted)
    monkeypatch.setattr(calibration, "CERTAIN", 0.997)
    result = anitrakt("plan", "--update", PLAN)
    quietly = text_of()
    anitrakt("plan", "--update", PLAN, "--refresh")

    assert "Nothing new" in result.err
    assert quietly == before
    assert changed_places(before, text_of()) > {"generated"}  # they do weigh otherwise, when asked for
