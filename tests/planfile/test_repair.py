"""The repair file: read, written, decided and brought into form by a plan's machinery."""

from __future__ import annotations

import itertools
import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft7Validator

from anitrakt_plan.errors import Failed
from anitrakt_plan.model import EpisodeSubject, MovieSubject
from anitrakt_plan.model.dates import Undated
from anitrakt_plan.model.repair import (
    Repair,
    RepairAccount,
    RepairDecision,
    RepairGroup,
    RepairKind,
    RepairPlay,
)
from anitrakt_plan.planfile import CODES, load_plan
from anitrakt_plan.planfile.repair import (
    ADDRESS,
    dump_repair,
    format_repair,
    is_repair,
    load_repair,
    repair_schema_text,
)
from anitrakt_plan.planfile.yaml import plain_data

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads(repair_schema_text())
AT = datetime(2025, 3, 2, 18, 4, tzinfo=UTC)
TEXT = """\
# mine, above all
format: anitrakt-repair/1
tool: "anitrakt 1"
at: "2026-11-30T10:00:00Z"
account: {user: "yourname", uuid: "abc"}
groups:
  # these are of the script
  G001:
    kind: doubled
    about: "Attack on Titan (2013)"
    why: "2 plays at 2025-03-02 18:04"
    against: "a second viewing"
    plays:
    - {id: 9000000123, item: 1420 S02E01, title: "Beast Titan", watched_at: "2025-03-02T18:04:00.000Z"}
    - {id: 9000000124, item: movie 97, watched_at: "2025-03-02T18:04:00.000Z"}  # seen at the cinema
    keeps:
    - {id: 9000000023, item: 1420 S02E01, watched_at: "2019-03-02T18:04:00.000Z"}
    suggest: remove
    decision: review  # not yet
  G002:
    kind: misdated
    about: "Attack on Titan (2013)"
    why: "a play"
    plays:
    - {id: 9000000125, item: 1420 S03E01, watched_at: "2025-03-02T18:04:00.000Z"}
    to: "2019-07-01"
    suggest: redate
    decision: redate
    note: "as my list has it"
"""


def mistakes(text: str) -> list[tuple[str, int]]:
    return [(one.code, one.position.line) for one in load_repair(text.encode(), "repair.yaml").diagnostics]


def test_a_repair_is_read_as_it_stands() -> None:
    repair = load_repair(TEXT.encode(), "repair.yaml").repair

    assert repair is not None
    one, two = repair.groups
    assert one.plays[0] == RepairPlay(9000000123, EpisodeSubject(1420, 2, 1), AT, "Beast Titan")
    assert one.plays[1].subject == MovieSubject(97)
    assert [play.id for play in one.keeps] == [9000000023]
    assert (two.decision, two.to, two.note) == (RepairDecision.REDATE, date(2019, 7, 1), "as my list has it")


@pytest.mark.parametrize(
    ("old", "new", "code", "line"),
    [
        ("anitrakt-repair/1", "anitrakt-repair/2", "PLAN011", 2),
        ("format: anitrakt-repair/1", "formt: anitrakt-repair/1", "PLAN010", 2),
        ("decision: redate", "decision: delete", "PLAN021", 28),
        ("kind: misdated", "kind: odd", "PLAN021", 21),
        ("item: 1420 S03E01", "item: 1420 S03", "REPAIR02", 25),
        ("item: 1420 S03E01", "item: show 1420", "REPAIR02", 25),
        ("id: 9000000125", "id: none", "PLAN020", 25),
        (
            'watched_at: "2025-03-02T18:04:00.000Z"}\n    to',
            'watched_at: "yesterday"}\n    to',
            "PLAN023",
            25,
        ),
        ('to: "2019-07-01"', 'to: "2019-07"', "PLAN023", 26),
        ('    to: "2019-07-01"\n', "", "REPAIR11", 27),
        ("    note:", "    notes:", "PLAN012", 29),
        ("    plays:\n    - {id: 9000000125", "    pays:\n    - {id: 9000000125", "PLAN012", 24),
        ("id: 9000000125", "id: 9000000123", "REPAIR10", 20),
        ("id: 9000000023", "id: 9000000123", "REPAIR13", 8),
        ("\nat: ", "\nat: 5 #", "PLAN020", 4),
    ],
)
def test_a_mistake_is_told_with_its_place(old: str, new: str, code: str, line: int) -> None:
    assert (code, line) in mistakes(TEXT.replace(old, new))
    assert code in CODES


def test_a_doubled_play_beside_which_nothing_stays_is_warned_of() -> None:
    text = TEXT.replace("decision: review", "decision: remove")

    assert mistakes(text) == [("REPAIR12", 19)]  # the film
    assert load_repair(text.encode(), "repair.yaml").repair is not None


