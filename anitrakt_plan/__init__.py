"""anitrakt: bring a MyAnimeList or AniList anime list to Trakt, by a plan that a person can read and correct."""

__version__ = "0.2.0"
