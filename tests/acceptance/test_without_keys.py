"""A list on Trakt without any key: plan from files, export for Trakt's importer, and the importer makes it so.

Long: what `sync/test_importer.py` and `commands/test_export.py` prove of the files, once more through the
commands.
"""

from __future__ import annotations

import io
import json
import os
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from anitrakt_plan.cli.review_web import Silent
from anitrakt_plan.commands.export import ExportOptions, export
from anitrakt_plan.commands.services import Ask, Question, Services
from anitrakt_plan.commands.upload_folder import UploadFolder
from anitrakt_plan.idmaps import ID_MAPS
from anitrakt_plan.model import EpisodeSubject, MovieMatch, MovieSubject, Plan, ShowMatch, TmdbId
from anitrakt_plan.model.account import PlaySubject
from anitrakt_plan.model.matches import format_match
from anitrakt_plan.model.sending import subjects_of_match
from anitrakt_plan.planfile import load_plan
from anitrakt_plan.reports.export import Exported
from anitrakt_plan.sandbox import environment
from anitrakt_plan.sandbox.data_page import TABS
from anitrakt_plan.sandbox.importer import read_upload, start_import
from anitrakt_plan.settings import load_settings
from anitrakt_plan.web.upload import NeedsAnswer, Upload
from tests.acceptance.conftest import Result, Run
from tests.acceptance.data_download import MADE_AT, asker, data_download
from tests.acceptance.living import a_month_later
from tests.acceptance.short_list import LIST
from tests.long import long
from tests.practice import Sandbox, serve

EXAMPLES = Path(__file__).parents[2] / "examples"
DOWNLOAD = EXAMPLES / "trakt-data.zip"
FOLDER = Path("trakt-upload")
pytestmark = pytest.mark.usefixtures("list_file")
ZIP, CSV, LEFT_OUT = (FOLDER / name for name in ("tvtime-anitrakt.zip", "anitrakt.csv", "left-out.txt"))

Plays = Counter[tuple[PlaySubject, str]]


class Account:
    """The practice account, its data, and Trakt's import page in front of it."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox
        self._ask = asker(sandbox)
        self._downloads = 0

    def plays(self) -> Plays:
        """Every play: what, and when."""
        found, page = Plays(), 1
        while rows := self._ask("/sync/history", {"page": str(page), "limit": "250"})[0]:
            found.update((subject(row), row["watched_at"]) for row in rows)
            page += 1
        return found

    def ratings(self) -> int:
        return len(self._ask("/sync/ratings/all", {"limit": "250"})[0])

    def upload(self, *names: str) -> Plays:
        """Upload these files, or all, each on its tab; the plays that come of it."""
        before = self.plays()
        for name, tab in TABS.items():
            if (FOLDER / name).exists() and (not names or name in names):
                found = read_upload(tab, name, (FOLDER / name).read_bytes())
                assert found.unresolved == []
                assert start_import(found, self._post) == 0
        return self.plays() - before

    def _post(self, path: str, body: dict[str, Any]) -> int:
        answer, _ = self._ask(path, None, body)
        assert not any(answer["not_found"].values())
        return 201

    def download(self, *, later: timedelta = timedelta(0), without: tuple[str, ...] = ()) -> str:
        """A new data download; each is an hour younger than the one before."""
        self._downloads += 1
        made_at = datetime.now(UTC) - timedelta(hours=24 - self._downloads) + later
        name = f"trakt-export-{self._downloads}.zip"
        Path(name).write_bytes(data_download(self.sandbox, made_at=made_at, without=without))
        return name


def subject(row: dict[str, Any]) -> PlaySubject:
    if row["type"] == "movie":
        return MovieSubject(row["movie"]["ids"]["trakt"])
    return EpisodeSubject(row["show"]["ids"]["trakt"], row["episode"]["season"], row["episode"]["number"])


@pytest.fixture
def keyless(anitrakt: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> Run:
    """`anitrakt` with nothing but the id maps within reach: no key, no token, no list service."""
    nowhere = sandbox.addresses.trakt_url.replace("/trakt", "/nowhere")
    for name in ("TRAKT_CLIENT_ID", "TRAKT_CLIENT_SECRET", "TRAKT_TOKEN", "MAL_CLIENT_ID", "TMDB_TOKEN"):
        monkeypatch.delenv(f"ANITRAKT_{name}")
    for name in ("TRAKT_URL", "TRAKT_AUTH_URL", "ANILIST_URL", "MAL_URL", "TMDB_URL"):
        monkeypatch.setenv(f"ANITRAKT_{name}", nowhere)
    return anitrakt


@pytest.fixture
def account() -> Iterator[Account]:
    """The person's account on Trakt, which only they reach, through its pages."""
    with serve(None) as sandbox:
        yield Account(sandbox)


def the_plan() -> Plan:
    loaded = load_plan(Path("plan.yaml").read_bytes(), "plan.yaml")
    assert loaded.plan is not None
    return loaded.plan


def confirmed(plan: Plan, keys: set[str] | None = None) -> set[PlaySubject]:
    """Every episode and film that the plan confirms as watched, of all entries or of these.

    But for shows of which TMDB's id alone is known: Trakt's importer does not take it.
    """
    return {
        subject
        for entry in plan.entries
        if entry.decision.sends
        and isinstance(entry.match, ShowMatch | MovieMatch)
        and (keys is None or str(entry.key) in keys)
        for subject in subjects_of_match(entry, entry.match)[1]
        if not (isinstance(subject, EpisodeSubject) and isinstance(subject.show, TmdbId))
    }


