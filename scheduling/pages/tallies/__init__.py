"""Tallies and targets."""
