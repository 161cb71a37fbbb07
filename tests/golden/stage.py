"""A stage for the golden texts: real commands, one after another, in one practice world; times and places made equal.

Nothing here knows the inside of the package: only its entry point and the practice services, so that the texts
outlive every move of what lies between.
"""

from __future__ import annotations

import contextlib
import difflib
import gc
import hashlib
import io
import json
import logging
import os
import re
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest import mock

from anitrakt_plan import __version__
from anitrakt_plan.cli.main import run
from anitrakt_plan.sandbox import environment
from anitrakt_plan.sandbox.lists import ListEntry, ListUser
from tests.practice import Sandbox, serve

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
LONGEST_LINE = 600
LOGGERS = "anitrakt_plan", "anitrakt_plan.http"


@dataclass(slots=True)
class Stage:
    """One practice world, and what the commands that ran in it have left behind, by the name of the step."""

    sandbox: Sandbox
    home: Path
    texts: dict[str, str] = field(default_factory=dict)
    _seen: dict[str, str] = field(default_factory=dict)
    _heard: int = 0

    def anitrakt(self, *arguments: str, stdin: str = "") -> tuple[int, str, str]:
        """Run a command: its exit code, stdout and stderr."""
        out, err = _stream(), _stream()
        with (
            mock.patch.object(sys, "argv", ["anitrakt", *arguments]),
            mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8")),
            mock.patch.object(sys, "stdout", out),
            mock.patch.object(sys, "stderr", err),
        ):
            try:
                run()
            except SystemExit as leaving:
                code = leaving.code if isinstance(leaving.code, int) else 0
        return code, _said(out), _said(err)

    def step(
        self, name: str, *arguments: str, stdin: str = "", files: tuple[str, ...] = ("plan.yaml",)
    ) -> None:
        """Run a command, and keep what it said, what it wrote and what it sent under a name."""
        code, out, err = self.anitrakt(*arguments, stdin=stdin)
        parts = [f"$ anitrakt {' '.join(arguments)}", f"exit {code}"]
        parts += [f"-- {title}\n{text}" for title, text in (("stdout", out), ("stderr", err)) if text]
        parts += [f"-- {file}\n{said}" for file in files if (said := self._change(file))]
        if sent := self._sent():
            parts.append(f"-- sent\n{sent}")
        self.keep(name, "\n".join(parts))

    def keep(self, name: str, text: str) -> None:
        """Keep a text under a name, with what differs from run to run made equal."""
        assert name not in self.texts, name
        self.texts[name] = "\n".join(_shortened(line) for line in self._equal(text).splitlines())

    def write(self, text: str, file: str = "plan.yaml") -> None:
        """Write a file as a person does; a later step tells how a command has changed it."""
        Path(file).write_bytes(text.encode())
        self._seen[file] = self._equal(text)

    def journal(self) -> str:
        """The account's journal."""
        (path,) = self.home.rglob("journal/*.jsonl")
        return path.read_text(encoding="utf-8")

    def _change(self, file: str) -> str:
        path = Path(file)
        if not path.exists():
            return ""
        text = self._equal(path.read_bytes().decode("utf-8", "backslashreplace"))
        before = self._seen.get(file)
        self._seen[file] = text
        return text if before is None else difference(before, text)

    def _sent(self) -> str:
        records, self._heard = self.sandbox.wire[self._heard :], len(self.sandbox.wire)
        return "\n".join(
            f"{record.method} {record.path} {json.dumps(record.json(), sort_keys=True, ensure_ascii=False)}"
            for record in records
            if record.service == "trakt" and record.method != "GET"
        )

    def _equal(self, text: str) -> str:
        for told, equal in (
            (str(self.home), "HOME"),
            (str(Path.cwd()), "HERE"),
            (f"anitrakt {__version__}", "TOOL"),
        ):
            text = text.replace(told, equal)
        text = re.sub(r"http://127\.0\.0\.1:\d+", "http://SANDBOX", text)
        today = datetime.now(UTC).date()
        days = "|".join(str(today + timedelta(days=shift)) for shift in (-1, 0, 1))
        text = re.sub(rf"\b({days})[T ]\d\d:\d\d(:\d\d)?(\.\d+)?(Z|[+-]\d\d:\d\d)?", "NOW", text)
        text = re.sub(r'"sum": "[0-9a-f]{8}"', '"sum": "SUM"', text)  # of a line with the moment in it
        text = re.sub(r"\bmade (less than a day|\d+ days?) ago\b", "made N days ago", text)  # grows by itself
        return re.sub(rf"\b({days})\b", "TODAY", text)


def difference(before: str, after: str) -> str:
    """The lines in which two texts differ, with the place of each change."""
    lines = difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    return "\n".join(list(lines)[2:])


@contextlib.contextmanager
def stage() -> Iterator[Stage]:
    """A freshly seeded practice world, an empty folder, a home of its own; no clock, width or zone from outside."""
    with contextlib.ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory())).resolve()
        home, work = folder / "home", folder / "work"
        work.mkdir()
        sandbox = stack.enter_context(serve(None))
        said = {"ANITRAKT_HOME": str(home), "COLUMNS": "100", "TZ": "UTC", **environment(sandbox.addresses)}
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANITRAKT_")}
        stack.enter_context(mock.patch.dict(os.environ, {**kept, **said}, clear=True))
        stack.enter_context(contextlib.chdir(work))
        stack.callback(gc.collect)
        for name in LOGGERS:
            stack.callback(logging.getLogger(name).setLevel, logging.NOTSET)
        yield Stage(sandbox, home)


_WATCHED = {
    16498: (25, 90, "2019-02-17"),
    25777: (12, 85, "2019-02-24"),
    9253: (24, 95, "2013-06-12"),
    120: (26, 72, "2010-08-15"),
    197: (24, 60, "2012-02-20"),
    199: (1, 95, None),
    572: (1, 85, "2010"),
    27991: (13, 58, "2016-01-03"),
    13053: (1, 50, "2013-04-07"),
}
"""MyAnimeList ids of a small list, with the episodes watched, the rating of a hundred and the day of the finish."""


def small_user(sandbox: Sandbox) -> ListUser:
    """A user of both list services with nine completed entries and one that is being watched."""
    entries = [list_entry(sandbox, mal, *said) for mal, said in _WATCHED.items()]
    watching = list_entry(sandbox, 42938, 8, 0, None, status="watching", started="2021-04-06")
    return sandbox.lists.add_user("small", [*entries, watching])


def list_entry(
    sandbox: Sandbox,
    mal: int,
    watched: int,
    score: int,
    finished: str | None,
    status: str = "completed",
    **more: str,
) -> ListEntry:
    """An entry of a practice user's list, of the anime with this MyAnimeList id."""
    anime = sandbox.catalogue.anime_by(mal=mal)
    assert anime is not None
    return ListEntry(800_000 + mal, anime, status, watched, score, finished=finished, **more)  # type: ignore[arg-type]


def _stream() -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)


def _said(stream: io.TextIOWrapper) -> str:
    buffer = stream.buffer
    assert isinstance(buffer, io.BytesIO)
    return buffer.getvalue().decode().rstrip("\n")


def _shortened(line: str) -> str:
    if len(line) <= LONGEST_LINE:
        return line
    return f"{line[:200]} ... {len(line)} characters, sha256 {hashlib.sha256(line.encode()).hexdigest()[:16]}"
