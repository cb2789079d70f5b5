"""Conditions: the table of them, what one look can say, and when an episode starts, changes and ends."""
