"""Each trouble that meets a newcomer: the exit code that tells it, what it means, and what to do.

Long: the same hints in commands that do more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.acceptance.conftest import PlanText, Run
from tests.practice import Sandbox

EXAMPLE = Path(__file__).parents[2] / "examples" / "sample-mal.xml"
EMPTY = """<?xml version="1.0" encoding="UTF-8"?>
<myanimelist><myinfo><user_name>x</user_name><user_export_type>1</user_export_type></myinfo></myanimelist>
"""


@dataclass
class Bench:
    """What a case may change before the command runs."""

    sandbox: Sandbox
    patch: pytest.MonkeyPatch

    def set(self, name: str, value: str) -> None:
        self.patch.setenv(f"ANITRAKT_{name}", value)

    def unset(self, *names: str) -> None:
        for name in names:
            self.patch.delenv(f"ANITRAKT_{name}")


@dataclass(frozen=True)
class Case:
    """A trouble: how it comes about, what is typed, and what must be said."""

    name: str
    cause: Callable[[Bench], object]
    command: str
    code: int | tuple[int, ...]
    means: str
    todo: str


def as_it_is(_bench: Bench) -> None:
    pass


def no_keys(bench: Bench) -> None:
    bench.unset("TRAKT_CLIENT_ID", "TRAKT_CLIENT_SECRET", "TRAKT_TOKEN", "MAL_CLIENT_ID", "TMDB_TOKEN")


CASES = [
    Case(
        "plan without a key",
        no_keys,
        "plan --anilist sample",
        0,
        "What is on Trakt already is not known",
        "--trakt-data ZIP",
    ),
    Case(
        "apply without a key",
        no_keys,
        "apply PLAN -y",
        4,
        "there is no Trakt client id",
        "`anitrakt export-trakt plan.yaml`",
    ),
    Case("MyAnimeList without a key", no_keys, "plan --mal sample", 4, "needs a client id", "apiconfig"),
    Case(
        "a wrong MyAnimeList key",
        lambda b: b.set("MAL_CLIENT_ID", "hush"),
        "plan --mal sample",
        4,
        "does not know this client id",
        "apiconfig",
    ),
    Case(
        "a deleted application",
        lambda b: b.set("TRAKT_CLIENT_ID", "hush"),
        "apply PLAN -y",
        4,
        "Trakt no longer knows your application (VIP ended?)",
        "Your plan and journal stay good: `anitrakt plan --update plan.yaml --trakt-data ZIP` goes on without it",
    ),
    Case(
        "a blocked application",
        lambda b: b.sandbox.faults.answer(
            "GET", "", 403, headers={"Content-Type": "text/plain"}, body="Forbidden", times=None
        ),
        "apply PLAN -y",
        4,
        "Trakt has blocked your application",
        "`anitrakt plan --update plan.yaml --trakt-data ZIP` goes on without it",
    ),
    Case(
        "no sign-in", lambda b: b.unset("TRAKT_TOKEN"), "apply PLAN -y", 4, "not signed in", "anitrakt login"
    ),
    Case(
        "a refused sign-in",
        lambda b: b.set("TRAKT_TOKEN", "hush"),
        "apply PLAN -y",
        4,
        "does not accept the sign-in",
        "anitrakt login",
    ),
    Case(
        "a full account",
        lambda b: b.sandbox.faults.answer(
            "POST", "^/sync/history$", 420, headers={"X-Account-Limit": "100000"}, times=None
        ),
        "apply PLAN -y --force",
        (1, 5),
        "account is full (its limit is 100000)",
        "Make room",
    ),
    Case(
        "a locked account",
        lambda b: b.sandbox.faults.answer("POST", "^/sync/history$", 423, times=None),
        "apply PLAN -y --force",
        (1, 5),
        "locked the account",
        "support",
    ),
    Case(
        "a private AniList list",
        as_it_is,
        "plan --anilist private",
        4,
        "is private",
        "ANITRAKT_ANILIST_TOKEN",
    ),
    Case(
        "a private MyAnimeList list", as_it_is, "plan --mal private", 4, "is private", "anitrakt login --mal"
    ),
    Case("an unknown AniList user", as_it_is, "plan --anilist nobody-at-all", 1, "knows no user", "spelling"),
    Case("an unknown MyAnimeList user", as_it_is, "plan --mal nobody-at-all", 1, "knows no user", "spelling"),
    Case(
        "an empty list",
        lambda _: Path("empty.xml").write_text(EMPTY),
        "plan --list-file empty.xml",
        1,
        "there is no anime in this export",
        "Export the anime list again",
    ),
    Case(
        "AniList down",
        lambda b: b.sandbox.faults.answer("POST", "", 503, service="anilist", times=None),
        "plan --anilist sample",
        1,
        "out of order",
        "again",
    ),
    Case(
        "MyAnimeList down",
        lambda b: b.sandbox.faults.answer("GET", "", 503, service="mal", times=None),
        "plan --mal sample",
        1,
        "out of order",
        "again",
    ),
    Case(
        "Trakt down",
        lambda b: b.sandbox.faults.answer("GET", "^/users/settings", 503, times=None),
        "apply PLAN -y",
        1,
        "problem of its own",
        "again",
    ),
]


@pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])
def test_each_trouble_says_what_it_means_and_what_to_do(
    case: Case, anitrakt: Run, plan_text: PlanText, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    if "PLAN" in case.command:
        Path("plan.yaml").write_text(plan_text("--list-file", str(EXAMPLE)), encoding="utf-8")
    case.cause(Bench(sandbox, monkeypatch))
    result = anitrakt(*case.command.replace("PLAN", "plan.yaml").split())

    said = result.out + result.err
    codes = case.code if isinstance(case.code, tuple) else (case.code,)
    assert result.code in codes, said
    assert case.means in said
    assert case.todo in said
    assert "hush" not in said
    assert "Traceback" not in said


def test_in_the_sandbox_a_hint_can_be_copied(anitrakt: Run) -> None:
    planned = anitrakt("--sandbox", "plan", "--anilist", "sample", "-o", "plan.yaml")
    assert "`anitrakt --sandbox apply plan.yaml`" in planned.err
    missing = anitrakt("--sandbox", "diff", "missing.yaml")
    assert "`anitrakt --sandbox plan --anilist sample -o missing.yaml`" in missing.err


@pytest.mark.long
def test_a_practice_plan_is_used_in_the_sandbox_alone_and_another_one_outside_it(
    anitrakt: Run,
) -> None:
    assert anitrakt("--sandbox", "plan", "--anilist", "sample", "-o", "plan.yaml", "-q").code == 0
    for command in ("apply", "diff", "review", "status", "export-trakt"):
        refused = anitrakt(command, "plan.yaml")
        assert refused.code == 2, refused.err
        assert "plan.yaml was made in the sandbox" in refused.err
        assert f"`anitrakt --sandbox {command} plan.yaml`" in refused.err
    for words in (("plan", "--update"), ("undo", "--stale"), ("explain",)):
        refused = anitrakt(*words, "plan.yaml", *(["titan"] if words == ("explain",) else []))
        assert refused.code == 2, refused.err
        assert "Write `--sandbox` behind `anitrakt`" in refused.err
    for command in ("validate", "show", "export-map"):
        assert anitrakt(command, "plan.yaml").code == 0
    assert "`anitrakt --sandbox review plan.yaml` settles the 3" in anitrakt().out

    text = anitrakt("plan", "--mal", "sample", "-q").out.replace('{service: trakt, user: "sandbox"}', "{}")
    text = text.replace("target: {}", 'target: {service: trakt, user: "somebody"}')
    Path("own.yaml").write_text(text, encoding="utf-8", newline="\n")
    assert anitrakt("validate", "own.yaml").code == 0
    refused = anitrakt("--sandbox", "apply", "own.yaml")
    assert refused.code == 2, refused.err
    assert "own.yaml is a plan of your own" in refused.err


@pytest.mark.long
def test_outside_the_sandbox_no_hint_speaks_of_it(anitrakt: Run) -> None:
    assert "--sandbox" not in anitrakt("plan", "--anilist", "sample", "-o", "plan.yaml").err


@pytest.mark.long
def test_an_export_of_the_sandbox_is_not_sent_to_the_real_site(anitrakt: Run) -> None:
    anitrakt("--sandbox", "plan", "--anilist", "sample", "-o", "plan.yaml")
    exported = anitrakt("--sandbox", "export-trakt", "plan.yaml")

    assert exported.code == 0, exported.err
    assert "These files are practice: do not upload them to Trakt itself." in exported.err
    assert "trakt.tv" not in exported.err


@pytest.mark.long
def test_what_apply_says_at_its_end_can_be_copied_in_the_sandbox(anitrakt: Run) -> None:
    anitrakt("--sandbox", "plan", "--anilist", "sample", "-o", "plan.yaml")
    applied = anitrakt("--sandbox", "apply", "plan.yaml", "--yes")

    assert "`anitrakt --sandbox undo`" in applied.out
    assert "`anitrakt undo`" not in applied.out + applied.err
