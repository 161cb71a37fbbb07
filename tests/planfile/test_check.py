"""Each mistake that a person can make in a plan is found, at its place, under its code, in words that help."""
# ruff: noqa: E501  (a plan has long lines, and so has a table of them)

from __future__ import annotations

import pytest

from anitrakt_plan.model import Decision
from anitrakt_plan.planfile import CODES, load_plan
from tests.planfile.plan_texts import FILM, HEAD, PLAN, SEQUEL, SERVICES, edited, entry

MATCH = "{show: 1420, episodes: S03E13-E22}"
DATE = 'finished: "2019-07-01"'

# what is written, instead of what, the code, the text under the caret, a word of what is said
VALUES = [
    ("decision: auto", "decision: confirm", "PLAN021", "confirm", "did you mean `confirmed`"),
    ("decision: auto", "decision: AUTO", "PLAN021", "AUTO", "write auto"),
    ("decision: auto", "decision: [auto]", "PLAN021", "[auto]", "a list can't stand here; allowed: auto"),
    ("decision: auto", "decison: auto", "PLAN012", "decison", "did you mean `decision`"),
    ("decision: auto", "decision: auto\n    decision: skip", "PLAN013", "decision", "delete one"),
    ("    decision: auto\n", "", "PLAN014", "mal:38524", "`decision`"),
    ("status: completed, watched: 10", "watched: 10", "PLAN014", "{watched", "`status`"),
    ("watched: 10", 'watched: "10"', "PLAN020", '"10"', "without quotes"),
    ("watched: 10", "watched: -1", "PLAN022", "-1", "from 0"),
    ("watched: 10", "watchd: 10", "PLAN012", "watchd", "`watched`"),
    ("rating: 9", "rating: 11", "PLAN024", "11", "from 1 to 10"),
    ("rating: 9", "rating: 8.5", "PLAN020", "8.5", "whole number"),
    ("rating: 9", "rating: true", "PLAN020", "true", "whole number"),
    (DATE, 'finished: "2019-02-30"', "PLAN023", '"2019-02-30"', "no such day"),
    (DATE, 'finished: "2019-07-00"', "PLAN023", '"2019-07-00"', "no such day"),
    (DATE, 'finished: "2019-00"', "PLAN023", '"2019-00"', "no such day"),
    (DATE, "finished: 2019", "PLAN023", "2019", 'write "2019"'),
    (DATE, 'finished: "1.7.2019"', "PLAN023", '"1.7.2019"', "write 2019"),
    ("kind: TV", "kind: Serie", "PLAN021", "Serie", "Movie"),
    ('title: "Shingeki no Kyojin Season 3 Part 2"', "title: 86", "PLAN020", "86", 'write "86"'),
    ('title: "Shingeki no Kyojin Season 3 Part 2"', "title: true", "PLAN020", "true", 'write "true"'),
    ('title: "Shingeki no Kyojin Season 3 Part 2"', "title:", "PLAN020", None, "quotes"),
    ("  mal:38524:", "  mla:38524:", "PLAN015", "mla:38524", "did you mean `mal`"),
    ("  mal:38524:", "  38524:", "PLAN015", "38524", "mal:38524"),
    ("  mal:38524:", "  mal:0:", "PLAN015", "mal:0", "entry key"),
    ("  mal:38524:", "  title:My Film!:", "PLAN015", "title:My Film!", "did you mean `title:my-film`"),
    ("decision: auto", "decision: auto\n    send: [plays]", "PLAN021", "plays", "history"),
    ("decision: auto", "decision: auto\n    send: history", "PLAN020", "history", "[history, ratings]"),
    ("decision: auto", "decision: auto\n    send: [ratings, ratings]", "PLAN013", "ratings", "twice"),
    ("decision: auto", "decision: auto\n    rate: movie", "PLAN021", "movie", "season"),
    ("decision: auto", "decision: auto\n    rate: 11", "PLAN021", "11", "the number 11 can't stand here; allowed: show"),
    ("decision: auto", "decision: auto\n    note: `x`", "PLAN007", "`x`", "can't begin with a backtick"),
    ("rewatches: ignore", "rewatches: ignore, send: [plays]", "PLAN021", "plays", "history"),
    ("rewatches: ignore", "rewatches: ignore, send: history", "PLAN020", "history", "[history, ratings]"),
    ("rating: 9", 'rating: 9, times: {1: "2019-07-01"}', "PLAN025", "1", "2019-07-01T18:22Z"),
    ("rating: 9", 'rating: 9, times: {0: "2019-07-01T18:22Z"}', "PLAN025", "0", "range"),
    ("rating: 9", "rating: 9, times: {1: 5}", "PLAN025", "1", "2019-07-01T18:22Z"),
    ("rating: 9", "rating: 9, times: today", "PLAN020", "today", "map"),
    (
        "rating: 9",
        'rating: 9, times: {1-3: "2019-07-01T18:22Z", 3: "2019-07-02T18:22Z"}',
        "PLAN025",
        "3",
        "each once",
    ),
    ("decision: auto", "decision: auto\n    dates: today", "PLAN021", "today", "unknown"),
    ("decision: auto", "decision: auto\n    note: 5", "PLAN020", "5", 'write "5"'),
    ("decision: auto", "decision: auto\n    rating: 5", "PLAN016", "rating", "inside `list"),
    ("confidence: 0.71", "confidence: 71", "PLAN022", "71", "from 0 to 1"),
    ("confidence: 0.71", 'confidence: ".7"', "PLAN020", '".7"', "number"),
    ("statuses: [completed]", "statuses: all", "PLAN020", "all", "[completed, watching]"),
    ("statuses: [completed]", "statuses: [all]", "PLAN021", "all", "completed"),
    ("statuses: [completed]", "statuses: []", "PLAN020", "[]", "empty"),
    ("statuses: [completed]", "statuses: [gone]", "PLAN021", "gone", "completed"),
    ("service: trakt", "service: simkl", "PLAN021", "simkl", "trakt"),
    ("09:12:44Z", "09:12:44+01:00", "PLAN023", '"2026-11-22T09:12:44+01:00"', "UTC"),
    ("dates: finish", "dates: finished", "PLAN021", "finished", "`finish`"),
    ("anitrakt-plan/1", "anitrakt-plan/2", "PLAN011", "anitrakt-plan/2", "upgrade"),
    ("anitrakt-plan/1", "anitrakt-map/1", "PLAN010", "anitrakt-map/1", "--map"),
    ("anitrakt-plan/1", "plan", "PLAN010", "plan", "anitrakt-plan/1"),
    ("format:", "fromat:", "PLAN010", "fromat", "format"),
    ("entries:\n", "entrys:\n", "PLAN012", "entrys", "`entries`"),
]  # fmt: skip

