"""What a vendor's stand-in is, and how the sandbox finds them all."""

from __future__ import annotations

import importlib
import pkgutil
from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from integrations.sandbox.clock import Clock
from integrations.sandbox.faults import Faults
from integrations.sandbox.journal import Entry, Journal
from integrations.sandbox.messages import Answer, Request
from integrations.sandbox.store import Store


@dataclass(frozen=True)
class World:
    """What every vendor shares: the clock, the faults, the log and the file on disk."""

    clock: Clock
    faults: Faults
    journal: Journal
    store: Store


class Vendor(ABC):
    """A stand-in. ``name`` is its folder and its place in the addresses; ``title`` is for people."""

    name: str
    title: str

    def __init__(self, world: World, configuration: Mapping[str, Any]) -> None:
        self.world = world

    @abstractmethod
    def claims(self, path: str) -> bool:
        """Whether a request to this path is meant for this vendor."""

    @abstractmethod
    def answer(self, request: Request, entry: Entry) -> Answer:
        """Carry the request out. ``entry`` is its line in the log, to be completed."""

    @abstractmethod
    def recipients(self, request: Request) -> frozenset[str]:
        """Every name (case-folded) of whom the request concerns, so that a fault may single them out."""

    @abstractmethod
    def admin(self, request: Request, parts: list[str]) -> Answer:
        """A request to ``/_admin/<name>/…``; ``parts`` is what follows the name."""

    @abstractmethod
    def reset(self) -> None:
        """Back to the configuration the process was started with."""

    @abstractmethod
    def summary(self) -> str:
        """One short sentence: what the stand-in holds now."""

    @abstractmethod
    def fragment(self) -> str:
        """What it holds now, as HTML that is already escaped."""


def vendors_find(world: World, configuration: Mapping[str, Any]) -> dict[str, Vendor]:
    """One instance of every folder below ``vendors``: its module ``vendor`` names the class as ``VENDOR``."""
    from integrations.sandbox import vendors

    found: dict[str, Vendor] = {}
    for module in pkgutil.iter_modules(vendors.__path__):
        kind: type[Vendor] = importlib.import_module(f"{vendors.__name__}.{module.name}.vendor").VENDOR
        found[kind.name] = kind(world, configuration.get(kind.name) or {})
    return found
