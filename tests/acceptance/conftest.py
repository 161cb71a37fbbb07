"""The real commands against the sandbox's real HTTP server."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from anitrakt_plan.sandbox import Sandbox, environment, serve
from tests.secret_search import secrets_in


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


Run = Callable[..., Result]


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """A practice world of this test's own, freshly seeded."""
    with serve(tmp_path / "sandbox") as running:
        yield running


@pytest.fixture
def anitrakt(
    sandbox: Sandbox,
    monkeypatch: pytest.MonkeyPatch,
    capfdbinary: pytest.CaptureFixture[bytes],
    tmp_path: Path,
) -> Run:
    """Run `anitrakt ARGUMENTS` in this process, against the test's sandbox, in an empty folder."""
    for name, value in environment(sandbox.addresses).items():
        monkeypatch.setenv(name, value)
    folder = tmp_path / "work"
    folder.mkdir()
    monkeypatch.chdir(folder)

    def run(*arguments: str | Path) -> Result:
        from anitrakt_plan.cli.main import run as main

        monkeypatch.setattr(sys, "argv", ["anitrakt", *map(str, arguments)])
        capfdbinary.readouterr()
        with pytest.raises(SystemExit) as leaving:
            main()
        said = capfdbinary.readouterr()
        assert secrets_in(said.out + said.err) == []
        code = leaving.value.code
        return Result(code if isinstance(code, int) else 0, said.out.decode(), said.err.decode())

    return run
