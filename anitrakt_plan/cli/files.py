"""`anitrakt validate`, `show`, `schema`, `fmt` and `export-map`: what is done with a plan, or a repair, as a file."""

from __future__ import annotations

import os
import re
import shlex
import sys
from collections.abc import Collection, Sequence
from dataclasses import asdict
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

import click

from anitrakt_plan.cli.context import DEFAULT_FILE, State, check_target, command, sandbox_folders
from anitrakt_plan.cli.options import FILE, JSON, PATH, plan_and_keys, plans
from anitrakt_plan.commands.show import (
    Row,
    Sort,
    groups_document,
    groups_markdown,
    groups_table,
    markdown,
    rows,
    select_groups,
    sure_of,
    table,
)
from anitrakt_plan.errors import BadUsage, ExitCode, Failed, PlanInvalid
from anitrakt_plan.files import names_a_file
from anitrakt_plan.journal.journal import read_knowledge
from anitrakt_plan.model import Address, Decision
from anitrakt_plan.model.repair import Repair, RepairDecision, RepairGroup
from anitrakt_plan.model.sending import changed_decisions
from anitrakt_plan.planfile import plan_cache
from anitrakt_plan.planfile.repair import (
    LoadedRepair,
    format_repair,
    is_repair,
    read_repair,
    repair_schema_text,
)
from anitrakt_plan.settings import PRACTICE_USER
from anitrakt_plan.words import pluralize, printable

if TYPE_CHECKING:
    from anitrakt_plan.model import EntryKey, Plan
    from anitrakt_plan.planfile import Loaded, LoadedFile


MAX_SHOWN = 20

MAX_WARNINGS = 3
"""Before what a command has to say that goes on in spite of them."""


def is_repair_file(path: Path) -> bool:
    """Whether a file says that it is a repair; what can't be read is none."""
    try:
        return str(path) != "-" and path.is_file() and is_repair(path.read_bytes())
    except OSError:
        return False


def load_file(path: Path, *, by_schema: bool = False) -> Loaded:
    """Read a plan; `-` is stdin. Raises Failed where it can't be read; mistakes in it are not raised.

    `by_schema`: check it against the published schema, too, as `load_plan` does.
    """
    from anitrakt_plan.commands.services import KNOWN_SERVICES
    from anitrakt_plan.planfile import load_plan, read_bytes

    raw, name = (sys.stdin.buffer.read(), "<stdin>") if str(path) == "-" else (read_bytes(path), str(path))
    return load_plan(raw, name, by_schema=by_schema, services=KNOWN_SERVICES)


def file_and_keys(words: tuple[str, ...]) -> tuple[Path, tuple[str, ...]]:
    """Tell FILE from KEYs: the first word is a file if there is one of that name, or if it is named like one."""
    if words and (words[0] == "-" or words[0].endswith((".yaml", ".yml")) or names_a_file(words[0])):
        return Path(words[0]), words[1:]
    return DEFAULT_FILE, words


def load_valid(state: State, path: Path, *, alone: bool = False) -> Plan:
    """Read a plan that a command is to use: mistakes go to stderr, and an error among them ends the command.

    `alone`: the command is about the file and nothing else, so it is the same in the sandbox and out of it. Raises
    PlanInvalid and what `check_world` raises; nothing has been sent by then.
    """
    return valid_file(state, path, alone=alone)[0]


def valid_file(state: State, path: Path, *, alone: bool = False) -> tuple[Plan, bytes]:
    """The same, with the bytes that were read."""
    state.file = path
    loaded = load_file(path)
    _check_valid(state, path, loaded, undone="nothing was sent")
    assert loaded.plan is not None  # it is valid
    if not alone:
        check_world(state, loaded.plan, path)
    remember_valid(state, loaded.plan, loaded.raw)
    return loaded.plan, loaded.raw


