"""MyAnimeList: a user's list by the API v2, a thousand entries a page."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit, urlunsplit

from anitrakt_plan.errors import AnitraktError, BadUsage, Failed, NotSignedIn, ServiceRefused
from anitrakt_plan.http import Answer, RateLimit, ReadClient, WriteClient
from anitrakt_plan.http.tokens import Tokens
from anitrakt_plan.model import Entry, EntryKey
from anitrakt_plan.sources.http_errors import (
    TRY_LATER,
    Refusal,
    Said,
    expected_shape,
    json_object,
    not_an_answer,
    place,
    refused,
    unwell,
)
from anitrakt_plan.sources.source import UNHEARD, Checked, Endpoint, OnProgress, Source
from anitrakt_plan.sources.source_list import (
    FoundList,
    ImportWarnings,
    ProgressFields,
    clamped,
    key_of,
    kind_of,
    positive,
    read_rows,
    status_of,
    titles_of,
    works_date,
)

NAME = "MyAnimeList"

LIMIT = 1000
"""The most that a page takes."""

_MAX_PAGES = 1000

_FIELDS = (
    "list_status{status,score,num_episodes_watched,is_rewatching,num_times_rewatched,start_date,finish_date},"
    "alternative_titles,start_date,end_date,start_season,media_type,num_episodes,average_episode_duration"
)

_PROGRESS = ProgressFields(
    "num_episodes_watched", "num_times_rewatched", "start_date", "finish_date", "score"
)

GET_A_CLIENT_ID = (
    "Make one at myanimelist.net/apiconfig (any app name, type `other`) and set ANITRAKT_MAL_CLIENT_ID; "
    "or export the list there and use --list-file, which needs no key."
)


def read_list(
    client: ReadClient, endpoint: Endpoint, user: str, on_progress: OnProgress = UNHEARD
) -> FoundList:
    """The whole anime list of `user` (`@me` with a token); a client id is enough for a public one.

    Raises NotSignedIn for a private list, a missing or wrong client id or a refused token, Failed for an unknown
    user or a service that fails.
    """
    if not endpoint.client_id and not endpoint.token:
        raise NotSignedIn(f"{NAME} needs a client id to read a list", where=NAME, todo=GET_A_CLIENT_ID)
    found: dict[EntryKey, Entry] = {}
    warnings = ImportWarnings()
    for rows in _pages(client, endpoint, user):
        with expected_shape(NAME):
            found |= {entry.key: entry for entry in read_rows(rows, read_entry, warnings)}
        on_progress(len(found), None)
    return FoundList("mal", user, tuple(found.values()), warnings.notes())


def check(client: ReadClient, endpoint: Endpoint) -> Checked:
    """Whether MyAnimeList answers, and knows the client id where one is set."""
    client_id = endpoint.client_id
    headers = {"X-MAL-CLIENT-ID": client_id} if client_id else {}
    answer = client.get("/anime/1", {"fields": "id"}, headers=headers)
    if client_id and answer.status in (400, 401, 403) and b"{" in answer.body[:20]:
        raise NotSignedIn(
            f"{NAME} does not know the client id", where="ANITRAKT_MAL_CLIENT_ID", todo=GET_A_CLIENT_ID
        )
    if not answer.ok and answer.status not in (400, 401, 403, 404):
        raise unwell(answer, NAME, endpoint.url)
    if client_id:
        return Checked("it answers, and knows the client id")
    no_key = "no client id is set (ANITRAKT_MAL_CLIENT_ID), which only `plan --mal` needs"
    return Checked(f"it answers; {no_key}", lacks_key=True)


def _pages(client: ReadClient, endpoint: Endpoint, user: str) -> Iterator[Sequence[Any]]:
    offset = 0
    for _ in range(_MAX_PAGES):
        body = _page(client, endpoint, user, offset)
        rows = body["data"]
        yield rows
        next_address = (body.get("paging") or {}).get("next")
        if not next_address:
            return
        offset = _next_offset(next_address, offset, len(rows))
    raise Failed(f"the list of {user} on {NAME} does not come to an end", todo=TRY_LATER)


def _page(client: ReadClient, endpoint: Endpoint, user: str, offset: int) -> Mapping[str, Any]:
    # Sorted by title, which a change of progress does not move while we page; `nsfw`, or titles go missing.
    params: dict[str, str | int] = {
        "fields": _FIELDS,
        "limit": LIMIT,
        "offset": offset,
        "sort": "anime_title",
        "nsfw": "true",
    }
    token = endpoint.token
    headers = {"Authorization": f"Bearer {token}"} if token else {"X-MAL-CLIENT-ID": endpoint.client_id or ""}
    path = f"/users/{quote(user, safe='@', errors='replace')}/animelist"
    answer = client.get(path, params, headers=headers)
    body = json_object(answer)
    if not answer.ok:
        raise _refusal(answer, body or {}, user=user, key="sign-in" if token else "client id")
    if body is None or not isinstance(body.get("data"), list):
        raise not_an_answer(answer, NAME)
    return body


def _next_offset(address: str, offset: int, count: int) -> int:
    # only the number is taken from the address, never its host
    named = parse_qs(urlsplit(address).query).get("offset", [""])[0]
    if named.isdigit() and int(named) > offset:
        return int(named)
    return offset + max(count, 1)


def read_entry(row: Mapping[str, Any], warnings: ImportWarnings) -> Entry | None:
    """The entry in a row of a list; None (and a warning) for one that can't be.

    Raises ValueError, TypeError, AttributeError or KeyError for a row of another shape.
    """
    node, listed = row.get("node") or {}, row.get("list_status") or {}
    others = node.get("alternative_titles") or {}
    title = node.get("title") or ""
    key = key_of("mal", positive(node.get("id")), title)
    if key is None:
        warnings.add("entry", "no title either", which="without an id")
        return None
    where, word = f"{key} {title}".rstrip(), listed.get("status")
    status = warnings.status(status_of(word, rewatching=bool(listed.get("is_rewatching"))), word, where)
    if status is None:
        return None
    episodes = positive(node.get("num_episodes"))
    return Entry(
        key=key,
        ids=key.ids,
        titles=titles_of(title, others.get("en"), others.get("ja"), others.get("synonyms")),
        kind=kind_of(node.get("media_type")),
        progress=clamped(_PROGRESS.read(listed, status, where, warnings, best=10), episodes),
        episodes=episodes,
        aired_from=works_date(node.get("start_date")) or works_date(node.get("start_season")),
        aired_to=works_date(node.get("end_date")),
        minutes=positive(round((node.get("average_episode_duration") or 0) / 60)),
    )


_REFUSALS = (
    Refusal(
        401,
        "",
        NotSignedIn,
        f"{NAME} refuses the sign-in (it may have ended)",
        "Sign in again with `anitrakt login --mal`, or set ANITRAKT_MAL_TOKEN anew.",
    ),
    Refusal(400, r"\s.*client", NotSignedIn, f"{NAME} does not know this client id", GET_A_CLIENT_ID),
    Refusal(
        404,
        "",
        Failed,
        f"{NAME} knows no user {{user}}",
        "Look at the spelling: myanimelist.net/profile/NAME.",
    ),
    Refusal(
        403,
        r"^not_permitted\s",
        NotSignedIn,
        f"the list of {{user}} on {NAME} is private",
        "Make it public in MyAnimeList's list preferences, or sign in with `anitrakt login --mal`.",
    ),
    Refusal(
        403,
        r"^forbidden\s",
        NotSignedIn,
        f"{NAME} forbids this: its {{key}} was not accepted, or the list of {{user}} is private",
        GET_A_CLIENT_ID,
    ),
)
"""By the status, and by the code and the message in the body: a 403 says three different things."""


def _refusal(answer: Answer, body: Mapping[str, Any], **known: str) -> AnitraktError:
    code, message = str(body.get("error") or ""), str(body.get("message") or "")
    status = 429 if answer.status == 403 and _is_dos_shield(answer, code, message) else answer.status
    return refused(answer, NAME, Said(status, f"{code} {message}", message or code), _REFUSALS, **known)


def _is_dos_shield(answer: Answer, code: str, message: str) -> bool:
    # too many requests come as 403 with no body, or one that speaks of DoS
    if code == "forbidden":
        return "dos" in message.lower()
    if json_object(answer):
        return code != "not_permitted"
    return not answer.body.strip() or b"dos" in answer.body.lower()


# --- signing in to MyAnimeList for private lists ---
# By myanimelist.net/apiconfig/references/authorization. It needs no browser on this machine: the person opens an
# address anywhere, and pastes the one they are sent to.

_PUBLIC_API, _PUBLIC_SIGN_IN = "api.myanimelist.net", "https://myanimelist.net/v1/oauth2"

_AGAIN = "Start over with `anitrakt login --mal`."

Clock = Callable[[], datetime]


@dataclass(frozen=True, slots=True)
class Request:
    """One attempt: the address that the person opens, and what proves that the answer belongs to it."""

    address: str = field(repr=False)
    state: str = field(repr=False)
    verifier: str = field(repr=False)


def sign_in_url(api_url: str) -> str:
    """Where MyAnimeList signs people in, by the address of its API: another host in public, beside it elsewhere."""
    parts = urlsplit(api_url)
    if parts.hostname == _PUBLIC_API:
        return _PUBLIC_SIGN_IN
    folder = parts.path.rstrip("/").rpartition("/")[0]
    return urlunsplit((parts.scheme, parts.netloc, f"{folder}/v1/oauth2", "", ""))


class MalSignIn:
    """The sign-in: an address to open, then what it leads to against tokens. Its application is of type `other`."""

    def __init__(self, writer: WriteClient, *, client_id: str | None, clock: Clock) -> None:
        if not client_id:
            raise NotSignedIn(f"signing in to {NAME} needs a client id", where=NAME, todo=GET_A_CLIENT_ID)
        self._writer, self._client_id, self._clock = writer, client_id, clock

    def begin(self) -> Request:
        """A new attempt, with secrets of its own."""
        verifier, state = secrets.token_urlsafe(72), secrets.token_urlsafe(16)
        asked = {
            "response_type": "code",
            "client_id": self._client_id,
            "code_challenge": verifier,  # plain: the challenge is the verifier
            "code_challenge_method": "plain",
            "state": state,
        }
        return Request(f"{self._writer.base_url}/authorize?{urlencode(asked)}", state, verifier)

    def finish(self, request: Request, pasted: str) -> Tokens:
        """Exchange what the person pasted (the address they were sent to, or its code alone) for tokens.

        Raises BadUsage where it is neither, NotSignedIn where MyAnimeList refuses, else Failed.
        """
        code = code_of(pasted, request.state)
        return self._tokens(
            {"grant_type": "authorization_code", "code": code, "code_verifier": request.verifier}
        )

    def refresh(self, refresh_token: str) -> Tokens:
        """Renew a sign-in. Raises NotSignedIn where it has ended for good, else Failed."""
        return self._tokens({"grant_type": "refresh_token", "refresh_token": refresh_token})

    def _tokens(self, fields: Mapping[str, str]) -> Tokens:
        asked_at = self._clock()
        answer = self._writer.post_form("/token", {"client_id": self._client_id, **fields})
        said = json_object(answer)
        if not answer.ok:
            raise _sign_in_refusal(answer, said or {})
        try:
            assert said is not None
            access, refresh, seconds = said["access_token"], said.get("refresh_token"), said["expires_in"]
            expires_at = asked_at + timedelta(seconds=float(seconds))
        except (AssertionError, KeyError, TypeError, ValueError, OverflowError):
            raise not_an_answer(answer, NAME) from None
        if not isinstance(access, str) or not access:
            raise not_an_answer(answer, NAME)
        return Tokens(access, refresh if isinstance(refresh, str) and refresh else None, expires_at)


def code_of(pasted: str, state: str) -> str:
    """The code in what a person pasted. Raises BadUsage for nothing, NotSignedIn for a refusal or a foreign answer."""
    said = _said_in(pasted.strip().strip("'\"<>"))
    if "error" in said:
        raise NotSignedIn("the sign-in was refused on MyAnimeList's page", where=NAME, todo=_AGAIN)
    if said.get("state", state) != state:
        raise NotSignedIn("this address belongs to another attempt to sign in", where=NAME, todo=_AGAIN)
    code = said.get("code", "")
    if not code or any(sign.isspace() for sign in code):
        raise BadUsage(
            "there is no code in what was pasted",
            where=NAME,
            todo="Paste the whole address that your browser was sent to; it has `code=` in it.",
        )
    return code


def _said_in(pasted: str) -> dict[str, str]:
    # text that is no address is the code alone
    is_query = "code=" in pasted or "error=" in pasted
    if "?" not in pasted and "://" not in pasted and not is_query:
        return {"code": pasted}
    query = urlsplit(pasted).query if "?" in pasted else pasted if is_query else ""
    return {name: values[0] for name, values in parse_qs(query).items()}


def _sign_in_refusal(answer: Answer, said: Mapping[str, Any]) -> AnitraktError:
    # the codes are those of RFC 6749, 5.2
    error, where = said.get("error"), place(answer, NAME)
    if error == "invalid_client" or answer.status == 401:
        return NotSignedIn(
            f"{NAME} does not know this client id, or its application needs a secret",
            where=where,
            todo="Look at myanimelist.net/apiconfig: the application's type must be `other`, which has no secret.",
        )
    if error in ("invalid_grant", "invalid_request") or answer.status == 400:
        return NotSignedIn(f"{NAME} does not take this code or sign-in any more", where=where, todo=_AGAIN)
    if answer.status == 404:
        return ServiceRefused(
            f"there is no sign-in to {NAME} at this address",
            status=404,
            where=where,
            todo="Look at ANITRAKT_MAL_URL.",
        )
    return not_an_answer(answer, NAME)


SOURCE = Source(
    name="mal",
    title=NAME,
    entry_url="https://myanimelist.net/anime/{id}",
    endpoint=Endpoint("https://api.myanimelist.net/v2", RateLimit(60, 60, even=True)),
    read=read_list,
    check=check,
    keys=("client_id", "token"),
    profiles=("myanimelist.net/profile/", "myanimelist.net/animelist/"),
    about=", or an export in its format",
)
