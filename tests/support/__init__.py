"""Fakes of our own ports and small builders, shared by the tests."""
