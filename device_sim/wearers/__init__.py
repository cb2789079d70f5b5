"""Simulated physiology: pure in its seed, its profile, its events and the time it is told."""
