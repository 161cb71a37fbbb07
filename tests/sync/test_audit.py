"""What an audit calls foreign, and above all what it never does."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from anitrakt_plan.model import (
    Candidate,
    Decision,
    EntryKey,
    EpisodeItem,
    EpisodeSubject,
    Facts,
    Kind,
    MovieItem,
    MovieSubject,
    Plan,
    PlanEntry,
    Play,
    Policy,
    Progress,
    ShowSubject,
    SourceInfo,
    Status,
)
from anitrakt_plan.model.account import ListSubject, PlaySubject, work_of
from anitrakt_plan.model.dates import EPOCH, Undated
from anitrakt_plan.model.matches import parse_match
from anitrakt_plan.model.repair import RepairDecision, RepairGroup, RepairKind
from anitrakt_plan.sync.audit import (
    GROUPS_PER_ENTRY,
    MAX_ID_GAP,
    MIN_GROUPS,
    Evidence,
    Listed,
    audit,
    find,
    listed_of,
    write_runs,
)

TITAN, OTHER, THIRD, WRONG = 1420, 77, 78, 99
FIRST, SECOND = EntryKey("mal", 16498), EntryKey("mal", 25777)
NOON = datetime(2019, 2, 17, tzinfo=UTC)
NOW = datetime(2025, 3, 2, 18, 4, tzinfo=UTC)
SCRIPT = 5_000_000_000


def episode(show: int, season: int, number: int, play: int, at: datetime, action: str = "watch") -> Play:
    return Play(play, at, action, EpisodeItem(show, season, number, show * 10_000 + season * 100 + number))


def film(movie: int, play: int, at: datetime, action: str = "watch") -> Play:
    return Play(play, at, action, MovieItem(movie))


def season(show: int, number: int, count: int, play: int, at: datetime) -> list[Play]:
    """A season's plays at one minute, with ids one after the other."""
    return [episode(show, number, at_ + 1, play + at_, at) for at_ in range(count)]


def listed(
    key: EntryKey, *subjects: PlaySubject, times: int = 1, finished: date | None = None, settled: bool = True
) -> Listed:
    return Listed(
        key,
        str(key),
        frozenset(subjects),
        frozenset(map(work_of, subjects)),
        settled,
        times,
        finished=finished,
    )


def run_of(show: int, number: int, first: int, last: int) -> tuple[PlaySubject, ...]:
    return tuple(EpisodeSubject(show, number, at) for at in range(first, last + 1))


ONE = listed(FIRST, *run_of(TITAN, 1, 1, 12), finished=NOON.date())
ANOTHER = listed(EntryKey("mal", 2), *run_of(OTHER, 1, 1, 12), finished=date(2018, 1, 1))
ONE_MORE = listed(EntryKey("mal", 3), *run_of(THIRD, 1, 1, 12), finished=date(2017, 1, 1))
LIST = (ONE, ANOTHER, ONE_MORE)


def evidence(plays: Iterable[Play], entries: Iterable[Listed] = LIST, **more: object) -> Evidence:
    return Evidence(tuple(entries), tuple(plays), UTC, **more)  # type: ignore[arg-type]


def found(
    plays: Iterable[Play], entries: Iterable[Listed] = LIST, **more: object
) -> dict[int, tuple[str, str]]:
    """By the ids of plays what is wrong with them, and what is suggested."""
    return {
        one.play.id: (one.kind.value, one.suggest.value) for one in find(evidence(plays, entries, **more))
    }


def whole_show(at: datetime = NOON, first: int = SCRIPT) -> list[Play]:
    """What a script wrote for the first season's entry: all of the show."""
    return [
        *season(TITAN, 1, 12, first, at),
        *season(TITAN, 2, 12, first + 12, at),
        *season(TITAN, 0, 2, first + 24, at),
    ]


def clocked(first: int = SCRIPT) -> list[Play]:
    """What a script wrote that stamps its plays with the present: three works, an entry a second."""
    return [
        *season(TITAN, 1, 12, first, NOW),
        *season(OTHER, 1, 12, first + 30, NOW),
        *season(THIRD, 1, 12, first + 60, NOW + timedelta(minutes=1)),
    ]


