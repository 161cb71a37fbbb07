"""Trakt's sign-in: device code, polling by the book, refresh tokens that work once, revoking."""

import secrets
from datetime import timedelta

from anitrakt_plan.sandbox.practice import APPLICATIONS, DeviceCode, Practice
from anitrakt_plan.sandbox.wire import Answer, Call, Routes, empty_answer, json_answer

routes = Routes("auth")

CODE_LIFETIME = timedelta(minutes=10)
TOKEN_LIFETIME = timedelta(days=7)


def unknown_client(_practice: Practice, call: Call) -> Answer | None:
    """The refusal of a wrong client id, or of a wrong secret wherever one is asked for."""
    body = call.json()
    client = str(body.get("client_id"))
    if client in APPLICATIONS:
        secret = APPLICATIONS[client]
        if call.path == "/oauth/device/code" or secret is None or body.get("client_secret") == secret:
            return None
    return _error(401, "invalid_client", "Client authentication failed due to unknown client.")


@routes.post("/oauth/device/code")
def device_code(practice: Practice, call: Call) -> Answer:
    code = secrets.token_hex(32)
    practice.codes[code] = DeviceCode(practice.clock() + CODE_LIFETIME)
    return json_answer(
        {
            "device_code": code,
            "user_code": secrets.token_hex(4).upper(),
            "verification_url": f"{call.base_url}/activate",
            "expires_in": CODE_LIFETIME.seconds,
            "interval": 1,
        }
    )


@routes.post("/oauth/device/token")
def device_token(practice: Practice, call: Call) -> Answer:
    """200 at the first poll, or 404, 409, 410 with an empty body."""
    code = practice.codes.get(str(call.json().get("code")))
    if code is None:
        return empty_answer(404)
    if code.used:
        return empty_answer(409)
    if practice.clock() >= code.expires_at:
        return empty_answer(410)
    code.used = True
    return _new_token(practice)


@routes.post("/oauth/token")
def token(practice: Practice, call: Call) -> Answer:
    """A new pair for a refresh token that was not used yet."""
    body = call.json()
    if body.get("grant_type") != "refresh_token":
        return _error(400, "unsupported_grant_type", "The grant type is not supported.")
    if not body.get("redirect_uri"):
        return _error(400, "invalid_request", "The request is missing a required parameter: redirect_uri.")
    old = next((t for t in practice.world.tokens if t.refresh == body.get("refresh_token")), None)
    if old is None or old.revoked:
        return _error(400, "invalid_grant", "The refresh token is invalid, expired or revoked.")
    old.revoked = True
    return _new_token(practice)


@routes.post("/oauth/revoke")
def revoke(practice: Practice, call: Call) -> Answer:
    for known in practice.world.tokens:
        if call.json().get("token") in (known.access, known.refresh):
            known.revoked = True
    practice.world.changed()
    return json_answer({})


def _new_token(practice: Practice) -> Answer:
    new = practice.world.issue_token(TOKEN_LIFETIME)
    return json_answer(
        {
            "access_token": new.access,
            "token_type": "bearer",
            "expires_in": int(TOKEN_LIFETIME.total_seconds()),
            "refresh_token": new.refresh,
            "scope": "public",
            "created_at": int(new.created_at),
        }
    )


def _error(status: int, error: str, description: str) -> Answer:
    return json_answer({"error": error, "error_description": description}, status)
