"""`make test`: fresh private servers, the migrated schema, the real peers, then pytest.

Without ARGS the tests run as two halves side by side (config.commands.halves); `--half` runs one of them.
"""

from __future__ import annotations

import sys

from config.commands.halves import halves_run
from config.commands.variables import arguments, data_folder, say
from config.embedded.errors import EmbeddedError
from config.embedded.installation import CHECKOUT, installation_running
from config.embedded.peers import peers_prepare
from config.embedded.postgres import TEST_DATABASE
from config.embedded.supervisor import StopRequested, run_here

_PORT = 8000  # only a part of the address in the settings: nothing listens there


def main(argv: list[str]) -> int:
    quick = ["--quick"] if "--quick" in argv else []
    try:
        data = data_folder(".data/test")
        if not quick and "--half" not in argv:
            peers_prepare(say=say)
        if "--half" in argv:
            given = argv[argv.index("--half") + 1 :]
        else:
            given = arguments()
            if not given:
                return halves_run(data, quick)
        pytest = [sys.executable, "-m", "pytest", *(["-m", "not slow"] if quick else []), *given]
        with installation_running(data, database=TEST_DATABASE, fresh=True, say=say) as installation:
            installation.migrate(port=_PORT)
            # The tests hold the addresses of all three roles: walls are only proved by trying them.
            environment = {**installation.environment(port=_PORT), **installation.variables(port=_PORT)}
            return run_here(pytest, environment=environment, folder=CHECKOUT)
    except EmbeddedError as error:
        say(str(error))
        return 1
    except StopRequested:
        return 130


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
