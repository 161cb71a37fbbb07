"""The documents say what the code does: every name, table, citation and session in them is held against it."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from itertools import chain, pairwise
from pathlib import Path
from typing import Any, NamedTuple

import click
import pytest

from anitrakt_plan.cli.main import app
from anitrakt_plan.commands.services import KNOWN_SERVICES
from anitrakt_plan.errors import BadUsage, ExitCode
from anitrakt_plan.home import PAGES as PAGES_URL
from anitrakt_plan.home import REPOSITORY
from anitrakt_plan.model import DatePolicy, RatingScope
from anitrakt_plan.planfile import schema_text
from anitrakt_plan.planfile.fields import USERS_KEYS
from anitrakt_plan.planfile.problems import CODES
from anitrakt_plan.project import PLAN_FLAGS
from anitrakt_plan.settings import load_settings
from anitrakt_plan.sync.importer import ImportLayout
from anitrakt_plan.sync.knowledge import SentState
from tests import generated

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "anitrakt_plan"
DOCS = sorted((ROOT / "docs").glob("*.md"))
PAGES = [*DOCS, *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "SECURITY.md", "RELEASING.md"))]
CITING = sorted(
    chain.from_iterable(
        (ROOT / folder).rglob(f"*{suffix}")
        for folder in ("anitrakt_plan", "tests", "benchmarks", ".ci", "docs", "examples")
        for suffix in (".py", ".md", ".sh", ".yml")
    )
)
README, DESIGN, PLANNING, APPLYING = "README.md", "docs/design.md", "docs/planning.md", "docs/applying.md"
ABOUT_COMMANDS, SETTINGS, POLICIES = "docs/commands.md", "docs/settings.md", "docs/policies.md"
BUILT, WALK = "docs/architecture.md", "docs/sandbox.md"
MAX_README = 9500
"""A newcomer reads so many bytes; everything else is in docs/."""
SCHEMA: dict[str, Any] = json.loads(schema_text(KNOWN_SERVICES))

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)


# --- what stands in a page --------------------------------------------------------------------------------


FENCED = re.compile(r"^ *```(\w*)\n(.*?)^ *```$", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"(?:^ {4,}\S.*\n?)+", re.MULTILINE)
SPAN = re.compile(r"(?<!`)`([^`]+)`(?!`)")
LINK = re.compile(r"\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,4} (.+)$", re.MULTILINE)
NUMBERED = re.compile(r"(\d+(?:\.\d+)*)\.? ")
CELL = re.compile(r"(?<!\\)\|")


@cache
def text_of(page: Path | str) -> str:
    return (ROOT / page).read_text(encoding="utf-8")


def headings(page: Path | str) -> list[str]:
    return HEADING.findall(FENCED.sub("", text_of(page)))


def numbers(page: Path | str) -> set[str]:
    return {found[1] for heading in headings(page) if (found := NUMBERED.match(heading))}


def anchors(page: Path) -> set[str]:
    """The headings as a forge names them in an address."""
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings(page)}


def words(text: str) -> list[str]:
    """What stands in backticks."""
    return [span.replace("\\|", "|") for span in SPAN.findall(text)]


def code_lines(page: Path | str) -> list[str]:
    text = text_of(page)
    fenced = (body for kind, body in FENCED.findall(text) if kind in ("sh", "console", "yaml"))
    indented = INDENTED.findall(FENCED.sub("", text))
    return [
        line.strip().removeprefix("$ ") for block in chain(fenced, indented) for line in block.splitlines()
    ]


def tables(page: Path | str) -> Iterator[tuple[list[str], list[list[str]]]]:
    """Each table of a page: its header, and its rows."""
    blocks = re.findall(r"(?:^\|.*\n)+", text_of(page), re.MULTILINE)
    for block in blocks:
        head, _, *rows = ([cell.strip() for cell in CELL.split(line)[1:-1]] for line in block.splitlines())
        yield head, rows


def rows_of(page: str, first: str) -> list[list[str]]:
    """The rows of the tables whose first column has this name."""
    return [row for head, rows in tables(page) if head[0] == first for row in rows]


def named_in(page: str, first: str) -> list[str]:
    """The names in the first column of a table, in their order."""
    return [name for row in rows_of(page, first) for name in (words(row[0]) or [row[0]])]


# --- commands and options ---------------------------------------------------------------------------------


CONTEXT = click.Context(app)
COMMANDS = {name: app.get_command(CONTEXT, name) for name in app.list_commands(CONTEXT)}
OPTION = re.compile(r"(?<![\w\-.])(--[a-z][\w-]*|-[a-z](?![\w-]))")


def options_of(command: click.Command | None) -> set[str]:
    assert command is not None
    listed = (names for param in command.params for names in (param.opts, param.secondary_opts))
    return {"-h", "--help", *chain.from_iterable(listed)}


GLOBAL = options_of(app)
MADE_UP = "shelf"
"""The list service that CONTRIBUTING adds as an example."""
ALL_OPTIONS = GLOBAL.union(*map(options_of, COMMANDS.values()))


class Wrong(NamedTuple):
    """What a page names and the command line does not have."""

    name: str
    where: str


def mistakes_in(code: str) -> Iterator[Wrong]:
    """What is wrong with the commands of ours in a piece of code; one with neither is none of ours."""
    for piece in re.split(r"&&|;|\s#\s|\s\|\s", code):
        begin = re.search(r"(?:^|\s)anitrakt\s+((?:-\S+\s+)*)([a-z][a-z-]*)?(?!\S)", piece)
        ours = piece[begin.start() :] if begin else piece
        name = begin[2] if begin else piece.partition(" ")[0]
        if begin and name and name not in COMMANDS:
            yield Wrong(name, code)
        if name in COMMANDS:
            known = options_of(COMMANDS[name]) | GLOBAL
        elif begin or piece.startswith("-"):
            known = ALL_OPTIONS
        else:
            continue
        yield from (Wrong(found, code) for found in OPTION.findall(ours) if found not in known)


@each_page
def test_every_command_and_option_that_is_named_exists(page: Path) -> None:
    outside = FENCED.sub("", text_of(page))
    wrong = [mistake for code in (*words(outside), *code_lines(page)) for mistake in mistakes_in(code)]

    assert [mistake for mistake in wrong if MADE_UP not in mistake.name] == []


@pytest.mark.parametrize(
    "code", ["anitrakt plane", "anitrakt -x plan", "`plan --mall`".strip("`"), "--no-such"]
)
def test_a_name_that_does_not_exist_is_found(code: str) -> None:
    assert list(mistakes_in(code))


def test_every_command_stands_in_the_tables() -> None:
    assert named_in(DESIGN, "command") == list(COMMANDS)
    listed = {shlex.split(word)[0] for row in rows_of(ABOUT_COMMANDS, "command") for word in words(row[0])}
    assert COMMANDS.keys() - listed == set()


def test_every_exit_code_stands_in_the_tables() -> None:
    said = {int(code): words(name) for code, name, _ in rows_of(DESIGN, "code")}
    assert said == {int(code): [code.name] for code in ExitCode}
    assert {int(row[0]) for row in rows_of(ABOUT_COMMANDS, "code")} == {int(code) for code in ExitCode}


def test_every_safety_stop_stands_in_the_table() -> None:
    allowed = (
        param.type.choices
        for command in COMMANDS.values()
        for param in (command.params if command else ())
        if param.name == "allow" and isinstance(param.type, click.Choice)
    )
    assert set(named_in(APPLYING, "name")) == set(chain.from_iterable(allowed))


def test_every_setting_stands_in_the_table_and_no_other_is_named(tmp_path: Path) -> None:
    (tmp_path / "config").mkdir()
    (tmp_path / "config" / "anitrakt.toml").write_text("no_such = 1\n", encoding="utf-8")
    with pytest.raises(BadUsage) as refused:
        load_settings({"ANITRAKT_HOME": str(tmp_path)}, tmp_path)
    known = {f"ANITRAKT_{name.upper()}" for name in re.findall(r"\b[a-z_]+\b", refused.value.todo or "")}
    known -= {f"ANITRAKT_{name.upper()}" for name in PLAN_FLAGS}

    assert set(named_in(SETTINGS, "variable")) == known
    named = {name for page in PAGES for name in re.findall(r"\bANITRAKT_[A-Z_]+\b", text_of(page))}
    assert {name for name in named - known if MADE_UP not in name.lower()} == set()


# --- the plan file ----------------------------------------------------------------------------------------


ENTRY = SCHEMA["definitions"]["entry"]["properties"]
HEAD = SCHEMA["definitions"]["generated"]["properties"]
POLICY = HEAD["policy"]["properties"]
KEYS = {
    "key of the file": SCHEMA["properties"],
    "key of `generated`": HEAD,
    "key of `source`": HEAD["source"]["properties"],
    "key of `target`": HEAD["target"]["properties"],
    "key": POLICY,
    "key of an entry": ENTRY,
    "key of an entry's `source`": ENTRY["source"]["properties"],
    "key of `list`": ENTRY["list"]["properties"],
}


def values_in(part: object) -> set[str]:
    """The fixed words that a value of the plan may be, or may hold."""
    if isinstance(part, dict):
        own = {part["const"]} if isinstance(part.get("const"), str) else set()
        return own.union(*map(values_in, part.values()))
    return set().union(*map(values_in, part)) if isinstance(part, list) else set()


def properties_in(part: object) -> set[str]:
    if isinstance(part, list):
        return set().union(*map(properties_in, part))
    if not isinstance(part, dict):
        return set()
    return {*part.get("properties", {})}.union(*map(properties_in, part.values()))


@pytest.mark.parametrize("table", KEYS)
def test_a_table_of_keys_is_that_of_the_file(table: str) -> None:
    assert named_in(PLANNING, table) == list(KEYS[table])


def test_every_key_of_the_file_is_named() -> None:
    assert properties_in(SCHEMA) - {*words(text_of(PLANNING))} == set()


def test_a_match_has_the_keys_that_its_table_names() -> None:
    forms = SCHEMA["definitions"]
    candidate = set(forms["candidateMovie"]["properties"]) - {"movie"}
    assert (
        set(named_in(PLANNING, "key of a match"))
        == {*forms["movie"]["properties"], *forms["show"]["properties"]} - candidate
    )


def test_whose_a_key_is_says_the_table() -> None:
    owners = {words(name)[0]: owner for name, owner, _ in rows_of(PLANNING, "key of an entry")}
    assert owners == {name: "user" if name in USERS_KEYS else "anitrakt" for name in ENTRY}


@pytest.mark.parametrize(("page", "first", "flag_at"), [(PLANNING, "key", 1), (POLICIES, "about", 1)])
def test_every_policy_has_its_flag_and_its_values(page: str, first: str, flag_at: int) -> None:
    rows = {OPTION.findall(row[flag_at])[0]: words(row[flag_at + 1]) for row in rows_of(page, first)}
    flags = {f"--{name.replace('_', '-')}": values_in(part) for name, part in POLICY.items()}
    assert rows.keys() <= options_of(COMMANDS["plan"])
    for flag, values in flags.items():
        said = set(chain.from_iterable(word.split(",") for word in rows.get(flag, [])))
        assert said == values or (flag not in rows and page == POLICIES and not values), flag


def test_words_for_what_is_sent_and_rated_are_those_of_the_code() -> None:
    assert set(named_in(APPLYING, "policy")) == {policy.value for policy in DatePolicy}
    assert set(named_in(APPLYING, "`rates`")) == {scope.value for scope in RatingScope}
    assert set(named_in(APPLYING, "file")) == {"left-out.txt", *(layout.file_name for layout in ImportLayout)}


def test_every_state_of_a_play_stands_in_the_table() -> None:
    said = [row[0].partition(" (")[0] for row in rows_of(APPLYING, "state")]
    assert sorted(said) == sorted(state.value.replace("-", " ") for state in SentState)


@each_page
def test_every_code_of_a_mistake_is_one(page: Path) -> None:
    assert set(re.findall(r"PLAN\d{3}", text_of(page))) - CODES.keys() == set()


# --- citations, links and paths ---------------------------------------------------------------------------


CITED = re.compile(r"docs/([\w-]+\.md)((?:,? \d+(?:\.\d+)*\b)*)")


def test_what_a_file_cites_stands_in_a_document() -> None:
    listed = {page.name: numbers(page) for page in DOCS}
    lost = [
        (file.name, name, number)
        for file in CITING
        for name, cited in CITED.findall(flowing(file))
        for number in re.findall(r"\d[\d.]*", cited) or [""]
        if name not in listed or (number and number not in listed[name])
    ]

    assert lost == []


def test_nothing_cites_a_document_that_is_not_here() -> None:
    pages = {page.name for page in ROOT.rglob("*.md")}
    cited = (re.findall(r"\b([\w-]+\.md) \d|\(design, (\w+)", flowing(file)) for file in CITING)
    assert {*chain.from_iterable(chain.from_iterable(cited))} - {*pages, ""} == set()


def flowing(file: Path) -> str:
    """A file's text without the breaks and signs of its lines: a citation may go over two of them."""
    return re.sub(r"\n\s*(?:# )?", " ", text_of(file))


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_numbers_in_a_document_go_on_and_lead_somewhere(page: Path) -> None:
    listed = [
        tuple(map(int, found[1].split(".")))
        for heading in headings(page)
        if (found := NUMBERED.match(heading))
    ]
    for before, after in pairwise(listed):
        grown = (
            (*before[: len(after) - 1], before[len(after) - 1] + 1)
            if len(after) <= len(before)
            else (*before, 1)
        )
        assert after == grown, (before, after)
    assert {*re.findall(r"\(([1-9](?:\.\d+)?)\)", text_of(page))} <= numbers(page)


