package main

type evalCmd struct {
	runArgs
	Weights string `short:"w" placeholder:"FILE" type:"path" help:"The weights. Default: the best of the run folder."`
	Part    string `enum:",train,validate,test" default:"" placeholder:"PART" help:"The part of the data: train, validate or test. Default: test if the file has one, else validate."`
}

// Run evaluates.
func (c *evalCmd) Run(s *streams) error {
	bin, j, _, err := c.prepare(s, "eval", childMain)
	if err != nil {
		return err
	}
	j.Weights, j.Part = c.Weights, c.Part
	return finish(bin, j, s)
}
