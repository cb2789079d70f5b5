"""Run folders in, bundles out."""
