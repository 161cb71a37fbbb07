"""`anitrakt review --web`: the page begins, and ends with Ctrl-C or its own *Done*."""

from __future__ import annotations

import threading
import webbrowser
from collections.abc import Callable, Collection
from contextlib import AbstractContextManager, nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from platformdirs import user_downloads_dir

from anitrakt_plan.cli.context import State
from anitrakt_plan.cli.files import keep_policy, load_file
from anitrakt_plan.commands.data_download import remembered_download
from anitrakt_plan.commands.explain import evidence_path, load_ids
from anitrakt_plan.commands.export import ExportOptions, export
from anitrakt_plan.commands.overview import next_after_answers
from anitrakt_plan.commands.pictures import HOSTS, POSTERS, TMDB_PICTURES, Pictures
from anitrakt_plan.commands.review import Seasons, Session
from anitrakt_plan.commands.review_repair import RepairSession
from anitrakt_plan.commands.services import Services, page_of
from anitrakt_plan.commands.upload_folder import UploadFolder
from anitrakt_plan.errors import AnitraktError, PlanInvalid
from anitrakt_plan.http import ReadClient, RetryPolicy
from anitrakt_plan.model import (
    SyncKind,
    TargetKind,
    WorkId,
)
from anitrakt_plan.settings import Way
from anitrakt_plan.web.desk import Desk
from anitrakt_plan.web.repair_desk import RepairDesk
from anitrakt_plan.web.server import application, repair_application, serving
from anitrakt_plan.web.upload import Upload

if TYPE_CHECKING:
    from anitrakt_plan.commands.lookup import Lookup
    from anitrakt_plan.commands.services import Ask
    from anitrakt_plan.model import Plan
    from anitrakt_plan.model.account import PlaySubject
    from anitrakt_plan.reports.export import Exported


def serve_page(
    state: State,
    session: Session,
    lookup: Lookup,
    services: Services,
    *,
    browser: bool,
    with_pictures: bool,
) -> None:
    """Serve the page until the person ends it. Raises KeyboardInterrupt on Ctrl-C."""
    path, plan = session.file.path, session.file.plan
    over = threading.Event()
    desk = Desk(
        session,
        lookup,
        asked_seasons=Seasons(lookup.catalogue, services.known_seasons),
        page_of=page_of,
        watched=_Watched(state, plan, services),
        next_step=lambda still_open: state.as_commands(
            next_after_answers(path, session.file.plan, state.settings.folders, services.way, still_open)
        ),
    )
    pictures = _pictures(state, plan) if with_pictures else None
    upload = _upload(state, path, services) if services.way is Way.FILES else None
    with serving(
        lambda guard: application(
            desk, guard, pictures=pictures, upload=upload, done=over.set, as_commands=state.as_commands
        )
    ) as guard:
        _tell_address(state, guard.address, browser=browser)
        if pictures is not None:
            pictures.start()
        try:
            _wait_for(over)
        finally:
            if pictures is not None:
                pictures.close()


def serve_repair_page(state: State, session: RepairSession, *, browser: bool) -> None:
    """Serve the page for a repair until the person ends it. Raises KeyboardInterrupt on Ctrl-C."""
    desk, over = RepairDesk(session), threading.Event()
    with serving(
        lambda guard: repair_application(desk, guard, done=over.set, as_commands=state.as_commands)
    ) as guard:
        _tell_address(state, guard.address, browser=browser)
        _wait_for(over)


def _tell_address(state: State, address: str, *, browser: bool) -> None:
    state.info("The page for review is at this address, on this machine alone. Ctrl-C or its Done ends it.")
    print(address, flush=True)  # noqa: T201  (alone on its line, never wrapped)
    if browser:
        webbrowser.open(address)


def _wait_for(over: threading.Event) -> None:
    while not over.wait(0.5):  # a wait without an end would not hear Ctrl-C on Windows
        pass


class _Watched:
    """What was watched already: by the data download of the way without an application, else by the account itself.

    It only adorns the strips of seasons: it is read in the background, and where it can't be, nothing is known.
    """

    def __init__(self, state: State, plan: Plan, services: Services) -> None:
        self._state, self._plan, self._services = state, plan, services
        self._found: frozenset[PlaySubject] = frozenset()
        threading.Thread(target=self._read, name="watched", daemon=True).start()

    def __call__(self) -> Collection[PlaySubject]:
        return self._found

    def _read(self) -> None:
        reporter = Silent()
        try:
            if self._services.way is Way.FILES:
                folder, user = self._state.settings.folders.state, self._plan.target_user
                download = remembered_download(folder, user, reporter, datetime.now(UTC))
                existing = download.existing if download is not None else None
            elif self._services.why_no_account() is None:
                own = Services(self._state.settings)  # connections are no thread's but their own
                try:
                    existing = own.read_existing((SyncKind.HISTORY,), reporter)
                finally:
                    own.close()
            else:
                existing = None
        except AnitraktError:
            return
        if existing is not None:
            self._found = frozenset(play.subject for play in existing.plays)


class Silent:
    """What is read in the background says nothing."""

    def info(self, text: str = "") -> None: ...

    def debug(self, text: str) -> None: ...

    def progress(
        self,
        title: str,  # noqa: ARG002
        *,
        each: bool = False,  # noqa: ARG002
    ) -> AbstractContextManager[Callable[[int, int], None]]:
        return nullcontext(lambda _done, _total: None)


def _pictures(state: State, plan: Plan) -> Pictures:
    """Covers from AniList, posters from whichever catalogue there is, each with connections of its own."""
    settings = state.settings
    own = Services(settings)
    state.on_close(own.close)
    practice = urlsplit(settings.tmdb_url)  # the sandbox has pictures, too
    hosts = (f"{practice.scheme}://{practice.netloc}",) if settings.sandbox else HOSTS
    clients = {host: ReadClient("pictures", host, retry_policy=RetryPolicy(tries=1)) for host in hosts}
    for client in clients.values():
        state.on_close(client.close)
    known = load_ids(evidence_path(settings.folders.state, plan.source))
    ids = {f"cover/{entry.key}": known.get(entry.key) or entry.key.ids for entry in plan.entries}

    def fetch(address: str) -> bytes:
        host = next(host for host in hosts if address.startswith(f"{host}/"))
        answer = clients[host].get(address.removeprefix(host))
        return answer.body if answer.ok else b""

    def poster(kind: TargetKind, work: WorkId) -> str | None:
        if (tmdb := own.tmdb_catalogue()) is not None and (path := tmdb.poster(kind, work)):
            return f"{hosts[0] + '/pictures' if settings.sandbox else TMDB_PICTURES}{POSTERS}{path}"
        trakt = own.trakt_catalogue()
        return trakt.poster(kind, work) if trakt is not None else None

    return Pictures(
        settings.folders.cache / "pictures",
        settings.folders.state / "covers.json",
        ids,
        own.covers,
        poster,
        fetch,
        hosts,
    )


def _upload(state: State, path: Path, services: Services) -> Upload:
    def make(options: ExportOptions, ask: Ask | None) -> Exported:
        plan = load_file(path).plan
        if plan is None:
            raise PlanInvalid(f"{path} has mistakes", todo=f"See them with `anitrakt validate {path}`.")
        now = datetime.now(UTC)
        folder = UploadFolder.beside(path, state.as_commands)
        exported = export(plan, options, folder, services, Silent(), now, ask=ask)
        if exported.policy is not None:
            keep_policy(state, path)
        return exported

    return Upload(
        make,
        downloads=Path(user_downloads_dir()),
        practice=state.sandbox,
        as_commands=state.as_commands,
    )
