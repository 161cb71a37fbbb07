"""JSON Schema in few words, what of a value it does not allow, and the barest value that it still does."""

from __future__ import annotations

import re
from collections.abc import Mapping
from random import Random
from typing import Any

from jsonschema import Draft202012Validator

Schema = dict[str, Any]

INTEGER: Schema = {"type": "integer"}
ID: Schema = {"type": "integer", "minimum": 1}
NUMBER: Schema = {"type": "number"}
TEXT: Schema = {"type": "string"}
YES_OR_NO: Schema = {"type": "boolean"}
MOMENT: Schema = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$"}
DAY: Schema = {"type": "string", "pattern": r"^\d{4}(-\d\d){0,2}$"}


def obj(
    must: Mapping[str, Schema], may: Mapping[str, Schema] | None = None, *, closed: bool = False
) -> Schema:
    """An object: what it must have and may have; `closed`: and nothing else."""
    return {
        "type": "object",
        "properties": {**must, **(may or {})},
        "required": list(must),
        "additionalProperties": not closed,
    }


def rows(of: Schema, *, least: int = 0, most: int | None = None) -> Schema:
    """An array."""
    return {"type": "array", "items": of, "minItems": least, **({} if most is None else {"maxItems": most})}


def nullable(of: Schema) -> Schema:
    """That, or null."""
    return {"anyOf": [of, {"type": "null"}]}


def one_of(*words: str) -> Schema:
    """One of these texts."""
    return {"enum": list(words)}


def problems(value: object, schema: Schema) -> list[str]:
    """What of a value its schema does not allow."""
    found = Draft202012Validator(schema).iter_errors(value)
    return [f"{error.json_path}: {error.message[:200]}" for error in found]


def bared(value: Any, schema: Schema, rng: Random, share: float) -> Any:
    """The same value with less: of what may be null or missing, this share is."""
    if "anyOf" in schema:
        return None if rng.random() < share else bared(value, schema["anyOf"][0], rng, share)
    if isinstance(value, list) and "items" in schema:
        return [bared(one, schema["items"], rng, share) for one in value]
    if not isinstance(value, dict):
        return value
    return {
        name: bared(one, _schema_of(name, schema), rng, share)
        for name, one in value.items()
        if name in schema.get("required", ()) or rng.random() >= share
    }


def _schema_of(name: str, schema: Schema) -> Schema:
    """The schema of a key, by its name or by a pattern."""
    patterns = schema.get("patternProperties", {}).items()
    known: Schema = schema.get("properties", {}).get(name) or next(
        (of for pattern, of in patterns if re.search(pattern, name)), {}
    )
    return known
