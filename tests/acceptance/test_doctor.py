"""`doctor` on broken set-ups: the cause is the first thing it calls wrong, with words on how to mend it."""

from __future__ import annotations

import json
import os
import shutil
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from anitrakt_plan.commands import doctor as doctor_services
from anitrakt_plan.commands.doctor import Diagnosis, Health, Patient, examine, first_wrong
from anitrakt_plan.errors import ExitCode
from anitrakt_plan.http import RetryPolicy
from anitrakt_plan.http.tokens import TokenFile, Tokens
from anitrakt_plan.sandbox import environment
from anitrakt_plan.settings import load_settings
from tests.acceptance.conftest import Run
from tests.practice import Sandbox

EXAMPLE = Path(__file__).parents[2] / "examples" / "plan.yaml"


@dataclass
class Bench:
    """A set-up for a test to break."""

    sandbox: Sandbox
    patch: pytest.MonkeyPatch
    home: Path

    def set(self, name: str, value: str) -> None:
        self.patch.setenv(f"ANITRAKT_{name}", value)

    def unset(self, *names: str) -> None:
        for name in names:
            self.patch.delenv(f"ANITRAKT_{name}")

    def store(
        self, access: str, *, ends_in: timedelta = timedelta(days=5), refresh: str | None = None
    ) -> Path:
        file = self.home / "config" / "tokens.json"
        TokenFile(file).save("trakt", Tokens(access, refresh, datetime.now(UTC) + ends_in))
        return file

    def nowhere(self) -> str:
        """An address at which nobody listens."""
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            return f"http://127.0.0.1:{free.getsockname()[1]}"


