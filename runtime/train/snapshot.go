package train

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/durable"
)

// EpochsDir is the folder in a run directory for the weights of epochs that are
// kept each in a file of its own.
const EpochsDir = "epochs"

// extension is that of weight files.
const extension = ".safetensors"

// snapshots keeps the weights of every few epochs (spec: training,
// ModelCheckpoint). Which files there are follows from the history.
type snapshots struct {
	config.Keep
	pattern *config.Pattern
	names   []string // of the files there should be, oldest first
}

// newSnapshots returns nil where none are asked for.
func newSnapshots(c config.Keep, check func(what, key string) error) (*snapshots, error) {
	if c.Every <= 0 {
		return nil, nil
	}
	if c.File == "" {
		c.File = config.DefaultPattern
	}
	p, err := config.ParsePattern(c.File)
	if err != nil {
		return nil, err
	}
	for _, name := range p.Names() {
		if name == "learning_rate" {
			continue
		}
		if err := check("file name of keep every,", name); err != nil {
			return nil, err
		}
	}
	return &snapshots{Keep: c, pattern: p}, nil
}

// epochEnd takes in an epoch. It returns the name of the file its weights belong
// in, "" for none, and that of the file that is one too many then.
func (s *snapshots) epochEnd(logs *EpochLogs) (name, old string) {
	if s == nil || (logs.Epoch+1)%s.Every != 0 {
		return "", ""
	}
	name = s.pattern.Name(logs.Epoch, logs.Lookup) + extension
	s.names = append(s.names, name)
	if s.Last > 0 && len(s.names) > s.Last {
		old, s.names = s.names[0], s.names[1:]
	}
	return name, old
}

// drop removes a file that is one too many; "" is none.
func (s *snapshots) drop(d *runDir, name string) error {
	if d == nil || name == "" || slices.Contains(s.names, name) {
		return nil
	}
	if err := os.Remove(filepath.Join(d.path(EpochsDir), name)); !os.IsNotExist(err) {
		return err
	}
	return nil
}

// tidy makes the folder, removes what a killed process left of a file, and every
// file that should not be there: of an earlier run, or of epochs that come again.
func (s *snapshots) tidy(d *runDir) error {
	if d == nil {
		return nil
	}
	dir := d.path(EpochsDir)
	if s != nil {
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return err
		}
	}
	list, err := os.ReadDir(dir)
	if os.IsNotExist(err) {
		return nil
	}
	if err != nil {
		return err
	}
	wanted := map[string]bool{}
	if s != nil {
		for _, name := range s.names {
			wanted[name] = true
		}
	}
	for _, e := range list {
		name := e.Name()
		if base, _, temp := strings.Cut(name, extension+".tmp"); temp && strings.HasPrefix(name, ".") {
			err = durable.RemoveTemps(dir, base[1:]+extension)
		} else if e.Type().IsRegular() && strings.HasSuffix(name, extension) && !wanted[name] {
			err = os.Remove(filepath.Join(dir, name))
		}
		if err != nil {
			return err
		}
	}
	return nil
}
