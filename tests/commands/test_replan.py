"""Planning again: what was decided stays, what was sent is known, and entries keep their journal under a new key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from anitrakt_plan.commands.replan import (
    FEWER,
    SMALL_LIST,
    Decisions,
    check_not_shrunk,
    journals_of,
    listed_progress,
    load_maps,
    rename_in_journals,
    resolve_pasted,
    sent_entries,
    titles_with_ids_now,
)
from anitrakt_plan.errors import Failed, PlanInvalid, SafetyStop
from anitrakt_plan.journal.journal import Journal, account_lock, read_knowledge
from anitrakt_plan.journal.records import Intent, Outcome, OutcomeState, RunKind
from anitrakt_plan.model import (
    Account,
    Address,
    Decision,
    Entry,
    EntryKey,
    Ids,
    Kind,
    Plan,
    PlanEntry,
    Progress,
    Show,
    Status,
    Titles,
)
from anitrakt_plan.model.resolving import no_resolver
from anitrakt_plan.planfile import MapEntry
from anitrakt_plan.reports.plan import Planned
from anitrakt_plan.sources import SourceList
from anitrakt_plan.sync.batches import AddPlays
from tests.commands.running import ACCOUNT, change, play
from tests.commands.small_trakt import Catalogue
from tests.faults.bench import parse_match, plan_of, season
from tests.matching.matching_parts import entry
from tests.matching.matching_parts import season as season_list
from tests.practice import START, Clock

KEY = EntryKey("mal", 1)
TITLE = EntryKey("title", "foo")
TWO = "1420 S03E13-E14"


def planned_of(plan: Plan, *entries: Entry, **listed: object) -> Planned:
    source = replace(SourceList("mal", "sample", tuple(entries)), **listed)  # type: ignore[arg-type]
    return Planned(plan, (), source, None, ())


# --- the list ---


def listing(count: int, statuses: tuple[Status, ...] = (Status.COMPLETED,)) -> Plan:
    """A plan of a list of so many entries."""
    plan = plan_of()
    return replace(plan, source=replace(plan.source, entries=count, statuses=statuses))


@pytest.mark.parametrize(
    ("before", "now", "stops"),
    [
        (100, 50, False),
        (100, 49, True),
        (100, 0, True),
        (SMALL_LIST, 9, True),
        (SMALL_LIST - 1, 0, False),
        (100, 300, False),
    ],
)
def test_a_list_that_shrank_to_less_than_half_stops_unless_it_was_small(
    before: int, now: int, stops: bool
) -> None:
    old, new = listing(before), planned_of(listing(now))
    if stops:
        with pytest.raises(SafetyStop, match=f"has {now} entries now, and had {before}") as stopped:
            check_not_shrunk(old, new, allowed=False)
        assert stopped.value.name == "shrunk-list"
    else:
        check_not_shrunk(old, new, allowed=False)
    check_not_shrunk(old, new, allowed=True)


def test_a_list_of_other_statuses_has_not_shrunk() -> None:
    assert FEWER == 0.5
    check_not_shrunk(listing(100), planned_of(listing(1, (Status.WATCHING,))), allowed=False)


def test_a_private_entry_that_was_left_out_stands_as_it_stood() -> None:
    old = plan_of(season(1, TWO, watched=1), season(2, TWO, watched=2), season(3, TWO, watched=3))
    planned = planned_of(
        plan_of(), entry(mal=1, watched=5), private_keys=(KEY, EntryKey("mal", 2)), others=(entry(mal=4),)
    )
    progress = listed_progress(old, planned)
    assert {key.id: one.watched for key, one in progress.items()} == {1: 5, 2: 2, 4: 12}


# --- what was sent ---


def sent(folder: Path, state: OutcomeState | None, account: Account = ACCOUNT) -> None:
    """One request with two plays of `mal:1`, and what came back."""
    clock = Clock()
    journal = Journal(folder, account, clock)
    plays = tuple(replace(change(number), match=TWO) for number in (13, 14))
    journal.write(Intent(1, journal.begin(RunKind.APPLY, "mal:sample"), clock(), AddPlays(plays)))
    if state is not None:
        journal.write(Outcome(1, clock(), state))


@pytest.mark.parametrize(
    ("state", "match", "is_sent"),
    [
        (OutcomeState.ACCEPTED, TWO, True),
        (OutcomeState.IN_DOUBT, TWO, True),
        (None, TWO, True),
        (OutcomeState.REFUSED, TWO, False),
        (OutcomeState.ACCEPTED, "1420 S03E13-E22", True),
        (OutcomeState.ACCEPTED, "30850 S01E01-E02", False),
    ],
)
def test_an_entry_is_sent_where_its_match_is_still_the_one_that_went_out(
    tmp_path: Path, state: OutcomeState | None, match: str, is_sent: bool
) -> None:
    sent(tmp_path, state)
    journals = (read_knowledge(tmp_path, ACCOUNT.uuid),)
    assert (KEY in sent_entries(plan_of(season(1, match)), (), journals, no_resolver)) is is_sent


@pytest.mark.parametrize(("numbers", "is_there"), [((13, 14), True), ((13,), False), ((), False)])
def test_an_entry_counts_as_sent_where_trakt_has_all_of_it(numbers: Sequence[int], is_there: bool) -> None:
    plays = [play(number, number) for number in numbers]
    found = sent_entries(plan_of(season(1, TWO)), plays, (), no_resolver)
    assert (KEY in found) is is_there


def test_with_a_sign_in_only_that_accounts_journal_is_read(tmp_path: Path) -> None:
    sent(tmp_path, OutcomeState.ACCEPTED)
    sent(tmp_path, OutcomeState.ACCEPTED, replace(ACCOUNT, uuid="uuid-2"))
    other = replace(ACCOUNT, uuid="uuid-3")
    plan = plan_of(season(1, TWO))
    assert [len(known.plays) for known in journals_of(plan, None, tmp_path)] == [2, 2]
    assert [len(known.plays) for known in journals_of(plan, other, tmp_path)] == [0]
    assert journals_of(None, other, tmp_path) == ()


# --- what was decided ---

MINE, EARLIER, LATER = parse_match(TWO), parse_match("1420 S01E01-E02"), parse_match("1420 S02E01-E02")


def in_map(
    match: object, key: EntryKey = KEY, decision: Decision = Decision.CONFIRMED
) -> dict[EntryKey, MapEntry]:
    return {key: MapEntry(key, decision, match)}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("old", "maps", "match"),
    [
        (plan_of(season(1, MINE, decision=Decision.CONFIRMED)), [in_map(EARLIER)], MINE),
        (plan_of(season(1, MINE)), [in_map(EARLIER), in_map(LATER)], EARLIER),
        (None, [in_map(EARLIER), in_map(LATER)], EARLIER),
        (plan_of(season(1, MINE, decision=Decision.SKIP)), [in_map(EARLIER)], None),
        (plan_of(season(1, MINE)), [], None),
        (None, [in_map(EARLIER, EntryKey("anilist", 7))], EARLIER),
        (None, [in_map(EARLIER, EntryKey("anilist", 8))], None),
        (None, [in_map(None, decision=Decision.SKIP), in_map(LATER)], None),
    ],
)
def test_the_plans_own_word_goes_before_the_maps_and_the_earlier_map_before_the_later(
    old: Plan | None, maps: list[dict[EntryKey, MapEntry]], match: object
) -> None:
    listed = replace(entry(mal=1), ids=Ids(mal=1, anilist=7))
    assert Decisions.of(old, maps, [listed]).matches.get(KEY) == match


def test_a_maps_decision_takes_the_place_of_what_matching_found() -> None:
    known = MapEntry(KEY, Decision.CONFIRMED, EARLIER, sure=True, note="by hand")
    decisions = Decisions.of(None, [{KEY: known}], [entry(mal=1)])
    planned = planned_of(plan_of(season(1, MINE), season(2, LATER)))
    first, second = decisions.apply_user_decisions(planned).plan.entries
    assert (first.decision, first.match, first.sure, first.note) == (
        Decision.CONFIRMED,
        EARLIER,
        True,
        "by hand",
    )
    assert (first.hint, first.candidates) == (None, ())
    assert second == planned.plan.entries[1]


@pytest.mark.parametrize(
    ("text", "raised"), [(None, Failed), ("format: something/9\n", PlanInvalid), ("", PlanInvalid)]
)
def test_a_map_that_can_not_be_read_is_named(tmp_path: Path, text: str | None, raised: type[Failed]) -> None:
    file = tmp_path / "map.yaml"
    if text is not None:
        file.write_text(text)
    with pytest.raises(raised) as error:
        load_maps([file])
    assert error.value.where == str(file)


TITAN = Show(
    1420, "Attack on Titan", 2013, "attack-on-titan", seasons=(season_list(1, 12, "2013-04-07"),), aliases=()
)


@pytest.mark.parametrize(
    ("listed", "url", "match", "said"),
    [
        (
            entry("Attack on Titan", 12, "2013-04-07", "2013-06-23"),
            "https://trakt.tv/shows/attack-on-titan/seasons/1",
            "1420 S01E01-E12",
            None,
        ),
        (entry("Attack on Titan", 12), "https://trakt.tv/shows/nothing-like-that/seasons/1", None, "mal:1: "),
        (
            entry("Cooking Tonight", 12, "2008-01-01", "2008-03-01"),
            "https://trakt.tv/shows/attack-on-titan/seasons/1",
            "1420 S01E01-E12",
            "add `sure: true`",
        ),
    ],
)
def test_a_pasted_address_is_looked_up_once_and_what_it_is_not_is_said(
    listed: Entry, url: str, match: str | None, said: str | None
) -> None:
    decisions = Decisions.of(None, [in_map(Address(url))], [listed])
    found = resolve_pasted(decisions, [listed], Catalogue(TITAN))
    assert found.decisions.matches.get(KEY) == (parse_match(match) if match else None)
    assert (len(found.notes) == 1 and said in found.notes[0]) if said else found.notes == ()
    if match and not said:
        assert found.resolved[KEY].hint == "1420 S01E01-E12 · Attack on Titan (2013)"


# --- entries under a new key ---


def by_title(title: str, word: str, kind: Kind = Kind.TV, episodes: int | None = 12) -> PlanEntry:
    old = season(1, TWO, title=title)
    return replace(old, key=EntryKey("title", word), facts=replace(old.facts, kind=kind, episodes=episodes))


@pytest.mark.parametrize(
    ("old", "listed", "found"),
    [
        ([by_title("Foo", "foo")], [entry("Foo")], {"title:foo": "mal:1"}),
        ([by_title("FOO!", "foo")], [entry("Other", english="Foo")], {"title:foo": "mal:1"}),
        ([by_title("Foo", "foo")], [entry("Bar")], {}),
        ([by_title("Foo", "foo")], [entry("Foo"), entry("Foo", 24, mal=2)], {"title:foo": "mal:1"}),
        ([by_title("Foo", "foo")], [entry("Foo"), entry("Foo", mal=2)], {}),
        ([by_title("Foo", "foo", Kind.MOVIE)], [entry("Foo"), entry("Foo", 24, mal=2)], {}),
        ([by_title("Foo", "foo"), season(1, TWO)], [entry("Foo")], {}),  # that id is an entry already
        ([by_title("Foo", "foo"), by_title("Foo", "foo-2")], [entry("Foo")], {}),
        ([season(3, TWO, title="Foo")], [entry("Foo")], {}),
    ],
)
def test_an_entry_known_by_its_title_goes_under_the_one_id_that_is_meant(
    old: list[PlanEntry], listed: list[Entry], found: dict[str, str]
) -> None:
    names = titles_with_ids_now(plan_of(*old), SourceList("mal", "sample", tuple(listed)))
    assert {str(key): str(to) for key, to in names.items()} == found


def test_an_entry_that_the_list_still_knows_by_its_title_stays(tmp_path: Path) -> None:
    still = Entry(TITLE, Ids(), Titles("Foo"), Kind.TV, Progress(Status.COMPLETED))
    listed = SourceList("mal", "sample", (entry("Foo"),), others=(still,))
    assert titles_with_ids_now(plan_of(by_title("Foo", "foo")), listed) == {}


def test_the_journal_calls_an_entry_by_its_new_key_once(tmp_path: Path) -> None:
    sent(tmp_path, OutcomeState.ACCEPTED)
    names = {KEY: EntryKey("mal", 9), EntryKey("mal", 2): EntryKey("mal", 8)}
    file = tmp_path / "uuid-1.jsonl"
    before = len(file.read_text().splitlines())
    for _ in range(2):
        rename_in_journals(tmp_path, None, names, START)
        assert len(file.read_text().splitlines()) == before + 1
        assert {one.entry for one in read_knowledge(tmp_path, ACCOUNT.uuid).plays} == {EntryKey("mal", 9)}


def test_only_the_accounts_own_journal_is_renamed_and_only_under_its_lock(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(ACCOUNT, uuid="uuid-2")
    for account in (ACCOUNT, other):
        sent(tmp_path, OutcomeState.ACCEPTED, account)
    names = {KEY: EntryKey("mal", 9)}
    monkeypatch.setattr("anitrakt_plan.commands.replan._PATIENCE", 0.0)
    with account_lock(tmp_path, ACCOUNT.uuid, wait=0, now=START), pytest.raises(SafetyStop):
        rename_in_journals(tmp_path, ACCOUNT, names, START + timedelta(minutes=1))
    rename_in_journals(tmp_path, ACCOUNT, names, START)
    entries = [
        {one.entry.id for one in read_knowledge(tmp_path, uuid).plays} for uuid in ("uuid-1", "uuid-2")
    ]
    assert entries == [{9}, {1}]


def test_without_new_keys_no_journal_is_touched(tmp_path: Path) -> None:
    rename_in_journals(tmp_path / "nowhere", ACCOUNT, {}, START)
    assert not (tmp_path / "nowhere").exists()
