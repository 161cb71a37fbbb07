"""A hook of MkDocs: the schema goes where its own address says, beside the pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SCHEMA = Path(__file__).parents[1] / "schemas" / "plan.schema.json"


def on_post_build(config: Mapping[str, Any], **_: object) -> None:
    """Copy the schema to the path of its `$id` below the built site."""
    text = SCHEMA.read_text(encoding="utf-8")
    target = Path(config["site_dir"]) / urlsplit(json.loads(text)["$id"]).path.lstrip("/")
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(text, encoding="utf-8")
