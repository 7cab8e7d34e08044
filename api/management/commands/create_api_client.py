"""Make API credentials for an organisation and print them, once, as JSON."""

from __future__ import annotations

import json
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from api.scopes import Scope, scopes_text
from api.services import api_client_create
from tenancy.selectors import organization_find
from tenancy.tenant import tenant_transaction
from tenancy.types import Actor, RefusedError


class Command(BaseCommand):
    """Runs as the application, inside the organisation."""

    help = "Make API credentials. Prints token_url, client_id, client_secret and scopes; the secret is shown only here."

    def add_arguments(self, parser: CommandParser) -> None:
        """Whose, what for, what it may."""
        parser.add_argument("--organisation", required=True, metavar="SLUG", help="the organisation's short name")
        parser.add_argument("--name", required=True, help="what the program is called")
        parser.add_argument(
            "--scopes",
            required=True,
            nargs="+",
            metavar="SCOPE",
            help=f"of: {', '.join(scope.value for scope in Scope)}",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Create and print."""
        found = organization_find(options["organisation"])
        if found is None:
            raise CommandError(f"There is no organisation {options['organisation']!r}.")
        names = [name for text in options["scopes"] for name in text.replace(",", " ").split()]
        try:
            with tenant_transaction(found[0]):
                issued = api_client_create(
                    name=options["name"],
                    scopes=names,
                    actor=Actor(label="create_api_client", source="command"),
                    now=timezone.now(),
                )
        except RefusedError as refused:
            raise CommandError(refused.text) from refused
        self.stdout.write(
            json.dumps(
                {
                    "token_url": f"{settings.ROTACAST_PUBLIC_URL}/api/oauth/token",
                    "client_id": issued.client_id,
                    "client_secret": issued.client_secret,
                    "scopes": scopes_text(issued.scopes),
                }
            )
        )