def test_one_play_in_two_groups_that_are_decided_alike_is_none() -> None:
    text = TEXT.replace("id: 9000000125, item: 1420 S03E01", "id: 9000000123, item: 1420 S02E01")
    alike = text.replace("decision: redate", "decision: review")

    assert [code for code, _ in mistakes(text)] == ["REPAIR10"]
    assert mistakes(alike) == []


def test_a_plan_is_no_repair_and_the_reverse() -> None:
    assert is_repair(TEXT.encode())
    assert not is_repair(b"format: anitrakt-plan/1\n")
    assert is_repair(TEXT.encode("utf-16"))
    assert mistakes("format: anitrakt-plan/1\n")[0][0] == "PLAN010"
    as_plan, as_repair = load_plan(TEXT.encode(), "a"), load_repair(b"format: anitrakt-plan/1\n", "b")
    assert (as_plan.errors[0].code, as_plan.errors[0].message) == (
        "PLAN010",
        "this is a repair file, not a plan",
    )
    assert as_repair.errors[0].message == "this is a plan, not a repair file"


def test_the_one_form_keeps_every_comment() -> None:
    loaded = load_repair(TEXT.replace("  G001", "  G001", 1).encode(), "repair.yaml")
    formatted = format_repair(loaded)

    assert load_repair(formatted.encode(), "repair.yaml").repair == loaded.repair
    for comment in ("# mine, above all", "# these are of the script", "# seen at the cinema", "# not yet"):
        assert comment in formatted
    assert format_repair(load_repair(formatted.encode(), "repair.yaml")) == formatted


def test_what_has_mistakes_is_not_formatted() -> None:
    with pytest.raises(Failed):
        format_repair(load_repair(TEXT.replace("kind: doubled", "kind: odd").encode(), "repair.yaml"))


def test_the_committed_schema_is_the_one_that_is_made_of_the_table() -> None:
    assert (ROOT / "schemas" / "repair.schema.json").read_text(encoding="utf-8") == repair_schema_text()
    Draft7Validator.check_schema(SCHEMA)
    assert SCHEMA["$id"] == ADDRESS


def test_the_schema_allows_what_is_written_and_nothing_else() -> None:
    loaded = load_repair(TEXT.encode(), "repair.yaml")
    assert loaded.root is not None
    assert list(Draft7Validator(SCHEMA).iter_errors(plain_data(loaded.root))) == []
    other = load_repair(TEXT.replace("    note:", "    nte:").encode(), "repair.yaml")
    assert other.root is not None
    assert not Draft7Validator(SCHEMA).is_valid(plain_data(other.root))


_TEXTS = st.text(min_size=1, max_size=20)
_SUBJECTS = st.one_of(
    st.builds(EpisodeSubject, st.integers(1, 10**9), st.integers(0, 99), st.integers(1, 999)),
    st.builds(MovieSubject, st.integers(1, 10**9)),
)
_MOMENTS = st.datetimes(datetime(1970, 1, 1), datetime(2030, 1, 1)).map(
    lambda at: at.replace(second=0, microsecond=0, tzinfo=UTC)
)


@st.composite
def repairs(draw: st.DrawFn) -> Repair:
    first = draw(st.integers(1, 10**18 - 100))
    ids = itertools.count(first)

    def plays() -> tuple[RepairPlay, ...]:
        count = draw(st.integers(0, 3))
        return tuple(
            RepairPlay(next(ids), draw(_SUBJECTS), draw(_MOMENTS), draw(st.none() | _TEXTS))
            for _ in range(count)
        )

    groups = tuple(
        RepairGroup(
            f"G{number:03d}",
            draw(st.sampled_from(RepairKind)),
            draw(_TEXTS),
            draw(_TEXTS),
            plays(),
            draw(st.sampled_from((RepairDecision.KEEP, RepairDecision.REMOVE, RepairDecision.REDATE))),
            draw(st.none() | _TEXTS),
            plays(),
            draw(st.dates(date(1980, 1, 1), date(2030, 1, 1)) | st.just(Undated.UNKNOWN)),
            draw(st.sampled_from(RepairDecision)),
            draw(st.none() | _TEXTS),
        )
        for number in range(draw(st.integers(0, 4)))
    )
    return Repair("anitrakt 1", draw(_MOMENTS), RepairAccount("me", "uuid"), groups)


@settings(deadline=None)
@given(repairs())
def test_what_is_written_is_read_back(repair: Repair) -> None:
    text = dump_repair(repair)
    loaded = load_repair(text.encode(), "repair.yaml")

    assert not loaded.errors, loaded.errors[0].render()
    assert loaded.repair == repair
    assert format_repair(loaded) == text
    assert loaded.root is not None
    assert Draft7Validator(SCHEMA).is_valid(plain_data(loaded.root))
