"""Whatever stands in a plan, `diff` ends in what would be sent, or in a sentence; never in a bug."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from anitrakt_plan.cli.main import run
from anitrakt_plan.commands.services import Ports, Services
from anitrakt_plan.errors import ExitCode
from anitrakt_plan.model import Movie, MovieMatch, Plan, Season, SeasonEpisode, Show, ShowMatch, Work, WorkId
from anitrakt_plan.planfile import dump_plan
from tests.commands.running import ACCOUNT, SmallAccount, small_ports
from tests.commands.small_trakt import Catalogue
from tests.planfile.plan_strategies import broken_files, plans

NORMAL = settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck))
LONG = settings(max_examples=2_000, deadline=None, suppress_health_check=list(HealthCheck))

files = broken_files() | plans(most=4).map(lambda plan: dump_plan(plan).encode())


def works_of(plan: Plan) -> Iterator[Work]:
    """What a plan's matches name, as a Trakt that calls it what the list does."""
    for entry in plan.entries:
        match entry.resolved:
            case MovieMatch(movie):
                yield Movie(movie, entry.title)
            case ShowMatch(show):
                yield _show(show, entry.title)


def _show(show: WorkId, title: str) -> Show:
    episodes = tuple(SeasonEpisode(number, 10_000 + number) for number in range(1, 60))
    return Show(show, title, seasons=tuple(Season(number, episodes) for number in range(5)))


@pytest.fixture(autouse=True)
def small_outside(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """An account with nothing in it, whose Trakt knows what the plan names; there is no network behind it."""

    def ports(services: Services, plan: Plan, *_: object, **__: object) -> Ports:
        account = SmallAccount()
        account.account = replace(ACCOUNT, user=plan.target_user or ACCOUNT.user)
        small = small_ports(services.settings.folders.journal, account)
        return replace(small, catalogue=Catalogue(*works_of(plan)))

    monkeypatch.setattr(Services, "ports", ports)
    monkeypatch.setenv("ANITRAKT_HOME", str(tmp_path))
    monkeypatch.setenv("ANITRAKT_TRAKT_CLIENT_ID", "client")


def check_no_bug(raw: bytes, *options: str) -> None:
    with tempfile.TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        file = Path(folder) / "plan.yaml"
        file.write_bytes(raw)
        patch.setattr("sys.argv", ["anitrakt", "diff", str(file), *options])
        with pytest.raises(SystemExit) as leaving:
            run()
        event(f"exit {leaving.value.code}")
        assert leaving.value.code != ExitCode.BUG


@NORMAL
@given(files, st.sampled_from([(), ("--json",), ("--confirmed-only",)]))
def test_diff_of_any_plan_is_no_bug(raw: bytes, options: tuple[str, ...]) -> None:
    check_no_bug(raw, *options)


@pytest.mark.long
@LONG
@given(files, st.sampled_from([(), ("--json",), ("--confirmed-only",)]))
def test_diff_of_two_thousand_plans_is_no_bug(raw: bytes, options: tuple[str, ...]) -> None:
    check_no_bug(raw, *options)
