"""Requests: time off, work, preferences."""
