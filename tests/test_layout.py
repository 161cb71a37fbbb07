"""The walls of the house: who may know whom, and what a file may be."""

from __future__ import annotations

import ast
import functools
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parent.parent / "anitrakt_plan"
NAME = "anitrakt_plan"

# What each folder may import of ours, besides itself. `commands` and `cli` join them all.
MAY_KNOW = {
    "model": (),
    "matching": ("model",),
    "sync": ("model",),
    "planfile": ("model", "errors", "files"),
    "sources": ("model", "http", "errors"),
    "idmaps": ("model", "http", "errors"),
    # it sends what sync/batches packs: typed, so that no body can mark a whole show
    "trakt": ("model", "sync", "http", "settings", "errors", "files"),
    "tmdb": ("model", "http", "settings", "errors"),
    "journal": ("model", "sync", "errors", "files"),
    "reports": ("model", "matching", "sync", "planfile", "sources", "settings", "errors"),
    "http": ("errors", "files"),
    "project": ("model", "sources", "errors"),
    "settings": ("project", "sources", "http", "errors"),  # each source has settings of its own
    "errors": (),
    "sandbox": ("files",),
    # a face of the commands, as `cli` is; it knows neither services nor the network
    "web": ("model", "matching", "sync", "planfile", "commands", "reports", "settings", "errors"),
}
# What has no place of its own on the data's way: files beside the folders, which know nothing of ours but errors.
FOR_ALL = ("home", "json_text", "json_rows", "words", "__version__")
ONLY_IN = {
    "click": ("cli",),
    "rich": ("cli",),
    "requests": ("http",),
    "requests_cache": ("http",),
    "urllib3": ("http",),
    "ruamel": ("planfile",),
    "jsonschema": ("planfile",),
    "flask": ("sandbox", "web"),
    "graphql": ("sandbox",),
    "werkzeug": ("sandbox", "web"),
    "jinja2": ("web",),
}
PURE = ("model", "matching", "sync")
IMPURE = ("os", "time", "random", "socket", "pathlib", "subprocess", "tempfile", "urllib.request", "io")

# Modules that only one other module of their folder imports, and why they are modules of their own nevertheless.
ALONE = {
    "matching.collisions": "part of matching.search, which would be too long to read as one file",
    "cli.review_dialog": "the course of a review, apart from the command and its options",
    "cli.review_web": "how the page begins and ends: Flask is loaded for it alone",
    "commands.outcomes": "what became of each entry, counted; apart from the sending",
    "commands.replan": "plan --update and --map: what is taken from an earlier plan",
    "commands.side_by_side": "threads, and who waits for them: no part of what a plan is",
    "http.pace": "how long a request waits, and what is said of it: no part of what an answer is",
    "idmaps.anibridge": "one file a data set",
    "idmaps.anitrakt": "one file a data set",
    "idmaps.bangumi": "one file a data set",
    "journal.codec": "the journal's lines, apart from its file",
    "matching.identity": "one question of its own: does an id name the work that a title names",
    "matching.weights": "numbers that benchmarks/fit.py prints",
    "sandbox.pictures": "one file a service",
    "sandbox.anilist": "one file a service",
    "sandbox.idmap": "one file a service",
    "sandbox.mal": "one file a service",
    "sandbox.tmdb": "one file a service",
    "sandbox.trakt_catalogue": "one file a part of Trakt's API",
    "sandbox.trakt_items": "one file a part of Trakt's API",
    "sandbox.trakt_oauth": "one file a part of Trakt's API",
    "sandbox.trakt_sync": "one file a part of Trakt's API",
    "web.guards": "who may ask the page's server: to be read, and judged, by itself",
    "sandbox.spoilt": "the model of such scripts, which tests use as well",
    "sandbox.exporter": "how Trakt packs a data download, which tests use as well",
    "sandbox.importer": "by which rules Trakt reads an upload, which tests of our files use as well",
}
MAX_LINES = 700
MAX_INNER_IMPORTS = 30


@functools.cache
def tree(module: Path) -> ast.Module:
    return ast.parse(module.read_text(encoding="utf-8"))


@functools.cache
def imports(module: Path) -> tuple[str, ...]:
    return tuple(_imports(module))


