"""An edit of any plan, however it is laid out, changes the one entry exactly and keeps every comment of the user's."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from anitrakt_plan.model import Address, Decision, Match, Plan
from anitrakt_plan.planfile import dump_plan, load_plan
from anitrakt_plan.planfile.dump import key_lines
from anitrakt_plan.planfile.edit import KEEP, EntryRefused, Keep, edited
from anitrakt_plan.planfile.fields import ENTRY
from anitrakt_plan.planfile.open_plan import OpenPlan
from tests.planfile.plan_strategies import (
    addresses,
    byte_order_marks,
    key_orders,
    line_ends,
    matches,
    plans,
    texts,
)

NORMAL = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck))


tails = st.sampled_from(["", " #> not ours", ": {", ' "', " é"])
between = st.sampled_from(["", "", "\n", "{inner}{remark}\n", "      {remark}\n"])


@dataclass(frozen=True)
class Edit:
    """What a person answers."""

    decision: Decision
    match: Match | Address | Keep | None
    note: str | Keep | None
    sure: bool
    hint: str | None


@st.composite
def laid_out(draw: st.DrawFn) -> tuple[Plan, bytes]:
    """A plan and its bytes in some person's style: order, indentation, blocks, comments, line ends, mark."""
    plan = draw(plans(most=4))
    assume(plan.entries)
    head = dump_plan(replace(plan, entries=())).replace("entries: {}\n", "entries:\n")
    counter = iter(range(10_000))

    def remark() -> str:
        return f"# user {next(counter)}" + draw(tails)

    text = head
    for entry in plan.entries:
        inner = "  " + " " * draw(st.integers(1, 5))
        fields = draw(key_orders) if draw(st.booleans()) else ENTRY
        if draw(st.booleans()):
            text += f"  {remark()}\n"
        text += f"  {entry.key}:" + (f" {remark()}\n" if draw(st.booleans()) else "\n")
        for field in fields:
            lines = key_lines(entry, field)
            if field.name == "match" and lines[0].startswith("match: {") and draw(st.booleans()):
                lines = _broken_up(lines[0], remark, block="[{" not in lines[0] and draw(st.booleans()))
            for line in lines:
                text += inner + line
                text += f"  {remark()}" if "#>" not in line and draw(st.booleans()) else ""
                follows = draw(between)
                text += "\n" + (follows.format(inner=inner, remark=remark()) if "{" in follows else follows)
    newline, mark = draw(line_ends), draw(byte_order_marks)
    return plan, (mark + text.replace("\n", newline)).encode()


def _broken_up(line: str, remark: Callable[[], str], *, block: bool) -> list[str]:
    """A match in one line, spread over several with comments between: as a block, or as a flow map."""
    value, _, hint = line.removeprefix("match: ").partition("  #>")
    inside = value.removeprefix("{").removesuffix("}")
    first, _, rest = inside.partition(", ")
    hint = f"  #>{hint}" if hint else f"  {remark()}"
    if block:
        pieces = re.split(r", (?=[a-z]+: )", rest) if rest else []
        return [
            f"match:{hint}",
            f"     {remark()}",
            f"     {first}  {remark()}",
            *(f"     {one}" for one in pieces),
        ]
    return [
        f"match: {{{first}  {remark()}",
        f"      {remark()}",
        f"    {',' if rest else ''} {rest} }}{hint}",
    ]


edits = st.builds(
    Edit,
    st.sampled_from([Decision.CONFIRMED, Decision.SKIP, Decision.REVIEW]),
    st.just(KEEP) | st.none() | matches(st.integers(10**8, 10**9)) | addresses,
    st.just(KEEP) | st.none() | texts,
    st.booleans(),
    st.none() | texts,
)


def user_comments(raw: bytes) -> list[str]:
    return sorted(re.findall(r"# user \d+[^\r\n]*", raw.decode()))


def check_edit(plan: Plan, raw: bytes, edit: Edit, which: int) -> None:
    before = load_plan(raw, "plan.yaml")
    assert before.plan is not None, before.errors[0].render()
    old = before.plan.entries[which % len(plan.entries)]
    sure = edit.sure and not isinstance(edit.match, Address) and edit.match is not None
    try:
        after_raw = edited(
            before,
            old.key,
            decision=edit.decision,
            match=edit.match,
            note=edit.note,
            sure=sure,
            hint=edit.hint,
        ).raw
    except EntryRefused:
        return
    after = load_plan(after_raw, "plan.yaml")
    assert after.plan is not None
    wanted = replace(old, decision=edit.decision, hint=None)
    if edit.match is not KEEP:
        wanted = replace(wanted, match=edit.match, sure=sure)
    if edit.note is not KEEP:
        wanted = replace(wanted, note=edit.note)
    for one in after.plan.entries:
        if one.key == old.key:
            assert replace(one, hint=None) == wanted
        else:
            assert one == next(entry for entry in before.plan.entries if entry.key == one.key)
    assert user_comments(after_raw) == user_comments(raw)
    assert (b"\r\n" in after_raw) == (b"\r\n" in raw)
    lines = after_raw.split(b"\n")
    assert all(line.endswith(b"\r") for line in lines[:-1]) or b"\r\n" not in after_raw


