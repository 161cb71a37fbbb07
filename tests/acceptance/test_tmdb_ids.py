"""Matches that name a work by its TMDB id, through the life of a plan: resolved, sent once, taken back.

Long: what `commands/test_trakt_ids.py` and `commands/test_replan.py` prove, once more through the commands.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from anitrakt_plan.model import Decision, EntryKey
from anitrakt_plan.model.matches import format_match
from tests.acceptance.conftest import Run
from tests.acceptance.living import (
    PLAN,
    a_month_later,
    block_of,
    in_entry,
    loaded,
    plan_file,
    text_of,
    weekly_user,
)
from tests.acceptance.wire import sent_plays, writes
from tests.practice import Sandbox

TITAN, SEQUEL, FILM = "mal:16498", "mal:25777", "mal:199"
APPLY = ("apply", "--allow", "first-apply", PLAN)


@pytest.fixture
def plan(sandbox: Sandbox, anitrakt: Run) -> Path:
    """A plan in which one show and one film go by their TMDB ids, as a person wrote them."""
    weekly_user(sandbox)
    made = plan_file(anitrakt)
    by_tmdb(TITAN, "show: 1420", "show: tmdb:1429")
    by_tmdb(FILM, "movie: 97", "movie: tmdb:129")
    return made


def by_tmdb(key: str, old: str, new: str, decision: str = "confirmed") -> None:
    """Give a match another id; for `auto`, so that it is anitrakt's own: behind `#>`, too."""
    in_entry(key, "decision: auto", f"decision: {decision}")
    block = block_of(text_of(), key)
    was, now = (one.replace("show: ", "").replace(": ", " ") for one in (old, new))
    hint = f"#> {now if decision == 'auto' else was} "
    changed = block.replace(f"{{{old}", f"{{{new}").replace(f"#> {was} ", hint)
    assert changed != block
    PLAN.write_text(text_of().replace(block, changed), encoding="utf-8", newline="\n")


def match_of(key: str) -> str:
    """An entry's match as it stands in the file."""
    plan = loaded().plan
    assert plan is not None
    (entry,) = (one for one in plan.entries if one.key == EntryKey.parse(key))
    assert entry.resolved is not None
    return format_match(entry.resolved)


def test_it_is_applied_by_trakts_id_once_and_undone(plan: Path, anitrakt: Run, sandbox: Sandbox) -> None:
    before = dict(sandbox.world.plays)
    assert anitrakt("validate", plan).code == 0

    first = anitrakt(*APPLY)

    assert first.code == 0, first.err
    sent = [name for name, _ in sent_plays(sandbox)]
    assert len(sent) == len(set(sent))
    # the first one has a play already
    assert [one for one in sent if one.startswith("1420 S01")] == [f"1420 S01E{n:02d}" for n in range(2, 26)]
    assert "movie 97" in sent
    assert all("tmdb" not in record.body for record in sandbox.wire if record.method != "GET")

    sandbox.wire.clear()
    second = anitrakt(*APPLY)
    assert (second.code, writes(sandbox)) == (0, [])
    assert "No changes" in second.out
    status = anitrakt("status", plan)
    assert "Left on Trakt" not in status.out
    assert "held back" not in status.out

    assert anitrakt("undo", "-y").code == 0
    assert sandbox.world.plays == before


@pytest.mark.long
def test_a_match_by_trakts_id_is_the_same_match(plan: Path, anitrakt: Run, sandbox: Sandbox) -> None:
    anitrakt(*APPLY)
    in_entry(TITAN, "show: tmdb:1429", "show: 1420")
    sandbox.wire.clear()

    again = anitrakt(*APPLY)

    assert (again.code, writes(sandbox)) == (0, []), again.out


@pytest.mark.long
def test_each_id_is_looked_up_once_before_anything_is_sent(
    plan: Path, anitrakt: Run, sandbox: Sandbox
) -> None:
    by_tmdb(SEQUEL, "show: 1420", "show: tmdb:1429")
    sandbox.wire.clear()

    anitrakt(*APPLY)

    paths = [record.path.partition("?")[0] for record in sandbox.wire if record.service == "trakt"]
    looked_up = [at for at, path in enumerate(paths) if path.startswith("/search/tmdb/")]
    assert sorted(paths[at] for at in looked_up) == ["/search/tmdb/129", "/search/tmdb/1429"]
    assert max(looked_up) < paths.index("/sync/history", max(looked_up))


def test_an_id_that_trakt_does_not_know_holds_its_entry_alone(
    plan: Path, anitrakt: Run, sandbox: Sandbox
) -> None:
    in_entry(FILM, "tmdb:129", "tmdb:999999")

    result = anitrakt(*APPLY)

    assert result.code == 0, result.err
    assert "Trakt knows no film by tmdb:999999 (https://www.themoviedb.org/movie/999999)" in said(result.out)
    sent = {name for name, _ in sent_plays(sandbox)}
    assert "movie 97" not in sent
    assert "1420 S01E02" in sent
    assert "held back" in anitrakt("status", plan).out


