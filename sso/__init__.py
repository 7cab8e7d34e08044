"""Sign-in through the organisation's own identity provider."""
