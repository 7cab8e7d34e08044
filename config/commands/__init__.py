"""What the targets of the Makefile do: each is `python -m config.commands.<name>`."""