def nameless(result: Result) -> set[PlaySubject]:
    """What the map that has ids elsewhere does not know, and so no file can name."""
    keys = {row["key"] for row in json.loads(result.out)["left_out"]["importer_cannot_name_it"]}
    assert len(keys) == 6
    return confirmed(the_plan(), keys)


def planned(run: Run, account: Account, *more: str) -> None:
    result = run("plan", "--list-file", LIST, "--trakt-data", account.download(), "-o", "plan.yaml", *more)
    assert result.code == 0, result.err
    last = result.err.splitlines()[-1]
    assert last.startswith("Next:")
    assert "anitrakt export-trakt plan.yaml" in last
    assert "anitrakt apply" not in last


def exported(run: Run, *arguments: str) -> Result:
    """The export of all of it, where nothing may stop it."""
    result = run("export-trakt", "--allow", "first-upload", *arguments)
    assert result.code == 0, result.err
    return result


def test_the_example_download_is_what_the_practice_trakt_makes(sandbox: Sandbox) -> None:
    assert DOWNLOAD.read_bytes() == data_download(sandbox, made_at=MADE_AT)


# --- exactly what is missing, and once ---


@pytest.mark.whole_list
def test_without_any_key_the_files_become_exactly_the_missing_plays(
    keyless: Run, account: Account, sandbox: Sandbox
) -> None:
    planned(keyless, account)
    before = {what for what, _ in account.plays()}
    result = exported(keyless)
    assert sorted(FOLDER.iterdir()) == [CSV, LEFT_OUT, ZIP]
    assert f"{ZIP}   https://app.trakt.tv/settings/data?source=tvtime   Trakt says: " in result.err
    new = account.upload()

    missing = confirmed(the_plan()) - before
    assert len(missing) > 500
    assert {what for what, _ in new} == missing
    assert set(new.values()) == {1}
    left_out = LEFT_OUT.read_text(encoding="utf-8")
    shows = ((e, e.match) for e in the_plan().entries if e.decision.sends)
    by_tmdb = [e for e, match in shows if isinstance(match, ShowMatch) and isinstance(match.show, TmdbId)]
    assert by_tmdb
    assert all(entry.title in left_out for entry in by_tmdb)
    assert {record.service for record in sandbox.wire} == {"idmap"}


@pytest.mark.long
@pytest.mark.whole_list
def test_the_files_make_the_same_plays_at_the_same_times_as_apply_would(
    anitrakt: Run, sandbox: Sandbox, account: Account
) -> None:
    planned(anitrakt, account)
    left_out = nameless(exported(anitrakt, "--json", "--trakt-data", account.download()))
    before = account.plays()
    with_key = Account(sandbox)
    # what it wrote into files is not sent behind their back
    assert anitrakt("apply", "plan.yaml", "-y", "--allow", "first-apply").code == 6
    applied = anitrakt("apply", "plan.yaml", "-y", "--force")

    assert applied.code == 0, applied.err
    sent = with_key.plays() - before
    assert account.upload() == Plays({one: n for one, n in sent.items() if one[0] not in left_out})


def test_the_whole_way_round_ends_with_all_of_it_arrived(keyless: Run, account: Account) -> None:
    planned(keyless, account)
    exported(keyless)
    account.upload()
    result = exported(keyless, "--trakt-data", account.download())

    assert "all of it has arrived" in result.err
    assert "There is nothing to export" in result.err
    assert list(FOLDER.iterdir()) == [LEFT_OUT]  # what was uploaded can't be uploaded again by mistake


@pytest.mark.long
def test_the_second_month_writes_what_is_new_and_nothing_else(keyless: Run, account: Account) -> None:
    planned(keyless, account)
    exported(keyless)
    account.upload()
    new = (
        "<anime><series_animedb_id>22319</series_animedb_id><series_title>Tokyo Ghoul"
        "</series_title><series_type>TV</series_type><series_episodes>12</series_episodes><my_watched_episodes>12"
        "</my_watched_episodes><my_finish_date>2026-11-01</my_finish_date><my_status>Completed</my_status></anime>"
    )
    text = LIST.read_text(encoding="utf-8").replace("</myanimelist>", f"{new}</myanimelist>")
    Path("list.xml").write_text(text, encoding="utf-8")
    newer = account.download()
    result = keyless("plan", "--update", "plan.yaml", "--list-file", "list.xml", "--trakt-data", newer)
    assert result.code == 0, result.err
    exported(keyless)

    assert sum(account.upload().values()) == 12
    assert "nothing to export" in exported(keyless, "--trakt-data", account.download()).err


def test_a_second_export_stops_until_a_newer_download_shows_what_arrived(
    keyless: Run, account: Account
) -> None:
    planned(keyless, account)
    exported(keyless)
    before = ZIP.read_bytes()
    again = keyless("export-trakt")
    newer = keyless("export-trakt", "--trakt-data", account.download())
    assert ZIP.read_bytes() == before
    meant = exported(keyless, "--again")

    assert [again.code, newer.code, meant.code] == [6, 6, 0]
    assert "tvtime-anitrakt.zip" in again.err
    assert "nothing of that file is on Trakt" in again.err
    assert "`--again`" in again.err
    assert ZIP.read_bytes() == before  # the same plays make the same file


