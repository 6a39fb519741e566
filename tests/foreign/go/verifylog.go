// Verifylog asks the Go team's own note and tlog packages about checkpoints and proofs of our log.
// Standard input: {"verifier": name+id+key, "asked": [{"checkpoint", "path", and either "entry" and
// "index" or "older"}...]}. Standard output: for each, "holds" or why not.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/mod/sumdb/note"
	"golang.org/x/mod/sumdb/tlog"
)

type question struct {
	Checkpoint, Older, Entry string
	Index                    int64
	Path                     []tlog.Hash
}

// open returns the size and the root that the log's key signed.
func open(text string, known note.Verifiers) (size int64, root tlog.Hash, err error) {
	signed, err := note.Open([]byte(text), known)
	if err != nil {
		return 0, root, err
	}
	lines := strings.Split(signed.Text, "\n")
	// Name, size and root; then extension lines, such as the one that commits to the map of cases.
	if len(lines) < 4 || lines[0] != signed.Sigs[0].Name {
		return 0, root, errors.New("not a checkpoint of this log")
	}
	if size, err = strconv.ParseInt(lines[1], 10, 64); err != nil {
		return 0, root, err
	}
	root, err = tlog.ParseHash(lines[2])
	return size, root, err
}

func check(asked question, known note.Verifiers) error {
	size, root, err := open(asked.Checkpoint, known)
	if err != nil {
		return err
	}
	if asked.Older == "" {
		leaf := tlog.RecordHash([]byte(asked.Entry))
		return tlog.CheckRecord(asked.Path, size, root, asked.Index, leaf)
	}
	was, before, err := open(asked.Older, known)
	if err != nil {
		return err
	}
	return tlog.CheckTree(asked.Path, size, root, was, before)
}

func main() {
	var all struct {
		Verifier string
		Asked    []question
	}
	if err := json.NewDecoder(os.Stdin).Decode(&all); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	verifier, err := note.NewVerifier(all.Verifier)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	answers := []string{}
	for _, one := range all.Asked {
		answer := "holds"
		if err := check(one, note.VerifierList(verifier)); err != nil {
			answer = err.Error()
		}
		answers = append(answers, answer)
	}
	json.NewEncoder(os.Stdout).Encode(answers)
}
