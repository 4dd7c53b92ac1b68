"""Which addresses may be connected to, and which web addresses are understood, as tables."""

from __future__ import annotations

import pytest

from talking.errors import BlockedURL, FetchError
from talking.net.address import may_connect
from talking.net.url import joined, parse, scheme_of

PUBLIC = ("93.184.216.34", "1.1.1.1", "100.63.255.255", "172.32.0.1", "2606:2800:220:1::1", "64:ff9b::5db8:d822")

PRIVATE = (
    "10.0.0.1",
    "100.64.0.1",
    "127.0.0.1",
    "127.255.255.254",
    "172.16.0.1",
    "172.31.255.255",
    "192.168.1.1",
    "::1",
    "fc00::1",
    "fd12:3456::1",
    "::ffff:127.0.0.1",
    "::ffff:0:10.0.0.1",
    "::127.0.0.1",
    "64:ff9b::127.0.0.1",
    "2002:7f00:1::",
    "2002:c0a8:101::1",
    "2606:2800:220:1:0:5efe:10.0.0.1",
)

NEVER = (
    "0.0.0.0",
    "100.100.100.200",
    "168.63.129.16",
    "169.254.169.254",
    "192.0.0.192",
    "192.0.2.1",
    "198.18.0.1",
    "224.0.0.1",
    "239.255.255.255",
    "240.0.0.1",
    "255.255.255.255",
    "::",
    "64:ff9b:1::7f00:1",
    "64:ff9b:1::5db8:d822",
    "64:ff9b::169.254.169.254",
    "2002:a9fe:a9fe::1",
    "::ffff:168.63.129.16",
    "2001:0:4136:e378:8000:63bf:3fff:fdd2",
    "2001:db8::1",
    "3fff::1",
    "5f00::1",
    "fd00:ec2::254",
    "fe80::1",
    "fe80::1%eth0",
    "fec0::1",
    "ff02::1",
    "100::1",
    "4000::1",
    "localhost",
    "127.1",
    "",
)


@pytest.mark.parametrize("address", PUBLIC)
def test_public_addresses_may_be_connected_to(address: str) -> None:
    assert may_connect(address)
    assert may_connect(address, allow_private=True)


@pytest.mark.parametrize("address", PRIVATE)
def test_private_addresses_only_when_allowed_however_wrapped(address: str) -> None:
    assert not may_connect(address)
    assert may_connect(address, allow_private=True)


@pytest.mark.parametrize("address", NEVER)
def test_reserved_and_metadata_addresses_never(address: str) -> None:
    assert not may_connect(address)
    assert not may_connect(address, allow_private=True)


@pytest.mark.parametrize(
    ("url", "host", "port", "target"),
    [
        ("https://example.com", "example.com", 443, "/"),
        ("HTTP://Example.COM./a/b?c=d#part", "example.com", 80, "/a/b?c=d"),
        ("https://example.com:8443/ä b".replace(" ", "%20"), "example.com", 8443, "/%C3%A4%20b"),
        ("https://bücher.example/x", "xn--bcher-kva.example", 443, "/x"),
        ("http://1.2.3.4/x", "1.2.3.4", 80, "/x"),
        ("http://[2606:2800:220:1::1]/x", "2606:2800:220:1::1", 80, "/x"),
        ("https://a.example/x?u=https://b.example/?y=1", "a.example", 443, "/x?u=https://b.example/?y=1"),
    ],
)
def test_a_web_address_is_taken_apart(url: str, host: str, port: int, target: str) -> None:
    where = parse(url)
    assert (where.host, where.port, where.target) == (host, port, target)
    assert where.target.isascii()


def test_the_host_header_names_a_port_only_when_it_is_not_the_usual_one() -> None:
    assert parse("https://example.com:443/").authority == "example.com"
    assert parse("https://example.com:8443/").authority == "example.com:8443"
    assert parse("http://[2606:2800:220:1::1]:8080/").authority == "[2606:2800:220:1::1]:8080"


@pytest.mark.parametrize(
    "url",
    [
        "http://user@example.com/",
        "http://user:secret@example.com/",
        "http://example.com:80@127.0.0.1/",
        "http://2130706433/",
        "http://0x7f000001/",
        "http://0x7f.1/",
        "http://017700000001/",
        "http://127.1/",
        "http://1.2.3/",
        "http://1.2.3.04/",
        "http://1.2.3.4.5/",
        "http://①②⑦.0.0.1.5/",
        "http://example.0x1/",
        "http://%31.2.3.4/",
        "http://[fe80::1%25eth0]/",
        "http://example.com:22/",
        "http://example.com:0/",
    ],
)
def test_what_hides_where_it_leads_is_blocked(url: str) -> None:
    with pytest.raises(BlockedURL):
        parse(url)


@pytest.mark.parametrize(
    "url",
    [
        "http://",
        "http:///path",
        "http://exa mple.com/",
        "http://example.com/a\nb",
        "http://example.com\\@127.0.0.1/",
        "http://example.com:99999/",
        "http://example.com:x/",
        "http://a..b/",
        "http://-/",
        "http://[::1/",
        "http://" + "a" * 300 + ".com/",
        "http://example.com/" + "a" * 5000,
        "not an address",
        "ftp://example.com/x",
        "gopher://example.com/x",
    ],
)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(FetchError) as caught:
        parse(url)
    assert not isinstance(caught.value, BlockedURL)


def test_other_schemes_are_refused_by_name_with_what_to_do() -> None:
    with pytest.raises(FetchError, match=r"s3://.*aws s3 presign"):
        parse("s3://bucket/key.png")
    with pytest.raises(FetchError, match=r"file://.*path"):
        parse("file:///etc/passwd")


def test_a_scheme_is_seen_only_with_its_slashes() -> None:
    assert scheme_of("S3://bucket") == "s3"
    assert scheme_of("C:/pictures/me.png") == scheme_of("data:image/png;base64,AAAA") == scheme_of("me.png") == ""


def test_a_forward_may_be_relative() -> None:
    assert joined("https://example.com/a/b", "../c?d") == "https://example.com/c?d"
    assert joined("https://example.com/a", "//other.example/x") == "https://other.example/x"
