"""What a wearer carries: each device turns what the body does into batches of samples."""
