"""AWS KMS as moto imitates it, behind a loopback port, in a process of its own.

Run as `python -m tests.kms_server`: prints its address, then takes words on standard input: `key`
makes a key and prints its ARN, `down` stops listening, `up` listens again at the same port. Ends
when standard input closes.
"""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import boto3
import requests
from moto import mock_aws

REGION: Final = "eu-west-2"
_AWS: Final = f"https://kms.{REGION}.amazonaws.com/"


class _Kms(BaseHTTPRequestHandler):
    """Hands requests on to moto, which stands in front of AWS's own address."""

    protocol_version = "HTTP/1.0"  # Each call connects, so that `down` means down.

    def do_POST(self) -> None:
        """Answer one call of the API."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        told = {name: value for name, value in self.headers.items() if name != "Host"}
        answer = requests.post(_AWS, data=body, headers=told, timeout=10)
        self.send_response(answer.status_code)
        for name in ("Content-Type", "x-amzn-requestid"):
            self.send_header(name, answer.headers.get(name, ""))
        self.send_header("Content-Length", str(len(answer.content)))
        self.end_headers()
        self.wfile.write(answer.content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    allow_reuse_address = True


def _listen(port: int) -> _Server:
    server = _Server(("127.0.0.1", port), _Kms)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    return server


def _said(word: str) -> None:
    print(word, flush=True)  # noqa: T201  # the test reads it


def main() -> None:
    """Serve until standard input closes."""
    with mock_aws():
        server = _listen(0)
        port = server.server_address[1]
        _said(f"http://127.0.0.1:{port}")
        for line in sys.stdin:
            word = line.strip()
            if word == "key":
                made = boto3.client("kms", region_name=REGION).create_key()
                _said(str(made["KeyMetadata"]["Arn"]))
            elif word == "down":
                server.shutdown()
                server.server_close()
                _said("down")
            elif word == "up":
                server = _listen(port)
                _said("up")
        server.shutdown()
        server.server_close()


if __name__ == "__main__":
    main()
