"""What a tally counts and what is aimed at: pure values, no database."""
