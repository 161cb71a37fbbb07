"""Users, list entries and media as AniList answers with them; callables take a field's arguments."""

from anitrakt_plan.sandbox.catalogue import Anime, Json
from anitrakt_plan.sandbox.lists import ListEntry, ListUser
from anitrakt_plan.sandbox.practice import Practice

STATUS_OF = {
    "watching": "CURRENT",
    "completed": "COMPLETED",
    "paused": "PAUSED",
    "dropped": "DROPPED",
    "planned": "PLANNING",
    "rewatching": "REPEATING",
}
_FORMATS = {"TV": "TV", "Movie": "MOVIE", "OVA": "OVA", "ONA": "ONA", "Special": "SPECIAL", "Music": "MUSIC"}


def user_view(user: ListUser) -> Json:
    return {
        "id": user.id,
        "name": user.name,
        "options": {"timezone": "02:00"},
        "mediaListOptions": {
            "scoreFormat": "POINT_100",
            "animeList": {"customLists": ["Favourites"], "splitCompletedSectionByFormat": True},
        },
    }


def entry_view(practice: Practice, entry: ListEntry, user: ListUser) -> Json:
    return {
        "id": entry.id,
        "userId": user.id,
        "mediaId": entry.anime.anilist,
        "status": STATUS_OF[entry.status],
        "score": lambda said: _score(entry.score, said.get("format", "POINT_100")),
        "progress": entry.watched,
        "repeat": entry.repeats,
        "priority": 0,
        "private": entry.private,
        "notes": None,
        "hiddenFromStatusLists": entry.hidden,
        "customLists": lambda said: (
            [{"name": name, "enabled": True} for name in entry.custom]
            if said.get("asArray")
            else {"Favourites": "Favourites" in entry.custom}
        ),
        "advancedScores": None,
        "startedAt": _fuzzy(entry.started),
        "completedAt": _fuzzy(entry.finished),
        "createdAt": 1_500_000_000,
        "updatedAt": 1_750_000_000,
        "media": media_view(practice, entry.anime),
        "user": user_view(user),
    }


def media_view(practice: Practice, anime: Anime) -> Json:
    kind = (
        "TV_SHORT"
        if anime.type == "TV" and (anime.duration or 24) < 16
        else _FORMATS.get(anime.type, "SPECIAL")
    )
    airing = anime.end is None and anime.type == "TV"
    return {
        "id": anime.anilist,
        "idMal": anime.mal,
        "title": {
            "romaji": anime.title,
            "english": anime.english,
            "native": anime.native,
            "userPreferred": anime.title,
        },
        "synonyms": anime.synonyms,
        "type": "ANIME",
        "format": kind,
        "status": "RELEASING" if airing else "FINISHED",
        "startDate": _fuzzy(anime.start),
        "endDate": _fuzzy(anime.end),
        "season": _season(anime.start),
        "seasonYear": int(anime.start[:4]) if anime.start else None,
        "episodes": anime.episodes,
        "duration": anime.duration,
        "isAdult": False,
        "source": "MANGA",
        "siteUrl": f"https://anilist.co/anime/{anime.anilist}",
        "nextAiringEpisode": None,
        "airingSchedule": lambda _said: {"nodes": []},
        "externalLinks": [],
        "relations": lambda _said: _relations(practice, anime),
    }


def _relations(practice: Practice, anime: Anime) -> Json:
    edges: list[Json] = []
    for other in practice.catalogue.anime:
        kind = (
            "SEQUEL"
            if anime.mal and other.prequel == anime.mal
            else "PREQUEL"
            if anime.prequel and anime.prequel == other.mal
            else None
        )
        if kind:
            edges.append({"relationType": kind, "node": media_view(practice, other)})
    return {"edges": edges, "nodes": [edge["node"] for edge in edges]}


def _score(score: int, form: str) -> float:
    if not score:
        return 0
    if form == "POINT_100":
        return score
    if form == "POINT_10_DECIMAL":
        return score / 10
    if form == "POINT_10":
        return max(1, score // 10)
    return max(1, round(score / 20)) if form == "POINT_5" else 1 + (score > 35) + (score > 60)


def _fuzzy(text: str | None) -> Json:
    parts: list[int | None] = [int(part) for part in text.split("-")] if text else []
    year, month, day = [*parts, None, None, None][:3]
    return {"year": year, "month": month, "day": day}


def _season(start: str | None) -> str | None:
    if not start or len(start) < 7:
        return None
    return ("WINTER", "SPRING", "SUMMER", "FALL")[(int(start[5:7]) - 1) // 3]
