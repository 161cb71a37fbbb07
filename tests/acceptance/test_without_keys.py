"""A list on Trakt without any key: plan from files, export for Trakt's importer, and the importer makes it so."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from anitrakt_plan.model import EpisodeSubject, MovieMatch, MovieSubject, Plan, ShowMatch
from anitrakt_plan.model.account import PlaySubject
from anitrakt_plan.model.sending import subjects_of_match
from anitrakt_plan.planfile import load_plan
from tests.acceptance.conftest import Run
from tests.acceptance.data_download import asker, data_download
from tests.practice import Sandbox, serve
from tests.trakt_importer import Requests, upload

EXAMPLES = Path(__file__).parents[2] / "examples"
LIST, DOWNLOAD = EXAMPLES / "sample-mal.xml", EXAMPLES / "trakt-data.zip"


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
def importer() -> Iterator[Callable[..., Counter[tuple[PlaySubject, str]]]]:
    """The practice account, and Trakt's importer in front of it: what new plays do these uploads make?"""
    with serve(None) as sandbox:

        def imported(*requests: Requests) -> Counter[tuple[PlaySubject, str]]:
            before = plays(sandbox)
            ask = asker(sandbox)
            for request in requests:
                assert request.unresolved == []
                for body in request.history:
                    assert not any(ask("/sync/history", body)["not_found"].values())
                for body in request.ratings:
                    assert not any(ask("/sync/ratings", body)["not_found"].values())
            return plays(sandbox) - before

        imported.sandbox = sandbox  # type: ignore[attr-defined]
        yield imported


def plays(sandbox: Sandbox) -> Counter[tuple[PlaySubject, str]]:
    """Every play of the practice account: what, and when."""
    ask, found, page = asker(sandbox), Counter[tuple[PlaySubject, str]](), 1
    while rows := ask(f"/sync/history?page={page}&limit=250"):
        found.update((subject(row), row["watched_at"]) for row in rows)
        page += 1
    return found


def subject(row: dict[str, Any]) -> PlaySubject:
    if row["type"] == "movie":
        return MovieSubject(row["movie"]["ids"]["trakt"])
    return EpisodeSubject(row["show"]["ids"]["trakt"], row["episode"]["season"], row["episode"]["number"])


def the_plan() -> Plan:
    loaded = load_plan(Path("plan.yaml").read_bytes(), "plan.yaml")
    assert loaded.plan is not None
    return loaded.plan


def confirmed(plan: Plan) -> set[PlaySubject]:
    """Every episode and film that the plan confirms as watched."""
    return {
        subject
        for entry in plan.entries
        if entry.decision.sends and isinstance(entry.match, ShowMatch | MovieMatch)
        for subject in subjects_of_match(entry, entry.match)[1]
    }


def planned(run: Run, *more: str) -> None:
    result = run("plan", "--list-file", LIST, "--trakt-data", DOWNLOAD, "-o", "plan.yaml", *more)
    assert result.code == 0, result.err
    last = result.err.splitlines()[-1]
    assert last.startswith("Next:")
    assert "`anitrakt export-trakt plan.yaml`" in last
    assert "anitrakt apply" not in last


def uploads() -> list[Requests]:
    """The exported files, each uploaded where the tool says."""
    found = [upload("TV Time", "for-trakt.csv", Path("for-trakt.csv").read_text(encoding="utf-8"))]
    films = Path("for-trakt-films.csv")
    if films.exists():
        found.append(upload("CSV", films.name, films.read_text(encoding="utf-8")))
    return found


def test_the_example_download_is_what_the_practice_trakt_makes(sandbox: Sandbox) -> None:
    assert DOWNLOAD.read_bytes() == data_download(sandbox)


def test_without_any_key_the_export_becomes_exactly_the_missing_plays(
    keyless: Run, importer: Callable[..., Counter[tuple[PlaySubject, str]]], sandbox: Sandbox
) -> None:
    planned(keyless)
    result = keyless("export-trakt", "plan.yaml", "--format", "tvtime", "-o", "for-trakt.csv")
    assert result.code == 0, result.err
    before = plays(importer.sandbox)  # type: ignore[attr-defined]
    new = importer(*uploads())

    there = {what for what, _ in before}
    missing = confirmed(the_plan()) - there
    assert len(missing) > 500
    assert {what for what, _ in new} == missing
    assert set(new.values()) == {1}
    assert {record.service for record in sandbox.wire} == {"idmap"}


def test_the_export_makes_the_same_plays_at_the_same_times_as_apply_would(
    anitrakt: Run, sandbox: Sandbox, importer: Callable[..., Counter[tuple[PlaySubject, str]]]
) -> None:
    planned(anitrakt)
    exported = anitrakt(
        "export-trakt", "plan.yaml", "--format", "tvtime", "-o", "for-trakt.csv", "--trakt-export", DOWNLOAD
    )
    assert exported.code == 0, exported.err
    before = plays(sandbox)
    applied = anitrakt("apply", "plan.yaml", "--force", "-y")

    assert applied.code == 0, applied.err
    assert importer(*uploads()) == plays(sandbox) - before


