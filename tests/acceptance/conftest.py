"""The real commands against the sandbox's real HTTP server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, tzinfo
from functools import cache, partial
from itertools import count
from pathlib import Path

import pytest

from anitrakt_plan import http
from anitrakt_plan.cli.main import run as main
from anitrakt_plan.sandbox import environment
from anitrakt_plan.sandbox.lists import Lists
from tests.acceptance.short_list import IS_WHOLE, LIST, exported_list, part_of
from tests.practice import Sandbox, serve
from tests.secret_search import files_with_secrets, secrets_in


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]
PlanText = Callable[..., str]


@pytest.fixture
def is_whole(request: pytest.FixtureRequest) -> bool:
    """Whether the practice list is whole: for tests that are about it, and for all where that is asked for."""
    return IS_WHOLE or request.node.get_closest_marker("whole_list") is not None


@pytest.fixture(autouse=True)
def practice_list(is_whole: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Cut the practice list, unless the test is about the whole of it."""
    if not is_whole:
        monkeypatch.setattr(Lists, "_sample_entries", part_of(Lists._sample_entries))


@pytest.fixture
def list_file(anitrakt: Run, is_whole: bool) -> None:
    """The practice list as an export from MyAnimeList, in the folder where the commands run."""
    LIST.write_text(exported_list(is_whole), encoding="utf-8")


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    """A practice world of this test's own, freshly seeded."""
    with serve(None) as running:
        yield running


@pytest.fixture
def plan_text(is_whole: bool, planned_once: PlanText) -> PlanText:
    """The plan file that `plan ARGUMENTS` makes of a freshly seeded practice world."""
    return partial(planned_once, is_whole)


@pytest.fixture(scope="session")
def planned_once(tmp_path_factory: pytest.TempPathFactory) -> PlanText:
    """The plan file of the whole list, or of its part, with these arguments; each is made once.

    Every test starts from such a world, so for all that only begin with a plan it is the same file. It is made
    in a sandbox and a home of its own: no test finds the caches or the memory of another.
    """

    @cache
    def text(is_whole: bool, *arguments: str) -> str:  # the list is as the test that asks for it has it
        folder = tmp_path_factory.mktemp("planned")
        target = folder / "plan.yaml"
        with serve(None) as practice, pytest.MonkeyPatch.context() as patch:
            for name, value in environment(practice.addresses).items():
                patch.setenv(name, value)
            patch.setenv("ANITRAKT_HOME", str(folder / "home"))
            patch.setattr(sys, "argv", ["anitrakt", "-q", "plan", *arguments, "-o", str(target)])
            with pytest.raises(SystemExit) as leaving:
                main()
            assert leaving.value.code in (None, 0)
        assert files_with_secrets(folder) == []
        return target.read_bytes().decode()

    return text


@pytest.fixture
def anitrakt(
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    tmp_path: Path,
) -> Run:
    """Run `anitrakt ARGUMENTS` in this process, against the test's sandbox, in an empty folder.

    Reads that fail are tried again as often as ever, but at once. Each command's clock is a second further on than
    the one before's: `generated.at` has whole seconds, and two plans of one second would carry the same.
    """
    seconds = count(1)

    class Clock(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return datetime.now(tz) + timedelta(seconds=next(seconds))

    monkeypatch.setattr("anitrakt_plan.cli.plan.datetime", Clock)
    monkeypatch.setattr(http.answers.RetryPolicy, "wait", lambda *_: 0.0)
    for name, value in environment(sandbox.addresses).items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def run(*arguments: str | Path) -> Result:
        monkeypatch.setattr(sys, "argv", ["anitrakt", *map(str, arguments)])
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main()
        said = capfdbinary.readouterr()
        assert secrets_in(said.out + said.err) == []
        code = leaving.value.code
        return Result(code if isinstance(code, int) else 0, said.out.decode(), said.err.decode())

    return run
