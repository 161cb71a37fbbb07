"""`doctor`: everything that anitrakt stands on, looked at in order, so that the first wrong thing is the cause."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from anitrakt_plan.commands.doctor_files import check_folders, check_journal, check_plan, check_token_file
from anitrakt_plan.commands.doctor_services import (
    AccountLook,
    TraktLook,
    anilist_trouble,
    look_at_account,
    look_at_id_maps,
    look_at_trakt,
    mal_trouble,
    unknown_zone,
    wrong_clock,
)
from anitrakt_plan.commands.doctor_words import Trouble
from anitrakt_plan.errors import AnitraktError, ExitCode
from anitrakt_plan.settings import Settings


class Health(StrEnum):
    """What a check came to; `note` is worth knowing and no fault."""

    OK = "ok"
    NOTE = "note"
    WRONG = "wrong"
    UNKNOWN = "not checked"


@dataclass(frozen=True, slots=True)
class Check:
    """One check: what was looked at, what is the matter, where, how to mend it, and the exit code that it means."""

    name: str
    health: Health
    what: str
    where: str | None = None
    todo: str | None = None
    code: ExitCode = ExitCode.DONE


@dataclass(frozen=True, slots=True)
class Patient:
    """What there is to look at. `settings` is the error where they can't be read. `file` None: no plan is here."""

    settings: Settings | AnitraktError
    file: Path | None
    clock: Callable[[], datetime]


def examine(patient: Patient) -> Iterator[Check]:
    """Every check in order, each as soon as it is done. Nothing is raised: what goes wrong is a finding."""
    if isinstance(patient.settings, AnitraktError):
        yield _wrong("settings", patient.settings)
        yield Check("everything else", Health.UNKNOWN, "it depends on the settings")
        return
    settings = patient.settings
    yield Check("settings", Health.OK, _settings_found(settings))
    yield _of("folders", check_folders(settings.folders), "they can be written to")
    yield _of("token file", check_token_file(settings.folders.tokens), _token_file_words(settings))
    trakt = look_at_trakt(settings, patient.clock)
    yield _key(settings, trakt)
    account = look_at_account(settings, trakt, patient.clock)
    yield _sign_in(account)
    yield _clock(trakt, patient.clock)
    yield _zone(account)
    yield _trakt(trakt)
    yield _of("AniList", anilist_trouble(settings), "it answers")
    yield _mal(settings)
    yield _of("id maps", *look_at_id_maps(settings, patient.clock()))
    yield _of(
        "journal", check_journal(settings.folders.journal), f"it can be read: {settings.folders.journal}"
    )
    yield _plan(patient.file)


def first_wrong(checks: tuple[Check, ...]) -> Check | None:
    """The first thing that is wrong: most probably the cause of what comes after it."""
    return next((check for check in checks if check.health is Health.WRONG), None)


def _wrong(name: str, trouble: AnitraktError | Trouble) -> Check:
    code = trouble.exit_code
    return Check(name, Health.WRONG, trouble.what, trouble.where, trouble.todo, ExitCode(code))


def _of(name: str, trouble: AnitraktError | Trouble | None, fine: str) -> Check:
    return Check(name, Health.OK, fine) if trouble is None else _wrong(name, trouble)


def _settings_found(settings: Settings) -> str:
    mine = settings.folders.config / "anitrakt.toml"
    found = [str(path) for path in (Path("anitrakt.toml"), mine) if path.exists()]
    return (
        f"from the environment and {', '.join(found)}"
        if found
        else "from the environment; there is no anitrakt.toml"
    )


def _token_file_words(settings: Settings) -> str:
    file = settings.folders.tokens
    return f"only you can read it: {file}" if file.exists() else "there is none yet"


def _key(settings: Settings, trakt: TraktLook) -> Check:
    name = "Trakt client id"
    if trakt.key_trouble is not None:
        return _wrong(name, trakt.key_trouble)
    if trakt.trouble is not None:
        return Check(name, Health.UNKNOWN, "Trakt gave no answer to tell by")
    secret = (
        "" if settings.trakt_client_secret else "; no client secret is set, which Trakt may ask for at login"
    )
    return Check(name, Health.OK, f"Trakt knows it{secret}")


def _sign_in(account: AccountLook) -> Check:
    name = "Trakt sign-in"
    if account.trouble is not None:
        return _wrong(name, account.trouble)
    if account.user is None:
        return Check(name, Health.UNKNOWN, "Trakt gave no answer to tell by")
    return Check(name, Health.OK, f"signed in as {account.user}")


def _clock(trakt: TraktLook, clock: Callable[[], datetime]) -> Check:
    if trakt.date is None:
        return Check("clock", Health.UNKNOWN, "no service said what time it is")
    return _of("clock", wrong_clock(trakt.date, clock()), "it agrees with Trakt's")


def _zone(account: AccountLook) -> Check:
    if account.time_zone is None:
        return Check("time zone", Health.UNKNOWN, "only a sign-in tells your Trakt account's")
    return _of("time zone", unknown_zone(account.time_zone), f"{account.time_zone}, as in your Trakt account")


def _trakt(trakt: TraktLook) -> Check:
    if trakt.trouble is not None:
        return _wrong("Trakt", trakt.trouble)
    return Check(
        "Trakt", Health.OK if trakt.date else Health.UNKNOWN, "it answers" if trakt.date else "not asked"
    )


def _mal(settings: Settings) -> Check:
    trouble = mal_trouble(settings)
    if trouble is None and not settings.mal_client_id:
        return Check(
            "MyAnimeList",
            Health.NOTE,
            "it answers; no client id is set (ANITRAKT_MAL_CLIENT_ID), which only `plan --mal` needs",
        )
    return _of("MyAnimeList", trouble, "it answers, and knows the client id")


def _plan(file: Path | None) -> Check:
    if file is None:
        return Check("plan file", Health.UNKNOWN, "there is no plan.yaml here; name one to check it")
    trouble, fine = check_plan(file)
    return _of("plan file", trouble, fine)
