"""The import rules of the layout: who may know whom."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "anitrakt_plan"
SIDES = ("sources", "idmaps", "trakt", "document")
ONLY_IN = {
    "click": ("cli",),
    "rich": ("cli",),
    "requests": ("http",),
    "requests_cache": ("http",),
    "requests_ratelimiter": ("http",),
    "pyrate_limiter": ("http",),
    "urllib3": ("http",),
    "ruamel": ("document",),
    "jsonschema": ("document",),
    "flask": ("sandbox",),
    "werkzeug": ("sandbox",),
}


def imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def place(module: Path) -> str:
    """The folder or file directly below the package."""
    return module.relative_to(PACKAGE).parts[0]


def ids(module: Path) -> str:
    return str(module.relative_to(PACKAGE))


MODULES = sorted(PACKAGE.rglob("*.py"))
CORE = [module for module in MODULES if place(module) == "core"]
IN_SIDES = [module for module in MODULES if place(module) in SIDES]
BELOW_CLI = [module for module in MODULES if place(module) not in ("cli", "__main__.py")]


@pytest.mark.parametrize("module", CORE, ids=ids)
def test_the_core_knows_only_itself_the_standard_library_and_rapidfuzz(module: Path) -> None:
    allowed = sys.stdlib_module_names | {"rapidfuzz"}

    strangers = [
        name
        for name in imports(module)
        if not name.startswith("anitrakt_plan.core") and name.split(".")[0] not in allowed
    ]

    assert strangers == []


FORBIDDEN_IN_CORE = (
    "os",
    "time",
    "random",
    "socket",
    "pathlib",
    "subprocess",
    "tempfile",
    "urllib.request",
    "io",
)


@pytest.mark.parametrize("module", CORE, ids=ids)
def test_the_core_is_pure(module: Path) -> None:

    assert [name for name in imports(module) if name in FORBIDDEN_IN_CORE] == []
    text = module.read_text(encoding="utf-8")
    assert "open(" not in text
    assert ".now(" not in text
    assert ".today(" not in text


@pytest.mark.parametrize("module", IN_SIDES, ids=ids)
def test_the_sides_never_import_each_other(module: Path) -> None:
    side = place(module)
    others = tuple(f"anitrakt_plan.{other}" for other in (*SIDES, "commands", "sandbox") if other != side)

    assert [name for name in imports(module) if name.startswith(others)] == []


@pytest.mark.parametrize("module", BELOW_CLI, ids=ids)
def test_nothing_imports_the_command_line(module: Path) -> None:
    assert [name for name in imports(module) if name.startswith("anitrakt_plan.cli")] == []


@pytest.mark.parametrize("module", MODULES, ids=ids)
def test_each_library_stays_behind_its_own_door(module: Path) -> None:
    wrong = [
        name
        for name in imports(module)
        if name.split(".")[0] in ONLY_IN and place(module) not in ONLY_IN[name.split(".")[0]]
    ]

    assert wrong == []


def test_only_the_command_line_starts_the_sandbox() -> None:
    users = [
        ids(module)
        for module in MODULES
        if place(module) not in ("sandbox", "cli")
        and any(name.startswith("anitrakt_plan.sandbox") for name in imports(module))
    ]

    assert users == []
