"""Trakt's data download of the practice account, made from what the practice Trakt itself answers over HTTP."""

from __future__ import annotations

import io
import json
import urllib.request
import zipfile
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from anitrakt_plan.sandbox import exporter
from tests.practice import Sandbox

MADE_AT = datetime(2026, 11, 20, 8, tzinfo=UTC)


def asker(sandbox: Sandbox) -> Callable[..., tuple[Any, Mapping[str, str]]]:
    """A function that asks the practice Trakt: GET without a body, else POST; gives back the JSON and the headers."""
    addresses = sandbox.addresses

    def ask(
        path: str, query: Mapping[str, str] | None = None, body: object = None
    ) -> tuple[Any, Mapping[str, str]]:
        request = urllib.request.Request(
            f"{addresses.trakt_url}{path}?{urlencode(query or {})}",
            data=None if body is None else json.dumps(body).encode(),
            headers={
                "Content-Type": "application/json",
                "User-Agent": "the page of the importer",
                "trakt-api-version": "2",
                "trakt-api-key": addresses.trakt_client_id,
                "Authorization": f"Bearer {addresses.trakt_token}",
            },
        )
        with urllib.request.urlopen(request) as answer:
            headers = {name.lower(): value for name, value in answer.headers.items()}
            return json.loads(answer.read()), headers

    return ask


def data_download(sandbox: Sandbox, *, made_at: datetime | None = None, without: Iterable[str] = ()) -> bytes:
    """The zip as Trakt makes it now; `made_at` None: a moment ago. `without` are files that are taken out of it."""
    data = exporter.data_download(asker(sandbox), made_at=made_at or datetime.now(UTC))
    left_out = frozenset(without)
    if not left_out:
        return data
    target = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as whole, zipfile.ZipFile(target, "w") as part:
        for info in whole.infolist():
            if info.filename not in left_out:
                part.writestr(info, whole.read(info))
    return target.getvalue()
