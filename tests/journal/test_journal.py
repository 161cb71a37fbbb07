"""The journal's file: on the disk before the call returns, or not there at all."""

from __future__ import annotations

import errno
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from anitrakt_plan.errors import AnitraktError, Failed, SafetyStop
from anitrakt_plan.journal.journal import JournalFile, JournalText, account_lock, journal_path, read_journal
from anitrakt_plan.journal.records import RunBegan, RunEnded, RunKind

AT = datetime(2026, 11, 22, 9, tzinfo=UTC)
BEGAN = RunBegan("2026-11-22-1", AT, RunKind.APPLY, "user", "mal:user")
ENDED = RunEnded("2026-11-22-1", AT, 0, "10 plays")


def opened(tmp_path: Path) -> JournalFile:
    return JournalFile(journal_path(tmp_path, "uuid"), "uuid", "user", AT)


def test_every_record_is_synced_before_the_call_returns(tmp_path: Path) -> None:
    synced: list[bytes] = []
    path = journal_path(tmp_path, "uuid")

    def sync(descriptor: int) -> None:
        os.fsync(descriptor)
        synced.append(path.read_bytes())

    journal = JournalFile(path, "uuid", "user", AT, sync=sync)
    journal.append(BEGAN)
    assert synced[-1] == path.read_bytes()
    assert synced[-1].endswith(b"\n")


def test_a_journal_comes_back_as_it_was_written(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append(BEGAN)
    journal.append(ENDED)
    again = opened(tmp_path)
    assert again.records[1:] == (BEGAN, ENDED)
    assert not again.repaired


@pytest.mark.parametrize("cut", range(1, 60, 7))
def test_a_torn_last_line_is_cut_off_and_the_next_record_stands_alone(tmp_path: Path, cut: int) -> None:
    journal = opened(tmp_path)
    journal.append(BEGAN)
    whole = journal.path.read_bytes()
    journal.append(ENDED)
    journal.path.write_bytes(journal.path.read_bytes()[: len(whole) + cut])
    mended = opened(tmp_path)
    assert mended.repaired
    assert journal.path.read_bytes() == whole
    mended.append(ENDED)
    assert opened(tmp_path).records[1:] == (BEGAN, ENDED)


def test_a_record_that_can_not_be_synced_leaves_no_trace_and_nothing_follows(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    whole = journal.path.read_bytes()

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    journal._sync = full
    with pytest.raises(Failed, match="No space left"):
        journal.append(BEGAN)
    assert journal.path.read_bytes() == whole
    journal._sync = os.fsync
    with pytest.raises(Failed, match="could not be written before"):
        journal.append(BEGAN)


def test_a_folder_that_can_not_be_written_is_a_plain_sentence(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    with pytest.raises(Failed, match="the journal can't be"):
        JournalFile(journal_path(blocked / "journal", "uuid"), "uuid", "user", AT)


def test_a_bad_line_in_the_middle_is_named_by_its_number_until_it_is_let_pass(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    journal.append(BEGAN)
    journal.append(ENDED)
    journal.path.write_bytes(journal.path.read_bytes().replace(b'"run", "run"', b'"ruin", "run"'))
    with pytest.raises(SafetyStop) as stopped:
        read_journal(journal.path)
    assert str(stopped.value).startswith(f"{journal.path}:2: ")
    assert stopped.value.name == "journal-line"

    passed = JournalFile(journal.path, "uuid", "user", AT, pass_bad_lines=True)
    assert passed.records[1:] == (ENDED,)
    assert opened(tmp_path).records[1] == ENDED

    another = journal.path.read_bytes().replace(b'"type": "end"', b'"type": "and"')
    journal.path.write_bytes(another)
    with pytest.raises(SafetyStop, match="a line that can't be read"):
        read_journal(journal.path)


@settings(suppress_health_check=list(HealthCheck), deadline=None)
@given(bit=st.integers(0))
def test_a_flipped_bit_anywhere_in_a_journal_is_noticed(tmp_path: Path, bit: int) -> None:
    """It stops the reading, or, where it takes the last line's break, the line is torn."""
    path = journal_path(tmp_path, "uuid")
    path.unlink(missing_ok=True)
    journal = opened(tmp_path)
    journal.append(BEGAN)
    journal.append(ENDED)
    raw = bytearray(path.read_bytes())
    bit %= 8 * len(raw)
    raw[bit // 8] ^= 1 << bit % 8
    path.write_bytes(raw)
    if bit // 8 == len(raw) - 1:
        assert read_journal(path).rest
    else:
        with pytest.raises(AnitraktError, match="journal"):
            read_journal(path)


def test_a_newer_kind_of_line_asks_for_the_newest_anitrakt(tmp_path: Path) -> None:
    journal = opened(tmp_path)
    with journal.path.open("ab") as file:
        file.write(b'{"type": "forgotten", "at": "2026-11-22T09:12:44.000Z"}\n')
    with pytest.raises(Failed, match=r"newer than this anitrakt.*`forgotten`") as stopped:
        read_journal(journal.path)
    assert "newest anitrakt" in str(stopped.value)


def test_a_journal_of_another_account_is_refused(tmp_path: Path) -> None:
    opened(tmp_path)
    with pytest.raises(Failed, match="another account"):
        JournalFile(journal_path(tmp_path, "uuid"), "other", "user", AT)


def test_no_journal_is_an_empty_one(tmp_path: Path) -> None:
    assert read_journal(tmp_path / "none.jsonl") == JournalText()


def test_an_accounts_name_never_leaves_the_folder(tmp_path: Path) -> None:
    assert journal_path(tmp_path, "../../etc/passwd").parent == tmp_path


def test_the_lock_names_its_holder_and_lets_go(tmp_path: Path) -> None:
    with (
        account_lock(tmp_path, "uuid", wait=0, now=AT),
        pytest.raises(SafetyStop) as stopped,
        account_lock(tmp_path, "uuid", wait=0, now=AT),
    ):
        pass
    assert f"process {os.getpid()} on " in str(stopped.value)
    assert "2026-11-22T09:00:00" in str(stopped.value)
    assert stopped.value.name is None
    with account_lock(tmp_path, "uuid", wait=0, now=AT), account_lock(tmp_path, "other", wait=0, now=AT):
        pass
