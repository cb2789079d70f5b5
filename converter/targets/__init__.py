"""The same bundles and golden vectors under every runtime and processor at hand."""
