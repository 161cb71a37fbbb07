"""Hooks of MkDocs: what its Markdown reads otherwise than a forge does, and each schema at its own address."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

SCHEMAS = sorted((Path(__file__).parents[1] / "schemas").glob("*.schema.json"))
CODE = re.compile(r"`[^`\n]+`")


def on_page_markdown(markdown: str, **_: object) -> str:
    """In a table a forge wants `|` escaped in code, too; here the sign would be shown."""
    return CODE.sub(lambda found: found[0].replace("\\|", "|"), markdown)


def on_post_build(config: Mapping[str, Any], **_: object) -> None:
    """Copy the schemas to the paths of their `$id` below the built site."""
    for schema in SCHEMAS:
        text = schema.read_text(encoding="utf-8")
        target = Path(config["site_dir"]) / urlsplit(json.loads(text)["$id"]).path.lstrip("/")
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
