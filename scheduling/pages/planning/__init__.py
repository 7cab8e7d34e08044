"""Holidays, templates, patterns, and replacing people."""
