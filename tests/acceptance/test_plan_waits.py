"""What waits for a person and what does not: rewatches beyond reason, what sends nothing, what newer rules changed.

Long: what `planfile/test_merge.py` proves, once more through the command.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.acceptance.conftest import Run
from tests.acceptance.living import (
    PLAN,
    USER,
    block_of,
    change,
    in_entry,
    list_entry,
    of_list,
    plan_file,
    text_of,
    weekly_user,
)
from tests.acceptance.wire import sent_plays
from tests.practice import Sandbox

UNKNOWN = 13053
"""An anime that Trakt does not have."""


def test_rewatches_beyond_reason_wait_and_are_sent_once_when_confirmed(
    anitrakt: Run, sandbox: Sandbox
) -> None:
    sandbox.lists.add_user(USER, [list_entry(sandbox, 25777, 12, repeats=255, finished="2019-02-24")])
    planned = anitrakt("plan", "--mal", USER, "--rewatches", "count", "-o", PLAN)
    assert "0 matched, 1 to review" in planned.err
    block = block_of(text_of(), "mal:25777")
    assert "decision: review  #> 255 rewatches (3060 more plays) can't be right" in block
    assert anitrakt("validate", PLAN).code == 0
    assert anitrakt("apply", PLAN).code == 0
    assert list(sent_plays(sandbox)) == []

    in_entry("mal:25777", "decision: review", "decision: confirmed")
    offer = next(line for line in block.splitlines() if line.strip().startswith("- {"))
    in_entry("mal:25777", "match: null", f"match: {offer.strip()[2:]}")
    checked = anitrakt("validate", PLAN)
    assert checked.code == 0
    assert "warning[PLAN067]" in checked.out
    assert anitrakt("apply", PLAN).code == 0
    assert len(list(sent_plays(sandbox))) == 12
    assert "Nothing new" in anitrakt("plan", "--update", PLAN).err


@pytest.fixture
def planned_entry(sandbox: Sandbox) -> None:
    user = weekly_user(sandbox)
    entry = of_list(user, UNKNOWN)
    entry.status, entry.watched = "planned", 0


def test_nobody_is_asked_about_what_would_send_nothing(
    planned_entry: None, anitrakt: Run, sandbox: Sandbox
) -> None:
    planned = anitrakt("plan", "--mal", USER, "--status", "all", "-o", PLAN)
    assert "12 entries: 11 matched, 0 to review, 1 that sends nothing." in planned.err
    assert "settle what is in review" not in planned.err
    block = block_of(text_of(), f"mal:{UNKNOWN}")
    assert "decision: auto\n    match: null  #> sends nothing while it is planned" in block
    assert "candidates" not in block
    assert anitrakt("validate", PLAN).code == 0
    assert "Nothing new" in anitrakt("plan", "--update", PLAN).err
    assert "review" not in anitrakt("show", PLAN).out
    assert "waits for a decision" in anitrakt("review", PLAN).err
    assert "to review" not in anitrakt("diff", PLAN).out

    more = anitrakt("plan", "--update", PLAN, "--send", "history,ratings,watchlist", "--json")
    assert json.loads(more.out)["decisions"]["review"] == 1
    assert json.loads(more.out)["send_nothing"] == 0
    assert "decision: review" in block_of(text_of(), f"mal:{UNKNOWN}")
    fewer = anitrakt("plan", "--update", PLAN, "--send", "history,ratings")
    assert "0 to review, 1 that sends nothing." in fewer.err


@pytest.mark.long
def test_an_entry_in_review_that_leaves_the_statuses_is_asked_about_no_more(
    anitrakt: Run, sandbox: Sandbox
) -> None:
    user = weekly_user(sandbox)
    plan_file(anitrakt)
    of_list(user, UNKNOWN).status = "dropped"
    result = anitrakt("plan", "--update", PLAN)
    assert "10 matched, 0 to review, 1 that sends nothing." in result.err
    assert "waits for a decision" in anitrakt("review", PLAN).err


def older(path: Path = PLAN) -> None:
    """The plan as a version before might have made it: another place for Death Note, and one candidate fewer."""
    text = text_of(path)
    tool = next(line for line in text.splitlines() if line.startswith("  tool:"))
    change((tool, '  tool: "anitrakt 0.1.0"'), path=path)
    line = next(line for line in block_of(text, "mal:1535").splitlines() if line.startswith("    match:"))
    show = line.split("show: ")[1].split(",")[0]
    place = f"{show} S01E02-E38"
    in_entry(
        "mal:1535", line, f"    match: {{show: {show}, episodes: S01E02-E38}}  #> {place} · Death Note", path
    )


@pytest.mark.long
def test_the_first_re_plan_by_another_version_says_what_its_rules_changed(
    anitrakt: Run, sandbox: Sandbox
) -> None:
    weekly_user(sandbox)
    plan_file(anitrakt)
    wanted = block_of(text_of(), "mal:1535").split("#>")[0]
    older()
    result = anitrakt("plan", "--update", PLAN)
    assert "anitrakt 0.1.0 made this plan" in result.err
    assert "1 match changed because of them." in result.err
    assert block_of(text_of(), "mal:1535").startswith(wanted)
    assert "made this plan" not in anitrakt("plan", "--update", PLAN).err


def test_another_version_with_nothing_to_say_changes_not_one_byte(anitrakt: Run, sandbox: Sandbox) -> None:
    weekly_user(sandbox)
    plan_file(anitrakt)
    tool = next(line for line in text_of().splitlines() if line.startswith("  tool:"))
    before = change((tool, '  tool: "anitrakt 0.1.0"'))
    result = anitrakt("plan", "--update", PLAN)
    assert text_of() == before
    assert "made this plan" not in result.err
