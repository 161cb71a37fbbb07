"""Making a plan: the order of its entries, what they rate, what is asked of whom, and how long it takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest

from anitrakt_plan.commands.make_plan import (
    MANY_STRANGE,
    ListFile,
    PlanRequest,
    UserList,
    catalogue_for,
    main_title,
    make_plan,
    plan_entries,
    time_needed,
)
from anitrakt_plan.commands.services import Services
from anitrakt_plan.errors import AnitraktError, Failed
from anitrakt_plan.http import RateLimit
from anitrakt_plan.idmaps import IdMap, IdMaps, LoadedMaps, anibridge
from anitrakt_plan.matching.evidence import Proposal
from anitrakt_plan.matching.search import Gathering
from anitrakt_plan.model import (
    AbsentClaim,
    Decision,
    Entry,
    EntryKey,
    Ids,
    Kind,
    Match,
    MovieClaim,
    PlanEntry,
    Policy,
    Progress,
    RatingScope,
    RatingsPolicy,
    Status,
    Titles,
)
from anitrakt_plan.reports.plan import Asked, Planned
from anitrakt_plan.reports.way import EXISTING_UNKNOWN
from anitrakt_plan.settings import load_settings
from anitrakt_plan.sources import SourceList
from tests.commands.small_trakt import Maps
from tests.faults.bench import Told, parse_match
from tests.matching.matching_parts import NOW, entry

KEY = EntryKey("mal", 1)
SEASON = parse_match("1420 S01E01-E12")
POLICY = Policy()


class _Maps(Maps):
    def __init__(self, in_show: int) -> None:
        super().__init__()
        self._in_show = in_show

    def entries_in_show(self, trakt: int) -> int:
        return self._in_show


def entries_of(
    listed: Sequence[Entry],
    found: Sequence[Proposal],
    *,
    in_show: int = 1,
    policy: Policy = POLICY,
    decided: Mapping[EntryKey, Match] | None = None,
) -> tuple[PlanEntry, ...]:
    """The plan's entries, by id maps that know so many entries in each show."""
    maps = cast(IdMaps, _Maps(in_show))
    return plan_entries(listed, found, maps, policy, lambda _: None, decided or {})


def proposal(key: EntryKey, match: Match | None = None, **more: object) -> Proposal:
    decision = Decision.AUTO if match else Decision.REVIEW
    return Proposal(key, decision, match, 1.0, (), "", **more)  # type: ignore[arg-type]


def rated(mal: int = 1, rating: int | None = 9) -> Entry:
    known = entry(mal=mal)
    return Entry(
        known.key, known.ids, known.titles, known.kind, Progress(Status.COMPLETED, rating=rating), 12
    )


# --- the plan's entries ---


def test_entries_stand_by_service_and_number_and_titles_last() -> None:
    keys = [EntryKey("title", "foo"), EntryKey("mal", 10), EntryKey("anilist", 3), EntryKey("mal", 9)]
    listed = [Entry(key, Ids(), Titles("Foo"), Kind.TV, Progress(Status.COMPLETED)) for key in keys]
    made = entries_of(listed, [*map(proposal, keys)])
    assert [str(one.key) for one in made] == ["anilist:3", "mal:9", "mal:10", "title:foo"]


@pytest.mark.parametrize(
    ("match", "decided", "rates"),
    [
        (SEASON, {}, RatingScope.SHOW),
        (parse_match("movie 51"), {}, RatingScope.MOVIE),
        (SEASON, {KEY: parse_match("movie 51")}, RatingScope.MOVIE),
        (None, {KEY: parse_match("movie 51")}, RatingScope.MOVIE),
        (None, {}, None),
    ],
)
def test_what_an_entry_rates_hangs_on_the_match_it_will_have(
    match: Match | None, decided: dict[EntryKey, Match], rates: RatingScope | None
) -> None:
    (made,) = entries_of([rated()], [proposal(KEY, match)], decided=decided)
    assert made.rates is rates
    assert made.match == match  # the user's own is brought in when the plans are merged


