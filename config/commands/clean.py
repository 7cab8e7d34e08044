"""`make clean`: delete a data folder, and the private folder that a root user's database may live in."""

from __future__ import annotations

import shutil

from config.commands.variables import data_folder, say
from config.embedded.errors import EmbeddedError
from config.embedded.folder import DataFolder
from config.embedded.place import place_remove


def main() -> int:
    path = data_folder(".data")
    if not path.exists():
        say(f"There is no {path}.")
        return 0
    try:
        # Folders of the tests, the measurements and the shell live inside; theirs first.
        for record in [*path.glob("*/secrets.json"), path / "secrets.json"]:
            if record.exists():
                folder = DataFolder(record.parent)
                with folder.locked():
                    place_remove(folder)
                    shutil.rmtree(folder.path)
        if path.exists() and not any(path.iterdir()):
            path.rmdir()
    except EmbeddedError as error:
        say(str(error))
        return 1
    say(f"Deleted {path}." if not path.exists() else f"{path} holds files that are not ours; left there.")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
