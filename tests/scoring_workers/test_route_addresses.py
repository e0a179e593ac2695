from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spanmill_scoring.routes.addresses import RefusedAddress, checked, require_allowed
from spanmill_scoring.rules.files import RuleBook

METADATA = ("169.254.169.254", "fd00:ec2::254", "168.63.129.16", "100.100.100.200", "192.0.0.192", "fd20:ce::254")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://hooks.example.com/x", "write https://"),
        ("ftp://hooks.example.com/x", "write https://"),
        ("file:///etc/passwd", "write https://"),
        ("https:///x", "names no host"),
        ("https://hooks.example.com:99999/x", "no URL"),
        ("https://user:word@hooks.example.com/x", "user or password"),
        ("https://user@hooks.example.com/x", "user or password"),
        ("https://127.0.0.1/x", "private address"),
        ("https://127.1/x", "private address"),
        ("https://0x7f000001/x", "private address"),
        ("https://2130706433/x", "private address"),
        ("https://017700000001/x", "private address"),
        ("https://[::1]/x", "private address"),
        ("https://[::ffff:10.0.0.1]/x", "private address"),
        ("https://[64:ff9b::a00:1]/x", "private address"),
        ("https://[2002:7f00:1::]/x", "private address"),
        ("https://10.1.2.3/x", "private address"),
        ("https://100.64.0.1/x", "private address"),
        ("https://192.168.1.1/x", "private address"),
        ("https://[fd00::1]/x", "private address"),
        ("https://0.0.0.0/x", "link-local"),
        ("https://localhost/x", "private one"),
        ("https://clickhouse:8123/x", "private one"),
        ("https://metadata.google.internal/x", "private one"),
        ("https://hooks.example.com\\@127.0.0.1/x", "no URL"),
        ("https://hooks.example.com/a b", "no URL"),
        ("https://hooks.exämple.com/x", "no URL"),
        *((f"https://{f'[{one}]' if ':' in one else one}/x", "metadata") for one in METADATA),
    ],
)
def test_an_address_that_may_lead_inside_is_refused(url: str, reason: str) -> None:
    """Whatever its spelling, with a reason that says what to do."""
    with pytest.raises(RefusedAddress, match=reason):
        checked(url, allow_private=False)


@pytest.mark.parametrize("url", ["https://hooks.example.com/x?y=1", "https://93.184.215.14:8443/", "https://a.b./x"])
def test_a_public_address_passes(url: str) -> None:
    """With a port, a path and a query."""
    assert checked(url, allow_private=False).geturl() == url


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8080/x", "http://localhost/x", "https://10.0.0.1/x", "http://hook/x"]
)
def test_private_addresses_can_be_allowed(url: str) -> None:
    """There also without encryption."""
    assert checked(url, allow_private=True)


@pytest.mark.parametrize("host", METADATA)
def test_metadata_is_never_allowed(host: str) -> None:
    """Not even where private addresses are."""
    with pytest.raises(RefusedAddress, match="metadata"):
        require_allowed(ip_address(host), host, allow_private=True, is_plain=False)


def test_nothing_goes_to_the_internet_without_encryption() -> None:
    """Where http is allowed, it is so for private addresses."""
    with pytest.raises(RefusedAddress, match="without encryption"):
        checked("http://93.184.215.14/x", allow_private=True)


@given(st.ip_addresses(v=4))
def test_no_address_that_is_not_global_passes(address: IPv4Address) -> None:
    """By Python's own list, as itself and inside of IPv6."""
    if address.is_global and not address.is_multicast:
        return
    for form in (address, IPv6Address(f"::ffff:{address}"), IPv6Address(f"64:ff9b::{address}")):
        with pytest.raises(RefusedAddress):
            require_allowed(form, "x", allow_private=False, is_plain=False)


HOOK = "routes: [{webhook: {url: '%s', secret_env: HOOK_SECRET}}]"
RULE = "rules:\n- name: r\n  sql: '1'\n  flag: {below: 1}\n  "