@pytest.mark.long
def test_each_file_is_judged_by_itself(keyless: Run, account: Account) -> None:
    planned(keyless, account, "--ratings", "show:mean")
    exported(keyless)
    assert CSV.exists()
    account.upload("anitrakt.csv")  # the plays were forgotten
    result = keyless("export-trakt", "--trakt-data", account.download())

    assert result.code == 6
    assert "tvtime-anitrakt.zip" in result.err
    assert account.upload("tvtime-anitrakt.zip")


def test_one_film_seen_by_hand_reopens_nothing(keyless: Run, account: Account) -> None:
    planned(keyless, account)
    exported(keyless)
    film = next(one for one in confirmed(the_plan()) if isinstance(one, MovieSubject))
    account.sandbox.world.add_play("movie", int(str(film.movie)), "2026-11-29T20:15:00.000Z")
    result = keyless("export-trakt", "--trakt-data", account.download())

    assert result.code == 6
    assert "nothing of that file is on Trakt" in result.err


# --- what arrived in part, was removed, or stands twice ---


def half_arrived(keyless: Run, account: Account) -> set[PlaySubject]:
    """Export all, and lose of the first upload what the third batch held; what did not arrive."""
    planned(keyless, account)
    exported(keyless)
    upload = read_upload("TV Time", ZIP.name, ZIP.read_bytes())
    before = {what for what, _ in account.plays()}
    for number, (path, body) in enumerate(upload.requests()):
        if number != 2:
            account._post(path, body)
    account.upload("anitrakt.csv")
    return confirmed(the_plan()) - {what for what, _ in account.plays()} - before


@pytest.mark.long  # four downloads; what arrived whole or not at all is quick
def test_what_arrived_in_part_may_still_come_and_then_is_named_and_not_written_again(
    keyless: Run, account: Account
) -> None:
    lost = half_arrived(keyless, account)
    assert len(lost) == 100
    first = exported(keyless, "--trakt-data", account.download())
    assert "Not there yet" in first.err
    assert not ZIP.exists()
    same = exported(keyless, "--trakt-data", "trakt-export-2.zip")
    assert "Not there yet" in same.err
    second = exported(keyless, "--trakt-data", account.download())
    assert "Did not arrive" in second.err
    assert not ZIP.exists()
    assert "--again" in LEFT_OUT.read_text(encoding="utf-8")
    third = exported(keyless, "--trakt-data", account.download())
    assert "did not arrive" in third.err
    again = exported(keyless, "--again")

    assert {what for what, _ in account.upload()} == lost
    assert "100 items for History" in again.err
    done = exported(keyless, "--trakt-data", account.download())
    assert "nothing to export" in done.err
    assert "--again" not in LEFT_OUT.read_text(encoding="utf-8")


def test_what_arrived_and_was_removed_by_the_person_is_not_written_again(
    keyless: Run, account: Account
) -> None:
    planned(keyless, account)
    exported(keyless)
    new = account.upload()
    exported(keyless, "--trakt-data", account.download())
    world = account.sandbox.world
    newest = sorted(world.plays)[-len(new) :]
    for play in newest[:3]:
        world.remove_play(play)
    result = exported(keyless, "--trakt-data", account.download())

    assert not ZIP.exists()
    assert "3 plays of it were removed on Trakt since" in result.err


@pytest.mark.long
def test_plays_that_an_upload_doubled_are_named_with_what_mends_it(keyless: Run, account: Account) -> None:
    planned(keyless, account)
    exported(keyless)
    account.upload()
    upload = read_upload("TV Time", ZIP.name, ZIP.read_bytes())
    path, body = next(upload.requests())
    account._post(path, body)  # a lost answer: the page has sent this batch once more
    result = exported(keyless, "--trakt-data", account.download())

    assert "Twice at the same minute" in result.err
    assert "Settings → Advanced → Clean Up" in result.err
    assert not ZIP.exists()
    told = json.loads(keyless("log", "--json").out)
    assert told["runs"][0]["doubled"] == 100
    download = account.download()
    rows = json.loads(keyless("status", "plan.yaml", "--trakt-data", download, "--json").out)["entries"]
    in_order = [one for one in rows if one["on_trakt"] >= one["wanted"] and not one["beyond"]]
    said = keyless("status", "plan.yaml", "--trakt-data", download).out
    assert said.count("Settings → Advanced → Clean Up") == 1
    counted = re.search(r"^(\d+) of \d+ confirmed entries are in order", said, re.MULTILINE)
    assert counted is not None
    assert int(counted[1]) < len(in_order)


# --- the other way round: with a key as well ---


@pytest.mark.long
def test_what_apply_has_sent_is_in_no_file(anitrakt: Run, sandbox: Sandbox) -> None:
    account = Account(sandbox)
    planned(anitrakt, account)
    assert anitrakt("apply", "-y", "--force").code == 0
    result = exported(anitrakt, "--trakt-data", account.download())

    assert "nothing to export" in result.err
    assert not FOLDER.exists() or not ZIP.exists()


@pytest.mark.whole_list
def test_apply_waits_for_an_export_and_sends_nothing_that_it_brought(anitrakt: Run, sandbox: Sandbox) -> None:
    account = Account(sandbox)
    planned(anitrakt, account)
    left_out = nameless(exported(anitrakt, "--json", "--trakt-data", account.download()))
    stopped = anitrakt("apply", "-y", "--allow", "first-apply")
    dry = anitrakt("diff")
    assert (stopped.code, dry.code) == (6, 0)
    assert "tvtime-anitrakt.zip" in stopped.err
    assert "`--allow exported`" in stopped.err
    assert "in a file for Trakt's importer" in dry.out
    before = account.plays()
    account.upload()
    after = account.plays()
    applied = anitrakt("apply", "-y", "--allow", "first-apply")

    assert applied.code == 0, applied.err
    assert {what for what, _ in account.plays() - after} == left_out
    assert len(after - before) > 500


