"""Wearers with known truth, their devices, replay of recordings, and the score of what a subscriber got."""
