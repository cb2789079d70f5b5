"""The rules of advice as data, one file a topic."""
