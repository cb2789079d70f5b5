"""`vitalward bundle ...`: one file a subcommand."""
