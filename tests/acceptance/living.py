"""A small list of a practice user, a plan of it as a person has edited it, and what changed between two texts."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from pathlib import Path

from anitrakt_plan.planfile import Loaded, load_plan
from anitrakt_plan.sandbox.lists import ListEntry, ListUser
from tests.acceptance.conftest import Run
from tests.practice import Sandbox

PLAN = Path("plan.yaml")
USER = "weekly"
_WATCHED = {
    16498: (25, 90, "2019-02-17"),
    25777: (12, 85, "2019-02-24"),
    9253: (24, 95, "2013-06-12"),
    1535: (37, 80, "2008-02-03"),
    120: (26, 72, "2010-08-15"),
    197: (24, 60, "2012-02-20"),
    199: (1, 95, None),
    572: (1, 85, "2010"),
    27991: (13, 58, "2016-01-03"),
    5114: (64, 100, "2011-04-24"),
    13053: (1, 50, "2013-04-07"),
}
_KEY = re.compile(r"  ((?:mal|anilist):\d+):")


def list_entry(sandbox: Sandbox, mal: int, watched: int, **said: object) -> ListEntry:
    """An entry for a practice user's list, of the anime with this MyAnimeList id."""
    anime = sandbox.catalogue.anime_by(mal=mal)
    assert anime is not None
    return ListEntry(800_000 + mal, anime, str(said.pop("status", "completed")), watched, **said)  # type: ignore[arg-type]


def weekly_user(sandbox: Sandbox) -> ListUser:
    """A user with eleven completed entries, one of which only a person can settle, and one that is being watched."""
    entries = [
        list_entry(sandbox, mal, watched, score=score, finished=finished)
        for mal, (watched, score, finished) in _WATCHED.items()
    ]
    watching = list_entry(sandbox, 42938, 8, status="watching", started="2021-04-06")
    return sandbox.lists.add_user(USER, [*entries, watching])


def of_list(user: ListUser, mal: int) -> ListEntry:
    """The entry of a user's list with this MyAnimeList id."""
    return next(entry for entry in user.entries if entry.anime.mal == mal)


def plan_file(anitrakt: Run, *options: str, source: str = "--mal") -> Path:
    """`plan.yaml`, freshly made of the weekly user's list."""
    made = anitrakt("plan", source, USER, "-o", PLAN, *options)
    assert made.code == 0, made.err
    return PLAN


def text_of(path: Path = PLAN) -> str:
    """A file's text, with its line ends as they are."""
    return path.read_bytes().decode("utf-8")


def change(*changes: tuple[str, str], path: Path = PLAN) -> str:
    """Edit a file by hand: each old text must stand there exactly once. Returns the new text."""
    text = text_of(path)
    for old, new in changes:
        assert text.count(old) == 1, (old, text.count(old))
        text = text.replace(old, new)
    path.write_bytes(text.encode())
    return text


def in_entry(key: str, old: str, new: str, path: Path = PLAN) -> str:
    """Edit one entry by hand: `old` must stand in it exactly once. Returns the new text."""
    text = text_of(path)
    block = block_of(text, key)
    assert block.count(old) == 1, (old, block)
    text = text.replace(block, block.replace(old, new))
    path.write_bytes(text.encode())
    return text


def block_of(text: str, key: str) -> str:
    """The lines of one entry, from its key to the next entry's."""
    found = re.search(rf"(?ms)^  {key}:.*?(?=^  (?:mal|anilist):\d+:|\Z)", text)
    assert found is not None, key
    return found[0]


def loaded(path: Path = PLAN) -> Loaded:
    """The plan in a file, which must hold no error."""
    found = load_plan(path.read_bytes(), str(path))
    assert found.plan is not None, "\n".join(mistake.render() for mistake in found.errors)
    return found


def changed_places(before: str, after: str) -> set[str]:
    """Where two texts differ: keys of entries, `generated`, or `head`. Empty lines between entries do not count."""
    places = set()
    old, new = before.splitlines(), after.splitlines()
    at_old, at_new = list(_places(old)), list(_places(new))
    for tag, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if tag != "equal":
            places |= {at_old[index] for index in range(a, b) if old[index].strip()}
            places |= {at_new[index] for index in range(c, d) if new[index].strip()}
    return places


def _places(lines: list[str]) -> Iterator[str]:
    place = "head"
    for line in lines:
        key = _KEY.match(line)
        if key:
            place = key[1]
        elif line.startswith(("generated:", "entries:")):
            place = line.partition(":")[0]
        yield place


def a_month_later(home: Path) -> None:
    """Let the caches run out: id maps are asked again after a week, season lists after a month."""
    cached = [file for file in home.rglob("answers.sqlite*") if file.is_file()]
    assert cached, "there is no cache that could run out"
    for file in cached:
        file.unlink()
