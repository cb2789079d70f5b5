"""Alarms: a condition is present or not; whether anybody has seen it is told by its alarm."""
