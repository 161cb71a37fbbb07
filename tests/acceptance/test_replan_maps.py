"""Maps and pasted addresses in a plan: whose word holds, and in which form it is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from anitrakt_plan.model import Address, PlanEntry
from anitrakt_plan.model.matches import format_match
from tests.acceptance.conftest import Run
from tests.acceptance.living import PLAN, USER, block_of, in_entry, loaded, plan_file, text_of, weekly_user
from tests.acceptance.wire import sent_plays, writes
from tests.practice import Sandbox

UPDATE = ("plan", "--update", PLAN)
MINE, THEIRS = Path("mine.yaml"), Path("theirs.yaml")
REVIEW = ("decision: review  #> nothing on Trakt fits", "decision: confirmed")


@pytest.fixture(autouse=True)
def user(sandbox: Sandbox) -> None:
    weekly_user(sandbox)


def a_map(path: Path, *entries: str) -> Path:
    path.write_text("format: anitrakt-map/1\nentries:\n" + "".join(entries), encoding="utf-8")
    return path


def decided(key: str, match: str, note: str | None = None) -> str:
    said = f'    note: "{note}"\n' if note else ""
    return f"  {key}:\n    decision: confirmed\n    match: {match}\n{said}"


def entry(key: str, path: Path = PLAN) -> PlanEntry:
    plan = loaded(path).plan
    assert plan is not None
    return next(one for one in plan.entries if str(one.key) == key)


def place(key: str, path: Path = PLAN) -> str:
    match = entry(key, path).match
    assert match is not None
    assert not isinstance(match, Address)
    return format_match(match)


# --- maps ---------------------------------------------------------------------------------------------


def test_the_earlier_map_wins_and_the_plan_goes_before_every_map(anitrakt: Run) -> None:
    mine = a_map(MINE, decided("mal:1535", "{movie: 97}", "first"))
    theirs = a_map(THEIRS, decided("mal:1535", "{movie: 51}"), decided("mal:9253", "{movie: 4621}"))

    plan_file(anitrakt, "--map", str(mine), "--map", str(theirs))
    assert (place("mal:1535"), entry("mal:1535").note) == ("movie 97", "first")
    assert place("mal:9253") == "movie 4621"

    anitrakt(*UPDATE, "--map", theirs)
    assert place("mal:1535") == "movie 97"


def test_the_earlier_map_wins_also_where_it_knows_the_entry_by_its_other_id(anitrakt: Run) -> None:
    mine = a_map(MINE, decided("mal:16498", "{movie: 97}"))
    theirs = a_map(THEIRS, decided("anilist:16498", "{movie: 51}"))

    plan_file(anitrakt, "--map", str(mine), "--map", str(theirs), source="--anilist")

    assert place("anilist:16498") == "movie 97"


def test_a_map_of_a_mal_user_serves_an_anilist_user_and_the_reverse(anitrakt: Run) -> None:
    plan_file(anitrakt)
    in_entry("mal:27991", "decision: auto", "decision: confirmed")
    MINE.write_text(anitrakt("export-map", PLAN).out, encoding="utf-8")
    other = Path("anilist.yaml")

    anitrakt("plan", "--anilist", USER, "--fresh", "--map", MINE, "-o", other)
    assert str(entry("anilist:20913", other).decision) == "confirmed"

    in_entry("anilist:20913", "decision: confirmed", "decision: skip", path=other)
    THEIRS.write_text(anitrakt("export-map", other).out, encoding="utf-8")
    assert "also: mal:27991" in text_of(THEIRS)
    anitrakt("plan", "--mal", USER, "--fresh", "--map", THEIRS, "-o", Path("back.yaml"))
    assert str(entry("mal:27991", Path("back.yaml")).decision) == "skip"


def test_a_map_with_mistakes_is_named_with_its_line(anitrakt: Run) -> None:
    broken = a_map(MINE, "  mal:1535:\n    decision: confirm\n    match: {movie: 97}\n")

    result = anitrakt("plan", "--mal", USER, "--map", broken, "-o", PLAN)

    assert result.code == 3
    assert "mine.yaml:4:" in result.err
    assert not PLAN.exists()


def test_an_exported_map_tells_nothing_of_what_was_watched(anitrakt: Run) -> None:
    plan_file(anitrakt)
    in_entry("mal:1535", "decision: auto", "decision: confirmed")
    exported = anitrakt("export-map", PLAN).out
    assert "mal:1535" in exported
    for private in ("watched", "rating", "finished", "2008-02-03", "mal:9253", USER):
        assert private not in exported


# --- pasted addresses ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("key", "address", "written"),
    [
        ("mal:1535", "https://trakt.tv/shows/death-note/seasons/1", "{show: 13855, episodes: S01E01-E37}"),
        ("mal:199", "https://trakt.tv/movies/spirited-away-2001", "{movie: 97}"),
        (
            "mal:13053",
            "https://trakt.tv/shows/death-note/seasons/1/episodes/3",
            "{show: 13855, episodes: S01E03}",
        ),
    ],
)
def test_a_pasted_address_becomes_what_it_names(key: str, address: str, written: str, anitrakt: Run) -> None:
    plan_file(anitrakt)
    old = block_of(text_of(), key)
    before = next(line for line in old.splitlines() if line.startswith("    match"))
    decision = next(line for line in old.splitlines() if line.startswith("    decision"))
    in_entry(key, decision, "    decision: confirmed")
    in_entry(key, before, f'    match: "{address}"  # pasted')

    offline = anitrakt("fmt", PLAN)
    assert f'match: "{address}"  # pasted\n' in block_of(text_of(), key)  # what no one looked up stays
    result = anitrakt(*UPDATE)

    assert (offline.code, result.code) == (0, 0)
    assert f"    match: {written}" in block_of(text_of(), key)
    assert "# pasted" in block_of(text_of(), key)
    assert address not in text_of()
    formatted = text_of()
    assert anitrakt("fmt", PLAN).code == 0
    assert text_of() == formatted
    assert "Nothing new" in anitrakt(*UPDATE).err


def test_a_pasted_address_of_a_map_is_looked_up_too(anitrakt: Run) -> None:
    mine = a_map(MINE, decided("mal:199", '"https://trakt.tv/movies/spirited-away-2001"'))
    plan_file(anitrakt, "--map", str(mine))
    assert place("mal:199") == "movie 97"


def test_an_address_with_another_number_of_episodes_stays_and_is_named(
    anitrakt: Run, sandbox: Sandbox
) -> None:
    plan_file(anitrakt)
    address = "https://trakt.tv/shows/attack-on-titan/seasons/2"
    line = next(one for one in block_of(text_of(), "mal:1535").splitlines() if "match:" in one)
    in_entry("mal:1535", line, f'    match: "{address}"')

    result = anitrakt(*UPDATE)

    assert result.code == 0
    assert address in text_of()
    assert "mal:1535" in result.err
    assert "12 episodes" in result.err
    assert anitrakt("apply", "--allow", "first-apply", PLAN).code == 3
    assert list(sent_plays(sandbox)) == []


def test_an_address_of_a_whole_show_is_an_error_with_its_place(anitrakt: Run, sandbox: Sandbox) -> None:
    plan_file(anitrakt)
    line = next(one for one in block_of(text_of(), "mal:1535").splitlines() if "match:" in one)
    in_entry("mal:1535", line, '    match: "https://trakt.tv/shows/death-note"')
    before = text_of()

    validated = anitrakt("validate", PLAN)
    applied = anitrakt("apply", "--allow", "first-apply", PLAN)
    planned = anitrakt(*UPDATE)

    assert (validated.code, applied.code, planned.code) == (3, 3, 3)
    assert "plan.yaml:6" in validated.out
    assert "season" in validated.out
    assert text_of() == before
    assert writes(sandbox) == []


CANDIDATE = (
    '    candidates:\n    - {show: 13855, episodes: S01E01-E37, title: "Death Note", year: 2006, '
    'url: "https://trakt.tv/shows/death-note", confidence: 0.98, why: [title]}\n'
)


@pytest.mark.parametrize(
    ("match", "found"),
    [
        ("{show: 13856, episodes: S01E01-E37}", "no show 13856"),
        ("{show: 45698, episodes: S01E01-E37}", "Hunter x Hunter"),
        ("{show: 13855, episodes: S02E01-E37}", "S02E01"),
    ],
)
def test_a_wrong_digit_stops_the_entry_and_names_both_titles_and_the_likely_candidate(
    match: str, found: str, anitrakt: Run, sandbox: Sandbox
) -> None:
    plan_file(anitrakt)
    line = next(one for one in block_of(text_of(), "mal:1535").splitlines() if "match:" in one)
    in_entry("mal:1535", line + "\n", f"    match: {match}\n{CANDIDATE}")
    in_entry("mal:1535", "decision: auto", "decision: confirmed")

    result = anitrakt("apply", "--allow", "first-apply", "--only", "mal:1535", PLAN)

    assert result.code != 0
    for said in (found, "Death Note", "13855", "mal:1535", "sure: true"):
        assert said in result.out + result.err
    assert list(sent_plays(sandbox)) == []


def test_a_film_typed_for_a_series_stops_the_entry(anitrakt: Run, sandbox: Sandbox) -> None:
    plan_file(anitrakt)
    line = next(one for one in block_of(text_of(), "mal:572").splitlines() if "match:" in one)
    in_entry("mal:572", line, "    match: {movie: 224301}")

    result = anitrakt("apply", "--allow", "first-apply", "--only", "mal:572", PLAN)

    assert result.code != 0
    assert "Your Name" in result.out + result.err
    assert "Nausicaä" in result.out + result.err
    assert list(sent_plays(sandbox)) == []


def test_sure_true_passes_the_look_at_the_title(anitrakt: Run, sandbox: Sandbox) -> None:
    plan_file(anitrakt)
    line = next(one for one in block_of(text_of(), "mal:199").splitlines() if "match:" in one)
    in_entry("mal:199", line, "    match: {movie: 51, sure: true}")
    in_entry("mal:199", "decision: auto", "decision: confirmed")
    in_entry("mal:572", "decision: auto", "decision: skip")

    result = anitrakt("apply", "--allow", "first-apply", "--only", "mal:199", PLAN)

    assert result.code == 0, result.err
    assert [name for name, _ in sent_plays(sandbox)] == ["movie 51"]
