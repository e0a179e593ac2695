import base64

import pytest

from spanmill_scoring.routes.signature import InvalidSecret, headers, key_of


@pytest.mark.parametrize("secret", ["", "short", "whsec_!!!", "whsec_c2hvcnQ="])
def test_a_weak_secret_is_refused(secret: str) -> None:
    """So short that it could be guessed, or not what its prefix says."""
    with pytest.raises(InvalidSecret):
        key_of(secret)


def test_secrets_may_be_text_or_base64() -> None:
    """As Standard Webhooks writes them."""
    key = b"a secret of some length"
    assert key_of(key.decode()) == key_of(f"whsec_{base64.b64encode(key).decode()}") == key


def test_the_signature_is_that_of_standard_webhooks() -> None:
    """By the example of its specification."""
    key = key_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    signed = headers(key, "msg_p5jXN8AQM9LWM0D4loKWxJek", 1614265330, b'{"test": 2432232314}')
    assert signed["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
