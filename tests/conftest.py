"""What holds for every test: no network but loopback, no real home, no settings from outside."""

from __future__ import annotations

import gc
import logging
import os
import socket
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.secret_search import files_with_secrets

# How long one example takes says nothing on a busy machine. CI tries the same examples each time, so that a red run is
# about the change; at a desk each run looks somewhere new.
settings.register_profile("anitrakt", deadline=None, derandomize=bool(os.environ.get("CI")))
settings.load_profile("anitrakt")

# Where the environment forbids bytecode, every worker, and every command in a process of its own, would compile the
# whole package anew: they keep it in a folder that is pytest's.
if sys.dont_write_bytecode:
    sys.dont_write_bytecode = False
    sys.pycache_prefix = str(Path(__file__).parents[1] / ".pytest_cache" / "bytecode")
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    os.environ["PYTHONPYCACHEPREFIX"] = sys.pycache_prefix

_OURS = "anitrakt_plan", "anitrakt_plan.http"
_real_connect = socket.socket.connect


def pytest_collection_finish() -> None:
    """Let the collector leave alone what lives as long as the tests; it took a twelfth of their time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(1_000_000, 10, 10)


def _loopback_only(self: socket.socket, address: object) -> None:
    host = address[0] if isinstance(address, tuple) else None
    if self.family != socket.AF_UNIX and host not in ("127.0.0.1", "::1", "localhost"):
        raise AssertionError(f"a test tried to reach {address!r}")
    _real_connect(self, address)  # type: ignore[arg-type]


@pytest.fixture(scope="session", autouse=True)
def _own_temporary_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The locks of plans lie in the temporary folder, and outlive a command: ours go with the tests."""
    folder = str(tmp_path_factory.mktemp("temporary"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TMPDIR", folder)
        patch.setattr(tempfile, "tempdir", folder)
        yield


@pytest.fixture(autouse=True)
def _own_log_levels() -> Iterator[None]:
    """A command that ran in this process has set how much is logged; the next test begins as a new process would."""
    yield
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.NOTSET)


@pytest.fixture(autouse=True)
def outside_world(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    """Cut the network, give each test a home of its own, and find no secret in anything it left on disk."""
    monkeypatch.setattr(socket.socket, "connect", _loopback_only)
    for name in list(os.environ):
        if name.startswith("ANITRAKT_") or name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("ANITRAKT_HOME", str(tmp_path / "anitrakt-home"))

    yield

    assert files_with_secrets(tmp_path) == []


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Two workers a core: for a fourth of its time a test waits for servers, other processes and the disk."""
    return 2 * (os.cpu_count() or 1)
