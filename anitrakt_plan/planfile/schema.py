"""The JSON Schema of the plan file, made from the table of its keys, and the check against it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from copy import deepcopy
from functools import cache
from typing import Any

from anitrakt_plan.home import SCHEMA
from anitrakt_plan.planfile.fields import CANDIDATE, ENTRY, GENERATED, IGNORED, MOVIE, PART, PLAN, SHOW, SURE
from anitrakt_plan.planfile.problems import Diagnostics, shorten
from anitrakt_plan.planfile.services import KnownService, Services
from anitrakt_plan.planfile.values import object_schema, words_schema
from anitrakt_plan.planfile.yaml import MapNode, node_at, plain_data

_RUN = r"[Ss]\d{1,4}[Ee]\d{1,5}(-([Ss]\d{1,4})?[Ee]?\d{1,5})?"
_ONE_MAPPING = {
    "oneOf": [{"required": ["episodes"]}, {"required": ["parts"]}],
    "dependencies": {"ratio": ["episodes"]},
}
_FILM = "The film that the entry is."
_SHOW = (
    "The episodes of a show that the entry is: `show` with `episodes` (and `ratio` where the counts differ), or with "
    "`parts`."
)


def _any_case(word: str) -> str:
    # JSON Schema's patterns have no flag for it
    return "".join(f"[{sign.upper()}{sign}]" if sign.isalpha() else f"\\{sign}" for sign in word)


_SEASON = r"\d{1,4}"
_ADDRESS = (
    rf"^\s*({_any_case('http')}[Ss]?://)?([A-Za-z]+\.)?("
    rf"{_any_case('trakt.tv')}/([Mm]ovies/[^/?#\s]+|[Ss]hows/[^/?#\s]+"
    rf"(/[Ss]easons/{_SEASON}(/[Ee]pisodes/\d{{1,5}})?|/?\?\S*season=\d\S*))"
    rf"|{_any_case('themoviedb.org')}/(\S+/)?([Mm]ovie/\d[^/?#\s]*|[Tt][Vv]/\d[^/?#\s]*"
    rf"/[Ss]eason/{_SEASON}(/[Ee]pisode/\d{{1,5}})?)"
    rf"|{_any_case('imdb.com')}/(\S+/)?title/tt\d{{5,10}}"
    r")/?([?#]\S*)?\s*$"
)

_MATCH: Mapping[str, Any] = {
    "description": "Yours: where the entry is on Trakt. {movie: ID}, {show: ID, episodes: S03E13-E22}, the "
    "address of a film, season or episode, or null. An ID is Trakt's number, or TMDB's as tmdb:95479. The list's "
    "episodes 1, 2, 3 … are the episodes named, in order.",
    "examples": [
        {"show": 1420, "episodes": "S03E13-E22"},
        {"movie": 700311},
        {"show": "tmdb:95479", "episodes": "S01E25-E47"},
        "https://trakt.tv/shows/attack-on-titan/seasons/3",
        None,
    ],
    "oneOf": [
        {"$ref": "#/definitions/show"},
        {"$ref": "#/definitions/movie"},
        {
            "type": "string",
            "description": "An address of a film, a season or an episode on trakt.tv or themoviedb.org, or of a film "
            "on imdb.com; `anitrakt plan --update`, `review`, `export-trakt` and `apply` resolve it.",
            "pattern": _ADDRESS,
        },
        {"type": "null", "description": "No match yet."},
    ],
}


def schema(services: Services | None = None) -> dict[str, Any]:
    """The schema as it is published, with the list services that a plan may name (None: any)."""
    whole = _schema_of_any_service()
    if services is None:
        return whole
    source = whole["definitions"]["generated"]["properties"]["source"]["properties"]
    words = words_schema({name: known.what for name, known in services.items()})
    source["service"] = {"description": source["service"]["description"], **words}
    (_, entry), title = whole["properties"]["entries"]["patternProperties"].items()
    key = f"^({'|'.join(services)}):[1-9][0-9]{{0,12}}$"
    whole["properties"]["entries"]["patternProperties"] = {key: entry, title[0]: title[1]}
    return whole


def _schema_of_any_service() -> dict[str, Any]:
    whole = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "$id": SCHEMA,
        "title": "anitrakt plan",
        "description": "A plan that brings an anime list to Trakt: one entry for each entry of the list, with where it "
        "is on Trakt and whether it may be sent. You own decision, match, send, rate, dates and note; anitrakt owns "
        "the other keys.",
        **object_schema(PLAN),
        "definitions": _definitions(),
    }
    return deepcopy(whole)  # the tables share parts


def _definitions() -> dict[str, Any]:
    generated = (
        "What the plan was made from and by which rules. anitrakt's own; changed by flags of "
        "`anitrakt plan --update`."
    )
    return {
        "generated": {"description": generated, **object_schema(GENERATED)},
        "entry": {"description": "One entry of the list.", **object_schema(ENTRY)},
        "match": _MATCH,
        "movie": {"description": _FILM, **object_schema((*MOVIE, SURE, *IGNORED))},
        "show": {"description": _SHOW, **object_schema((*SHOW, SURE, *IGNORED)), **_ONE_MAPPING},
        "candidate": {
            "description": "A place on Trakt that the entry might be.",
            "oneOf": [{"$ref": "#/definitions/candidateMovie"}, {"$ref": "#/definitions/candidateShow"}],
        },
        "candidateMovie": {"description": _FILM, **object_schema((*MOVIE, *CANDIDATE))},
        "candidateShow": {"description": _SHOW, **object_schema((*SHOW, *CANDIDATE)), **_ONE_MAPPING},
        "part": {
            "description": "Some of the list's episodes and the episodes on Trakt that they are.",
            **object_schema(PART),
        },
        "runs": {
            "description": "The episodes on Trakt: S03E13-E22, S03E13 for a single one, several runs in order in one "
            "quoted text. Season 0 holds the specials.",
            "type": "string",
            "pattern": rf"^\s*{_RUN}\s*(,\s*{_RUN}\s*)*$",
            "examples": ["S03E13-E22", "S01E01-E13, S02E01-E11"],
        },
        "date": {
            "description": "A date that may lack its day, or its month and day, in quotes.",
            "type": "string",
            "pattern": r"^\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?$",
            "examples": ["2019-07-01", "2019-07", "2019"],
        },
    }


def schema_text(services: Services) -> str:
    """The text of the published file."""
    return json.dumps(schema(services), indent=2, ensure_ascii=False) + "\n"


def check_schema(diagnostics: Diagnostics, root: MapNode) -> None:
    """Note where a tree disagrees with the schema.

    The readers of single values tell the same in better words, so this only speaks where they overlooked something:
    the schema is the published truth, and has the last word.
    """
    for error in _validator(tuple((diagnostics.services or {}).items())).iter_errors(plain_data(root)):
        place = node_at(root, error.absolute_path)
        diagnostics.error("PLAN029", f"the schema does not allow this: {shorten(error.message, 160)}", place)


@cache
def _validator(services: tuple[tuple[str, KnownService], ...]) -> Any:
    from jsonschema import Draft7Validator
    from jsonschema.validators import extend

    whole = schema(dict(services) or None)
    properties = _each_value_once(Draft7Validator.VALIDATORS["properties"])
    quick: Any = extend(Draft7Validator, {"properties": properties})  # type: ignore[no-untyped-call]
    return quick(_quicker(whole, whole["definitions"]))


def _each_value_once(check: Callable[..., Iterable[Any]]) -> Callable[..., Iterator[Any]]:
    # thousands of entries say the same of their kinds, dates and episodes: what a part of the schema has allowed
    # once, it allows again
    allowed: set[tuple[int, str]] = set()

    def check_new(validator: Any, parts: Mapping[str, Any], value: Any, within: Any) -> Iterator[Any]:
        found = value if isinstance(value, dict) else {}
        said = {name: (id(part), repr(found[name])) for name, part in parts.items() if name in found}
        new = {name: parts[name] for name, one in said.items() if one not in allowed}
        errors = list(check(validator, new, value, within))
        if not errors:
            allowed.update(said.values())
        return iter(errors)

    return check_new


def _quicker(part: Any, definitions: Mapping[str, Any]) -> Any:
    # the same schema in a form that takes half the time to check, for 5,000 entries at once. References are
    # written out; fixed words, which editors want one by one with a description each, become one `enum`; and
    # alternatives of which only one can ever hold are tried until one does
    if isinstance(part, list):
        return [_quicker(item, definitions) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _quicker(definitions[part["$ref"].removeprefix("#/definitions/")], definitions)
    quick = {name: _quicker(value, definitions) for name, value in part.items() if _has_weight(name, value)}
    choices = quick.pop("oneOf", None)
    return quick if choices is None else quick | _quicker_choice(choices)


def _has_weight(name: str, value: object) -> bool:
    # whether a part of a schema says what is allowed: `title` does where it is the name of a key
    is_a_key = name == "title" and isinstance(value, dict)
    return is_a_key or name not in ("description", "examples", "definitions", "title")


def _quicker_choice(choices: list[dict[str, Any]]) -> dict[str, Any]:
    if all("const" in choice or choice.get("type") == "null" for choice in choices):
        return {"enum": [choice.get("const") for choice in choices]}
    exclusive = all(choice.keys() & {"type", "enum"} for choice in choices)
    return {"anyOf" if exclusive else "oneOf": choices}
