"""One folder for each file destination."""