@pytest.mark.long
def test_with_a_key_what_was_uploaded_can_be_taken_back_exactly(anitrakt: Run, sandbox: Sandbox) -> None:
    account = Account(sandbox)
    planned(anitrakt, account)
    exported(anitrakt, "--trakt-data", account.download())
    before = account.plays()
    new = account.upload()
    exported(anitrakt, "--trakt-data", account.download())
    key = next(str(entry.key) for entry in the_plan().entries if entry.title == "Rizelmine")
    undone = anitrakt("undo", "-y", "--only", key)

    assert undone.code == 0, undone.err
    gone = new - (account.plays() - before)
    assert {what for what, _ in gone} == confirmed(the_plan(), {key})
    assert anitrakt("undo", "-y").code == 0  # bare, it is about what apply has sent
    assert account.plays() - before == new - gone


# --- what is said, and what stops it ---


@pytest.mark.long
def test_the_report_can_be_read_by_programs(keyless: Run, account: Account) -> None:
    planned(keyless, account)
    said = json.loads(exported(keyless, "--json").out)
    file, ratings = said["files"]

    assert said["format"] == "anitrakt-export/2"
    assert file["path"] == str(ZIP)
    assert file["announced"] == {"items for History": file["plays"]}
    assert [one["state"] for one in said["earlier"]] == []
    account.upload()
    later = json.loads(exported(keyless, "--json", "--trakt-data", account.download()).out)
    assert [(one["state"], one["missing"]) for one in later["earlier"]] == [("done", 0)] * 2
    assert ratings["ratings"] == later["earlier"][1]["ratings"] > 0


def test_without_a_download_and_a_sign_in_nothing_is_exported(keyless: Run) -> None:
    result = keyless("plan", "--list-file", LIST)
    Path("plan.yaml").write_text(result.out, encoding="utf-8")
    refused = keyless("export-trakt")

    assert (refused.code, refused.out, FOLDER.exists()) == (4, "", False)
    assert "does not look for duplicates" in refused.err
    assert "--trakt-data ZIP" in refused.err


def test_another_accounts_download_is_refused(keyless: Run, account: Account) -> None:
    planned(keyless, account)
    account.sandbox.world.rename_user("somebody-else")
    account.sandbox.world.uuid = "another"
    other = account.download()
    refused = keyless("export-trakt", "--trakt-data", other)
    replanned = keyless("plan", "--update", "plan.yaml", "--list-file", LIST, "--trakt-data", other)

    assert (refused.code, replanned.code) == (6, 6)
    assert "somebody-else" in refused.err
    assert "somebody-else" in replanned.err
    assert the_plan().target_user == "sandbox"


@pytest.mark.long
def test_an_account_that_was_renamed_is_known_by_its_uuid(keyless: Run, account: Account) -> None:
    planned(keyless, account)
    exported(keyless)
    account.upload()
    account.sandbox.world.rename_user("new-name")
    newer = account.download()
    replanned = keyless("plan", "--update", "plan.yaml", "--list-file", LIST, "--trakt-data", newer)

    assert replanned.code == 0, replanned.err
    assert "nothing to export" in exported(keyless, "--trakt-data", newer).err


def test_a_download_that_names_no_account_needs_its_name_and_its_journal(
    keyless: Run, account: Account
) -> None:
    planned(keyless, account)
    nameless = ("user-settings.json", "user-profile.json")
    first = account.download(without=nameless)
    refused = keyless("export-trakt", "--trakt-data", first)
    unknown = keyless("export-trakt", "--trakt-data", first, "--account", "sandbox")
    exported(keyless)
    account.upload()
    second = account.download(without=nameless)
    known = exported(keyless, "--trakt-data", second, "--account", "sandbox")

    assert (refused.code, unknown.code) == (2, 2)
    assert "--account" in refused.err
    assert "all of it has arrived" in known.err


