"""What the loyalty plugin offers."""