class TestRulesFile:
    """Addresses and keys are looked at when a rules file is read."""

    def test_a_refused_address_is_told_with_its_line(self, load_rules: Callable[[str], RuleBook]) -> None:
        """The rule is left out."""
        book = load_rules(RULE + "routes:\n  - review\n  - webhook: {url: 'https://127.0.0.1/', secret_env: S}\n")
        assert not book.rules
        [problem] = book.problems
        assert problem.line == 7
        assert (
            "127.0.0.1 is a private address: use a public one, or set SPANMILL_WEBHOOKS_ALLOW_PRIVATE" in problem.text
        )

    def test_the_setting_allows_it(
        self, load_rules: Callable[[str], RuleBook], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """For the whole installation."""
        monkeypatch.setenv("SPANMILL_WEBHOOKS_ALLOW_PRIVATE", "true")
        assert load_rules(RULE + HOOK % "http://127.0.0.1:9/x").rules

    def test_what_variables_hold_is_looked_at_too(
        self, load_rules: Callable[[str], RuleBook], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Addresses and secrets, where they are set; the address itself is not shown."""
        rule = RULE + "routes: [{webhook: {url: 'https://${HOST}/token', secret_env: HOOK_SECRET}}]"
        assert load_rules(rule).rules
        monkeypatch.setenv("HOST", "10.0.0.1")
        [problem] = load_rules(rule).problems
        assert "10.0.0.1 is a private address" in problem.text
        assert "token" not in problem.text
        monkeypatch.setenv("HOST", "hooks.example.com")
        monkeypatch.setenv("HOOK_SECRET", "short")
        [problem] = load_rules(rule).problems
        assert "HOOK_SECRET holds a secret of 5 bytes, and needs 16" in problem.text

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("routes: [{}]", "exactly one of review, webhook and slack, not none"),
            ("routes: [{review: {}, slack: {url_env: A}}]", "not review and slack"),
            ("routes: [{webhok: {}}]", "unknown key 'webhok': did you mean 'webhook'?"),
            ("routes: [{webhook: {url: 'https://a.example'}}]", "'secret_env' is missing"),
            ("routes: [{slack: {url_env: 'https://hooks.slack.com/x'}}]", "give the name of an environment variable"),
            ("routes: [{slack: {url_env: A, news: [flag]}}]", "news is 'flag': did you mean 'flags'?"),
            ("alert: {over: 1h}", "exactly one of above and below"),
            ("alert: {above: 1, over: 3}", "3 is no duration"),
            ("alert: {above: 1, clear: 2}", "clear is 2, where the alert would fire again"),
            ("alert: {below: 1, clear: 0.5}", "clear is 0.5"),
            ("alert: {above: 1, of: flaged}", "of is 'flaged': did you mean 'flagged'?"),
            ("alert: {above: 1, over: 10s}", "over is 10s: from 1m to 30d"),
        ],
    )
    def test_mistakes_are_told(self, load_rules: Callable[[str], RuleBook], text: str, reason: str) -> None:
        """In a sentence with the nearest right word."""
        [problem] = load_rules(RULE + text).problems
        assert reason in problem.text

    @pytest.mark.parametrize(
        ("text", "reason"),
        [
            ("routes: [review]", "routes need flag or alert"),
            ("alert: {above: 1, of: flagged}", "alert of flagged needs flag"),
            ("alert: {above: 1}\n  routes: [review]", "route review needs flag"),
        ],
    )
    def test_routes_need_something_to_tell(self, load_rules: Callable[[str], RuleBook], text: str, reason: str) -> None:
        """A route that nothing would ever reach is a mistake."""
        [problem] = load_rules("rules:\n- name: r\n  sql: '1'\n  " + text).problems
        assert reason in problem.text

    def test_who_is_told_does_not_change_the_version(self, load_rules: Callable[[str], RuleBook]) -> None:
        """A rule with a route scores as it did without."""
        versions = {
            load_rules(RULE + text).rules["r"].version
            for text in ("", "routes: [review]", "alert: {above: 1, over: 2d}")
        }
        assert len(versions) == 1
