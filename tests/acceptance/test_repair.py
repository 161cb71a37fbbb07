"""An account that a title-matching script has spoilt, mended by audit, a repair file, apply, and taken back by undo.

Long: what `sync/test_audit.py`, `faults/test_repair.py` and `planfile/test_open_repair.py` prove, once more
through the commands.
"""

from __future__ import annotations

import io
import json
import os
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from anitrakt_plan.model import EpisodeSubject, MovieSubject, PlanEntry
from anitrakt_plan.model.repair import RepairDecision, RepairKind
from anitrakt_plan.model.sending import is_sent, subjects_of_match
from anitrakt_plan.planfile import read_plan
from anitrakt_plan.planfile.open_repair import OpenRepair
from anitrakt_plan.planfile.repair import load_repair, read_repair
from anitrakt_plan.sandbox import spoilt
from anitrakt_plan.sandbox.lists import ListEntry
from anitrakt_plan.sandbox.practice import Practice
from tests.acceptance.conftest import Run
from tests.long import long
from tests.practice import Sandbox

WHOLE, REPAIR = Path("whole.yaml"), Path("repair.yaml")

Rows = Counter[tuple[str, int, str, str]]


def rows(sandbox: Sandbox) -> Rows:
    """The account's plays: what each is of, when, and where it came from."""
    plays = sandbox.world.plays.values()
    return Counter((play.kind, play.item, play.watched_at, play.action) for play in plays)


def practice_of(sandbox: Sandbox) -> Practice:
    return Practice(sandbox.catalogue, sandbox.world, sandbox.lists, sandbox.world.clock)


def take_suggestions(path: Path = REPAIR) -> None:
    loaded = read_repair(path)
    assert loaded.repair is not None
    decisions = {group.key: group.suggest for group in loaded.repair.groups}
    path.write_bytes(OpenRepair.of(loaded).decided(decisions).raw)


_LISTED = {
    16498: (25, "2019-02-17"),
    9253: (24, "2013-06-12"),
    30484: (23, "2018-09-27"),
    34599: (13, "2018-01-20"),
    44511: (12, "2022-12-28"),
}


def list_entry(sandbox: Sandbox, mal: int, watched: int, finished: str) -> ListEntry:
    anime = sandbox.catalogue.anime_by(mal=mal)
    assert anime is not None
    return ListEntry(800_000 + mal, anime, "completed", watched, finished=finished)


def plan_whole(anitrakt: Run, user: str = "sample", *more: str) -> None:
    assert anitrakt("plan", "--anilist", user, "--status", "all", *more, "-o", WHOLE).code == 0


@pytest.fixture
def honest(sandbox: Sandbox) -> Rows:
    """The practice account as its owner made it; then a script ran over the list, twice."""
    spoilt.live(practice_of(sandbox))
    return rows(sandbox)


SOME: tuple[int, ...] = (
    16498,
    121,
    1399,
    25777,
    35760,
    38524,
    36702,
    120,
    38680,
    40417,
    42938,
    5114,
    38000,
    47778,
    9253,
    30484,
    197,
    10087,
)
SOME += (11741, 41457, 48569, 873, 48, 28851, 32281, 199, 1535, 4224, 44511, 34599, 1530, 154)


@pytest.fixture
def users(sandbox: Sandbox) -> None:
    """Users with parts of the sample list.

    `some` has later seasons, a rewatch, films, a wrong first hit, a private entry; `few` what is decided below.
    """
    sample = sandbox.lists.user("sample")
    assert sample is not None
    sandbox.lists.add_user("some", [one for one in sample.entries if one.anime.mal in SOME])
    sandbox.lists.add_user("few", [one for one in sample.entries if one.anime.mal in _LISTED])


