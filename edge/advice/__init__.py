"""Advice: rules as data, each with its guideline; never urgent, never repeated while unchanged."""
