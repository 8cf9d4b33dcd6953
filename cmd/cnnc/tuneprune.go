package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/cnnc/cnnc/runtime/train"
)

// pruneTrial removes the checkpoints of a trial, and its weights, those of single
// epochs among them, unless they are kept.
func pruneTrial(r *trialRunner, id, executions int, kept bool) error {
	names := []string{train.CheckpointFile}
	if !kept {
		names = append(names, train.BestFile, train.LastFile)
	}
	for e := range executions {
		if !kept {
			if err := os.RemoveAll(filepath.Join(r.folder(id, e), train.EpochsDir)); err != nil {
				return err
			}
		}
		for _, name := range names {
			if err := os.Remove(filepath.Join(r.folder(id, e), name)); err != nil && !errors.Is(err, os.ErrNotExist) {
				return err
			}
		}
	}
	return nil
}
