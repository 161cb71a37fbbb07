"""Planning again into a plan that a person has edited: what they wrote stays, and what they did not ask for.

Long: what `commands/test_plan.py`, `commands/test_replan.py` and `planfile/` prove of a re-plan, once more
through the command.
"""

from __future__ import annotations

import codecs
import os
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anitrakt_plan.matching.search import CLIP_UNASKED
from anitrakt_plan.model import (
    Decision,
    PlanEntry,
    ShowMatch,
    Status,
    WorkId,
)
from anitrakt_plan.model.account import EpisodeItem, Play
from anitrakt_plan.sandbox.wire import Call
from anitrakt_plan.trakt.account import Reading, TraktState
from tests.acceptance.conftest import Run
from tests.acceptance.living import (
    PLAN,
    USER,
    a_month_later,
    block_of,
    changed_places,
    in_entry,
    list_entry,
    loaded,
    of_list,
    plan_file,
    text_of,
    weekly_user,
)
from tests.acceptance.wire import sent_plays
from tests.practice import Sandbox

UPDATE = ("plan", "--update", PLAN)
APPLY = ("apply", "--allow", "first-apply", PLAN)


@pytest.fixture
def user(sandbox: Sandbox) -> object:
    return weekly_user(sandbox)


@pytest.fixture
def plan(user: object, anitrakt: Run) -> Path:
    return plan_file(anitrakt)


def entries() -> tuple[PlanEntry, ...]:
    """The entries of the plan in the file."""
    plan = loaded().plan
    assert plan is not None
    return plan.entries


def sent_plays_of(sandbox: Sandbox, show: WorkId) -> list[str]:
    """What was sent of a show."""
    return [name for name, _ in sent_plays(sandbox) if name.startswith(f"{show} ")]


def test_nothing_new_touches_nothing(plan: Path, anitrakt: Run) -> None:
    os.utime(plan, ns=(10**18, 10**18))
    before = plan.read_bytes()

    result = anitrakt(*UPDATE)

    assert (plan.read_bytes(), plan.stat().st_mtime_ns) == (before, 10**18)
    assert "Nothing new" in result.err


def test_o_on_a_plan_updates_it(plan: Path, anitrakt: Run, sandbox: Sandbox) -> None:
    in_entry("mal:1535", "decision: auto", "decision: skip")
    found = sandbox.lists.user(USER)
    assert found is not None
    of_list(found, 9253).score = 10

    result = anitrakt("plan", "-o", plan)  # and the list is the one that the file names

    assert result.code == 0
    assert "decision: skip" in block_of(text_of(), "mal:1535")
    assert "rating: 1" in block_of(text_of(), "mal:9253")


@pytest.mark.parametrize(
    "text",
    [
        "shopping: [milk]\n",
        "- a\n- b\n",
        "Dear diary,\n",
        "format: anitrakt-map/1\nentries: {}\n",
        "a: b: c\n",
    ],
)
@pytest.mark.parametrize("how", [("-o",), ("--update",), ("--fresh", "-o")])
def test_what_is_no_plan_is_not_overwritten(
    text: str, how: tuple[str, ...], user: object, anitrakt: Run
) -> None:
    PLAN.write_text(text, encoding="utf-8")

    result = anitrakt("plan", "--mal", USER, *how, PLAN)

    assert result.code == 3
    assert text_of() == text
    assert "left as it is" in result.err or "left as it was" in result.err


def test_a_plan_with_mistakes_is_left_alone_until_fresh_is_said(plan: Path, anitrakt: Run) -> None:
    broken = in_entry("mal:1535", "decision: auto", "decision: atuo")

    refused = anitrakt("plan", "-o", plan)
    kept = text_of()
    fresh = anitrakt("plan", "--mal", USER, "-o", plan, "--fresh")

    assert (refused.code, kept) == (3, broken)
    assert "--fresh" in refused.err
    assert fresh.code == 0
    assert loaded().plan is not None


def test_from_another_plan_does_not_replace_a_plan(plan: Path, anitrakt: Run) -> None:
    other = Path("other.yaml")
    other.write_bytes(plan.read_bytes())
    in_entry("mal:1535", "decision: auto", "decision: skip")
    before = text_of()

    result = anitrakt("plan", "--from", other, "-o", plan)

    assert result.code == 2
    assert "--map other.yaml" in result.err
    assert text_of() == before


