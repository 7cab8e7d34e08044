"""Sealing and secrets: bound to where they belong, rotated without being seen, gone when replaced."""

from __future__ import annotations

import os
import uuid
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from tenancy.models import SecretRow
from tenancy.sealing import SealBroken, primary_key_id, seal, unseal
from tenancy.secrets import secret_put, secret_remove, secret_reveal, secrets_rotate, secrets_set
from tests.conftest import NOW

OWNER = uuid.UUID(int=1)
OLD, NEW = {"old": os.urandom(32)}, {"new": os.urandom(32)}


@given(plain=st.binary(max_size=2000), place=st.text(max_size=60))
def test_what_is_sealed_opens_where_it_belongs_and_is_never_the_same_twice(plain: bytes, place: str) -> None:
    key_id, sealed = seal(plain, place)
    assert key_id == primary_key_id()
    assert unseal(key_id, sealed, place) == plain
    assert seal(plain, place)[1] != sealed
    assert len(sealed) == len(plain) + 28


@given(place=st.integers(min_value=0), bit=st.integers(min_value=0, max_value=7))
def test_any_altered_bit_breaks_the_seal(place: int, bit: int) -> None:
    key_id, sealed = seal(b"a secret", "here")
    altered = bytearray(sealed)
    altered[place % len(altered)] ^= 1 << bit
    with pytest.raises(SealBroken, match="altered or belongs elsewhere"):
        unseal(key_id, bytes(altered), "here")


@pytest.mark.parametrize("sealed", [b"", b"short", bytes(12), bytes(27)])
def test_what_is_cut_short_breaks_the_seal(sealed: bytes) -> None:
    with pytest.raises(SealBroken):
        unseal(primary_key_id(), sealed, "here")


def test_a_missing_key_is_named() -> None:
    with pytest.raises(SealBroken, match="'gone' is not in DATA_KEYS"):
        unseal("gone", bytes(40), "here")


def test_put_reveal_replace_remove(tenant) -> None:
    with tenant.transaction():
        assert secret_reveal(owner=OWNER, name="password") is None
        secret_put(owner=OWNER, name="password", value="pässword", now=NOW)
        assert secret_reveal(owner=OWNER, name="password") == "pässword"
        assert b"ssword" not in bytes(SecretRow.objects.get().sealed)
        secret_put(owner=OWNER, name="password", value="next", now=NOW + timedelta(days=1))
        assert secret_reveal(owner=OWNER, name="password") == "next"
        assert secrets_set(owner=OWNER) == {"password": NOW + timedelta(days=1)}
        secret_put(owner=OWNER, name="password", value="", now=NOW)
        assert secrets_set(owner=OWNER) == {}
        secret_put(owner=OWNER, name="password", value="again", now=NOW)
        secret_remove(owner=OWNER, name="password")
        assert SecretRow.objects.count() == 0


def test_a_secret_moved_to_another_owner_name_or_organisation_does_not_open(tenant, new_tenant, owner_cursor) -> None:
    other = new_tenant()
    for tenant_ in (tenant, other):
        with tenant_.transaction():
            secret_put(owner=OWNER, name="password", value=f"of {tenant_.slug}", now=NOW)
            secret_put(owner=OWNER, name="token", value="t", now=NOW)
            secret_put(owner=uuid.UUID(int=2), name="password", value="p", now=NOW)
    mine = "SELECT sealed FROM tenancy_secretrow WHERE organization_id = %s AND owner = %s AND name = 'password'"
    for place in (
        ("organization_id = %s AND owner = %s AND name = 'token'", (tenant.id, str(OWNER))),
        ("organization_id = %s AND owner = %s AND name = 'password'", (tenant.id, str(uuid.UUID(int=2)))),
        ("organization_id = %s AND owner = %s AND name = 'password'", (other.id, str(OWNER))),
    ):
        owner_cursor.execute(
            f"UPDATE tenancy_secretrow SET sealed = ({mine}) WHERE {place[0]}", (tenant.id, str(OWNER), *place[1])
        )
        assert owner_cursor.rowcount == 1
    for tenant_, owner, name in (
        (tenant, OWNER, "token"),
        (tenant, uuid.UUID(int=2), "password"),
        (other, OWNER, "password"),
    ):
        with tenant_.transaction(), pytest.raises(SealBroken):
            secret_reveal(owner=owner, name=name)


