"""Trakt's sign-in: device code, polling by the book, refresh tokens that work once, revoking."""

import secrets
from datetime import timedelta

from anitrakt_plan.sandbox.catalogue import Json
from anitrakt_plan.sandbox.practice import TRAKT_CLIENT_ID, TRAKT_CLIENT_SECRET, DeviceCode, Practice
from anitrakt_plan.sandbox.records import Token
from anitrakt_plan.sandbox.wire import Answer, Call, empty_answer, json_answer

_LETTERS = "0123456789ABCDEF"


def device_code(practice: Practice, call: Call) -> Answer:
    """POST /oauth/device/code."""
    body = _body(call)
    if body.get("client_id") != TRAKT_CLIENT_ID:
        return _invalid_client()
    code = secrets.token_hex(32)
    lifetime = timedelta(seconds=practice.sign_in.expires_in)
    practice.sign_in.codes[code] = DeviceCode(practice.clock() + lifetime)
    return json_answer(
        {
            "device_code": code,
            "user_code": "".join(secrets.choice(_LETTERS) for _ in range(8)),
            "verification_url": f"{call.base_url}/activate",
            "expires_in": practice.sign_in.expires_in,
            "interval": practice.sign_in.interval,
        }
    )


def device_token(practice: Practice, call: Call) -> Answer:
    """POST /oauth/device/token: 200, or 400, 404, 409, 410, 418, 429 with an empty body."""
    body = _body(call)
    if body.get("client_id") != TRAKT_CLIENT_ID or body.get("client_secret") != TRAKT_CLIENT_SECRET:
        return _invalid_client()
    code = practice.sign_in.codes.get(str(body.get("code")))
    if code is None:
        return empty_answer(404)
    now, last_poll = practice.clock(), code.last_poll
    code.last_poll = now
    if code.used:
        return empty_answer(409)
    if code.ended:
        return empty_answer(code.ended)
    if now >= code.expires_at:
        return empty_answer(410)
    interval = timedelta(seconds=practice.sign_in.interval)
    if practice.sign_in.too_fast_matters and last_poll and now - last_poll < interval:
        return empty_answer(429)
    if practice.sign_in.script:
        status = practice.sign_in.script.pop(0)
        if status not in (400, 429):
            code.ended = status
        return empty_answer(status)
    code.used = True
    return _token_answer(practice, practice.world.issue_token(_lifetime(practice)))


def token(practice: Practice, call: Call) -> Answer:
    """POST /oauth/token with grant_type refresh_token: a new pair for a refresh token that was not used yet."""
    body = _body(call)
    if body.get("client_id") != TRAKT_CLIENT_ID or body.get("client_secret") != TRAKT_CLIENT_SECRET:
        return _invalid_client()
    if body.get("grant_type") != "refresh_token":
        return _error(400, "unsupported_grant_type", "The grant type is not supported.")
    if not body.get("redirect_uri"):
        return _error(400, "invalid_request", "The request is missing a required parameter: redirect_uri.")
    old = next((t for t in practice.world.tokens if t.refresh == body.get("refresh_token")), None)
    refused = practice.sign_in.refused_refresh
    if refused or old is None or old.refresh_used or old.revoked:
        return _error(refused or 400, "invalid_grant", "The refresh token is invalid, expired or revoked.")
    old.refresh_used = True
    old.revoked = True
    return _token_answer(practice, practice.world.issue_token(_lifetime(practice)))


def revoke(practice: Practice, call: Call) -> Answer:
    """POST /oauth/revoke: 200 and an empty object."""
    body = _body(call)
    if body.get("client_id") != TRAKT_CLIENT_ID or body.get("client_secret") != TRAKT_CLIENT_SECRET:
        return _invalid_client()
    for known in practice.world.tokens:
        if body.get("token") in (known.access, known.refresh):
            known.revoked = True
    practice.world.changed()
    return json_answer({})


def _token_answer(practice: Practice, new: Token) -> Answer:
    return json_answer(
        {
            "access_token": new.access,
            "token_type": "bearer",
            "expires_in": practice.sign_in.token_lifetime,
            "refresh_token": new.refresh,
            "scope": "public",
            "created_at": int(new.created_at),
        }
    )


def _lifetime(practice: Practice) -> timedelta:
    return timedelta(seconds=practice.sign_in.token_lifetime)


def _body(call: Call) -> Json:
    body = call.json()
    return body if isinstance(body, dict) else {}


def _invalid_client() -> Answer:
    return _error(401, "invalid_client", "Client authentication failed due to unknown client.")


def _error(status: int, error: str, description: str) -> Answer:
    return json_answer({"error": error, "error_description": description}, status)
