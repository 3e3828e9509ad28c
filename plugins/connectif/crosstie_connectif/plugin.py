"""What the connectif plugin offers."""
