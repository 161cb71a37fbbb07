"""What `plan` writes, `validate` accepts: whatever maps and services say, the text holds, and the others stand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anitrakt_plan.errors import Failed
from anitrakt_plan.model import (
    Candidate,
    Decision,
    EntryKey,
    Facts,
    Kind,
    Match,
    MovieMatch,
    Part,
    Parts,
    Plan,
    PlanEntry,
    Policy,
    Progress,
    Ratio,
    RewatchPolicy,
    Run,
    ShowMatch,
    SourceInfo,
    Status,
    Straight,
    SyncKind,
)
from anitrakt_plan.model.matches import format_match
from anitrakt_plan.model.sending import clashes
from anitrakt_plan.planfile import finished_plan, load_plan, merge_plan
from anitrakt_plan.planfile.edit import edited
from tests.planfile.plan_strategies import plans, styled
from tests.planfile.plan_texts import HEAD, SERVICES

NORMAL = settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=600, deadline=None, suppress_health_check=list(HealthCheck))

numbers = st.integers(1, 30) | st.sampled_from([99_999, 100_000, 10**6])
run = st.builds(
    lambda season, first, more: Run(season, first, first + more),
    st.integers(0, 2) | st.sampled_from([2019, 12_345]),
    numbers,
    st.integers(0, 25),
)
some_runs = st.lists(run, min_size=1, max_size=3).map(tuple)
ratio = st.sampled_from([(2, 1), (1, 2), (3, 2), (1000, 1)])
part = st.builds(
    lambda first, more, runs: Part(first, first + more, runs), numbers, st.integers(0, 25), some_runs
)
mapping = (
    st.builds(Straight, some_runs)
    | st.builds(lambda runs, counts: Ratio(runs, *counts), some_runs, ratio)
    | st.lists(part, min_size=1, max_size=3).map(tuple).map(Parts)
)
work = st.integers(1, 3) | st.just(10**13)
match = st.builds(MovieMatch, work) | st.builds(ShowMatch, work, mapping)
candidate = st.builds(
    Candidate,
    match=match,
    title=st.text(max_size=8),
    year=st.none() | st.sampled_from([1999, 0, 20_000]),
    url=st.just("https://trakt.tv/shows/foo"),
    confidence=st.floats(0, 1.5),
    why=st.lists(st.text(max_size=5), max_size=2).map(tuple),
)
counts = st.none() | st.integers(1, 30) | st.sampled_from([100_000, 10**6])


@st.composite
def matched(draw: st.DrawFn, number: int) -> PlanEntry:
    """An entry as matching might make it of any world and any maps: nothing in it need fit anything else."""
    decision = draw(st.sampled_from([Decision.AUTO, Decision.AUTO, Decision.REVIEW]))
    place = draw(match) if decision is Decision.AUTO else None
    return PlanEntry(
        key=EntryKey("mal", number),
        title=draw(st.text(max_size=8)),
        facts=Facts(draw(st.sampled_from(Kind)), draw(st.sampled_from([None, 2019, 0])), draw(counts)),
        progress=Progress(
            draw(st.sampled_from([Status.COMPLETED, Status.COMPLETED, Status.WATCHING, Status.PLANNED])),
            draw(counts) or 0,
        ),
        decision=decision,
        match=place,
        candidates=() if place else tuple(draw(st.lists(candidate, max_size=6))),
        hint=f"{format_match(place)} · Foo (2019) · 0.998 · id-maps" if place else draw(st.text(max_size=9)),
    )


@st.composite
def fresh_plans(draw: st.DrawFn, *ids: int) -> Plan:
    wanted = ids or tuple(draw(st.lists(st.sampled_from([1, 2, 3, 4, 10**13]), max_size=4, unique=True)))
    return plan_of(*(draw(matched(number)) for number in sorted(wanted)))


def plan_of(*entries: PlanEntry) -> Plan:
    source = SourceInfo("mal", "me", len(entries), (Status.COMPLETED, Status.WATCHING, Status.PLANNED))
    return Plan("anitrakt 1", datetime(2026, 11, 29, tzinfo=UTC), source, None, Policy(), entries)


def check_fresh(plan: Plan) -> None:
    finished, proof = finished_plan(plan, "plan.yaml")
    loaded = load_plan(proof.loaded.raw, "plan.yaml")
    assert [mistake.render() for mistake in loaded.errors] == []
    assert {entry.key for entry in finished.entries} == {
        entry.key for entry in plan.entries
    } - proof.left_out.keys()
    # each entry that is in nobody's way stands as it would stand alone
    alone = {entry.key: finished_plan(plan_of(entry), "plan.yaml")[0].entries for entry in plan.entries}
    able = [entry for entries in alone.values() for entry in entries]
    clashing = {
        able[index].key
        for clash in clashes(able, plan.source.statuses, plan.policy.send)
        for index in (clash.first, clash.second)
    }
    for entry in finished.entries:
        if entry.key not in clashing:
            (same,) = alone[entry.key]
            assert (entry.decision, entry.match, entry.facts) == (same.decision, same.match, same.facts)


@NORMAL
@given(fresh_plans())
def test_a_fresh_plan_holds_whatever_is_said(plan: Plan) -> None:
    check_fresh(plan)


@pytest.mark.long
@LONG
@given(fresh_plans())
def test_every_fresh_plan_holds(plan: Plan) -> None:
    check_fresh(plan)


@st.composite
def re_plans(draw: st.DrawFn) -> tuple[bytes, Plan, frozenset[EntryKey]]:
    """A person's file, and a fresh plan of the same list by maps and services that have lost their wits."""
    plan = draw(plans(most=3))
    ids = {int(entry.key.id) for entry in plan.entries if entry.key.service == "mal"}
    fresh = draw(fresh_plans(*sorted(ids | {70_001})))
    sent = frozenset(entry.key for entry in plan.entries if draw(st.booleans()))
    return draw(styled(plan)), replace(fresh, at=plan.at + timedelta(days=7), policy=plan.policy), sent


