"""Pure functions on arrays in stated units; the same code serves training and the device."""
