package lower

import (
	"github.com/cnnc/cnnc/dsl/diag"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/runtime/config"
	"github.com/cnnc/cnnc/runtime/data/whiten"
)

// standardize reads the settings that follow rescaling, nil for none of them.
func (l *lowerer) standardize(d *config.Data) *config.Standardize {
	var c config.Standardize
	var channels elab.Setting
	for _, s := range l.p.Data {
		switch s.Name {
		case "standardize":
			how, to := "scale", &c.Image
			if s.Args["center"].Bool {
				how = "center"
			}
			over := s.Args["over"].Str
			if over == "channels" {
				to, channels = &c.Channels, s
			}
			if *to != "" {
				l.list.Add(diag.Errorf(diag.Duplicate, s.Pos, "standardize %s is set twice", over))
			}
			*to = how
		case "whiten":
			c.Whiten, c.Epsilon = true, s.Args["epsilon"].Num
			if d.Height > 0 && d.Width > 0 && d.Channels > 0 {
				if err := whiten.Check(d.Height, d.Width, d.Channels); err != nil {
					l.list.Add(diag.Errorf(diag.OutOfRange, s.Pos, "%v", err)).
						WithHelp("resize makes images smaller; standardize channels needs two numbers a channel")
				}
			}
		default:
			continue
		}
		if table, ok := elab.Find(l.p.Data, "train"); ok && table.Args["source"].Str == "csv" {
			l.list.Add(diag.Errorf(diag.Conflict, s.Pos, "%s is for images and arrays, and the data are rows of a table", s.Name)).
				WithHelp("numeric zscore standardizes columns")
		}
	}
	if c.Whiten && c.Channels != "" {
		l.list.Add(diag.Errorf(diag.Conflict, channels.Pos, "whiten subtracts the mean of every value and scales it: standardize channels before it would change nothing but rounding")).
			WithHelp("leave out one of them")
	}
	if c == (config.Standardize{}) {
		return nil
	}
	return &c
}
