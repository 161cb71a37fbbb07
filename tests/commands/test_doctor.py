"""What doctor looks at: in which order, what each finding is worth, and which of them gives the exit code."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from anitrakt_plan.commands.doctor import (
    Check,
    Diagnosis,
    Finding,
    Health,
    Patient,
    TraktChecks,
    check_folders,
    check_journal,
    check_plan,
    check_source,
    check_tmdb,
    check_token_file,
    checks_of,
    compare_clocks,
    examine,
    find_zone,
    first_wrong,
    folder_infos,
)
from anitrakt_plan.errors import (
    AnitraktError,
    BadUsage,
    ExitCode,
    Failed,
    NotSignedIn,
    PlanInvalid,
    SafetyStop,
)
from anitrakt_plan.http.tokens import TokenFile, Tokens
from anitrakt_plan.planfile.dump import dump_plan
from anitrakt_plan.settings import Settings
from anitrakt_plan.sources import SOURCES
from anitrakt_plan.trakt.client import Trakt, TraktCheck
from tests.faults.bench import plan_of, season
from tests.practice import START, Clock

posix = pytest.mark.skipif(os.name != "posix", reason="modes of files are POSIX's")


def fail(error: AnitraktError) -> Finding:
    raise error


# --- diagnoses ---


def test_a_check_raises_nothing_and_keeps_what_the_error_says() -> None:
    error = NotSignedIn("Trakt does not know the sign-in", where="Trakt", todo="Sign in.")
    assert Check("sign-in", lambda: fail(error)).diagnose() == Diagnosis(
        "sign-in", Health.WRONG, error.what, "Trakt", "Sign in.", ExitCode.NOT_SIGNED_IN
    )
    assert Check("clock", lambda: (Health.NOTE, "fine")).diagnose() == Diagnosis("clock", Health.NOTE, "fine")


def test_the_first_wrong_thing_gives_the_exit_code() -> None:
    found = tuple(
        Check(name, check).diagnose()
        for name, check in (
            ("a note", lambda: (Health.NOTE, "")),
            ("unknown", lambda: (Health.UNKNOWN, "")),
            ("sign-in", lambda: fail(NotSignedIn("no"))),
            ("plan", lambda: fail(PlanInvalid("no"))),
        )
    )
    wrong = first_wrong(found)
    assert wrong is not None
    assert (wrong.name, wrong.code) == ("sign-in", ExitCode.NOT_SIGNED_IN)
    assert first_wrong(found[:2]) is None


def test_settings_that_can_not_be_read_are_all_that_is_looked_at() -> None:
    patient = Patient(BadUsage("nobody knows this name"), None, Clock())
    settings, rest = examine(patient)
    assert (settings.health, settings.code, rest.health) == (Health.WRONG, ExitCode.USAGE, Health.UNKNOWN)


def test_what_others_stand_on_comes_first(settings: Settings) -> None:
    names = [check.name for check in checks_of(settings, None, Clock())]
    assert names == [
        *(
            "settings",
            "folders",
            "token file",
            "Trakt client id",
            "Trakt sign-in",
            "clock",
            "time zone",
            "Trakt",
        ),
        *("TMDB", *(source.title for source in SOURCES), "id maps", "journal", "plan file"),
    ]


# --- this machine ---


def test_each_folder_is_named_with_its_size_or_that_there_is_none(settings: Settings) -> None:
    (settings.folders.cache / "deep").mkdir(parents=True)
    (settings.folders.cache / "deep" / "file").write_bytes(b"12345")
    sizes = {info.name: info.bytes for info in folder_infos(settings.folders)}
    assert sizes == {"config": None, "cache": 5, "state": None, "journal": None}


def test_a_folder_whose_place_a_file_has_is_wrong_and_named(settings: Settings) -> None:
    assert check_folders(settings.folders)[0] is Health.OK
    settings.folders.cache.parent.mkdir(parents=True)
    settings.folders.cache.write_text("a file")
    with pytest.raises(Failed, match="is a file") as wrong:
        check_folders(settings.folders)
    assert wrong.value.where == str(settings.folders.cache)


@posix
def test_sign_ins_that_others_could_read_are_closed_and_said_once(settings: Settings) -> None:
    file = settings.folders.tokens
    assert check_token_file(file) == (Health.OK, "there is none yet")
    TokenFile(file).save("trakt", Tokens("access", "refresh", START))
    file.chmod(0o644)
    with pytest.raises(NotSignedIn, match="mode 644"):
        check_token_file(file)
    assert check_token_file(file)[0] is Health.OK


def test_a_journal_that_can_not_be_read_is_wrong(settings: Settings) -> None:
    folder = settings.folders.journal
    assert check_journal(folder)[0] is Health.OK
    folder.mkdir(parents=True)
    (folder / "uuid.jsonl").write_text("no record\n")
    with pytest.raises(SafetyStop):
        check_journal(folder)


def test_a_plan_is_valid_or_its_first_mistake_is_named(tmp_path: Path) -> None:
    assert check_plan(None)[0] is Health.UNKNOWN
    file = tmp_path / "plan.yaml"
    text = dump_plan(plan_of(season(1, "1420 S03E13-E22")))
    file.write_text(text, encoding="utf-8")
    assert check_plan(file) == (Health.OK, f"{file} is valid (1 entry)")
    file.write_text(text.replace("decision: auto", "decision: perhaps"), encoding="utf-8")
    with pytest.raises(PlanInvalid, match="perhaps"):
        check_plan(file)


# --- the clock and the zone ---


@pytest.mark.parametrize(
    ("off", "word"),
    [
        (timedelta(0), None),
        (timedelta(minutes=5), None),
        (timedelta(minutes=-5), None),
        (timedelta(minutes=5, seconds=1), "fast"),
        (timedelta(minutes=-6), "slow"),
        (timedelta(days=400), "fast"),
    ],
)
def test_a_clock_may_be_five_minutes_off(off: timedelta, word: str | None) -> None:
    if word is None:
        assert compare_clocks(START, START + off)[0] is Health.OK
    else:
        with pytest.raises(Failed, match=word):
            compare_clocks(START, START + off)


@pytest.mark.parametrize(
    ("name", "is_known"),
    [("Europe/Berlin", True), ("UTC", True), ("Mars/Olympus", False), ("../zone", False), ("", False)],
)
def test_a_zone_is_known_or_said_to_be_missing(name: str, is_known: bool) -> None:
    if is_known:
        assert find_zone(name)[0] is Health.OK
    else:
        with pytest.raises(Failed, match="time zone"):
            find_zone(name)


# --- what Trakt says ---

KEY, DOWN, NOBODY = NotSignedIn("no such key"), Failed("no connection"), NotSignedIn("no such sign-in")
ALL_WELL = TraktCheck(user="yourname", time_zone="Europe/Berlin", date=START)
OK, UNKNOWN, NOTE, WRONG = Health.OK, Health.UNKNOWN, Health.NOTE, Health.WRONG


@pytest.mark.parametrize(
    ("client_id", "said", "healths"),
    [
        (None, ALL_WELL, [NOTE, UNKNOWN, OK, OK, UNKNOWN]),
        ("id", ALL_WELL, [OK, OK, OK, OK, OK]),
        ("id", TraktCheck(key=KEY, date=START), [WRONG, UNKNOWN, OK, UNKNOWN, OK]),
        ("id", TraktCheck(service=DOWN), [UNKNOWN, UNKNOWN, UNKNOWN, UNKNOWN, WRONG]),
        ("id", TraktCheck(sign_in=NOBODY, date=START), [OK, WRONG, OK, UNKNOWN, OK]),
    ],
)
def test_one_answer_of_trakts_tells_of_each_of_its_parts(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    client_id: str | None,
    said: TraktCheck,
    healths: list[Health],
) -> None:
    asked: list[int] = []

    def check(_: Trakt) -> TraktCheck:
        asked.append(1)
        return said

    monkeypatch.setattr(Trakt, "check", check)
    checks = TraktChecks(replace(settings, trakt_client_id=client_id), Clock())
    parts = (checks.client_id, checks.sign_in, checks.clock, checks.time_zone, checks.service)
    assert [Check("", part).diagnose().health for part in parts] == healths
    assert asked == [1]


@pytest.mark.parametrize(("client_id", "health"), [(None, NOTE), ("id", OK)])
def test_without_a_token_tmdb_is_not_asked_and_missed_only_without_an_application(
    settings: Settings, client_id: str | None, health: Health
) -> None:
    assert check_tmdb(replace(settings, trakt_client_id=client_id))[0] is health


def test_a_list_service_that_the_sandbox_does_not_serve_is_not_checked(settings: Settings) -> None:
    assert check_source(replace(settings, endpoints={}), SOURCES[0])[0] is Health.UNKNOWN