@pytest.fixture
def bench(anitrakt: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Bench:
    monkeypatch.setattr(doctor_services, "_PATIENCE", RetryPolicy(tries=0))
    return Bench(sandbox, monkeypatch, tmp_path / "anitrakt-home")


def bad_toml(bench: Bench) -> None:
    Path("anitrakt.toml").write_text("trakt_cient_id = 'x'\n")


def secret_in_the_project(bench: Bench) -> None:
    Path("anitrakt.toml").write_text("trakt_token = 'hush'\n")


def cache_is_a_file(bench: Bench) -> None:
    bench.home.mkdir(exist_ok=True)
    (bench.home / "cache").write_text("")


def open_token_file(bench: Bench) -> None:
    bench.store(bench.sandbox.addresses.trakt_token).chmod(0o644)


def damaged_token_file(bench: Bench) -> None:
    bench.store("x").write_text("{")


def no_key(bench: Bench) -> None:
    bench.unset("TRAKT_CLIENT_ID", "TRAKT_CLIENT_SECRET", "TRAKT_TOKEN")


def deleted_application(bench: Bench) -> None:
    bench.set("TRAKT_CLIENT_ID", "of-a-deleted-application")


def blocked_application(bench: Bench) -> None:
    bench.sandbox.faults.answer(
        "GET", "^/search", 403, "Forbidden", {"Content-Type": "text/plain"}, times=None
    )


def not_signed_in(bench: Bench) -> None:
    bench.unset("TRAKT_TOKEN")


def refused_token(bench: Bench) -> None:
    bench.set("TRAKT_TOKEN", "hush-refused")


def ended_sign_in(bench: Bench) -> None:
    bench.unset("TRAKT_TOKEN")
    bench.store("old", ends_in=timedelta(days=-1), refresh="used")


def zone_nobody_knows(bench: Bench) -> None:
    bench.sandbox.world.timezone = "Mars/Olympus"


def trakt_unreachable(bench: Bench) -> None:
    bench.set("TRAKT_URL", bench.nowhere())


def trakt_down(bench: Bench) -> None:
    bench.sandbox.faults.answer("GET", "/search", 503, times=None)


def cloudflare(bench: Bench) -> None:
    bench.sandbox.faults.html("GET", "/search", 403, times=None)


def anilist_down(bench: Bench) -> None:
    bench.set("ANILIST_URL", bench.nowhere())


def mal_key_wrong(bench: Bench) -> None:
    bench.set("MAL_CLIENT_ID", "hush-wrong")


def tmdb_token_wrong(bench: Bench) -> None:
    bench.set("TMDB_TOKEN", "hush-wrong")


def tmdb_short_key(bench: Bench) -> None:
    bench.set("TMDB_TOKEN", "0123456789abcdef0123456789abcdef")


def tmdb_unreachable(bench: Bench) -> None:
    bench.set("TMDB_URL", bench.nowhere())


def maps_gone(bench: Bench) -> None:
    bench.set("IDMAP_URL", bench.nowhere())


def journal_damaged(bench: Bench) -> None:
    folder = bench.home / "state" / "journal"
    folder.mkdir(parents=True)
    (folder / "somebody.jsonl").write_text("nonsense\n")


def plan_invalid(bench: Bench) -> None:
    Path("plan.yaml").write_text("format: anitrakt-plan/1\nentries: [\n")


BROKEN: list[tuple[Callable[[Bench], None], str, int, str]] = [
    (bad_toml, "settings", 2, "trakt_cient_id"),
    (secret_in_the_project, "settings", 2, "`trakt_token` can't be set"),
    (cache_is_a_file, "folders", 1, "is a file"),
    (damaged_token_file, "token file", 1, "damaged"),
    (deleted_application, "Trakt client id", 4, "no longer knows your application"),
    (blocked_application, "Trakt client id", 4, "has blocked your application"),
    (not_signed_in, "Trakt sign-in", 4, "anitrakt login"),
    (refused_token, "Trakt sign-in", 4, "does not accept the sign-in"),
    (ended_sign_in, "Trakt sign-in", 4, "has ended"),
    (zone_nobody_knows, "time zone", 1, "Mars/Olympus"),
    (trakt_unreachable, "Trakt", 1, "can't be reached"),
    (trakt_down, "Trakt", 1, "problem of its own"),
    (cloudflare, "Trakt", 1, "Cloudflare"),
    (tmdb_token_wrong, "TMDB", 4, "does not accept the token"),
    (tmdb_short_key, "TMDB", 4, "API Read Access Token is needed"),
    (tmdb_unreachable, "TMDB", 1, "can't be reached"),
    (anilist_down, "AniList", 1, "can't be reached"),
    (mal_key_wrong, "MyAnimeList", 4, "does not know the client id"),
    (maps_gone, "id maps", 1, "AniBridge"),
    (journal_damaged, "journal", 6, "can't be read"),
    (plan_invalid, "plan file", 3, "plan.yaml:"),
]


@pytest.mark.parametrize(
    ("break_it", "name", "code", "said"), BROKEN, ids=[row[0].__name__ for row in BROKEN]
)
def test_the_cause_is_named_first(
    break_it: Callable[[Bench], None], name: str, code: int, said: str, bench: Bench, anitrakt: Run
) -> None:
    break_it(bench)
    result = anitrakt("doctor", "--json")
    checks: list[dict[str, Any]] = json.loads(result.out)["checks"]
    wrong = [check for check in checks if check["health"] == "wrong"]

    assert [check["name"] for check in wrong] == [name]
    assert result.code == code == wrong[0]["code"]
    assert said in f"{wrong[0]['what']} {wrong[0]['where']} {wrong[0]['todo']}"
    assert wrong[0]["todo"] or name == "settings"
    assert "hush" not in result.out + result.err


@pytest.mark.parametrize("also", [lambda _: None, trakt_unreachable], ids=["Trakt is up", "Trakt is down"])
def test_without_an_application_all_is_well(
    also: Callable[[Bench], None], bench: Bench, anitrakt: Run
) -> None:
    no_key(bench)
    also(bench)
    result = anitrakt("doctor")

    assert result.code == 0, result.out
    assert "All is well." in result.err
    assert "`plan --trakt-data` and `export-trakt`" in result.out


@pytest.mark.parametrize(
    ("without", "health"), [((), "ok"), (("TMDB_TOKEN",), "ok"), (("TMDB_TOKEN", "TRAKT_CLIENT_ID"), "note")]
)
def test_a_token_for_tmdb_is_no_duty(
    without: tuple[str, ...], health: str, bench: Bench, anitrakt: Run
) -> None:
    bench.unset(*without)
    checks = {c["name"]: c for c in json.loads(anitrakt("doctor", "--json").out)["checks"]}

    assert checks["TMDB"]["health"] == health
    assert ("login --tmdb" in checks["TMDB"]["what"]) is (health == "note")


@pytest.mark.skipif(os.name != "posix", reason="Windows keeps permissions otherwise")
def test_an_open_token_file_is_named_and_closed(bench: Bench, anitrakt: Run) -> None:
    open_token_file(bench)
    first, second = anitrakt("doctor"), anitrakt("doctor")

    assert (first.code, second.code) == (4, 0)
    assert "mode 644" in first.out
    assert "Mend this first: token file" in first.err


def test_several_things_wrong_give_the_code_of_the_first(bench: Bench, anitrakt: Run) -> None:
    for break_it in (plan_invalid, journal_damaged, refused_token):
        break_it(bench)
    result = anitrakt("doctor")

    assert result.code == 4
    order = [
        line.split(":")[0].split("  ", 1)[1].strip()
        for line in result.out.splitlines()
        if line.startswith("wrong")
    ]
    assert order == ["Trakt sign-in", "journal", "plan file"]


def test_what_can_not_be_told_is_not_called_wrong(bench: Bench, anitrakt: Run) -> None:
    trakt_unreachable(bench)
    checks = {c["name"]: c["health"] for c in json.loads(anitrakt("doctor", "--json").out)["checks"]}

    assert {checks[name] for name in ("Trakt client id", "Trakt sign-in", "clock", "time zone")} == {
        "not checked"
    }


def test_all_well_is_said_and_the_plan_is_looked_at(bench: Bench, anitrakt: Run) -> None:
    shutil.copy(EXAMPLE, "mine.yaml")
    result = anitrakt("doctor", "mine.yaml")

    assert (result.code, "All is well." in result.err) == (0, True)
    assert "mine.yaml is valid" in result.out
    assert "wrong" not in result.out


def test_each_id_map_has_an_age(bench: Bench) -> None:
    later = timedelta(days=40)
    checked(bench, lambda: datetime.now(UTC))
    [maps] = [check for check in checked(bench, lambda: datetime.now(UTC) + later) if check.name == "id maps"]

    assert maps.health is Health.OK
    assert maps.what.count("downloaded 40 days ago, from 2026-11-01") == 4
    assert maps.what.startswith("AniBridge: downloaded")


def test_without_one_id_map_the_others_are_enough_for_a_plan_and_doctor_names_it(
    bench: Bench, anitrakt: Run
) -> None:
    bench.sandbox.faults.answer("GET", "/bangumi.json", 404, times=None, service="idmap")
    result = anitrakt("plan", "--anilist", "sample", "-o", "plan.yaml")

    assert result.code == 0
    assert "bangumi-data was left out: its address answers with HTTP 404" in result.err
    assert "bangumi-data was left out" in anitrakt("doctor").out


def checked(bench: Bench, ours: Callable[[], datetime]) -> tuple[Diagnosis, ...]:
    given = {**environment(bench.sandbox.addresses), "ANITRAKT_HOME": str(bench.home)}
    return tuple(examine(Patient(load_settings(given, Path.cwd()), None, ours)))


@pytest.mark.parametrize(
    ("off", "said"),
    [(timedelta(hours=-3), "3 hours slow"), (timedelta(minutes=7), "7 minutes fast")],
)
def test_a_wrong_clock_is_told_by_trakts(off: timedelta, said: str, bench: Bench) -> None:
    wrong = first_wrong(checked(bench, lambda: datetime.now(UTC) + off))

    assert wrong is not None
    assert (wrong.name, wrong.code) == ("clock", ExitCode.FAILED)
    assert said in wrong.what


def test_a_clock_four_minutes_off_is_well(bench: Bench) -> None:
    found = checked(bench, lambda: datetime.now(UTC) + timedelta(minutes=4))

    assert {check.health for check in found if check.name == "clock"} == {Health.OK}


def test_doctor_changes_nothing_at_any_service(bench: Bench, anitrakt: Run) -> None:
    anitrakt("doctor")

    posts = [
        record for record in bench.sandbox.wire if record.method != "GET" and record.service != "anilist"
    ]
    assert posts == []


def test_paths_names_every_folder_and_what_it_holds(anitrakt: Run, bench: Bench) -> None:
    result = anitrakt("doctor", "--paths")
    rows = json.loads(anitrakt("doctor", "--paths", "--json").out)["paths"]

    assert result.code == 0
    assert [row["name"] for row in rows] == ["config", "cache", "state", "journal"]
    assert all(row["path"] in result.out and row["holds"] in result.out for row in rows)
    assert "back it up" in result.out
