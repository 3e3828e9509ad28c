"""What the ZEROSIX plugin offers."""