MATCHES = [
    ("{show: 1420, episodes: S03E13-E21}", "PLAN041", "{show", "S03E13-E22 would be 10"),
    ("{show: 1420, episodes: S03E01-E05}", "PLAN041", "{show", 'ratio: "2:1"'),
    ("{show: 1420}", "PLAN033", "show", "episodes: S01E01"),
    ("{show: 1420, episodes: null}", "PLAN033", "episodes", "episodes: S01E01"),
    ("{show: 1420, episodes: S01E01-E05, S02E01-E05}", "PLAN032", "S02E01-E05", '"S01E01-E05, S02E01-E05"'),
    ("{show: 1420, episodes: [S01E01-E05, S02E01-E05]}", "PLAN031", "[S01", '"S01E01-E05, S02E01-E05"'),
    ("{show: 1420, episodes: S03E22-E13}", "PLAN031", "S03E22-E13", "ends before it begins"),
    ("{show: 1420, episodes: S03E00-E09}", "PLAN031", "S03E00-E09", "episode 0"),
    ("{show: 1420, episodes: S03E01-S04E05}", "PLAN031", "S03E01-S04E05", "two seasons"),
    ("{show: 1420, episodes: 1-10}", "PLAN031", "1-10", "S03E13-E22"),
    ("{show: 1420, episodes: 5}", "PLAN031", "5", "S01E05"),
    ('{show: 1420, episodes: "S01E01-E06, S01E06-E09"}', "PLAN045", "{show", "S01E06 twice"),
    ("{show: 1420, S03E13-E22: x}", "PLAN012", "S03E13-E22", "episodes: S03E13-E22"),
    ('{show: 1420, episodes: S01E01-E05, ratio: "3:1"}', "PLAN043", "{show", "15 of the list's"),
    ('{show: 1420, episodes: S01E01-E05, ratio: "1:2"}', "PLAN043", "{show", "2 at a time"),
    ('{show: 1420, episodes: S01E01-E05, ratio: "1:1"}', "PLAN035", '"1:1"', '"2:1"'),
    ("{show: 1420, episodes: S01E01-E05, ratio: 2}", "PLAN035", "2", 'write "2:1"'),
    ("{show: 1420, parts: []}", "PLAN036", "parts", "list: 2-24"),
    ("{show: 1420, parts: 3}", "PLAN020", "3", "list: 2-24"),
    ("{show: 1420, parts: [S01E01]}", "PLAN036", "S01E01", "list: 2-24"),
    ("{show: 1420, parts: [{list: 1-x, episodes: S01E01}]}", "PLAN036", "1-x", "2-24"),
    ("{show: 1420, parts: [{list: 1}]}", "PLAN014", "{list", "`episodes`"),
    ("{show: 1420, parts: [{list: 1-10, episodes: S01E01, S02E01}]}", "PLAN032", "S02E01", "quotes"),
    ("{show: 1420, parts: [{list: 1-5, episodes: S01E01-E05}, {list: 5-10, episodes: S02E01-E06}]}", "PLAN044", "{show", "overlap"),
    ("{show: 1420, parts: [{list: 1-11, episodes: S01E01-E11}]}", "PLAN044", "{show", "beyond"),
    ("{show: 1420, parts: [{list: 1-3, episodes: S01E01-E02}]}", "PLAN044", "{show", "uneven"),
    ('{show: 1420, episodes: S01E01, parts: [{list: 1, episodes: S01E01}]}', "PLAN036", "parts", "both"),
    ('{show: 1420, ratio: "2:1", parts: [{list: 1, episodes: S01E01}]}', "PLAN035", "ratio", "beside `parts`"),
    ("{movie: 5, episodes: S01E01}", "PLAN030", "episodes", "film"),
    ("{movie: 5, show: 6, episodes: S01E01}", "PLAN030", "show", "one of the two"),
    ("{title: x}", "PLAN030", "{title", "neither"),
    ("{}", "PLAN030", "{}", "neither"),
    ("{movie: x}", "PLAN020", "x", "whole number"),
    ("{movie: 0}", "PLAN022", "0", "from 1"),
    ("{movie: tmdb:0}", "PLAN030", "tmdb:0", "TMDB's as tmdb:95479"),
    ("{movie: tmdb:x}", "PLAN030", "tmdb:x", "the address of the work's page"),
    ("{movie: TMDB-12}", "PLAN030", "TMDB-12", "write tmdb:12"),
    ("{movie: {tmdb: 12}}", "PLAN030", "movie", "write tmdb:12"),
    ("{show: tmdb:12}", "PLAN033", "show", "episodes"),
    ("tmdb:12 S01E01-E10", "PLAN030", "tmdb:12", "{show: tmdb:12, episodes: S01E01-E10}"),
    ("movie tmdb:12", "PLAN030", "movie tmdb:12", "{movie: tmdb:12}"),
    ("{movie: tmdb: 12}", "PLAN030", "tmdb: 12", "write tmdb:12"),
    ("\n      show: tmdb: 12\n      episodes: S01E01-E10", "PLAN030", "tmdb: 12", "write tmdb:12"),
    ("{movie: 5, sure: maybe}", "PLAN020", "maybe", "true or false"),
    ("{moive: 5}", "PLAN012", "moive", "`movie`"),
    ("[{movie: 5}]", "PLAN030", "[{movie", "leading `- `"),
    ("\n    - {movie: 5}", "PLAN030", "match", "leading `- `"),
    ("1420", "PLAN030", "1420", "{show: 1420, episodes"),
    ("1420 S03E13-E22", "PLAN030", "1420 S03E13-E22", "{show: 1420, episodes: S03E13-E22}"),
    ("movie 5", "PLAN030", "movie 5", "{movie: 5}"),
    ("S03E13-E22", "PLAN030", "S03E13-E22", "{show: ID, episodes: S03E13-E22}"),
    ('"https://trakt.tv/shows/attack-on-titan"', "PLAN034", '"https', "season"),
    ('"https://trakt.tv/shows/attack-on-titan/comments"', "PLAN034", '"https', "/seasons/3"),
    ('"https://trakt.tv/shows/attack-on-titan?view=seasons"', "PLAN034", '"https', "/seasons/1"),
    ('"https://www.themoviedb.org/tv/1429-attack-on-titan"', "PLAN034", '"https', "/tv/1429/season/1"),
    ('"https://thetvdb.com/series/attack-on-titan/seasons/official/3"', "PLAN034", '"https', "/seasons/3"),
    ('"https://example.org/shows/attack-on-titan/seasons/3"', "PLAN030", '"https', "trakt.tv"),
    ("null", "PLAN040", "match", "review or skip"),
]  # fmt: skip