def test_an_empty_file_is_filled(user: object, anitrakt: Run) -> None:
    PLAN.write_bytes(b"")
    assert anitrakt("plan", "--mal", USER, "-o", PLAN).code == 0
    assert len(loaded().drafts) == 11


def test_what_a_person_wrote_stays_when_all_around_it_changes(
    plan: Path, anitrakt: Run, sandbox: Sandbox
) -> None:
    in_entry("mal:1535", "decision: auto", "decision:   confirmed   # twice")
    in_entry("mal:9253", "    rates", "  \n      \n    # why not ten?\n    rates")
    in_entry(
        "mal:9253", "    match", '    note: "of many"\n    dates: unknown\n    send: [ratings]\n    match'
    )
    found = sandbox.lists.user(USER)
    assert found is not None
    for entry in found.entries:
        entry.score = 30

    assert anitrakt(*UPDATE).code == 0

    assert "    decision:   confirmed   # twice\n" in text_of()
    for kept in (
        "    # why not ten?\n",
        '    note: "of many"\n',
        "    dates: unknown\n",
        "    send: [ratings]\n",
    ):
        assert kept in block_of(text_of(), "mal:9253")
    assert text_of().count("rating: 3") == 11


@pytest.mark.parametrize("decision", ["confirmed", "skip"])
def test_a_decision_alone_brings_no_other_line(decision: str, plan: Path, anitrakt: Run) -> None:
    """Neither the address of the list's page comes or goes, nor what a skipped entry would rate."""
    in_entry("mal:1535", "decision: auto", f"decision: {decision}")
    in_entry("mal:13053", "decision: review", "decision: skip")
    in_entry("mal:13053", f"  #> {CLIP_UNASKED}", "")
    before = text_of()

    result = anitrakt(*UPDATE)

    assert "Nothing new" in result.err
    assert text_of() == before
    assert "url: " in block_of(before, "mal:13053")
    assert "rates: " not in block_of(before, "mal:13053")


@pytest.mark.long
def test_flags_change_the_policy_of_the_plan_and_that_is_said(plan: Path, anitrakt: Run) -> None:
    before = text_of()

    result = anitrakt(*UPDATE, "--dates", "unknown", "--no-date", "2013-04-07", "--auto-from", "0.995")

    assert "dates finish → unknown" in result.err
    assert "auto_from 0.99 → 0.995" in result.err
    assert "no_date none → 2013-04-07" in result.err
    assert changed_places(before, text_of()) == {"generated"}
    kept = loaded().plan
    assert kept is not None
    assert str(kept.policy.dates) == "unknown"
    # and without the flags, it stays so
    assert "policy" not in anitrakt(*UPDATE).err
    assert "dates: unknown" in text_of()


def test_the_same_flag_again_is_nothing_new(plan: Path, anitrakt: Run) -> None:
    assert "Nothing new" in anitrakt(*UPDATE, "--dates", "finish", "--status", "completed").err


@pytest.mark.long
def test_a_wider_status_brings_entries_in_and_a_narrower_one_keeps_them_unsent(
    plan: Path, anitrakt: Run, sandbox: Sandbox
) -> None:
    narrow = text_of()
    anitrakt(*UPDATE, "--status", "completed,watching")
    wide = text_of()
    assert changed_places(narrow, wide) == {"generated", "mal:42938"}
    in_entry("mal:42938", "decision: auto", "decision: confirmed")

    result = anitrakt(*UPDATE, "--status", "completed")

    assert result.code == 0
    assert "status: watching, watched: 8" in block_of(text_of(), "mal:42938")
    assert "statuses: [completed]" in text_of()
    anitrakt(*APPLY)
    fruits_basket = next(entry for entry in entries() if entry.key.id == 42938)
    assert isinstance(fruits_basket.match, ShowMatch)
    assert sent_plays_of(sandbox, fruits_basket.match.show) == []
    assert sent_plays_of(sandbox, 42285) != []


def test_an_entry_of_another_status_now_keeps_its_place_and_is_not_sent(
    plan: Path, anitrakt: Run, sandbox: Sandbox
) -> None:
    found = sandbox.lists.user(USER)
    assert found is not None
    steins_gate = of_list(found, 9253)
    steins_gate.status, steins_gate.watched = "dropped", 5
    before = text_of()

    result = anitrakt(*UPDATE)

    assert "  - mal:9253" in result.err
    assert "dropped" in result.err
    assert changed_places(before, text_of()) == {"generated", "mal:9253"}
    assert "status: dropped, watched: 5" in block_of(text_of(), "mal:9253")
    anitrakt(*APPLY)
    assert sent_plays_of(sandbox, 42285) == []


