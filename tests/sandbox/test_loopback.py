"""Nobody is sent, and nothing is sent, to an address that is not this machine's."""

from __future__ import annotations

import pytest

from include.sandbox.quickbooks.connect.loopback import is_loopback


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost",
        "http://localhost:8080/callback?x=1",
        "https://127.0.0.1/",
        "http://127.1.2.3:65535?code",
        "http://[::1]:8080/a/b",
        "HTTP://LocalHost/",
    ],
)
def test_addresses_of_this_machine(url: str) -> None:
    assert is_loopback(url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "localhost",
        "//localhost/",
        "http://example.com/",
        "http://localhost.example.com/",
        "http://127.0.0.1.example.com/",
        "http://localhost@example.com/",
        "http://localhost:80@example.com/",
        "http://example.com\\@localhost/",
        "http://localhost\\.example.com/",
        "http://example.com#@localhost/",
        "http://localhost/#part",
        "http://localhost/\r\nSet-Cookie: a=b",
        "http://localhost/ x",
        'http://localhost/"onload="',
        "http://0.0.0.0/",
        "http://10.0.0.1/",
        "ftp://localhost/",
        "javascript:alert(1)",
        "http://１２７.0.0.1/",
        "http://localhost/\n",
    ],
)
def test_everything_else(url: str) -> None:
    assert not is_loopback(url)
