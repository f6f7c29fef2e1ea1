"""Python runs this in every process that a test starts: the socket guard holds there too."""

from tests.plugins import loopback

loopback.install()
