"""Edits by hand and by command of one commented plan, and what the commands make of each."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.golden.stage import Stage, small_user

AUTO, OPEN, FILM, TITAN = "mal:9253", "mal:13053", "mal:199", "mal:16498"
CONFLICT = "<<<<<<< a\n    decision: auto\n=======\n    decision: skip\n>>>>>>> b\n"
MATCH = r"match: \{.*?\}"

# what is done, in which entry (None: the whole file), the pattern, and what stands there then
BY_HAND: tuple[tuple[str, str | None, str, str], ...] = (
    ("confirmed", AUTO, "decision: auto", "decision: confirmed"),
    ("confirmed with a comment", AUTO, "decision: auto", "decision: confirmed  # surely"),
    ("skipped", AUTO, "decision: auto", "decision: skip"),
    ("to review", AUTO, "decision: auto", "decision: review"),
    ("a note", AUTO, "decision: auto", 'decision: confirmed\n    note: "seen: with \\"friends\\""'),
    ("a long note", AUTO, "decision: auto", f'decision: confirmed\n    note: "{"so on, " * 30}"'),
    ("a block note", AUTO, "decision: auto", "decision: auto\n    note: |\n      one\n      two"),
    ("a folded note", AUTO, "decision: auto", "decision: auto\n    note: >\n      one\n      two"),
    ("a bare note", AUTO, "decision: auto", "decision: auto\n    note: just words"),
    ("a note with a colon", AUTO, "decision: auto", "decision: auto\n    note: one: two"),
    ("send ratings", AUTO, "decision: auto", "send: [ratings]\n    decision: auto"),
    ("send nothing", AUTO, "decision: auto", "send: []\n    decision: auto"),
    ("rate the show", AUTO, "decision: auto", "rate: show\n    decision: auto"),
    ("rate off", AUTO, "decision: auto", "decision: auto\n    rate: off"),
    ("undated", AUTO, "decision: auto", "dates: unknown\n    decision: auto"),
    ("dates nonsense", AUTO, "decision: auto", "dates: today\n    decision: auto"),
    ("another season", AUTO, MATCH, "match: {show: 42285, episodes: S00E01}"),
    ("another film", FILM, MATCH, "match: {movie: 98}"),
    ("a show for a film", FILM, MATCH, "match: {show: 1420, episodes: S01E01}"),
    ("an address", FILM, MATCH, 'match: "https://trakt.tv/movies/spirited-away-2001"'),
    ("an address of nothing", FILM, MATCH, 'match: "https://trakt.tv/movies/no-such-film-1900"'),
    ("an address of a show", AUTO, MATCH, 'match: "https://trakt.tv/shows/steins-gate"'),
    ("an address of a season", AUTO, MATCH, 'match: "https://trakt.tv/shows/steins-gate/seasons/1"'),
    ("an address unquoted", AUTO, MATCH, "match: https://trakt.tv/shows/steins-gate/seasons/1"),
    ("runs unquoted", AUTO, MATCH, "match: {show: 42285, episodes: S01E01-E12, S01E13-E24}"),
    ("runs quoted", AUTO, MATCH, 'match: {show: 42285, episodes: "S01E01-E12, S01E13-E24"}'),
    ("a ratio", AUTO, MATCH, 'match: {show: 42285, episodes: S01E01-E12, ratio: "2:1"}'),
    ("a wrong ratio", AUTO, MATCH, 'match: {show: 42285, episodes: S01E01-E24, ratio: "2:1"}'),
    (
        "parts",
        AUTO,
        MATCH,
        "match: {show: 42285, parts: [{list: 1-12, episodes: S01E01-E12}, {list: 13-24, episodes: S01E13-E24}]}",
    ),
    ("a whole show", AUTO, MATCH, "match: {show: 42285}"),
    ("too short", AUTO, MATCH, "match: {show: 42285, episodes: S01E01-E03}"),
    ("too long", AUTO, MATCH, "match: {show: 42285, episodes: S01E01-E99}"),
    ("twice the same", AUTO, MATCH, "match: {show: 1420, episodes: S01E01-E24}"),
    ("no match", AUTO, MATCH, "match: null"),
    ("sure", AUTO, MATCH, "match: {show: 42285, episodes: S01E01-E24, sure: true}"),
    ("a block match", AUTO, MATCH, "match:\n      show: 42285\n      episodes: S01E01-E24\n     "),
    ("confirmed without match", OPEN, "decision: review", "decision: confirmed"),
    ("a match in review", OPEN, "match: null", "match: {movie: 97}"),
    (
        "matched and confirmed",
        OPEN,
        r"(?s)decision: review(.*)match: null",
        r"decision: confirmed\1match: {movie: 644629}",
    ),
    ("skipped with note", OPEN, "decision: review", "decision: skip\n    note: not there"),
    ("misspelled", AUTO, "decision: auto", "decison: auto"),
    ("a wrong word", AUTO, "decision: auto", "decision: AUTO"),
    ("a key of mine", AUTO, "decision: auto", "decision: auto\n    mine: 1"),
    ("a tab", AUTO, "    decision: auto", "\tdecision: auto"),
    ("a wrong indentation", AUTO, "    decision: auto", "   decision: auto"),
    ("a quote left open", AUTO, "decision: auto", 'decision: auto\n    note: "oh'),
    ("an anchor", AUTO, "decision: auto", "decision: &x auto"),
    ("a bracket left open", AUTO, MATCH, "match: {show: 42285, episodes: S01E01-E24"),
    ("a key twice", AUTO, "decision: auto", "decision: auto\n    decision: skip"),
    ("an entry renamed", AUTO, "mal:9253:", "mla:9253:"),
    ("an entry twice", AUTO, r"(?s)(.*)", r"\1\1"),
    ("an entry gone", AUTO, r"(?s).*", ""),
    ("a comment above", AUTO, "  mal:9253:", "  # the best\n  # of all\n  mal:9253:"),
    ("a comment at the key", AUTO, "mal:9253:", "mal:9253:  # the best"),
    ("a comment between", AUTO, "    decision: auto", "    # mine\n\n    decision: auto"),
    ("a comment at the match", AUTO, r"  #> ", "  # my own  #> "),
    ("our comment gone", AUTO, r"  #> .*", ""),
    ("our comment edited", AUTO, r"  #> .*", "  #> 1 S01E01 · Another (1999) · 0.5 · title"),
    ("a value of ours", AUTO, "watched: 24", "watched: 12"),
    ("a rating of ours", AUTO, r"rating: \d+", "rating: 1"),
    ("single quotes", AUTO, r'title: "(.*)"', r"title: '\1'"),
    ("bare title", AUTO, r'title: "(.*)"', r"title: Title of Mine"),
    ("other order", AUTO, r"(?s)(    source: .*?\n)(    list: .*?\n)", r"\2\1"),
    ("block list", AUTO, r"list: \{.*\}", "list:\n      status: completed\n      watched: 24"),
    ("empty lines", AUTO, "    decision: auto", "\n\n    decision: auto"),
    ("spaces at the end", AUTO, "decision: auto", "decision: auto   "),
    ("no end of line", None, r"\n\Z", ""),
    ("windows", None, "\n", "\r\n"),
    ("a mark of order", None, r"\A", "\ufeff"),
    ("two documents", None, r"\Z", "---\na: 1\n"),
    (
        "conflict",
        None,
        "    decision: auto\n",
        CONFLICT,
    ),
    ("empty", None, r"(?s).*", ""),
    ("other format", None, "anitrakt-plan/1", "anitrakt-plan/2"),
    ("no format", None, r"format: .*\n", ""),
    ("policy", None, "dates: finish", "dates: unknown"),
    ("policy send", None, "rewatches: ignore", "rewatches: ignore, send: [ratings]"),
    ("policy twins", TITAN, MATCH, 'match: {show: 1420, episodes: "S01E01-E24, S02E01"}'),
    ("everything confirmed", None, "decision: auto", "decision: confirmed"),
    ("everything skipped", None, "decision: auto", "decision: skip"),
    ("comments everywhere", None, r"(?m)^(    \w+: .*)$", r"\1  # mine"),
    ("comments on lines of their own", None, r"(?m)^(    \w+: .*)$", r"    # mine\n\1"),
    ("head gone", None, r"(?s)\A.*?(?=format:)", ""),
    ("a section", None, r"(?m)^  (?=mal:199:)", "  # --- films ---\n  "),
    ("more entries said", None, r"entries: \d+", "entries: 40"),
    ("account", None, 'user: "sandbox"', 'user: "somebody"'),
)

ANSWERS = (
    *(
        "a",
        "s",
        "s not there",
        "n",
        "q",
        "",
        "1",
        "9",
        "i movie 97",
        "i 1420 S01E01-E25",
        "i 1420",
        "i S01E01",
    ),
    *(
        "i nonsense",
        "i movie 999999",
        "i https://trakt.tv/movies/akira-1988",
        "/ attack on titan",
        "/ zzzz",
        "/",
    ),
    *(
        "/ akira\n1",
        "u",
        "s a\nu",
        "i movie 97\nu",
        "t",
        "o",
        "?",
        "e",
        "s one: two",
        's "quoted" #x',
        "a\na\na",
        "n\ns no",
    ),
    *("i movie 97 sure", "i 1420 S01E01-E12 ratio 2:1", "x", "0", "-1", "s \u3042", "i 42285 S01E01-E24"),
)


def edited(text: str, key: str | None, pattern: str, new: str) -> str:
    """The plan with one edit in an entry, or everywhere."""
    if key is None:
        assert re.search(pattern, text), pattern
        return re.sub(pattern, new, text)
    block = re.search(rf"(?ms)^  {key}:.*?(?=^  mal:\d+:|\Z)", text)
    assert block is not None, key
    assert re.search(pattern, block[0]), (pattern, block[0])
    return text[: block.start()] + re.sub(pattern, new, block[0], count=1) + text[block.end() :]


def commented_plan(stage: Stage) -> str:
    """The plan of the small list, with comments as a person leaves them."""
    small_user(stage.sandbox)
    code, _, err = stage.anitrakt("plan", "--mal", "small", "-o", "plan.yaml")
    assert code == 0, err
    text = Path("plan.yaml").read_text(encoding="utf-8")
    for key, pattern, new in (
        ("mal:120", "  mal:120:", "  # of old\n  mal:120:  # (2001)"),
        ("mal:120", "decision: auto", "decision: confirmed  # seen twice"),
        ("mal:197", "    list:", "    # half episodes\n    list:"),
        ("mal:572", "decision: auto", "decision: skip\n    note: a film"),
    ):
        text = edited(text, key, pattern, new)
    return f"{text}# the end\n"


def _by_hand(part: int, of: int) -> Callable[[Stage], None]:
    def chapter(stage: Stage) -> None:
        plan = commented_plan(stage)
        for name, key, pattern, new in BY_HAND[part::of]:
            text = edited(plan, key, pattern, new)
            for command in (("validate",), ("fmt",), ("plan", "--update", "-q"), ("diff",)):
                stage.write(text)
                stage.step(
                    f"{name}: {command[0]}",
                    *command,
                    files=("plan.yaml",) * (command[0] not in ("validate", "diff")),
                )

    return chapter


def _answers(part: int, of: int) -> Callable[[Stage], None]:
    def chapter(stage: Stage) -> None:
        plan = commented_plan(stage)
        plan = edited(plan, TITAN, "decision: auto", "decision: review")
        for answer in ANSWERS[part::of]:
            for keys in ((), (AUTO,)):
                stage.write(plan)
                said = answer.replace("\n", " | ")
                stage.step(f"{said!r} {' '.join(keys)}", "review", "plan.yaml", *keys, stdin=answer + "\n")

    return chapter


def chapters() -> Iterator[tuple[str, Callable[[Stage], None]]]:
    """The edits in parts, each of which is a chapter."""
    for part in range(PARTS):
        yield f"edits_{part}", _by_hand(part, PARTS)
        yield f"answers_{part}", _answers(part, PARTS)


PARTS = 8
EDITS = dict(chapters())
