"""A repair file open for answers: a decision is its own word alone, and what would be wrong is refused."""

from __future__ import annotations

from dataclasses import replace
from time import process_time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anitrakt_plan.model.repair import Repair, RepairDecision
from anitrakt_plan.planfile.edit import EntryGone, EntryRefused
from anitrakt_plan.planfile.open_plan import TextChanged
from anitrakt_plan.planfile.open_repair import OpenRepair
from anitrakt_plan.planfile.repair import dump_repair, load_repair
from tests.planfile.test_repair import TEXT, repairs


def opened(text: str) -> OpenRepair:
    loaded = load_repair(text.encode(), "repair.yaml")
    assert loaded.repair is not None, [one.message for one in loaded.errors]
    return OpenRepair.of(loaded)


def test_a_decision_changes_its_own_word_alone() -> None:
    after = opened(TEXT).decided({"G001": RepairDecision.KEEP})

    assert after.text == TEXT.replace("decision: review", "decision: keep")
    assert after.repair == load_repair(after.raw, "repair.yaml").repair


def test_what_says_so_already_is_left_to_the_byte() -> None:
    before = opened(TEXT)

    assert before.decided({"G001": RepairDecision.REVIEW, "G002": RepairDecision.REDATE}) is before


def test_a_decision_that_can_not_stand_is_refused() -> None:
    with pytest.raises(EntryRefused, match="has no day"):
        opened(TEXT).decided({"G001": RepairDecision.REDATE})


def test_a_play_of_two_groups_is_decided_in_both_or_in_none() -> None:
    shared = TEXT.replace("id: 9000000125, item: 1420 S03E01", "id: 9000000123, item: 1420 S02E01")
    before = opened(shared.replace("decision: redate", "decision: review"))

    with pytest.raises(EntryRefused, match="play 9000000123 is in `G001` and in `G002`"):
        before.decided({"G001": RepairDecision.KEEP})
    both = before.decided({"G001": RepairDecision.KEEP, "G002": RepairDecision.KEEP})
    assert load_repair(both.raw, "repair.yaml").repair == both.repair


def test_a_decision_is_put_back_as_it_was_written() -> None:
    text = TEXT.replace("decision: review", "decision: 'review'")
    after = opened(text).decided({"G001": RepairDecision.KEEP})
    assert "decision: keep  # not yet" in after.text

    back = after.put_back("G001", now="keep", before="'review'", decision=RepairDecision.REVIEW)
    assert back.text == text
    with pytest.raises(TextChanged):
        back.put_back("G001", now="keep", before="'review'", decision=RepairDecision.REVIEW)
    with pytest.raises(EntryGone):
        back.decided({"G009": RepairDecision.KEEP})


def test_a_decision_that_is_a_block_is_brought_into_form_first() -> None:
    after = opened(TEXT.replace("decision: review  # not yet", "decision: |-\n      review")).decided(
        {"G001": RepairDecision.KEEP}
    )

    assert "    decision: keep\n" in after.text
    assert load_repair(after.raw, "repair.yaml").repair == after.repair


def test_one_line_of_json_is_a_repair_too() -> None:
    text = (
        '{"format": "anitrakt-repair/1", "tool": "t", "at": "2026-11-30T10:00:00Z", '
        '"account": {"user": "u", "uuid": "v"}, "groups": {"G001": {"kind": "doubled", "about": "A", "why": "w", '
        '"plays": [], "suggest": "remove", "decision": "review"}}}'
    )

    after = opened(text).decided({"G001": RepairDecision.KEEP})
    assert after.text == text.replace('"review"', "keep")
    assert load_repair(after.raw, "repair.yaml").repair == after.repair


@settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(repair=repairs(), draw=st.data())
def test_whatever_is_answered_the_file_says_it_and_undo_is_exact(repair: Repair, draw: st.DataObject) -> None:
    before = opened(dump_repair(repair))
    for group in repair.groups:
        after = before.decided({group.key: draw.draw(st.sampled_from(RepairDecision))})
        again = load_repair(after.raw, "repair.yaml")
        assert not again.errors
        assert again.repair == after.repair
        now, was = after.word_of(group.key), before.word_of(group.key)
        back = after.put_back(group.key, now=now, before=was, decision=group.decision)
        assert back.text == before.text
        assert back.repair == before.repair


def test_an_answer_in_a_large_file_is_quick() -> None:
    """A megabyte: thousands of plays in hundreds of groups."""
    repair = load_repair(TEXT.encode(), "repair.yaml").repair
    assert repair is not None
    one = repair.groups[0].plays[0]
    groups = tuple(
        replace(
            repair.groups[1],
            key=f"G{number:03d}",
            plays=tuple(replace(one, id=number * 1000 + at) for at in range(40)),
        )
        for number in range(1, 251)
    )
    before = opened(dump_repair(replace(repair, groups=groups)))
    assert len(before.raw) > 1_000_000
    started = process_time()
    after = before.decided({"G200": RepairDecision.KEEP})
    assert after.raw != before.raw
    assert process_time() - started < 0.1
