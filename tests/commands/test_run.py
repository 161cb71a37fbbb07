"""One run: whose account it is, what of it is read when, and that nothing goes out but through the journal."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from anitrakt_plan.commands.run import (
    FRESH_FOR,
    AccountState,
    ApplyOptions,
    StopName,
    check_account,
    read_account_state,
)
from anitrakt_plan.commands.services import Ports, Question
from anitrakt_plan.errors import ExitCode, Failed, SafetyStop
from anitrakt_plan.journal.journal import Journal, journal_path, read_journal
from anitrakt_plan.journal.records import Intent, Outcome, OutcomeState, Record, RunKind
from anitrakt_plan.model import Account, MovieSubject, ShowSubject
from anitrakt_plan.sync.batches import AddPlays
from anitrakt_plan.trakt.send import Accepted, UnsafeBody, WriteOutcome
from tests.commands.running import (
    ACCOUNT,
    TITAN,
    ScriptedSender,
    SmallAccount,
    change,
    in_doubt,
    play,
    refused,
    small_ports,
    small_run,
)
from tests.faults.bench import plan_of
from tests.practice import START, Clock

# --- whose account it is ---


def sent_before(folder: Path, account: Account) -> None:
    """The sample list was sent to this account once."""
    Journal(folder, account, Clock()).begin(RunKind.APPLY, "mal:sample")


@pytest.mark.parametrize(
    ("planned", "named", "user"),
    [
        ("yourname", None, "yourname"),
        ("YourName", None, "yourname"),
        ("yourname", "YOURNAME", "yourname"),
        (None, "yourname", "yourname"),
    ],
)
def test_the_account_that_is_meant_passes_without_a_word(
    tmp_path: Path, planned: str | None, named: str | None, user: str
) -> None:
    account = replace(ACCOUNT, user=user)
    assert check_account(plan_of(user=planned), account, small_ports(tmp_path), named) == ()


@pytest.mark.parametrize(
    ("planned", "named", "why"),
    [
        ("somebody", None, "but the plan was made for `somebody`"),
        ("somebody", "yourname", "but the plan was made for `somebody`"),
        ("yourname", "somebody", "but `--account` says `somebody`"),
        (None, "somebody", "but `--account` says `somebody`"),
    ],
)
def test_another_account_is_refused_and_says_why(
    tmp_path: Path, planned: str | None, named: str | None, why: str
) -> None:
    with pytest.raises(SafetyStop, match=why) as stopped:
        check_account(plan_of(user=planned), ACCOUNT, small_ports(tmp_path), named)
    assert stopped.value.name is None  # no `--allow` passes it


def test_a_renamed_account_is_known_by_its_uuid(tmp_path: Path) -> None:
    sent_before(tmp_path, replace(ACCOUNT, user="oldname"))
    notes = check_account(plan_of(user="oldname"), ACCOUNT, small_ports(tmp_path), None)
    assert notes == ("The Trakt account `oldname` is called `yourname` now.",)


def test_who_took_the_name_of_the_account_that_the_list_went_to_is_refused(tmp_path: Path) -> None:
    sent_before(tmp_path, replace(ACCOUNT, uuid="uuid-2"))
    with pytest.raises(SafetyStop, match="another account that was called `yourname` then"):
        check_account(plan_of(user="yourname"), ACCOUNT, small_ports(tmp_path), None)


def test_an_account_that_has_a_journal_of_its_own_is_known_whoever_had_its_name(tmp_path: Path) -> None:
    sent_before(tmp_path, replace(ACCOUNT, uuid="uuid-2"))
    sent_before(tmp_path, ACCOUNT)
    assert check_account(plan_of(user="yourname"), ACCOUNT, small_ports(tmp_path), None) == ()


def test_a_plan_without_an_account_needs_a_person_or_the_flag(tmp_path: Path) -> None:
    plan, asked = plan_of(user=None), list[Question]()

    def answering(answer: str) -> Ports:
        def ask(question: Question) -> str:
            asked.append(question)
            return answer

        return replace(small_ports(tmp_path), ask=ask)

    with pytest.raises(SafetyStop) as stopped:
        check_account(plan, ACCOUNT, small_ports(tmp_path), None)
    assert "--account yourname" in str(stopped.value)
    with pytest.raises(SafetyStop, match="not confirmed"):
        check_account(plan, ACCOUNT, answering("no"), None)
    assert check_account(plan, ACCOUNT, answering("yes"), None) == ()
    assert [question.choices[0] for question in asked] == ["no", "no"]


@pytest.mark.parametrize("stop", StopName)
def test_a_stop_is_passed_by_its_own_name_or_by_force(stop: StopName) -> None:
    others = frozenset(other.value for other in StopName if other is not stop)
    assert ApplyOptions(allow=frozenset({stop.value})).passes(stop)
    assert ApplyOptions(force=True).passes(stop)
    assert not ApplyOptions(allow=others, yes=True).passes(stop)


# --- what it holds ---


def state_of(folder: Path, account: SmallAccount, clock: Clock | None = None) -> AccountState:
    return read_account_state(small_ports(folder, account, clock=clock), ACCOUNT, ())


@pytest.mark.parametrize(
    ("age", "is_fresh"),
    [
        (timedelta(0), True),
        (FRESH_FOR, True),
        (timedelta(minutes=10, seconds=1), False),
        (timedelta(seconds=-1), False),  # a clock that went back
    ],
)
def test_a_read_is_fresh_for_ten_minutes(tmp_path: Path, age: timedelta, is_fresh: bool) -> None:
    clock = Clock()
    state = state_of(tmp_path, SmallAccount(), clock)
    clock.time += age
    assert state.is_fresh is is_fresh


def test_a_read_that_takes_longer_than_it_is_good_for_ends_the_run(tmp_path: Path) -> None:
    clock, account = Clock(), SmallAccount()
    state = state_of(tmp_path, account, clock)
    clock.forward(minutes=11)
    state.refresh()
    assert state.is_fresh

    class Slow(SmallAccount):
        def read_history(self, *_: object) -> object:  # type: ignore[override]
            clock.forward(minutes=11)
            return super().read_history()

    state.ports = small_ports(tmp_path, Slow(), clock=clock)
    with pytest.raises(Failed, match="longer than ten minutes"):
        state.refresh()


def test_a_whole_history_is_not_looked_at_closer(tmp_path: Path) -> None:
    account = SmallAccount([play(13, 1)], [play(14, 2)])
    state = state_of(tmp_path, account)
    assert not state.look_closer([ShowSubject(TITAN)])
    assert account.works_read == []


def test_where_the_history_has_a_hole_each_work_is_read_once_until_the_next_full_read(tmp_path: Path) -> None:
    account = SmallAccount([play(13, 1)], [play(13, 1), play(14, 2)], is_whole=False)
    state = state_of(tmp_path, account)
    titan, film = ShowSubject(TITAN), MovieSubject(51)
    assert state.look_closer([titan, titan])
    assert (len(state.history), 2 in state.history) == (2, True)
    assert not state.look_closer([titan])
    assert state.look_closer([titan, film])
    assert account.works_read == [titan, film]
    state.read_history()
    assert 2 not in state.history
    assert state.look_closer([titan])


def test_what_was_watched_meanwhile_is_news_once(tmp_path: Path) -> None:
    account = SmallAccount([play(13, 1)])
    state = state_of(tmp_path, account)
    account.listed = [play(13, 1), play(14, 2, START - timedelta(days=1))]
    assert not state.see_since(START)
    assert state.see_since(START - timedelta(days=2))
    assert not state.see_since(START - timedelta(days=2))


def test_another_sign_in_is_looked_at_once_and_may_be_the_same_account(tmp_path: Path) -> None:
    account, sign_ins = SmallAccount(), ["first"]
    ports = replace(small_ports(tmp_path, account), sign_in=lambda: sign_ins[-1])
    state = read_account_state(ports, ACCOUNT, ())
    account.account = replace(ACCOUNT, uuid="uuid-2", user="somebody")
    state.check_sign_in()  # nobody has signed in since: nothing is asked
    sign_ins.append("second")
    with pytest.raises(SafetyStop, match="changed from `yourname` to `somebody`"):
        state.check_sign_in()
    account.account = replace(ACCOUNT, user="newname")
    state.check_sign_in()


# --- what is sent ---


def records(folder: Path) -> list[Record]:
    return list(read_journal(journal_path(folder, ACCOUNT.uuid)).records)


def test_the_intent_is_on_the_disk_before_the_request_and_the_outcome_after_it(tmp_path: Path) -> None:
    when_sent: list[list[type]] = []
    when_waited: list[list[type]] = []

    class Looking(ScriptedSender):
        def take_turn(self) -> None:
            when_waited.append([type(one) for one in records(tmp_path)[-1:]])

        def send(self, operation: object) -> WriteOutcome:
            when_sent.append([type(one) for one in records(tmp_path)[-2:]])
            return Accepted(201, added=1)

    with small_run(small_ports(tmp_path, sender=Looking())) as run:
        run.commit(AddPlays((change(13),)))
        run.commit(AddPlays((change(14),)))
        assert run.has_changed_something
    assert [kinds[-1] for kinds in when_sent] == [Intent, Intent]
    assert when_sent[1] == [Outcome, Intent]
    assert when_waited[1] == [Outcome]  # what is written down must not wait for its turn afterwards
    assert isinstance(records(tmp_path)[-1], Outcome)
    assert [one.batch for one in records(tmp_path) if isinstance(one, Intent)] == [1, 2]


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Accepted(201, added=1), OutcomeState.ACCEPTED),
        (refused(), OutcomeState.REFUSED),
        (in_doubt(), OutcomeState.IN_DOUBT),
        (UnsafeBody("an empty body"), OutcomeState.REFUSED),
    ],
)
def test_each_answer_is_written_down_as_what_it_is(
    tmp_path: Path, answer: WriteOutcome | Exception, state: OutcomeState
) -> None:
    with small_run(small_ports(tmp_path, sender=ScriptedSender(answer))) as run:
        if isinstance(answer, Exception):
            with pytest.raises(UnsafeBody):
                run.commit(AddPlays((change(13),)))
        else:
            assert run.commit(AddPlays((change(13),))) is answer
    written = records(tmp_path)[-1]
    assert isinstance(written, Outcome)
    assert written.state is state


@pytest.mark.parametrize(
    ("answers", "ends", "code"),
    [
        ([refused(), in_doubt()], False, None),
        ([refused(), in_doubt(), refused()], True, ExitCode.FAILED),
        ([refused(), refused(), Accepted(201, added=1), refused(), refused()], False, None),
        ([Accepted(201, added=1), refused(), refused(), refused()], True, ExitCode.IN_PART),
        ([in_doubt(), in_doubt(), in_doubt()], True, ExitCode.IN_PART),
        ([refused(stop=True)], True, ExitCode.FAILED),
    ],
)
def test_three_failures_in_a_row_or_one_that_stops_end_the_run(
    tmp_path: Path, answers: list[WriteOutcome], ends: bool, code: ExitCode | None
) -> None:
    with small_run(small_ports(tmp_path, sender=ScriptedSender(*answers))) as run:
        for number, _ in enumerate(answers, 1):
            assert not run.must_stop
            run.commit(AddPlays((change(number),)))
        assert (run.must_stop, run.early_exit) == (ends, code)


def test_a_failure_that_ends_nothing_is_told_once(tmp_path: Path) -> None:
    with small_run(small_ports(tmp_path, sender=ScriptedSender(refused(), refused()))) as run:
        for number in (13, 14):
            run.commit(AddPlays((change(number),)))
        assert run.notes == ["Trakt is busy"]


def test_ctrl_c_is_130_whatever_else_went_wrong(tmp_path: Path) -> None:
    ports = small_ports(tmp_path, sender=ScriptedSender(refused(stop=True)))
    with small_run(ports) as run:
        run.commit(AddPlays((change(13),)))
        ports.stop.set()  # type: ignore[attr-defined]
        assert run.must_stop
        assert run.early_exit is ExitCode.INTERRUPTED


def test_nothing_is_sent_once_another_account_has_signed_in(tmp_path: Path) -> None:
    account, sender, sign_ins = SmallAccount(), ScriptedSender(), ["first"]
    ports = replace(small_ports(tmp_path, account, sender), sign_in=lambda: sign_ins[-1])
    with small_run(ports) as run:
        sign_ins.append("second")
        account.account = replace(ACCOUNT, uuid="uuid-2")
        with pytest.raises(SafetyStop):
            run.commit(AddPlays((change(13),)))
    assert sender.sent == []
    assert not any(isinstance(one, Intent) for one in records(tmp_path))
