"""Recordings in, run folders out: one readable page per task."""
