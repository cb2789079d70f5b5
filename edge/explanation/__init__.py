"""Why an alert was raised, composed from what a condition decided by."""
