"""What an edge knows of the bundles it runs: which of them are proven on this machine."""
