"""What a play or a rating is of, as text that journals and messages share: `1420 S03E13`, `movie 700311`."""

from __future__ import annotations

import re

from anitrakt_plan.core.model import (
    EpisodeItem,
    EpisodeSubject,
    Item,
    MovieSubject,
    RatingSubject,
    SeasonSubject,
    ShowSubject,
)

PlaySubject = EpisodeSubject | MovieSubject
"""What can be played: one episode by its numbers, or a film. Never a season, never a show."""

ListSubject = ShowSubject | MovieSubject
"""What can stand on the watchlist."""

_EPISODE = re.compile(r"([1-9]\d*) S(\d+)E(\d+)")
_SEASON = re.compile(r"([1-9]\d*) S(\d+)")
_WORK = re.compile(r"(show|movie) ([1-9]\d*)")


def format_subject(subject: RatingSubject) -> str:
    """Write `movie 700311`, `show 1420`, `1420 S03` or `1420 S03E13`."""
    match subject:
        case EpisodeSubject(show, season, number):
            return f"{show} S{season:02d}E{number:02d}"
        case SeasonSubject(show, season):
            return f"{show} S{season:02d}"
        case ShowSubject(show):
            return f"show {show}"
        case MovieSubject(movie):
            return f"movie {movie}"


def parse_subject(text: str) -> RatingSubject:
    """Read what `format_subject` writes; raises ValueError on anything else."""
    if found := _EPISODE.fullmatch(text):
        return EpisodeSubject(int(found[1]), int(found[2]), int(found[3]))
    if found := _SEASON.fullmatch(text):
        return SeasonSubject(int(found[1]), int(found[2]))
    if found := _WORK.fullmatch(text):
        return ShowSubject(int(found[2])) if found[1] == "show" else MovieSubject(int(found[2]))
    raise ValueError(f"`{text}` names nothing on Trakt; it looks like `1420 S03E13` or `movie 700311`")


def parse_play_subject(text: str) -> PlaySubject:
    """Read an episode or a film; raises ValueError on anything else, whole shows and seasons above all."""
    subject = parse_subject(text)
    if isinstance(subject, EpisodeSubject | MovieSubject):
        return subject
    raise ValueError(f"`{text}` is not an episode or a film")


def parse_list_subject(text: str) -> ListSubject:
    """Read a show or a film; raises ValueError on anything else."""
    subject = parse_subject(text)
    if isinstance(subject, ShowSubject | MovieSubject):
        return subject
    raise ValueError(f"`{text}` is not a show or a film")


def subject_of(item: Item) -> PlaySubject:
    """An item of the account's state by the numbers it has there now."""
    if isinstance(item, EpisodeItem):
        return EpisodeSubject(item.show, item.season, item.number)
    return MovieSubject(item.movie)


def work_of(subject: RatingSubject) -> ListSubject:
    """The show or film that a subject belongs to."""
    return subject if isinstance(subject, MovieSubject) else ShowSubject(subject.show)
