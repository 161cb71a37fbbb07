"""CONTRIBUTING's recipes, followed: one file and one line make a list source, or an id map, of the real commands."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
import threading
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from anitrakt_plan.sandbox import environment
from anitrakt_plan.sources import SOURCES, Source
from tests.practice import Sandbox, serve

ROOT = Path(__file__).parent.parent
MAPS = ("mappings.json", "tv_ex.json", "movies_ex.json", "bangumi.json")
DRIVER = """
import contextlib, io, json, sys
from anitrakt_plan.cli.main import run

results = []
for arguments in json.load(sys.stdin):
    out, err = (io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2))
    sys.argv = ["anitrakt", *arguments]
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            run()
            code = 0
        except SystemExit as leaving:
            code = leaving.code or 0
    results.append([code, out.buffer.getvalue().decode(), err.buffer.getvalue().decode()])
json.dump(results, sys.stdout)
"""


@dataclass(frozen=True)
class Result:
    """How a command ended, and what it said."""

    code: int
    out: str
    err: str


@dataclass
class Server:
    """A server of the test's own: bodies by path, and the paths that it was asked for."""

    url: str
    bodies: dict[str, bytes]
    asked: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Extended:
    """A copy of the package with something in it that is not ours, and the folder in which its commands run."""

    folder: Path
    variables: Mapping[str, str]

    def run(self, variables: Mapping[str, str], *commands: str) -> list[Result]:
        """Run commands one after another in one process, as the copy has them."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANITRAKT_")}
        paths = {"PYTHONPATH": str(self.folder), "ANITRAKT_HOME": str(self.folder / "home")}
        done = subprocess.run(
            [sys.executable, "-c", DRIVER],
            input=json.dumps([command.split() for command in commands]),
            env={**kept, **paths, **self.variables, **variables},
            cwd=self.work,
            capture_output=True,
            text=True,
            check=True,
        )
        return [Result(*result) for result in json.loads(done.stdout)]

    @property
    def work(self) -> Path:
        """Where the commands run."""
        return self.folder / "work"

    def add(self, folder: str, name: str, after: str, line: str) -> None:
        """Follow a recipe: write its file, and put the one line behind `after` in the registry."""
        (self.folder / "anitrakt_plan" / folder / f"{name}.py").write_text(recipe(f"{folder}/{name}.py"))
        registry = self.folder / "anitrakt_plan" / folder / "__init__.py"
        text = registry.read_text()
        assert text.count(f"    {after}\n") == 1
        text = text.replace(f"    {after}\n", f"    {after}\n    {line}\n")
        imported = f"from anitrakt_plan.{folder} import "
        registry.write_text(text.replace(imported, f"{imported}{name}, ", 1))


def recipe(file: str) -> str:
    """The code block of CONTRIBUTING that stands for a file."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    found = re.search(
        rf"<!-- tests/test_extending.py: {file} -->\n\s*```python\n(.*?)\n\s*```", text, re.DOTALL
    )
    assert found is not None, file
    return textwrap.dedent(found[1]) + "\n"


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    with serve(tmp_path / "sandbox") as running:
        yield running


@pytest.fixture
def server() -> Iterator[Server]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            body = served.bodies.get(self.path)
            self.send_response(200 if body is not None else 404)
            self.end_headers()
            self.wfile.write(body or b"")

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        served = Server(f"http://127.0.0.1:{http.server_address[1]}", {"/status": b"{}"})
        thread = threading.Thread(target=http.serve_forever)
        thread.start()
        yield served
        http.shutdown()
        thread.join()


@pytest.fixture
def extended(tmp_path_factory: pytest.TempPathFactory, sandbox: Sandbox) -> Extended:
    folder = tmp_path_factory.mktemp(
        "extended"
    )  # not below `tmp_path`: the copied sandbox holds its own secrets
    ignore = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "anitrakt_plan", folder / "anitrakt_plan", ignore=ignore)
    (folder / "work").mkdir()
    return Extended(folder, environment(sandbox.addresses))


def row(mal: int, title: str, episodes: int, **changed: Any) -> dict[str, Any]:
    seen = {"status": "completed", "seen": 0, "again": 0, "begun": None, "ended": "2019-02-17", "stars": 4}
    return {
        "id": 100 + mal,
        "mal": mal,
        "title": title,
        "kind": "tv",
        "episodes": episodes,
        **seen,
        **changed,
    }


LIST = {
    "anime": [
        row(16498, "Shingeki no Kyojin", 25),
        row(9253, "Steins;Gate", 24, status="watching", seen=3),
        row(1, "Nobody's", 3, status="borrowed"),
        row(0, "Something that no catalogue has", 3),
    ]
}


