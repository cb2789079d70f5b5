"""Alerts of any system held against truth: matching, figures, one score, baselines, and pages about them."""