def valid_repair(state: State, path: Path) -> LoadedRepair:
    """Read a repair that a command is to use, as `load_valid` reads a plan."""
    state.file = path
    loaded = read_repair(path)
    _check_valid(state, path, loaded, undone="nothing was changed")
    return loaded


def _check_valid(state: State, path: Path, loaded: LoadedFile, *, undone: str) -> None:
    """Tell the mistakes of a file; raise PlanInvalid for an error among them."""
    most = MAX_SHOWN if loaded.errors else MAX_WARNINGS
    for line in chain.from_iterable(_paragraphs(loaded, most=most)):
        state.warn(line) if loaded.errors else state.info(line)
    if loaded.errors:
        raise PlanInvalid(
            f"{path} has {mistakes_counted(loaded)}; {undone}",
            todo=f"Mend them and look again with `anitrakt validate {path}`.",
        )


def changed_since(path: Path, plan: Plan, raw: bytes) -> frozenset[EntryKey]:
    """The entries that a person has decided otherwise since the plan was read as `raw`. Raises Failed."""
    if str(path) == "-":
        return frozenset()
    try:
        is_as_read = path.read_bytes() == raw
    except OSError:
        is_as_read = False
    if is_as_read:
        return frozenset()
    now = load_file(path).plan
    if now is None:
        raise Failed(
            "the plan changed while it was applied, and has mistakes now",
            where=str(path),
            todo=f"Nothing more was sent. Mend it (`anitrakt validate {path}`), and run the same command again.",
        )
    return changed_decisions(plan, now)


def remember_valid(state: State, plan: Plan, raw: bytes) -> None:
    """Keep a valid plan's text, so that `plan > plan.yaml` can't lose the decisions in it.

    What was planned with the sandbox is none of the person's own plans, also where `--sandbox` was left out.
    """
    if not is_of_other_world(state, plan):
        plan_cache.store(state.settings.folders.state, plan.source, raw)


def check_world(state: State, plan: Plan, path: Path) -> None:
    """Raise BadUsage where a practice plan is used without the sandbox, or another plan in it."""
    if not is_of_other_world(state, plan):
        return
    if state.settings.sandbox:
        raise BadUsage(
            f"{path} is a plan of your own, and --sandbox would take it to the practice account",
            todo="Leave out --sandbox (or unset ANITRAKT_SANDBOX). To practise, make a practice plan: "
            "`anitrakt plan --anilist NAME -o practice.yaml`.",
        )
    name = click.get_current_context().command.name
    again = f": `anitrakt --sandbox {name} {shlex.quote(str(path))}`" if name in _OF_PLAN_ALONE else ""
    raise BadUsage(
        f"{path} was made in the sandbox, and without --sandbox this would be about your own account",
        todo=f"Write `--sandbox` behind `anitrakt` to go on practising{again}.",
    )


_OF_PLAN_ALONE = ("apply", "diff", "export-trakt", "review", "status")
"""The commands that are whole with the plan's name."""


def is_of_other_world(state: State, plan: Plan) -> bool:
    """Whether a plan was made in the sandbox and this is not, or the reverse, as far as this machine can tell."""
    settings, is_practice = state.settings, plan.target_user == PRACTICE_USER
    if not settings.sandbox:  # somebody's name may be like that
        practised_in = sandbox_folders(settings).folders.state
        return is_practice and plan_cache.load(practised_in, plan.source) is not None
    here = settings.folders.state
    is_known = plan_cache.load(here, plan.source) is not None
    return not (is_practice or is_known) and plan_cache.load(here.parent, plan.source) is not None


def keep_policy(state: State, file: Path) -> None:
    """Write an export's answer about ratings into the plan: it is asked once."""
    from anitrakt_plan.commands.export import with_show_ratings
    from anitrakt_plan.planfile import rewrite, write_plan

    loaded = load_file(file)
    if loaded.plan is None:  # it was valid a moment ago; whoever spoilt it since goes first
        return
    after = with_show_ratings(loaded.plan)
    text = rewrite(loaded, {entry.key: entry for entry in after.entries}, header=after)
    write_plan(file, loaded.encoding.to_bytes(text), expected=loaded.raw)
    state.info(f"{file}: the policy is `ratings: {after.policy.ratings.value}` now.")


