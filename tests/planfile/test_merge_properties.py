"""A re-plan of an unchanged world changes no byte, and no re-plan ever loses what a person wrote."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anitrakt_plan.model import Decision, EntryKey, MovieMatch, Plan, PlanEntry, ShowMatch, Status
from anitrakt_plan.model.matches import goes_on
from anitrakt_plan.model.sending import is_asleep, subjects_of_match
from anitrakt_plan.planfile import load_plan, merge_plan
from anitrakt_plan.planfile.consistency import asleep
from tests.planfile.plan_strategies import entries, plans, styled

NORMAL = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=250, deadline=None, suppress_health_check=list(HealthCheck))


def remarks(text: str) -> list[str]:
    return sorted(re.findall(r"# mine[^\r\n]*", text))


def as_planned(plan: Plan, entry: PlanEntry) -> PlanEntry:
    """The entry as `plan` leaves it: what sends nothing is not in review, unless a person put it there."""
    waits = entry.decision is Decision.REVIEW and entry.match is None
    return asleep(entry) if waits and is_asleep(plan, entry) else entry


@st.composite
def same_worlds(draw: st.DrawFn) -> tuple[bytes, Plan]:
    """A file, and what anitrakt would plan today if only its confidence has changed."""
    plan = draw(plans())
    plan = replace(plan, entries=tuple(as_planned(plan, entry) for entry in plan.entries))
    fresh = []
    for entry in plan.entries:
        if entry.progress.status is Status.GONE:
            continue
        today = replace(entry, note=None, send=None, rate=None, dates=None, sure=False)
        if entry.decision in (Decision.CONFIRMED, Decision.SKIP):
            today = replace(today, decision=Decision.REVIEW, match=None, attention=(), candidates=())
        elif entry.decision is Decision.REVIEW or entry.match is None:
            today = replace(today, decision=Decision.REVIEW, match=None)
        jittered = tuple(replace(one, confidence=draw(st.floats(0, 1))) for one in today.candidates)
        fresh.append(replace(today, candidates=jittered, hint=f"{today.hint or ''} · 0.5"))
    later = plan.at + timedelta(days=7)
    return draw(styled(plan)), replace(plan, at=later, tool="anitrakt 9", entries=tuple(fresh))


def check_nothing_new(world: tuple[bytes, Plan]) -> None:
    raw, fresh = world
    old = load_plan(raw, "plan.yaml")
    assert old.plan is not None, old.errors[0].render()
    merged = merge_plan(old, fresh)
    assert merged.text == raw
    assert not merged.changed
    assert not merged.changes


@NORMAL
@given(same_worlds())
def test_nothing_new_means_not_one_byte_changes(world: tuple[bytes, Plan]) -> None:
    check_nothing_new(world)


@pytest.mark.long
@LONG
@given(same_worlds())
def test_nothing_new_never_changes_a_byte(world: tuple[bytes, Plan]) -> None:
    check_nothing_new(world)


@st.composite
def other_worlds(draw: st.DrawFn) -> tuple[bytes, Plan, frozenset[EntryKey]]:
    """A file, and a fresh plan of a list that has changed in any way: entries new, gone, and matched differently."""
    plan = draw(plans())
    other = draw(plans())
    kept = (
        draw(st.lists(st.sampled_from(plan.entries), unique_by=lambda one: one.key)) if plan.entries else []
    )
    fresh = {one.key: draw(entries(one.key)) for one in kept} | {one.key: one for one in other.entries}
    planned = []
    for key in sorted(fresh):
        one = fresh[key]
        if one.decision in (Decision.CONFIRMED, Decision.SKIP):
            one = replace(one, decision=Decision.REVIEW)
        if one.decision is Decision.REVIEW:
            one = replace(one, match=None, sure=False)
        planned.append(replace(one, note=None, send=None, rate=None, dates=None))
    sent = frozenset(key for key in fresh if draw(st.booleans()))
    return draw(styled(plan)), replace(other, entries=tuple(planned)), sent


def check_survival(world: tuple[bytes, Plan, frozenset[EntryKey]]) -> None:
    raw, fresh, sent = world
    old = load_plan(raw, "plan.yaml")
    assert old.plan is not None, old.errors[0].render()
    merged = merge_plan(old, fresh, sent=sent)
    again = load_plan(merged.text, "plan.yaml")
    assert again.plan == merged.plan
    assert [remark for remark in remarks(old.text) if remark not in remarks(again.text)] == []
    assert again.encoding == old.encoding
    after = {draft.entry.key: draft.entry for draft in again.drafts}
    for draft in old.drafts:
        check_entry(draft.entry, after[draft.entry.key], draft.entry.key in sent)
    assert set(after) == {one.key for one in old.plan.entries} | {one.key for one in fresh.entries}
    assert merge_plan(again, fresh, sent=sent).text == merged.text


def check_entry(before: PlanEntry, after: PlanEntry, sent: bool) -> None:
    def owned(one: PlanEntry) -> tuple[object, ...]:
        return (one.note, one.send, one.rate, one.dates)

    assert owned(after) == owned(before)
    if before.decision in (Decision.CONFIRMED, Decision.SKIP):
        assert (after.decision, after.match, after.sure) == (before.decision, before.match, before.sure)
    if before.decision is Decision.REVIEW and before.match is not None:
        assert (after.decision, after.match) == (before.decision, before.match)
    if before.decision is Decision.AUTO and sent and after.decision is Decision.AUTO:
        if after.match is None:  # it sends nothing by now; what was sent is remembered
            assert [one.match for one in after.candidates if "already-sent" in one.why] == [before.match]
            return
        assert isinstance(before.match, ShowMatch | MovieMatch)
        assert isinstance(after.match, ShowMatch | MovieMatch)
        assert goes_on(before.match, after.match), "plays were sent by the old match"
        sent_as = set(subjects_of_match(before, before.match)[1])
        assert sent_as <= set(subjects_of_match(before, after.match)[0]), "an episode that was sent is lost"


@NORMAL
@given(other_worlds())
def test_what_a_person_wrote_survives_a_re_plan(world: tuple[bytes, Plan, frozenset[EntryKey]]) -> None:
    check_survival(world)


@pytest.mark.long
@LONG
@given(other_worlds())
def test_what_a_person_wrote_survives_every_re_plan(world: tuple[bytes, Plan, frozenset[EntryKey]]) -> None:
    check_survival(world)