@pytest.mark.parametrize(
    ("rating", "in_show", "policy", "rates"),
    [
        (9, 2, POLICY, RatingScope.SEASON),
        (None, 1, POLICY, None),
        (9, 1, Policy(ratings=RatingsPolicy.OFF), RatingScope.OFF),
    ],
)
def test_what_an_entry_rates_hangs_on_what_else_is_in_the_show(
    rating: int | None, in_show: int, policy: Policy, rates: RatingScope | None
) -> None:
    (made,) = entries_of([rated(rating=rating)], [proposal(KEY, SEASON)], in_show=in_show, policy=policy)
    assert made.rates is rates


@pytest.mark.parametrize(
    ("titles", "main", "english"),
    [
        (Titles("Romaji", "English", "日本"), "Romaji", "English"),
        (Titles("Same", "Same"), "Same", None),
        (Titles("", "English", "日本"), "English", None),
        (Titles("", None, "日本"), "日本", None),
        (Titles(""), "mal:1", None),
    ],
)
def test_an_entry_stands_under_its_first_title(titles: Titles, main: str, english: str | None) -> None:
    listed = Entry(KEY, Ids(1), titles, Kind.TV, Progress(Status.COMPLETED))
    assert main_title(listed) == main
    (made,) = entries_of([listed], [proposal(KEY)])
    assert (made.title, made.english) == (main, english)


def test_what_the_list_gives_no_title_for_stands_under_the_name_that_a_map_has_for_its_id() -> None:
    claims = (
        AbsentClaim("one"),
        MovieClaim("two", names=("劇場版",)),
        MovieClaim("three", names=("Gekijouban",)),
    )
    listed = Entry(KEY, Ids(1), Titles(""), Kind.MOVIE, Progress(Status.COMPLETED))
    assert main_title(listed, cast(IdMaps, Maps({1: claims}))) == "Gekijouban"
    assert main_title(listed, cast(IdMaps, Maps({1: claims[:2]}))) == "劇場版"
    assert main_title(listed, cast(IdMaps, Maps({1: claims[:1]}))) == "mal:1"
    assert main_title(replace(listed, titles=Titles("Ours")), cast(IdMaps, Maps({1: claims}))) == "Ours"


def test_only_what_waits_for_a_person_has_an_address_to_look_at() -> None:
    listed, found = [entry(mal=1), entry(mal=2)], [proposal(KEY, SEASON), proposal(EntryKey("mal", 2))]
    auto, review = entries_of(listed, found)
    assert (auto.url, review.url) == (None, "https://myanimelist.net/anime/2")


# --- how long it takes ---

TRAKT = RateLimit(450, 300)


@pytest.mark.parametrize(
    ("entries", "limit", "said"),
    [
        (100_000, None, "less than a minute"),
        (0, TRAKT, "less than a minute"),
        (299, TRAKT, "less than a minute"),
        (300, TRAKT, "about 1 minute, less where this machine has asked before"),
        (600, TRAKT, "about 2 minutes, less where this machine has asked before"),
        (3000, TRAKT, "about 22 minutes, less where this machine has asked before"),
        (412, None, "less than a minute"),
        (200, TRAKT, "less than a minute"),
        (412, TRAKT, "about 1 minute, less where this machine has asked before"),
        (1694, TRAKT, "about 10 minutes, less where this machine has asked before"),
        (1694, RateLimit(20, 1), "about 6 minutes, less where this machine has asked before"),
        (3000, RateLimit(20, 1), "about 10 minutes, less where this machine has asked before"),
    ],
)
def test_the_time_goes_by_the_answers_or_by_the_pace(
    entries: int, limit: RateLimit | None, said: str
) -> None:
    assert time_needed(entries, limit) == said


# --- a whole plan, with nobody to ask ---

EMPTY_MAP = anibridge.parse(b'{"$meta": {}}')


