"""Take events in over HTTP."""
