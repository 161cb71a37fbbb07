"""TMDB: a second catalogue, for people without a Trakt application; Trakt's shows follow its seasons."""

ATTRIBUTION = (
    "This product uses TMDB and the TMDB APIs but is not endorsed, certified, or otherwise approved by TMDB."
)
"""The wording of TMDB's terms of use, which want it in every application."""
