"""Plans for the page's tests: a few entries of each queue, and thousands."""

from __future__ import annotations

HEAD = """\
# kept in git
format: anitrakt-plan/1
generated:
  tool: "anitrakt 0.1.0"
  at: "2026-11-22T09:12:44Z"
  source: {{service: mal, user: "sample", entries: {count}, statuses: [completed]}}
  target: {{service: trakt, user: null}}
  policy: {{auto_from: 0.99, dates: finish, ratings: auto, on_conflict: keep, rewatches: ignore}}

entries:
"""


def candidate(match: str, title: str, year: int, confidence: float, why: str = "title") -> str:
    return (
        f'    - {{{match}, title: "{title}", year: {year}, url: "https://trakt.tv/shows/x", '
        f"confidence: {confidence}, why: [{why}]}}\n"
    )


def entry(
    number: int,
    title: str,
    *candidates: str,
    kind: str = "TV",
    year: int = 2017,
    episodes: int = 12,
    finished: str = "",
    because: str = "not sure",
) -> str:
    """An open entry with a comment of the user's."""
    more = f', finished: "{finished}"' if finished else ""
    return (
        f'  mal:{number}:  # mine {number}\n    title: "{title}"\n'
        f"    source: {{kind: {kind}, year: {year}, episodes: {episodes}}}\n"
        f"    list: {{status: completed, watched: {episodes}{more}}}\n"
        f"    decision: review  #> {because}\n    match: null\n"
        + (f"    candidates:\n{''.join(candidates)}" if candidates else "")
    )


MARKUP = "<img src=x onerror=document.title='pwned'><script>document.title='pwned'</script>"

TITAN_2 = entry(
    25777,
    "Attack on Titan Season 2",
    candidate("show: 1420, episodes: S02E01-E12", "Attack on Titan", 2013, 0.97),
    candidate("show: 1420, episodes: S01E01-E12", "Attack on Titan", 2013, 0.2),
    because="the best is 0.97 (0.99 needed)",
)
TITAN_3 = entry(
    35760,
    "Attack on Titan Season 3",
    candidate("show: 1420, episodes: S03E01-E12", "Attack on Titan", 2013, 0.95),
    year=2018,
)
CHOICE = entry(
    16498,
    "Attack on Titan",
    candidate("show: 1420, episodes: S01E01-E25", "Attack on Titan", 2013, 0.71),
    candidate("movie: 97", "Spirited Away", 2001, 0.66, "year"),
    year=2013,
    episodes=25,
)
HYOUKA = entry(
    12189,
    "Hyouka",
    candidate("show: 1420, episodes: S03E01-E22", "Attack on Titan", 2013, 0.004, "episodes"),
    year=2012,
    episodes=22,
    finished="2012-10-01",
)
STEINS = entry(9253, "Steins;Gate", year=2011, episodes=24)
NOWHERE = entry(34, MARKUP, kind="OVA", year=2002, episodes=2)
ELSEWHERE = entry(35, "Also Nowhere", kind="OVA", year=2003, episodes=2)

ENTRIES = (NOWHERE, ELSEWHERE, STEINS, HYOUKA, CHOICE, TITAN_2, TITAN_3)


def plan_text(*entries: str) -> str:
    return HEAD.format(count=len(entries)) + "\n".join(entries)


def large_plan(count: int = 2000, still_open: int = 300) -> str:
    """A plan of so many entries, as evenly open as a real one."""
    every = count // still_open
    texts = []
    for number in range(1, count + 1):
        episodes, year = 1 + number % 26, 1990 + number % 35
        run = f"S01E01-E{episodes:02d}" if episodes > 1 else "S01E01"
        if number % every == 0 and number // every <= still_open:
            texts.append(
                entry(
                    number,
                    f"A title of number {number}",
                    *(
                        candidate(
                            f"show: {number * 10 + place}, episodes: {run}",
                            f"A title of number {number}",
                            year,
                            sure,
                        )
                        for place, sure in enumerate((0.95 if number % 14 else 0.71, 0.4, 0.2))
                    ),
                    year=year,
                    episodes=episodes,
                )
            )
            continue
        short = f"{number * 10} {run}"
        texts.append(
            f'  mal:{number}:\n    title: "A title of number {number}"\n'
            f"    source: {{kind: TV, year: {year}, episodes: {episodes}}}\n"
            f'    list: {{status: completed, watched: {episodes}, finished: "2019-07-01", rating: 7}}\n'
            f"    decision: auto\n    match: {{show: {number * 10}, episodes: {run}}}"
            f"  #> {short} · A title of number {number} ({year}) · 0.999 · id-maps, title, year\n"
        )
    return plan_text(*texts)