@pytest.mark.parametrize("page", DOCS, ids=lambda page: page.name)
def test_what_stands_below_a_step_is_a_part_of_it(page: Path) -> None:
    """A block within a list is four spaces in: with fewer the built page has it outside, and the list ends there."""
    text = re.sub(r"(?ms)^```.*?^```$", "", page.read_text(encoding="utf-8"))
    assert re.findall(r"\n\n {1,3}(?![ *-])\S.*|\n {1,3}```.*", text) == []


@each_page
def test_links_lead_to_files_and_headings(page: Path) -> None:
    for target in LINK.findall(FENCED.sub("", text_of(page))):
        if target.startswith("https://"):
            continue
        name, _, anchor = target.partition("#")
        linked = (page.parent / name).resolve() if name else page
        assert linked.is_file(), target
        assert not anchor or anchor in anchors(linked), target


PATH = re.compile(r"\.?[a-z_]+(?:/[\w.*-]+)+/?|[a-z_]+/|[a-z_]+\.py")


@each_page
def test_every_path_that_is_named_exists(page: Path) -> None:
    named = [word.partition(" ")[0] for word in words(FENCED.sub("", text_of(page)))]

    assert [word for word in named if PATH.fullmatch(word) and not exists(word)] == []


def exists(path: str) -> bool:
    """Whether a path is one from the root or from the package, or the name of any file."""
    if "/" not in path:
        return any(
            next((ROOT / folder).rglob(path), None) for folder in ("anitrakt_plan", "tests", "benchmarks")
        )
    return any((folder / name).exists() for folder in (ROOT, PACKAGE) for name in (path, f"{path}.py"))


