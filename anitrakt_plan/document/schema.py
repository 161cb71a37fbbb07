"""The JSON Schema of the plan file: its text, and the check against it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

from anitrakt_plan.document.mistakes import Findings, shorten
from anitrakt_plan.document.tree import MapNode, Node, SeqNode, plain_data
from anitrakt_plan.errors import Failed

_FILE = "plan.schema.json"


@cache
def schema_text() -> str:
    """The schema as it is published; from the wheel, or in an editable install from the folder `schemas`."""
    in_wheel = resources.files("anitrakt_plan.document").joinpath(_FILE)
    if in_wheel.is_file():
        return in_wheel.read_text(encoding="utf-8")
    in_tree = Path(__file__).resolve().parents[2] / "schemas" / _FILE
    try:
        return in_tree.read_text(encoding="utf-8")
    except OSError as error:
        raise Failed(
            f"the schema of the plan file is missing: {error}", todo="Install anitrakt again."
        ) from None


def schema_address() -> str:
    """Where the schema is published, for the first line of a plan."""
    return str(json.loads(schema_text())["$id"])


def check_schema(findings: Findings, root: MapNode) -> None:
    """Note where a tree disagrees with the schema.

    The readers of single values tell the same in better words, so this only speaks where they overlooked something:
    the schema is the published truth, and has the last word.
    """
    for error in _validator().iter_errors(plain_data(root)):
        place = _node_at(root, list(error.absolute_path))
        findings.error("PLAN029", f"the schema does not allow this: {shorten(error.message, 160)}", place)


@cache
def _validator() -> Any:
    from jsonschema import Draft7Validator

    schema = json.loads(schema_text())
    return Draft7Validator(_quicker(schema, schema["definitions"]))


def _quicker(part: Any, definitions: Mapping[str, Any]) -> Any:
    """The same schema in a form that takes half the time to check, for 5,000 entries at once.

    References are written out; fixed words, which editors want one by one with a description each, become one
    `enum`; and alternatives of which only one can ever hold are tried until one does.
    """
    if isinstance(part, list):
        return [_quicker(item, definitions) for item in part]
    if not isinstance(part, dict):
        return part
    if "$ref" in part:
        return _quicker(definitions[part["$ref"].removeprefix("#/definitions/")], definitions)
    quick = {
        name: _quicker(value, definitions)
        for name, value in part.items()
        if name not in ("description", "examples", "definitions", "title")
        or (name == "title" and isinstance(value, dict))
    }
    choices = quick.get("oneOf", [])
    if choices and all("const" in choice or choice.get("type") == "null" for choice in choices):
        del quick["oneOf"]
        quick["enum"] = [choice.get("const") for choice in choices]
    elif choices and all("type" in choice or "enum" in choice for choice in choices):
        quick["anyOf"] = quick.pop("oneOf")
    return quick


def _node_at(root: MapNode, path: list[str | int]) -> Node:
    node: Node = root
    for step in path:
        if isinstance(node, MapNode):
            found = node.find(str(step))
            if found is None:
                return node
            node = found[1]
        elif isinstance(node, SeqNode) and isinstance(step, int) and step < len(node.items):
            node = node.items[step]
    return node
