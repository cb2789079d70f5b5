"""What advice says, one file a language."""
