"""Somebody else's folder, all tokens in the environment, and every command run in it: nothing goes anywhere."""

from __future__ import annotations

import socketserver
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest

from anitrakt_plan.cli.main import SECTIONS
from anitrakt_plan.cli.main import run as main
from anitrakt_plan.errors import ExitCode
from anitrakt_plan.http.tokens import TokenFile, Tokens
from anitrakt_plan.sources import SOURCES
from tests.acceptance.conftest import PlanText, Run
from tests.practice import Sandbox

KEYS = ("trakt_client_id", "trakt_client_secret", "trakt_token", "tmdb_token")
TOKENS = {
    f"ANITRAKT_{name.upper()}": f"hush-{name}"
    for name in (*KEYS, *(f"{source.name}_{key}" for source in SOURCES for key in source.keys))
}

ADDRESSES = (
    *("trakt_url", "trakt_auth_url", "tmdb_url", "idmap_url"),
    *(f"{source.name}_url" for source in SOURCES),
)

COMMANDS = {
    "plan": ("plan", "--anilist", "somebody", "-o", "new.yaml"),
    "review": ("review",),
    "show": ("show",),
    "diff": ("diff",),
    "audit": ("audit",),
    "apply": ("apply", "--yes"),
    "undo": ("undo", "--yes"),
    "validate": ("validate",),
    "explain": ("explain", "anilist:537"),
    "fmt": ("fmt",),
    "export-map": ("export-map",),
    "export-trakt": ("export-trakt",),
    "schema": ("schema",),
    "login": ("login",),
    "login --mal": ("login", "--mal"),
    "login --tmdb": ("login", "--tmdb"),
    "logout": ("logout",),
    "whoami": ("whoami",),
    "status": ("status",),
    "log": ("log",),
    "doctor": ("doctor",),
    "sandbox": ("sandbox",),
    "match": ("match", "--mal", "20"),
    "config": ("config",),
    "schedule": ("schedule",),
    "completion": ("completion", "bash"),
    "plan --mal": ("plan", "--mal", "somebody", "-o", "new.yaml"),
    "plan --sandbox": ("--sandbox", "plan", "--anilist", "sample", "-o", "new.yaml"),
}

READ_NO_SETTINGS = {"schema", "completion", "fmt", "login --tmdb"}
"""What does its work, or misses a terminal, whatever the settings are, because it has looked at none by then."""


@dataclass
class Hostile:
    """A server of a stranger's that takes down who connects."""

    address: str = ""
    connections: list[bytes] = field(default_factory=list)


@pytest.fixture
def hostile() -> Iterator[Hostile]:
    seen = Hostile()

    class Taking(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            seen.connections.append(self.request.recv(65536))
            self.request.sendall(
                b"HTTP/1.1 400 Bad Request\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"
            )

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Taking) as server:
        seen.address = f"http://127.0.0.1:{server.server_address[1]}"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield seen
        server.shutdown()


def addresses_at(hostile: Hostile) -> str:
    return "".join(f'{name} = "{hostile.address}"\n' for name in ADDRESSES)


@pytest.fixture(params=["home", "addresses", "a table"])
def folder(
    request: pytest.FixtureRequest,
    hostile: Hostile,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    plan_text: PlanText,
) -> Path:
    """Somebody else's folder, entered by a person who has all their tokens in the environment."""
    folder = tmp_path / "cloned"
    (folder / "home" / "config").mkdir(parents=True)
    (folder / "home" / "config" / "anitrakt.toml").write_text(addresses_at(hostile), encoding="utf-8")
    content = {
        "home": 'home = "home"\n',
        "addresses": addresses_at(hostile),
        "a table": f"# ours\n[services]\n{addresses_at(hostile)}",
    }[request.param]
    (folder / "anitrakt.toml").write_text(content, encoding="utf-8")
    (folder / "plan.yaml").write_bytes(plan_text("--anilist", "sample").encode())
    monkeypatch.delenv("ANITRAKT_HOME")
    for name in ("HOME", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / "person"))
    for name, value in TOKENS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(folder)
    return folder


def test_every_command_is_tried() -> None:
    assert {name for section in SECTIONS.values() for name in section} <= COMMANDS.keys()


