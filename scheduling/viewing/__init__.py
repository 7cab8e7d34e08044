"""What a saved view shows and how: pure values, no database."""
