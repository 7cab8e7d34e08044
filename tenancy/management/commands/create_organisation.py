"""Make an organisation with its first administrator: an operator's act."""

from __future__ import annotations

import json
import secrets
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email, validate_slug
from django.db import IntegrityError
from django.forms import ValidationError
from django.utils import timezone

from tenancy.rights import Role
from tenancy.selectors import organization_find_by_domain
from tenancy.services import account_create, organization_create, organization_domain_add
from tenancy.tenant import tenant_transaction
from tenancy.types import Actor, RefusedError


class Command(BaseCommand):
    """Needs OPERATOR_DATABASE_URL for the organisation, DATABASE_URL for what belongs to it."""

    help = "Make an organisation and its first administrator. Prints the password once, as JSON."

    def add_arguments(self, parser: CommandParser) -> None:
        """What it is called, where it is, who begins."""
        parser.add_argument("--slug", required=True, help="its short name in addresses, such as alderbay")
        parser.add_argument("--name", required=True, help="its name, such as 'Alder Bay Health'")
        parser.add_argument("--zone", required=True, help="its time zone, such as America/Chicago")
        parser.add_argument("--administrator", required=True, metavar="EMAIL", help="the first administrator's e-mail")
        parser.add_argument(
            "--domain", help="the e-mail domain that leads here when signing in (default: that e-mail's)"
        )
        parser.add_argument(
            "--it-email", default="", metavar="EMAIL", help="the customer's IT centre hears of problems too"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Create and print, or refuse before anything is made."""
        if "operator" not in settings.DATABASES:
            raise CommandError("Set OPERATOR_DATABASE_URL: organisations are made by the operator's role.")
        email = options["administrator"].strip().lower()
        domain = (options["domain"] or email.rpartition("@")[2]).lower()
        self._check(options, email, domain)
        now, actor, password = (
            timezone.now(),
            Actor(label="create_organisation", source="operator"),
            secrets.token_urlsafe(15),
        )
        try:
            made = organization_create(
                slug=options["slug"], name=options["name"], zone=options["zone"], it_email=options["it_email"], now=now
            )
        except RefusedError as refused:
            raise CommandError(refused.text) from refused
        except IntegrityError as taken:
            raise CommandError(f"There is an organisation {options['slug']!r} already.") from taken
        with tenant_transaction(made):
            organization_domain_add(domain=domain, actor=actor, now=now)
            account_create(email=email, name=email, role=Role.ADMINISTRATOR, password=password, actor=actor, now=now)
        address = f"{settings.ROTACAST_PUBLIC_URL}/o/{options['slug']}/signin"
        told = {"organisation": options["slug"], "signin": address, "email": email, "password": password}
        self.stdout.write(json.dumps(told, indent=2))

    def _check(self, options: dict[str, Any], email: str, domain: str) -> None:
        try:
            validate_slug(options["slug"])
            validate_email(email)
            if options["it_email"]:
                validate_email(options["it_email"])
        except ValidationError as wrong:
            raise CommandError(f"{wrong.messages[0]} Slug: letters, digits, hyphens. E-mails in full.") from wrong
        if options["slug"] != options["slug"].lower() or "." in options["slug"]:
            raise CommandError("The short name is lower case, without dots.")
        found = organization_find_by_domain(domain)
        if found is not None:
            raise CommandError(f"The domain {domain} leads to {found[1]} already. Choose another with --domain.")
