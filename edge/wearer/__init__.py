"""What is known of one wearer: the state that is remembered, and the samples that change it."""
