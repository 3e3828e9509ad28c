"""Members of ZEROSIX loyalty programmes."""
