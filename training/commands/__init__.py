"""The subcommands of training."""
