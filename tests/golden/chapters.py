"""The chapters of the golden texts: which commands run in one practice world after another."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

from tests.golden.stage import EXAMPLES, Stage, list_entry, small_user

ALL = "completed,repeating,watching,paused,dropped,planned"
FLAGS: tuple[tuple[str, ...], ...] = (
    ("--status", "all"),
    ("--status", "completed,watching"),
    ("--auto-from", "0.9"),
    ("--auto-from", "1.0"),
    ("--dates", "spread"),
    ("--dates", "released"),
    ("--dates", "unknown"),
    ("--no-date", "2013-06-12"),
    ("--ratings", "season"),
    ("--ratings", "show:first"),
    ("--ratings", "show:max"),
    ("--ratings", "both"),
    ("--ratings", "off"),
    ("--on-conflict", "replace"),
    ("--rewatches", "count"),
    ("--send", "history"),
    ("--send", "ratings"),
    ("--send", "history,ratings,watchlist,dropped", "--status", "all"),
    ("--include-private",),
    ("--verify",),
    ("--refresh",),
    ("--trakt-export", "trakt-data.zip"),
    ("--offline",),
    ("--detailed-exitcode",),
    ("-v",),
)
"""Flags of `plan`, each tried alone."""


def plans_of_anilist(stage: Stage) -> None:
    """The sample list of AniList under every flag."""
    shutil.copy(EXAMPLES / "trakt-data.zip", ".")
    stage.step("plain", "plan", "--anilist", "sample", "-o", "plan.yaml")
    for flags in FLAGS:
        Path("plan.yaml").unlink(
            missing_ok=True
        )  # made anew within the same second it would be "nothing new"
        stage.step(" ".join(flags), "plan", "--anilist", "sample", "--fresh", "-o", "plan.yaml", *flags)


def plans_of_mal(stage: Stage) -> None:
    """The sample list of MyAnimeList, to files and to stdout."""
    stage.step("plain", "plan", "--mal", "sample", "-o", "plan.yaml")
    stage.step("all, json", "plan", "--mal", "sample", "--status", "all", "--json", "-o", "plan.yaml")
    stage.step("stdout", "plan", "--mal", "small", "-q")
    stage.step("nobody", "plan", "--mal", "nobody", "-o", "nobody.yaml")
    stage.step("private", "plan", "--anilist", "private", "-o", "nobody.yaml")
    stage.step("no source", "plan", "-o", "nobody.yaml")
    stage.step(
        "report", "plan", "--update", "plan.yaml", "--report", "report.md", files=("plan.yaml", "report.md")
    )


def plans_of_files(stage: Stage) -> None:
    """A list file, the exported map, and work without a network."""
    shutil.copy(EXAMPLES / "sample-mal.xml", "list.xml")
    shutil.copy(EXAMPLES / "map.yaml", "map.yaml")
    stage.step("plain", "plan", "--list-file", "list.xml", "-o", "plan.yaml")
    stage.step("offline", "plan", "--list-file", "list.xml", "--offline", "--fresh", "-o", "plan.yaml")
    stage.step("map", "plan", "--list-file", "list.xml", "--map", "map.yaml", "--fresh", "-o", "plan.yaml")
    stage.step("exported map", "export-map", "plan.yaml", files=())
    stage.step(
        "from",
        "plan",
        "--list-file",
        "list.xml",
        "--from",
        "plan.yaml",
        "-o",
        "next.yaml",
        files=("next.yaml",),
    )
    stage.step("torn", "plan", "--list-file", "map.yaml", "-o", "other.yaml", files=("other.yaml",))


def replans(stage: Stage) -> None:
    """A list that changes beneath the plan of it."""
    user = small_user(stage.sandbox)
    stage.step("first", "plan", "--mal", "small", "-o", "plan.yaml")
    stage.step("nothing new", "plan", "--update", "plan.yaml", "--detailed-exitcode")
    by_id = {entry.anime.mal: entry for entry in user.entries}
    by_id[9253].score, by_id[120].watched, by_id[199].finished = 40, 20, "2015-05-05"
    stage.step("values", "plan", "--update", "plan.yaml")
    user.entries.append(list_entry(stage.sandbox, 1535, 37, 80, "2008-02-03"))
    stage.step("one more", "plan", "--update", "plan.yaml", "--json")
    user.entries.remove(by_id[572])
    by_id[16498].status = "dropped"
    stage.step("two less", "plan", "--update", "plan.yaml")
    stage.step("watching too", "plan", "--mal", "small", "--status", "completed,watching", "-o", "plan.yaml")
    by_id[42938].watched, by_id[42938].status = 13, "completed"
    stage.step("watched on", "plan", "--update", "plan.yaml")
    stage.step("another policy", "plan", "--update", "plan.yaml", "--dates", "unknown", "--ratings", "both")
    del user.entries[1:]
    stage.step("shrunk", "plan", "--update", "plan.yaml")
    stage.step("shrunk, allowed", "plan", "--update", "plan.yaml", "--allow", "shrunk-list")


def journals(stage: Stage) -> None:
    """What apply, undo and the exports send and keep."""
    user = small_user(stage.sandbox)
    stage.anitrakt("plan", "--mal", "small", "-o", "plan.yaml")
    stage.step("dry", "apply", "-n", "plan.yaml", files=())
    stage.step("one", "apply", "-y", "--allow", "first-apply", "--only", "mal:9253", "plan.yaml", files=())
    stage.step(
        "two more", "apply", "-y", "--allow", "first-apply", "--limit", "2", "--json", "plan.yaml", files=()
    )
    stage.step("the rest", "apply", "plan.yaml", files=())
    stage.step("again", "apply", "plan.yaml", "--detailed-exitcode", files=())
    user.entries[2].score = 30
    stage.anitrakt("plan", "--update", "plan.yaml", "--on-conflict", "replace")
    stage.step("another rating", "apply", "-y", "plan.yaml", files=())
    stage.step("undo one", "undo", "-y", "--only", "mal:9253", files=())
    stage.step("undo all, dry", "undo", "-n", files=())
    stage.step("undo newest", "undo", "-y", files=())
    stage.step("stays away", "apply", "-y", "plan.yaml", files=())
    stage.step("resend", "apply", "-y", "--resend", "plan.yaml", files=())
    stage.step("log", "log", files=())
    stage.step("export", "export-trakt", "plan.yaml", files=())
    stage.keep("journal", stage.journal())


def documents(stage: Stage) -> None:
    """Every command that has `--json`, and the same for people."""
    small_user(stage.sandbox)
    stage.anitrakt("plan", "--mal", "small", "-o", "plan.yaml")
    commands: tuple[tuple[str, ...], ...] = (
        ("show",),
        ("show", "--sort", "confidence", "--decision", "auto"),
        ("validate",),
        ("explain", "mal:9253"),
        ("explain", "mal:27991"),
        ("explain", "PLAN046"),
        ("diff",),
        ("diff", "--only", "titan"),
        ("status",),
        ("log",),
        ("undo", "-n"),
        ("apply", "-y", "--force"),
        ("status",),
        ("log",),
        ("undo", "-y"),
        ("whoami",),
        ("doctor",),
    )
    for number, (command, *rest) in enumerate(commands):
        asked = f"{number:02} {' '.join((command, *rest))}"
        if command not in ("apply", "undo") or "-n" in rest:
            stage.step(asked, command, *rest, files=())
        stage.step(f"{asked}, json", command, *rest, "--json", files=())
    stage.step("markdown", "show", "--format", "markdown", files=())


def schema(stage: Stage) -> None:
    """The schema, the help of each command, and a command that is not there."""
    _, text, _ = stage.anitrakt("schema")
    stage.keep("the schema", json.dumps(json.loads(text), indent=1))
    for command in (*COMMANDS, "nonsense"):
        stage.step(command, command, "--help", files=())
    stage.step("help", "--help", files=())


COMMANDS = (
    *(
        "plan",
        "review",
        "show",
        "diff",
        "apply",
        "undo",
        "validate",
        "explain",
        "fmt",
        "export-map",
        "export-trakt",
    ),
    *("schema", "login", "logout", "whoami", "status", "log", "doctor", "sandbox", "completion"),
)

CHAPTERS: dict[str, Callable[[Stage], None]] = {
    chapter.__name__: chapter
    for chapter in (plans_of_anilist, plans_of_mal, plans_of_files, replans, journals, documents, schema)
}