SYNTAX = [
    ("    decision: auto", "\t    decision: auto", "PLAN006", "\t", "spaces"),
    ('title: "Shingeki no Kyojin Season 3 Part 2"', "title: Fate/stay night: UBW", "PLAN007", "Fate/stay", 'write title: "Fate/stay night: UBW"'),
    ('title: "Shingeki no Kyojin Season 3 Part 2"', "title: @home", "PLAN007", "@home", 'write title: "@home"'),
    ('title: "Shingeki no Kyojin Season 3 Part 2"', 'title: "Shingeki', "PLAN005", '"Shingeki', "never closed"),
    ("kind: TV, year: 2019, episodes: 10}", "kind: TV, year: 2019, episodes: 10", "PLAN005", None, "`}` is missing"),
    (f"match: {MATCH}", "match: - {movie: 5}", "PLAN016", "- {movie", "leading `- `"),
    (f"match: {MATCH}", "match: null\n      movie: 5", "PLAN016", "movie: 5", "indented by 6"),
    (f"    match: {MATCH}", "   match: null", "PLAN016", "match: null", "indented by 3"),
    ("  mal:38524:", "   mal:38524:", "PLAN016", "   mal:38524", "same indentation"),
    ("decision: auto", "decision auto", "PLAN005", "decision auto", "key: value"),
    ("decision: auto", "decision: &a auto", "PLAN003", "&a", "anchor"),
    ("decision: auto", "decision: *a", "PLAN003", "*a", "alias"),
    ("decision: auto", "decision: !!str auto", "PLAN003", "!!str", "tag"),
    ("decision: auto", "decision: auto\n    ? [a]\n    : b", "PLAN003", "[a]", "key"),
    ("decision: auto", "decision: auto\n---\nx: 1", "PLAN009", "---", "second"),
    ("    decision: auto", "<<<<<<< HEAD\n    decision: auto\n=======\n    decision: skip\n>>>>>>> other", "PLAN008", "<<<<<<< HEAD", "conflict"),
    ("decision: auto", "decision: auto\x07", "PLAN005", "\x07", "U+0007"),
]  # fmt: skip


