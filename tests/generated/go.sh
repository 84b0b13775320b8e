#!/usr/bin/env bash
# Builds the client that openapi-generator made for Go, with Debian's libraries alone, and walks by it. Usage: go.sh URL APP SECRET
set -euo pipefail
work=$PWD/out/gopath/src
mkdir -p "$work/latchet" "$work/walk"
cp out/go/*.go "$work/latchet/"
rm -f "$work"/latchet/*_test.go
cp walk.go "$work/walk/main.go"
export GO111MODULE=off GOFLAGS='' GOPATH="$PWD/out/gopath:/usr/share/gocode" GOCACHE="$PWD/../../.dev/clients/go"
go build -o out/walk walk
out/walk "$@"
