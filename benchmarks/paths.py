"""How many files an entry's way goes through: into plan.yaml, from there to Trakt, and an answer of review.

`python -m benchmarks.paths [--names]` runs the three in the practice services, in this process, and counts what of the
package is entered. It exits with 1 where one goes through more files than its budget.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import os
import pkgutil
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from unittest import mock

import anitrakt_plan
from anitrakt_plan.cli.main import run
from anitrakt_plan.sandbox import environment, serve

PACKAGE = Path(anitrakt_plan.__file__).parent
LIST = """<myanimelist>
  <myinfo><user_name>one</user_name><user_export_type>1</user_export_type></myinfo>
  <anime>
    <series_animedb_id>16498</series_animedb_id>
    <series_title>Shingeki no Kyojin</series_title>
    <series_type>TV</series_type>
    <series_episodes>25</series_episodes>
    <my_watched_episodes>25</my_watched_episodes>
    <my_start_date>2019-01-19</my_start_date>
    <my_finish_date>2019-02-17</my_finish_date>
    <my_score>9</my_score>
    <my_status>Completed</my_status>
    <my_times_watched>0</my_times_watched>
  </anime>
</myanimelist>
"""
PLAN = ("plan", "--list-file", "list.xml", "-o", "plan.yaml")


@dataclass(frozen=True)
class Way:
    """One way of an entry: the command, what it reads from stdin, and how many files it may go through."""

    name: str
    budget: int
    command: tuple[str, ...]
    before: tuple[tuple[str, ...], ...] = ()
    stdin: str = ""


# Two thirds of what was counted before the code was put in the order of the data's way.
WAYS = (
    Way("one entry of a list into plan.yaml", 44, PLAN),
    Way("one change to the POST", 48, ("apply", "plan.yaml", "--yes", "--allow", "first-apply"), (PLAN,)),
    Way("one answer in review into the file", 33, ("review", "plan.yaml", "mal:16498"), (PLAN,), "a\n"),
)


@dataclass
class Entered:
    """The named functions that were entered, by their files; comprehensions and modules do not count."""

    functions: set[tuple[Path, str]] = field(default_factory=set)

    def note(self, frame: FrameType, event: str, _argument: object) -> None:
        """Note a call; what Python calls for each event of the profile."""
        code = frame.f_code
        if event == "call" and not code.co_name.startswith("<"):
            self.functions.add((Path(code.co_filename), code.co_qualname))

    def of_ours(self, *, sandbox: bool) -> dict[Path, int]:
        """The package's files, each with the number of functions entered; the practice services apart."""
        counts: dict[Path, int] = {}
        for file, _ in self.functions:
            if file.is_relative_to(PACKAGE) and ("sandbox" in file.relative_to(PACKAGE).parts) == sandbox:
                counts[file.relative_to(PACKAGE)] = counts.get(file.relative_to(PACKAGE), 0) + 1
        return counts

    @contextlib.contextmanager
    def noting(self) -> Iterator[None]:
        """Note every call in this thread, and in those that begin meanwhile."""
        threading.setprofile(self.note)
        sys.setprofile(self.note)
        try:
            yield
        finally:
            sys.setprofile(None)
            threading.setprofile(None)


def follow(way: Way) -> Entered:
    """Run a way's command in a practice world and a home of its own. Raises RuntimeError where it fails."""
    entered = Entered()
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder), serve(None) as addresses:
        Path("list.xml").write_text(LIST, encoding="utf-8")
        settings = {**environment(addresses), "ANITRAKT_HOME": str(Path(folder) / "home")}
        with mock.patch.dict(os.environ, settings):
            for command in way.before:
                _run(command)
            with entered.noting():
                _run(way.command, way.stdin)
    return entered


def _run(command: tuple[str, ...], stdin: str = "") -> None:
    said = io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True)
    with (
        mock.patch.object(sys, "argv", ["anitrakt", *command]),
        mock.patch.object(sys, "stdin", io.TextIOWrapper(io.BytesIO(stdin.encode()), "utf-8")),
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(said),
    ):
        try:
            run()
        except SystemExit as leaving:
            if leaving.code:
                buffer = said.buffer
                assert isinstance(buffer, io.BytesIO)
                raise RuntimeError(f"{' '.join(command)}:\n{buffer.getvalue().decode()}") from None


def import_everything() -> None:
    """Import the whole package, so that nothing that runs at an import is counted."""
    for module in pkgutil.walk_packages([str(PACKAGE)], f"{anitrakt_plan.__name__}."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def main(arguments: list[str]) -> int:
    """Print files and functions of each way beside the budget."""
    import_everything()
    too_many = False
    for way in WAYS:
        entered = follow(way)
        ours, theirs = entered.of_ours(sandbox=False), entered.of_ours(sandbox=True)
        too_many = too_many or len(ours) > way.budget
        print(
            f"{way.name}: {len(ours)} files of at most {way.budget}, {sum(ours.values())} functions"
            f" (and {len(theirs)} files, {sum(theirs.values())} functions of the sandbox)"
        )
        if "--names" in arguments:
            print("".join(f"  {count:4d}  {file}\n" for file, count in sorted(ours.items())), end="")
    return int(too_many)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