def check_re_plan(world: tuple[bytes, Plan, frozenset[EntryKey]]) -> None:
    raw, fresh, sent = world
    old = load_plan(raw, "plan.yaml")
    assert old.plan is not None
    merged = merge_plan(old, fresh, sent=sent)
    loaded = load_plan(merged.text, "plan.yaml")
    assert [mistake.render() for mistake in loaded.errors] == []
    before = {entry.key: entry for entry in old.plan.entries}
    for entry in merged.plan.entries:
        was = before.get(entry.key)
        if was is not None and was.decision in (Decision.CONFIRMED, Decision.SKIP):
            written = next(draft.entry for draft in loaded.drafts if draft.entry.key == entry.key)
            assert (written.decision, written.match) == (was.decision, was.match)


@NORMAL
@given(re_plans())
def test_a_re_plan_holds_whatever_is_said(world: tuple[bytes, Plan, frozenset[EntryKey]]) -> None:
    check_re_plan(world)


@pytest.mark.long
@LONG
@given(re_plans())
def test_every_re_plan_holds(world: tuple[bytes, Plan, frozenset[EntryKey]]) -> None:
    check_re_plan(world)


# --- the kinds, one by one ---


def entry(number: int, place: Match | None, **values: object) -> PlanEntry:
    made = PlanEntry(
        key=EntryKey("mal", number),
        title="A Show",
        facts=Facts(Kind.TV, 2019, 12),
        progress=Progress(Status.COMPLETED, 12),
        decision=Decision.AUTO if place else Decision.REVIEW,
        match=place,
        hint=f"{format_match(place)} · A Show (2019) · 0.998 · id-maps" if place else "the best is 0.90",
    )
    return replace(made, **values)  # type: ignore[arg-type]


def runs(show: int, *spans: tuple[int, int, int]) -> ShowMatch:
    return ShowMatch(show, Straight(tuple(Run(*span) for span in spans)))


TWO_TARGETS = ShowMatch(1, Parts((Part(1, 12, (Run(1, 1, 12),)), Part(1, 12, (Run(2, 1, 12),)))))
FREE = runs(9, (1, 1, 12))


