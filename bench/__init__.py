"""The measurements: each one a command that prints ratios to a floor taken in the same run. `python -m bench.<name>`."""
