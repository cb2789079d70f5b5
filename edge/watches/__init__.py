"""Watches: what samples, windows and nights say of each condition, with the evidence and the case."""
