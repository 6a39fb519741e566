// Opens a package as a recipient with go-jose would, following keys/FORMAT.md: the signature with
// Go's own Ed25519, the envelope with go-jose. Standard input: {"package", "broker_public_jwk",
// "recipient_private_jwk"}. Standard output: the plaintext, or exit status 1.
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"strings"

	jose "gopkg.in/square/go-jose.v2"
)

type asked struct {
	Package string             `json:"package"`
	Broker  struct{ X string } `json:"broker_public_jwk"`
	Own     jose.JSONWebKey    `json:"recipient_private_jwk"`
}

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func decoded(text string) []byte {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	must(err)
	return raw
}

func main() {
	var one asked
	must(json.NewDecoder(os.Stdin).Decode(&one))
	parts := strings.Split(one.Package, ".")
	if len(parts) != 3 {
		must(fmt.Errorf("not a compact signature"))
	}
	var header struct{ Alg, Typ string }
	must(json.Unmarshal(decoded(parts[0]), &header))
	signed := []byte(parts[0] + "." + parts[1])
	if header.Alg != "Ed25519" || header.Typ != "marac-package+jws" ||
		!ed25519.Verify(decoded(one.Broker.X), signed, decoded(parts[2])) {
		must(fmt.Errorf("the signature does not hold"))
	}
	envelope, err := jose.ParseEncrypted(string(decoded(parts[1])))
	must(err)
	_, _, plain, err := envelope.DecryptMulti(one.Own)
	must(err)
	os.Stdout.Write(plain)
}
