"""Rules, pure: facts in, conflicts out. No database, no clock, no HTML."""
