import base64, hashlib, hmac, json, time


def verify(secret, headers, body):
    """The event in `body` (bytes), if Latchet signed it in the last five minutes."""
    message, at, signatures = (headers["webhook-" + name] for name in ("id", "timestamp", "signature"))
    if abs(time.time() - int(at)) > 300:
        raise ValueError("the message is old, or a clock is wrong")
    key = base64.b64decode(secret.removeprefix("whsec_"))
    digest = hmac.new(key, f"{message}.{at}.".encode() + body, hashlib.sha256).digest()
    expected = "v1," + base64.b64encode(digest).decode()
    if not any(hmac.compare_digest(expected, one) for one in signatures.split(" ")):
        raise ValueError("the message has no signature of ours")
    return json.loads(body)
