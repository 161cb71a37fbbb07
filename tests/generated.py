"""The parts of docs/ that are made of the code: `python -m tests.generated` compares, `--write` writes them.

A part stands between two comments, `<!-- generated: NAME -->` and `<!-- end -->`; tests/test_docs.py fails where it was
edited by hand. The picture of a session is made of a real one, in the sandbox.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from io import StringIO
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.text import Text

from anitrakt_plan.cli.main import SECTIONS, app
from anitrakt_plan.commands.codes import explained_codes
from anitrakt_plan.commands.services import KNOWN_SERVICES
from anitrakt_plan.planfile.fields import USERS_KEYS
from anitrakt_plan.planfile.schema import schema

ROOT = Path(__file__).parents[1]
DOCS = ROOT / "docs"
PICTURE = DOCS / "session.svg"
SESSION = (
    (
        "anitrakt --sandbox plan --anilist sample -o plan.yaml",
        r"Reading the AniList|Wrote|55|Expected|In rev|  plan",
    ),
    (
        "anitrakt --sandbox apply plan.yaml",
        r"  \+ (Naruto|Kimi no Na|Shingeki no Kyojin Season 3|Fate/Zero|Clannad)|Apply complete",
    ),
    ("anitrakt --sandbox apply plan.yaml", r"No changes"),
    ("anitrakt --sandbox undo -y", r"Taken back"),
)
"""The commands in the picture, each with what its lines begin with that are shown; `...` stands for the others."""

WIDTH = 104
MAX_LINES = 9


# --- parts of pages ---


def commands() -> str:
    """The help of every command."""
    parts = []
    for heading, names in SECTIONS.items():
        parts.append(f"### {heading}\n")
        for name in names:
            command = app.get_command(click.Context(app), name)
            assert command is not None
            context = click.Context(command, info_name=f"anitrakt {name}", **command.context_settings)
            parts.append(f"#### `anitrakt {name}`\n\n```text\n{command.get_help(context).rstrip()}\n```\n")
    return "\n".join(parts)


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


def _rows(keys: Mapping[str, Any]) -> Iterator[str]:
    for name, part in keys.items():
        about = part if "description" in part else schema(KNOWN_SERVICES)["definitions"][_name_of(part)]
        what = about["description"].removeprefix("Yours: ").removesuffix(" anitrakt's.")
        yield f"| `{name}` | {_cell(what[0].upper() + what[1:])} |"


def _name_of(part: Mapping[str, Any]) -> str:
    return str(part["$ref"]).rpartition("/")[2]


def keys() -> str:
    """The keys of a plan: the user's own, anitrakt's, and those of the header."""
    forms = schema(KNOWN_SERVICES)["definitions"]
    entry, header = forms["entry"]["properties"], forms["generated"]["properties"]
    parts = [
        ("### Yours", {name: part for name, part in entry.items() if name in USERS_KEYS}),
        ("### anitrakt's own", {name: part for name, part in entry.items() if name not in USERS_KEYS}),
        ("### In `list`", entry["list"]["properties"]),
        ("### In the header, `generated`", header),
        ("### In its `policy`", header["policy"]["properties"]),
    ]
    return "\n".join(
        f"{title}\n\n| key | is |\n| --- | --- |\n" + "".join(f"{row}\n" for row in _rows(part))
        for title, part in parts
    )


def codes() -> str:
    """What every code means."""
    return "| code | means |\n| --- | --- |\n" + "".join(
        f"| `{code}` | {_cell(' '.join(text.split()))} |\n" for code, text in explained_codes().items()
    )


PARTS: Mapping[str, Callable[[], str]] = {
    "commands.md": commands,
    "plan-file.md": keys,
    "codes.md": codes,
}
"""Each page with a generated part, and what makes it."""

_PART = re.compile(r"(<!-- generated: [\w.]+ -->\n).*?(<!-- end -->)", re.DOTALL)


def page(name: str) -> str:
    """A page with its generated part made anew."""
    text = (DOCS / name).read_text(encoding="utf-8")
    made = PARTS[name]()
    found, count = _PART.subn(lambda one: f"{one[1]}\n{made}\n{one[2]}", text)
    assert count == 1, name
    return found


# --- the picture ---


def session() -> list[str]:
    """A real session in the sandbox, coloured as at a terminal; what differs from run to run is made equal."""
    lines = []
    around = {name: value for name, value in os.environ.items() if not name.startswith("ANITRAKT_")}
    with tempfile.TemporaryDirectory() as home:
        for command, shown in SESSION:
            program, *words = shlex.split(command)
            assert program == "anitrakt"
            done = subprocess.run(
                [sys.executable, "-m", "anitrakt_plan", "--color", "always", *words],
                cwd=home,
                env={**around, "ANITRAKT_HOME": home, "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
                capture_output=True,
                encoding="utf-8",
                check=True,
            )
            said = re.sub(r"\d{4}-\d\d-\d\d-(\d+)", r"2026-11-22-\1", done.stderr + done.stdout)
            lines += [f"\x1b[1m$ {command}\x1b[0m", *_shown(said.splitlines(), re.compile(shown)), ""]
    return lines


_COLOUR = re.compile(r"\x1b\[[\d;]*m")


def _shown(lines: list[str], shown: re.Pattern[str]) -> Iterator[str]:
    """The first lines that are to be seen, and `...` where others stand before or between them."""
    count, skipped = 0, False
    for line in lines:
        if not shown.match(_COLOUR.sub("", line)) or count == MAX_LINES:
            skipped = True
            continue
        if skipped and count:
            yield "  ..."
        yield line
        count, skipped = count + 1, False


def picture() -> str:
    """The session as an SVG that needs nothing from elsewhere."""
    console = Console(
        record=True, width=WIDTH, file=StringIO(), force_terminal=True, color_system="truecolor"
    )
    for line in session():
        text = Text.from_ansi(line)
        text.truncate(WIDTH, overflow="ellipsis")
        console.print(text, highlight=False, no_wrap=True)
    svg = console.export_svg(title="anitrakt", unique_id="anitrakt")
    svg = re.sub(r"\s*@font-face \{.*?\}\n", "\n", svg, flags=re.DOTALL)  # no font is fetched to show it
    return re.sub(r"[ \t]+$", "", svg, flags=re.MULTILINE)


def main(arguments: list[str]) -> int:
    """Write or compare: 1 where a part is not what the code says."""
    made = {DOCS / name: page(name) for name in PARTS} | {PICTURE: picture()}
    differ = 0
    for path, text in made.items():
        if "--write" in arguments:
            path.write_text(text, encoding="utf-8", newline="\n")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            sys.stdout.write(f"{path.relative_to(ROOT)} is not what the code says\n")
            differ = 1
    return differ


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
