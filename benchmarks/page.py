"""What the page for review costs: seconds and memory of the real command on a large plan, beside their targets.

    python -m benchmarks.page [--entries 2000] [--open 300]

Asks as the page does: the list, entries, answers, undo, and all that look right at once. Prints a row for each and
exits with 1 if one is over its target. A busy machine says more than the page takes: look at the median first.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Any
from urllib.parse import urlsplit

from tests.web.page_plans import large_plan

ANSWERS = 40
FIRST_PAGE, ANSWER, MEMORY_MB = 1.0, 0.2, 60.0


class Page:
    """The page's server, asked without a browser."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        address = urlsplit(process.stdout.readline().strip())
        self._process = process
        self._connection = http.client.HTTPConnection(address.netloc)
        self._headers = {"Origin": f"http://{address.netloc}"}
        _, headers, _ = self._ask("GET", f"/?{address.query}", None)
        self._headers["Cookie"] = str(headers["Set-Cookie"]).partition(";")[0]
        self._headers["X-Anitrakt-Token"] = str(self.call("session")[1]["token"])

    def _ask(self, method: str, path: str, body: object) -> tuple[float, http.client.HTTPMessage, bytes]:
        begun = perf_counter()
        kind = {"Content-Type": "application/json"} if body is not None else {}
        text = json.dumps(body) if body is not None else None
        self._connection.request(method, path, text, self._headers | kind)
        answer = self._connection.getresponse()
        data = answer.read()
        if answer.status != http.client.OK:
            raise SystemExit(f"{method} {path}: {answer.status} {data.decode()}")
        return perf_counter() - begun, answer.headers, data

    def call(self, name: str, body: object = None) -> tuple[float, Any]:
        """Seconds that a call took, and what it says."""
        seconds, _, data = self._ask("GET" if body is None else "POST", f"/api/{name}", body)
        return seconds, json.loads(data)

    def memory(self) -> float:
        """What the process holds, in MB; 0 where the system does not say."""
        status = Path(f"/proc/{self._process.pid}/status")
        found = re.search(r"VmRSS:\s+(\d+)", status.read_text()) if status.exists() else None
        return int(found[1]) / 1024 if found is not None else 0.0


@contextmanager
def serving(plan: Path, home: Path) -> Iterator[Page]:
    """`review --web` on a plan, in a home of its own."""
    command = [sys.executable, "-m", "anitrakt_plan", "--sandbox", "review", "--web", "--no-browser"]
    process = subprocess.Popen(
        [*command, "--no-pictures", str(plan)],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "ANITRAKT_HOME": str(home)},
    )
    try:
        page = Page(process)
        yield page
        page.call("done", {})
    finally:
        process.terminate()
        process.wait()


def measure(page: Page) -> Iterator[tuple[str, list[float], float]]:
    """Each step with its numbers and its target; 0 where there is none."""
    before = page.memory()
    seconds, state = page.call("state")
    yield "the list, in seconds", [seconds], FIRST_PAGE
    likely = [row for row in state["rows"] if row["queue"] == "right"]
    shown, chosen = [], []
    for row in likely[:ANSWERS]:
        seconds, entry = page.call(f"entry?key={row['key']}")
        shown.append(seconds)
        answer = {
            "key": row["key"],
            "seen": entry["seen"],
            "match": entry["cards"][0]["match"],
            "alone": True,
        }
        chosen.append(page.call("choose", answer)[0])
    yield "an entry, in seconds", shown, 0.0  # it is the catalogue's: its seasons are asked for
    yield "an answer, in seconds", chosen, ANSWER
    undone = [page.call("undo", {"undo": len(chosen) - n})[0] for n in range(len(chosen) // 4)]
    yield "an undo, in seconds", undone, ANSWER
    state = page.call("state")[1]
    keys = [row["key"] for row in state["rows"] if row["queue"] == "right"]
    several = page.call("several", {"keys": keys, "from": 0.9})[1]
    seconds, done = page.call("accept-all", {"items": several["takes"]})
    yield f"{done['says']} at once, in seconds", [seconds], 0.0
    yield "more memory, in MB", [page.memory() - before], MEMORY_MB


def main() -> int:
    """Print the rows; 1 where one is over its target."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--entries", type=int, default=2000)
    parser.add_argument("--open", type=int, default=300)
    given = parser.parse_args()
    is_over = False
    with tempfile.TemporaryDirectory() as folder:
        plan = Path(folder) / "plan.yaml"
        plan.write_text(large_plan(given.entries, given.open), encoding="utf-8", newline="\n")
        with serving(plan, Path(folder) / "home") as page:
            print(f"{'':40}{'median':>9}{'worst':>9}{'target':>9}")
            for name, numbers, target in measure(page):
                wanted = f"{target:9.2f}" if target else ""
                print(f"{name:40}{median(numbers):9.3f}{max(numbers):9.3f}{wanted}", flush=True)
                is_over |= bool(target) and max(numbers) > target
    return int(is_over)


if __name__ == "__main__":
    sys.exit(main())