@pytest.mark.parametrize(
    ("place", "known", "watched", "why"),
    [
        (runs(1, (1, 1, 1088)), None, 1095, "1095 episodes were watched, and the match has room for 1088"),
        (runs(1, (1, 1, 10)), 12, 12, "the list has 12 episodes, this match 10"),
        (TWO_TARGETS, 12, 12, "the parts 1-12 and 1-12 of the list overlap"),
        (ShowMatch(1, Ratio((Run(1, 1, 5),), 1, 2)), 12, 12, "5 episodes can't be taken 2 at a time"),
        (ShowMatch(1, Ratio((Run(1, 1, 1),), 1, 2)), 12, 12, "1 episode can't be taken 2 at a time"),
        (ShowMatch(1, Ratio((Run(1, 1, 1),), 2, 1)), 12, 12, "ratio 2:1 this 1 episode is 2 of the list's"),
        (runs(1, (1, 1, 6), (1, 4, 9)), 12, 12, "the match names S01E04-E06 twice"),
    ],
)
def test_a_match_that_validate_refuses_waits_with_the_reason(
    place: Match, known: int | None, watched: int, why: str
) -> None:
    guilty = entry(1, place, facts=Facts(Kind.TV, 2019, known), progress=Progress(Status.WATCHING, watched))
    finished, _ = finished_plan(plan_of(guilty, entry(2, FREE)), "plan.yaml", services=SERVICES)
    held, other = finished.entries
    assert (held.decision, held.match) == (Decision.REVIEW, None)
    assert why in (held.hint or "")
    assert [one.match for one in held.candidates] == [place]
    assert held.candidates[0].confidence == 0.998
    assert held.url == "https://mal.example/anime/1"
    assert other == entry(2, FREE)


def test_a_match_that_no_file_can_hold_is_no_candidate_either() -> None:
    finished, _ = finished_plan(plan_of(entry(1, runs(1, (12_345, 1, 12))), entry(2, FREE)), "plan.yaml")
    assert (finished.entries[0].decision, finished.entries[0].candidates) == (Decision.REVIEW, ())
    assert finished.entries[1].decision is Decision.AUTO


def test_an_entry_that_no_file_can_hold_is_left_out_and_named() -> None:
    guilty = entry(1, FREE, facts=Facts(Kind.TV, 0, 12))
    finished, proof = finished_plan(plan_of(guilty, entry(2, FREE)), "plan.yaml")
    assert [one.key.id for one in finished.entries] == [2]
    assert proof.left_out == {guilty.key: "the year must be from 1 to 9999, not 0"}


def test_what_does_not_fit_is_in_nobodys_way() -> None:
    unfit = entry(1, runs(1, (1, 1, 10)))
    finished, _ = finished_plan(plan_of(unfit, entry(2, runs(1, (1, 1, 12)))), "plan.yaml")
    assert [one.decision for one in finished.entries] == [Decision.REVIEW, Decision.AUTO]


def test_what_stands_outside_the_entries_is_no_entrys_fault() -> None:
    plan = plan_of(entry(1, FREE))
    with pytest.raises(Failed, match="PLAN022"):
        finished_plan(replace(plan, policy=Policy(auto_from=7)), "plan.yaml")


def test_candidates_that_a_sent_entry_holds_are_left_out() -> None:
    def offered(*places: Match) -> tuple[Candidate, ...]:
        return tuple(Candidate(place, "A Show", 2019, "https://trakt.tv/x", 0.9) for place in places)

    taken, overlapping, free = runs(9, (1, 1, 12)), runs(9, (1, 12, 23)), runs(9, (1, 13, 24))
    some = entry(1, None, candidates=offered(taken, free, overlapping))
    none = entry(3, None, candidates=offered(overlapping))
    later = entry(4, None, candidates=offered(free, taken))
    finished, _ = finished_plan(plan_of(some, entry(2, FREE), none, later), "plan.yaml")
    assert [one.match for one in finished.entries[0].candidates] == [free]
    assert finished.entries[0].hint == "its best candidate is taken by mal:2"
    assert finished.entries[2].candidates == ()
    assert finished.entries[2].hint == "its best candidate is taken by mal:2, and no other is left"
    assert finished.entries[3].hint == "the best is 0.90"


@pytest.mark.parametrize(
    ("status", "send", "decision"),
    [
        (Status.PLANNED, {SyncKind.HISTORY, SyncKind.RATINGS}, Decision.AUTO),
        (Status.PLANNED, {SyncKind.HISTORY, SyncKind.WATCHLIST}, Decision.REVIEW),
        (Status.COMPLETED, {SyncKind.HISTORY}, Decision.REVIEW),
        (Status.COMPLETED, {SyncKind.WATCHLIST}, Decision.AUTO),
        (Status.DROPPED, {SyncKind.HISTORY}, Decision.AUTO),  # outside the plan's statuses
    ],
)
def test_nobody_is_asked_about_what_sends_nothing(
    status: Status, send: set[SyncKind], decision: Decision
) -> None:
    waiting = entry(
        1,
        None,
        progress=Progress(status, 0),
        candidates=(Candidate(FREE, "A Show", 2019, "https://trakt.tv/x", 0.9),),
    )
    plan = replace(plan_of(waiting), policy=Policy(send=frozenset(send)))
    finished, proof = finished_plan(plan, "plan.yaml")
    (found,) = finished.entries
    assert (found.decision, found.match) == (decision, None)
    assert (found.candidates == ()) is (decision is Decision.AUTO)
    assert proof.loaded.plan is not None
    if decision is Decision.AUTO:
        assert f"    match: null  #> sends nothing while it is {status}\n" in proof.loaded.text


