"""A private PostgreSQL and Redis for a developer: `python -m config.embedded.serve --data DIR`.

Prints the variables as `export` lines (also kept in DIR/env.sh) and stays until Ctrl-C or SIGTERM.
With a command after `--` it runs that command with the variables instead and ends with it.
"""

from __future__ import annotations

import argparse
import shlex
import sys
from pathlib import Path

from config.embedded.errors import EmbeddedError
from config.embedded.installation import Installation, installation_running
from config.embedded.postgres import DATABASE
from config.embedded.supervisor import StopRequested, run_here


def main(argv: list[str] | None = None) -> int:
    options = _options(sys.argv[1:] if argv is None else argv)
    try:
        with installation_running(
            options.data, database=options.database, fresh=options.fresh, say=_say
        ) as installation:
            return _serve(installation, options)
    except EmbeddedError as error:
        _say(str(error))
        return 1
    except StopRequested:
        return 130


def _serve(installation: Installation, options: argparse.Namespace) -> int:
    variables = {**installation.variables(port=options.port), "DJANGO_SETTINGS_MODULE": "config.settings"}
    if options.migrate:
        installation.migrate(port=options.port)
    if options.command:
        environment = {**installation.environment(port=options.port), **variables}
        return run_here(options.command, environment=environment, folder=Path.cwd())
    lines = "".join(f"export {name}={shlex.quote(value)}\n" for name, value in variables.items())
    installation.folder.write_text("env.sh", lines)
    sys.stdout.write(lines)
    sys.stdout.flush()
    _say(f"Ready. In another shell: . {shlex.quote(str(installation.folder.path / 'env.sh'))}   (Ctrl-C ends)")
    installation.supervisor.watch()
    return 0


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m config.embedded.serve", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="the data folder, made when missing")
    parser.add_argument("--database", default=DATABASE, help="name of the database (default: %(default)s)")
    parser.add_argument("--fresh", action="store_true", help="empty the database first")
    parser.add_argument("--migrate", action="store_true", help="run the migrations, as the owner of the tables")
    parser.add_argument("--port", type=int, default=8000, help="port of the web address in PUBLIC_URL")
    parser.add_argument("command", nargs="*", help="a command to run with the variables, after --")
    return parser.parse_args(argv)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    raise SystemExit(main())
