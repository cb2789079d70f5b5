"""Recordings of living people, read from the formats they come in, to be played as devices."""
