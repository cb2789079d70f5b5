"""The corridor between journal and outbox: pure functions of state, sample and event time."""