def test_one_file_and_one_line_make_a_list_source(extended: Extended, server: Server) -> None:
    extended.add("sources", "shelf", "mal.SOURCE,", "shelf.SOURCE,")
    server.bodies["/users/yuki/anime"] = json.dumps(LIST).encode()
    variables = {"ANITRAKT_SHELF_URL": server.url, "ANITRAKT_SHELF_TOKEN": "hush"}

    [planned] = extended.run(variables, "plan --shelf yuki -o plan.yaml --status all")
    plan = extended.work / "plan.yaml"
    made = plan.read_text(encoding="utf-8")
    plan.write_text(made.replace("decision: auto", "decision: confirmed"), encoding="utf-8")
    results = extended.run(
        variables,
        "validate plan.yaml",
        "plan --update",
        "review plan.yaml",
        "explain shelf:16598",
        "export-map plan.yaml",
        "export-trakt plan.yaml",
        "doctor plan.yaml",
        "-v plan --mal sample --map plan.yaml -o other.yaml",
        "plan --help",
    )

    assert planned.code == 0, planned.err
    assert 'source: {service: shelf, user: "yuki", entries: 3,' in made
    assert "shelf:16598:\n" in made
    assert 'url: "https://shelf.example/anime/100"' in made  # it waits in review
    assert "1 entry with a status nobody knows (shelf:101: `borrowed`)" in planned.err
    assert [result.code for result in results] == [0] * len(results)
    validated, _, reviewed, explained, exported_map, exported, doctor, _, usage = results
    assert "no mistakes, 3 entries" in validated.err
    assert plan.read_text(encoding="utf-8").count("    decision: confirmed\n") == 2
    assert "shelf:100" in reviewed.out + reviewed.err
    assert "decided" in explained.out
    assert "shelf:16598:" in exported_map.out
    assert "26 items for History" in exported.err
    assert re.search("ok +Shelf: +it answers", doctor.out)
    assert "decision: confirmed" in (extended.work / "other.yaml").read_text(encoding="utf-8")
    assert "--shelf USER" in usage.out


@pytest.mark.long  # a copy of the package; the list source shows the way quickly
def test_the_sandbox_is_not_left_for_a_source_that_it_does_not_serve(
    extended: Extended, server: Server
) -> None:
    extended.add("sources", "shelf", "mal.SOURCE,", "shelf.SOURCE,")

    plan, doctor = extended.run(
        {"ANITRAKT_SHELF_URL": server.url}, "--sandbox plan --shelf yuki", "--sandbox doctor"
    )

    assert plan.code == 2
    assert "the sandbox has no practice version of Shelf" in plan.err
    assert re.search("not checked +Shelf: +the sandbox has no practice version of it", doctor.out), doctor.out
    assert server.asked == []


@pytest.mark.long  # a copy of the package; the list source shows the way quickly
def test_one_file_and_one_line_make_an_id_map(extended: Extended, server: Server) -> None:
    extended.add("idmaps", "atlas", "bangumi.ID_MAP,", "atlas.ID_MAP,")
    maps = extended.variables["ANITRAKT_IDMAP_URL"]
    for file in MAPS:
        with urllib.request.urlopen(f"{maps}/{file}") as answer:
            server.bodies[f"/{file}"] = answer.read()
    server.bodies["/atlas.json"] = json.dumps([{"mal": 16498, "show": 1420, "season": 1}]).encode()

    plan, explained, doctor, practice = extended.run(
        {"ANITRAKT_IDMAP_URL": server.url},
        "-v plan --mal sample -o plan.yaml",
        "explain mal:16498",
        "doctor",
        "--sandbox plan --mal sample -o practice.yaml",
    )

    assert (plan.code, explained.code, doctor.code, practice.code) == (0, 0, 0, 0)
    assert "id map Atlas: downloaded today" in plan.err
    assert "atlas: season" in explained.out
    assert "Atlas: downloaded today" in doctor.out
    assert server.asked.count("/atlas.json") == 1  # kept, and not asked for by the sandbox
    assert "the id map Atlas was left out: its address answers with HTTP 404" in practice.err


@pytest.mark.parametrize("source", SOURCES, ids=[source.name for source in SOURCES])
def test_a_source_names_itself_so_that_keys_options_and_settings_can(source: Source) -> None:
    assert re.fullmatch("[a-z]+", source.name)
    assert source.entry_url.format(id=7) != source.entry_url
    assert set(source.keys) <= {"client_id", "token"}
