"""Write down what connectors make of their examples now: the expected files of the golden tests."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from integrations.contract import Mode
from integrations.examples import example_load, example_names, example_write, examples_folder
from integrations.examples_inbound import inbound_load, inbound_write
from integrations.receiving import InboundConnector
from integrations.registry import connectors


class Command(BaseCommand):
    """Read the difference before you keep it: a golden test is worth what somebody looked at."""

    help = "Render the examples of connectors (all, or the kinds named) into their expected files."
    requires_system_checks = ()

    def add_arguments(self, parser: CommandParser) -> None:
        """The kinds to render."""
        parser.add_argument("kinds", nargs="*", help="kinds of connectors; none means all")

    def handle(self, *args: Any, **options: Any) -> None:
        """Render and say what was written."""
        for kind, declared in connectors().items():
            if declared.mode is Mode.EXTRACT or (options["kinds"] and kind not in options["kinds"]):
                continue
            folder = examples_folder(declared)
            for name in example_names(folder):
                if isinstance(declared, InboundConnector):
                    inbound_write(declared, inbound_load(declared, folder / name))
                else:
                    example_write(declared, example_load(declared, folder / name))
                self.stdout.write(f"{kind}/{name}")
