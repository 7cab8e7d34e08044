"""OAuth 2.0 endpoints and the v1 resources."""
