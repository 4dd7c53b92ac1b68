"""Addresses by which strangers try to make a server ask where only it can."""

from __future__ import annotations

PUBLIC = "93.184.216.34"

NAMES: dict[str, list[list[str]]] = {
    "public.example": [[PUBLIC]],
    "private.example": [["10.0.0.1"]],
    "loopback.example": [["127.0.0.1"]],
    "six.example": [["::1"]],
    "mixed.example": [[PUBLIC, "127.0.0.1"]],
    "mixed-six.example": [[PUBLIC, "fd00::1"]],
    "metadata.google.internal": [["169.254.169.254"]],
    "xn--bcher-kva.example": [["192.168.0.9"]],
    "nobody.example": [[]],
    "rebind.example": [[PUBLIC], ["127.0.0.1"]],
}
"""What each name means, one look-up after the other; the last answer stays."""

LITERALS = (
    "127.0.0.1", "127.8.9.1", "127.0.0.1.", "10.0.0.1", "172.16.0.1", "172.31.255.254", "192.168.1.1", "0.0.0.0",
    "169.254.169.254", "169.254.170.2", "100.64.0.1", "100.100.100.200", "168.63.129.16", "192.0.0.192", "192.0.2.1",
    "198.18.0.1", "224.0.0.1", "240.0.0.1", "255.255.255.255", "192.88.99.1",
    # Other ways to write numbers
    "2130706433", "0x7f000001", "017700000001", "127.1", "127.0.1", "0177.0.0.1", "0x7f.0.0.1", "0x7f.1", "0", "00",
    "127.0.0.1.0x0", "0000127.0.0.1", "1.2.3.4.5", "\uff11\uff12\uff17.0.0.1", "\u2460\u2461\u2466.0.0.1",
    "127\u30020\u30020\u30021", "\u0661\u0662\u0667.0.0.1",
    # IPv6, and what it can carry
    "[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[::ffff:0:7f00:1]",
    "[64:ff9b::7f00:1]", "[64:ff9b::169.254.169.254]", "[64:ff9b:1::7f00:1]", "[2002:7f00:1::]", "[2002:a9fe:a9fe::1]",
    "[2001:0:53aa:64c:0:fbff:80ff:fffe]", "[fe80::1]", "[fe80::1%25eth0]", "[fe80::1%eth0]", "[fc00::1]",
    "[fd00:ec2::254]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]", "[fe80::5efe:7f00:1]", "[::1", "::1", "[v1.fe80::a]",
)  # fmt: skip
"""Hosts that are no public ones."""

HOSTS = tuple(name for name in NAMES if name not in ("public.example", "rebind.example"))

WHOLE = (
    # Who stands where in an address
    "http://public.example@127.0.0.1/", "http://127.0.0.1@public.example/", "http://a:b@public.example/",
    "http://public.example:80@127.0.0.1/", "http://127.0.0.1\\@public.example/", "http://public.example\\@127.0.0.1/",
    "http://127.0.0.1#@public.example/", "http://127.0.0.1?@public.example/", "http://@127.0.0.1/", "http:///127.0.0.1/",
    "http:127.0.0.1/", "http:/127.0.0.1/", "//127.0.0.1/", "http://", "https://", "http://.", "http://..", "http://-/",
    "http://public.example..", "http://*/", "http://[]/", "http://a\u0000b/", "http://public.example%00.127.0.0.1/",
    "http://%31%32%37.0.0.1/", "http://localhost%2f@public.example/", "http://public.example%2f127.0.0.1/",
    # Ports of other services, and none at all
    "http://public.example:22/", "http://public.example:6379/", "http://public.example:25/", "http://public.example:0/",
    "http://public.example:65536/", "http://public.example:-1/", "http://public.example:80a/",
    "http://public.example:\uff18\uff10/x y",
    # Lines and blanks
    "http://public.example/\r\nHost: 127.0.0.1", "http://public.example\r\n.127.0.0.1/", "http://public.example/a b",
    "http://public.example\t/", "ht\ntp://127.0.0.1/", "http://\u2028127.0.0.1/", "\u0001http://127.0.0.1/",
    # Other schemes, and names of files
    "file:///etc/passwd", "FILE:///etc/passwd", "file:/etc/passwd", "file://localhost/etc/passwd", "gopher://127.0.0.1:70/_x",
    "ftp://127.0.0.1/a.jpg", "dict://127.0.0.1:11211/stats", "ldap://127.0.0.1/", "tftp://127.0.0.1/a", "ssh://127.0.0.1/",
    "unix:/var/run/docker.sock", "http+unix://%2fvar%2frun%2fdocker.sock/", "jar:http://127.0.0.1!/a", "ws://127.0.0.1/",
    "javascript:alert(1)", "blob:http://127.0.0.1/a", "view-source:http://127.0.0.1/", "gs://bucket/a", "az://box/a",
    "concat:/etc/passwd|a", "subfile,,start,0,end,0,,:/etc/passwd", "pipe:0", "fd:3", "rtmp://127.0.0.1/a",
    "/etc/passwd", "../../../../etc/passwd", "C:\\windows\\win.ini", "\\\\127.0.0.1\\share\\a", "~/.ssh/id_rsa",
    "stored:results/a/b.mp4", "stored:uploads/20200101/open/img_12345678/image.jpg", "stored:../secret.key", "stored:",
    "/files/uploads/a/b/c.jpg?Expires=9999999999&Signature=" + "0" * 64, "http://" + "a" * 5000 + "/", "x" * 100_000,
)  # fmt: skip
"""Addresses that are wrong from end to end."""

ADDRESSES = (
    *(f"http://{host}/latest/meta-data/" for host in (*LITERALS, *HOSTS)),
    "https://127.0.0.1/", "https://[::1]:8443/", "http://127.0.0.1:8080/", "HTTP://LOOPBACK.EXAMPLE:8080/",
    "http://loopback.example./", "http://b\u00fccher.example/", "http://LOOPBACK.example:443/?a=http://public.example/",
    *WHOLE,
)  # fmt: skip