def _paragraphs(
    loaded: LoadedFile,
    *,
    most: int | None = MAX_SHOWN,
    severities: Collection[str] = ("error", "warning"),
) -> list[list[str]]:
    """The lines of each mistake, of so many at most."""
    told = [mistake for mistake in loaded.diagnostics if mistake.severity in severities]
    paragraphs = [mistake.lines() for mistake in told[:most]]
    if (more := len(told) - len(paragraphs)) > 0:
        paragraphs.append([f"... and {more} more (`anitrakt validate --all` shows them)."])
    return paragraphs


def mistakes_counted(loaded: LoadedFile) -> str:
    """`2 errors, 1 warning`, or `no mistakes`."""
    errors = len(loaded.errors)
    words = ((errors, "error"), (len(loaded.diagnostics) - errors, "warning"))
    return ", ".join(pluralize(n, word) for n, word in words if n) or "no mistakes"


@command(
    short_help="Find every mistake in a plan, with line and column.",
    epilog="Examples:\n\n  anitrakt validate plan.yaml\n\n  anitrakt validate --json plan.yaml other.yaml",
)
@click.argument("files", metavar="[FILE]...", type=PATH, nargs=-1, shell_complete=plans)
@click.option("--all", "all_of_them", is_flag=True, help=f"Show all mistakes, not the first {MAX_SHOWN}.")
@click.option("--strict", is_flag=True, help="Let warnings count as errors.")
@click.option("--skip-others", is_flag=True, help="Pass over files that are no plan: for a commit hook.")
@JSON
def validate(
    state: State, files: tuple[Path, ...], all_of_them: bool, strict: bool, skip_others: bool, as_json: bool
) -> int:
    """Find every mistake in FILE (plan.yaml) at once: of YAML, of the schema, of meaning. Reads no network."""
    if skip_others and not (files := tuple(filter(is_ours, files))):
        state.info("None of these files is a plan.")
        return ExitCode.DONE
    state.file = files[0] if len(files) == 1 else DEFAULT_FILE
    loaded = [(path, _load_any(state, path)) for path in files or (DEFAULT_FILE,)]
    invalid = any(one.diagnostics if strict else one.errors for _, one in loaded)
    if as_json:
        state.json(_mistakes_json([one for _, one in loaded], valid=not invalid))
    else:
        for path, one in loaded:
            _tell_mistakes(state, path, one, all_of_them=all_of_them, strict=strict)
    return ExitCode.PLAN_INVALID if invalid else ExitCode.DONE


def _mistakes_json(loaded: Sequence[LoadedFile], *, valid: bool) -> dict[str, object]:
    found = [mistake.as_json() for one in loaded for mistake in one.diagnostics]
    return {"format": "anitrakt-validate/1", "valid": valid, "mistakes": found}


_SIGN = re.compile(rb"""^["']?format["']?\s*:\s*["']?anitrakt-(plan|repair)/""", re.MULTILINE)


def is_ours(path: Path) -> bool:
    """Whether a file says that it is a plan or a repair, be it a broken one; what can't be read is for `validate`."""
    try:
        return _SIGN.search(path.read_bytes().replace(b"\0", b"")) is not None
    except OSError:
        return True


def _load_any(state: State, path: Path) -> LoadedFile:
    if is_repair_file(path):
        return read_repair(path)
    return _with_addresses(state, _load_and_remember(state, path))


def _load_and_remember(state: State, path: Path) -> Loaded:
    loaded = load_file(path, by_schema=True)
    if loaded.plan is not None:
        remember_valid(state, loaded.plan, loaded.raw)
    return loaded


