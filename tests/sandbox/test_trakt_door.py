"""The practice Trakt lets nobody in without headers, key and token, and signs in by the book."""

from __future__ import annotations

import pytest

from anitrakt_plan.sandbox.practice import KEYS
from tests.practice import Clock, Sandbox
from tests.sandbox.conftest import Trakt


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("User-Agent", None, 403),
        ("User-Agent", "python-requests/2.32", 403),
        ("trakt-api-key", None, 403),
        ("trakt-api-key", "wrong", 403),
        ("trakt-api-version", None, 412),
        ("Authorization", None, 401),
        ("Authorization", "Bearer wrong", 401),
    ],
)
def test_each_header_is_demanded(trakt: Trakt, header: str, value: str | None, status: int) -> None:
    trakt.headers[header] = value
    answer = trakt.get("/sync/history")
    assert answer.status_code == status
    assert ("1010" in answer.text) == (header == "User-Agent")


def test_public_pages_need_the_key_but_no_token(trakt: Trakt) -> None:
    trakt.headers["Authorization"] = None
    assert trakt.get("/shows/1420").status_code == 200


def test_a_post_that_is_not_json_is_refused(trakt: Trakt) -> None:
    url = trakt.sandbox.addresses.trakt_url + "/sync/history"
    assert trakt.session.post(url, data="{}", headers=trakt.headers, timeout=60).status_code == 412


def test_an_expired_token_is_refused_and_its_refresh_works_once(trakt: Trakt, sandbox: Sandbox) -> None:
    sandbox.world.expire_tokens()
    assert trakt.get("/users/settings").status_code == 401
    asked = {
        "grant_type": "refresh_token",
        "refresh_token": sandbox.addresses.trakt_refresh_token,
        "redirect_uri": "urn:ietf:wg:oauth:2.0:oob",
    }
    fresh = trakt.auth("/oauth/token", **asked)
    assert fresh.status_code == 200
    trakt.headers["Authorization"] = f"Bearer {fresh.json()['access_token']}"
    assert trakt.get("/users/settings").status_code == 200
    again = trakt.auth("/oauth/token", **asked)
    assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")


def test_a_new_token_ends_with_its_lifetime(trakt: Trakt, clock: Clock) -> None:
    code = trakt.auth("/oauth/device/code").json()["device_code"]
    answer = trakt.auth("/oauth/device/token", code=code).json()
    assert (answer["expires_in"], answer["token_type"]) == (604_800, "bearer")
    trakt.headers["Authorization"] = f"Bearer {answer['access_token']}"
    clock.forward(days=6, hours=23)
    assert trakt.get("/users/settings").status_code == 200
    clock.forward(hours=2)
    assert trakt.get("/users/settings").status_code == 401


def test_polling_meets_every_status_of_the_book(trakt: Trakt, sandbox: Sandbox, clock: Clock) -> None:
    def new_code() -> str:
        return str(trakt.auth("/oauth/device/code").json()["device_code"])

    def poll(code: str) -> int:
        return trakt.auth("/oauth/device/token", code=code).status_code

    sandbox.faults.polling(400, 429)
    code = new_code()
    assert [poll(code) for _ in range(4)] == [400, 429, 200, 409]
    assert poll("no such code") == 404
    late = new_code()
    clock.forward(minutes=11)
    assert poll(late) == 410


def test_a_revoked_token_opens_nothing(trakt: Trakt, sandbox: Sandbox) -> None:
    assert trakt.auth("/oauth/revoke", token=sandbox.addresses.trakt_token).status_code == 200
    assert trakt.get("/users/settings").status_code == 401


def test_an_unknown_client_is_told_so(trakt: Trakt) -> None:
    answer = trakt.auth("/oauth/device/code", client_id="gone")
    assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")


def test_the_record_of_the_wire_holds_no_secret(trakt: Trakt, sandbox: Sandbox) -> None:
    trakt.get("/users/settings")
    trakt.auth("/oauth/revoke", token=sandbox.addresses.trakt_token)
    told = repr(sandbox.wire)
    assert [record.status for record in sandbox.wire] == [200, 200]
    for secret in (sandbox.addresses.trakt_token, sandbox.addresses.trakt_client_secret):
        assert secret not in told


@pytest.mark.parametrize("secret", [None, ""])
def test_a_public_application_signs_in_without_a_secret_and_the_other_does_not(
    trakt: Trakt, sandbox: Sandbox, secret: str | None
) -> None:
    for client, status in ((sandbox.addresses.trakt_public_client_id, 200), (KEYS.trakt_client_id, 401)):
        code = trakt.auth("/oauth/device/code", client_id=client).json()["device_code"]
        answer = trakt.auth("/oauth/device/token", code=code, client_id=client, client_secret=secret)
        assert answer.status_code == status
