"""Epic OpTime."""
