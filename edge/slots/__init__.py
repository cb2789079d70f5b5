"""The bundles an edge runs: loaded, proven on this machine, and put in force in place of one another."""