def check(text: str, code: str, under: str | None, said: str) -> None:
    loaded = load_plan(text.encode(), "plan.yaml", services=SERVICES)
    found = [mistake for mistake in loaded.errors if mistake.code == code]
    assert found, [mistake.render() for mistake in loaded.diagnostics]
    mistake = found[0]
    assert said in f"{mistake.message} {mistake.hint} {mistake.also}", mistake.render()
    line = text.splitlines()[mistake.position.line - 1]
    assert mistake.snippet == line
    if under is not None:
        assert line[mistake.position.column - 1 :].startswith(under), mistake.render()
    assert loaded.plan is None


@pytest.mark.parametrize(("old", "new", "code", "under", "said"), VALUES + SYNTAX)
def test_a_mistake_is_named_at_its_place(old: str, new: str, code: str, under: str | None, said: str) -> None:
    check(edited((old, new)), code, under, said)


@pytest.mark.parametrize(("match", "code", "under", "said"), MATCHES)
def test_a_wrong_match_is_named_at_its_place(match: str, code: str, under: str, said: str) -> None:
    check(edited((MATCH, match), ("decision: auto", "decision: confirmed")), code, under, said)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (MATCH, "{show: 1420, episodes: s3e13-22}"),
        (MATCH, "{show: 1420, episodes: S03E13-S03E22}"),
        (MATCH, '{show: 1420, episodes: "S03E13-E17, S03E18-E22"}'),
        (MATCH, '{show: 1420, episodes: S03E01-E05, ratio: "2:1"}'),
        (MATCH, "{show: 1420, episodes: S03E01-E20, ratio: 1:2}"),
        (MATCH, "{show: 1420, parts: [{list: 1, episodes: S03E13-E14}, {list: 2-9, episodes: S03E15-E22}]}"),
        (MATCH, "\n      show: 1420\n      episodes: S03E13-E22"),
        (MATCH, '{movie: 700311, title: "A Film", year: 2021, url: "u", confidence: 0.71, why: [title]}'),
        (MATCH, "https://trakt.tv/shows/attack-on-titan/seasons/3"),
        (MATCH, '"https://trakt.tv/shows/attack-on-titan/seasons/3/episodes/4?x=1"'),
        (MATCH, '"trakt.tv/movies/a-film-2021/"'),
        (DATE, "finished: 2019-07-01"),
        (DATE, "finished: null"),
        ("kind: TV, year: 2019, episodes: 10", "kind: TV"),
        ("rating: 9", "rating: 0x9"),
        ("decision: auto", "decision: auto\n    note:\n    send: []"),
        ("decision: auto", "decision: 'auto'  # mine"),
        ("format: anitrakt-plan/1", "---\nformat: anitrakt-plan/1"),
        ("format: anitrakt-plan/1", "%YAML 1.2\n---\nformat: anitrakt-plan/1"),
    ],
)
def test_other_ways_of_writing_the_same_are_taken(old: str, new: str) -> None:
    loaded = load_plan(edited((old, new)).encode(), "plan.yaml")
    assert not loaded.errors, [mistake.render() for mistake in loaded.errors]


