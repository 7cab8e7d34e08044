"""Swaps between people."""
