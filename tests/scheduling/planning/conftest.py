"""The pages' small department, and what this room's tests add to it."""

from tests.scheduling.pages.conftest import browser, world

__all__ = ["browser", "world"]
