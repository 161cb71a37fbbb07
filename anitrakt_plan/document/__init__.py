"""The plan file: text to values and back."""

from anitrakt_plan.document.codes import CODES
from anitrakt_plan.document.dumping import dump_plan, format_confidence
from anitrakt_plan.document.loading import Loaded, load_plan, read_plan
from anitrakt_plan.document.mistakes import Mistake
from anitrakt_plan.document.schema import schema_text
from anitrakt_plan.document.source_text import Position

__all__ = [
    "CODES",
    "Loaded",
    "Mistake",
    "Position",
    "dump_plan",
    "format_confidence",
    "load_plan",
    "read_plan",
    "schema_text",
]