def test_the_picture_names_folders_and_modules_that_exist() -> None:
    (picture,) = (body for kind, body in FENCED.findall(text_of(BUILT)) if kind == "text")
    named = re.findall(r"\b([a-z_]+/[a-z_]*)", picture)
    assert len(named) > 10
    assert [name for name in named if not exists(name)] == []


def test_every_folder_of_the_code_has_its_row() -> None:
    folders = {f"{file.parent.name}/" for file in PACKAGE.glob("*/__init__.py")}
    assert folders - {*named_in(BUILT, "folder")} == set()


# --- pages that are made, or built -----------------------------------------------------------------------


def test_the_readme_is_short() -> None:
    assert len(text_of(README).encode()) <= MAX_README


def test_what_is_made_of_the_code_is_as_the_code_makes_it() -> None:
    """`python -m tests.generated --write` makes it anew."""
    assert [name for name in generated.PARTS if generated.page(name) != text_of(f"docs/{name}")] == []


@pytest.mark.long  # runs the whole loop; the page's commands and options are checked above
def test_the_picture_is_of_a_real_session() -> None:
    assert generated.picture() == text_of("docs/session.svg")


def test_every_page_is_in_the_navigation_and_the_schema_at_its_address() -> None:
    text = text_of("mkdocs.yml")
    assert {*re.findall(r"^ +- ([\w-]+\.md)$", text, re.MULTILINE)} == {page.name for page in DOCS}
    assert f"site_url: {PAGES_URL}/\n" in text
    assert f"repo_url: {REPOSITORY}\n" in text