def plan_of(decision: str, status: str, match: str | None, *candidates: str) -> Plan:
    """A plan of one entry."""
    entry = PlanEntry(
        FIRST,
        "A Show",
        Facts(Kind.TV, 2013, 25),
        Progress(Status(status), 5),
        Decision(decision),
        parse_match(match) if match else None,
        candidates=tuple(Candidate(parse_match(one), "A Show", 2013, "", 0.5) for one in candidates),
    )
    source = SourceInfo("mal", "me", 1, (Status.COMPLETED,))
    return Plan("anitrakt 1", NOW, source, "me", Policy(), (entry,))


# --- write runs ---


def test_a_run_is_of_neighbouring_ids_over_several_works() -> None:
    plays = [
        *season(TITAN, 1, 6, SCRIPT, NOON),
        *season(OTHER, 1, 6, SCRIPT + 30, NOON - timedelta(days=400)),
    ]

    assert write_runs(plays).members == {play.id for play in plays}


@pytest.mark.parametrize(
    "plays",
    [
        [
            episode(TITAN, 1, at, SCRIPT + at * 10 * MAX_ID_GAP, NOON + timedelta(days=at))
            for at in range(1, 13)
        ],
        [episode(TITAN, 1, at, SCRIPT + at, NOON + timedelta(days=at)) for at in range(1, 13)],
        [episode(TITAN, 1, at, SCRIPT + at, NOON) for at in (1, 2)],
        [episode(TITAN, 1, at, SCRIPT + at, EPOCH) for at in range(1, 13)],
    ],
    ids=["evenings far apart", "one work alone", "a double episode", "no dates, one work"],
)
def test_what_is_no_run(plays: list[Play]) -> None:
    assert write_runs(plays).members == frozenset()


def test_a_run_dates_by_its_own_time_where_it_follows_the_clock() -> None:
    assert write_runs(clocked()).clocked == {play.id for play in clocked()}
    assert write_runs(whole_show()).clocked == frozenset()


def test_a_run_that_knows_some_days_dates_the_others_by_its_own_time() -> None:
    dated = season(OTHER, 1, 12, SCRIPT + 12, NOON)
    stamped = [
        *season(TITAN, 1, 12, SCRIPT, NOW),
        *season(THIRD, 1, 12, SCRIPT + 60, NOW),
        film(5, SCRIPT + 90, NOW),
    ]

    assert write_runs([*stamped, *dated]).clocked == {play.id for play in stamped}


# --- each kind ---


def test_a_whole_show_for_one_season_of_it() -> None:
    assert found(whole_show()) == {
        SCRIPT + at: ("whole-show", "remove") for at in range(12, 26)
    }  # the second season and the specials, and nothing of the first


def test_a_second_run_is_doubled_and_one_of_each_stays() -> None:
    plays = [*season(TITAN, 1, 12, SCRIPT, NOON), *season(TITAN, 1, 12, SCRIPT + 90_000, NOON)]
    assert found(plays) == {SCRIPT + 90_000 + at: ("doubled", "remove") for at in range(12)}
    (group,) = audit(evidence(plays))
    assert {play.id for play in group.keeps} == {SCRIPT + at for at in range(12)}


def test_what_the_person_watched_stays_before_what_a_run_wrote() -> None:
    evenings = [
        episode(TITAN, 1, at + 1, 1000 + at, NOON - timedelta(days=12 - at, hours=3)) for at in range(12)
    ]
    plays = [*evenings, *season(TITAN, 1, 12, SCRIPT, NOON), *season(TITAN, 1, 12, SCRIPT + 90_000, NOON)]

    assert set(found(plays)) == {play.id for play in plays[12:]}


def test_a_rewatch_makes_room_for_one_more() -> None:
    twice = replace(ONE, times=2)
    plays = [*season(TITAN, 1, 12, SCRIPT, NOON), *season(TITAN, 1, 12, SCRIPT + 90_000, NOON)]

    assert found(plays, [twice]) == {}


