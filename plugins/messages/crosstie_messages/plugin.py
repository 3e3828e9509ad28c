"""What the messages plugin offers."""