def test_addresses_of_the_project_are_made_of_one_constant() -> None:
    """Elsewhere in the code and the pages, no other home of the project is named."""
    homes = {
        found
        for file in [*CITING, *PAGES, ROOT / "mkdocs.yml", ROOT / "pyproject.toml"]
        for found in re.findall(
            r"https://github\.com/anitrakt/[\w.-]+|https://anitrakt\.github\.io", text_of(file)
        )
    }
    assert homes <= {REPOSITORY, f"{REPOSITORY}.git", PAGES_URL}


# --- the session of the walk -----------------------------------------------------------------------------


RUN = re.compile(r"\b\d{4}-\d\d-\d\d-\d+\b")


@pytest.mark.long  # runs the whole loop; the page's commands and options are checked above
def test_a_session_is_what_the_commands_say(tmp_path: Path) -> None:
    """Each line stands in the real output, in this order; `...` stands for any others."""
    (session,) = (body for kind, body in FENCED.findall(text_of(WALK)) if kind == "console")
    for part in session.split("$ ")[1:]:
        command, *lines = part.strip().splitlines()
        said = iter(RUN.sub("RUN", outcome(command, tmp_path)).splitlines())
        for line in filter(None, lines):
            assert line.strip() == "..." or RUN.sub("RUN", line) in said, line
    (plan,) = (body for kind, body in FENCED.findall(text_of(README)) if kind == "yaml")
    written = (tmp_path / "plan.yaml").read_text(encoding="utf-8")
    assert [entry for entry in plan.strip("\n").split("\n\n") if entry.strip("\n") not in written] == []


def outcome(command: str, folder: Path) -> str:
    """What a command of the README says, in a home of its own: first on stderr, then on stdout."""
    program, *arguments = shlex.split(command)
    assert program == "anitrakt"
    around = {name: value for name, value in os.environ.items() if not name.startswith("ANITRAKT_")}
    done = subprocess.run(
        [sys.executable, "-m", "anitrakt_plan", *arguments],
        cwd=folder,
        env={
            **around,
            "PYTHONPATH": str(ROOT),
            "ANITRAKT_HOME": str(folder / "home"),
            "PYTHONUTF8": "1",
            "COLUMNS": "120",
        },
        capture_output=True,
        encoding="utf-8",
        check=True,
    )
    return done.stderr + done.stdout