def test_a_wrong_work_of_a_like_title_at_the_entrys_day() -> None:
    elsewhere = season(WRONG, 1, 12, SCRIPT, NOON)
    alike: dict[ListSubject, tuple[EntryKey, ...]] = {ShowSubject(WRONG): (FIRST,)}

    assert found(elsewhere, alike=alike) == {play.id: ("wrong-work", "remove") for play in elsewhere}
    assert found(elsewhere) == {}  # nothing of the list leads there
    other_day = [replace(play, watched_at=play.watched_at + timedelta(days=3)) for play in elsewhere]
    assert found(other_day, alike=alike) == {}
    waits = replace(ONE, settled=False)
    assert found(elsewhere, [waits], alike=alike) == {}  # nobody knows yet that the entry is elsewhere


def test_a_wrong_first_hit_of_another_title_is_named_at_the_entrys_day_alone() -> None:
    """A search at planning has led there, whatever it is called: so has the script's."""
    elsewhere = season(WRONG, 1, 12, SCRIPT, NOON)
    weighed: dict[ListSubject, tuple[EntryKey, ...]] = {ShowSubject(WRONG): (FIRST,)}

    assert found(elsewhere, weighed=weighed) == {play.id: ("wrong-work", "remove") for play in elsewhere}
    other_day = [replace(play, watched_at=play.watched_at + timedelta(days=3)) for play in elsewhere]
    assert found(other_day, weighed=weighed) == {}
    assert found(elsewhere, [replace(ONE, settled=False)], weighed=weighed) == {}
    by_clock = [*clocked(), *season(WRONG, 1, 12, SCRIPT + 80, NOW)]
    assert not {SCRIPT + 80 + at for at in range(12)} & found(by_clock, weighed=weighed).keys()
    evenings = [episode(WRONG, 1, at + 1, SCRIPT + 9000 * at, NOON + timedelta(hours=at)) for at in range(12)]
    assert found(evenings, weighed=weighed) == {}


def test_what_a_run_dated_by_itself_gets_the_lists_day() -> None:
    (first, *_) = groups = audit(evidence(clocked()))

    assert {one.kind for one in groups} == {RepairKind.MISDATED}
    assert {one.suggest for one in groups} == {RepairDecision.REDATE}
    assert {one.to for one in groups} == {NOON.date(), date(2018, 1, 1), date(2017, 1, 1)}
    assert len(first.plays) == 12


def test_of_two_such_runs_one_play_of_each_gets_the_lists_day() -> None:
    plays = [*clocked(), *clocked(SCRIPT + 900_000)]
    plays[36:] = [replace(play, watched_at=play.watched_at + timedelta(hours=2)) for play in plays[36:]]

    kinds = found(plays)
    assert [kinds[play.id] for play in plays[:36]] == [("misdated", "redate")] * 36
    assert [kinds[play.id] for play in plays[36:]] == [("misdated", "remove")] * 36


def test_the_day_of_another_entry_of_the_show_is_none_of_this_one() -> None:
    two = listed(SECOND, *run_of(TITAN, 2, 1, 12), finished=date(2019, 2, 24))
    for_one, for_two = whole_show(), whole_show(datetime(2019, 2, 24, tzinfo=UTC), SCRIPT + 60)

    kinds = found([*for_one, *for_two], [ONE, two])
    assert all(play.id not in kinds for play in for_one[:12])  # the first season at its own day
    assert {kinds[play.id] for play in for_one[12:24]} == {
        ("misdated", "remove")
    }  # the second one, at that day
    assert {kinds[play.id] for play in for_two[:12]} == {("misdated", "remove")}
    assert all(play.id not in kinds for play in for_two[12:24])
    assert {kinds[play.id] for play in (*for_one[24:], *for_two[24:])} == {("whole-show", "remove")}


def test_a_day_on_which_hundreds_were_written_is_named_and_kept() -> None:
    many = [listed(EntryKey("mal", at), *run_of(500 + at, 1, 1, 12)) for at in range(1, 20)]
    plays = [play for at in range(1, 20) for play in season(500 + at, 1, 12, SCRIPT + 40 * at, NOW)]

    groups = audit(evidence(plays, many))
    assert {(one.kind, one.suggest, one.to) for one in groups} == {
        (RepairKind.MISDATED, RepairDecision.KEEP, Undated.UNKNOWN)
    }


# --- what is never in a group ---


