"""The stages of a run, traced in one place: fault tests stop the process exactly there."""

from __future__ import annotations

import logging

log = logging.getLogger(__name__)


def reached(stage: str) -> None:
    """A run has come this far."""
    log.debug("stage %s", stage)
