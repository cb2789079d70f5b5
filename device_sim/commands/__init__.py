"""The subcommands of `vitalward` that belong to the simulator."""
