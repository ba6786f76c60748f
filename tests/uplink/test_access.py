"""Credentials: read once, from files, and every fault told at once."""

from __future__ import annotations

import logging
import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from keepmum.errors import ConfigError
from keepmum.settings import BrokerSettings
from keepmum.uplink import access


def test_without_a_host_there_is_no_access() -> None:
    """A speaker that nobody gave a broker has none."""
    assert access.read(BrokerSettings()) is None


def test_the_password_is_the_first_line_and_never_shown(tmp_path: Path) -> None:
    """Only the first line counts, and printing an Access does not print it."""
    file = tmp_path / "password"
    file.write_text("geheim\nnotes\n")
    found = access.read(BrokerSettings(host="127.0.0.1", username="speaker", password_file=file))
    assert found is not None
    assert (found.username, found.password) == ("speaker", "geheim")
    assert "geheim" not in repr(found)


def test_a_credential_stands_for_the_password_file(tmp_path: Path) -> None:
    """What systemd passed on is the password; the file that the settings name is not even opened."""
    (tmp_path / "broker-password").write_text("geheim\n")
    settings = BrokerSettings(host="b", username="speaker", password_file=tmp_path / "none", tls=True)
    found = access.read(settings, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert found is not None
    assert found.password == "geheim"


def test_other_credentials_are_no_password(tmp_path: Path) -> None:
    """A unit may pass on something else; then the settings say where the password is."""
    file = tmp_path / "password"
    file.write_text("geheim")
    settings = BrokerSettings(host="127.0.0.1", username="speaker", password_file=file)
    found = access.read(settings, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert found is not None
    assert found.password == "geheim"


@pytest.mark.parametrize(
    ("make", "complaint"),
    [
        (lambda credential: credential.write_text("\n"), "the credential broker-password has an empty first line"),
        (lambda credential: credential.mkdir(), "the credential broker-password cannot be read: Is a directory"),
        (lambda credential: credential.symlink_to("nowhere"), "the credential broker-password cannot be read: No such"),
    ],
)
def test_a_credential_that_is_broken_is_an_error(
    tmp_path: Path, make: Callable[[Path], object], complaint: str
) -> None:
    """It does not fall back to the file: whoever set a credential up wants to know that it does not work."""
    make(tmp_path / "broker-password")
    file = tmp_path / "password"
    file.write_text("geheim")
    settings = BrokerSettings(host="b", username="speaker", password_file=file)
    with pytest.raises(ConfigError) as error:
        access.read(settings, {"CREDENTIALS_DIRECTORY": str(tmp_path)})
    assert complaint in error.value.what


def test_a_credential_wants_a_user_name_too(tmp_path: Path) -> None:
    """MQTT takes no password alone."""
    (tmp_path / "broker-password").write_text("geheim")
    with pytest.raises(ConfigError, match=r"the credential broker-password without broker\.username"):
        access.read(BrokerSettings(host="b"), {"CREDENTIALS_DIRECTORY": str(tmp_path)})


def test_all_faults_are_told_at_once(tmp_path: Path) -> None:
    """A missing password file, a missing user name and a bad authority are one error."""
    ca = tmp_path / "ca.pem"
    ca.write_text("no certificate")
    settings = BrokerSettings(host="b", tls=True, ca_file=ca, password_file=tmp_path / "none")
    with pytest.raises(ConfigError) as error:
        access.read(settings)
    for part in ("without broker.username", "cannot be read: No such file", "broker.ca_file"):
        assert part in error.value.what
    assert len(error.value.hint.splitlines()) == 3


@pytest.mark.parametrize("content", [b"", b"\nsecond", b"\xff\xfe"])
def test_a_file_without_a_password_is_refused(tmp_path: Path, content: bytes) -> None:
    """An empty first line or bytes that are no text are not a password."""
    file = tmp_path / "password"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="password_file"):
        access.read(BrokerSettings(host="b", username="u", password_file=file))


def test_an_authority_without_tls_is_a_mistake(tmp_path: Path) -> None:
    """Whoever names an authority wants TLS: going on without it would send everything readable."""
    with pytest.raises(ConfigError, match=r"without broker\.tls"):
        access.read(BrokerSettings(host="b", ca_file=tmp_path / "ca.pem"))


def test_tls_checks_certificate_and_name() -> None:
    """There is no setting that turns the checks off."""
    found = access.read(BrokerSettings(host="b", tls=True))
    assert found is not None
    assert found.tls is not None
    assert (found.tls.verify_mode, found.tls.check_hostname) == (ssl.CERT_REQUIRED, True)
    assert found.tls.minimum_version >= ssl.TLSVersion.TLSv1_2


@pytest.mark.parametrize(("host", "warned"), [("broker.lan", True), ("192.168.1.2", True), ("127.0.0.1", False)])
def test_a_readable_password_on_the_network_is_pointed_out(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, host: str, warned: bool
) -> None:
    """Without TLS the owner is warned, unless the broker is on the same machine."""
    file = tmp_path / "password"
    file.write_text("geheim")
    with caplog.at_level(logging.WARNING):
        access.read(BrokerSettings(host=host, username="u", password_file=file))
    assert ("readable" in caplog.text) is warned
    assert "geheim" not in caplog.text
