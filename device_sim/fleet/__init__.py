"""Thousands of wearers from one process: what they send, how it gets there, and how much of it arrives."""
