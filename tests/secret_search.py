"""The search for tokens in everything that the suite writes to disk and to the terminal."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import fields
from io import BytesIO
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from anitrakt_plan.sandbox import SandboxAddresses

SECRETS = tuple(
    str(field.default).encode()
    for field in fields(SandboxAddresses)
    if field.name.endswith(("_token", "_secret")) and isinstance(field.default, str)
)
"""Every token and secret of the practice services."""

_MAY_HOLD_THEM = ("tokens.json", "trakt.json", "anitrakt.toml")
"""The sign-ins (mode 0600), the practice Trakt's own state, and settings that a test wrote as the user."""


def secrets_in(said: bytes) -> list[str]:
    """The secrets that stand in some output, by their first signs: a failing test must not print them whole.

    What is packed is looked into: a recording is a zip.
    """
    if said.startswith(b"PK\x03\x04"):
        with suppress(BadZipFile), ZipFile(BytesIO(said)) as archive:
            said = b"\n".join([said, *(archive.read(name) for name in archive.namelist())])
    return [secret[:6].decode() + "…" for secret in SECRETS if secret in said]


def files_with_secrets(folder: Path) -> list[str]:
    """The files below a folder that hold a secret and may not."""
    return [
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.name not in _MAY_HOLD_THEM and secrets_in(path.read_bytes())
    ]
