"""Epic On Call Finder."""
