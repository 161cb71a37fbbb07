"""YAML's own syntax errors in plain words: what is wrong with the line, and how to mend it."""

from __future__ import annotations

import re

from anitrakt_plan.document.mistakes import Findings, Place, shorten
from anitrakt_plan.document.source_text import SourceText
from anitrakt_plan.document.tree import SyntaxProblem

_UNQUOTED_VALUE = re.compile(
    r"(?P<lead>\s*(?:- )?(?P<key>[\w-]+):[ \t]+)(?P<text>[^\s\"'{\[#|>].*?)\s*(?:#.*)?"
)
_RESERVED = re.compile(r"(?P<lead>.*?(?P<key>[\w-]+):[ \t]+)(?P<text>[@`%&*!|>].*?)\s*")
_OPEN_QUOTE = re.compile(r"""(?P<lead>\s*(?:- )?[\w-]+:[ \t]+)(?:"(?:[^"\\]|\\.)*|'[^']*)""")
_LIST_BEHIND_KEY = re.compile(r"\s*[\w-]+:\s+- ")
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_MARKER = re.compile(r"^(?:<{7}|={7}|>{7})(?: .*)?$", re.MULTILINE)


def report_unreadable_signs(source: SourceText, findings: Findings) -> bool:
    """Note control characters, which YAML does not allow, and git's conflict markers; True if there were any."""
    known = len(findings.mistakes)
    for found in _UNPRINTABLE.finditer(source.text):
        message = f"the character U+{ord(found[0]):04X} can't stand in YAML as it is"
        findings.error("PLAN005", message, Place(found.start(), found.end()), "delete it")
        if len(findings.mistakes) - known >= 20:
            break
    if "<<<<<<<" in source.text:
        for found in list(_MARKER.finditer(source.text))[:20]:
            findings.error(
                "PLAN008",
                "git's conflict marker stands here",
                Place(found.start(), found.end()),
                "choose one of the two versions",
            )
    return len(findings.mistakes) > known


def report_syntax(problem: SyntaxProblem, source: SourceText, findings: Findings) -> None:
    """Note a syntax error in words for a person who does not know YAML's grammar."""
    index = min(problem.index, len(source.text))
    if index > 0 and not source.text[index:].strip():
        index = len(source.text.rstrip())  # an error at the very end is shown on the last line that has text
    number = source.line_number(index)
    # the parser often sees a slip only on the line after it
    for line_number in (number, number - 1):
        if _report_line(source, findings, line_number):
            return
    code, message, hint, at = _by_problem(problem, source, index)
    findings.error(code, message, Place(at, at + 1), hint)


def _report_line(source: SourceText, findings: Findings, number: int) -> bool:
    line = source.line(number)
    if number < 1 or not line.strip() or line.lstrip().startswith("#"):
        return False
    start = source.line_starts[number - 1]
    indent = line[: len(line) - len(line.lstrip())]
    if "\t" in indent:
        at = start + indent.index("\t")
        findings.error(
            "PLAN006", "the line is indented with a tab", Place(at, at + 1), "use spaces; YAML knows no tabs"
        )
        return True
    if _LIST_BEHIND_KEY.match(line):
        at = start + line.index("- ")
        findings.error(
            "PLAN016",
            "a list can't begin behind its key",
            Place(at, at + 1),
            "a candidate is copied without its leading `- `",
        )
        return True
    opened = _OPEN_QUOTE.fullmatch(line)
    if opened:
        at = start + len(opened["lead"])
        findings.error(
            "PLAN005",
            "the quote that opens here is never closed",
            Place(at, source.line_end(at)),
            "close it on the same line",
        )
        return True
    value = _UNQUOTED_VALUE.fullmatch(line)
    reserved = _RESERVED.fullmatch(line)
    if value and re.search(r":(\s|$)", value["text"]):
        reason = "the text holds a colon and a space, so YAML takes it for a key"
    elif reserved:
        value, reason = reserved, _reserved_sign(reserved["text"][0])
    else:
        return False
    at = start + len(value["lead"])
    quoted = value["text"].replace("\\", "\\\\").replace('"', '\\"')
    findings.error(
        "PLAN007", reason, Place(at, at + len(value["text"])), f'write {value["key"]}: "{shorten(quoted)}"'
    )
    return True


def _by_problem(problem: SyntaxProblem, source: SourceText, index: int) -> tuple[str, str, str | None, int]:
    """Code, message, hint and index, by the parser's own words."""
    words = problem.problem
    began = problem.began if problem.began is not None else index
    opened = source.position(began)
    if "quoted scalar" in words:
        return "PLAN005", "the quote that opens here is never closed", "close it on the same line", began
    if "flow mapping" in words:
        return "PLAN005", f"a comma or the closing `}}` is missing (it opens at {opened})", None, index
    if "flow sequence" in words:
        return "PLAN005", f"a comma or the closing `]` is missing (it opens at {opened})", None, index
    if "mapping values are not allowed" in words or "expected key" in words or "block mapping" in words:
        return "PLAN016", *_indentation(source, index)
    if "block collection" in words or "block sequence" in words or "'-' indicator" in words:
        return "PLAN016", *_indentation(source, index)
    if "could not find expected ':'" in words or "simple key" in words:
        at = began if problem.began is not None else index
        return (
            "PLAN005",
            "a key without a colon, or a text that goes on over a line",
            "write `key: value`",
            at,
        )
    if "cannot start any token" in words:
        sign = source.text[index : index + 1]
        return "PLAN007", _reserved_sign(sign), "put it in quotes", index
    if "escape" in words:
        return "PLAN005", "there is no such escape in a quoted text", "write \\\\ for a backslash", index
    return "PLAN005", f"this is not valid YAML ({shorten(words, 100)})", None, index


def _reserved_sign(sign: str) -> str:
    return f"a text can't begin with {'a backtick' if sign == '`' else f'`{sign}`'} unless it is quoted"


def _indentation(source: SourceText, index: int) -> tuple[str, str | None, int]:
    """What to say of a line that does not fit the lines above it."""
    number = source.line_number(index)
    line = source.line(number)
    indent = len(line) - len(line.lstrip())
    above = next(
        (
            text
            for text in (source.line(i) for i in range(number - 1, max(0, number - 50), -1))
            if text.strip() and not text.lstrip().startswith("#")
        ),
        "",
    )
    above_indent = len(above) - len(above.lstrip())
    at = source.line_starts[number - 1] + indent
    if number > 1 and indent != above_indent:
        message = f"the line is indented by {indent}, the line above by {above_indent}: it belongs to nothing"
        hint = "give it the indentation of the keys beside it; a copied candidate goes behind `match:`"
        return message, hint, at
    return "this does not fit what stands before it", "look for a missing quote, comma or line end", index