@pytest.mark.parametrize(
    ("spoil", "stop", "said"),
    [
        ("short", "short-download", "fewer than its own sums"),
        ("old", "old-download", "3 days ago"),
        ("older than seen", "old-download", "plays that a newer one showed"),
    ],
)
def test_a_download_that_can_not_tell_what_is_there_stops_it(
    spoil: str, stop: str, said: str, keyless: Run, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = account.download(later=timedelta(days=-3))
    planned(keyless, account)
    before = account.download()
    exported(keyless)
    account.upload()
    newer = account.download()
    match spoil:
        case "short":
            name = account.download(without=(f"watched-history-{1 + len(account.plays()) // 250}.json",))
        case "old":
            name = old
        case _:
            exported(keyless, "--trakt-data", newer)
            name = before
    refused = keyless("export-trakt", "--trakt-data", name, "--again")
    passed = keyless(
        "export-trakt", "--trakt-data", name, "--again", "--allow", stop, "--allow", "first-upload"
    )

    assert refused.code == 6
    assert said in refused.err
    assert f"`--allow {stop}`" in refused.err
    assert passed.code in (0, 6)
    assert f"--allow {stop}" not in passed.err


def test_that_ratings_are_not_in_the_download_is_said_once(
    keyless: Run, account: Account, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(keyless, account)
    # with a token, shows that the maps can't name are asked for, and what is missing is looked for again
    monkeypatch.setenv("ANITRAKT_TMDB_TOKEN", sandbox.addresses.tmdb_token)
    monkeypatch.setenv("ANITRAKT_TMDB_URL", sandbox.addresses.tmdb_url)
    ratings = tuple(f"ratings-{kind}.json" for kind in ("movies", "shows", "seasons", "episodes"))
    result = exported(keyless, "--trakt-data", account.download(without=ratings))

    assert result.err.count("The download has no ratings") == 1


def test_of_a_folder_the_newest_download_is_taken_and_named_with_its_age(
    keyless: Run, account: Account
) -> None:
    planned(keyless, account)
    downloads = Path("downloads")
    downloads.mkdir()
    for age, name in enumerate((account.download(), account.download())):
        target = downloads / f"renamed ({age}).zip"
        Path(name).rename(target)
        os.utime(target, (time.time() + age, time.time() + age))
    (downloads / "tvtime-anitrakt.zip").write_bytes(b"PK")
    (downloads / "notes.txt").write_text("x")
    result = exported(keyless, "--trakt-data", "downloads")
    empty = keyless("export-trakt", "--trakt-data", str(FOLDER))
    replanned = keyless("plan", "--update", "plan.yaml", "--list-file", LIST, "--trakt-data", "downloads")
    assert "renamed (1).zip: Trakt's data of sandbox" in replanned.err

    assert "renamed (1).zip: Trakt's data of sandbox, 19 plays, made less than a day ago" in result.err
    assert (empty.code, "no data download" in empty.err) == (1, True)


@pytest.mark.long
def test_a_large_first_upload_begins_with_one_entry(keyless: Run, account: Account) -> None:
    planned(keyless, account)
    stopped = keyless("export-trakt")
    assert stopped.code == 6
    assert "`--allow first-upload`" in stopped.err
    key = stopped.err.partition("--only ")[2].partition("`")[0]
    one = keyless("export-trakt", "--only", key)
    assert one.code == 0, one.err
    first = account.upload()
    assert 0 < len(first) <= 13
    rest = keyless("export-trakt", "--trakt-data", account.download())

    assert rest.code == 0, rest.err  # something has arrived: now it goes in one piece
    account.upload()
    assert confirmed(the_plan()) <= {what for what, _ in account.plays()}


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--trakt-data", "none.zip"), 1, "can't be read"),
        (("--trakt-data", "plan.yaml"), 1, "not a zip"),
        (("-o", "plan.yaml"), 2, "is not a folder"),
        (("-o", "mine"), 2, "none of the files that anitrakt wrote"),
        (("-o", "no/such/folder"), 1, "can't be written"),
        (("--only", "no such title"), 2, "no such title"),
    ],
)
def test_what_can_not_work_is_said_before_anything_is_recorded(
    arguments: tuple[str, ...], code: int, said: str, keyless: Run, account: Account
) -> None:
    planned(keyless, account)
    Path("mine").mkdir()
    Path("mine/anitrakt.csv").write_text("mine")
    result = keyless("export-trakt", "--allow", "first-upload", *arguments)

    assert result.code == code
    assert said in result.err
    exported(keyless)
    assert Path("mine/anitrakt.csv").read_text() == "mine"


def test_plan_says_whose_download_it_read_and_how_old_it_is(keyless: Run) -> None:
    result = keyless("plan", "--list-file", LIST, "--trakt-data", DOWNLOAD)

    assert "Trakt's data of sandbox, 19 plays" in result.err
    assert "2026-11-20" in result.err
    assert 'target: {service: trakt, user: "sandbox"}' in result.out


@pytest.mark.long
def test_offline_the_download_and_the_maps_at_hand_are_enough(
    keyless: Run, account: Account, sandbox: Sandbox
) -> None:
    planned(keyless, account)
    first = Path("plan.yaml").read_text(encoding="utf-8")
    Path("plan.yaml").unlink()
    sandbox.wire.clear()
    planned(keyless, account, "--offline", "--fresh")
    exported(keyless)

    assert sandbox.wire == []
    assert Path("plan.yaml").read_text(encoding="utf-8").count("decision: auto") == first.count(
        "decision: auto"
    )


@pytest.mark.long
def test_release_dates_arrive_as_dates_and_never_as_now(anitrakt: Run, sandbox: Sandbox) -> None:
    account = Account(sandbox)
    planned(anitrakt, account, "--dates", "released")
    exported(anitrakt)
    years = Counter(int(when[:4]) for _, when in account.upload())

    assert max(years) < 2026  # nothing that was released is from this year, and nothing is from now
    assert sum(count for year, count in years.items() if year > 1970) > 500


@pytest.mark.long
def test_a_work_that_only_tmdb_numbers_goes_by_what_the_map_knows_or_by_that_number(
    keyless: Run, account: Account
) -> None:
    planned(keyless, account)
    before = json.loads(exported(keyless, "--json").out)["files"]
    text = Path("plan.yaml").read_text(encoding="utf-8")
    (film,) = [line for line in text.splitlines() if "{movie: 97}" in line]
    text = text.replace(film, "    match: {movie: tmdb:999999}").replace("show: 1420,", "show: tmdb:1429,")
    Path("plan.yaml").write_text(text.replace("#> 1420 ", "#> tmdb:1429 "), encoding="utf-8", newline="\n")
    after = json.loads(exported(keyless, "--again", "--json").out)["files"]

    assert after[0]["plays"] == before[0]["plays"] - 1  # the show is the same; the film has no IMDb id now
    assert "history,movie,,,999999," in CSV.read_text(encoding="utf-8")