def _tell_mistakes(state: State, path: Path, loaded: LoadedFile, *, all_of_them: bool, strict: bool) -> None:
    # who asked for quiet knows of the warnings: they are as old as the edit
    told = ("error",) if state.quiet and not strict else ("error", "warning")
    paragraphs = _paragraphs(loaded, most=None if all_of_them else MAX_SHOWN, severities=told)
    state.lines(line for paragraph in paragraphs for line in (*paragraph, ""))
    if loaded.diagnostics:
        state.info(f"{path}: {mistakes_counted(loaded)}.")
    elif not loaded.errors:
        state.info(f"{path}: no mistakes, {loaded.counted}.")


def _with_addresses(state: State, loaded: Loaded) -> Loaded:
    """The same with the pasted addresses that nobody can look up as errors."""
    plan = loaded.plan
    if plan is None or not any(isinstance(one.match, Address) for one in plan.entries):
        return loaded
    from anitrakt_plan.commands.lookup import beyond_help  # loads much, for few

    return loaded.with_unresolved(beyond_help(plan, state.services()))


_DECISIONS = list(dict.fromkeys(one.value for one in (*Decision, *RepairDecision)))


@command(
    short_help="Show a plan, one line an entry.",
    epilog="Examples:\n\n  anitrakt show\n\n  anitrakt show 'attack on titan'\n\n"
    "  anitrakt show --decision review\n\n  anitrakt show --below 0.995 --sort confidence",
)
@click.argument("words", metavar="[FILE] [KEY]...", nargs=-1, shell_complete=plan_and_keys)
@click.option("--sort", type=click.Choice(["show", "confidence", "title"]), help="Sort the rows.")
@click.option("--decision", type=click.Choice(_DECISIONS), help="Only these.")
@click.option("--below", type=float, metavar="X", help="Only what is less certain than X.")
@click.option(
    "--format", "form", type=click.Choice(["table", "markdown"]), default="table", show_default=True
)
@JSON
def show(
    state: State,
    words: tuple[str, ...],
    sort: str | None,
    decision: str | None,
    below: float | None,
    form: str,
    as_json: bool,
) -> None:
    """Show FILE (plan.yaml), or what KEY names in it, one line an entry. Reads no network.

    KEY is an entry's key, a glob over keys or titles, or part of one or more titles; of a repair file it names groups.
    What is longer than the screen goes through your PAGER.
    """
    file, patterns = file_and_keys(words)
    if is_repair_file(file):
        form = "json" if as_json else form
        _show_repair(state, file, patterns, sort=sort, decision=decision, below=below, form=form)
        return
    found = rows(
        load_valid(state, file, alone=True),
        patterns,
        sort=Sort(sort) if sort else None,
        decision=_decision_of(Decision, decision, file),
        below=below,
    )
    if as_json:
        document = {"format": "anitrakt-show/1", "entries": [asdict(row) for row in found]}
        state.json(document, ascii_only=True)
    elif form == "markdown":
        state.data(markdown(found))
    else:
        _table(state, found)
    state.info(f"{pluralize(len(found), 'entry')} of {file}.")


_STYLES = {
    Decision.AUTO: "green",
    Decision.CONFIRMED: "green",
    Decision.REVIEW: "yellow",
    Decision.SKIP: "dim",
}


def _table(state: State, found: tuple[Row, ...]) -> None:
    if not sys.stdout.isatty():
        state.data(table(found))
        return
    from rich.table import Table
    from rich.text import Text

    screen = Table(box=None, pad_edge=False, header_style="bold")
    reasons = any(row.reason for row in found)
    for heading in ("entry", "decision", "sure", "title", "on Trakt", "match", *(("reason",) * reasons)):
        screen.add_column(heading, overflow="fold", no_wrap=heading in ("entry", "decision", "sure"))
    for row in found:
        decision = Text(row.decision.value, style=_STYLES[row.decision])
        said = [
            Text(printable(cell)) for cell in (row.title, row.on_trakt, row.match, *((row.reason,) * reasons))
        ]
        screen.add_row(row.key, decision, sure_of(row), *said)
    console = state.console(sys.stdout)
    if len(found) + 1 < console.height:
        console.print(screen)
        return
    # `less -R` shows colours, -F ends where it all fits, -X leaves it on the screen
    os.environ.setdefault("LESS", "-RFX")
    with console.pager(styles=state.use_color(sys.stdout), links=False):
        console.print(screen)


