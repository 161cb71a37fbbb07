"""What comes from outside is read within bounds: each bomb ends in a sentence, within 10 s of CPU and 300 MB."""

from __future__ import annotations

import gzip
import io
import json
import resource
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

MEGABYTE = 2**20
MOST_MEMORY = 300 * MEGABYTE
MOST_SECONDS = 10

READ_LIST = """
from pathlib import Path
from anitrakt_plan.model import Status
from anitrakt_plan.sources import open_list_file
open_list_file(Path(sys.argv[1]), tuple(Status))
"""
READ_DOWNLOAD = """
from pathlib import Path
from anitrakt_plan.trakt.export_zip import open_data_zip
open_data_zip(Path(sys.argv[1]).read_bytes(), "trakt.zip")
"""
READ_MAPS = """
import gzip
from pathlib import Path
from anitrakt_plan.errors import Failed
from anitrakt_plan.idmaps import ID_MAPS
data = gzip.decompress(Path(sys.argv[1]).read_bytes())
refused = 0
for one in ID_MAPS:
    try:
        one.parse(data)
    except ValueError as error:
        refused += 1
if refused != len(ID_MAPS):
    raise Failed("an id map was read")
raise Failed("refused")
"""
FRAME = """
import sys
from pathlib import Path
from anitrakt_plan.errors import AnitraktError
try:
{body}
except AnitraktError as error:
    # of this program alone; getrusage also knows what the one that started it had
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    print(status["VmHWM"].split()[0], error.what)
else:
    print("it was read")
"""


def xml(body: str) -> bytes:
    return gzip.compress(f"<myanimelist>{body}</myanimelist>".encode(), 1)


def packed(piece: str, megabytes: int, begin: str = "[", end: str = "]") -> bytes:
    return gzip.compress((begin + piece * (megabytes * MEGABYTE // len(piece)) + end).encode(), 1)


def zipped(name: str, data: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("user-settings.json", "{}")
        archive.writestr(name, data)
    return made.getvalue()


LISTS: dict[str, Callable[[], bytes]] = {
    "spaces": lambda: xml(" " * 400 * MEGABYTE),
    "empty entries": lambda: xml("<anime/>" * (5 * MEGABYTE)),
    "ampersands": lambda: xml("<anime><series_title>" + "&" * 40 * MEGABYTE + "</series_title></anime>"),
    "brackets": lambda: xml("<" * 40 * MEGABYTE),
    "illegal signs": lambda: xml("\x01" * 40 * MEGABYTE),
    "nested elements": lambda: xml("<a>" * (10 * MEGABYTE)),
    "torn entries": lambda: xml("<anime><my_" * (4 * MEGABYTE)),
    "objects": lambda: packed("{},", 40, '{"lists": [{"entries": [', "{}]}]}"),
    "numbers": lambda: packed("12345,", 40, "[", "1]"),
    "nested lists": lambda: packed("[", 40),
}


def ends_in_a_sentence(script: str, data: bytes, folder: Path) -> str:
    """What is said of a bomb; fails where it takes too much."""
    bomb, code = folder / "bomb", FRAME.format(body="\n".join(f"    {line}" for line in script.splitlines()))
    bomb.write_bytes(data)

    def limit() -> None:
        resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))

    done = subprocess.run(
        [sys.executable, "-c", code, str(bomb)], capture_output=True, text=True, preexec_fn=limit, check=False
    )
    assert done.returncode == 0, done.stderr[-500:]
    memory, _, said = done.stdout.strip().partition(" ")
    assert int(memory) * 1024 <= MOST_MEMORY, f"{int(memory) // 1024} MB"
    return said


pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="Linux only"),
]


@pytest.mark.parametrize("name", LISTS)
def test_a_list_that_would_fill_the_memory_ends_in_a_sentence(name: str, tmp_path: Path) -> None:
    assert len(ends_in_a_sentence(READ_LIST, LISTS[name](), tmp_path)) > 10


@pytest.mark.parametrize("piece", ["{},", "12345,", "["])
def test_an_id_map_that_would_fill_the_memory_is_no_map(piece: str, tmp_path: Path) -> None:
    assert ends_in_a_sentence(READ_MAPS, packed(piece, 40), tmp_path) == "refused"


@pytest.mark.parametrize("row", [{}, {"id": 1, "type": "episode"}])
def test_a_data_download_that_would_fill_the_memory_ends_in_a_sentence(
    row: dict[str, object], tmp_path: Path
) -> None:
    piece = f"{json.dumps(row)},".encode()
    data = b"[" + piece * (200 * MEGABYTE // len(piece)) + b"{}]"
    assert len(ends_in_a_sentence(READ_DOWNLOAD, zipped("watched-history-1.json", data), tmp_path)) > 10
