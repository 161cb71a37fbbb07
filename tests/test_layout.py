"""The import rules of the layout: who may know whom."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

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
    "graphql": ("sandbox",),
    "werkzeug": ("sandbox",),
}
IMPURE = ("os", "time", "random", "socket", "pathlib", "subprocess", "tempfile", "urllib.request", "io")


@functools.cache
def imports(module: Path) -> tuple[str, ...]:
    return tuple(_imports(module))


def _imports(module: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def place(module: Path) -> str:
    """The folder or file directly below the package."""
    return module.relative_to(PACKAGE).parts[0]


MODULES = sorted(PACKAGE.rglob("*.py"))
CORE = [module for module in MODULES if place(module) == "core"]


def offences(modules: Iterable[Path], wrong: Callable[[Path, str], bool]) -> list[str]:
    """`module imports name` for every import that breaks a rule."""
    return [
        f"{module.relative_to(PACKAGE)} imports {name}"
        for module in modules
        for name in imports(module)
        if wrong(module, name)
    ]


def test_there_is_something_to_check() -> None:
    assert len(CORE) > 10
    assert {place(module) for module in MODULES} >= {"cli", "commands", *SIDES}


def test_the_core_knows_only_itself_the_standard_library_and_rapidfuzz() -> None:
    allowed = sys.stdlib_module_names | {"rapidfuzz"}

    assert not offences(
        CORE,
        lambda _, name: not name.startswith("anitrakt_plan.core") and name.split(".")[0] not in allowed,
    )


def test_the_core_is_pure() -> None:
    assert not offences(CORE, lambda _, name: name in IMPURE)
    for module in CORE:
        text = module.read_text(encoding="utf-8")
        assert re.findall(r"\bopen\(|\.now\(|\.today\(", text) == [], module


def test_the_sides_never_import_each_other() -> None:
    def wrong(module: Path, name: str) -> bool:
        strangers = {*SIDES, "commands", "sandbox"} - {place(module)}
        return name.startswith(tuple(f"anitrakt_plan.{other}" for other in strangers))

    assert not offences([module for module in MODULES if place(module) in SIDES], wrong)


def test_nothing_imports_the_command_line() -> None:
    below = [module for module in MODULES if place(module) not in ("cli", "__main__.py")]

    assert not offences(below, lambda _, name: name.startswith("anitrakt_plan.cli"))


def test_each_library_stays_behind_its_own_door() -> None:
    def wrong(module: Path, name: str) -> bool:
        library = name.split(".")[0]
        return library in ONLY_IN and place(module) not in ONLY_IN[library]

    assert not offences(MODULES, wrong)


def test_only_the_command_line_starts_the_sandbox() -> None:
    others = [module for module in MODULES if place(module) not in ("sandbox", "cli")]

    assert not offences(others, lambda _, name: name.startswith("anitrakt_plan.sandbox"))


def test_a_command_that_needs_no_practice_services_does_not_wait_for_their_libraries() -> None:
    heavy = ("flask", "werkzeug", "graphql")
    code = f"import sys, anitrakt_plan.cli.main; print([name for name in {heavy} if name in sys.modules])"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert said.stdout == "[]\n"
