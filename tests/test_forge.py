"""The files for the forge: they parse, and what they call is there."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from ruamel.yaml import YAML

from anitrakt_plan import __version__
from anitrakt_plan.cli.main import SECTIONS
from anitrakt_plan.home import PAGES, PROJECT

ROOT = Path(__file__).parents[1]
FORGE = ROOT / ".github"
WORKFLOWS = sorted((FORGE / "workflows").glob("*.yml"))
JUSTFILE = (ROOT / "justfile").read_text(encoding="utf-8")
COMMANDS = {name for section in SECTIONS.values() for name in section}
OF_THE_RUNNER = {"test", "grep", "echo", "cut"}
"""Programs that every runner has."""

each_workflow = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)


def load(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def tools() -> set[str]:
    """What is installed with the package and its extras: their programs are called as they are."""
    import tomllib

    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    extras = (one for extra in project["optional-dependencies"].values() for one in extra)
    names = {Requirement(one).name for one in extras}
    return {*names, "anitrakt", "mkdocs", "python", "bash"} - {"mkdocs-material"}


def steps(workflow: Any) -> Iterator[dict[str, Any]]:
    for job in workflow["jobs"].values():
        yield from job["steps"]


def lines_of(script: str) -> Iterator[list[str]]:
    """The commands of a script, as words; what a shell puts into another command is looked at, too."""
    inner = re.findall(r"\$\(([^()]*)\)", script)
    for text in (re.sub(r"\$\([^()]*\)", "X", script), *inner):
        for line in re.split(r"\n|&&|\|", text):
            words = shlex.split(line, comments=True)
            while words and re.fullmatch(r"[A-Z_0-9]+=.*", words[0]):
                words = words[1:]
            if words:
                yield words


def missing(words: list[str]) -> str | None:
    """What of a command is not there; None where all of it is."""
    program, *rest = words
    if program not in tools() | OF_THE_RUNNER:
        return program
    if program == "bash":
        return None if (ROOT / rest[0]).is_file() else rest[0]
    if program == "anitrakt":
        named = [word for word in rest if not word.startswith("-")]
        return None if not named or named[0] in COMMANDS else named[0]
    if program == "python" and rest[:1] == ["-m"]:
        module = rest[1]
        place = ROOT.joinpath(*module.split("."))
        is_ours = place.with_suffix(".py").is_file() or (place / "__main__.py").is_file()
        return None if is_ours or module in {"pip", "pytest", "build", "twine"} else module
    return None


@each_workflow
def test_every_command_of_a_workflow_exists(path: Path) -> None:
    wrong = [
        found
        for step in steps(load(path))
        for words in lines_of(step.get("run", ""))
        if (found := missing(words))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    "line", ["just nonsense", "bash .ci/nothing", "anitrakt plane", "python -m benchmarks.nothing"]
)
def test_a_command_that_does_not_exist_is_found(line: str) -> None:
    assert missing(line.split())


@each_workflow
def test_a_workflow_asks_for_no_more_than_it_needs(path: Path) -> None:
    workflow = load(path)
    assert workflow["permissions"] == {"contents": "read"}
    assert all("runs-on" in job for job in workflow["jobs"].values())
    assert all(("run" in step) != ("uses" in step) for step in steps(workflow))
    pinned = [step["uses"] for step in steps(workflow) if "uses" in step]
    assert [name for name in pinned if not re.fullmatch(r"[\w.-]+/[\w.-]+@(v\d+|release/v\d+)", name)] == []


@each_workflow
def test_jobs_wait_for_jobs_that_are_there(path: Path) -> None:
    jobs = load(path)["jobs"]
    needed = {name for job in jobs.values() for name in [job.get("needs")] if name}
    assert needed <= jobs.keys()


def test_nothing_is_published_with_a_password() -> None:
    text = (FORGE / "workflows" / "release.yml").read_text(encoding="utf-8")
    assert set(re.findall(r"secrets\.(\w+)", text)) == {"PAGES_KEY"}
    assert "id-token: write" in text


def test_every_python_that_is_promised_is_tried() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    promised = set(re.findall(r'"Programming Language :: Python :: (3\.\d+)"', text))
    matrix = load(FORGE / "workflows" / "ci.yml")["jobs"]["test"]["strategy"]["matrix"]
    assert set(matrix["python"]) >= promised  # a newer one may be tried before it is promised
    assert set(matrix["os"]) == {"ubuntu-latest", "macos-latest", "windows-latest"}


RECIPES = dict(re.findall(r"^(\w+)(?: [^:\n]*)?:\n((?:    .*\n)+)", JUSTFILE, re.MULTILINE))


def test_every_recipe_calls_what_is_there() -> None:
    assert {"test", "long", "lint", "types", "docs", "install", "versions"} <= RECIPES.keys()
    wrong = [
        found
        for body in RECIPES.values()
        for line in body.splitlines()
        if "@just" not in line
        for words in lines_of(re.sub(r"\{\{\w+\}\}", "X", line))
        if (found := missing(words))
    ]
    assert wrong == []


def test_ci_runs_what_the_recipes_say() -> None:
    """One truth: what `just` calls stands in .ci/run, word by word."""
    script = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    for name in ("lint", "types", "schema", "docs"):
        for line in RECIPES[name].splitlines():
            assert line.strip() in script, line


@pytest.mark.parametrize("path", sorted((FORGE / "ISSUE_TEMPLATE").glob("*.yml")), ids=lambda path: path.name)
def test_an_issue_form_is_one(path: Path) -> None:
    form = load(path)
    if path.name == "config.yml":
        assert PROJECT in form["contact_links"][0]["url"]
        assert form["contact_links"][1]["url"].startswith(PAGES)
        return
    kinds = {"markdown", "input", "textarea", "dropdown", "checkboxes"}
    assert {part["type"] for part in form["body"]} <= kinds
    named = [part["id"] for part in form["body"] if part["type"] != "markdown"]
    assert len(named) == len(set(named))
    assert all(part["attributes"].get("label") for part in form["body"] if part["type"] != "markdown")


def test_the_bug_form_asks_for_a_recording() -> None:
    text = (FORGE / "ISSUE_TEMPLATE" / "bug.yml").read_text(encoding="utf-8")
    assert "--record report.zip" in text


def test_updates_of_dependencies_are_asked_for() -> None:
    kinds = {update["package-ecosystem"] for update in load(FORGE / "dependabot.yml")["updates"]}
    assert kinds == {"github-actions", "pip", "docker"}


def test_hooks_before_a_commit_call_tools_of_this_environment() -> None:
    (repo,) = load(ROOT / ".pre-commit-config.yaml")["repos"]
    assert repo["repo"] == "local"
    assert [hook["id"] for hook in repo["hooks"] if missing(shlex.split(hook["entry"]))] == []


# --- the container -----------------------------------------------------------------------------------------


DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")


def test_the_container_is_small_without_root_and_keeps_its_home() -> None:
    bases = re.findall(r"^FROM (\S+)", DOCKERFILE, re.MULTILINE)
    assert bases
    assert all(base.endswith("-slim") for base in bases)
    last = DOCKERFILE.rpartition("FROM ")[2]
    user, home = re.search(r"^USER (\w+)", last, re.MULTILINE), re.search(r"ANITRAKT_HOME=(\S+)", last)
    assert user is not None
    assert home is not None
    assert user[1] != "root"
    assert f"VOLUME {home[1]}\n" in last


def test_the_container_gets_what_the_build_needs_and_no_more() -> None:
    kept = re.findall(r"^!(\S+)", (ROOT / ".dockerignore").read_text(encoding="utf-8"), re.MULTILINE)
    assert all((ROOT / name).exists() for name in kept)
    assert {"anitrakt_plan", "schemas", "pyproject.toml", "README.md", "LICENSE"} == set(kept)


def test_the_version_stands_in_one_place() -> None:
    assert 'dynamic = ["version"]' in (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    assert f"rev: v{__version__}\n" in (ROOT / "docs" / "schedule.md").read_text(encoding="utf-8")
