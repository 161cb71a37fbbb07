"""One run of `plan`: what it begins with, what it refuses, and that what is not new is not written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from anitrakt_plan.commands.explain import evidence_path, save_evidence
from anitrakt_plan.commands.make_plan import ListFile, PlanRequest, UserList
from anitrakt_plan.commands.plan import PlanRun, PreviousPlan, read_list, run_plan
from anitrakt_plan.commands.services import Services
from anitrakt_plan.errors import BadUsage, SafetyStop
from anitrakt_plan.matching.evidence import Proposal
from anitrakt_plan.model import DatePolicy, Decision, EntryKey, Ids, Plan, Policy, Status
from anitrakt_plan.planfile import load_plan, plan_cache
from anitrakt_plan.planfile.dump import dump_plan
from anitrakt_plan.settings import load_settings
from tests.faults.bench import Told, plan_of, season
from tests.matching.matching_parts import NOW

TWO = "1420 S03E13-E14"
KEY = EntryKey("mal", 1)
DOWNLOAD = Path(__file__).parents[2] / "examples" / "trakt-data.zip"


def export(*entries: tuple[int, str]) -> str:
    """MyAnimeList's export of completed series with these ids and titles."""
    rows = "".join(
        f"<anime><series_animedb_id>{number}</series_animedb_id><series_title>{title}</series_title>"
        "<series_type>TV</series_type><series_episodes>12</series_episodes>"
        "<my_watched_episodes>12</my_watched_episodes><my_status>Completed</my_status></anime>"
        for number, title in entries
    )
    return f"<myanimelist><myinfo><user_name>sample</user_name></myinfo>{rows}</myanimelist>"


class Desk:
    """A person's desk without network: a list file, and what anitrakt keeps."""

    def __init__(self, folder: Path, services: Services) -> None:
        self.file, self.services, self.told = folder / "list.xml", services, Told()
        self.state = services.settings.folders.state

    def plan(
        self,
        *entries: tuple[int, str],
        previous: PreviousPlan | None = None,
        trakt_data: Path | None = None,
        shrunk_allowed: bool = False,
    ) -> PlanRun:
        """Plan the list with these entries, offline."""
        self.file.write_text(export(*entries), encoding="utf-8")
        request = PlanRequest(ListFile(self.file), (Status.COMPLETED,), Policy(), offline=True)
        request = replace(request, trakt_data=trakt_data)
        old = previous or PreviousPlan()
        return run_plan(request, old, self.services, self.told, NOW, shrunk_allowed=shrunk_allowed)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    given = {"ANITRAKT_HOME": str(tmp_path / "home"), "ANITRAKT_TRAKT_URL": "http://127.0.0.1:1"}
    services = Services(load_settings(given, tmp_path))  # the download is the practice account's
    yield Desk(tmp_path, services)
    services.close()


def in_place(raw: bytes) -> PreviousPlan:
    return PreviousPlan(load_plan(raw, "plan.yaml"), in_place=True)


def decided(service: str = "mal", user: str | None = "sample") -> Plan:
    """A plan of one entry that a person has decided to skip."""
    entry = replace(season(1, TWO, title="Foo", decision=Decision.SKIP), key=EntryKey(service, 1), match=None)
    plan = plan_of(entry, user=None)
    return replace(
        plan, source=replace(plan.source, service=service, user=user, statuses=(Status.COMPLETED,))
    )


def decisions(run: PlanRun) -> dict[int | str, Decision]:
    return {entry.key.id: entry.decision for entry in run.plan.entries}


# --- plan upon plan ---


def test_a_first_plan_is_made_from_nothing_and_keeps_its_evidence(desk: Desk) -> None:
    run = desk.plan((1, "Foo"))
    assert run.merged is None
    assert decisions(run) == {1: Decision.REVIEW}
    assert evidence_path(desk.state, run.plan.source).exists()
    assert run.as_utf8 == run.loaded.raw


def test_where_nothing_is_new_the_old_bytes_are_the_plan(desk: Desk) -> None:
    first = desk.plan((1, "Foo"))
    raw = first.loaded.raw.replace(b"\n", b"\r\n")
    again = desk.plan((1, "Foo"), previous=in_place(raw))
    assert again.merged is not None
    assert (again.merged.changed, again.loaded.raw) == (False, raw)
    more = desk.plan((1, "Foo"), (2, "Bar"), previous=in_place(raw))
    assert more.merged is not None
    assert (more.merged.changed, sorted(decisions(more))) == (True, [1, 2])


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_an_old_plan_goes_to_stdout_as_utf_8(desk: Desk, encoding: str) -> None:
    text = desk.plan((1, "Foo")).loaded.text
    run = desk.plan((1, "Foo"), previous=in_place(text.encode(encoding)))
    assert run.as_utf8.decode("utf-8").lstrip("\ufeff") == text


def test_a_list_that_shrank_leaves_the_plan_in_place_unless_it_is_passed(desk: Desk) -> None:
    many = [(number, f"Title {number}") for number in range(1, 31)]
    raw = desk.plan(*many).loaded.raw
    with pytest.raises(SafetyStop, match="14 entries now, and had 30"):
        desk.plan(*many[:14], previous=in_place(raw))
    assert len(desk.plan(*many[:15], previous=in_place(raw)).plan.source.statuses) == 1
    passed = desk.plan(*many[:14], previous=in_place(raw), shrunk_allowed=True)
    assert passed.plan.source.entries == 14


