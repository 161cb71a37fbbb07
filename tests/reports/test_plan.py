"""Where an entry stands in a plan's text, for the summary."""

from __future__ import annotations

from anitrakt_plan.model import EntryKey
from anitrakt_plan.reports.plan import entry_lines


def test_an_entry_is_found_with_a_comment_behind_its_key() -> None:
    text = "entries:\n  anilist:20:  # seen twice\n    title: x\n  mal:21:\n"
    assert entry_lines(text) == {EntryKey.parse("anilist:20"): 2, EntryKey.parse("mal:21"): 4}
