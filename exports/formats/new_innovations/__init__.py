"""New Innovations duty hours."""
