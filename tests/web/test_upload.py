"""The Upload panel makes the files after asking what only a person decides; a download is read, and not kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from anitrakt_plan.commands.export import ExportOptions
from anitrakt_plan.commands.services import Ask, Question
from anitrakt_plan.errors import NotSignedIn
from anitrakt_plan.model import Plan, Policy, SourceInfo
from anitrakt_plan.reports.export import Exported, LeftOutEntry, LeftOutGroup, LeftOutReason
from anitrakt_plan.sync.diff import Diff
from anitrakt_plan.sync.importer import ImportFiles, LeftOut
from anitrakt_plan.web.upload import NeedsAnswer, Upload
from tests.practice import START

QUESTION = Question("One entry first?", ("one entry first", "all", "nothing"), "--allow first-upload")


NOTHING = Exported(
    plan=Plan("anitrakt", START, SourceInfo("mal", "x", 0, ()), None, Policy()),
    user="x",
    files=ImportFiles((), LeftOut()),
    found=Diff((), ()),
    standings=(),
    left_out=(),
    notes=(),
    first=None,
    policy=None,
    folder=Path("trakt-upload"),
    works={},
    dry_run=True,
)


class Stop(Exception):
    """As far as the export goes here."""


def test_what_only_a_person_decides_is_asked_first(tmp_path: Path) -> None:
    answers: list[str] = []

    def export(_: ExportOptions, ask: Ask | None) -> Exported:
        assert ask is not None
        answers.append(ask(QUESTION))
        raise Stop

    upload = Upload(export, downloads=tmp_path)
    with pytest.raises(NeedsAnswer) as needs:
        upload.make({})
    assert needs.value.question == QUESTION
    with pytest.raises(NeedsAnswer):
        upload.make({QUESTION.flag: "something else"})
    with pytest.raises(Stop):
        upload.make({QUESTION.flag: "all"})
    assert answers == ["all"]


def test_where_nothing_is_known_of_the_account_a_download_is_wanted(tmp_path: Path) -> None:
    def export(_: ExportOptions, ask: Ask | None) -> Exported:
        raise NotSignedIn("what is on Trakt is not known")

    said = Upload(export, downloads=tmp_path).make({})
    assert said["needs_download"] is True
    assert said["page"] == "https://trakt.tv/settings/data"


def test_the_cures_can_be_copied(tmp_path: Path) -> None:
    group = LeftOutGroup(
        LeftOutReason.REVIEW, "needs you", "`review FILE`.", (LeftOutEntry("mal:1", "A Title"),)
    )

    def export(_: ExportOptions, ask: Ask | None) -> Exported:
        return replace(NOTHING, left_out=(group,), notes=("see `show FILE`",))

    upload = Upload(export, downloads=tmp_path, as_commands=lambda text: text.replace("FILE", "my.yaml"))
    said = upload.check(b"PK")
    assert said["left_out"][0]["cure"] == "`review my.yaml`."
    assert said["notes"] == ["see `show my.yaml`"]


@pytest.mark.parametrize("check", [lambda upload: upload.check(b"PK"), lambda upload: upload.check()])
def test_a_check_writes_nothing_and_keeps_nothing(tmp_path: Path, check: Callable[[Upload], object]) -> None:
    seen: list[Path] = []

    def export(options: ExportOptions, ask: Ask | None) -> Exported:
        assert options.dry_run
        assert ask is None
        assert options.trakt_data is not None
        assert options.trakt_data.exists()
        seen.append(options.trakt_data)
        raise Stop

    with pytest.raises(Stop):
        check(Upload(export, downloads=tmp_path))
    assert seen == [tmp_path] or not seen[0].exists()


def test_what_is_made_after_a_check_is_made_by_what_was_checked(tmp_path: Path) -> None:
    seen: list[bytes | None] = []

    def export(options: ExportOptions, ask: Ask | None) -> Exported:
        seen.append(options.trakt_data.read_bytes() if options.trakt_data is not None else None)
        if not options.dry_run:
            raise Stop
        return NOTHING

    upload = Upload(export, downloads=tmp_path)
    upload.check(b"PK 1")
    with pytest.raises(Stop):
        upload.make({})
    assert seen == [b"PK 1", b"PK 1"]
    assert list(tmp_path.iterdir()) == []
