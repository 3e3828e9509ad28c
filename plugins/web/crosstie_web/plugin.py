"""What the web plugin offers."""
