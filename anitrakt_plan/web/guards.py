"""Who may talk to the page's server: this machine's browser, from this page, with this review's keys. Nobody else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from hmac import compare_digest

from flask import Request, Response

LOOPBACK = "127.0.0.1"
MAX_BODY = 64 * 1024 * 1024
"""Bytes; a data download of a large account has some 20 MB."""

TOKEN_HEADER = "X-Anitrakt-Token"  # noqa: S105  (a header's name)

_POLICY = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "connect")),
        *(f"{kind} 'none'" for kind in ("base-uri", "form-action", "frame-ancestors")),
    )
)


def _key() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True)
class Guard:
    """The keys of one review on one port: `door` stands in the address, and opens it to who has seen the terminal."""

    port: int
    door: str = field(default_factory=_key, repr=False)
    cookie: str = field(default_factory=_key, repr=False)
    token: str = field(default_factory=_key, repr=False)

    @property
    def host(self) -> str:
        """The only name under which it answers: a name of others that leads here (DNS rebinding) is another."""
        return f"{LOOPBACK}:{self.port}"

    @property
    def origin(self) -> str:
        """The only origin that may ask."""
        return f"http://{self.host}"

    @property
    def address(self) -> str:
        """What a person opens."""
        return f"{self.origin}/?key={self.door}"

    @property
    def cookie_name(self) -> str:
        """A browser gives cookies to all ports of a host: two reviews must not take each other's."""
        return f"anitrakt-{self.port}"

    def refuses(self, request: Request) -> str | None:
        """Why a request is not answered at all; None where it may go on."""
        if request.headers.get("Host") != self.host or len(request.headers.getlist("Host")) != 1:
            return "it was asked under another name"
        origin = request.headers.get("Origin")
        if origin is not None and origin != self.origin:
            return "another page asked"
        site = request.headers.get("Sec-Fetch-Site")
        if site not in (None, "same-origin", "none") and not self._is_opening(request):
            return "another site asked"
        if request.method in ("GET", "HEAD"):
            return None
        if request.method != "POST":
            return "it takes GET and POST"
        if origin is None:
            return "no origin was named"
        return None

    def _is_opening(self, request: Request) -> bool:
        # a link to the page in a terminal that is itself a page: it has the key
        return request.path == "/" and request.method == "GET" and "key" in request.args

    def opens(self, request: Request) -> bool:
        """Whether this is the address from the terminal."""
        return compare_digest(request.args.get("key", "").encode(), self.door.encode())

    def knows(self, request: Request) -> bool:
        """Whether the browser has opened the page before."""
        return compare_digest(request.cookies.get(self.cookie_name, "").encode(), self.cookie.encode())

    def trusts(self, request: Request) -> bool:
        """Whether the page itself asks: it alone can read the token."""
        given = request.headers.get(TOKEN_HEADER, "")
        return self.knows(request) and compare_digest(given.encode(), self.token.encode())

    def let_in(self, response: Response) -> Response:
        """Give the browser its cookie, which no script and no other site gets to see."""
        response.set_cookie(self.cookie_name, self.cookie, httponly=True, samesite="Strict")
        return response


def with_headers(response: Response) -> Response:
    """No script, style or picture of others, no frame around it, nothing in the browser's cache but pictures."""
    response.headers["Content-Security-Policy"] = _POLICY
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    response.headers["Cross-Origin-Resource-Policy"] = "same-origin"
    response.headers.setdefault("Cache-Control", "no-store")
    return response