@pytest.mark.long
def test_an_id_that_trakt_does_not_know_says_nothing_about_what_was_sent(
    plan: Path, anitrakt: Run, sandbox: Sandbox
) -> None:
    anitrakt(*APPLY)
    before = dict(sandbox.world.plays)
    in_entry(TITAN, "show: tmdb:1429", "show: tmdb:999999")

    stale = anitrakt("undo", "--stale", plan, "-y")

    assert stale.code == 0, stale.err
    assert sandbox.world.plays == before
    assert "Left on Trakt" not in anitrakt("status", plan).out


@pytest.mark.long
def test_what_an_id_stood_for_is_fixed(plan: Path, anitrakt: Run, sandbox: Sandbox, tmp_path: Path) -> None:
    anitrakt(*APPLY)
    show, other = sandbox.catalogue.show("trakt", 1420), sandbox.catalogue.show("trakt", 13855)
    assert show is not None
    assert other is not None
    show.ids["tmdb"], other.ids["tmdb"] = other.ids["tmdb"], show.ids["tmdb"]
    del sandbox.catalogue._shows  # its index by ids
    a_month_later(tmp_path)
    sandbox.wire.clear()

    again = anitrakt(*APPLY)

    assert (again.code, writes(sandbox)) == (0, [])
    assert "tmdb:1429 (https://www.themoviedb.org/tv/1429) was show 1420 on Trakt, and is 13855" in said(
        again.out
    )
    assert "Left on Trakt" not in anitrakt("status", plan).out


def test_one_episode_under_both_ids_stops_before_anything_is_sent(
    plan: Path, anitrakt: Run, sandbox: Sandbox
) -> None:
    in_entry(SEQUEL, "decision: auto", "decision: confirmed")
    in_entry(SEQUEL, "{show: 1420, episodes: S02E01-E12}", "{show: 1420, episodes: S01E01-E12}")
    assert anitrakt("validate", plan).code == 0  # offline, nobody knows that the two are one show

    for command in (APPLY, ("diff", PLAN)):
        result = anitrakt(*command)
        assert result.code == 3, result
        assert (
            f"{SEQUEL} (Shingeki no Kyojin Season 2) claims S01E01-E12 of show 1420, and so does {TITAN}"
            in said(result.err)
        )
    assert writes(sandbox) == []
    assert "`apply` refuses the plan" in said(anitrakt("status", plan).out)


@pytest.mark.long
def test_planning_again_gives_trakts_id_to_what_anitrakt_matched_alone(plan: Path, anitrakt: Run) -> None:
    in_entry(TITAN, "decision: confirmed", "decision: auto")
    in_entry(TITAN, "#> 1420 ", "#> tmdb:1429 ")

    assert anitrakt("plan", "--update", plan).code == 0

    assert match_of(TITAN) == "1420 S01E01-E25"
    assert "#> 1420 S01E01-E25" in block_of(text_of(), TITAN)
    assert match_of(FILM) == "movie tmdb:129"
    assert "attention" not in text_of()
    text = text_of()
    assert anitrakt("plan", "--update", plan).code == 0
    assert text_of() == text


@pytest.mark.long
def test_planning_again_after_sending_asks_nothing(plan: Path, anitrakt: Run, sandbox: Sandbox) -> None:
    in_entry(TITAN, "decision: confirmed", "decision: auto")
    in_entry(TITAN, "#> 1420 ", "#> tmdb:1429 ")
    anitrakt(*APPLY)

    assert anitrakt("plan", "--update", plan).code == 0

    plan_now = loaded().plan
    assert plan_now is not None
    assert {str(entry.key): entry.decision for entry in plan_now.entries}[TITAN] is Decision.AUTO
    assert match_of(TITAN) == "1420 S01E01-E25"
    sandbox.wire.clear()
    assert (anitrakt(*APPLY).code, writes(sandbox)) == (0, [])


@pytest.mark.long
def test_planning_again_without_a_key_keeps_what_a_key_has_shown(
    plan: Path, anitrakt: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    anitrakt(*APPLY)
    in_entry(SEQUEL, "decision: auto", "decision: confirmed")
    in_entry(SEQUEL, "{show: 1420, episodes: S02E01-E12}", "{show: 1420, episodes: S01E01-E12}")
    monkeypatch.setenv("ANITRAKT_TRAKT_CLIENT_ID", "")

    assert anitrakt("plan", "--update", plan).code == 0

    claim = "claims S01E01-E12 of show 1420 too"  # the journal knows that tmdb:1429 is 1420
    assert claim in block_of(text_of(), TITAN) + block_of(text_of(), SEQUEL)


def said(text: str) -> str:
    """What was said, without the line breaks that fit it to a screen."""
    return re.sub(r"\s+", " ", text)