@pytest.mark.parametrize("action", ["scrobble", "checkin"])
def test_what_came_from_a_player_or_a_check_in_is_never_in_a_group(action: str) -> None:
    assert found([replace(play, action=action) for play in (*whole_show(), *clocked(SCRIPT + 900))]) == {}


def test_what_the_journal_knows_as_anitrakts_is_never_in_a_group() -> None:
    plays = [*whole_show(), *whole_show(first=SCRIPT + 90_000)]
    ours = frozenset(play.id for play in plays[:26])

    assert not ours & found(plays, ours=ours).keys()


def test_what_stands_at_1970_or_at_the_release_is_never_called_doubled() -> None:
    undated = [*season(TITAN, 1, 12, SCRIPT, EPOCH), *season(OTHER, 1, 12, SCRIPT + 12, EPOCH)]
    again = [replace(play, id=play.id + 90_000) for play in undated]
    assert found([*undated, *again]) == {}
    released = [*season(TITAN, 1, 12, SCRIPT, NOON), *season(TITAN, 1, 12, SCRIPT + 90_000, NOON)]
    aired = {play.subject: NOON - timedelta(minutes=25) for play in released}
    assert found(released, aired=aired) == {}


def test_an_evening_at_its_own_minute_is_never_in_a_group() -> None:
    """A season that the list does not have, watched evening by evening, marked by hand in between."""
    evenings = [episode(TITAN, 3, at + 1, SCRIPT + at, NOON + timedelta(days=at)) for at in range(12)]
    others = [
        episode(OTHER, 1, at + 1, SCRIPT + 100 + at, NOON + timedelta(days=at, hours=1)) for at in range(12)
    ]

    assert found([*evenings, *others]) == {}


