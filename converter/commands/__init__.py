"""The subcommands of conversion."""