_BY_TITLE = ("title", "show")
"""By what groups can be sorted: each is about a work on Trakt, which is its title."""


def _show_repair(
    state: State,
    path: Path,
    patterns: Sequence[str],
    *,
    sort: str | None,
    decision: str | None,
    below: float | None,
    form: str,
) -> None:
    """`show` of a repair file, or of what `patterns` name in it; `form` is table, markdown or json.

    Raises BadUsage where something is asked for that a repair has not.
    """
    if below is not None or sort not in (None, *_BY_TITLE):
        raise BadUsage(
            "the groups of a repair file have no confidence to sort or filter by",
            todo="`--sort title`, `--decision` and KEY go with a repair file.",
        )
    repair = valid_repair(state, path).repair
    assert repair is not None  # it is valid
    keys = select_groups(repair.groups, patterns) if patterns else {group.key for group in repair.groups}
    wanted = _decision_of(RepairDecision, decision, path)
    groups = [one for one in repair.groups if one.key in keys and wanted in (None, one.decision)]
    if sort is not None:
        groups.sort(key=lambda one: (one.about.casefold(), one.key))
    match form:
        case "json":
            state.json(groups_document(groups), ascii_only=True)
        case "markdown":
            state.data(groups_markdown(groups))
        case _:
            state.data(groups_table(groups))
    state.info(f"{pluralize(len(groups), 'group')} of {path}.")


_Decision = TypeVar("_Decision", Decision, RepairDecision)


def _decision_of(kind: type[_Decision], word: str | None, path: Path) -> _Decision | None:
    """A decision that `show` is asked for, of a plan or of a repair. Raises BadUsage where it is of the other one."""
    words = [one.value for one in kind]
    if word is None or word in words:
        return None if word is None else kind(word)
    raise BadUsage(f"nothing in {path} can be decided `{word}`", todo=f"There it is {', '.join(words)}.")


@command(short_help="Print the JSON Schema of the plan file.")
@click.option("--repair", is_flag=True, help="That of the repair file, which `audit` writes.")
def schema(state: State, repair: bool) -> None:
    """Print the JSON Schema of the plan file, for editors and other tools."""
    if repair:
        state.data(repair_schema_text())
        return
    from anitrakt_plan.commands.services import KNOWN_SERVICES
    from anitrakt_plan.planfile import schema_text

    state.data(schema_text(KNOWN_SERVICES))


# --- `anitrakt fmt` and `anitrakt export-map` ---


@command(
    short_help="Bring a plan into its canonical form, comments kept.",
    epilog="Examples:\n\n  anitrakt fmt\n\n  anitrakt fmt --check plan.yaml\n\n  anitrakt fmt - < plan.yaml",
)
@FILE
@click.option("--check", is_flag=True, help="Write nothing; exit with 1 where the form differs.")
@click.option("--prune", is_flag=True, help="Leave out entries that the list has no more.")
@JSON
def fmt(state: State, file: Path, check: bool, prune: bool, as_json: bool) -> int:
    """Bring FILE (plan.yaml) into its canonical form: order, quotes, indentation. Comments and decisions stay.

    `-` reads stdin and writes stdout.
    """
    from anitrakt_plan.planfile import format_plan, write_plan

    prints = str(file) == "-" and not check
    if as_json and prints:
        raise BadUsage("stdout holds either the plan or the JSON", todo="Name a file, or add --check.")
    if is_repair_file(file):
        plan, repair = None, valid_repair(state, file)
        raw, data = repair.raw, format_repair(repair).encode()
    else:
        loaded = load_file(file)
        plan = _formattable(state, file, loaded)
        raw, data = loaded.raw, format_plan(loaded, prune=prune).encode()
    is_canonical = data == raw
    if prints:
        state.data_bytes(data)
        return ExitCode.DONE
    writes = not check and not is_canonical
    if writes:
        write_plan(file, data, expected=raw)
        if plan is not None:
            remember_valid(state, plan, data)
    if as_json:
        said = {"file": str(file), "canonical": is_canonical, "written": writes}
        state.json({"format": "anitrakt-fmt/1", **said})
    else:
        _tell_form(state, file, is_canonical=is_canonical, writes=writes)
    return ExitCode.DONE if is_canonical or writes else ExitCode.FAILED


