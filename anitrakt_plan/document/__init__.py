"""The plan file: text to values and back."""

from anitrakt_plan.document.codes import CODES
from anitrakt_plan.document.dumping import dump_plan
from anitrakt_plan.document.formatting import format_plan
from anitrakt_plan.document.loading import Loaded, load_plan, read_bytes, read_plan
from anitrakt_plan.document.maps import LoadedMap, MapEntry, decisions_in, dump_map, load_map
from anitrakt_plan.document.merging import (
    ChangeKind,
    EntryChange,
    MergeResult,
    Resolved,
    changed_by_rules,
    merge_plan,
)
from anitrakt_plan.document.mistakes import Mistake
from anitrakt_plan.document.proofreading import finished_plan
from anitrakt_plan.document.schema import schema_text
from anitrakt_plan.document.source_text import Position
from anitrakt_plan.document.splicing import with_other_keys
from anitrakt_plan.document.writing import write_plan

__all__ = [
    "CODES",
    "ChangeKind",
    "EntryChange",
    "Loaded",
    "LoadedMap",
    "MapEntry",
    "MergeResult",
    "Mistake",
    "Position",
    "Resolved",
    "changed_by_rules",
    "decisions_in",
    "dump_map",
    "dump_plan",
    "finished_plan",
    "format_plan",
    "load_map",
    "load_plan",
    "merge_plan",
    "read_bytes",
    "read_plan",
    "schema_text",
    "with_other_keys",
    "write_plan",
]