@NORMAL
@given(laid_out(), edits, st.integers(0, 10))
def test_an_edit_changes_one_entry_exactly_and_keeps_every_comment(
    laid: tuple[Plan, bytes], edit: Edit, which: int
) -> None:
    check_edit(*laid, edit, which)


@pytest.mark.long
@LONG
@given(laid_out(), edits, st.integers(0, 10))
def test_every_edit_changes_one_entry_exactly_and_keeps_every_comment(
    laid: tuple[Plan, bytes], edit: Edit, which: int
) -> None:
    check_edit(*laid, edit, which)


def check_open_edit(plan: Plan, raw: bytes, edit: Edit, which: int) -> None:
    """An open plan answers as `edited` does, reads as its text reads, and takes the answer back to the byte."""
    loaded = load_plan(raw, "plan.yaml")
    key = plan.entries[which % len(plan.entries)].key
    sure = edit.sure and not isinstance(edit.match, Address) and edit.match is not None
    answer = {
        "decision": edit.decision,
        "match": edit.match,
        "note": edit.note,
        "sure": sure,
        "hint": edit.hint,
    }
    before = OpenPlan.of(loaded)
    try:
        wanted = edited(loaded, key, **answer)  # type: ignore[arg-type]
    except EntryRefused:
        with pytest.raises(EntryRefused):
            before.answered(key, **answer)
        return
    after = before.answered(key, **answer)
    assert after.text == wanted.text
    assert after.plan == wanted.plan
    again = OpenPlan.of(load_plan(after.raw, "plan.yaml"))
    assert [after.lines_of(one.key) for one in plan.entries] == [
        again.lines_of(one.key) for one in plan.entries
    ]
    back = after.put_back(key, now=after.lines_of(key), before=before.lines_of(key))
    assert (back.text, back.plan) == (before.text, before.plan)


def test_empty_lines_above_an_entrys_last_key_go_with_it() -> None:
    file = Path(__file__).parents[2] / "examples" / "plan.yaml"
    plan = load_plan(file.read_bytes(), "plan.yaml").plan
    assert plan is not None
    key, last = plan.entries[0].key, plan.entries[-1].key
    noted = edited(load_plan(file.read_bytes(), "plan.yaml"), last, decision=Decision.SKIP, note="look again")
    assert key != last
    text = noted.text.replace("    note:", "\n  \n    note:")
    before = OpenPlan.of(load_plan(text.encode(), "plan.yaml"))
    after = before.answered(last, decision=Decision.SKIP, note=None)
    assert after.text == re.sub(r"\n  \n    note:.*\n", "", text)
    assert after.lines_of(last) == OpenPlan.of(load_plan(after.raw, "plan.yaml")).lines_of(last)
    assert after.put_back(last, now=after.lines_of(last), before=before.lines_of(last)).text == text


@NORMAL
@given(laid_out(), edits, st.integers(0, 10))
def test_an_open_plan_answers_as_an_edit_does_and_takes_it_back(
    laid: tuple[Plan, bytes], edit: Edit, which: int
) -> None:
    check_open_edit(*laid, edit, which)


@pytest.mark.long
@LONG
@given(laid_out(), edits, st.integers(0, 10))
def test_every_open_plan_answers_as_an_edit_does_and_takes_it_back(
    laid: tuple[Plan, bytes], edit: Edit, which: int
) -> None:
    check_open_edit(*laid, edit, which)


@NORMAL
@given(laid_out(), edits, st.integers(0, 10))
def test_answering_the_same_again_changes_nothing(laid: tuple[Plan, bytes], edit: Edit, which: int) -> None:
    plan, raw = laid
    key = plan.entries[which % len(plan.entries)].key
    again = raw
    for _ in range(2):
        try:
            raw, again = (
                again,
                edited(
                    load_plan(again, "p"),
                    key,
                    decision=edit.decision,
                    match=edit.match,
                    note=edit.note,
                    hint=edit.hint,
                ).raw,
            )
        except EntryRefused:
            return
    assert again == raw