def test_an_entry_that_is_gone_comes_back_with_its_decision(
    plan: Path, anitrakt: Run, sandbox: Sandbox
) -> None:
    found = sandbox.lists.user(USER)
    assert found is not None
    steins_gate = of_list(found, 9253)
    in_entry("mal:9253", "decision: auto", "decision: confirmed  # mine")
    before = text_of()

    found.entries.remove(steins_gate)
    anitrakt(*UPDATE)
    gone = text_of()
    found.entries.append(steins_gate)
    anitrakt(*UPDATE)

    assert "list: {status: gone}" in block_of(gone, "mal:9253")
    assert changed_places(before, text_of()) <= {"generated"}


@pytest.mark.whole_list
def test_a_list_that_shrank_stops_the_plan_until_it_is_allowed(anitrakt: Run, sandbox: Sandbox) -> None:
    anitrakt("plan", "--mal", "sample", "-o", PLAN)
    before = text_of()
    found = sandbox.lists.user("sample")
    assert found is not None
    del found.entries[10:]

    stopped = anitrakt(*UPDATE)
    kept = text_of()
    allowed = anitrakt(*UPDATE, "--allow", "shrunk-list")

    assert stopped.code == 6
    assert "--allow shrunk-list" in stopped.err
    assert kept == before
    assert allowed.code == 0
    assert text_of().count("status: gone") > 40


@pytest.mark.long
@pytest.mark.parametrize(
    ("happens", "words"), [("edited", "changed by something else"), ("deleted", "deleted")]
)
def test_what_was_saved_while_it_planned_is_not_overwritten(
    happens: str, words: str, plan: Path, anitrakt: Run, sandbox: Sandbox
) -> None:
    found = sandbox.lists.user(USER)
    assert found is not None
    of_list(found, 9253).score = 10
    mine = text_of() + "# saved in the editor meanwhile\n"

    def meanwhile(_call: Call) -> None:
        if happens == "edited":
            plan.write_bytes(mine.encode())
        else:
            plan.unlink()

    sandbox.faults.add("GET", "/animelist", service="mal", before=meanwhile)

    result = anitrakt(*UPDATE)

    assert result.code == 1
    assert words in result.err
    assert plan.exists() is (happens == "edited")
    if happens == "edited":
        assert text_of() == mine


def test_a_file_that_appeared_while_it_planned_is_not_overwritten(
    user: object, anitrakt: Run, sandbox: Sandbox
) -> None:
    sandbox.faults.add("GET", "/animelist", service="mal", before=lambda _: PLAN.write_text("mine"))

    result = anitrakt("plan", "--mal", USER, "-o", PLAN)

    assert result.code == 1
    assert "appeared" in result.err
    assert text_of() == "mine"


@pytest.mark.parametrize("mark", [pytest.param(b"", marks=pytest.mark.long), codecs.BOM_UTF8])
@pytest.mark.parametrize("newline", [pytest.param("\n", marks=pytest.mark.long), "\r\n"])
def test_line_ends_and_byte_order_mark_stay(
    mark: bytes, newline: str, plan: Path, anitrakt: Run, sandbox: Sandbox
) -> None:
    text = text_of()
    plan.write_bytes(mark + text.replace("\n", newline).encode())
    found = sandbox.lists.user(USER)
    assert found is not None

    assert "Nothing new" in anitrakt(*UPDATE).err
    found.entries.append(list_entry(sandbox, 11061, 148, score=90))
    of_list(found, 9253).score = 10
    assert anitrakt(*UPDATE).code == 0

    raw = plan.read_bytes()
    assert raw.startswith(mark)
    assert raw.count(b"\n") == raw.count(newline.encode())
    assert changed_places(text, raw.decode("utf-8-sig").replace("\r\n", "\n")) == {
        "generated",
        "mal:9253",
        "mal:11061",
    }


def test_utf16_is_read_and_written_back_as_utf8_with_a_word(
    plan: Path, anitrakt: Run, sandbox: Sandbox
) -> None:
    text = text_of()
    plan.write_bytes(text.replace("\n", "\r\n").encode("utf-16"))
    found = sandbox.lists.user(USER)
    assert found is not None
    of_list(found, 9253).score = 10

    result = anitrakt(*UPDATE)

    assert result.code == 0
    assert "UTF-16" in result.err
    assert changed_places(text, plan.read_bytes().decode("utf-8").replace("\r\n", "\n")) == {
        "generated",
        "mal:9253",
    }


