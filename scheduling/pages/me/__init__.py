"""What is one's own: shifts, requests, swaps, the calendar link."""
