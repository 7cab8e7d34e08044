"""Signing in to an SFTP server: with one of several keys, a password, or both."""

from __future__ import annotations

from typing import TYPE_CHECKING

import paramiko

from egress.errors import AuthenticationRefused, EgressError, Timeout, TransferInterrupted
from egress.sftp_keys import fingerprint_of, private_key

if TYPE_CHECKING:
    from egress._sftp_session import SftpTarget

LOST = (paramiko.SSHException, paramiko.SFTPError, EOFError, OSError)


def sign_in(target: SftpTarget, transport: paramiko.Transport) -> str:
    """Authenticate with a key, the password, or both. Closes the connection when that fails.

    Returns the fingerprint of the key that the server took, or "password". Raises AuthenticationRefused, or
    TransferInterrupted / Timeout when the connection fails meanwhile.
    """
    failure: EgressError
    try:
        return _authenticate(target, transport)
    except AuthenticationRefused as error:
        failure = error
    except paramiko.BadAuthenticationType as error:
        offered = ", ".join(sorted(error.allowed_types)) or "nothing we have"
        failure = AuthenticationRefused(
            f"{target.where} accepts only this for {target.username}: {offered}.",
            advice="Enter a password or a private key, whichever the server's owner says is needed.",
        )
    except paramiko.AuthenticationException as error:
        if "timeout" in str(error).lower():
            failure = Timeout(f"{target.where} did not answer the sign-in in time.")
        else:
            failure = AuthenticationRefused(f"{target.where} refused the sign-in of {target.username}.")
    except LOST:
        failure = TransferInterrupted(f"{target.where} ended the connection during sign-in.")
    transport.close()
    failure.__context__ = None
    raise failure


def _authenticate(target: SftpTarget, transport: paramiko.Transport) -> str:
    keys = [private_key(text, None) for text in target.more_keys]
    if target.private_key:
        keys.append(private_key(target.private_key, target.passphrase, legacy_rsa=target.legacy_rsa))
    if not keys and target.password is None:
        raise AuthenticationRefused(
            "This connection has neither a password nor a private key.",
            advice="Enter one of the two, or make a key on the connection's page “Key”.",
        )
    taken, wanted = "", []
    for number, key in enumerate(keys, start=1):
        try:
            wanted = transport.auth_publickey(target.username, key)
        except paramiko.BadAuthenticationType:
            if target.password is None:
                raise
            break
        except paramiko.AuthenticationException as error:
            # The next one may be the one that the server knows; a server that has gone away knows none.
            if (number == len(keys) and target.password is None) or _gone(transport, error):
                raise
            continue
        taken = fingerprint_of(key.asbytes())
        break
    if taken and transport.is_authenticated():
        return taken
    if target.password is not None:
        wanted = transport.auth_password(target.username, target.password)
    if not transport.is_authenticated():
        raise AuthenticationRefused(
            f"{target.where} asks for more to sign in {target.username}: {', '.join(sorted(wanted))}."
        )
    return taken or "password"


def _gone(transport: paramiko.Transport, error: paramiko.AuthenticationException) -> bool:
    return not transport.is_active() or "timeout" in str(error).lower()
