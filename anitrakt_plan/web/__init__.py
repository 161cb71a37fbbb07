"""The page for review: the same session as the terminal's, in a browser on this machine alone."""
