"""Practice AniList, MyAnimeList and Trakt in one local process, over real HTTP on loopback."""

from anitrakt_plan.sandbox.server import SandboxAddresses, environment, serve

__all__ = ["SandboxAddresses", "environment", "serve"]
