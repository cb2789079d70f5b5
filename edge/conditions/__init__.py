"""Conditions: what counts as present, and when an episode starts, changes and ends."""
