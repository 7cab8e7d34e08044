"""The authorization server: RFC 6749 (client credentials) and RFC 7009 (revocation), one organisation per request."""
