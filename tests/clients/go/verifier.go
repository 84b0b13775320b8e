package main

import (
	"context"

	"github.com/coreos/go-oidc"
)

// It has a method Verify(context, token). `keys`, `issuer` and `audience` are the server's own configuration, never values of a token.
func verifier(keys, issuer, audience string) *oidc.IDTokenVerifier {
	set := oidc.NewRemoteKeySet(context.Background(), keys)
	algorithms := []string{"ES256", "RS256", "EdDSA"}
	return oidc.NewVerifier(issuer, set, &oidc.Config{ClientID: audience, SupportedSigningAlgs: algorithms})
}