def test_an_import_by_days_is_at_most_kept() -> None:
    """Three episodes a day, dated by the day alone: so do importers of honest histories."""
    plays = [episode(TITAN, 3, at + 1, SCRIPT + at, NOON + timedelta(days=at // 3)) for at in range(12)]
    plays += [
        episode(OTHER, 1, at + 1, SCRIPT + 100 + at, NOON + timedelta(days=at // 3)) for at in range(12)
    ]

    assert {suggest for _, suggest in found(plays).values()} <= {"keep"}


def test_a_second_viewing_a_year_later_stays() -> None:
    evenings = [
        episode(TITAN, 1, at + 1, year * 10**6 + at, NOON + timedelta(days=at + 365 * year))
        for year in (0, 1)
        for at in range(12)
    ]
    script = season(TITAN, 1, 12, SCRIPT, NOON - timedelta(hours=2))

    assert (
        not {play.id for play in evenings}
        & found([*evenings, *script, *whole_show(first=SCRIPT + 60)]).keys()
    )


def test_an_entry_of_which_nobody_knows_where_it_is_explains_what_is_called_like_it() -> None:
    lost = Listed(SECOND, "Attack on Titan Season 2", frozenset(), frozenset(), settled=False)

    assert found(whole_show(), [ONE, lost], alike={ShowSubject(TITAN): (FIRST, SECOND)}) == {}


# --- what explains ---


@pytest.mark.parametrize("decision", ["auto", "confirmed", "skip", "review"])
@pytest.mark.parametrize("status", ["completed", "watching", "dropped", "planned", "gone"])
def test_every_entry_explains_its_whole_run_whatever_its_status_and_decision(
    decision: str, status: str
) -> None:
    (one,) = listed_of([plan_of(decision, status, f"{TITAN} S01E01-E25")])
    assert one.subjects == {*run_of(TITAN, 1, 1, 25)}


def test_an_entry_in_review_explains_with_all_its_candidates() -> None:
    (one,) = listed_of([plan_of("review", "completed", None, f"{TITAN} S02E01-E12", "movie 97")])

    assert one.subjects == {*run_of(TITAN, 2, 1, 12), MovieSubject(97)}
    assert not one.settled


# --- groups ---


def test_a_group_says_what_is_wrong_and_what_speaks_against_it() -> None:
    plays = [*whole_show(), episode(TITAN, 2, 1, 7, NOON - timedelta(days=400), action="scrobble")]
    (group,) = audit(evidence(plays, names={ShowSubject(TITAN): "Attack on Titan (2013)"}))

    assert group.about == "Attack on Titan (2013)"
    assert group.why == "14 plays at 2019-02-17 00:00 with mal:16498; no entry of the list explains S00, S02"
    assert group.against == (
        "your list may lack what you have watched; 1 play of it came from your player or a check-in"
    )
    assert group.decision is RepairDecision.REVIEW


def test_a_group_of_several_works_names_the_work_of_each_play() -> None:
    shows = range(1, 101)
    entries = [listed(EntryKey("mal", at), *run_of(1000 + at, 1, 1, 12)) for at in shows]
    names: dict[ListSubject, str] = {ShowSubject(1000 + at): f"Show {at}" for at in shows}

    plays = [play for at in shows for play in _all_wrong(at)]
    groups = audit(evidence(plays, entries, names=names, titles={10_010_201: "The Day"}))
    titles = {play.title for group in groups if " and " in group.about for play in group.plays}
    assert {"Show 1: The Day", "Show 1", "Show 2"} <= titles
    alone = audit(
        evidence(plays[:12] + plays[12:24], entries[:1], names=names, titles={10_010_201: "The Day"})
    )
    assert {play.title for group in alone for play in group.plays} == {"The Day", None}


def test_there_are_few_enough_groups_to_look_at() -> None:
    """A list of 100 in whose every show all four things went wrong."""
    entries = [
        listed(EntryKey("mal", at), *run_of(1000 + at, 1, 1, 12), finished=date(2010 + at % 9, 1, 2))
        for at in range(1, 101)
    ]
    plays = [play for at in range(1, 101) for play in _all_wrong(at)]

    groups = audit(evidence(plays, entries))
    assert MIN_GROUPS < len(groups) <= GROUPS_PER_ENTRY * 100
    assert len({play.id for group in groups for play in group.plays}) == sum(
        len(group.plays) for group in groups
    )


def _all_wrong(at: int) -> list[Play]:
    show, day = 1000 + at, datetime(2010 + at % 9, 1, 2, tzinfo=UTC)
    first, again = SCRIPT + 100 * at, SCRIPT + 10**6 + 100 * at
    return [
        *season(show, 1, 12, first, day),
        *season(show, 2, 12, first + 12, day),
        *season(show, 1, 12, again, day),
        *season(show, 1, 12, again + 10**6, NOW + timedelta(minutes=at)),
    ]


# --- the promise ---

_DAYS = st.integers(0, 3000).map(lambda days: datetime(2012, 1, 1, 20, tzinfo=UTC) + timedelta(days=days))


@st.composite
def _honest(draw: st.DrawFn) -> list[Play]:
    """Evenings, each with a minute of its own, of shows on the list and off it, some watched again."""
    plays = []
    for number in range(draw(st.integers(0, 40))):
        show, at = draw(st.sampled_from((TITAN, OTHER, WRONG, 4711))), draw(_DAYS)
        action = draw(st.sampled_from(("watch", "scrobble", "checkin")))
        item = draw(st.tuples(st.integers(0, 3), st.integers(1, 12)))
        minute = at + timedelta(minutes=number)
        plays.append(episode(show, *item, int(minute.timestamp()) * 30, minute, action))
    return plays


@settings(deadline=None)
@given(honest=_honest(), by_clock=st.booleans(), runs=st.integers(1, 3))
def test_what_a_person_watched_is_in_no_group_whatever_a_script_did(
    honest: list[Play], by_clock: bool, runs: int
) -> None:
    alike: dict[ListSubject, tuple[EntryKey, ...]] = {ShowSubject(WRONG): (FIRST,)}
    script: list[Play] = []
    for run in range(runs):
        wrote = clocked(10**12 + 10**6 * run) if by_clock else whole_show(first=10**12 + 10**6 * run)
        script += [
            replace(play, watched_at=play.watched_at + timedelta(hours=run * by_clock)) for play in wrote
        ]

    groups: tuple[RepairGroup, ...] = audit(evidence([*honest, *script], alike=alike))
    named = [play.id for group in groups for play in group.plays]
    assert not {play.id for play in honest}.intersection(named)
    assert len(named) == len(set(named))
    assert all(group.decision is RepairDecision.REVIEW for group in groups)
