"""The practice services hold one list twice: both ways of reading it must come to the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from anitrakt_plan.errors import NotSignedIn
from anitrakt_plan.http import ReadClient
from anitrakt_plan.sources import ALL_STATUSES, SourceList, anilist, mal, sort_out
from tests.practice import Sandbox, serve


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with serve(None) as running:
        yield running


def from_anilist(sandbox: Sandbox, user: str = "sample", *, token: str | None = None) -> SourceList:
    reader = ReadClient(anilist.NAME, sandbox.addresses.anilist_url)
    try:
        return sort_out(
            anilist.read_list(reader, replace(anilist.SOURCE.endpoint, token=token), user), ALL_STATUSES
        )
    finally:
        reader.close()


def from_mal(sandbox: Sandbox, user: str = "sample") -> SourceList:
    reader = ReadClient(mal.NAME, sandbox.addresses.mal_url)
    endpoint = replace(mal.SOURCE.endpoint, client_id=sandbox.addresses.mal_client_id)
    try:
        return sort_out(mal.read_list(reader, endpoint, user), ALL_STATUSES)
    finally:
        reader.close()


def test_both_services_give_the_same_progress(sandbox: Sandbox) -> None:
    by_anilist = {entry.ids.mal: entry.progress for entry in from_anilist(sandbox).entries}
    by_mal = {entry.ids.mal: entry.progress for entry in from_mal(sandbox).entries}

    shared = by_anilist.keys() & by_mal.keys()
    assert len(shared) > 50
    assert {i: by_anilist[i] for i in shared} == {i: by_mal[i] for i in shared}


def test_only_the_owners_token_shows_private_entries(sandbox: Sandbox) -> None:
    public, own = from_anilist(sandbox), from_anilist(sandbox, token=sandbox.addresses.anilist_token)

    assert public.left_out_private == 0
    assert own.left_out_private == 1
    assert own.entries == public.entries


def test_a_private_list_needs_a_sign_in(sandbox: Sandbox) -> None:
    with pytest.raises(NotSignedIn, match="on AniList is private"):
        from_anilist(sandbox, "private")
    with pytest.raises(NotSignedIn, match="on MyAnimeList is private"):
        from_mal(sandbox, "private")
