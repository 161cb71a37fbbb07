"""`--sandbox`: the practice services in this very process, and settings that point at nothing else."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from anitrakt_plan.cli.state import sandbox_folders

if TYPE_CHECKING:
    from anitrakt_plan.sandbox import SandboxAddresses
    from anitrakt_plan.settings import Settings


@contextlib.contextmanager
def sandbox_settings(settings: Settings) -> Iterator[Settings]:
    """Serve the practice services on a free loopback port while the block runs; yields the settings for them."""
    from anitrakt_plan.sandbox import serve

    practice = sandbox_folders(settings)
    with serve(practice.folders.state) as sandbox:
        yield pointed_at(practice, sandbox.addresses)


def pointed_at(settings: Settings, addresses: SandboxAddresses) -> Settings:
    """The settings with every address, key, token and pace replaced by the sandbox's."""
    from anitrakt_plan.http import RateLimit

    at_once = RateLimit(1_000_000, 1)
    return replace(
        settings,
        trakt_url=addresses.trakt_url,
        trakt_auth_url=addresses.trakt_auth_url,
        anilist_url=addresses.anilist_url,
        mal_url=addresses.mal_url,
        idmap_url=addresses.idmap_url,
        trakt_client_id=addresses.trakt_client_id,
        trakt_client_secret=addresses.trakt_client_secret,
        trakt_token=addresses.trakt_token,
        mal_client_id=addresses.mal_client_id,
        anilist_token=None,
        mal_token=None,
        trakt_get_pace=at_once,
        trakt_write_pace=at_once,
        anilist_pace=at_once,
        mal_pace=at_once,
        trakt_settle=0.0,
    )
