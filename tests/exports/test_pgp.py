"""Files for their readers: what GnuPG itself decrypts, byte for byte, and the keys that are refused with a reason."""

from __future__ import annotations

import hashlib
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from exports.pgp import PgpKeys, encrypted, readers_problem, recipients_of
from integrations.contract import ConfigError, FileWritten
from tests.fakes.gnupg import Keyring

NOW = datetime.now(UTC)
pytestmark = pytest.mark.peer("gpg")


@pytest.fixture(scope="module")
def reader(keyring: Keyring) -> str:
    return keyring.make("reader", expires="2099-01-01")


@pytest.fixture
def written(tmp_path: Path) -> FileWritten:
    path = tmp_path / "oncall_1.csv"
    path.write_bytes(b"TeamID,ProviderID\r\n501,0042\r\n" + bytes(range(256)) * 300)
    return FileWritten(path, path.name, 1, ("Column Notes: 1 value was cut.",))


@pytest.mark.parametrize(("armor", "suffix"), [(False, ".pgp"), (True, ".gpg")])
def test_gnupg_decrypts_byte_for_byte(
    keyring: Keyring, reader: str, written: FileWritten, armor: bool, suffix: str
) -> None:
    content = written.path.read_bytes()
    sent = encrypted(written, keys=reader, armor=armor, suffix=suffix, now=NOW)
    assert (sent.name, sent.path.name, sent.rows, sent.warnings) == (
        f"oncall_1.csv{suffix}",
        f"oncall_1.csv{suffix}",
        1,
        written.warnings,
    )
    assert sent.path.read_bytes().startswith(b"-----BEGIN PGP MESSAGE-----") is armor
    assert content[:20] not in sent.path.read_bytes()
    assert keyring.run("--decrypt", str(sent.path)) == content
    assert sent.plain_sha256 == hashlib.sha256(content).hexdigest()
    assert not written.path.exists(), "the plain file does not stay on the spool"


def test_each_of_several_readers_reads_it_and_nobody_else(keyring: Keyring, reader: str, written: FileWritten) -> None:
    second = keyring.make("second", "rsa3072", "encr")
    content = written.path.read_bytes()
    sent = encrypted(written, keys=f"{reader}\n{second}", armor=False, suffix=".pgp", now=NOW)
    assert sent.encrypted_for == " ".join(sorted(one.fingerprint for one in recipients_of(reader + second)))
    packets = keyring.run("--list-packets", str(sent.path)).decode()
    assert packets.count(":pubkey enc packet:") == 2 and "reader" not in packets
    assert keyring.run("--decrypt", str(sent.path)) == content
    with pytest.raises(subprocess.CalledProcessError):
        Keyring(_empty_home(keyring)).run("--decrypt", str(sent.path))


def _empty_home(keyring: Keyring) -> Path:
    home = keyring.home / "other"
    home.mkdir(mode=0o700, exist_ok=True)
    return home


def test_the_settings_say_whose_key_it_is_and_how_long_it_holds(reader: str) -> None:
    setting = PgpKeys("pgp_keys", "Keys", kind="lines")
    assert setting.clean(reader.replace("\n", "\r\n")) == reader.strip()
    told = setting.told(reader)
    fingerprint = recipients_of(reader)[0].fingerprint
    assert told.startswith("reader <reader@example.org>: " + fingerprint[:4] + " ")
    assert fingerprint in told.replace(" ", "") and told.endswith("can encrypt, expires 2099-01-01")
    assert setting.clean("") == "" and setting.told("") == ""


def test_keys_that_cannot_be_used_are_refused_with_the_reason(keyring: Keyring, reader: str) -> None:
    setting = PgpKeys("pgp_keys", "Keys", kind="lines")
    signer = keyring.make("signer", "ed25519", "sign")
    keyring.make("revoked")
    lines = keyring.run("--with-colons", "--list-keys", "revoked@example.org").decode().splitlines()
    fingerprint = next(line.split(":")[9] for line in lines if line.startswith("fpr"))
    certificate = (keyring.home / "openpgp-revocs.d" / f"{fingerprint}.rev").read_text().replace(":-----", "-----")
    keyring.run("--import", data=certificate.encode())
    secret = keyring.run("--armor", "--export-secret-keys", "reader@example.org").decode()
    for text, words in {
        signer: "cannot encrypt",
        keyring.public("revoked"): "has been revoked",
        secret: "This is a private key",
        reader[: len(reader) // 2]: "Paste OpenPGP public keys in ASCII armour",
        reader + reader: "there twice",
        reader + "and more": "nothing besides",
        reader.replace("\n", "\nAAAA", 6): "OpenPGP key 1 is damaged",
        "hello": "Paste OpenPGP public keys",
    }.items():
        with pytest.raises(ValueError, match=words):
            setting.clean(text)


def test_a_key_that_has_expired_since_stops_the_file_and_names_the_key(reader: str, written: FileWritten) -> None:
    later = datetime(2099, 1, 2, tzinfo=UTC)
    with pytest.raises(ConfigError, match="expired on 2099-01-01") as refused:
        encrypted(written, keys=reader, armor=False, suffix=".pgp", now=later)
    assert refused.value.code == "pgp_expired"
    assert written.path.exists() and not written.path.with_name("oncall_1.csv.pgp").exists()
    said, problem = readers_problem(reader, later)
    assert "reader@example.org" in said and "expired" in problem
    assert readers_problem(reader, NOW)[1] == ""
