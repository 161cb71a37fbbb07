"""What a TMDB id of a plan stands for on Trakt: asked once, fixed in the journal, and what can't be said is held."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from anitrakt_plan.commands.services import Ports
from anitrakt_plan.commands.trakt_ids import by_trakt_ids, check_claims
from anitrakt_plan.errors import PlanInvalid
from anitrakt_plan.journal.journal import Journal
from anitrakt_plan.journal.records import Identified, Intent
from anitrakt_plan.model import (
    Account,
    Decision,
    EntryKey,
    EpisodeSubject,
    Facts,
    Kind,
    Movie,
    Plan,
    PlanEntry,
    Policy,
    Progress,
    Show,
    ShowSubject,
    SourceInfo,
    Status,
    TmdbId,
)
from anitrakt_plan.model.dates import Undated
from anitrakt_plan.model.matches import format_match, parse_match
from anitrakt_plan.sync.batches import AddPlays
from anitrakt_plan.sync.diff import PlayChange
from tests.commands.running import small_ports
from tests.commands.small_trakt import Catalogue

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
TITAN, FILM = Show(1420, "Attack on Titan", tmdb=1429), Movie(97, "Spirited Away", tmdb=129)


@pytest.fixture
def journal(tmp_path: Path) -> Journal:
    return Journal(tmp_path, Account("u", "user", "UTC"), lambda: NOW, dry_run=True)


def plan_of(*matches: str, decision: Decision = Decision.CONFIRMED) -> Plan:
    """A plan of completed entries with these matches, `mal:1` and so on."""
    entries = tuple(
        PlanEntry(
            EntryKey("mal", number),
            "An Anime",
            Facts(Kind.TV),
            Progress(Status.COMPLETED),
            decision,
            match=parse_match(text),
        )
        for number, text in enumerate(matches, 1)
    )
    source = SourceInfo("mal", "u", len(entries), (Status.COMPLETED,))
    return Plan("t", NOW, source, "user", Policy(), entries)


def asking(catalogue: Catalogue) -> Ports:
    """The outside of a run that has this Trakt in it, and keeps no answers."""
    return replace(small_ports(Path()), catalogue=catalogue)


def matches_of(plan: Plan) -> list[str]:
    return [format_match(entry.resolved) for entry in plan.entries if entry.resolved]


def test_each_id_is_asked_for_once(journal: Journal) -> None:
    catalogue = Catalogue(TITAN, FILM)
    plan = plan_of("tmdb:1429 S01E01-E02", "tmdb:1429 S02E01-E02", "movie tmdb:129", "7 S01E01")

    found = by_trakt_ids(plan, asking(catalogue), journal)

    assert matches_of(found.plan) == ["1420 S01E01-E02", "1420 S02E01-E02", "movie 97", "7 S01E01"]
    assert found.held == {}
    assert catalogue.requests == {"by_tmdb": 2}


def test_nothing_is_asked_for_what_is_not_sent(journal: Journal) -> None:
    catalogue = Catalogue(TITAN)
    plan = plan_of("tmdb:1429 S01E01", decision=Decision.REVIEW)
    assert by_trakt_ids(plan, asking(catalogue), journal).plan == plan
    assert catalogue.requests == {}


def test_what_was_fixed_holds_when_trakt_has_no_answer_any_more(journal: Journal) -> None:
    plan = plan_of("tmdb:1429 S01E01")
    by_trakt_ids(plan, asking(Catalogue(TITAN)), journal)

    found = by_trakt_ids(plan, asking(Catalogue()), journal)

    assert (matches_of(found.plan), found.held) == (["1420 S01E01"], {})


def test_another_answer_than_the_fixed_one_holds_the_entry(journal: Journal) -> None:
    plan = plan_of("tmdb:1429 S01E01", "movie tmdb:129")
    by_trakt_ids(plan, asking(Catalogue(TITAN)), journal)

    found = by_trakt_ids(plan, asking(Catalogue(replace(TITAN, id=99))), journal)

    assert matches_of(found.plan) == ["tmdb:1429 S01E01", "movie tmdb:129"]
    moved, unknown = found.held.values()
    assert "was show 1420 on Trakt, and is 99 there now" in moved
    assert "Trakt knows no film by tmdb:129 (https://www.themoviedb.org/movie/129)" in unknown
    assert journal.knowledge.identified == {ShowSubject(TmdbId(1429)): 1420}


def test_what_went_out_under_a_tmdb_id_is_known_by_trakts(journal: Journal) -> None:
    play = PlayChange(
        EntryKey("mal", 1), "tmdb:1429 S01E01", EpisodeSubject(TmdbId(1429), 1, 1), Undated.UNKNOWN
    )
    journal.write(Intent(1, "run", NOW, AddPlays((play,))))

    by_trakt_ids(plan_of("1420 S01E01"), asking(Catalogue(TITAN)), journal)
    journal.write(Identified(ShowSubject(TmdbId(5)), 6, NOW))

    (sent,) = journal.knowledge.plays_of[EpisodeSubject(1420, 1, 1)]
    assert sent.match == "1420 S01E01"


def test_one_episode_under_both_ids_is_a_mistake_that_names_both_entries(journal: Journal) -> None:
    plan = plan_of("tmdb:1429 S01E01-E12", "1420 S01E12-E13")
    check_claims(plan)
    found = by_trakt_ids(plan, asking(Catalogue(TITAN)), journal)
    with pytest.raises(PlanInvalid, match=r"mal:2 .* claims S01E12 of show 1420, and so does mal:1"):
        check_claims(found.plan)
