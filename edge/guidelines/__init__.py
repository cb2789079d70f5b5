"""Guideline numbers as data, each with its source."""
