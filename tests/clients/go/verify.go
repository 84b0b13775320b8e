// go-oidc, unmodified, as backends use it. Usage: verify TOKENS, the file that verify.py wrote.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"log"
	"os"
)

func main() {
	var collected struct {
		Keys      string
		Verifiers []struct{ Name, Issuer, Audience string }
		Tokens    []struct {
			Kind, Token string
			GoodFor     *string `json:"good_for"`
		}
	}
	file, err := os.ReadFile(os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	if err := json.Unmarshal(file, &collected); err != nil {
		log.Fatal(err)
	}
	for _, by := range collected.Verifiers {
		verify := verifier(collected.Keys, by.Issuer, by.Audience)
		for _, sample := range collected.Tokens {
			_, err := verify.Verify(context.Background(), sample.Token)
			good := sample.GoodFor != nil && *sample.GoodFor == by.Name
			if good != (err == nil) {
				log.Fatalf("go-oidc, %s: %s: %v", by.Name, sample.Kind, err)
			}
		}
	}
	fmt.Printf("go-oidc: %d verifiers, %d tokens\n", len(collected.Verifiers), len(collected.Tokens))
}
