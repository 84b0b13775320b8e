import jwt


# `keys`, `issuer` and `audience` are the server's own configuration, never values of a token.
def verifier(keys, issuer, audience):
    client = jwt.PyJWKClient(keys, cache_keys=True)

    def verify(token):
        key = client.get_signing_key_from_jwt(token)
        return jwt.decode(token, key, algorithms=["ES256", "RS256", "EdDSA"], audience=audience, issuer=issuer)

    return verify
