"""`apply` and `diff` against the practice Trakt: exactly what is missing, once, and dated as the list says.

Long: what `commands/test_run.py`, `commands/test_lookup.py` and `faults/test_reads.py` prove, once more
through the command.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from anitrakt_plan.errors import ExitCode
from anitrakt_plan.planfile import load_plan
from anitrakt_plan.sandbox.wire import Answer
from tests.acceptance.conftest import PlanText, Run
from tests.acceptance.wire import check_wire, sent_plays, writes
from tests.practice import Sandbox
from tests.practice.faults import with_body

PLAN = Path("plan.yaml")
RIZELMINE = "anilist:197"
APPLY = ("apply", "--allow", "first-apply")


@pytest.fixture
def plan(anitrakt: Run, plan_text: PlanText) -> Path:
    """The sample user's plan, as `plan` makes it."""
    PLAN.write_text(plan_text("--anilist", "sample"), encoding="utf-8", newline="\n")
    return PLAN


def change(old: str, new: str) -> None:
    """Edit the plan by hand: `old` must stand there exactly once."""
    text = PLAN.read_text(encoding="utf-8")
    assert text.count(old) == 1, (old, text.count(old))
    PLAN.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def keep_only(*keys: str) -> None:
    """Take every entry but these out of the plan."""
    head, _, body = PLAN.read_text(encoding="utf-8").partition("entries:\n")
    blocks = re.split(r"(?m)^(?=  (?:mal|anilist):\d+:)", body)
    kept = [block for block in blocks if block.strip().partition(":\n")[0] in keys]
    assert len(kept) == len(keys)
    PLAN.write_text(f"{head}entries:\n\n{''.join(kept)}", encoding="utf-8", newline="\n")


def test_a_second_apply_sends_nothing_and_says_so(plan: Path, anitrakt: Run, sandbox: Sandbox) -> None:
    first = anitrakt(*APPLY, plan)
    check_wire(sandbox)
    sandbox.wire.clear()

    second = anitrakt(*APPLY, plan)

    assert first.code == 0
    assert "Apply complete" in first.out
    assert second.code == 0
    assert "No changes" in second.out
    assert writes(sandbox) == []


def test_nothing_is_sent_for_what_already_has_a_play(plan: Path, anitrakt: Run, sandbox: Sandbox) -> None:
    before = {play.item for play in sandbox.world.plays.values()}

    anitrakt(*APPLY, plan)

    plays = Counter(play.item for play in sandbox.world.plays.values() if play.action == "watch")
    assert [item for item in before if plays[item] > 1] == [
        item for item in before if plays[item] > 1 and item not in sent_items(sandbox)
    ]
    assert [item for item, times in plays.items() if times > 1 and item not in before] == []


def sent_items(sandbox: Sandbox) -> set[object]:
    return {name for name, _ in sent_plays(sandbox)}


def test_plays_are_dated_at_noon_of_the_finish_day_or_unknown_never_now(
    plan: Path, anitrakt: Run, sandbox: Sandbox
) -> None:
    anitrakt(*APPLY, plan)

    zone = ZoneInfo(sandbox.world.timezone)
    dates = {when for _, when in sent_plays(sandbox)}
    assert "unknown" in dates
    for when in dates - {"unknown"}:
        local = datetime.fromisoformat(when).astimezone(zone)
        assert (local.hour, local.minute, local.second) == (12, 0, 0)
        assert local < datetime.now(UTC)
    finish_days = {
        str(entry.progress.finished)
        for entry in load_plan(plan.read_bytes(), "plan.yaml").plan.entries  # type: ignore[union-attr]
        if entry.progress.finished and entry.progress.finished.exact
    }
    local_days = {
        datetime.fromisoformat(when).astimezone(zone).date().isoformat() for when in dates - {"unknown"}
    }
    assert local_days <= finish_days


def test_a_review_entry_corrected_by_hand_adds_exactly_its_plays(
    plan: Path, anitrakt: Run, sandbox: Sandbox
) -> None:
    text = plan.read_text(encoding="utf-8")
    start = text.index(f"  {RIZELMINE}:")
    block = text[start : text.index("\n\n", start)]
    was = "review" if "decision: review" in block else "auto"
    corrected = re.sub(r"decision: \w+.*", "decision: confirmed", block)
    match = "{show: 34535, episodes: S01E01-E12, ratio: '2:1'}"
    corrected = re.sub(r"match: .*", f"match: {match}", corrected)
    if was == "review":
        anitrakt(*APPLY, plan)
    else:
        plan.write_text(text.replace(block, re.sub("decision: auto", "decision: skip", block)))
        anitrakt(*APPLY, plan)
    sandbox.wire.clear()
    plan.write_text(text.replace(block, corrected), encoding="utf-8")

    result = anitrakt(*APPLY, plan)

    assert result.code == 0, result.err
    assert [name for name, _ in sent_plays(sandbox)] == [f"34535 S01E{number:02d}" for number in range(1, 13)]


