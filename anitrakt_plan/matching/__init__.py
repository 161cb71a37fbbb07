"""From a list entry to a proposal: where on Trakt it is, and how sure that is."""