def test_all_mistakes_come_at_once_in_the_order_of_the_file() -> None:
    text = edited(
        ("decision: auto", "decision: confirm"),
        ("rating: 9", "rating: 11"),
        (DATE, "finished: 2019"),
        ("kind: TV", "kind: Serie"),
        ('title: "Shingeki no Kyojin Season 3 Part 2"', "title: 86"),
        ("match: null", "match: {show: 1}"),
        ("year: 2022", "yaer: 2022"),
        ('title: "A Film With a Common Name"', "title: A Film: Common"),
    )
    text += "  mal:5:\n\t    title: x\n" + entry("mal:6") + entry("mal:7") + entry("mal:8", match="null")
    loaded = load_plan(text.encode(), "plan.yaml")
    lines = [mistake.position.line for mistake in loaded.errors]
    assert lines == sorted(lines)
    codes = [mistake.code for mistake in loaded.errors]
    assert codes == [
        "PLAN020",
        "PLAN021",
        "PLAN023",
        "PLAN024",
        "PLAN021",
        "PLAN007",
        "PLAN006",
        "PLAN046",
        "PLAN040",
    ]


def test_two_entries_that_claim_one_film_are_both_named() -> None:
    text = HEAD + entry("mal:1") + entry("mal:2")
    (mistake,) = load_plan(text.encode(), "plan.yaml").errors
    assert mistake.code == "PLAN046"
    assert "`mal:2`" in mistake.message
    assert "`mal:1`" in mistake.message
    assert mistake.position.line == text.count("\n", 0, text.index("mal:2:")) + 6
    assert [place.line for place, _ in mistake.also] == [text.count("\n", 0, text.index("mal:1:")) + 6]