def made(
    folder: Path,
    monkeypatch: pytest.MonkeyPatch,
    *listed: Entry,
    completed: list[Entry] | AnitraktError | KeyboardInterrupt | None = None,
    source: UserList | ListFile | None = None,
    offline: bool = False,
    maps: tuple[IdMap, ...] = (EMPTY_MAP,),
) -> tuple[Planned, list[list[Entry]]]:
    """A plan made without any key, by id maps that know nothing; and what AniList was asked about, where it was."""
    asked: list[list[Entry]] = []

    def complete(_: Services, lacking: list[Entry], __: object) -> list[Entry]:
        asked.append(lacking)
        if isinstance(completed, BaseException):
            raise completed
        return completed or []

    monkeypatch.setattr(Services, "complete", complete)
    monkeypatch.setattr(Services, "id_maps", lambda *_, **__: LoadedMaps(IdMaps(maps), ()))
    services = Services(load_settings({"ANITRAKT_HOME": str(folder / "home")}, folder))
    request = PlanRequest(
        source or ListFile(folder / "list.xml"), (Status.COMPLETED,), POLICY, offline=offline
    )
    try:
        assert catalogue_for(request, services) is None
        return make_plan(
            request, SourceList("mal", "sample", listed), services, Told(), NOW, decided={}
        ), asked
    finally:
        services.close()


def test_without_a_key_the_plan_says_what_it_does_not_know(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned, _ = made(tmp_path, monkeypatch, entry())
    assert EXISTING_UNKNOWN in planned.notes
    assert (planned.lacks_catalogue, planned.existing, planned.plan.target_user) == (True, None, None)
    assert not planned.lacks_everything


def test_with_nothing_to_match_by_there_is_no_plan(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(Failed, match="no id map could be read") as refused:
        made(tmp_path, monkeypatch, entry(), maps=())
    assert "doctor" in (refused.value.todo or "")
    offline, _ = made(tmp_path, monkeypatch, entry(), maps=(), offline=True)
    assert offline.lacks_everything


def test_offline_nobody_is_asked_and_the_plan_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned, asked = made(tmp_path, monkeypatch, entry(), offline=True)
    assert asked == []
    assert planned.notes == ("Offline: matched by the id maps alone; the rest waits in review.",)
    assert not planned.lacks_catalogue


def test_anilist_is_asked_about_what_a_file_lacks_and_only_then(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    nameless = Entry(EntryKey("title", "bar"), Ids(), Titles("Bar"), Kind.TV, Progress(Status.COMPLETED))
    full = entry(english="Full Name")
    planned, asked = made(tmp_path, monkeypatch, entry(), nameless, completed=[full])
    assert [[one.key for one in lacking] for lacking in asked] == [[KEY]]
    assert [one.english for one in planned.plan.entries] == ["Full Name", None]
    assert made(tmp_path, monkeypatch, entry(), source=UserList("mal", "sample"))[1] == []


def test_where_anilist_does_not_answer_the_plan_is_made_by_the_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned, _ = made(tmp_path, monkeypatch, entry(), completed=Failed("AniList does not answer"))
    assert (
        "AniList does not answer: 1 entry could be looked at only by what the list file says, so more is in review. "
        "Plan again to ask it again." in planned.notes
    )
    assert len(planned.plan.entries) == 1
    assert planned.asked is Asked.IN_PART


def test_ctrl_c_while_anilist_is_asked_ends_the_asking_and_not_the_plan(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned, _ = made(tmp_path, monkeypatch, entry(), completed=KeyboardInterrupt())
    assert any(note.startswith("You stopped before AniList was asked: 1 entry") for note in planned.notes)
    assert planned.asked is Asked.UNTIL_STOPPED
    assert len(planned.plan.entries) == 1


@pytest.mark.parametrize(
    ("strange", "of", "is_said"),
    [(MANY_STRANGE, 15, True), (MANY_STRANGE, 16, False), (MANY_STRANGE - 1, 2, False)],
)
def test_many_titles_that_are_not_their_ids_mean_another_services_ids(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, strange: int, of: int, is_said: bool
) -> None:
    listed = [entry(mal=number) for number in range(1, of + 1)]
    found = [
        proposal(one.key, other_work="Something Else" if number < strange else None)
        for number, one in enumerate(listed)
    ]
    monkeypatch.setattr(Gathering, "proposals", lambda _: found)
    planned, _ = made(tmp_path, monkeypatch, *listed, offline=True)
    assert any("another service's" in note for note in planned.notes) is is_said
