"""What is missing on Trakt: the plan, minus what is there, minus what the journal has settled."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from anitrakt_plan.model import (
    Account,
    Decision,
    EntryKey,
    EpisodeItem,
    EpisodeSubject,
    Existing,
    Facts,
    Kind,
    Plan,
    PlanEntry,
    Play,
    Policy,
    Progress,
    RewatchPolicy,
    ShowMatch,
    ShowSubject,
    SourceInfo,
    Status,
    Straight,
    SyncKind,
    TmdbId,
)
from anitrakt_plan.model.dates import EPOCH, Undated, When
from anitrakt_plan.model.matches import parse_runs
from anitrakt_plan.model.resolving import resolver_of
from anitrakt_plan.model.sending import kinds_sent
from anitrakt_plan.sync.desired import kinds_needed
from anitrakt_plan.sync.diff import DiffOptions, EntryDiff, Verdict, diff, stale_plays
from anitrakt_plan.sync.existing import History
from anitrakt_plan.sync.knowledge import BatchItemId, Knowledge, SentPlay, SentState
from anitrakt_plan.sync.settle import own_duplicates, sight

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
THEN = datetime(2019, 7, 1, 10, tzinfo=UTC)
KEY = EntryKey("mal", 1)
MATCH = "7 S01E01-E03"
ENTRY = PlanEntry(
    KEY,
    "An Anime",
    Facts(Kind.TV, episodes=3),
    Progress(Status.COMPLETED),
    Decision.AUTO,
    match=ShowMatch(7, Straight(parse_runs("S01E01-E03"))),
)


def plan_of(*entries: PlanEntry, **policy: object) -> Plan:
    source = SourceInfo("mal", "u", 1, (Status.COMPLETED, Status.WATCHING, Status.PLANNED))
    return Plan("t", NOW, source, "user", Policy(**policy), entries)  # type: ignore[arg-type]


def play(
    number: int, history_id: int, *, at: datetime = THEN, action: str = "watch", episode: int = 0
) -> Play:
    return Play(history_id, at, action, EpisodeItem(7, 1, number, episode or 100 + number))


def sent(
    number: int,
    state: SentState,
    *,
    index: int = 0,
    batch: int = 1,
    match: str = MATCH,
    when: When = THEN,
    history_id: int | None = None,
    episode: int | None = None,
    before: frozenset[int] = frozenset(),
    instead_of: BatchItemId | None = None,
    key: EntryKey = KEY,
) -> SentPlay:
    return SentPlay(
        BatchItemId(batch, index),
        "run",
        key,
        match,
        EpisodeSubject(7, 1, number),
        when,
        before,
        NOW,
        state,
        id=history_id,
        episode=episode,
        instead_of=instead_of,
    )


def entry_diff(
    entry: PlanEntry = ENTRY,
    plays: tuple[Play, ...] = (),
    known: tuple[SentPlay, ...] = (),
    *,
    resend: bool = False,
    **policy: object,
) -> EntryDiff:
    existing = Existing(Account("uuid", "user", "UTC"), NOW, plays)
    options = DiffOptions(resend=frozenset({KEY}) if resend else frozenset())
    found = diff(plan_of(entry, **policy), existing, History(plays), Knowledge(known), NOW, options)
    return found.entries[0] if found.entries else EntryDiff(KEY, "", "")


def numbers(found: EntryDiff) -> list[int]:
    return [change.subject.number for change in found.plays if isinstance(change.subject, EpisodeSubject)]


@pytest.mark.parametrize(
    ("entry", "wanted"),
    [
        (ENTRY, [1, 2, 3]),
        (replace(ENTRY, decision=Decision.CONFIRMED), [1, 2, 3]),
        (replace(ENTRY, decision=Decision.REVIEW), []),
        (replace(ENTRY, decision=Decision.SKIP), []),
        (replace(ENTRY, match=None), []),
        (replace(ENTRY, send=frozenset({SyncKind.RATINGS})), []),
        (replace(ENTRY, progress=Progress(Status.WATCHING, watched=2)), [1, 2]),
        (replace(ENTRY, progress=Progress(Status.WATCHING, watched=9)), [1, 2, 3]),
        (replace(ENTRY, progress=Progress(Status.COMPLETED, watched=1)), [1, 2, 3]),
        (replace(ENTRY, progress=Progress(Status.REPEATING, watched=1)), [1, 2, 3]),
        (replace(ENTRY, progress=Progress(Status.PLANNED, watched=1)), []),
        (replace(ENTRY, progress=Progress(Status.PAUSED, watched=2)), []),  # not among the asked statuses
        (replace(ENTRY, progress=Progress(Status.GONE, watched=3)), []),
    ],
)
def test_only_what_is_confirmed_asked_for_and_watched_is_sent(entry: PlanEntry, wanted: list[int]) -> None:
    assert numbers(entry_diff(entry)) == wanted


EVERY = frozenset(SyncKind)
PLAYS, RATING, WATCHLIST, DROPPED = SyncKind


@pytest.mark.parametrize(
    ("status", "kinds"),
    [
        (Status.COMPLETED, {PLAYS, RATING}),
        (Status.REPEATING, {PLAYS, RATING}),
        (Status.WATCHING, {PLAYS, RATING}),
        (Status.PAUSED, {PLAYS, RATING}),
        (Status.DROPPED, {PLAYS, RATING, DROPPED}),
        (Status.PLANNED, {WATCHLIST}),
    ],
)
def test_an_entry_sends_what_its_status_has_of_what_is_asked_for(
    status: Status, kinds: set[SyncKind]
) -> None:
    entry = replace(ENTRY, progress=Progress(status))
    assert kinds_sent(plan_of(entry, send=EVERY), entry) == kinds
    assert kinds_sent(plan_of(entry, send=frozenset()), replace(entry, send=EVERY)) == kinds
    assert kinds_sent(plan_of(entry), entry) == kinds & {PLAYS, RATING}
    assert kinds_sent(plan_of(entry, send=EVERY), replace(entry, send=frozenset({RATING}))) == kinds & {
        RATING
    }


@pytest.mark.parametrize(
    ("entry", "policy", "needed"),
    [
        (ENTRY, Policy(), set()),
        (replace(ENTRY, progress=Progress(Status.COMPLETED, rating=9)), Policy(), {RATING}),
        (replace(ENTRY, progress=Progress(Status.PLANNED, rating=9)), Policy(), set()),
        (replace(ENTRY, progress=Progress(Status.PLANNED)), Policy(send=EVERY), {WATCHLIST}),
        (replace(ENTRY, progress=Progress(Status.DROPPED)), Policy(send=EVERY), set()),  # not asked for
        (replace(ENTRY, decision=Decision.REVIEW), Policy(send=EVERY), set()),
    ],
)
def test_only_what_the_plan_may_change_is_read(
    entry: PlanEntry, policy: Policy, needed: set[SyncKind]
) -> None:
    assert kinds_needed(replace(plan_of(entry), policy=policy)) == needed


@pytest.mark.parametrize("at", [THEN, EPOCH, NOW])
@pytest.mark.parametrize("action", ["watch", "scrobble", "checkin"])
def test_an_episode_with_any_play_is_there(at: datetime, action: str) -> None:
    found = entry_diff(plays=(play(2, 5, at=at, action=action),))
    assert (numbers(found), found.count(Verdict.IN_SYNC)) == ([1, 3], 1)


@pytest.mark.parametrize(
    ("state", "history_id", "sends", "verdict"),
    [
        (SentState.REFUSED, None, True, None),
        (SentState.ABSENT, None, True, None),
        (SentState.SURPLUS, 5, True, None),
        (SentState.NOT_FOUND, None, False, Verdict.NOT_FOUND),
        (SentState.IN_DOUBT, None, False, Verdict.IN_DOUBT),
        (SentState.ACKNOWLEDGED, None, False, Verdict.UNSEEN),
        (SentState.SEEN, 5, False, Verdict.GONE),
        (SentState.UNDONE, 5, False, Verdict.GONE),
    ],
)
def test_what_the_journal_knows_of_a_missing_play_decides(
    state: SentState, history_id: int | None, sends: bool, verdict: Verdict | None
) -> None:
    found = entry_diff(known=(sent(2, state, history_id=history_id),))
    assert (2 in numbers(found)) is sends
    assert found.unsent == (((EpisodeSubject(7, 1, 2), verdict),) if verdict else ())
    again = entry_diff(known=(sent(2, state, history_id=history_id),), resend=True)
    assert (2 in numbers(again)) is (state is not SentState.IN_DOUBT)


def test_what_was_not_found_goes_out_again_once_the_match_changes() -> None:
    known = (sent(2, SentState.NOT_FOUND, match="7 S01E02-E04"),)
    assert numbers(entry_diff(known=known)) == [1, 2, 3]


def test_what_the_user_removed_stays_away_whichever_entry_asks() -> None:
    known = (sent(2, SentState.SEEN, history_id=5, key=EntryKey("anilist", 9)),)
    assert numbers(entry_diff(known=known)) == [1, 3]


def test_once_read_back_an_episode_is_known_by_its_id_whatever_its_number() -> None:
    """Trakt has moved our episode 2 to season 4; what is number 2 today is another one."""
    moved = Play(5, THEN, "watch", EpisodeItem(7, 4, 1, 102))
    known = (sent(2, SentState.SEEN, history_id=5, episode=102),)
    assert numbers(entry_diff(plays=(moved,), known=known)) == [1, 3]


def test_three_tries_are_enough_and_a_refusal_is_none() -> None:
    tries = tuple(sent(2, SentState.ABSENT, batch=batch) for batch in (1, 2, 3))
    found = entry_diff(known=tries)
    assert (2 in numbers(found), found.count(Verdict.RETRIES_EXHAUSTED)) == (False, 1)
    refused = tuple(sent(2, SentState.REFUSED, batch=batch) for batch in range(9))
    assert 2 in numbers(entry_diff(known=(*refused, *tries[:2])))


def test_what_replaces_an_absent_play_keeps_its_date_and_names_it() -> None:
    absent = sent(2, SentState.ABSENT)
    (change,) = [c for c in entry_diff(known=(absent,)).plays if c.instead_of]
    assert (change.when, change.instead_of) == (THEN, absent.place)
    other = entry_diff(known=(absent._replace(match="7 S01E02-E09"),))
    assert not [c for c in other.plays if c.instead_of]


@pytest.mark.parametrize(
    ("repeats", "standing", "dates"),
    [
        (0, 0, [THEN]),
        (2, 0, [Undated.UNKNOWN, Undated.UNKNOWN, THEN]),
        (2, 1, [Undated.UNKNOWN, THEN]),
        (2, 3, []),
        (1, 9, []),
    ],
)
def test_rewatches_are_filled_up_and_the_last_is_dated(
    repeats: int, standing: int, dates: list[When]
) -> None:
    from anitrakt_plan.model import PartialDate

    one = replace(
        ENTRY,
        match=ShowMatch(7, Straight(parse_runs("S01E01"))),
        progress=Progress(Status.COMPLETED, finished=PartialDate(2019, 7, 1), repeats=repeats),
    )
    plays = tuple(play(1, 10 + n, at=EPOCH) for n in range(standing))
    found = entry_diff(one, plays, rewatches=RewatchPolicy.COUNT)
    noon = datetime(2019, 7, 1, 12, tzinfo=UTC)
    assert [change.when for change in found.plays] == [noon if when is THEN else when for when in dates]


def test_plays_beyond_the_progress_with_gaps_below_hold_the_entry() -> None:
    watching = replace(ENTRY, progress=Progress(Status.WATCHING, watched=2))
    shifted = entry_diff(watching, (play(3, 5),))
    assert shifted.held is not None
    assert not shifted.plays
    assert entry_diff(watching, (play(1, 4), play(2, 5), play(3, 6))).held is None
    assert entry_diff(replace(watching, sure=True), (play(3, 5),)).held is None


def test_a_resend_is_held_like_any_other_but_what_is_gone_is_no_gap() -> None:
    watching = replace(ENTRY, progress=Progress(Status.WATCHING, watched=2))
    assert entry_diff(watching, (play(3, 5),), resend=True).held is not None
    known = (sent(1, SentState.SEEN, history_id=8), sent(2, SentState.UNDONE, history_id=9, index=1))
    resent = entry_diff(watching, (play(3, 5),), known, resend=True)
    assert resent.held is None
    assert len(resent.plays) == 2


def leftovers(found: EntryDiff) -> list[int]:
    subjects = [subject for subject, verdict in found.unsent if verdict is Verdict.LEFTOVER]
    return [subject.number for subject in subjects if isinstance(subject, EpisodeSubject)]


def test_leftovers_are_plays_of_an_earlier_match_that_nothing_claims() -> None:
    standing = (play(9, 5), play(8, 6))
    known = (
        sent(9, SentState.SEEN, history_id=5, match="7 S01E08-E09"),
        sent(8, SentState.SEEN, history_id=6, match="7 S01E08-E09", index=1),
    )
    assert leftovers(entry_diff(plays=standing, known=known)) == [9, 8]
    claims = replace(ENTRY, key=EntryKey("mal", 2), match=ShowMatch(7, Straight(parse_runs("S01E08"))))
    existing = Existing(Account("uuid", "user", "UTC"), NOW, standing)
    found = diff(plan_of(ENTRY, claims), existing, History(standing), Knowledge(known), NOW, DiffOptions())
    assert leftovers(found.entries[0]) == [9]


# --- settling ---


@pytest.mark.parametrize(
    ("listed", "before", "found"),
    [
        (play(2, 5), frozenset[int](), [5]),
        (play(2, 5), frozenset({5}), []),  # it was there before
        (play(2, 5, action="scrobble"), frozenset[int](), []),  # another program's
        (play(2, 5, at=EPOCH), frozenset[int](), []),  # another date
        (play(1, 5), frozenset[int](), []),  # another episode
    ],
)
def test_a_play_is_ours_by_item_minute_action_and_not_being_there_before(
    listed: Play, before: frozenset[int], found: list[int]
) -> None:
    knowledge = Knowledge((sent(2, SentState.IN_DOUBT, before=before),))
    assert [sighting.id for sighting in sight(knowledge, History((listed,))).found] == found


def test_one_play_more_than_was_sent_is_a_stranger() -> None:
    knowledge = Knowledge((sent(2, SentState.ACKNOWLEDGED),))
    sightings = sight(knowledge, History((play(2, 5), play(2, 6))))
    assert [s.id for s in sightings.found] == [5]
    assert [play.id for play in sightings.foreign_duplicates] == [6]


def test_a_play_goes_to_the_acknowledged_sending_before_the_absent_one() -> None:
    absent = sent(2, SentState.ABSENT)
    again = sent(2, SentState.ACKNOWLEDGED, batch=2, instead_of=absent.place)
    (sighting,) = sight(Knowledge((absent, again)), History((play(2, 5),))).found
    assert sighting.place == again.place


def test_only_a_replaced_play_that_came_after_all_is_surplus() -> None:
    late = sent(2, SentState.SEEN, history_id=5)
    again = sent(2, SentState.SEEN, batch=2, history_id=6, instead_of=late.place)
    both = History((play(2, 5), play(2, 6)))
    assert [extra.id for extra in own_duplicates(Knowledge((late, again)), both)] == [5]
    assert not own_duplicates(Knowledge((late, again)), History((play(2, 5),)))
    assert not own_duplicates(Knowledge((late,)), both)


def test_what_was_sent_again_twice_is_surplus_but_for_the_last() -> None:
    first = sent(1, SentState.SEEN, batch=1, history_id=11)
    second = sent(1, SentState.ABSENT, batch=2, instead_of=first.place)
    third = sent(1, SentState.SEEN, batch=3, history_id=33, instead_of=second.place)
    listed = History((play(1, 11), play(1, 33)))

    assert [one.id for one in own_duplicates(Knowledge((first, second, third)), listed)] == [11]


def test_of_three_that_all_came_late_one_stays() -> None:
    first = sent(1, SentState.SEEN, batch=1, history_id=11)
    second = sent(1, SentState.SEEN, batch=2, history_id=22, instead_of=first.place)
    third = sent(1, SentState.SEEN, batch=3, history_id=33, instead_of=second.place)
    listed = History((play(1, 11), play(1, 22), play(1, 33)))

    gone = {one.id for one in own_duplicates(Knowledge((first, second, third)), listed)}

    assert gone == {11, 22}


def test_a_refused_replacement_is_replaced_with_knowledge_of_what_it_stood_for() -> None:
    absent = sent(1, SentState.ABSENT, batch=1)
    refused = sent(1, SentState.REFUSED, batch=2, instead_of=absent.place)

    changes = entry_diff(known=(absent, refused)).plays

    assert [change.instead_of for change in changes if change.subject == absent.subject] == [absent.place]


def test_a_held_entry_sends_nothing_and_says_nothing_about_what_was_sent() -> None:
    history = History([play(1, 10)])
    knowledge = Knowledge(plays=(sent(1, SentState.SEEN, history_id=10, match="7 S01E01-E03"),))
    elsewhere = replace(ENTRY, match=ShowMatch(TmdbId(99), Straight(parse_runs("S01E01-E03"))))
    plan, state = plan_of(elsewhere), Existing(Account("u", "user", "UTC"), NOW, (play(1, 10),))

    found = diff(plan, state, history, knowledge, NOW, DiffOptions(held={KEY: "nobody knows it"}))

    (held,) = found.entries
    assert (held.held, held.plays, held.unsent) == ("nobody knows it", (), ())
    assert found.empty
    assert stale_plays(plan, knowledge, history) == []
    assert stale_plays(plan_of(replace(elsewhere, decision=Decision.SKIP)), knowledge, history) != []


def test_what_went_out_under_a_tmdb_id_counts_under_trakts() -> None:
    there = sent(1, SentState.SEEN, history_id=10, match="tmdb:99 S01E01-E03")
    there = there._replace(subject=EpisodeSubject(TmdbId(99), 1, 1))
    resolve = resolver_of({ShowSubject(TmdbId(99)): 7})

    (known,) = Knowledge(plays=(there,)).with_trakt_ids(resolve).plays

    assert (known.subject, known.match) == (EpisodeSubject(7, 1, 1), MATCH)