def test_in_a_plan_that_only_rates_two_entries_may_be_one_work() -> None:
    head = HEAD.replace("rewatches: ignore", "rewatches: ignore, send: [ratings]")
    assert head != HEAD
    with_plays = entry("mal:2", more="    send: [history]\n")
    two, three = (
        head + entry("mal:1") + with_plays,
        head + entry("mal:1") + with_plays + with_plays.replace(":2", ":3"),
    )
    assert load_plan(two.encode(), "plan.yaml").errors == ()
    assert [mistake.code for mistake in load_plan(three.encode(), "plan.yaml").errors] == ["PLAN046"]


@pytest.mark.parametrize(
    ("first", "second", "clash"),
    [
        ("{show: 1, episodes: S01E01}", "{show: 1, episodes: S01E01}", True),
        ("{show: 1, episodes: S01E01}", "{show: 1, episodes: S01E02}", False),
        ("{show: 1, episodes: S01E01}", "{show: 1, episodes: S02E01}", False),
        ("{show: 1, episodes: S01E01}", "{show: 2, episodes: S01E01}", False),
        ("{show: 1, episodes: S01E01}", "{movie: 1}", False),
    ],
)
def test_two_sent_entries_may_not_claim_the_same(first: str, second: str, clash: bool) -> None:
    text = HEAD + entry("mal:1", match=first) + entry("mal:2", match=second)
    codes = [mistake.code for mistake in load_plan(text.encode(), "plan.yaml").errors]
    assert codes == (["PLAN046"] if clash else [])


@pytest.mark.parametrize(
    "second",
    [
        entry("mal:2", decision="skip"),
        entry("mal:2", decision="review"),
        entry("mal:2", more="    send: [ratings]\n"),
        entry("mal:2").replace("status: completed", "status: gone"),
        entry("mal:2").replace("status: completed", "status: watching"),
    ],
)
def test_what_gives_no_plays_may_claim_what_another_has(second: str) -> None:
    assert not load_plan((HEAD + entry("mal:1") + second).encode(), "plan.yaml").errors


def test_a_match_in_review_without_a_decision_is_pointed_at() -> None:
    loaded = load_plan(edited(("match: null", "match: {movie: 700311}")).encode(), "plan.yaml")
    (mistake,) = loaded.diagnostics
    assert (mistake.code, mistake.severity) == ("PLAN060", "warning")
    assert loaded.plan is not None


@pytest.mark.parametrize(
    "changed",
    [
        ("S03E13-E22}", "S03E01-E10}"),
        (
            "{show: 1420, episodes: S03E13-E22}  #> 1420 S03E13-E22",
            "{show: 1420, episodes: S03E13-E22}  # 1420",
        ),
        ("#> 1420 S03E13-E22", "#> 1421 S03E13-E22"),
    ],
)
def test_an_auto_match_that_anitrakt_did_not_write_counts_as_confirmed(changed: tuple[str, str]) -> None:
    loaded = load_plan(edited(changed).encode(), "plan.yaml")
    assert [mistake.code for mistake in loaded.diagnostics] == ["PLAN061"]
    assert loaded.plan is not None
    assert loaded.plan.entries[0].decision is Decision.CONFIRMED


def test_an_unknown_count_needs_room_for_what_was_watched() -> None:
    short = edited(("kind: TV, year: 2019, episodes: 10", "kind: TV"), ("watched: 10", "watched: 11"))
    assert [mistake.code for mistake in load_plan(short.encode(), "p").errors] == ["PLAN042"]
    enough = edited(("kind: TV, year: 2019, episodes: 10", "kind: TV"), ("watched: 10", "watched: 9"))
    assert not load_plan(enough.encode(), "p").diagnostics