@pytest.mark.parametrize("form", [pytest.param("csv", marks=pytest.mark.long), "trakt-json"])
def test_with_a_key_the_other_layouts_make_the_same_plays(
    form: str, anitrakt: Run, importer: Callable[..., Counter[tuple[PlaySubject, str]]]
) -> None:
    planned(anitrakt)
    name, menu = ("out.csv", "CSV") if form == "csv" else ("out.json", "JSON")
    result = anitrakt("export-trakt", "plan.yaml", "--format", form, "-o", name)
    assert result.code == 0, result.err
    before = plays(importer.sandbox)  # type: ignore[attr-defined]
    new = importer(upload(menu, name, Path(name).read_text(encoding="utf-8")))

    assert {what for what, _ in new} == confirmed(the_plan()) - {what for what, _ in before}


def test_the_whole_way_round_ends_with_nothing_to_export(
    keyless: Run, importer: Callable[..., Counter[tuple[PlaySubject, str]]]
) -> None:
    planned(keyless)
    keyless("export-trakt", "--format", "tvtime", "-o", "for-trakt.csv")
    importer(*uploads())
    Path("newer.zip").write_bytes(
        data_download(importer.sandbox, made_at=(2026, 11, 23, 8, 0, 0))  # type: ignore[attr-defined]
    )
    result = keyless("export-trakt", "--format", "tvtime", "-o", "second.csv", "--trakt-export", "newer.zip")

    assert (result.code, Path("second.csv").exists()) == (0, False)
    assert "nothing to export" in result.err.lower()


def test_a_second_export_stops_until_a_newer_download_shows_what_arrived(keyless: Run) -> None:
    planned(keyless)
    first = keyless("export-trakt", "--format", "tvtime", "-o", "for-trakt.csv")
    again = keyless("export-trakt", "--format", "tvtime", "-o", "second.csv")
    same_zip = keyless("export-trakt", "--format", "tvtime", "-o", "second.csv", "--trakt-export", DOWNLOAD)
    meant = keyless("export-trakt", "--format", "tvtime", "-o", "second.csv", "--again")

    assert [result.code for result in (first, again, same_zip, meant)] == [0, 6, 6, 0]
    assert "for-trakt.csv" in again.err
    assert "--again" in again.err
    assert "--trakt-export" in again.err
    assert Path("second.csv").read_text(encoding="utf-8") == Path("for-trakt.csv").read_text(encoding="utf-8")


def test_what_only_half_arrived_may_be_exported_again(
    keyless: Run, importer: Callable[..., Counter[tuple[PlaySubject, str]]]
) -> None:
    planned(keyless)
    keyless("export-trakt", "--format", "tvtime", "-o", "for-trakt.csv")
    importer(uploads()[0])  # the films were forgotten
    Path("newer.zip").write_bytes(data_download(importer.sandbox))  # type: ignore[attr-defined]
    shutil.move("for-trakt.csv", "old.csv")
    shutil.move("for-trakt-films.csv", "old-films.csv")
    result = keyless(
        "export-trakt", "--format", "tvtime", "-o", "for-trakt.csv", "--trakt-export", "newer.zip"
    )

    assert result.code == 0, result.err
    assert "did not arrive" in result.err
    assert not Path("for-trakt.csv").exists()
    films = upload("CSV", "x.csv", Path("for-trakt-films.csv").read_text(encoding="utf-8"))
    assert {what for what, _ in importer(films)} == {
        what for what in confirmed(the_plan()) if isinstance(what, MovieSubject)
    } - {MovieSubject(225063), MovieSubject(115)}


def test_on_stdout_there_is_one_file_and_the_films_are_named_as_left_out(keyless: Run) -> None:
    planned(keyless)
    result = keyless("export-trakt", "--format", "tvtime")

    assert result.code == 0
    assert upload("TV Time", "x.csv", result.out).history
    assert "Left out" in result.err
    assert "films" in result.err
    films = keyless("export-trakt", "--format", "csv")
    assert films.code == 0, films.err
    assert all(not body["episodes"] and body["movies"] for body in upload("CSV", "x.csv", films.out).history)
    assert "--format tvtime carries them" in films.err


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("--format", "tvtime", "-o", "out.json"), 2, "ends in .csv"),
        (("--format", "trakt-json", "-o", "out.csv"), 2, "ends in .json"),
        (("--format", "tvtime", "-o", "tvtime-out.csv"), 2, "another layout"),
        (("--format", "tvtime", "-o", "plan.csv"), 2, "is there already"),
        (("--format", "tvtime", "--trakt-export", "none.zip"), 1, "can't be read"),
        (("--format", "tvtime", "--trakt-export", "plan.yaml"), 1, "not a zip"),
        (("--format", "tvtime", "-o", "no-such-folder/x.csv"), 1, "can't be written"),
    ],
)
def test_what_can_not_work_is_said_before_anything_is_recorded(
    arguments: tuple[str, ...], code: int, said: str, keyless: Run
) -> None:
    planned(keyless)
    Path("plan.csv").write_text("mine")
    result = keyless("export-trakt", *arguments)

    assert result.code == code
    assert said in result.err
    assert keyless("export-trakt", "--format", "tvtime", "-o", "good.csv").code == 0