def _tell_form(state: State, file: Path, *, is_canonical: bool, writes: bool) -> None:
    if writes:
        state.info(f"Wrote {file}.")
    elif is_canonical:
        state.info(f"{file} is in its canonical form.")
    else:
        state.warn(f"{file} is not in its canonical form; `anitrakt fmt {file}` writes it.")


def _formattable(state: State, file: Path, loaded: Loaded) -> Plan:
    if loaded.plan is None:
        for mistake in loaded.errors:
            for line in mistake.lines():
                state.warn(line)
        raise PlanInvalid(
            f"{file} has {mistakes_counted(loaded)}, so it can't be formatted", todo="It was left as it is."
        )
    remember_valid(state, loaded.plan, loaded.raw)
    return loaded.plan


@command(
    short_help="Print the decisions alone, for `plan --map`.",
    epilog="Examples:\n\n  anitrakt export-map > map.yaml\n\n  anitrakt plan --anilist NAME --map map.yaml",
)
@FILE
@click.option("-o", "--output", metavar="OUT", type=PATH, help="Write to OUT.")
def export_map(state: State, file: Path, output: Path | None) -> None:
    """Print the decisions in FILE (plan.yaml): where entries are on Trakt, by your word, and what you skipped.

    No viewing history: this is the part to publish. `plan --map` takes it, for any list with the same anime.
    """
    from anitrakt_plan.commands.explain import evidence_path, load_ids
    from anitrakt_plan.planfile import decisions_in, dump_map, write_plan

    if output is not None:
        check_target(output, sign="anitrakt-map/", what="anitrakt map")
    plan = load_valid(state, file, alone=True)
    text = dump_map(plan, load_ids(evidence_path(state.settings.folders.state, plan.source)))
    if output is None:
        state.data(text)
    else:
        write_plan(output, text.encode(), expected=None)
    state.info(f"{pluralize(len(decisions_in(plan)), 'decision')} of yours in {file}.")


# --- repair files beside a plan ---


def repairs_beside(plan: Path) -> tuple[Path, ...]:
    """The repair files that lie in a plan's folder."""
    folder = plan.parent
    return tuple(filter(is_repair_file, sorted(chain(folder.glob("*.yaml"), folder.glob("*.yml")))))


def repair_beside(state: State, plan: Path) -> tuple[Path, tuple[RepairGroup, ...]] | None:
    """The repair file that lies in a plan's folder, with its groups that wait or are not carried out; None for none."""
    for path in repairs_beside(plan):
        repair = read_repair(path).repair
        groups = _open_groups(state, repair) if repair is not None else ()
        if groups:
            return path, groups
    return None


def _open_groups(state: State, repair: Repair) -> tuple[RepairGroup, ...]:
    knowledge = read_knowledge(state.settings.folders.journal, repair.account.uuid)
    gone = knowledge.removed_ids
    return tuple(
        group
        for group in repair.groups
        if group.decision is not RepairDecision.KEEP and any(play.id not in gone for play in group.plays)
    )