TEN_MISTAKES = [
    ("    decision: auto\n", "    decision: confirm\n"),
    ("match: {movie: 97}", "match: {show: 97}"),
    ("match: {show: 13855, episodes: S01E01-E37}", "match: {show: 13855, episodes: S01E37-E01}"),
    ("match: {show: 61405, episodes: S01E01-E25}", "match: {show: 61405, episodes: S01E01-E24}"),
    ("    rates: show\n", "    rats: show\n"),
    ("rating: 9}", "rating: 11}"),
    ("status: completed", "status: complete"),
    ('finished: "2008-11-09"', "finished: yesterday"),
    ("target: {service: trakt", "target: {service: tract"),
    ("on_conflict: keep", "on_conflict: ask"),
]


@pytest.mark.whole_list
def test_ten_mistakes_are_all_named_and_nothing_is_sent(plan: Path, anitrakt: Run, sandbox: Sandbox) -> None:
    text = plan.read_text(encoding="utf-8")
    for old, new in TEN_MISTAKES:
        assert old in text
        text = text.replace(old, new, 1)
    plan.write_text(text, encoding="utf-8")
    lines = [line or "#" for line in text.splitlines()]

    checked = anitrakt("validate", plan)
    applied = anitrakt("apply", plan)

    places = re.findall(r"(?m)^plan\.yaml:(\d+):(\d+): error\[(\w+)\]: .+", checked.out)
    wrong = {
        next(number for number, line in enumerate(lines, 1) if new.strip() in line and line[0] != "#")
        for _, new in TEN_MISTAKES
    }
    assert checked.code == 3
    assert wrong <= {int(line) for line, _, _ in places}
    assert applied.code == 3
    assert applied.out == ""
    assert "error[" in applied.err
    assert [record for record in sandbox.wire if record.service == "trakt"] == []


@pytest.mark.parametrize("arguments", [("diff",), ("apply", "-n"), ("apply", "--dry-run", "--json")])
def test_a_dry_run_shows_the_same_and_sends_nothing(
    arguments: tuple[str, ...], plan: Path, anitrakt: Run, sandbox: Sandbox
) -> None:
    result = anitrakt(arguments[0], plan, *arguments[1:])

    assert result.code == 0
    assert "anilist:20" in result.out
    assert writes(sandbox) == []


@pytest.mark.whole_list
def test_only_and_limit_choose_entries(plan: Path, anitrakt: Run, sandbox: Sandbox) -> None:
    anitrakt(*APPLY, plan, "--only", "anilist:199", "--only", "toradora")
    assert {name.partition(" S")[0] for name, _ in sent_plays(sandbox)} == {"movie 97", "61405"}
    sandbox.wire.clear()

    anitrakt(*APPLY, plan, "--limit", "1")

    assert {name.partition(" S")[0] for name, _ in sent_plays(sandbox)} == {"46003"}


def test_confirmed_only_leaves_the_automatic_ones_alone(plan: Path, anitrakt: Run, sandbox: Sandbox) -> None:
    keep_only("anilist:199", "anilist:572")
    change("match: {movie: 51}  #> movie 51", "match: {movie: 51}  # mine; was movie 51")
    text = plan.read_text(encoding="utf-8")
    plan.write_text(text[::-1].replace("decision: auto"[::-1], "decision: confirmed"[::-1], 1)[::-1])

    anitrakt(*APPLY, plan, "--confirmed-only")

    assert [name for name, _ in sent_plays(sandbox)] == ["movie 51"]


def test_the_exit_code_tells_changes_when_asked(plan: Path, anitrakt: Run) -> None:
    assert anitrakt("diff", plan, "--detailed-exitcode").code == 8
    assert anitrakt(*APPLY, plan, "--detailed-exitcode").code == 8
    assert anitrakt(*APPLY, plan, "--detailed-exitcode").code == 0
    assert anitrakt("diff", plan, "--detailed-exitcode").code == 0


