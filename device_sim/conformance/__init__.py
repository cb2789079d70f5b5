"""The stories as a test of somebody else's gateway: requirements with stable ids, and whether each holds."""
