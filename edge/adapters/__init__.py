"""The ends of the corridor: everything here does I/O and nothing here decides."""
