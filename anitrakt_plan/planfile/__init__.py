"""The plan file: text to values and back."""

from anitrakt_plan.planfile.dump import dump_plan
from anitrakt_plan.planfile.edit import format_plan, rewrite, with_other_keys
from anitrakt_plan.planfile.load import Loaded, LoadedFile, load_plan, read_bytes, read_plan
from anitrakt_plan.planfile.maps import LoadedMap, MapEntry, decisions_in, dump_map, load_map
from anitrakt_plan.planfile.merge import (
    ChangeKind,
    EntryChange,
    MergeResult,
    Resolved,
    changed_by_rules,
    merge_plan,
)
from anitrakt_plan.planfile.problems import CODES, Diagnostic
from anitrakt_plan.planfile.proofreading import finished_plan
from anitrakt_plan.planfile.read import names_match, parse_hint
from anitrakt_plan.planfile.schema import schema_text
from anitrakt_plan.planfile.services import KnownService, Services
from anitrakt_plan.planfile.store import write_plan
from anitrakt_plan.planfile.text import Position

__all__ = [
    "CODES",
    "ChangeKind",
    "Diagnostic",
    "EntryChange",
    "KnownService",
    "Loaded",
    "LoadedFile",
    "LoadedMap",
    "MapEntry",
    "MergeResult",
    "Position",
    "Resolved",
    "Services",
    "changed_by_rules",
    "decisions_in",
    "dump_map",
    "dump_plan",
    "finished_plan",
    "format_plan",
    "load_map",
    "load_plan",
    "merge_plan",
    "names_match",
    "parse_hint",
    "read_bytes",
    "read_plan",
    "rewrite",
    "schema_text",
    "with_other_keys",
    "write_plan",
]