def test_an_empty_file_says_what_may_have_happened() -> None:
    for raw in (b"", b"\n  \n", b"\xef\xbb\xbf"):
        (mistake,) = load_plan(raw, "plan.yaml").diagnostics
        assert "did `anitrakt plan` fail?" in mistake.message


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_every_encoding_of_windows_and_unix_is_read(encoding: str, newline: str) -> None:
    text = edited(("A Film", "日本 ü 😀"), ("decision: review", "decision: revew")).replace("\n", newline)
    loaded = load_plan(text.encode(encoding), "plan.yaml")
    (mistake,) = loaded.errors
    assert str(mistake.position) == "23:15"
    assert (loaded.encoding.newline, loaded.text) == (newline, text)
    assert [one.code for one in loaded.warnings] == (["PLAN062"] if "16" in encoding else [])


def test_bytes_that_are_no_text_are_shown_where_they_stand() -> None:
    (mistake,) = load_plan(PLAN.encode().replace(b"A Film With", b"A F\xfflm"), "plan.yaml").diagnostics
    assert (mistake.code, str(mistake.position)) == ("PLAN001", "19:16")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        (b"x" * (32 * 1024 * 1024 + 1), "PLAN002"),
        (b"[" * 1_000_000, "PLAN003"),
        (b"{a: " * 500_000, "PLAN003"),
        (b"- " * 1_000_000, "PLAN003"),
        (("a: &a [x]\n" + "b: [" + "*a, " * 100_000 + "]\n").encode(), "PLAN003"),
        (b"a: 1\n" * 100_000, "PLAN013"),
        (b'"' + b"\\x41" * 1_000_000, "PLAN005"),
        (b"a" * 20_000_000, "PLAN010"),
    ],
)
def test_hostile_files_are_refused(raw: bytes, code: str) -> None:
    assert code in {mistake.code for mistake in load_plan(raw, "plan.yaml").errors}


def test_a_file_with_more_values_than_any_plan_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("anitrakt_plan.planfile.yaml.MAX_NODES", 1000)
    (mistake,) = load_plan(b"- a\n" * 1001, "plan.yaml").diagnostics
    assert (mistake.code, mistake.position.line) == ("PLAN002", 1000)


def test_every_code_that_is_used_is_explained() -> None:
    used = (
        {row[2] for row in VALUES + SYNTAX} | {row[1] for row in MATCHES} | {"PLAN046", "PLAN060", "PLAN061"}
    )
    assert used <= set(CODES)
    assert all(len(text) > 40 for text in CODES.values())


def test_a_mistake_is_shown_with_its_line_and_a_caret() -> None:
    text = edited(("decision: auto", "decision: confirm"))
    (mistake,) = load_plan(text.encode(), "plan.yaml").errors
    assert mistake.render() == (
        "plan.yaml:15:15: error[PLAN021]: unknown decision `confirm`; allowed: auto, confirmed, review, skip\n"
        "   |\n"
        "15 |     decision: confirm\n"
        "   |               ^^^^^^^ did you mean `confirmed`?"
    )
    assert mistake.as_json() == {
        "severity": "error",
        "code": "PLAN021",
        "summary": "unknown decision `confirm`; allowed: auto, confirmed, review, skip",
        "detail": "did you mean `confirmed`?",
        "file": "plan.yaml",
        "range": {"start": {"line": 15, "column": 15}, "end": {"line": 15, "column": 22}},
        "snippet": "    decision: confirm",
        "also": [],
    }


def test_a_caret_stands_under_its_word_behind_japanese_signs_and_in_long_lines() -> None:
    wide = (
        HEAD
        + SEQUEL
        + FILM.replace('title: "A Film"', f'title: "{"映画" * 60}"').replace("0.71, why", "7, why")
    )
    (mistake,) = load_plan(wide.encode(), "plan.yaml").errors
    _, _, line, pointer = mistake.render().splitlines()
    columns = sum(2 if sign > "\u2fff" else 1 for sign in line[: line.index("confidence: 7") + 12])
    assert pointer.index("^") == columns


