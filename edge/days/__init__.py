"""A wearer's day in sum: read from the journal and judged once, in the morning, beside the corridor."""
