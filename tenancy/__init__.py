"""Whose row is it: organisations, accounts, rights, the one door to data, secrets, tokens, sessions, the change log."""
