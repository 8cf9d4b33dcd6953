package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

// TestExamplesUpToDate: the committed packages are what the model files
// generate, and the model files have the canonical layout. After a change of
// the code generator run go generate ./... An example without a program is a model
// file for the command alone.
func TestExamplesUpToDate(t *testing.T) {
	models, err := filepath.Glob("../../examples/*/*.cnn")
	if err != nil || len(models) < 4 {
		t.Fatalf("%d model files in examples, %v", len(models), err)
	}
	for _, model := range append(models, "starter.cnn") {
		var out, errs bytes.Buffer
		if status := run([]string{"fmt", "-l", model}, &out, &errs); status != exitOK {
			t.Errorf("cnnc fmt -l %s: status %d\n%s%s", model, status, &out, &errs)
		}
	}
	for _, model := range models {
		if _, err := os.Stat(filepath.Join(filepath.Dir(model), "main.go")); err != nil {
			continue
		}
		var out, errs bytes.Buffer
		if status := run([]string{"generate", "--check", model}, &out, &errs); status != exitOK {
			t.Errorf("cnnc generate --check %s: status %d\n%s%s", model, status, &out, &errs)
		}
	}
}

// TestReadmeModel: the model file in the README is right.
func TestReadmeModel(t *testing.T) {
	readme, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, ok := bytes.Cut(readme, []byte("```\ncnn 1\n"))
	model, _, ok2 := bytes.Cut(rest, []byte("```\n"))
	if !ok || !ok2 {
		t.Fatal("the README shows no model file")
	}
	name := filepath.Join(t.TempDir(), "readme.cnn")
	if err := os.WriteFile(name, append([]byte("cnn 1\n"), model...), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{{"check", name}, {"fmt", "-l", name}} {
		var out, errs bytes.Buffer
		if status := run(args, &out, &errs); status != exitOK {
			t.Errorf("cnnc %v: status %d\n%s%s", args, status, &out, &errs)
		}
	}
}
