"""Publishing a schedule, and taking it back."""