def test_a_file_cannot_steer_the_terminal() -> None:
    text = edited(("decision: auto", 'decision: "\\e[2J\x9b"'))
    for mistake in load_plan(text.encode(), "plan\x1b.yaml").diagnostics:
        assert "\x9b" not in mistake.render()
        assert "\x1b[2J" not in mistake.render()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ('finished: "2019-07-01"', 'finished: "2019"', None),
        ('finished: "2019-07-01"', 'finished: "2018-12-31"', "PLAN064"),
        ('finished: "2019-07-01"', 'started: "2019-07-02", finished: "2019-07-01"', "PLAN064"),
        ('finished: "2019-07-01"', 'started: "2019-07", finished: "2019-07-01"', None),
        ("decision: auto", "decision: auto\n    dates: activity", "PLAN065"),
    ],
)
def test_dates_that_cannot_be_right_are_a_warning(old: str, new: str, code: str | None) -> None:
    loaded = load_plan(edited((old, new)).encode(), "plan.yaml")
    assert loaded.plan is not None
    assert [mistake.code for mistake in loaded.warnings] == ([code] if code else [])


def test_no_warning_about_dates_that_are_not_sent() -> None:
    wrong = ('finished: "2019-07-01"', 'finished: "2018-12-31"')
    for quiet in (
        ("decision: auto", "decision: auto\n    dates: unknown"),
        ("dates: finish", "dates: released"),
        ("decision: auto", "decision: skip"),
    ):
        assert load_plan(edited(wrong, quiet).encode(), "plan.yaml").warnings == ()


def test_what_is_planned_or_rewatched_claims_as_apply_sends() -> None:
    """A planned entry has no plays, so it claims none; a rewatching one belongs to `completed`."""

    def codes(status: str) -> list[str]:
        both = entry("mal:1") + entry("mal:2").replace("completed", status)
        text = HEAD.replace("[completed]", "[completed, planned]") + both
        return [mistake.code for mistake in load_plan(text.encode(), "plan.yaml").errors]

    assert codes("planned") == []
    assert codes("repeating") == ["PLAN046"]


@pytest.mark.parametrize(
    ("right", "typo"),
    [("match:", "mach:"), ("decision:", "decison:"), ("title:", "titel:"), ("list:", "lsit:")],
)
def test_a_misspelt_key_is_one_mistake_and_not_two(right: str, typo: str) -> None:
    found = load_plan((HEAD + SEQUEL.replace(f"    {right}", f"    {typo}", 1)).encode(), "plan.yaml").errors
    assert [mistake.code for mistake in found] == ["PLAN012"]


def test_a_key_that_is_missing_beside_one_that_nobody_knows_is_a_mistake_of_its_own() -> None:
    text = edited(("    decision: auto\n", "    xyz: 1\n"))
    assert {mistake.code for mistake in load_plan(text.encode(), "plan.yaml").errors} == {
        "PLAN012",
        "PLAN014",
    }


def of_a_list(had: int, here: int) -> str:
    entries = "".join(entry(f"mal:{number}", decision="skip") for number in range(1, here + 1))
    return HEAD.replace("entries: 2,", f"entries: {had},") + entries


@pytest.mark.parametrize(("had", "here"), [(54, 13), (4, 1), (3, 0), (100, 89)])
def test_a_file_that_lacks_many_of_its_entries_is_warned_of(had: int, here: int) -> None:
    loaded = load_plan(of_a_list(had, here).encode(), "plan.yaml")
    (found,) = loaded.diagnostics
    assert loaded.plan is not None
    assert (found.code, found.severity, found.position.line) == ("PLAN066", "warning", 5)
    assert found.snippet[found.position.column - 1 :].startswith(f"{had},")
    assert f"had {had} entries when this plan was made, and {here} are here" in found.message


@pytest.mark.parametrize(("had", "here"), [(13, 13), (3, 1), (2, 0), (100, 90), (5, 20)])
def test_a_few_entries_less_or_any_number_more_need_no_word(had: int, here: int) -> None:
    assert load_plan(of_a_list(had, here).encode(), "plan.yaml").diagnostics == ()
