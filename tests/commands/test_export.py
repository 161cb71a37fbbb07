"""What was exported is remembered across power cuts, and goes out again only when it surely did not arrive."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from anitrakt_plan.commands.export import Export, check_not_twice, exports_path, read_exports, write_export
from anitrakt_plan.errors import Failed, SafetyStop
from anitrakt_plan.model import (
    EpisodeItem,
    EpisodeSubject,
    MovieItem,
    MovieSubject,
    Play,
    trakt_id,
)
from anitrakt_plan.model.account import PlaySubject
from anitrakt_plan.sync.existing import History

AT = datetime(2026, 11, 22, 9, 30, tzinfo=UTC)
ONE, TWO, FILM = EpisodeSubject(1420, 1, 1), EpisodeSubject(1420, 1, 2), MovieSubject(7)


def export(*plays: PlaySubject, user: str | None = "someone") -> Export:
    return Export(AT, user, "tvtime", ("for-trakt.csv",), frozenset(plays), "sha")


def history(*there: PlaySubject) -> History:
    return History(
        Play(
            number,
            AT,
            "watch",
            MovieItem(trakt_id(what.movie))
            if isinstance(what, MovieSubject)
            else EpisodeItem(trakt_id(what.show), what.season, what.number, 50 + number),
        )
        for number, what in enumerate(there, start=1)
    )


def test_an_export_reads_back_as_it_was_written(tmp_path: Path) -> None:
    path = exports_path(tmp_path)
    write_export(path, export(ONE, FILM))
    write_export(path, export(TWO))

    assert read_exports(path, "someone") == (export(ONE, FILM), export(TWO))
    assert list(tmp_path.glob("*.jsonl")) == []  # apart from the accounts' journals


@pytest.mark.parametrize(
    ("written_for", "asked_for", "counts"),
    [
        ("someone", "Someone", True),
        ("someone", "other", False),
        (None, "other", True),
        ("someone", None, True),
        (None, None, True),
    ],
)
def test_an_export_counts_for_its_account_and_where_nobody_knows(
    written_for: str | None, asked_for: str | None, counts: bool, tmp_path: Path
) -> None:
    write_export(exports_path(tmp_path), export(ONE, user=written_for))

    assert bool(read_exports(exports_path(tmp_path), asked_for)) is counts


def test_a_torn_last_line_is_passed_over_and_cut_off_by_the_next_export(tmp_path: Path) -> None:
    path = exports_path(tmp_path)
    write_export(path, export(ONE))
    with path.open("ab") as file:
        file.write(b'{"format": "anitrakt-exp')

    assert read_exports(path, "someone") == (export(ONE),)
    write_export(path, export(TWO))
    assert read_exports(path, "someone") == (export(ONE), export(TWO))


@pytest.mark.parametrize("line", ["", "nonsense", '{"format": "anitrakt-exports/2"}', "[]"])
def test_any_other_bad_line_is_a_stop_that_names_it(line: str, tmp_path: Path) -> None:
    path = exports_path(tmp_path)
    write_export(path, export(ONE))
    with path.open("ab") as file:
        file.write(line.encode() + b"\n")

    with pytest.raises(Failed) as refused:
        read_exports(path, "someone")
    assert refused.value.where == f"{path}:2"


def test_a_record_that_can_not_be_written_is_a_plain_sentence(tmp_path: Path) -> None:
    (tmp_path / "exports").write_text("a file where the folder should be")

    with pytest.raises(Failed, match="can't be recorded"):
        write_export(exports_path(tmp_path), export(ONE))


@pytest.mark.parametrize(
    ("exported", "wanted", "there", "outcome"),
    [
        ([], [ONE], [], "free"),
        ([ONE], [TWO], [], "free"),
        ([ONE], [], [ONE], "free"),
        ([ONE], [ONE], [], "stop"),
        ([ONE, TWO], [ONE, TWO], [], "stop"),
        ([ONE, TWO], [ONE], [], "stop"),
        ([ONE, TWO], [ONE], [TWO], "said"),
        ([ONE, TWO], [ONE, FILM], [TWO], "said"),
        ([ONE, TWO], [ONE], [FILM], "stop"),
    ],
)
def test_a_play_goes_out_again_only_if_others_of_its_export_arrived(
    exported: list[PlaySubject], wanted: list[PlaySubject], there: list[PlaySubject], outcome: str
) -> None:
    exports = [export(*exported)] if exported else []
    if outcome == "stop":
        with pytest.raises(SafetyStop) as stopped:
            check_not_twice(exports, wanted, history(*there))
        assert "for-trakt.csv" in stopped.value.what
        assert "--again" in str(stopped.value.todo)
        assert stopped.value.name is None
        return
    said = check_not_twice(exports, wanted, history(*there))
    assert bool(said) == (outcome == "said")


def test_every_export_counts_not_only_the_last() -> None:
    with pytest.raises(SafetyStop):
        check_not_twice([export(ONE, TWO), export(FILM)], [ONE], history(FILM))
