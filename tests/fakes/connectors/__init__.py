"""Connectors of the tests: real destinations in a folder, so that a killed worker leaves its effects behind."""
