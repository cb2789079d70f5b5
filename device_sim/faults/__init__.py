"""What can go wrong between a wearer and a gateway, as data: each fault with its time, length and truth."""