def _imports(module: Path) -> Iterator[str]:
    for node in ast.walk(tree(module)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def place(module: Path) -> str:
    """The folder or file directly below the package."""
    return module.relative_to(PACKAGE).parts[0].removesuffix(".py")


def name_of(module: Path) -> str:
    """A module's name below the package: `sync.diff`; a package's is its folder's."""
    parts = module.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


MODULES = sorted(PACKAGE.rglob("*.py"))
BY_NAME = {name_of(module): module for module in MODULES}


@functools.cache
def graph() -> dict[str, set[str]]:
    """Each module with those of ours that it imports anywhere, by their names."""
    found: dict[str, set[str]] = {}
    for name, module in BY_NAME.items():
        ours = {one.removeprefix(f"{NAME}.") for one in imports(module) if one.startswith(f"{NAME}.")}
        exact = ours & BY_NAME.keys()
        packages = {one for one in exact if BY_NAME[one].name == "__init__.py"}
        # `from package import module` means the module, not what the package itself holds
        through = {one for one in packages if _only_modules(module, one)}
        found[name] = exact - through - {name}
    return found


def _only_modules(module: Path, package: str) -> bool:
    names = [
        alias.name
        for node in ast.walk(tree(module))
        if isinstance(node, ast.ImportFrom) and node.module == f"{NAME}.{package}"
        for alias in node.names
    ]
    return all(f"{package}.{name}" in BY_NAME for name in names)


def offences(modules: Iterable[Path], wrong: Callable[[Path, str], bool]) -> list[str]:
    """`module imports name` for every import that breaks a rule."""
    return [
        f"{module.relative_to(PACKAGE)} imports {name}"
        for module in modules
        for name in imports(module)
        if wrong(module, name)
    ]


def test_there_is_something_to_check() -> None:
    assert {place(module) for module in MODULES} >= MAY_KNOW.keys()


@pytest.mark.parametrize("folder", MAY_KNOW)
def test_a_folder_knows_only_what_comes_before_it(folder: str) -> None:
    allowed = (folder, *MAY_KNOW[folder], *FOR_ALL)

    def wrong(_: Path, name: str) -> bool:
        return name.startswith(f"{NAME}.") and name.split(".")[1] not in allowed

    assert offences([module for module in MODULES if place(module) == folder], wrong) == []


def test_what_all_may_know_knows_nothing_but_errors() -> None:
    def wrong(_: Path, name: str) -> bool:
        return name.startswith(f"{NAME}.") and name.split(".")[1] != "errors"

    assert offences([module for module in MODULES if place(module) in FOR_ALL], wrong) == []


def test_the_pure_folders_know_the_standard_library_and_rapidfuzz_only() -> None:
    allowed = sys.stdlib_module_names | {"rapidfuzz", NAME}
    pure = [module for module in MODULES if place(module) in PURE]

    assert offences(pure, lambda _, name: name.split(".")[0] not in allowed or name in IMPURE) == []
    for module in pure:
        text = module.read_text(encoding="utf-8")
        assert re.findall(r"(?<![\w.])(?<!def )open\(|\.now\(|\.today\(", text) == [], module


def test_nothing_imports_the_command_line() -> None:
    below = [module for module in MODULES if place(module) not in ("cli", "__main__")]

    assert offences(below, lambda _, name: name.startswith(f"{NAME}.cli")) == []


def test_each_library_stays_behind_its_own_door() -> None:
    def wrong(module: Path, name: str) -> bool:
        library = name.split(".")[0]
        return library in ONLY_IN and place(module) not in ONLY_IN[library]

    assert offences(MODULES, wrong) == []


def test_only_the_command_line_starts_the_sandbox() -> None:
    others = [module for module in MODULES if place(module) not in ("sandbox", "cli")]

    assert offences(others, lambda _, name: name.startswith(f"{NAME}.sandbox")) == []


def test_only_the_command_line_opens_the_page() -> None:
    others = [module for module in MODULES if place(module) not in ("web", "cli")]

    assert offences(others, lambda _, name: name.startswith(f"{NAME}.web")) == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    known = graph()
    open_ones = dict(known)
    while free := [name for name, others in open_ones.items() if not others & open_ones.keys()]:
        for name in free:
            del open_ones[name]

    assert sorted(open_ones) == []  # what is left stands in a circle, or needs one that does


def test_a_module_that_only_its_neighbour_needs_has_a_reason() -> None:
    importers: dict[str, set[str]] = defaultdict(set)
    for name, others in graph().items():
        for other in others:
            importers[other].add(name)
    alone = {
        name
        for name, known_by in importers.items()
        if len(known_by) == 1
        and BY_NAME[name].name != "__init__.py"
        and name.rpartition(".")[0] == next(iter(known_by)).rpartition(".")[0]
    }

    assert sorted(alone - ALONE.keys()) == []


def test_few_imports_of_ours_are_inside_functions() -> None:
    inside = [
        f"{name_of(module)}: {node.module}"
        for module in MODULES
        for function in ast.walk(tree(module))
        if isinstance(function, ast.FunctionDef)
        for node in ast.walk(function)
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(NAME)
    ]

    assert len(inside) <= MAX_INNER_IMPORTS, inside


def test_no_file_is_too_long_to_be_one_idea() -> None:
    lengths = {name_of(module): module.read_bytes().count(b"\n") for module in MODULES}

    assert {name: length for name, length in lengths.items() if length > MAX_LINES} == {}


def test_a_command_loads_nothing_before_it_is_asked_for() -> None:
    """Loading everything would take as long as many a command."""
    code = f"import sys, {NAME}.cli.main; print([name for name in sys.modules if name.startswith({NAME!r})])"

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert set(ast.literal_eval(said.stdout)) <= {
        *(NAME, f"{NAME}.errors", f"{NAME}.cli", f"{NAME}.cli.main", f"{NAME}.cli.context"),
        f"{NAME}.words",
    }