# --- looking without writing ---


@pytest.mark.long
@pytest.mark.whole_list
def test_diff_says_by_title_what_an_export_would_write_and_writes_nothing(
    keyless: Run, account: Account, sandbox: Sandbox
) -> None:
    planned(keyless, account)
    sandbox.wire.clear()
    newer = account.download()
    said = keyless("diff", "--trakt-data", newer, "--detailed-exitcode")
    document = json.loads(keyless("diff", "--trakt-data", newer, "--json").out)

    assert said.code == 8, said.err
    assert "   mal:48 · show 8818" in said.out
    assert (
        "Rizelmine → Rizelmine (2002) S01E01–E12   12 plays (2012-02-20), tvtime-anitrakt.zip   " in said.out
    )
    assert "would be written" in said.out
    assert (document["dry_run"], FOLDER.exists(), sandbox.wire) == (True, False, [])
    assert "No runs yet" in keyless("log").out
    exported(keyless)
    assert "would stop" in keyless("diff", "--trakt-data", newer).out
    account.upload()
    assert keyless("diff", "--trakt-data", account.download(), "--detailed-exitcode").code == 0
    assert keyless("diff", "--trakt-data", newer, "--limit", "1").code == 2


@pytest.mark.long
def test_status_and_log_know_what_was_written_and_what_arrived(keyless: Run, account: Account) -> None:
    planned(keyless, account)
    exported(keyless)
    before = keyless("status", "--trakt-data", account.download())
    account.upload()
    newer = account.download()
    after = keyless("status", "--trakt-data", newer)
    said = json.loads(keyless("status", "--trakt-data", newer, "--json").out)
    log_before = keyless("log").out
    exported(keyless, "--trakt-data", newer)
    log_after = keyless("log").out

    assert "nothing of it is on Trakt yet" in before.out
    assert "all of it has arrived" in after.out
    assert [one["state"] for one in said["exports"]] == ["done", "done"]
    assert "not seen yet" in log_before  # status only looks
    assert "plays written" in log_after
    assert "not seen yet" not in log_after


# --- what is asked before a first upload ---