def test_a_match_that_changes_after_its_plays_were_sent_waits_for_a_person(
    plan: Path, anitrakt: Run, sandbox: Sandbox, tmp_path: Path
) -> None:
    anitrakt(*APPLY)
    sent = len(list(sent_plays(sandbox)))
    assert sent > 200
    sandbox.catalogue.merge_seasons(45546, 2, 1)
    a_month_later(tmp_path / "anitrakt-home")

    result = anitrakt(*UPDATE, "--verify")

    block = block_of(text_of(), "mal:27991")
    assert "decision: review" in block
    assert "was sent as 45546 S02E01-E13" in block
    assert "S01E14-E26" in block
    assert "mal:27991" in result.err
    anitrakt(*APPLY)
    assert len(list(sent_plays(sandbox))) == sent


@pytest.mark.long
@pytest.mark.parametrize("is_there", [True, False])
def test_the_history_is_read_only_of_works_whose_automatic_match_would_change(
    plan: Path, anitrakt: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch, *, is_there: bool
) -> None:
    """Another program may have sent them: no journal knows of it, and Trakt does."""
    sandbox.wire.clear()
    anitrakt(*UPDATE)
    assert not [record.path for record in sandbox.wire if "/sync/" in record.path]
    sandbox.catalogue.merge_seasons(45546, 2, 1)
    if is_there:
        moment = datetime(2016, 1, 3, 20, tzinfo=UTC)
        items = [EpisodeItem(45546, 2, number, 900 + number) for number in range(1, 14)]
        plays = tuple(Play(item.id, moment, "watch", item) for item in items)
        monkeypatch.setattr(TraktState, "read_history_of", lambda *_: Reading(plays))

    result = anitrakt(*UPDATE, "--verify")

    block = block_of(text_of(), "mal:27991")
    assert "reading what Trakt has of them" in result.err
    if is_there:
        assert "decision: review" in block
        assert "was sent as 45546 S02E01-E13" in block
    else:
        assert "45546, episodes: S01E14-E26" in block
        asked = {record.path for record in sandbox.wire if "/sync/" in record.path}
        assert asked == {"/sync/history/shows/45546"}


def test_verify_sees_what_moved_on_trakt_although_the_cache_is_warm(
    plan: Path, anitrakt: Run, sandbox: Sandbox
) -> None:
    sandbox.catalogue.merge_seasons(45546, 2, 1)

    trusting = anitrakt(*UPDATE)
    verified = anitrakt(*UPDATE, "--verify")

    assert "Nothing new" in trusting.err
    assert "mal:27991" in verified.err
    assert "S01E14-E26" in block_of(text_of(), "mal:27991")


def test_a_plan_of_another_services_list_is_not_planned_over(plan: Path, anitrakt: Run) -> None:
    before = text_of()
    result = anitrakt("plan", "--anilist", USER, "-o", plan)
    assert result.code == 2
    assert "another list" in result.err
    assert text_of() == before


@pytest.mark.long
def test_who_moves_to_another_service_keeps_the_decisions(plan: Path, anitrakt: Run) -> None:
    in_entry("mal:1535", "decision: auto", 'decision: confirmed\n    note: "mine"')
    in_entry("mal:5114", "decision: auto", "decision: skip")
    other = Path("anilist.yaml")

    result = anitrakt("plan", "--anilist", USER, "--from", plan, "-o", other)

    assert result.code == 0
    found = loaded(other).plan
    assert found is not None
    decided = {
        e.key.id: (e.decision, e.note)
        for e in found.entries
        if e.decision in (Decision.CONFIRMED, Decision.SKIP)
    }
    assert decided == {1535: (Decision.CONFIRMED, "mine"), 5114: (Decision.SKIP, None)}
    # and a bare plan does so from memory, with a word
    other.unlink()
    anitrakt("validate", plan)
    bare = anitrakt("plan", "--anilist", "sample")
    assert "another service" in bare.err
    assert "decision: confirmed" in block_of(bare.out, "anilist:1535")
    assert "decision: confirmed" not in anitrakt("plan", "--anilist", "sample", "--fresh").out


def test_statuses_are_spelled_out(anitrakt: Run, user: object) -> None:
    anitrakt("plan", "--mal", USER, "--status", "all", "-o", PLAN)
    kept = loaded().plan
    assert kept is not None
    assert Status.PLANNED in kept.source.statuses
    assert "all" not in text_of().partition("statuses:")[2].partition("\n")[0]