def test_json_is_one_document_that_adds_up(plan: Path, anitrakt: Run, sandbox: Sandbox) -> None:
    result = anitrakt(*APPLY, plan, "--json")

    document = json.loads(result.out)
    assert document["format"] == "anitrakt-apply/1"
    assert document["totals"]["plays"] == len(list(sent_plays(sandbox)))
    assert document["exit_code"] == result.code == 0


def test_apply_keeps_to_its_budget_of_requests(plan: Path, anitrakt: Run, sandbox: Sandbox) -> None:
    anitrakt(*APPLY, plan)

    plays, ratings = len(list(sent_plays(sandbox))), len(sandbox.sent("POST", "/sync/ratings"))
    asked = [record.path for record in sandbox.wire if record.service == "trakt"]
    season_lists = [
        path for path in asked if path.endswith("/seasons")
    ]  # for the ids of rated seasons, if not kept
    assert len(season_lists) == len(set(season_lists))
    requests = len(asked) - len(season_lists)
    pages = -(-len(sandbox.world.plays) // 250) + 1
    state, read_back = 2 + 2 + 4, pages + 2  # history, ratings, watchlist (plays take things off it)
    assert requests <= state + -(-plays // 90) + max(1, ratings) + read_back + 8


def test_a_large_first_apply_stops_and_names_the_flag(plan: Path, anitrakt: Run, sandbox: Sandbox) -> None:
    result = anitrakt("apply", plan)

    assert result.code == 6
    assert "--allow first-apply" in result.err
    assert "--limit 1" in result.err
    assert writes(sandbox) == []


def test_without_a_sign_in_apply_says_how_to_get_one(
    plan: Path, anitrakt: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ANITRAKT_TRAKT_TOKEN")

    result = anitrakt(*APPLY, plan)

    assert result.code == 4
    assert "anitrakt login" in result.err
    assert writes(sandbox) == []


def test_no_secret_appears_anywhere(plan: Path, anitrakt: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    said = [anitrakt("--debug", *APPLY, plan), anitrakt("--debug", "diff", plan)]

    secrets = [
        sandbox.addresses.trakt_token,
        sandbox.addresses.trakt_client_secret,
        sandbox.addresses.trakt_refresh_token,
    ]
    home = tmp_path / "anitrakt-home"
    written = [path.read_bytes() for path in home.rglob("*") if path.is_file()]
    assert written
    for secret in secrets:
        assert all(secret not in result.out + result.err for result in said)
        assert all(secret.encode() not in content for content in written)


def skip_everything(_: object = None) -> None:
    text = PLAN.read_text(encoding="utf-8")
    PLAN.write_text(re.sub(r"decision: auto", "decision: skip", text), encoding="utf-8", newline="\n")


@pytest.mark.long
def test_undo_names_what_it_takes_back_by_any_plan_that_was_here(anitrakt: Run, sandbox: Sandbox) -> None:
    anitrakt("plan", "--anilist", "sample", "-o", "elsewhere.yaml")
    anitrakt("apply", "elsewhere.yaml", "--only", "anilist:12189", "-y")
    said = anitrakt("undo", "-n").out.splitlines()
    assert said[0] == "  - Hyouka → Hyouka (2012) S01E01–E22   22 plays   anilist:12189 · show 66172"
    assert said[1] == "  ~ Hyouka → Hyouka (2012)   rating 9 → none (show)   anilist:12189 · show 66172"


@pytest.mark.long
def test_diff_names_a_typed_match_by_the_catalogue(anitrakt: Run, sandbox: Sandbox) -> None:
    plan = Path("plan.yaml")
    anitrakt("plan", "--anilist", "sample", "-o", str(plan))
    text = plan.read_text(encoding="utf-8")
    open_one = text[text.index("  anilist:8968:") :].partition("\n\n")[0]
    typed = re.sub(
        r"decision: review.*\n    match: null",
        "decision: confirmed\n    match: {movie: 97, sure: true}",
        open_one,
    )
    assert typed != open_one
    plan.write_text(text.replace(open_one, typed).replace("movie: 97}", "movie: 98}"), encoding="utf-8")
    said = anitrakt("diff", "--only", "anilist:8968")
    assert "→ Spirited Away (2001)   " in said.out, said.out + said.err


def test_what_is_decided_otherwise_while_apply_runs_is_left_out(
    plan: Path, anitrakt: Run, sandbox: Sandbox
) -> None:
    sandbox.faults.after("POST", "/sync/history$", skip_everything, times=1)
    result = anitrakt(*APPLY, plan)
    assert len(sandbox.sent("POST", "/sync/history")) == 1
    assert len(sandbox.sent("POST", "/sync/ratings")) == 0
    assert "The plan changed while it was applied; left out: anilist:" in result.out
    sandbox.wire.clear()
    again = anitrakt(*APPLY, plan)
    assert again.code == 0
    assert writes(sandbox) == []


@pytest.mark.long
def test_a_comment_or_another_entrys_edit_stops_nothing(plan: Path, anitrakt: Run, sandbox: Sandbox) -> None:
    def comment(_: object) -> None:
        PLAN.write_text("# mine\n" + PLAN.read_text(encoding="utf-8"), encoding="utf-8", newline="\n")

    sandbox.faults.after("POST", "/sync/history$", comment, times=1)
    result = anitrakt(*APPLY, plan)
    assert (result.code, "left out" in result.out) == (0, False)
    assert "No changes" in anitrakt(*APPLY, plan).out


@pytest.mark.whole_list
@pytest.mark.long
def test_a_plan_that_is_spoilt_while_apply_runs_ends_the_sending(
    plan: Path, anitrakt: Run, sandbox: Sandbox
) -> None:
    whole = PLAN.read_bytes()

    def spoil(_: object) -> None:
        PLAN.write_bytes(whole[: len(whole) // 2])

    sandbox.faults.after("POST", "/sync/history$", spoil, times=1)
    result = anitrakt(*APPLY, plan)
    assert result.code == 5
    assert "changed while it was applied" in result.out + result.err
    assert len(sandbox.sent("POST", "/sync/history")) == 1
    PLAN.write_bytes(whole)
    assert anitrakt(*APPLY, plan).code == 0


@pytest.mark.long
def test_rows_that_lost_their_object_end_no_command(plan: Path, anitrakt: Run, sandbox: Sandbox) -> None:
    assert anitrakt(*APPLY, plan).code == 0

    def change(answer: Answer) -> Answer:
        first, *rest = json.loads(answer.body) or [{}]
        return with_body(answer, [{**first, "show": None, "movie": None}, *rest] if first else [])

    sandbox.faults.add("GET", "/sync/(history|ratings/all)$", change=change, times=None)
    for words in ("apply plan.yaml", "diff", "status", "undo -n", "export-trakt"):
        result = anitrakt(*words.split())
        assert result.code == 0, (words, result)
        assert re.search(r"\d rows of your Trakt account no longer have", result.out + result.err), words
        assert not re.search(r"plays?, .*removed on Trakt", result.out)
    sandbox.world.activities.clear()  # long ago: then what was read is kept, and `plan` need not read it
    assert anitrakt("status").code == 0
    sandbox.faults.clear()
    assert "rows of your Trakt account no longer have" in anitrakt("plan", "--update", "plan.yaml").err


@pytest.mark.long
def test_an_id_that_a_replace_all_changed_is_looked_up(anitrakt: Run, sandbox: Sandbox) -> None:
    """The match and the `#>` behind it were changed alike; an untouched plan of this machine asks for no show."""
    assert anitrakt("plan", "--anilist", "sample", "-o", PLAN).code == 0
    sandbox.wire.clear()
    assert anitrakt("diff", PLAN).code == 0
    assert not [r for r in sandbox.wire if re.match(r"/(shows|movies)/", r.path)]
    text = PLAN.read_text(encoding="utf-8")
    found = re.search(r"decision: auto\n    match: \{movie: (\d+)\}  #> movie \1 ", text)
    assert found is not None
    block = found[0].replace(found[1], "999999")
    PLAN.write_text(text.replace(found[0], block), encoding="utf-8")
    result = anitrakt(*APPLY, PLAN)
    assert result.code == 3
    assert "Trakt has no film 999999" in result.err
    assert not writes(sandbox)


def test_yes_does_not_say_whose_account_it_is_and_the_flag_does(
    anitrakt: Run, sandbox: Sandbox, plan_text: PlanText
) -> None:
    text = plan_text("--anilist", "sample").replace('user: "sandbox"', "user: null")
    assert "user: null" in text
    Path("plan.yaml").write_text(text, encoding="utf-8")

    refused = anitrakt("apply", "plan.yaml", "-y")

    assert refused.code == ExitCode.SAFETY_STOP
    assert "add `--account sandbox`" in refused.err
    assert sandbox.sent("POST", "/sync/history") == []
    assert anitrakt("apply", "plan.yaml", "--account", "sandbox", "--allow", "first-apply").code == 0