@pytest.mark.parametrize(("answer", "shows"), [(0, 0), (1, 10)])
def test_the_first_export_asks_once_about_ratings_of_seasons(
    answer: int, shows: int, keyless: Run, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(keyless, account)
    asked: list[str] = []

    def ask(question: Question) -> str:
        asked.append(question.text)
        return question.choices[answer] if "season" in question.text else "all"

    monkeypatch.setattr("anitrakt_plan.cli.export_trakt.terminal_ask", lambda **_: ask)
    before = account.ratings()
    first = keyless("export-trakt")
    assert first.code == 0, first.err
    account.upload()
    keyless("export-trakt", "--trakt-data", account.download())

    assert len(asked) == 2  # of ratings, and of the first upload, once each
    assert account.ratings() - before >= shows
    policy = the_plan().policy.ratings.value
    assert policy == ("show:mean" if answer else "auto")
    assert keyless("validate").code == 0


def test_one_entry_first_is_a_short_one_whose_page_is_named(
    keyless: Run, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(keyless, account)
    monkeypatch.setattr(
        "anitrakt_plan.cli.export_trakt.terminal_ask", lambda **_: lambda question: question.choices[0]
    )
    result = keyless("export-trakt")
    new = account.upload()

    assert result.code == 0, result.err
    assert 0 < len(new) <= 13
    assert "Then look at " in result.err
    assert "https://trakt.tv/" in result.err
    assert "wait until the first entry has arrived" in result.err


@pytest.mark.long
def test_pasted_pages_are_resolved_for_the_export_and_one_that_nobody_knows_is_an_error(
    keyless: Run, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(keyless, account)
    path = Path("plan.yaml")
    text = path.read_text(encoding="utf-8")
    waiting = [entry for entry in the_plan().entries if entry.decision.value == "review"]
    good, bad = next(one for one in waiting if one.candidates), waiting[-1]
    page = good.candidates[0].url
    for entry, pasted in ((good, f"{page}/seasons/1"), (bad, "https://trakt.tv/movies/nobody-knows")):
        head, begin, rest = text.partition(f"\n  {entry.key}:")
        rest = re.sub(
            r"decision: review.*\n    match: null",
            f'decision: confirmed\n    match: "{pasted}"',
            rest,
            count=1,
        )
        text = head + begin + rest
    path.write_text(text, encoding="utf-8", newline="\n")
    sentence = "nothing on this machine knows `https://trakt.tv/movies/nobody-knows`; paste the page on themoviedb.org"
    checked = keyless("validate", "plan.yaml")
    assert checked.code == 3, checked.out
    assert f"error[PLAN068]: {sentence}" in checked.out
    assert f"`anitrakt review plan.yaml {bad.key}`" in checked.out
    assert checked.out.count("PLAN068") == 1
    monkeypatch.setattr(sys, "stdin", io.StringIO("q\n"))
    shown = keyless("review", "plan.yaml", str(bad.key))
    assert "by an address that nobody here has looked up" in shown.err
    assert "https://trakt.tv/movies/nobody-knows" in shown.err
    refused = keyless("export-trakt", "plan.yaml", "--allow", "first-upload")
    assert refused.code == 3, refused.err
    assert sentence in refused.err
    assert str(bad.key) in refused.err
    assert not FOLDER.exists()

    pasted = 'decision: confirmed\n    match: "https://trakt.tv/movies/nobody-knows"'
    path.write_text(text.replace(pasted, "decision: skip"), encoding="utf-8", newline="\n")
    assert keyless("validate", "plan.yaml").code == 0
    exported(keyless)


@pytest.mark.whole_list
@pytest.mark.parametrize(
    ("typed", "code", "says"),
    [
        ("{show: 13855, episodes: S01E01-E23}", 3, "show 13855 is «Death Note» (2006) on Trakt"),
        ("{show: 13855, episodes: S01E01-E23, sure: true}", 0, ""),
        ("{show: 158594, episodes: S01E01-E23}", 0, ""),
        (
            "{show: 99999999, episodes: S01E01-E23}",
            0,
            "nobody here knows 99999999 S01E01-E23, which was typed",
        ),
    ],
)
def test_an_id_that_was_typed_is_held_against_what_is_known_before_it_is_written(
    typed: str, code: int, says: str, keyless: Run, account: Account
) -> None:
    planned(keyless, account)
    path = Path("plan.yaml")
    head, begin, rest = path.read_text(encoding="utf-8").partition("\n  mal:51009:")
    rest = re.sub(
        r"decision: \w+.*\n    match: .*", f"decision: confirmed\n    match: {typed}", rest, count=1
    )
    others = re.sub(r"(\n  mal:(?:1535|40748):(?:\n    .*)*?\n    decision:) \w+", r"\1 skip", head)
    path.write_text(others + begin + rest, encoding="utf-8", newline="\n")
    for command in ("diff", "export-trakt --allow first-upload"):
        result = keyless(*command.split())
        assert result.code == code, result.err
        assert says in result.err + result.out
        assert FOLDER.exists() == (code == 0 and command != "diff")


def test_a_title_is_searched_in_the_id_maps(
    keyless: Run, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned(keyless, account)
    waiting = next(e for e in the_plan().entries if e.decision.value == "review" and e.candidates)
    wanted = waiting.candidates[0]
    assert isinstance(wanted.match, ShowMatch)
    monkeypatch.setattr(sys, "stdin", io.StringIO(f"/ {wanted.title}\n1\n1\ny\n"))
    result = keyless("review", "plan.yaml", str(waiting.key))
    assert result.code == 0, result.err
    now = next(entry for entry in the_plan().entries if entry.key == waiting.key)
    assert now.decision.value == "confirmed"
    assert isinstance(now.match, ShowMatch)
    assert now.match.show == wanted.match.show


@pytest.mark.long
@pytest.mark.whole_list
def test_an_export_of_one_entry_takes_no_file_away_that_waits_for_its_upload(
    keyless: Run, account: Account
) -> None:
    planned(keyless, account)
    exported(keyless)
    waiting = {path: path.read_bytes() for path in FOLDER.iterdir()}
    for arguments in (("--only", "mal:269"), ("--only", "mal:48"), ("--only", "mal:48", "--again")):
        stopped = keyless("export-trakt", *arguments, "--allow", "first-upload")
        assert stopped.code == 6, stopped.err
        assert {path: path.read_bytes() for path in FOLDER.iterdir()} == waiting
    beside = keyless("export-trakt", "--only", "mal:48", "--again", "-o", "one")
    assert beside.code == 0, beside.err
    assert {path: path.read_bytes() for path in FOLDER.iterdir()} == waiting


def test_bare_anitrakt_speaks_of_the_upload_before_it_speaks_of_the_review(
    keyless: Run, account: Account
) -> None:
    planned(keyless, account)
    assert "Step 2 of 5: review." in keyless().out
    exported(keyless)
    said = keyless().out
    assert "wait for you" in said
    assert "Step 4 of 5: upload." in said


@pytest.mark.whole_list
def test_one_large_entry_that_was_asked_for_is_its_own_first_upload(keyless: Run, account: Account) -> None:
    planned(keyless, account)
    one = keyless("export-trakt", "--only", "mal:269")
    assert one.code == 0, one.err
    assert len(account.upload()) > 100


def test_what_nobody_knows_is_asked_about_once_more(
    keyless: Run, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A typed film for a series, and a place that is as long as the list's entry because nobody has the season list."""
    planned(keyless, account)
    waiting = next(e for e in the_plan().entries if e.decision.value == "review")
    before = Path("plan.yaml").read_bytes()
    for answer in ("i movie 999999999\nn\nq\n", "i 142246\n1\nn\nq\n"):
        monkeypatch.setattr(sys, "stdin", io.StringIO(answer))
        result = keyless("review", "plan.yaml", str(waiting.key))
        assert f"Is «{waiting.title}»" in result.err, result.err
        assert "nobody here" in result.err
        assert Path("plan.yaml").read_bytes() == before


@pytest.mark.long
def test_the_pages_upload_panel_makes_the_files_and_says_what_arrived(
    keyless: Run, account: Account, tmp_path: Path
) -> None:
    planned(keyless, account)
    settings = load_settings(os.environ, Path.cwd())
    services = Services(settings)

    def make(request: ExportOptions, ask: Ask | None) -> Exported:
        folder = UploadFolder.beside(Path("plan.yaml"))
        return export(the_plan(), request, folder, services, Silent(), datetime.now(UTC), ask=ask)

    upload = Upload(make, downloads=tmp_path / "nothing-here")
    answers: dict[str, str] = {}
    while True:
        try:
            made = upload.make(answers)
            break
        except NeedsAnswer as needs:
            answers[needs.question.flag] = (
                "all" if "all" in needs.question.choices else needs.question.choices[0]
            )
    services.close()
    assert [file["name"] for file in made["files"]] == ["tvtime-anitrakt.zip", "anitrakt.csv"]
    assert all(file["page"].startswith("https://app.trakt.tv/settings/data") for file in made["files"])
    assert made["files"][0]["shows"]
    assert any(group["names"] for group in made["left_out"])
    plays = account.upload()
    assert plays
    checked = upload.check(Path(account.download()).read_bytes())
    assert not checked["written"]
    assert any("all of it has arrived" in line for line in checked["arrived"]), checked["arrived"]


@pytest.mark.whole_list
def test_an_export_of_one_entry_speaks_of_that_one(keyless: Run, account: Account) -> None:
    planned(keyless, account)
    said = json.loads(exported(keyless, "--only", "mal:48", "--json").out)["left_out"]
    assert {row["key"] for rows in said.values() for row in rows} <= {"mal:48"}


# --- where less can be read than before ---------------------------------------------------------------


@pytest.mark.parametrize("missing", ["", *long("bangumi")])
def test_what_stood_stands_where_less_can_be_read_than_before(
    missing: str, anitrakt: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = planned_with_all(anitrakt)
    blind(sandbox, monkeypatch)
    for one in ID_MAPS:  # with one map alone, and offline with none
        if one.file.removesuffix(".json") != missing:
            sandbox.faults.answer("GET", f"/{one.file}", 404, times=None, service="idmap")

    result = anitrakt("plan", "--update", "plan.yaml", *([] if missing else ["--offline"]))

    after = the_plan()
    assert result.code == 0, result.err
    assert [(one.key, one.decision, one.match, one.candidates, one.rates) for one in after.entries] == [
        (one.key, one.decision, one.match, one.candidates, one.rates) for one in before.entries
    ]
    assert "stand as they did" in result.err


def test_with_nothing_to_match_by_nothing_is_written(
    anitrakt: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    planned_with_all(anitrakt)
    text = Path("plan.yaml").read_bytes()
    blind(sandbox, monkeypatch)
    sandbox.faults.answer("GET", "/", 404, times=None, service="idmap")

    again = anitrakt("plan", "--update", "plan.yaml")
    anew = anitrakt("plan", "--list-file", LIST, "-o", "new.yaml")

    assert (again.code, anew.code) == (1, 1)
    assert "no id map could be read, and there is no catalogue to ask" in anew.err
    assert Path("plan.yaml").read_bytes() == text
    assert not Path("new.yaml").exists()


def planned_with_all(anitrakt: Run) -> Plan:
    assert anitrakt("plan", "--list-file", LIST, "-o", "plan.yaml").code == 0
    return the_plan()


def blind(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without keys and caches; AniList does not answer."""
    a_month_later(Path(os.environ["ANITRAKT_HOME"]))
    for name in ("TRAKT_CLIENT_ID", "TRAKT_CLIENT_SECRET", "TRAKT_TOKEN", "TMDB_TOKEN"):
        monkeypatch.delenv(f"ANITRAKT_{name}")
    monkeypatch.setenv("ANITRAKT_ANILIST_URL", sandbox.addresses.trakt_url.replace("/trakt", "/nowhere"))


NARUTO = "mal:20"


def test_a_run_that_only_the_list_counts_is_not_accepted_with_others_nor_unasked(
    keyless: Run, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    def review(answers: str, *options: str) -> Result:
        monkeypatch.setattr(sys, "stdin", io.StringIO(answers))
        return keyless("review", "plan.yaml", *options)

    def match() -> str:
        (entry,) = (one for one in the_plan().entries if str(one.key) == NARUTO)
        return str(entry.resolved and format_match(entry.resolved))

    assert keyless("plan", "--list-file", LIST, "-o", "plan.yaml").code == 0
    offered = "{show: 46003, episodes: S01E01-E220"
    assert (
        f'{offered}, title: "Naruto", year: 2002, url: "https://trakt.tv/shows/naruto", confidence: 0.75'
        in (Path("plan.yaml").read_text(encoding="utf-8"))
    )
    together = review("A50\ny\nq\n")
    assert "Naruto (2002) S01E01-E220" not in together.err
    assert match() == "None"

    asked = said(review("a\nn\nq\n", NARUTO).err)
    assert "S01E01-E220 is only what the list counts: no map says which episodes" in asked
    assert "`anitrakt login --tmdb`" in asked
    assert match() == "None"

    # with a token the season list is read: in review, and by a new plan
    token = environment(sandbox.addresses)
    monkeypatch.setenv("ANITRAKT_TMDB_TOKEN", token["ANITRAKT_TMDB_TOKEN"])
    monkeypatch.setenv("ANITRAKT_TMDB_URL", token["ANITRAKT_TMDB_URL"])
    asked = said(review("a\nn\nq\n", NARUTO).err)
    assert "the season list has no S01E53-E220" in asked
    assert keyless("plan", "--update", "plan.yaml").code == 0
    assert match() == "46003 S01E01-E52, S02E53-E104, S03E105-E158, S04E159-E220"


def said(text: str) -> str:
    """What was said, without the line breaks that fit it to a screen."""
    return re.sub(r"\s+", " ", text)
