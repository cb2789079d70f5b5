"""Simulated wearers beside real recordings: figures with tolerances, and a page with plots."""
