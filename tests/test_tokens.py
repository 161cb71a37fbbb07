"""The file with the sign-ins."""

from __future__ import annotations

import json
import logging
import os
import stat
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest
from filelock import FileLock

from anitrakt_plan.errors import Failed
from anitrakt_plan.http.tokens import TokenFile, Tokens

END = datetime(2026, 11, 29, 9, 0, tzinfo=UTC)
PAIR = Tokens("hush-access", "hush-refresh", END)
posix_only = pytest.mark.skipif(os.name != "posix", reason="Windows keeps permissions otherwise")


@pytest.fixture
def file(tmp_path: Path) -> TokenFile:
    return TokenFile(tmp_path / "config" / "tokens.json", lock_seconds=0)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.mark.parametrize(
    "tokens",
    [
        PAIR,
        Tokens("a", None, END),
        Tokens("a", "r", datetime(2026, 11, 29, 11, 0, tzinfo=timezone(timedelta(hours=2)))),
    ],
)
def test_what_is_saved_is_loaded(file: TokenFile, tokens: Tokens) -> None:
    file.save("trakt", tokens)

    assert file.load("trakt") == tokens


def test_there_is_nothing_before_the_first_sign_in(file: TokenFile) -> None:
    assert file.load("trakt") is None
    assert not file.path.exists()


def test_services_do_not_disturb_each_other(file: TokenFile) -> None:
    other = Tokens("m", "n", END)
    file.save("trakt", PAIR)
    file.save("mal", other)

    file.remove("trakt")

    assert file.load("trakt") is None
    assert file.load("mal") == other


def test_the_last_sign_out_takes_the_file_with_it(file: TokenFile) -> None:
    file.save("trakt", PAIR)

    file.remove("trakt")
    file.remove("trakt")

    assert not file.path.exists()


@posix_only
def test_only_the_owner_can_read_it_from_the_first_byte_on(file: TokenFile) -> None:
    before = os.umask(0)
    try:
        file.save("trakt", PAIR)
    finally:
        os.umask(before)

    assert mode(file.path) == 0o600
    assert mode(file.path.parent) == 0o700


@posix_only
def test_a_file_that_others_may_read_is_closed_to_them(
    file: TokenFile, caplog: pytest.LogCaptureFixture
) -> None:
    file.save("trakt", PAIR)
    file.path.chmod(0o644)

    with caplog.at_level(logging.WARNING):
        file.load("trakt")

    assert mode(file.path) == 0o600
    assert "could be read by other users" in caplog.text


def test_a_write_that_fails_leaves_the_old_file_and_no_other(
    file: TokenFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    file.save("trakt", PAIR)

    def no_space(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(Failed, match="No space left") as caught:
        file.save("trakt", Tokens("hush-new", "hush-newer", END))

    assert "hush" not in str(caught.value)
    assert file.load("trakt") == PAIR
    names = {path.name for path in file.path.parent.iterdir()}
    assert names <= {"tokens.json", "tokens.json.lock"}


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        "[]",
        '{"trakt": 1}',
        '{"trakt": {"access_token": "hush"}}',
        '{"trakt": {"access_token": 1, "expires_at": "2026-11-29T09:00:00+00:00"}}',
        '{"trakt": {"access_token": "hush", "expires_at": "2026-11-29T09:00:00"}}',
    ],
)
def test_a_damaged_file_is_a_plain_sentence(file: TokenFile, content: str) -> None:
    file.path.parent.mkdir()
    file.path.write_text(content, encoding="utf-8")

    with pytest.raises(Failed, match="damaged") as caught:
        file.load("trakt")

    assert "anitrakt login" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_a_busy_file_is_waited_for_and_then_said_to_be_busy(file: TokenFile) -> None:
    file.save("trakt", PAIR)

    with FileLock(file.path.with_name("tokens.json.lock")), pytest.raises(Failed, match="another anitrakt"):
        file.save("trakt", PAIR)


def test_tokens_do_not_show_when_printed() -> None:
    assert "hush" not in repr(PAIR)


def test_the_file_is_readable_json_for_all_services(file: TokenFile) -> None:
    file.save("mal", PAIR)

    assert json.loads(file.path.read_text(encoding="utf-8")) == {
        "mal": {
            "access_token": "hush-access",
            "refresh_token": "hush-refresh",
            "expires_at": "2026-11-29T09:00:00+00:00",
        }
    }
