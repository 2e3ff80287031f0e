#!/usr/bin/env python3
"""Debian's aiosmtpd as a mail server for tests.

Usage: mail_server.py CERTIFICATE KEY starttls|tls|none [AUTH METHODS...]. Prints {"port": N}, and
then one JSON object for each message, read by Python's own mail parser. Whoever signs in must be
`watch` with the password `s3cret pass`. Recipients whose names begin with a status are refused with
it, and "data-" before it refuses the message.
"""
import asyncio
import email
import email.policy
import json
import ssl
import sys

from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

certificate, key, security = sys.argv[1:4]
methods = sys.argv[4:]


def say(**values):
    print(json.dumps(values), flush=True)


def status_in(address, before=""):
    text = address.split("@")[0]
    return text[len(before):] if text.startswith(before) and text[len(before):].isdigit() else None


class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if status := status_in(address):
            return f"{status} not this one"
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        for address in envelope.rcpt_tos:
            if status := status_in(address, "data-"):
                return f"{status} not this message"
        raw = envelope.content
        message = email.message_from_bytes(raw, policy=email.policy.default)
        say(
            encrypted=session.ssl is not None or security == "tls",
            user=session.auth_data.decode() if session.auth_data else None,
            sender=envelope.mail_from,
            recipients=envelope.rcpt_tos,
            headers=[[name, str(value)] for name, value in message.items()],
            defects=[str(d) for d in message.defects]
            + [str(d) for _, value in message.items() for d in value.defects],
            text=message.get_body(("plain",)).get_content().replace("\r\n", "\n"),
            attachments=[
                {"name": part.get_filename(), "type": part.get_content_type(),
                 "hex": part.get_payload(decode=True).hex()}
                for part in message.iter_attachments()
            ],
            longest=max(len(line) for line in raw.split(b"\r\n")),
            raw=raw.decode("ascii", "replace"),
        )
        return "250 2.0.0 taken as 4711"


def authenticate(server, session, envelope, mechanism, data):
    if not isinstance(data, LoginPassword):
        return AuthResult(success=False)
    good = (data.login, data.password) == (b"watch", b"s3cret pass")
    return AuthResult(success=good, handled=False, auth_data=data.login if good else None)


async def main():
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)

    def session():
        return SMTP(
            Handler(), hostname="mail.example",
            tls_context=context if security == "starttls" else None,
            require_starttls=security == "starttls",
            authenticator=authenticate, auth_required=bool(methods),
            auth_require_tls=security == "starttls",
            auth_exclude_mechanism={"PLAIN", "LOGIN"} - set(methods),
        )

    server = await asyncio.get_running_loop().create_server(
        session, "127.0.0.1", 0, ssl=context if security == "tls" else None)
    say(port=server.sockets[0].getsockname()[1])
    await server.serve_forever()


asyncio.run(main())