def test_the_plan_of_another_service_in_place_is_refused_and_beside_it_serves_as_a_map(desk: Desk) -> None:
    other = decided("anilist")
    loaded = load_plan(dump_plan(other).encode(), "other.yaml")
    with pytest.raises(BadUsage, match=r"other\.yaml is the plan of another list: that of sample on anilist"):
        desk.plan((1, "Foo"), previous=PreviousPlan(loaded, in_place=True))
    ids = {EntryKey("anilist", 1): Ids(mal=7, anilist=1)}
    known = Proposal(EntryKey("anilist", 1), Decision.REVIEW, None, 0.0, (), "")
    save_evidence(evidence_path(desk.state, other.source), [known], ids)
    run = desk.plan((1, "Foo"), (7, "Foo"), previous=PreviousPlan(loaded))
    assert run.merged is None
    assert decisions(run) == {1: Decision.REVIEW, 7: Decision.SKIP}


@pytest.mark.parametrize(("user", "is_refused"), [("SANDBOX", False), (None, False), ("somebody", True)])
def test_a_plan_in_place_stays_the_same_accounts(desk: Desk, user: str | None, is_refused: bool) -> None:
    raw = dump_plan(replace(decided(), target_user=user)).encode()
    if is_refused:
        with pytest.raises(
            SafetyStop, match="for the Trakt account somebody, and this is sandbox's"
        ) as stopped:
            desk.plan((1, "Foo"), previous=in_place(raw), trakt_data=DOWNLOAD)
        assert stopped.value.name is None
    else:
        run = desk.plan((1, "Foo"), previous=in_place(raw), trakt_data=DOWNLOAD)
        assert run.plan.target_user == "sandbox"
    beside = PreviousPlan(load_plan(raw, "plan.yaml"))
    assert desk.plan((1, "Foo"), previous=beside, trakt_data=DOWNLOAD).plan.target_user == "sandbox"


@pytest.mark.parametrize(("fresh", "decision"), [(False, Decision.SKIP), (True, Decision.REVIEW)])
def test_a_plan_that_goes_elsewhere_begins_with_the_one_last_seen(
    desk: Desk, fresh: bool, decision: Decision
) -> None:
    old = decided()
    plan_cache.store(desk.state, old.source, dump_plan(old).encode())
    run = desk.plan((1, "Foo"), previous=PreviousPlan(fresh=fresh))
    assert decisions(run) == {1: decision}
    assert ("1 decided by you" in " ".join(desk.told.lines)) is not fresh


def test_a_plan_by_other_rules_says_what_they_changed(desk: Desk) -> None:
    raw = desk.plan((1, "Foo")).loaded.raw
    loaded = load_plan(raw, "plan.yaml")
    assert loaded.plan is not None
    older = raw.replace(loaded.plan.tool.encode(), b"anitrakt 0.0.1")
    run = desk.plan((1, "Foo"), (2, "Bar"), previous=in_place(older))
    (said,) = [note for note in run.planned.notes if "newer rules" in note]
    assert said.startswith("anitrakt 0.0.1 made this plan")
    assert "no matches changed" in said


def test_an_entry_that_has_an_id_now_keeps_what_was_decided(desk: Desk) -> None:
    old = decided()
    by_title = replace(old, entries=(replace(old.entries[0], key=EntryKey("title", "foo")),))
    run = desk.plan((7, "Foo"), previous=in_place(dump_plan(by_title).encode()))
    assert decisions(run) == {7: Decision.SKIP}
    assert "the list has an id now for 1 entry: title:foo is mal:7" in run.planned.notes


# --- the list ---


@pytest.mark.parametrize(
    ("source", "offline", "dates", "why"),
    [
        (UserList("mal", "sample"), True, DatePolicy.FINISH, "--offline needs a list"),
        (UserList("anilist", "sample"), False, DatePolicy.ACTIVITY, "AniList's own data export"),
        (None, True, DatePolicy.ACTIVITY, "AniList's own data export"),
    ],
)
def test_a_list_that_does_not_have_what_is_asked_for_is_refused_before_it_is_read(
    desk: Desk, source: UserList | None, offline: bool, dates: DatePolicy, why: str
) -> None:
    desk.file.write_text(export((1, "Foo")), encoding="utf-8")
    request = PlanRequest(
        source or ListFile(desk.file), (Status.COMPLETED,), Policy(dates=dates), offline=offline
    )
    with pytest.raises(BadUsage, match=why):
        read_list(request, desk.services, desk.told)


def test_entries_of_other_statuses_are_kept_apart(desk: Desk) -> None:
    desk.file.write_text(export((1, "Foo")), encoding="utf-8")
    request = PlanRequest(ListFile(desk.file), (Status.WATCHING,), Policy())
    listed = read_list(request, desk.services, desk.told)
    assert ([one.key for one in listed.entries], [one.key for one in listed.others]) == ([], [KEY])
