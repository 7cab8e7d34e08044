"""Finds every connector: a folder with a connector.py below the roots that settings name. The kind is the folder's name."""

from __future__ import annotations

import importlib
import pkgutil
from functools import lru_cache

from django.conf import settings

from integrations.contract import Connector


@lru_cache(maxsize=1)
def connectors() -> dict[str, Connector]:
    """Every connector by kind, sorted by title."""
    found: dict[str, Connector] = {}
    for root in settings.ROTACAST_CONNECTOR_ROOTS:
        package = importlib.import_module(root)
        for module in pkgutil.iter_modules(package.__path__):
            if not module.ispkg:
                continue
            declared = importlib.import_module(f"{root}.{module.name}.connector").CONNECTOR
            if module.name in found:
                raise RuntimeError(f"Two connectors are called {module.name}: folders must differ in name.")
            type(declared).kind = module.name
            found[module.name] = declared
    return dict(sorted(found.items(), key=lambda item: item[1].title))


def connector(kind: str) -> Connector:
    """The connector of a kind. Raises KeyError naming it."""
    try:
        return connectors()[kind]
    except KeyError:
        raise KeyError(f"There is no connector called {kind!r}.") from None