def test_nothing_goes_to_a_stranger_whatever_is_run_in_their_folder(
    folder: Path, hostile: Hostile, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    before = sorted(folder.rglob("*"))
    for name, arguments in COMMANDS.items():
        monkeypatch.setattr(sys, "argv", ["anitrakt", *arguments])
        with pytest.raises(SystemExit) as leaving:
            main()
        said = capfdbinary.readouterr()

        assert hostile.connections == [], name
        assert b"hush-" not in said.out + said.err, name
        if name in READ_NO_SETTINGS:
            continue
        assert leaving.value.code == ExitCode.USAGE, name
        assert b"anitrakt.toml, line " in said.out + said.err, name
    assert sorted(folder.rglob("*")) == before


def test_the_server_would_have_seen_what_the_person_themselves_sends_there(
    hostile: Hostile, anitrakt: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANITRAKT_ANILIST_URL", hostile.address)
    monkeypatch.setenv("ANITRAKT_ANILIST_TOKEN", "hush-anilist_token")

    anitrakt("plan", "--anilist", "somebody", "-o", "new.yaml")

    assert b"hush-anilist_token" in b"".join(hostile.connections)


def test_a_stored_sign_in_is_not_sent_over_http(
    anitrakt: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("ANITRAKT_MAL_CLIENT_ID", raising=False)
    monkeypatch.setenv("ANITRAKT_MAL_URL", "http://service.example/v2")
    tokens = Tokens("hush-access", "hush-refresh", datetime.now(UTC) + timedelta(days=20))
    TokenFile(tmp_path / "anitrakt-home" / "config" / "tokens.json").save("mal", tokens)

    result = anitrakt("plan", "--mal", "somebody", "-o", "new.yaml")

    assert result.code == ExitCode.USAGE
    assert "not sent over http://" in result.err
    assert "hush" not in result.err


# --- the list that a folder names ---


class Terminal(StringIO):
    def isatty(self) -> bool:
        return True


def at_a_terminal(monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    monkeypatch.setattr(sys, "stdin", Terminal(answer))


def test_a_list_that_a_folder_names_is_read_once_the_person_has_agreed(
    anitrakt: Run, monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox
) -> None:
    Path("anitrakt.toml").write_text('anilist = "sample"\ndates = "unknown"\nreport = "new.md"\n')

    def asked() -> int:
        return len(sandbox.sent("POST", "/", "anilist"))

    refused = anitrakt("plan", "-o", "plan.yaml")
    assert refused.code == ExitCode.USAGE
    assert "`anitrakt plan --anilist sample`" in refused.err

    at_a_terminal(monkeypatch, "n\n")
    assert anitrakt("plan", "-o", "plan.yaml").code == ExitCode.USAGE
    assert asked() == 0

    at_a_terminal(monkeypatch, "y\n")
    agreed = anitrakt("plan", "-o", "plan.yaml")
    assert agreed.code == 0
    assert "may be somebody else's. Read it?" in " ".join(agreed.err.split())
    assert asked() > 0
    assert "dates: unknown" in Path("plan.yaml").read_text(encoding="utf-8")
    assert Path("new.md").exists()

    monkeypatch.setattr(sys, "stdin", StringIO())
    assert anitrakt("plan", "-o", "second.yaml").code == 0

    Path("anitrakt.toml").write_text('anilist = "somebody"\n')
    assert anitrakt("plan", "-o", "third.yaml").code == ExitCode.USAGE


def test_what_is_given_comes_before_the_file_and_a_plan_keeps_its_own(anitrakt: Run) -> None:
    assert anitrakt("plan", "--anilist", "sample", "-o", "plan.yaml").code == 0
    before = Path("plan.yaml").read_bytes()
    Path("anitrakt.toml").write_text('anilist = "somebody"\ndates = "unknown"\nsend = "history"\n')

    assert anitrakt("plan", "--update", "plan.yaml").code == 0
    assert Path("plan.yaml").read_bytes() == before

    assert anitrakt("plan", "--anilist", "sample", "--dates", "spread", "-o", "new.yaml").code == 0
    text = Path("new.yaml").read_text(encoding="utf-8")
    assert "dates: spread" in text
    assert "send: [history]" in text
