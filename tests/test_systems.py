"""Windows, macOS, Linux: folders where each keeps them, consoles without UTF-8, and `python -m`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import platformdirs
import pytest
from platformdirs.macos import MacOS
from platformdirs.unix import Unix
from platformdirs.windows import Windows

from anitrakt_plan.settings import load_settings
from tests.long import long

EXAMPLES = Path(__file__).parent.parent / "examples"
JAPANESE = "進撃の巨人"


@pytest.mark.parametrize(
    ("system", "variables", "config", "cache", "state"),
    [
        (
            Unix,
            {"HOME": "/h", "XDG_CONFIG_HOME": "", "XDG_CACHE_HOME": "", "XDG_STATE_HOME": ""},
            "/h/.config/anitrakt",
            "/h/.cache/anitrakt",
            "/h/.local/state/anitrakt",
        ),
        (
            Unix,
            {"XDG_CONFIG_HOME": "/c", "XDG_CACHE_HOME": "/k", "XDG_STATE_HOME": "/s"},
            "/c/anitrakt",
            "/k/anitrakt",
            "/s/anitrakt",
        ),
        (
            MacOS,
            {"HOME": "/Users/x"},
            "/Users/x/Library/Application Support/anitrakt",
            "/Users/x/Library/Caches/anitrakt",
            "/Users/x/Library/Application Support/anitrakt",
        ),
    ],
)
def test_folders_are_where_each_system_keeps_them(
    system: type,
    variables: dict[str, str],
    config: str,
    cache: str,
    state: str,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    monkeypatch.setattr(platformdirs, "PlatformDirs", system)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    folders = load_settings({}, tmp_path).folders

    assert [folder.as_posix() for folder in (folders.config, folders.cache, folders.state)] == [
        config,
        cache,
        state,
    ]
    assert folders.journal == folders.state / "journal"
    assert folders.tokens.parent == folders.config


def test_on_windows_nothing_is_kept_in_the_roaming_profile(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Tokens and the journal must not travel between machines behind the user's back."""
    monkeypatch.setattr(platformdirs, "PlatformDirs", Windows)
    monkeypatch.setattr(
        "platformdirs.windows.get_win_folder", {"CSIDL_LOCAL_APPDATA": "C:/local"}.__getitem__
    )
    folders = load_settings({}, tmp_path).folders

    for folder in (folders.config, folders.cache, folders.state):
        assert str(folder).replace("\\", "/").startswith("C:/local/anitrakt")


def run(*arguments: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[bytes]:
    """`python -m anitrakt_plan` as a process of its own."""
    return subprocess.run(
        [sys.executable, "-m", "anitrakt_plan", *arguments],
        capture_output=True,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(EXAMPLES.parent), **variables},
        timeout=60,
        check=False,
    )


def test_python_dash_m_is_the_command(tmp_path: Path) -> None:
    result = run("--version", folder=tmp_path)

    assert (result.returncode, result.stdout[:9]) == (0, b"anitrakt ")


@pytest.mark.parametrize("encoding", ["cp1252", "utf-8", *long("ascii", "cp437:strict")])
def test_a_console_without_utf8_shows_every_title(encoding: str, tmp_path: Path) -> None:
    plan = (EXAMPLES / "plan.yaml").read_text(encoding="utf-8")
    title = plan.split('title: "', 1)[1].split('"', 1)[0]
    (tmp_path / "plan.yaml").write_text(plan.replace(title, JAPANESE, 1), encoding="utf-8")
    result = run("show", folder=tmp_path, PYTHONIOENCODING=encoding, PYTHONUTF8="0")

    assert result.returncode == 0, result.stderr
    assert JAPANESE in result.stdout.decode("utf-8")
    assert b"\r" not in result.stdout


@pytest.mark.parametrize("encoding", ["ascii", *long("cp1252")])
def test_a_console_without_utf8_shows_every_error(encoding: str, tmp_path: Path) -> None:
    result = run("show", f"{JAPANESE}.yaml", folder=tmp_path, PYTHONIOENCODING=encoding, PYTHONUTF8="0")

    assert result.returncode == 1
    assert b"Error:" in result.stderr
    assert b"bug in anitrakt" not in result.stderr


def test_a_plan_written_by_powershell_is_read(tmp_path: Path) -> None:
    """PowerShell's `>` writes UTF-16 with CRLF."""
    text = (EXAMPLES / "plan.yaml").read_text(encoding="utf-8")
    (tmp_path / "plan.yaml").write_bytes(text.replace("\n", "\r\n").encode("utf-16"))
    result = run("show", folder=tmp_path)

    assert result.returncode == 0
    assert b"UTF-16" in result.stderr


def test_a_system_without_locks_of_its_own_is_no_reason_for_a_warning(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['fcntl'] = None; sys.argv = ['anitrakt', 'whoami', '--sandbox'];"
        "from anitrakt_plan.cli.main import start; start()"
    )
    said = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(EXAMPLES.parent), "ANITRAKT_HOME": str(tmp_path)},
        timeout=60,
        check=False,
    )

    assert said.returncode == 0, said.stderr
    assert b"Warning" not in said.stderr
