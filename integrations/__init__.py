"""The delivery engine and the API connectors."""
