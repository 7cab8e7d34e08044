"""Enterprise data warehouse."""
