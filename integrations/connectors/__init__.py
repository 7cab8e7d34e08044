"""One folder for each API destination."""