def test_rotation_reseals_only_what_an_older_key_sealed(tenant, settings) -> None:
    settings.ROTACAST_DATA_KEYS = OLD
    with tenant.transaction():
        for name in "abc":
            secret_put(owner=OWNER, name=name, value=f"value {name}", now=NOW)
    settings.ROTACAST_DATA_KEYS = NEW | OLD
    with tenant.transaction():
        secret_put(owner=OWNER, name="c", value="changed", now=NOW)
        assert secrets_rotate() == 2
        assert secrets_rotate() == 0
        assert set(SecretRow.objects.values_list("key_id", flat=True)) == {"new"}
    settings.ROTACAST_DATA_KEYS = NEW
    with tenant.transaction():
        assert [secret_reveal(owner=OWNER, name=name) for name in "abc"] == ["value a", "value b", "changed"]
        assert secrets_set(owner=OWNER)["a"] == NOW  # a new seal is not a new secret


@pytest.fixture
def only_these(monkeypatch):
    """Other tests' organisations hold secrets under keys of their own: walk these, as the operator lists them."""

    def narrow(*tenants) -> None:
        from tenancy.management.commands import rotate_keys
        from tenancy.selectors import organizations_listed

        wanted = {tenant.id for tenant in tenants}
        listed = [row for row in organizations_listed() if row[0] in wanted]
        assert len(listed) == len(wanted)
        monkeypatch.setattr(rotate_keys, "organizations_listed", lambda: listed)

    return narrow


def test_the_command_walks_the_organisations(new_tenant, settings, capsys, only_these) -> None:
    settings.ROTACAST_DATA_KEYS = OLD
    tenants = [new_tenant() for _ in range(3)]
    for tenant in tenants[:2]:
        with tenant.transaction():
            secret_put(owner=OWNER, name="password", value=tenant.slug, now=NOW)
    only_these(*tenants)
    settings.ROTACAST_DATA_KEYS = NEW | OLD
    call_command("rotate_keys")
    assert capsys.readouterr().out.splitlines() == [
        *(f"{tenant.slug}: 1 sealed again" for tenant in tenants[:2]),
        "2 secrets sealed again with key new.",
    ]
    call_command("rotate_keys")
    assert capsys.readouterr().out == "0 secrets sealed again with key new.\n"
    settings.ROTACAST_DATA_KEYS = NEW
    for tenant in tenants[:2]:
        with tenant.transaction():
            assert secret_reveal(owner=OWNER, name="password") == tenant.slug


def test_the_command_names_what_it_cannot_open_and_goes_on(new_tenant, settings, only_these) -> None:
    lost, fine = new_tenant(), new_tenant()
    for tenant, keys in ((lost, {"lost": os.urandom(32)}), (fine, OLD)):
        settings.ROTACAST_DATA_KEYS = keys
        with tenant.transaction():
            secret_put(owner=OWNER, name="password", value="x", now=NOW)
    only_these(lost, fine)
    settings.ROTACAST_DATA_KEYS = NEW | OLD
    with pytest.raises(CommandError, match=f"{lost.slug}: The data key 'lost' is not in DATA_KEYS"):
        call_command("rotate_keys")
    for tenant, key_id in ((lost, "lost"), (fine, "new")):
        with tenant.transaction():
            assert SecretRow.objects.get().key_id == key_id


def test_the_command_needs_the_operator(settings) -> None:
    settings.DATABASES = {"default": settings.DATABASES["default"]}
    with pytest.raises(CommandError, match="OPERATOR_DATABASE_URL"):
        call_command("rotate_keys")
