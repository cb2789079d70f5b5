"""One SQLite file: the journal of what came in, the wearers' state, and the outbox of what goes out."""