def test_the_report_can_be_read_by_programs(keyless: Run) -> None:
    planned(keyless)
    result = keyless("export-trakt", "--format", "tvtime", "-o", "for-trakt.csv", "--json")
    said = json.loads(result.out)

    assert said["format"] == "anitrakt-export/1"
    assert [(file["name"], file["upload_as"]) for file in said["files"]] == [
        ("for-trakt.csv", "TV Time"),
        ("for-trakt-films.csv", "CSV"),
    ]
    assert said["left_out"]["plays"] == []
    assert keyless("export-trakt", "--format", "tvtime", "--json").code == 2


def test_without_a_download_and_a_sign_in_nothing_is_exported(keyless: Run) -> None:
    result = keyless("plan", "--list-file", LIST)
    Path("plan.yaml").write_text(result.out, encoding="utf-8")
    refused = keyless("export-trakt", "--format", "tvtime")

    assert (refused.code, refused.out) == (4, "")
    assert "does not look for duplicates" in refused.err
    assert "--trakt-export FILE.zip" in refused.err


def test_another_accounts_download_is_refused(keyless: Run, sandbox: Sandbox) -> None:
    planned(keyless)
    sandbox.world.rename_user("somebody-else")
    Path("other.zip").write_bytes(data_download(sandbox))
    refused = keyless("export-trakt", "--format", "tvtime", "--trakt-export", "other.zip")

    assert refused.code == 6
    assert "somebody-else" in refused.err


def test_plan_says_whose_download_it_read_and_how_old_it_is(keyless: Run) -> None:
    result = keyless("plan", "--list-file", LIST, "--trakt-export", DOWNLOAD)

    assert "Trakt's data of sandbox, 19 plays" in result.err
    assert "2026-11-20" in result.err
    assert 'target: {service: trakt, user: "sandbox"}' in result.out


def test_offline_the_download_and_the_maps_at_hand_are_enough(keyless: Run, sandbox: Sandbox) -> None:
    planned(keyless)
    first = Path("plan.yaml").read_text(encoding="utf-8")
    Path("plan.yaml").unlink()
    sandbox.wire.clear()
    planned(keyless, "--offline", "--fresh")

    assert sandbox.wire == []
    assert Path("plan.yaml").read_text(encoding="utf-8").count("decision: auto") == first.count(
        "decision: auto"
    )


@pytest.mark.parametrize(
    "form", ["tvtime", *(pytest.param(form, marks=pytest.mark.long) for form in ("csv", "trakt-json"))]
)
def test_release_dates_arrive_as_dates_and_never_as_now(
    form: str, anitrakt: Run, importer: Callable[..., Counter[tuple[PlaySubject, str]]]
) -> None:
    planned(anitrakt, "--dates", "released")
    name = "for-trakt.json" if form == "trakt-json" else "for-trakt.csv"
    result = anitrakt("export-trakt", "plan.yaml", "--format", form, "-o", name)
    assert result.code == 0, result.err
    menu = {"csv": "CSV", "trakt-json": "JSON"}.get(form)
    sent = [upload(menu, name, Path(name).read_text(encoding="utf-8"))] if menu else uploads()
    years = Counter(int(when[:4]) for _, when in importer(*sent))

    assert max(years) < 2026  # nothing that was released is from this year, and nothing is from now
    assert sum(count for year, count in years.items() if year > 1970) > 500


def test_a_tmdb_id_is_exported_where_a_map_knows_trakts(keyless: Run) -> None:
    planned(keyless)
    assert keyless("export-trakt", "plan.yaml", "--format", "tvtime", "-o", "for-trakt.csv").code == 0
    text = Path("plan.yaml").read_text(encoding="utf-8")
    (film,) = [line for line in text.splitlines() if "{movie: 97}" in line]
    text = text.replace(film, "    match: {movie: tmdb:999999}").replace("show: 1420,", "show: tmdb:1429,")
    Path("plan.yaml").write_text(text.replace("#> 1420 ", "#> tmdb:1429 "), encoding="utf-8", newline="\n")

    result = keyless("export-trakt", "plan.yaml", "--format", "tvtime", "-o", "again.csv", "--again")

    assert result.code == 0, result.err
    assert Path("again.csv").read_bytes() == Path("for-trakt.csv").read_bytes()
    assert "nobody here knows Trakt's id of movie tmdb:999999" in result.err
