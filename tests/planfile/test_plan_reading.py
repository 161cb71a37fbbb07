"""What stands in a plan file is read as text that can be written again."""

from __future__ import annotations

import pytest

from anitrakt_plan.commands.services import KNOWN_SERVICES
from anitrakt_plan.model import EntryKey
from anitrakt_plan.planfile import load_plan
from tests.planfile.plan_texts import HEAD, PLAN, SEQUEL


@pytest.mark.parametrize(
    ("written", "read"),
    [(r"a \ud83d half", "a \ufffd half"), (r"\ud83d\ude00", "😀"), (r"\\ud83d", r"\ud83d")],
)
def test_half_an_emoji_that_somebody_escaped_costs_one_sign(written: str, read: str) -> None:
    head, title, tail = PLAN.partition('title: "')
    text = head + title + written + tail[tail.index('"') :]

    loaded = load_plan(text.encode(), "plan.yaml")

    assert loaded.plan is not None
    assert loaded.plan.entries[0].title == read


def test_an_entry_is_found_in_its_line_with_a_comment_behind_its_key() -> None:
    text = HEAD + SEQUEL.replace("mal:38524:", "mal:38524:  # seen twice")

    loaded = load_plan(text.encode(), "plan.yaml")

    assert loaded.line_of == {EntryKey.parse("mal:38524"): HEAD.count("\n") + 1}


def test_a_key_of_a_list_service_that_nobody_reads_is_refused() -> None:
    text = HEAD + SEQUEL.replace("mal:38524:", "kitsu:38524:")

    loaded = load_plan(text.encode(), "plan.yaml", services=KNOWN_SERVICES)

    assert [error.code for error in loaded.errors] == ["PLAN015"]
