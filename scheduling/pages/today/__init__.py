"""Who is on, now and at any moment."""
