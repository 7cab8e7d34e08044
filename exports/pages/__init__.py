"""Pages of the file connectors."""