@pytest.mark.whole_list
@pytest.mark.parametrize("user", ["few", *long("some", "sample")])
@pytest.mark.parametrize("dates_by_finish", [True, False], ids=["at the finish dates", "at the present"])
def test_what_a_script_did_is_mended_and_nothing_that_was_watched_is_lost(
    sandbox: Sandbox,
    anitrakt: Run,
    honest: Rows,
    users: None,
    user: str,
    dates_by_finish: bool,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("ANITRAKT_ANILIST_TOKEN", sandbox.addresses.anilist_token)
    practice = practice_of(sandbox)
    with sandbox.world.saving_once():
        began = sandbox.world.clock() - spoilt.AGO
        for moment in (began, began + spoilt.LATER):
            spoilt.run_script(practice, user, moment, dates_by_finish=dates_by_finish)
    as_left = rows(sandbox)
    plan_whole(anitrakt, user, "--include-private")

    audited = anitrakt("audit", WHOLE, "-o", REPAIR)
    assert audited.code == 0
    assert "Nothing is changed yet. Of your" in audited.err
    assert rows(sandbox) == as_left
    take_suggestions()
    stopped = anitrakt("apply", "-y", REPAIR)
    assert stopped.code == 6
    assert "a first repair of" in stopped.err
    assert rows(sandbox) == as_left
    repaired = anitrakt("apply", "-y", REPAIR, "--allow", "first-repair", "--json")
    assert repaired.code == 0, repaired.err
    assert not honest - rows(sandbox)  # each at its own time, as often as it was
    assert anitrakt("plan", "--update", WHOLE, "--include-private").code == 0
    applied = anitrakt("apply", WHOLE, "--json")
    assert applied.code == 0, applied.err

    assert not honest - rows(sandbox)
    assert wrong_share(sandbox, honest) <= 0.01
    assert too_often(sandbox, honest) == []
    exact = [is_exact(entry, sandbox, counts_of(honest)) for entry in sent_entries()]
    assert sum(exact) >= 0.95 * len(exact)
    again = anitrakt("apply", "-y", REPAIR, "--json")
    assert (again.code, json.loads(again.out)["changes"]) == (0, False)

    runs = [json.loads(one.out)["run"] for one in (applied, repaired)]
    for run in runs:
        assert anitrakt("undo", run, "-y").code == 0
    assert rows(sandbox) == as_left
    assert "Nothing to take back" in anitrakt("undo", runs[1], "-y").out


def sent_entries() -> list[PlanEntry]:
    plan = read_plan(WHOLE).plan
    assert plan is not None
    return [entry for entry in plan.entries if is_sent(plan, entry) and entry.resolved is not None]


def wanted_items(sandbox: Sandbox) -> set[tuple[str, int]]:
    """What the list has anything of, whatever its status: episodes and films by their ids."""
    plan = read_plan(WHOLE).plan
    assert plan is not None
    matches = [
        (entry, one)
        for entry in plan.entries
        for one in (entry.resolved, *(c.match for c in entry.candidates))
    ]
    return {
        item_of(sandbox, subject)
        for entry, match in matches
        if match is not None
        for subject in subjects_of_match(entry, match)[0]
    }


def item_of(sandbox: Sandbox, subject: EpisodeSubject | MovieSubject) -> tuple[str, int]:
    if isinstance(subject, MovieSubject):
        return "movie", int(str(subject.movie))
    show = int(str(subject.show))
    return "episode", sandbox.catalogue.episode_id(show, subject.season, subject.number)


def wrong_share(sandbox: Sandbox, honest: Rows) -> float:
    """The share of plays that neither the list nor the owner knows of."""
    wanted, there = wanted_items(sandbox), rows(sandbox)
    wrong = Counter({row: count for row, count in (there - honest).items() if row[:2] not in wanted})
    return wrong.total() / there.total()


def too_often(sandbox: Sandbox, honest: Rows) -> list[tuple[str, int]]:
    """What stands there more often than its owner has it, or than the list has rewatches of it."""
    rewatched = {
        item_of(sandbox, subject): 1 + entry.progress.repeats
        for entry in sent_entries()
        for subject in subjects_of_match(entry, entry.resolved)[0]  # type: ignore[arg-type]
    }
    own, there = counts_of(honest), counts_of(rows(sandbox))
    return [item for item, count in there.items() if count > max(1, own[item], rewatched.get(item, 1))]


def counts_of(some: Rows) -> Counter[tuple[str, int]]:
    items: Counter[tuple[str, int]] = Counter()
    for (kind, item, _, _), count in some.items():
        items[kind, item] += count
    return items


def is_exact(entry: PlanEntry, sandbox: Sandbox, own: Counter[tuple[str, int]]) -> bool:
    """Whether all that an entry wants is there, each as its owner has it, or on the list's day where it names one."""
    assert entry.resolved is not None
    wanted = {item_of(sandbox, subject) for subject in subjects_of_match(entry, entry.resolved)[1]}
    days = defaultdict(set)
    for play in sandbox.world.plays.values():
        days[play.kind, play.item].add(play.watched_at[:10])
    last = entry.progress.finished.exact if entry.progress.finished else None
    first = entry.progress.started.exact if entry.progress.started else None
    return all(
        days[item]
        and (
            last is None or own[item] > 0 or any(str(first or last) <= day <= str(last) for day in days[item])
        )
        for item in wanted
    )


# --- what is decided, and nothing else ---


@pytest.fixture
def repair(sandbox: Sandbox, anitrakt: Run, honest: Rows) -> Path:
    """An audit of the account after the script ran twice at the finish dates."""
    sandbox.lists.add_user("short", [list_entry(sandbox, mal, *said) for mal, said in _LISTED.items()])
    practice = practice_of(sandbox)
    began = sandbox.world.clock() - spoilt.AGO
    with sandbox.world.saving_once():
        for moment in (began, began + spoilt.LATER):
            spoilt.run_script(practice, "short", moment, dates_by_finish=True)
    plan_whole(anitrakt, "short")
    assert anitrakt("audit", WHOLE, "-o", REPAIR).code == 0
    return REPAIR


def decide(path: Path, about: str, decision: RepairDecision) -> list[int]:
    """Decide one group about a work; the ids of its plays."""
    loaded = read_repair(path)
    assert loaded.repair is not None
    group = next(one for one in loaded.repair.groups if one.about.startswith(about))
    path.write_bytes(OpenRepair.of(loaded).decided({group.key: decision}).raw)
    return [play.id for play in group.plays]


def test_nothing_happens_to_what_nobody_decided(sandbox: Sandbox, anitrakt: Run, repair: Path) -> None:
    before = rows(sandbox)
    wire = len(sandbox.wire)

    result = anitrakt("apply", "-y", repair)
    assert result.code == 0
    assert "Nothing to change on Trakt" in result.out
    assert "groups wait for a decision" in result.out
    assert rows(sandbox) == before
    assert not [one for one in sandbox.wire[wire:] if one.method == "POST"]


def test_only_the_plays_of_decided_groups_go_by_their_ids(
    sandbox: Sandbox, anitrakt: Run, repair: Path
) -> None:
    ids = decide(repair, "Made in Abyss", RepairDecision.REMOVE)
    before = set(sandbox.world.plays)

    assert anitrakt("apply", "-y", repair).code == 0
    assert before - set(sandbox.world.plays) == set(ids)
    sent = [one for one in sandbox.wire if one.method == "POST" and one.path.startswith("/sync/history")]
    assert {one.path for one in sent} == {"/sync/history/remove"}
    assert all(set(json.loads(one.body)) == {"ids"} for one in sent)


def test_a_play_that_is_gone_or_moved_is_left_alone_and_named(
    sandbox: Sandbox, anitrakt: Run, repair: Path
) -> None:
    first, second, *_ = decide(repair, "Steins;Gate (", RepairDecision.REMOVE)
    sandbox.world.remove_play(first)
    sandbox.world.plays[second].watched_at = "2020-01-01T10:00:00.000Z"

    result = anitrakt("apply", "-y", repair)
    assert result.code == 5
    assert "is no longer there" in result.out
    assert "stands on another item or minute now" in result.out
    assert second in sandbox.world.plays


@pytest.mark.long
def test_a_doubled_play_stays_where_its_twin_is_gone(sandbox: Sandbox, anitrakt: Run, repair: Path) -> None:
    loaded = read_repair(repair)
    assert loaded.repair is not None
    group = next(one for one in loaded.repair.groups if one.about.startswith("Steins;Gate 0"))
    kept = group.keeps[0]
    twin = next(play for play in group.plays if play.subject == kept.subject)
    decide(repair, "Steins;Gate 0", RepairDecision.REMOVE)
    sandbox.world.remove_play(kept.id)

    result = anitrakt("apply", "-y", repair)
    assert result.code == 5
    assert "the last of its item" in result.out
    assert twin.id in sandbox.world.plays


@pytest.mark.long
def test_where_nobody_can_be_asked_it_needs_a_yes(sandbox: Sandbox, anitrakt: Run, repair: Path) -> None:
    decide(repair, "Made in Abyss", RepairDecision.REMOVE)
    before = rows(sandbox)

    result = anitrakt("apply", repair)
    assert result.code == 2
    assert "would remove 13 plays in 1 group of `sandbox`" in result.err
    assert "--yes" in result.err
    assert f"anitrakt diff {repair}" in result.err
    assert rows(sandbox) == before


def test_a_repair_of_another_account_is_refused(sandbox: Sandbox, anitrakt: Run, repair: Path) -> None:
    decide(repair, "Made in Abyss", RepairDecision.REMOVE)
    before = rows(sandbox)
    sandbox.world.uuid = "0" * 40

    result = anitrakt("apply", "-y", repair)
    assert result.code == 6
    assert "signed in to Trakt as" in result.err
    assert rows(sandbox) == before


# --- redating ---


def redating(sandbox: Sandbox, to: str, *ids: int, uuid: str | None = None) -> Path:
    """A repair that gives plays of the account another day."""
    lines = []
    for number in ids:
        play = sandbox.world.plays[number]
        place = sandbox.catalogue.episodes[play.item]
        item = f"{place.show.trakt_id} S{place.season.number:02d}E{place.episode.number:02d}"
        lines.append(f'    - {{id: {number}, item: {item}, watched_at: "{play.watched_at}"}}\n')
    REPAIR.write_text(
        "format: anitrakt-repair/1\n"
        'tool: "anitrakt 1"\nat: "2026-11-30T10:00:00Z"\n'
        f'account: {{user: "sandbox", uuid: "{uuid or sandbox.world.uuid}"}}\n'
        "groups:\n  G001:\n    kind: misdated\n"
        '    about: "A Show"\n    why: "by hand"\n    plays:\n'
        + "".join(lines)
        + f'    keeps: []\n    to: "{to}"\n    suggest: redate\n    decision: redate\n'
    )
    assert load_repair(REPAIR.read_bytes(), "repair.yaml").repair is not None
    return REPAIR


def listed(sandbox: Sandbox, *numbers: int) -> list[int]:
    """Plays of the first season of Steins;Gate, at the present, as a script writes them."""
    items = [sandbox.catalogue.episode_id(42285, 1, number) for number in numbers]
    return [sandbox.world.add_play("episode", item, "2025-03-02T18:04:00.000Z").id for item in items]


def times(sandbox: Sandbox, number: int) -> list[str]:
    item = sandbox.catalogue.episode_id(42285, 1, number)
    return [play.watched_at for play in sandbox.world.plays_of(("episode", item))]


NOON = "2013-06-12T10:00:00.000Z"  # noon in Berlin, in summer


def test_a_redated_play_is_added_seen_and_only_then_is_the_old_one_removed(
    sandbox: Sandbox, anitrakt: Run
) -> None:
    ids = listed(sandbox, 5, 6)
    before = rows(sandbox)
    redating(sandbox, "2013-06-12", *ids)

    result = anitrakt("apply", "-y", REPAIR)
    assert result.code == 0, result.err
    assert times(sandbox, 5) == times(sandbox, 6) == [NOON]
    paths = [one.path for one in sandbox.wire if one.service == "trakt" and "/sync/history" in one.path]
    added, removed = (
        paths.index("/sync/history/remove"),
        len(paths) - 1 - paths[::-1].index("/sync/history/remove"),
    )
    adding = [
        at for at, one in enumerate(sandbox.wire) if (one.method, one.path) == ("POST", "/sync/history")
    ]
    removing = [at for at, one in enumerate(sandbox.wire) if one.path == "/sync/history/remove"]
    reading = [
        at for at, one in enumerate(sandbox.wire) if (one.method, one.path) == ("GET", "/sync/history")
    ]
    assert added <= removed
    assert any(adding[-1] < at < removing[0] for at in reading)
    undone = anitrakt("undo", "-y")
    assert undone.code == 0
    assert "Taken back: 2 plays, 2 plays put back where they stood." in undone.out
    assert rows(sandbox) == before


def test_where_a_play_stands_at_the_wanted_minute_a_redate_is_a_removal(
    sandbox: Sandbox, anitrakt: Run
) -> None:
    (number,) = listed(sandbox, 5)
    sandbox.world.add_play("episode", sandbox.catalogue.episode_id(42285, 1, 5), NOON)
    redating(sandbox, "2013-06-12", number)

    assert anitrakt("apply", "-y", REPAIR).code == 0
    assert times(sandbox, 5) == [NOON]
    assert not sandbox.sent("POST", "/sync/history")


def test_two_plays_that_get_one_day_become_one(sandbox: Sandbox, anitrakt: Run) -> None:
    ids = [*listed(sandbox, 5), *listed(sandbox, 5)]
    before = rows(sandbox)
    redating(sandbox, "2013-06-12", *ids)

    assert anitrakt("apply", "-y", REPAIR).code == 0
    assert times(sandbox, 5) == [NOON]
    assert anitrakt("undo", "-y").code == 0
    assert rows(sandbox) == before


def test_a_redate_is_refused_where_the_account_keeps_one_play_of_each_thing(
    sandbox: Sandbox, anitrakt: Run
) -> None:
    ids = listed(sandbox, 5)
    redating(sandbox, "2013-06-12", *ids)
    sandbox.world.watch_only_once = True

    result = anitrakt("apply", "-y", REPAIR)
    assert result.code == 6
    assert "keeps one play of each thing" in result.err
    assert set(ids) <= set(sandbox.world.plays)


def test_what_redating_takes_off_the_watchlist_is_put_back_in_the_same_run(
    sandbox: Sandbox, anitrakt: Run
) -> None:
    ids = listed(sandbox, 5)
    sandbox.world.watchlist["show", 42285] = "2024-01-05T10:00:00.000Z"
    redating(sandbox, "2013-06-12", *ids)

    assert anitrakt("apply", "-y", REPAIR).code == 0
    assert times(sandbox, 5) == [NOON]
    assert ("show", 42285) in sandbox.world.watchlist
    assert anitrakt("undo", "-y").code == 0
    assert ("show", 42285) in sandbox.world.watchlist


def test_what_trakt_does_not_show_at_its_new_date_keeps_its_old_one(sandbox: Sandbox, anitrakt: Run) -> None:
    ids = listed(sandbox, 5)
    redating(sandbox, "2013-06-12", *ids)
    sandbox.faults.act_later("POST", "/sync/history")

    assert anitrakt("apply", "-y", REPAIR).code == 5
    assert set(ids) <= set(sandbox.world.plays)
    assert not sandbox.sent("POST", "/sync/history/remove")
    sandbox.commit_pending()
    assert anitrakt("apply", "-y", REPAIR).code == 0
    assert times(sandbox, 5) == [NOON]
    assert len(sandbox.sent("POST", "/sync/history")) == 1


@pytest.mark.long
def test_a_play_of_our_own_that_was_redated_belongs_to_both_runs(sandbox: Sandbox, anitrakt: Run) -> None:
    at_first = rows(sandbox)
    plan_whole(anitrakt)
    applied = json.loads(
        anitrakt("apply", WHOLE, "--only", "Steins;Gate", "--only", "anilist:9253", "--json").out
    )
    mine = max(sandbox.world.plays)
    redating(sandbox, "2014-01-01", mine)
    before = rows(sandbox)
    assert anitrakt("apply", "-y", REPAIR).code == 0
    assert rows(sandbox) != before

    assert anitrakt("undo", applied["run"], "-y").code == 0  # it takes back the one at its new date, too
    assert rows(sandbox) == at_first


@pytest.mark.long  # undo of a redated play, one level up from faults/test_repair.py
def test_such_a_play_is_put_back_by_the_undo_of_the_repair_and_is_ours_still(
    sandbox: Sandbox, anitrakt: Run
) -> None:
    at_first = rows(sandbox)
    plan_whole(anitrakt)
    applied = json.loads(anitrakt("apply", WHOLE, "--only", "anilist:9253", "--json").out)
    before = rows(sandbox)
    redating(sandbox, "2014-01-01", max(sandbox.world.plays))
    assert anitrakt("apply", "-y", REPAIR).code == 0

    assert anitrakt("undo", "-y").code == 0
    assert rows(sandbox) == before
    assert anitrakt("undo", applied["run"], "-y").code == 0
    assert rows(sandbox) == at_first


def test_what_came_from_a_player_comes_back_as_a_plain_play_and_that_is_said_before(
    sandbox: Sandbox, anitrakt: Run
) -> None:
    (number,) = listed(sandbox, 5)
    sandbox.world.plays[number].action = "scrobble"
    redating(sandbox, "2013-06-12", number)
    REPAIR.write_text(REPAIR.read_text().replace("decision: redate", "decision: remove"))

    said = "1 play came from a player or a check-in: undo can put back plain plays only."
    assert said in anitrakt("diff", REPAIR).out
    assert said in anitrakt("apply", "-y", REPAIR).out
    assert anitrakt("undo", "-y").code == 0
    item = sandbox.catalogue.episode_id(42285, 1, 5)
    back = [(play.watched_at, play.action) for play in sandbox.world.plays_of(("episode", item))]
    assert back == [("2025-03-02T18:04:00.000Z", "watch")]


@pytest.mark.long
def test_a_repair_goes_by_a_whole_read_of_now(sandbox: Sandbox, anitrakt: Run) -> None:
    ids = listed(sandbox, 5)
    redating(sandbox, "2013-06-12", *ids)
    plan_whole(anitrakt)
    assert anitrakt("diff", WHOLE).code == 0  # this read may serve others, for a while

    wire = len(sandbox.wire)
    assert anitrakt("diff", REPAIR).code == 0
    assert [one for one in sandbox.wire[wire:] if (one.method, one.path) == ("GET", "/sync/history")]


# --- review ---


def test_groups_are_decided_one_by_one_and_by_kind(
    anitrakt: Run, repair: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def decisions() -> list[tuple[str, str]]:
        loaded = read_repair(repair)
        assert loaded.repair is not None
        return [(group.kind.value, group.decision.value) for group in loaded.repair.groups]

    before = repair.read_text(encoding="utf-8")
    assert {decision for _, decision in decisions()} == {"review"}
    answer(monkeypatch, "k\n")
    assert anitrakt("review", repair).code == 0
    assert [decision for _, decision in decisions()][:2] == ["keep", "review"]
    answer(monkeypatch, "A\nn\nq\n")
    assert anitrakt("review", repair).code == 0  # it was not meant
    assert [decision for _, decision in decisions()][1:3] == ["review"] * 2
    answer(monkeypatch, "r\nu\nq\n")
    assert anitrakt("review", repair).code == 0
    assert decisions()[1][1] == "review"
    answer(monkeypatch, "A\ny\nn\nr\nq\n")
    said = anitrakt("review", repair)
    assert said.code == 0
    doubled = {decision for kind, decision in decisions()[1:] if kind == "doubled"}
    shows = [decision for kind, decision in decisions() if kind == "whole-show"]
    assert doubled == {"remove"}
    assert shows[:2] == ["review", "remove"]
    assert "against it:" in said.err
    changed = [
        new
        for old, new in zip(before.split("\n"), repair.read_text("utf-8").split("\n"), strict=True)
        if old != new
    ]
    assert {line.strip().partition(":")[0] for line in changed} == {"decision"}
    answer(monkeypatch, "d\n")
    assert anitrakt("review", repair).code == 2  # it names no day


def test_a_review_is_of_the_groups_that_are_named(
    anitrakt: Run, repair: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer(monkeypatch, "k\nu\na\nk\n")
    said = anitrakt("review", repair, "made in abyss")
    assert said.code == 0
    assert "Made in Abyss (2017)   doubled   1 of 2" in said.err
    loaded = read_repair(repair).repair
    assert loaded is not None
    assert [one.about for one in loaded.groups if one.decision.acts] == ["Made in Abyss (2017)"]
    answer(monkeypatch, "k\n")
    assert (
        "now: remove" in anitrakt("review", repair, "made in abyss").err
    )  # a decided one, because it is named


@pytest.mark.parametrize("option", ["--auto", "--in-order", "--json"])
def test_a_review_of_a_repair_says_what_it_has_not(anitrakt: Run, repair: Path, option: str) -> None:
    result = anitrakt("review", repair, option)
    assert result.code == 2
    assert "are of a plan, and this is a repair file" in result.err


@pytest.mark.long
def test_a_review_of_a_broken_repair_shows_where(anitrakt: Run, repair: Path) -> None:
    text = repair.read_text(encoding="utf-8").replace("    decision: review", "    decision: burn", 1)
    repair.write_text(text, encoding="utf-8")
    result = anitrakt("review", repair)
    assert result.code == 3
    assert "error[PLAN021]" in result.err


def answer(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """What comes through the pipe."""
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


# --- the walk of the documentation ---


@pytest.mark.long  # its steps are those of the first test, by a list of a few
def test_the_walk_for_those_who_come_from_another_script_runs(
    anitrakt: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    page = (Path(__file__).parents[2] / "docs" / "other-scripts.md").read_text(encoding="utf-8")
    walk = page.split("```")[1].splitlines()[1:]
    assert len(walk) == 5
    monkeypatch.setenv("ANITRAKT_HOME", str(tmp_path / "practice"))
    for line in walk:
        words = line.split()[1:]
        if "review" in words:  # a person answers here
            take_suggestions()
            continue
        result = anitrakt(*words, *(["--yes"] if "apply" in words else []))  # and here
        assert result.code == 0, result.err
    assert "plays removed" in result.out


# --- the report alone ---


def test_a_data_download_gives_no_repair_file_and_says_so(anitrakt: Run) -> None:
    anitrakt("plan", "--anilist", "sample", "-o", "plan.yaml")
    result = anitrakt("audit", "plan.yaml", "--trakt-data", "data.zip", "-o", REPAIR)
    assert result.code == 2
    assert "gives a report, and no repair file" in result.err
    assert "--report audit.html" in result.err
    assert not REPAIR.exists()


@pytest.mark.long
def test_where_the_whole_list_is_not_known_there_is_a_report_only(sandbox: Sandbox, anitrakt: Run) -> None:
    spoilt.spoil(practice_of(sandbox))
    anitrakt("plan", "--anilist", "sample", "-o", "plan.yaml")

    result = anitrakt("audit", "plan.yaml", "-o", REPAIR)
    assert result.code == 0
    assert not REPAIR.exists()
    assert "report only" in result.err
    assert "--status all" in result.err
    assert "Attack on Titan" in result.out


@pytest.mark.long
def test_a_private_entry_that_no_plan_has_is_reason_for_a_report_only(
    sandbox: Sandbox, anitrakt: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ANITRAKT_ANILIST_TOKEN", sandbox.addresses.anilist_token)
    plan_whole(anitrakt)

    assert "1 private entry of anilist:sample is in no plan" in anitrakt("audit", WHOLE, "-o", REPAIR).err


@pytest.mark.parametrize("name", ["audit.html", *long("audit.md")])
def test_a_data_download_gives_a_report_with_links(sandbox: Sandbox, anitrakt: Run, name: str) -> None:
    spoilt.spoil(practice_of(sandbox))
    plan_whole(anitrakt)
    copy = next(
        line for line in anitrakt("audit", WHOLE, "-o", REPAIR).err.splitlines() if "copied to" in line
    )

    result = anitrakt("audit", WHOLE, "--trakt-data", copy.split()[-1], "--report", name)
    assert result.code == 0, result.err
    text = Path(name).read_text(encoding="utf-8")
    assert "https://trakt.tv/shows/attack-on-titan" in text
    assert "<script" not in text


def test_without_an_application_the_way_is_a_data_download(
    anitrakt: Run, repair: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("CLIENT_ID", "CLIENT_SECRET", "TOKEN"):
        monkeypatch.delenv(f"ANITRAKT_TRAKT_{name}")

    for command in (("audit", WHOLE, "-o", repair), ("apply", repair)):
        result = anitrakt(*command)
        assert result.code == 2
        assert "--trakt-data" in result.err


@pytest.mark.long
def test_a_list_that_is_remembered_or_named_explains_too(
    sandbox: Sandbox, anitrakt: Run, repair: Path
) -> None:
    assert repair.exists()

    def unexplained(*files: Path) -> int:
        """How many plays of the second season no entry explains."""
        out = Path("again.yaml")
        out.unlink(missing_ok=True)
        assert anitrakt("audit", *files, "-o", out).code == 0
        found = read_repair(out).repair
        assert found is not None
        shows = [group for group in found.groups if group.kind is RepairKind.WHOLE_SHOW]
        subjects = (play.subject for group in shows for play in group.plays)
        return sum(
            isinstance(one, EpisodeSubject) and (one.show, one.season) == (1420, 2) for one in subjects
        )

    assert unexplained(WHOLE) > 0
    rest = Path("rest.yaml")
    sandbox.lists.add_user("rest", [list_entry(sandbox, 25777, 12, "2019-03-01")])
    assert anitrakt("plan", "--anilist", "rest", "--status", "all", "-o", rest).code == 0
    assert unexplained(WHOLE) == 0  # the plan of the other list is remembered
    kept = list(Path(os.environ["ANITRAKT_HOME"]).rglob("plans/*rest*"))
    assert kept
    for path in kept:
        path.unlink()
    assert unexplained(WHOLE) > 0
    assert unexplained(WHOLE, rest) == 0


def test_an_account_that_nothing_spoilt_has_no_groups(sandbox: Sandbox, anitrakt: Run, honest: Rows) -> None:
    plan_whole(anitrakt)

    result = anitrakt("audit", WHOLE, "-o", REPAIR)
    assert "If your AniList list has private entries" in result.err
    assert f"Nothing of your {honest.total()} plays looks like a script's work." in result.err
    assert read_repair(REPAIR).repair is not None


def test_an_audit_again_keeps_what_was_decided(sandbox: Sandbox, anitrakt: Run, repair: Path) -> None:
    decide(repair, "Made in Abyss", RepairDecision.KEEP)

    assert anitrakt("audit", WHOLE, "-o", repair).code == 0
    loaded = read_repair(repair)
    assert loaded.repair is not None
    assert [group.about for group in loaded.repair.groups if group.decision is RepairDecision.KEEP] == [
        "Made in Abyss (2017)"
    ]


def test_apply_and_status_speak_of_a_repair_that_waits_beside_the_plan(anitrakt: Run, repair: Path) -> None:
    applied = anitrakt("apply", "-n", WHOLE)
    assert "in an audit group" in applied.err
    assert f"settle {repair} first" in applied.err
    assert "look like a script's work" in anitrakt("status", WHOLE).err


def test_show_takes_what_a_repair_has_and_refuses_what_it_has_not(anitrakt: Run, repair: Path) -> None:
    def keys(*words: str) -> list[str]:
        groups = json.loads(anitrakt("show", repair, *words, "--json").out)["groups"]
        return [group["key"] for group in groups]

    every = keys()
    assert keys("G002") == keys("g002") == ["G002"]
    assert keys("--sort", "title") == sorted(every, key=lambda key: (about(repair, key).casefold(), key))
    assert keys("attack on*") == keys("titan") == [key for key in every if "Titan" in about(repair, key)]
    assert keys("--decision", "keep") == []
    assert anitrakt("show", repair, "--format", "markdown").out.startswith("| group | kind | decision |")
    for words, said in (
        (["--below", "0.9"], "no confidence"),
        (["--sort", "confidence"], "no confidence"),
        (["--decision", "auto"], "can be decided `auto`"),
        (["nowhere"], "no group is called `nowhere`"),
    ):
        refused = anitrakt("show", repair, *words)
        assert (refused.code, refused.out) == (2, "")
        assert said in refused.err
    assert "can be decided `remove`" in anitrakt("show", WHOLE, "--decision", "remove").err


def about(path: Path, key: str) -> str:
    repair = read_repair(path).repair
    assert repair is not None
    return next(group.about for group in repair.groups if group.key == key)


def test_every_command_of_a_file_takes_a_repair(anitrakt: Run, repair: Path) -> None:
    assert anitrakt("validate", repair).code == 0
    assert json.loads(anitrakt("fmt", "--check", "--json", repair).out)["canonical"] is True
    assert "Attack on Titan (2013)" in anitrakt("show", repair).out
    assert anitrakt("diff", repair, "--detailed-exitcode").code == 0
    decide(repair, "Made in Abyss", RepairDecision.REMOVE)
    assert anitrakt("diff", repair, "--detailed-exitcode").code == 8
