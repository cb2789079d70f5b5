"""What is usual for one wearer, learned at home, and the limits that follow from it."""
