"""The page's server: which address does what, and in which shape it answers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from flask import Flask, Response, jsonify, render_template, request
from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server

from anitrakt_plan.commands.pictures import Pictures
from anitrakt_plan.commands.review import Doubted
from anitrakt_plan.errors import AnitraktError
from anitrakt_plan.web.desk import Desk, Stale
from anitrakt_plan.web.guards import LOOPBACK, MAX_BODY, Guard, with_headers
from anitrakt_plan.web.repair_desk import DECIDE, REPAIR_SCRIPTS, RepairDesk
from anitrakt_plan.web.upload import NeedsAnswer, Upload
from anitrakt_plan.web.view import SCRIPTS, Json
from anitrakt_plan.words import printable

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_log = logging.getLogger("anitrakt_plan.web")

Call = Callable[[], Json]

NO_KEY = "Open the whole address that the terminal shows; it has a key at its end."
_CHECK = "/api/upload/check"


def application(
    desk: Desk,
    guard: Guard,
    *,
    pictures: Pictures | None,
    upload: Upload | None,
    done: Callable[[], None],
    as_commands: Callable[[str], str] = str,
) -> Flask:
    """The page for a plan, and its addresses. `upload` is None on the way with an application; `done` ends the review.

    `as_commands` makes the commands in what is said such as can be copied.
    """
    posts = _answers(desk) | {"pictures": lambda: _pictures_for(pictures)}
    if upload is not None:
        posts |= {
            "upload/make": lambda: upload.make(_strings(_body()["answers"])),
            "upload/check": lambda: upload.check(None if request.is_json else request.get_data()),
        }
    app = _application(
        guard,
        lambda: render_template("page.html", report=None, scripts=SCRIPTS),
        {"pictures": pictures is not None, "upload": upload is not None},
        _lookups(desk),
        posts | {"done": lambda: _end(done)},
        as_commands,
    )

    def picture(name: str) -> Response:
        found = pictures.picture(name) if pictures is not None and guard.knows(request) else None
        if found is None:
            return _refusal(404, "There is no such picture.")
        response = Response(found.data, mimetype=found.kind)
        response.headers["Cache-Control"] = "private, max-age=86400"
        return response

    app.add_url_rule("/picture/<path:name>", "picture", picture)
    return app


def repair_application(
    desk: RepairDesk, guard: Guard, *, done: Callable[[], None], as_commands: Callable[[str], str] = str
) -> Flask:
    """The page for a repair, and its addresses."""
    return _application(
        guard,
        lambda: render_template("repair.html", scripts=REPAIR_SCRIPTS),
        {},
        {
            "state": desk.state,
            "version": desk.version,
            "group": lambda: desk.group(request.args["key"]),
        },
        {
            "decide": lambda: desk.decide(**_strings({name: _body()[name] for name in DECIDE})),
            "alike": lambda: desk.alike(str(_body()["key"]), [str(key) for key in _body()["among"]]),
            "decide-all": lambda: desk.decide_all([_strings(item) for item in _body()["items"]]),
            "undo": lambda: desk.undo(int(_body()["undo"])),
            "done": lambda: _end(done),
        },
        as_commands,
    )


def _application(
    guard: Guard,
    document: Callable[[], str],
    session_has: Json,
    gets: Mapping[str, Call],
    posts: Mapping[str, Call],
    as_commands: Callable[[str], str],
) -> Flask:
    """A page and what it asks, behind the guard."""
    app = Flask(__name__)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY

    def page() -> Response:
        if not (guard.opens(request) or guard.knows(request)):
            return _refusal(403, NO_KEY)
        return guard.let_in(Response(document()))

    def session() -> Response:
        if not guard.knows(request):
            return _refusal(403, NO_KEY)
        return jsonify(token=guard.token, **session_has)

    app.before_request(lambda: _guarded(guard))
    app.after_request(with_headers)
    app.register_error_handler(HTTPException, lambda error: _refusal(error.code, f"{error.name}."))
    app.add_url_rule("/", "page", page)
    app.add_url_rule("/api/session", "session", session)
    for method, calls in (("GET", gets), ("POST", posts)):
        for name, call in calls.items():
            app.add_url_rule(f"/api/{name}", name, _answering(call, as_commands), methods=[method])
    return app


def _guarded(guard: Guard) -> Response | None:
    """The refusal of a request that may not go on."""
    if why := guard.refuses(request):
        return _refusal(403, f"This address is for the review's own page: {why}.")
    is_api = request.path.startswith("/api/")
    if is_api and request.path != "/api/session" and not guard.trusts(request):
        return _refusal(403, f"The page's token is missing. {NO_KEY}")
    takes_zip = request.path == _CHECK and request.mimetype == "application/zip"
    if request.method == "POST" and not (request.is_json or takes_zip):
        return _refusal(415, "Answers are JSON, and a data download is a zip.")
    return None


def _lookups(desk: Desk) -> dict[str, Call]:
    def given(name: str) -> str:
        return str(request.args[name])

    return {
        "state": lambda: desk.state(request.args.get("scope", "open")),
        "version": desk.version,
        "entry": lambda: desk.entry(given("key")),
        "seasons": lambda: desk.seasons(given("key"), given("show")),
        "search": lambda: desk.search(given("key"), given("words")),
        "places": lambda: desk.places(given("key"), given("work")),
        "typed": lambda: desk.typed(given("key"), given("text")),
    }


def _answers(desk: Desk) -> dict[str, Call]:
    def choose() -> Json:
        said = _body()
        flags = {name: said.get(name) is True for name in ("insists", "alone")}
        return desk.choose(str(said["key"]), str(said["seen"]), str(said["match"]), **flags)

    def skip() -> Json:
        said = _body()
        return desk.skip([_strings(item) for item in said["items"]], str(said.get("note") or ""))

    def reopen() -> Json:
        said = _body()
        return desk.reopen(str(said["key"]), str(said["seen"]))

    def several() -> Json:
        said = _body()
        return desk.several([str(key) for key in said["keys"]], float(said["from"]))

    return {
        "choose": choose,
        "skip": skip,
        "reopen": reopen,
        "several": several,
        "accept-all": lambda: desk.accept_all([_strings(item) for item in _body()["items"]]),
        "undo": lambda: desk.undo(int(_body()["undo"])),
    }


def _pictures_for(pictures: Pictures | None) -> Json:
    names = [str(name) for name in _body()["names"]][:500]
    there, never = pictures.ready(names) if pictures is not None else ([], names)
    return {"there": there, "never": never}


def _end(done: Callable[[], None]) -> Json:
    threading.Timer(0.2, done).start()  # the answer goes out first
    return {"says": "The review has ended. Everything answered is in the file."}


def _body() -> Json:
    said = request.get_json()
    if not isinstance(said, dict):
        raise TypeError("not an object")
    return said


def _strings(said: Mapping[str, object]) -> dict[str, str]:
    return {str(name): str(value) for name, value in said.items()}


def _answering(call: Call, as_commands: Callable[[str], str]) -> Callable[[], Response]:
    """Answer a call in JSON; what it raises is an answer, too: what happened, and what to do."""

    def answer() -> Response:
        try:
            return jsonify(call())
        except Stale as stale:
            return _refusal(409, f"{stale}.", kind="stale", row=stale.row)
        except Doubted as doubted:
            doubts = [printable(one) for one in doubted.doubts]
            return _refusal(422, doubted.question, kind="doubted", doubts=doubts)
        except NeedsAnswer as needs:
            asked = needs.question
            return _refusal(
                422, as_commands(asked.text), kind="question", choices=list(asked.choices), flag=asked.flag
            )
        except AnitraktError as error:
            where = f" (in {error.where})" if error.where else ""
            todo = as_commands(printable(error.todo or ""))
            return _refusal(400, as_commands(f"{error.what}{where}."), todo=todo)
        except ValueError as error:
            said = str(error)
            return _refusal(400, f"{said[:1].upper()}{said[1:]}.")
        except HTTPException:
            raise
        except (KeyError, TypeError, AttributeError):
            _log.debug("not understood", exc_info=True)
            return _refusal(400, "The page asked for something that it can't have; load it again.")

    return answer


def _refusal(status: int, what: str, **more: Any) -> Response:
    response = jsonify(what=printable(what), **more)
    response.status_code = status
    return response


# --- serving ---


class _QuietHandler(WSGIRequestHandler):
    """Says nothing on the terminal, which is the person's; keeps connections, which makes an answer quicker."""

    protocol_version = "HTTP/1.1"

    def log(self, _type: str, message: str, *args: object) -> None:
        _log.debug(message, *args)


@contextmanager
def serving(make: Callable[[Guard], Flask]) -> Iterator[Guard]:
    """Serve on a free port of this machine alone while the context lasts; `make` gets the keys of this review."""
    apps: list[Flask] = []

    def app(environ: WSGIEnvironment, start_response: StartResponse) -> Any:
        return apps[0](environ, start_response)

    server = make_server(LOOPBACK, 0, app, threaded=True, request_handler=_QuietHandler)
    server.daemon_threads = True  # type: ignore[attr-defined]  # it is a threaded one
    server.block_on_close = False  # type: ignore[attr-defined]
    guard = Guard(server.server_port)
    apps.append(make(guard))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield guard
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
