"""A small valid plan as text, and edits of it."""
# ruff: noqa: E501  (a plan has long lines, and so has a table of them)

from __future__ import annotations

from anitrakt_plan.planfile import KnownService

SERVICES = {name: KnownService("", f"https://{name}.example/anime/{{id}}") for name in ("mal", "anilist")}

HEAD = """\
format: anitrakt-plan/1
generated:
  tool: "anitrakt 0.1.0"
  at: "2026-11-22T09:12:44Z"
  source: {service: mal, user: "yourname", entries: 2, statuses: [completed]}
  target: {service: trakt, user: "yourname"}
  policy: {auto_from: 0.99, dates: finish, ratings: auto, on_conflict: keep, rewatches: ignore}

entries:
"""

SEQUEL = """\
  mal:38524:
    title: "Shingeki no Kyojin Season 3 Part 2"
    english: "Attack on Titan Season 3 Part 2"
    source: {kind: TV, year: 2019, episodes: 10}
    list: {status: completed, watched: 10, finished: "2019-07-01", rating: 9}
    decision: auto
    match: {show: 1420, episodes: S03E13-E22}  #> 1420 S03E13-E22 · Attack on Titan (2013) · 0.998 · id-maps, episodes
"""

FILM = """\
  mal:9999999:
    title: "A Film With a Common Name"
    url: "https://myanimelist.net/anime/9999999"
    source: {kind: Movie, year: 2022, episodes: 1}
    list: {status: completed, watched: 1, finished: "2022-05", rating: 7}
    decision: review  #> the best is 0.71 (0.99 needed), the next only 0.05 behind
    match: null
    candidates:
    - {movie: 700311, title: "A Film", year: 2021, url: "https://trakt.tv/movies/a-film-2021", confidence: 0.71, why: [title, year-1]}
    - {show: 700200, episodes: S00E04, title: "Common Name", year: 2019, url: "https://trakt.tv/shows/common-name", confidence: 0.66, why: [episode-count, air-dates]}
"""

PLAN = HEAD + SEQUEL + "\n" + FILM


def edited(*changes: tuple[str, str]) -> str:
    """The plan with texts replaced; each must be there."""
    text = PLAN
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    return text


def entry(key: str, *, decision: str = "confirmed", match: str = "{movie: 1}", more: str = "") -> str:
    """One more entry, of one film."""
    return (
        f'  {key}:\n    title: "x"\n    source: {{kind: Movie, episodes: 1}}\n'
        f"    list: {{status: completed, watched: 1}}\n{more}    decision: {decision}\n    match: {match}\n"
    )
