"""The subcommands of the edge."""
