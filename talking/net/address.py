"""Which internet addresses may be connected to on behalf of a user: public ones, whatever they are wrapped in."""

from __future__ import annotations

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TypeAlias

Address: TypeAlias = IPv4Address | IPv6Address

# From the special-purpose registries of IANA (RFC 6890), written down because `is_global` differs between Python
# versions, calls multicast global, and sees no IPv4 address inside of an IPv6 one.
_PRIVATE_4 = (
    "10.0.0.0/8",
    "100.64.0.0/10",  # shared by the customers of a provider
    "127.0.0.0/8",
    "172.16.0.0/12",
    "192.168.0.0/16",
)
_NEVER_4 = (
    "0.0.0.0/8",
    "100.100.100.200/32",  # metadata of a cloud
    "168.63.129.16/32",  # metadata of another, in the middle of public addresses
    "169.254.0.0/16",  # link-local, and metadata of most clouds
    "192.0.0.0/24",
    "192.0.2.0/24",
    "192.31.196.0/24",
    "192.52.193.0/24",
    "192.88.99.0/24",
    "192.175.48.0/24",
    "198.18.0.0/15",
    "198.51.100.0/24",
    "203.0.113.0/24",
    "224.0.0.0/4",
    "240.0.0.0/4",
)
_PRIVATE_6 = ("::1/128", "fc00::/7")
_NEVER_6 = (
    "64:ff9b:1::/48",  # translation into a network's own IPv4 addresses, in a place that only it knows
    "2001::/23",  # protocol assignments, among them Teredo tunnels
    "2001:db8::/32",
    "2620:4f:8000::/48",
    "3fff::/20",
    "fd00:ec2::/32",  # metadata of a cloud
    "fd20:ce::/32",  # metadata of another
)
_PUBLIC_6 = IPv6Network("2000::/3")

_PRIVATE = tuple(IPv4Network(net) for net in _PRIVATE_4), tuple(IPv6Network(net) for net in _PRIVATE_6)
_NEVER = tuple(IPv4Network(net) for net in _NEVER_4), tuple(IPv6Network(net) for net in _NEVER_6)

_CARRIERS = tuple(
    (IPv6Network(prefix), 128 - length - 32)
    for prefix, length in (
        ("::ffff:0:0/96", 96),  # mapped
        ("::ffff:0:0:0/96", 96),  # translated, RFC 2765
        ("::/96", 96),  # compatible, deprecated
        ("64:ff9b::/96", 96),  # NAT64, RFC 6052
        ("2002::/16", 16),  # 6to4, RFC 3056
    )
)
"""IPv6 networks whose addresses hold an IPv4 address, and by how many bits to shift to get at it."""

_ISATAP = (0x00005EFE, 0x02005EFE)  # the third word of an address that tunnels to the IPv4 address in the fourth


def is_address(host: str) -> bool:
    """Whether a host is written as an address and not as a name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def may_connect(address: str, *, allow_private: bool = False) -> bool:
    """Whether a user may have this address connected to; an IPv4 address inside an IPv6 one counts as that.

    `allow_private` admits private networks, those shared behind a provider, and this machine; never link-local,
    multicast or reserved addresses, nor those where clouds hand out their machines' keys.
    """
    try:
        outer = ip_address(address)
    except ValueError:
        return False
    if isinstance(outer, IPv6Address) and outer.scope_id is not None:
        return False
    return all(_is_fine(one, allow_private) for one in _unwrapped(outer))


def _unwrapped(address: Address) -> tuple[Address, ...]:
    """The addresses that count: the one inside of the wrapping ranges, both where the outer one is routed as well."""
    if isinstance(address, IPv4Address) or address in (IPv6Address("::1"), IPv6Address("::")):
        return (address,)
    number = int(address)
    for network, shift in _CARRIERS:
        if address in network:
            return (IPv4Address((number >> shift) & 0xFFFFFFFF),)
    if (number >> 32) & 0xFFFFFFFF in _ISATAP:
        return (address, IPv4Address(number & 0xFFFFFFFF))
    return (address,)


def _is_fine(address: Address, allow_private: bool) -> bool:
    version = address.version == 6
    if any(address in network for network in _NEVER[version]):
        return False
    if any(address in network for network in _PRIVATE[version]):
        return allow_private
    return isinstance(address, IPv4Address) or address in _PUBLIC_6
