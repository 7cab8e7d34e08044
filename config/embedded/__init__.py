"""Private servers from pip-installed binaries, for the demo and the tests. Never part of a deployment."""
