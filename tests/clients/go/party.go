// A relying party with go-oidc, unmodified: ../others.mjs starts it and is its user's browser.
package main

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"log"
	"net/url"
	"os"
	"strings"

	"github.com/coreos/go-oidc"
	"golang.org/x/oauth2"
)

var browser = bufio.NewReader(os.Stdin)

func main() {
	ctx := context.Background()
	provider, err := oidc.NewProvider(ctx, os.Getenv("ISSUER"))
	good(err)
	config := oauth2.Config{
		ClientID:     os.Getenv("CLIENT_ID"),
		ClientSecret: os.Getenv("CLIENT_SECRET"),
		Endpoint:     provider.Endpoint(),
		RedirectURL:  os.Getenv("REDIRECT_URI"),
		Scopes:       []string{oidc.ScopeOpenID, "profile", "email", oidc.ScopeOfflineAccess},
	}
	state, nonce, verifier := random(), random(), random()
	digest := sha256.Sum256([]byte(verifier))
	challenge := oauth2.SetAuthURLParam("code_challenge", base64.RawURLEncoding.EncodeToString(digest[:]))
	method := oauth2.SetAuthURLParam("code_challenge_method", "S256")
	back := send("sign-in", config.AuthCodeURL(state, oidc.Nonce(nonce), challenge, method))
	if back.Get("state") != state || back.Get("iss") != os.Getenv("ISSUER") {
		log.Fatalf("another state or issuer: %v", back)
	}
	tokens, err := config.Exchange(ctx, back.Get("code"), oauth2.SetAuthURLParam("code_verifier", verifier))
	good(err)

	signed, _ := tokens.Extra("id_token").(string)
	idToken, err := provider.Verifier(&oidc.Config{ClientID: config.ClientID}).Verify(ctx, signed)
	good(err)
	if idToken.Nonce != nonce {
		log.Fatal("another nonce")
	}
	good(idToken.VerifyAccessToken(tokens.AccessToken))
	user, err := provider.UserInfo(ctx, oauth2.StaticTokenSource(tokens))
	good(err)
	if user.Subject != idToken.Subject {
		log.Fatal("another user")
	}
	fmt.Println("user", user.Email)

	refreshed, err := config.TokenSource(ctx, &oauth2.Token{RefreshToken: tokens.RefreshToken}).Token()
	good(err)
	var discovered struct {
		SignOut string `json:"end_session_endpoint"`
	}
	good(provider.Claims(&discovered))
	leaving := url.Values{"id_token_hint": {signed}, "post_logout_redirect_uri": {os.Getenv("AFTER")}, "state": {"bye"}}
	send("sign-out", discovered.SignOut+"?"+leaving.Encode())
	_, err = config.TokenSource(ctx, &oauth2.Token{RefreshToken: refreshed.RefreshToken}).Token()
	if err == nil || !strings.Contains(err.Error(), "invalid_grant") {
		log.Fatalf("a session that was signed out of was refreshed: %v", err)
	}
}

// Sends the user's browser somewhere, and gives the query that it comes back with.
func send(what, address string) url.Values {
	fmt.Println(what, address)
	line, err := browser.ReadString('\n')
	good(err)
	back, err := url.Parse(strings.TrimSpace(line))
	good(err)
	return back.Query()
}

func random() string {
	bytes := make([]byte, 32)
	_, err := rand.Read(bytes)
	good(err)
	return base64.RawURLEncoding.EncodeToString(bytes)
}

func good(err error) {
	if err != nil {
		log.Fatal(err)
	}
}
