"""Simulated wearers with known truth, their devices, replay of recordings, and a score for the whole path."""
