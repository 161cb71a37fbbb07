"""Planning with a TMDB token and without a Trakt application: TMDB is asked in Trakt's place, and sparingly.

Long: what `tmdb/` proves of the catalogue, once more through the command.
"""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path

import pytest

from anitrakt_plan.model import Decision, MovieMatch, Plan, PlanEntry, ShowMatch, TmdbId, TraktId, WorkId
from anitrakt_plan.model.account import ListSubject
from anitrakt_plan.planfile import load_plan
from tests.acceptance.conftest import Run
from tests.practice import Sandbox

FROM = ("plan", "--anilist", "sample", "--status", "all")


@pytest.fixture
def by_tmdb(anitrakt: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`anitrakt` with a TMDB token and without any key of Trakt's."""
    for name in ("TRAKT_CLIENT_ID", "TRAKT_CLIENT_SECRET", "TRAKT_TOKEN"):
        monkeypatch.delenv(f"ANITRAKT_{name}")
    return anitrakt


def the_plan(text: str) -> Plan:
    loaded = load_plan(text.encode(), "plan.yaml")
    assert loaded.plan is not None
    return loaded.plan


def works(entry: PlanEntry) -> list[WorkId]:
    matches = [entry.match, *(candidate.match for candidate in entry.candidates)]
    return [
        one.show if isinstance(one, ShowMatch) else one.movie
        for one in matches
        if isinstance(one, ShowMatch | MovieMatch)
    ]


def places(plan: Plan, sandbox: Sandbox) -> dict[str, str]:
    """Where each automatic entry is, every work by its Trakt id."""

    def trakt(kind: str, work: WorkId) -> object:
        found = sandbox.catalogue.work(kind, "tmdb", work.number) if isinstance(work, TmdbId) else None
        return found.trakt_id if found else work

    return {
        str(entry.key): f"{trakt('show', entry.match.show)} {entry.match.mapping}"
        if isinstance(entry.match, ShowMatch)
        else f"film {trakt('movie', entry.match.movie)}"
        for entry in plan.entries
        if entry.decision is Decision.AUTO and isinstance(entry.match, ShowMatch | MovieMatch)
    }


def test_a_plan_by_tmdb_agrees_with_one_by_trakt_and_asks_trakt_nothing(
    by_tmdb: Run, sandbox: Sandbox, plan_text: object
) -> None:
    result = by_tmdb(*FROM)

    assert result.code == 0, result.err
    assert "the id maps alone" not in result.err
    by_trakt = places(the_plan(plan_text(*FROM[1:])), sandbox)  # type: ignore[operator]
    found = places(the_plan(result.out), sandbox)
    shared = found.keys() & by_trakt.keys()
    assert {key: found[key] for key in shared} == {key: by_trakt[key] for key in shared}
    assert len(found) >= len(by_trakt) - 1
    services = {record.service for record in sandbox.wire}
    assert services == {"anilist", "tmdb", "idmap"}
    asked = [record for record in sandbox.wire if record.service == "tmdb"]
    assert len(asked) < len(the_plan(result.out).entries)
    assert all(record.status in (200, 404) for record in asked)
    assert not any("api_key" in record.query or "token" in record.query for record in asked)


def test_no_show_is_asked_for_twice_and_a_second_plan_asks_nothing(by_tmdb: Run, sandbox: Sandbox) -> None:
    by_tmdb(*FROM, "-o", "plan.yaml")
    asked = [(record.path, *record.query.values()) for record in sandbox.wire if record.service == "tmdb"]
    assert len(asked) == len(set(asked))
    before = Path("plan.yaml").read_bytes()
    sandbox.wire.clear()
    result = by_tmdb("plan", "--update", "plan.yaml")

    assert result.code == 0, result.err
    assert [record for record in sandbox.wire if record.service == "tmdb" and record.status == 200] == []
    assert Path("plan.yaml").read_bytes() == before


@pytest.mark.long
def test_a_work_bears_trakts_id_where_a_map_knows_it_and_else_tmdbs(by_tmdb: Run, sandbox: Sandbox) -> None:
    sandbox.catalogue.anitrakt = []
    without = by_tmdb(*FROM)

    named = {type(work) for entry in the_plan(without.out).entries for work in works(entry)}
    assert named == {TmdbId}
    assert re.search(r"match: \{show: tmdb:1429, episodes: S01E01-E25\}", without.out)


def test_a_wrong_token_ends_the_plan_with_what_to_do(by_tmdb: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ANITRAKT_TMDB_TOKEN", "hush")
    result = by_tmdb(*FROM)

    assert (result.code, result.out) == (4, "")
    assert "TMDB does not accept the token" in result.err
    assert "anitrakt login --tmdb" in result.err


@pytest.mark.long
def test_a_pause_that_tmdb_wants_is_made(by_tmdb: Run, sandbox: Sandbox) -> None:
    sandbox.faults.too_many_requests("GET", "/tv/", service="tmdb", retry_after=None, times=2)
    result = by_tmdb(*FROM)

    assert result.code == 0, result.err


def test_review_searches_tmdb(by_tmdb: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    by_tmdb(*FROM, "-o", "plan.yaml")
    sandbox.wire.clear()
    monkeypatch.setattr(sys, "stdin", io.StringIO("/ akira\nn\n"))
    result = by_tmdb("review", "plan.yaml")

    assert "Without a Trakt application" not in result.err
    assert {record.service for record in sandbox.wire} <= {"tmdb", "idmap"}
    asked = [record.query["query"] for record in sandbox.wire if record.path.startswith("/search/")]
    assert set(asked) == {"akira"}


@pytest.mark.long
def test_with_a_trakt_key_too_the_list_is_asked_of_tmdb_and_its_ids_of_trakt(
    anitrakt: Run, sandbox: Sandbox
) -> None:
    result = anitrakt(*FROM)

    assert result.code == 0
    asked = {(record.service, record.path.split("/")[1]) for record in sandbox.wire}
    assert {place for service, place in asked if service == "tmdb"} >= {"tv", "search"}
    of_trakt = {record.path for record in sandbox.wire if record.service == "trakt"} - {"/users/settings"}
    assert all(path.startswith("/search/tmdb/") for path in of_trakt)
    assert "tmdb:" not in result.out


LIMIT = 21


@pytest.fixture
def by_both(anitrakt: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`anitrakt` with a TMDB token and a Trakt application of a small limit, where no map knows Trakt's ids."""
    sandbox.catalogue.anitrakt = []
    monkeypatch.setenv("ANITRAKT_TRAKT_GET_LIMIT", f"{LIMIT}/300")
    return anitrakt


def looked_up(sandbox: Sandbox) -> list[str]:
    """The requests for Trakt's ids, in order."""
    return [record.path for record in sandbox.wire if record.path.startswith("/search/tmdb/")]


def test_no_more_ids_are_looked_up_than_nobody_has_to_wait_for(
    by_both: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = by_both(*FROM, "-o", "plan.yaml")

    assert first.code == 0, first.err
    asked = looked_up(sandbox)
    assert len(asked) == (LIMIT - 1) // 2  # the account's own request; half is left for the next command
    plan = the_plan(Path("plan.yaml").read_text(encoding="utf-8"))
    sent = [entry for entry in plan.entries if entry.decision is Decision.AUTO and works(entry)]
    by_id = [entry for entry in sent if isinstance(works(entry)[0], TmdbId)]
    assert 0 < len(by_id) < len(sent)
    left = {works(entry)[0] for entry in by_id}
    count = f"{len(by_id)} matches name {len(left)} works by TMDB's ids"
    assert count in said(first.err)
    assert "the first `anitrakt apply plan.yaml`, or `diff`, looks them up on Trakt" in said(first.err)
    assert by_both("validate", "plan.yaml").code == 0

    monkeypatch.setenv("ANITRAKT_TRAKT_GET_LIMIT", "450/300")
    sandbox.wire.clear()
    diff = by_both("diff", "plan.yaml")
    assert diff.code == 0, diff.err
    again = looked_up(sandbox)
    assert len(again) == len(set(again)) == len(left)
    assert not set(asked) & set(again)
    assert f"Looking up {len(left)} works on Trakt by TMDB's ids" in said(diff.err)

    sandbox.wire.clear()
    assert by_both("plan", "--update", "plan.yaml").code == 0  # what is kept is known without asking
    text = Path("plan.yaml").read_bytes()
    now = the_plan(text.decode()).entries
    assert not any(isinstance(work, TmdbId) for entry in now for work in works(entry)[:1])
    assert not set(looked_up(sandbox)) & {*asked, *again}
    sandbox.wire.clear()
    assert by_both("plan", "--update", "plan.yaml").code == 0
    assert (Path("plan.yaml").read_bytes(), looked_up(sandbox)) == (text, [])


def test_ctrl_c_while_ids_are_looked_up_leaves_them_to_apply_and_writes_the_plan(
    by_both: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*_: object) -> dict[ListSubject, TraktId]:
        raise KeyboardInterrupt

    monkeypatch.setattr("anitrakt_plan.commands.plan.looked_up", stopped)
    result = by_both(*FROM, "-o", "plan.yaml")

    assert result.code == 130
    assert "Stopped asking. Writing the plan as far as it is known" in said(result.err)
    named = {
        type(work)
        for entry in the_plan(Path("plan.yaml").read_text("utf-8")).entries
        for work in works(entry)
    }
    assert named == {TmdbId}
    assert by_both("validate", "plan.yaml").code == 0


def test_ids_are_looked_up_before_the_account_is_read(
    by_both: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    by_both(*FROM, "-o", "plan.yaml")
    monkeypatch.setenv("ANITRAKT_TRAKT_GET_LIMIT", "450/300")
    sandbox.wire.clear()
    by_both("diff", "plan.yaml")

    paths = [record.path for record in sandbox.wire]
    last = max(at for at, path in enumerate(paths) if path.startswith("/search/tmdb/"))
    assert not any(path.startswith("/sync/history") for path in paths[:last])


def said(text: str) -> str:
    """What was said, without the line breaks that fit it to a screen."""
    return re.sub(r"\s+", " ", text)
