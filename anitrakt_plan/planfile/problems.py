"""What is wrong in a plan file: where, under which code, what was probably meant, and how it is shown."""

from __future__ import annotations

import difflib
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal, Protocol

from anitrakt_plan.planfile.services import Services
from anitrakt_plan.planfile.text import Position, SourceText
from anitrakt_plan.words import printable

Severity = Literal["error", "warning"]

MAX_DIAGNOSTICS = 1000
"""A file that is not a plan at all could have millions; nobody reads past these."""

_WIDEST_SNIPPET = 110


class Spanned(Protocol):
    """Anything that stands from one index of the text to another."""

    @property
    def start(self) -> int: ...

    @property
    def end(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Span:
    """From one index of the text to another."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """One thing wrong in a file.

    `snippet` is the whole line, `caret` how many of its characters from the position on are meant, `hint` what was
    probably meant or what to write, `also` the other places involved, each with a note.
    """

    code: str
    severity: Severity
    message: str
    file: str
    position: Position
    snippet: str
    caret: int
    hint: str | None = None
    also: tuple[tuple[Position, str], ...] = ()

    def render(self) -> str:
        """For people, as one text."""
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """For people: file, line and column, the sentence, the line with a caret, and the hint."""
        line, column, length = _window(self.snippet, self.position.column - 1, self.caret)
        number = str(self.position.line)
        margin = " " * len(number)
        pointer = " " * _width(line[:column]) + "^" * max(1, _width(line[column : column + length]))
        out = [
            f"{self.file}:{self.position}: {self.severity}[{self.code}]: {printable(self.message)}",
            f"{margin} |",
            f"{number} | {printable(line)}".rstrip(),
        ]
        hint = printable(self.hint) if self.hint else ""
        if len(hint) <= 50:
            out.append(f"{margin} | {pointer} {hint}".rstrip())
        else:
            out += [f"{margin} | {pointer}", f"{margin} = {hint}"]
        out += [f"{margin} = {self.file}:{place}: {printable(note)}" for place, note in self.also]
        return out

    def as_json(self) -> dict[str, object]:
        """For `--json`: severity, code, summary, detail, range (from 1, end excluded), snippet and the other places."""
        line, column = self.position.line, self.position.column
        return {
            "severity": self.severity,
            "code": self.code,
            "summary": self.message,
            "detail": self.hint,
            "file": self.file,
            "range": {
                "start": {"line": line, "column": column},
                "end": {"line": line, "column": column + max(1, self.caret)},
            },
            "snippet": self.snippet,
            "also": [{"line": place.line, "column": place.column, "note": note} for place, note in self.also],
        }


@dataclass
class Diagnostics:
    """Collects what is wrong in one file while it is read; `services` are those that it may name (None: any)."""

    source: SourceText
    found: list[Diagnostic] = field(default_factory=list)
    services: Services | None = None

    def error(
        self,
        code: str,
        message: str,
        place: Spanned,
        hint: str | None = None,
        also: Iterable[tuple[Spanned, str]] = (),
        *,
        severity: Severity = "error",
    ) -> None:
        """Note something for which nothing of the file may be sent."""
        if len(self.found) >= MAX_DIAGNOSTICS:
            return
        source, position = self.source, self.source.position(place.start)
        snippet = source.line(position.line)
        caret = max(1, min(place.end, source.line_end(place.start)) - place.start)
        others = tuple((source.position(other.start), note) for other, note in also)
        self.found.append(
            Diagnostic(code, severity, message, source.name, position, snippet, caret, hint, others)
        )

    def warning(self, code: str, message: str, place: Spanned, hint: str | None = None) -> None:
        """Note something that a person should know of, though the file holds."""
        self.error(code, message, place, hint, severity="warning")

    @property
    def failed(self) -> bool:
        """Whether there is an error."""
        return any(one.severity == "error" for one in self.found)

    def in_order(self) -> tuple[Diagnostic, ...]:
        """All that was found, by its place in the file, errors before warnings where both are at one place."""
        return tuple(sorted(self.found, key=lambda one: (one.position, one.severity, one.code)))


def did_you_mean(word: str, known: Iterable[str]) -> str | None:
    """A hint that names the known word nearest to a misspelt one, or None where none is near."""
    found = nearest(word, known)
    return f"did you mean `{found}`?" if found else None


def nearest(word: str, known: Iterable[str]) -> str | None:
    """The known word that a misspelt one is probably meant to be, or None where none is near."""
    found = difflib.get_close_matches(word.lower()[:60], list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def shorten(text: str, most: int = 60) -> str:
    """A user's text for a message: on one line, cut where it is long."""
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1] + "…"


