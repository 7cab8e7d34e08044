"""Shifts as iCalendar (RFC 5545): pure, from values to text."""
