"""Everything that speaks to Trakt."""
