"""The search for secrets must be able to find one."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZipFile

from tests.secret_search import SECRETS, files_with_secrets, secrets_in


def test_it_knows_what_to_look_for() -> None:
    assert len(SECRETS) >= 5
    assert all(len(secret) > 8 for secret in SECRETS)


def test_a_secret_in_a_file_or_in_output_is_found(tmp_path: Path) -> None:
    leak = tmp_path / "cache" / "answers.sqlite"
    leak.parent.mkdir()
    leak.write_bytes(b"SQLite format 3\0..." + SECRETS[0] + b"...")

    assert files_with_secrets(tmp_path) == [str(Path("cache", "answers.sqlite"))]
    assert len(secrets_in(b"Authorization: Bearer " + SECRETS[0])) == 1

    leak.unlink()


def test_a_secret_in_a_zip_is_found() -> None:
    packed = BytesIO()
    with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
        archive.writestr("answers/00001.json", b"a" * 500 + SECRETS[0])

    assert SECRETS[0] not in packed.getvalue()
    assert len(secrets_in(packed.getvalue())) == 1


def test_the_sign_ins_own_file_may_hold_them(tmp_path: Path) -> None:
    (tmp_path / "tokens.json").write_bytes(SECRETS[0])

    assert files_with_secrets(tmp_path) == []
