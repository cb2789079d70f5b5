"""Recordings: which there are, where to get them, how to read them."""
