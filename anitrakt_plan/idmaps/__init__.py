"""The id data sets that say where a list entry is on Trakt."""