def _window(line: str, column: int, length: int) -> tuple[str, int, int]:
    if len(line) <= _WIDEST_SNIPPET:
        return line, column, length
    start = max(0, min(column - 30, len(line) - _WIDEST_SNIPPET))
    piece = line[start : start + _WIDEST_SNIPPET]
    if start > 0:
        piece = "…" + piece[1:]
    if start + _WIDEST_SNIPPET < len(line):
        piece = piece[:-1] + "…"
    return piece, column - start, min(length, _WIDEST_SNIPPET - (column - start))


def _width(text: str) -> int:
    # columns on a terminal: Japanese signs take two, combining ones none; tabs are shown as one space
    wide = sum(unicodedata.east_asian_width(sign) in "WF" for sign in text)
    return len(text) + wide - sum(unicodedata.combining(sign) != 0 for sign in text)


CODES: Mapping[str, str] = MappingProxyType(
    {
        # the file as such
        "PLAN001": "The file is not text in UTF-8 or UTF-16. Open it in an editor and save it as UTF-8.",
        "PLAN002": "The file is larger than any plan can be. Check that it is the right file.",
        "PLAN003": "The file uses something of YAML that a plan does not have: anchors (&), aliases (*), tags (!), "
        "keys that are lists, or very deep nesting. Write the value out where it is needed.",
        "PLAN004": "The file is empty. A shell empties the target of `>` before anitrakt starts, so a plan that "
        "failed leaves an empty file: run `anitrakt plan` again and look at what it says.",
        "PLAN005": "The file is not valid YAML at this place. A wrong indentation, a missing quote, comma or "
        "bracket are the usual causes; the message says what was expected.",
        "PLAN006": "A line is indented with a tab. YAML knows only spaces: replace the tab by spaces.",
        "PLAN007": "A text holds a colon and a space (or begins with a sign that YAML reserves), so YAML takes it "
        'for a key. Put the text in double quotes: title: "Fate/stay night: Unlimited Blade Works".',
        "PLAN008": "The file holds git's conflict markers (<<<<<<<, =======, >>>>>>>). Choose one of the two "
        "versions, delete the markers, and validate again.",
        "PLAN009": "The file holds more than one YAML document (a line `---`). A plan is one document.",
        # keys
        "PLAN010": "The file does not say that it is a plan: its key `format` is missing or is another one. A plan "
        "begins with `format: anitrakt-plan/1`.",
        "PLAN011": "The file was written by a newer anitrakt. Upgrade anitrakt to read it.",
        "PLAN012": "A key that anitrakt does not know, usually a misspelling. Own text goes into `note:` or into a "
        "comment.",
        "PLAN013": "A key stands twice in the same place; only one of the two can hold. Delete one.",
        "PLAN014": "A key that must be there is missing. `anitrakt plan --update FILE` writes anitrakt's own keys "
        "anew.",
        "PLAN015": "The key of an entry is the list service and the id there: `mal:38524` or `anilist:99147`. "
        "Where the list has no id, it is the title's letters and digits: `title:a-film-of-ours`.",
        "PLAN016": "A key stands at the wrong place, usually because a copied line has another indentation than "
        "the lines around it.",
        # values
        "PLAN020": "A value is of the wrong kind: a text where a number belongs, or the other way round. Texts and "
        "dates are quoted, numbers and the fixed words are not.",
        "PLAN021": "A word that is not one of the fixed words this key takes.",
        "PLAN022": "A number that is outside what this key takes.",
        "PLAN023": 'A date is written in quotes as "2019", "2019-07" or "2019-07-01", and must exist.',
        "PLAN024": "A rating is a whole number from 1 to 10, as on Trakt; without a rating, leave the key out.",
        "PLAN025": "The times at which episodes were marked are anitrakt's own, from AniList's export: spans of the "
        'list\'s episodes in order, each with a minute in UTC: {1: "2019-07-01T18:22Z", 2-4: "2019-07-02T20:05Z"}. '
        "`anitrakt plan --update FILE` writes them anew.",
        "PLAN029": "The file does not agree with the JSON Schema that `anitrakt schema` prints.",
        # a match by itself
        "PLAN030": "A match is {movie: ID}, {show: ID, episodes: S03E13-E22}, an address in quotes, or "
        "null. An ID is Trakt's number, or TMDB's as tmdb:95479. A candidate can be copied behind `match:` as it is, "
        "without its leading `- `.",
        "PLAN031": "A run of episodes is written S03E13-E22, or S03E13 for a single one; several runs stand in one "
        'quoted text: "S01E01-E13, S02E01-E11".',
        "PLAN032": "A list of runs is not quoted, so YAML takes the second run for a key of its own. Write "
        'episodes: "S01E01-E13, S02E01-E11".',
        "PLAN033": "A match with a show must say which episodes: Trakt would mark the whole show as watched "
        "otherwise, which anitrakt never does.",
        "PLAN034": "An address must be that of a film, a season or an episode on trakt.tv or themoviedb.org, or of a "
        "film on imdb.com. The address of a whole show is not enough: open the season there and copy that address.",
        "PLAN035": 'A ratio is written "2:1" where two of the list\'s episodes are one on Trakt, or "1:2" the other '
        "way round, and stands beside `episodes`, never beside `parts`.",
        "PLAN036": "Parts are written [{list: 1, episodes: S01E01-E02}, {list: 2-24, episodes: S01E03-E25}]: which "
        "of the list's episodes are which on Trakt.",
        # what the values mean together
        "PLAN040": "An entry that is to be sent (`auto` or `confirmed`) needs a match. Fill it in, or write "
        "`decision: review` or `decision: skip`.",
        "PLAN041": "The list has another number of episodes than the match. Mend the run, or say how the two go "
        'together: `ratio: "2:1"`, or `parts` where it is uneven.',
        "PLAN042": "The match has fewer episodes than were watched. Mend the run; an entry that is spread over "
        'several seasons takes several runs: "S01E01-E13, S02E01-E11".',
        "PLAN043": "The ratio does not bring the list's number of episodes to the number of the match.",
        "PLAN044": "The parts overlap, reach beyond the list's last episode, or map their episodes unevenly.",
        "PLAN045": "A match names the same episode twice; it would get two plays.",
        "PLAN046": "Two entries that are to be sent claim the same episode or film, so one of them is wrong. "
        "Correct one match, or write `decision: skip`, or `send: [ratings]` for the one that shall only rate.",
        # warnings
        "PLAN060": "A match is filled in, but the entry is still in review and so is not sent. Write "
        "`decision: confirmed` to send it.",
        "PLAN061": "An `auto` match differs from what anitrakt wrote behind it in `#>`: it is taken as yours and "
        "counts as `confirmed`. The next re-plan writes it so.",
        "PLAN063": "The list has changed since you confirmed the match (`attention` says how), and now the two no "
        "longer fit. This entry waits until the match is mended; the rest of the plan is sent.",
        "PLAN064": "The list's dates can't be right: finished before it was started, or before it was first shown. "
        "They are sent as they are, unless you correct the list and plan again, or write `dates: unknown`.",
        "PLAN065": "The entry asks for `dates: activity`, but the plan holds no times for it. They come from AniList's "
        "own export: `anitrakt plan --list-file gdpr_data.json --dates activity`.",
        "PLAN066": "The list had more entries when the plan was made than the file has now, so the file may be cut off "
        "(a full disk, a merge in git). An entry that a person deleted comes back with the next plan: to keep it from "
        "being sent, write `decision: skip`.",
        "PLAN067": "With `rewatches: count`, an entry has more rewatches than anybody has (255 is what MyAnimeList and "
        "its clients leave by mistake). It is sent as watched once. Correct the number in your list and plan again; if "
        "it is right, add `sure: true` to the entry's match.",
        "PLAN068": "Nobody here can tell what a pasted address names: no id map, candidate or data download on this "
        "machine knows the page, and there is no Trakt application to ask Trakt with. Nothing is sent or exported "
        "until it is mended. Paste the season's page on themoviedb.org, which has the id in it, or write the match "
        "with ids.",
        # a repair file
        "REPAIR02": "A play's `item` is the episode or film that it is of, by Trakt's ids: 1420 S02E01, or movie 97.",
        "REPAIR10": "One play stands in two groups that are decided unlike. Take it out of one of the two, or "
        "decide both alike.",
        "REPAIR11": "A group that is decided `redate` needs `to`: a whole day in quotes, or unknown.",
        "REPAIR12": "Of plays that stand too often one must stay. Where a `doubled` group names none of an item's "
        "plays under `keeps`, its others are left alone.",
        "REPAIR13": "A play stands twice in one group. Under `plays` it goes, under `keeps` it stays: delete one.",
        "PLAN062": "The file is in UTF-16, as Windows PowerShell's `>` writes it. It is read; anitrakt writes it "
        "back as UTF-8. Use `-o FILE` instead of `>` there.",
    }
)
"""Code → explanation, for `anitrakt explain CODE`. Codes are never given a new meaning."""
