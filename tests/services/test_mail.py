"""Letters arrive at a real mail server, in clear on this machine only, and a refusal says why."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from click.testing import CliRunner
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from experiments.config import Settings
from experiments.domain.errors import DomainError
from experiments.services.mail import Letter, MailError, SmtpPostman, postman
from tests.mailbox import mail_server
from web.cli import cli

LETTER = Letter("Ann@Example.org", "Prüfung", "Guten Tag — ein Brief.", "<p>Guten Tag</p>")
SENDER = "Netlift <netlift@example.org>"


def test_a_letter_arrives_with_both_its_forms() -> None:
    with mail_server() as box:
        SmtpPostman(box.host, box.port, SENDER, "none").send(LETTER)
        got = box.next()
    assert (got["To"], got["From"], got["Subject"]) == ("ann@example.org", SENDER, "Prüfung")
    assert got["Auto-Submitted"] == "auto-generated"
    plain, html = got.get_body(("plain",)), got.get_body(("html",))
    assert plain is not None
    assert html is not None
    assert plain.get_content().strip() == LETTER.text
    assert html.get_content().strip() == LETTER.html


def test_over_starttls_with_a_password_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    certificate, secret = _certificate(tmp_path), tmp_path / "password"
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    with mail_server(tls=context, password="right") as box:
        carrier = SmtpPostman(box.host, box.port, SENDER, "starttls", "netlift", secret)
        secret.write_text("right\n")
        with pytest.raises(MailError, match="CERTIFICATE_VERIFY_FAILED"):
            carrier.send(LETTER)
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        carrier.send(LETTER)
        assert box.next()["Subject"] == "Prüfung"
        secret.write_text("wrong")
        with pytest.raises(MailError, match="refused user 'netlift'") as caught:
            carrier.send(LETTER)
    assert "wrong" not in caught.value.message


def test_a_letter_that_is_not_taken_says_why() -> None:
    with mail_server(refuse="ann@example.org") as box:
        carrier = SmtpPostman(box.host, box.port, SENDER, "none")
        with pytest.raises(MailError, match=r"does not take letters to ann@example\.org"):
            carrier.send(LETTER)
    with pytest.raises(MailError, match="did not take the letter: ConnectionRefusedError"):
        carrier.send(LETTER)


@pytest.mark.parametrize(
    ("to", "subject"),
    [("nobody", "Hello"), ("a@b.example", ""), ("a@b.example", "Hello\nBcc: c@d.example"), ("a\x1b@b.example", "Hi")],
)
def test_nothing_slips_into_the_headers(to: str, subject: str) -> None:
    with pytest.raises(DomainError):
        Letter(to, subject, "text")


def test_without_server_or_address_there_are_no_letters(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert postman(_settings(mail_host="mail.example")) is None
    assert postman(_settings(public_url="https://tests.example")) is None
    both = postman(_settings(mail_host="mail.example", public_url="https://tests.example"))
    assert (both.host, both.port, both.tls, both.sender) == ("mail.example", 587, "starttls", "netlift@mail.example")  # type: ignore[union-attr]


def test_the_command_tells_what_the_server_answered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    with mail_server() as box:
        for name, value in {"HOST": box.host, "PORT": str(box.port), "TLS": "none", "FROM": SENDER}.items():
            monkeypatch.setenv(f"NETLIFT_MAIL_{name}", value)
        monkeypatch.setenv("NETLIFT_PUBLIC_URL", "https://tests.example")
        done = CliRunner().invoke(cli, ["mail", "--to", "ann@example.org"])
        assert done.output == "127.0.0.1 took the letter to ann@example.org.\n"
        assert "https://tests.example" in str(box.next())


def _settings(**changes: str) -> Settings:
    return Settings(_env_file=None, **changes)  # type: ignore[arg-type, call-arg]


def _certificate(folder: Path) -> Path:
    """A certificate of this machine, signed by itself, with its key in one file."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mail")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "certificate.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    return file
