"""Corpora: recordings with what is true about them, in the forms in which others publish them."""
