"""Whether a wearer sleeps now: judged every five minutes from the journal, beside the corridor."""