def test_what_slept_is_asked_about_when_it_would_be_sent() -> None:
    asleep, _ = finished_plan(plan_of(entry(1, None, progress=Progress(Status.PLANNED))), "plan.yaml")
    old = load_plan(finished_plan(asleep, "plan.yaml")[1].loaded.raw, "plan.yaml")
    assert not merge_plan(old, plan_of(entry(1, None, progress=Progress(Status.PLANNED)))).changed
    now = merge_plan(old, plan_of(entry(1, None)))
    assert [one.decision for one in now.plan.entries] == [Decision.REVIEW]
    edited = old.text.replace("    decision: auto\n", "    send: [watchlist]\n    decision: auto\n")
    asked_for = load_plan(edited.encode(), "plan.yaml")
    assert [mistake.code for mistake in asked_for.errors] == ["PLAN040"]


def test_doubt_about_what_was_sent_survives_a_sleep() -> None:
    text = HEAD + (
        '  mal:1:\n    title: "A Show"\n    source: {kind: TV, episodes: 12}\n'
        "    list: {status: completed, watched: 12}\n    decision: auto\n"
        "    match: {show: 1, episodes: S01E01-E12}  #> 1 S01E01-E12 · A Show · 0.998\n"
    )
    key = EntryKey("mal", 1)
    sleeping = entry(1, None, progress=Progress(Status.PLANNED))
    slept = merge_plan(load_plan(text.encode(), "plan.yaml"), plan_of(sleeping), sent={key})
    assert (slept.plan.entries[0].decision, slept.plan.entries[0].match) == (
        Decision.AUTO,
        runs(1, (1, 1, 12)),
    )
    changed = replace(sleeping, facts=Facts(Kind.TV, 2019, 13))
    slept = merge_plan(slept.loaded, plan_of(changed), sent={key})
    assert (slept.plan.entries[0].decision, slept.plan.entries[0].match) == (Decision.AUTO, None)
    woken = merge_plan(slept.loaded, plan_of(entry(1, FREE)))
    assert woken.plan.entries[0].decision is Decision.REVIEW
    assert "was sent as 1 S01E01-E12" in (woken.plan.entries[0].hint or "")


COUNTED = Policy(rewatches=RewatchPolicy.COUNT)
OFTEN = Progress(Status.COMPLETED, 12, repeats=255)


def test_rewatches_beyond_reason_are_asked_about_and_sent_once_when_confirmed() -> None:
    plan = replace(plan_of(entry(1, FREE, progress=OFTEN)), policy=COUNTED)
    finished, proof = finished_plan(plan, "plan.yaml")
    (found,) = finished.entries
    assert (found.decision, found.match) == (Decision.REVIEW, None)
    assert found.hint == (
        "255 rewatches (3060 more plays) can't be right; once it is confirmed, it is sent as watched once"
    )
    assert [one.match for one in found.candidates] == [FREE]
    answered = edited(proof.loaded, found.key, decision=Decision.CONFIRMED, match=FREE)
    assert [(one.code, one.severity) for one in answered.diagnostics] == [("PLAN067", "warning")]
    sure = edited(proof.loaded, found.key, decision=Decision.CONFIRMED, match=FREE, sure=True)
    assert sure.diagnostics == ()
    # the next plan keeps the answer, and a corrected number falls silent
    assert not merge_plan(answered, plan).changed
    corrected = replace(plan_of(entry(1, FREE)), policy=COUNTED)
    assert merge_plan(proof.loaded, corrected).plan.entries[0].decision is Decision.AUTO


def test_rewatches_that_are_ignored_are_not_asked_about() -> None:
    finished, _ = finished_plan(plan_of(entry(1, FREE, progress=OFTEN)), "plan.yaml")
    assert finished.entries[0].decision is Decision.AUTO
