"""TLS of the service: no open door, and a certificate that may be renewed."""

import os
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from served_process import Askers, Server, ids_in_table, rows_body

from aifactory_nb.errors import SettingsError
from aifactory_nb.settings import ServingSettings, Settings
from aifactory_nb.tls import Certificate, refuse_open_door


def write_certificate(folder: Path) -> None:
    """A certificate for localhost that signs itself, with its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    names = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    built = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    built = built.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    signed = built.add_extension(names, critical=False).sign(key, hashes.SHA256())
    encoding = serialization.Encoding.PEM
    (folder / "certificate.pem").write_bytes(signed.public_bytes(encoding))
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    (folder / "key.pem").write_bytes(key.private_bytes(encoding, *plain))


def settings_of(folder: Path, **serving) -> Settings:
    return Settings(folder, serving=ServingSettings(**serving))


@pytest.mark.parametrize(
    ("serving", "told"),
    [
        ({"tokens": False}, "anybody could ask"),
        ({"tokens": False, "certificate": "c", "key": "k"}, "anybody could ask"),
        ({}, "there is no certificate"),
    ],
)
def test_an_open_door_to_others_is_refused(tmp_path, serving, told):
    """Others reach the service with tokens and TLS only."""
    with pytest.raises(SettingsError, match=told):
        refuse_open_door(settings_of(tmp_path, host="0.0.0.0", **serving))


@pytest.mark.parametrize(
    "serving",
    [
        {"tokens": False},
        {"host": "0.0.0.0", "unencrypted": True},
        {"host": "0.0.0.0", "certificate": "c", "key": "k"},
    ],
)
def test_what_is_safe_or_wanted_is_allowed(tmp_path, serving):
    """This machine only, a proxy that has TLS, or TLS of its own."""
    refuse_open_door(settings_of(tmp_path, **serving))


def test_a_renewed_certificate_is_taken_in_when_it_is_whole(tmp_path):
    """A certificate whose key is not there yet changes nothing."""
    write_certificate(tmp_path)
    served = Certificate(settings_of(tmp_path, certificate="certificate.pem", key="key.pem"))
    assert isinstance(served.context, ssl.SSLContext) and not served.follow()
    (tmp_path / "new").mkdir()
    write_certificate(tmp_path / "new")

    os.replace(tmp_path / "new/certificate.pem", tmp_path / "certificate.pem")
    with pytest.raises(SettingsError, match="no certificate with its key"):
        served.follow()
    os.replace(tmp_path / "new/key.pem", tmp_path / "key.pem")

    assert served.follow() and not served.follow()


def test_files_that_are_missing_are_told(tmp_path):
    """Before anything listens."""
    with pytest.raises(SettingsError, match="There is no file .*certificate.pem"):
        Certificate(settings_of(tmp_path, certificate="certificate.pem", key="key.pem"))
    with pytest.raises(SettingsError, match="belong together"):
        Certificate(settings_of(tmp_path, certificate="certificate.pem"))


def test_it_answers_over_tls_and_ends_without_a_failed_request(settings):
    """Clients that trust the certificate are answered until the end, and all of it is in the table."""
    write_certificate(settings.workspace)
    body = rows_body(settings)
    with (settings.workspace / "settings.ini").open("a") as file:
        file.write("\n[serving]\ncertificate = certificate.pem\nkey = key.pem\n")
    server = Server(settings, certificate=settings.workspace / "certificate.pem")
    askers = Askers(server, body).wait_for(100)
    server.end()
    askers.stop()

    assert (askers.broken, set(askers.statuses)) == ([], {200})
    assert sorted(askers.acknowledged) == sorted(ids_in_table(settings))
