"""`make shell-env`: PostgreSQL and Redis for a developer's own commands, until Ctrl-C."""

from __future__ import annotations

from config.commands.variables import data_folder
from config.embedded.serve import main as serve

if __name__ == "__main__":
    raise SystemExit(serve(["--data", str(data_folder(".data/shell")), "--migrate"]))
