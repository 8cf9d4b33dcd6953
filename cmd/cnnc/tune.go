package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cnnc/cnnc/compiler"
	"github.com/cnnc/cnnc/compiler/lower"
	"github.com/cnnc/cnnc/compiler/plan"
	"github.com/cnnc/cnnc/dsl"
	"github.com/cnnc/cnnc/dsl/ast"
	"github.com/cnnc/cnnc/dsl/elab"
	"github.com/cnnc/cnnc/dsl/printer"
	"github.com/cnnc/cnnc/runtime/durable"
	"github.com/cnnc/cnnc/runtime/tune"
)

type tuneCmd struct {
	modelArgs
	Dir       string `short:"o" name:"dir" placeholder:"DIR" type:"path" help:"The search folder. Default: runs/MODEL-tune in the working directory."`
	Resume    bool   `xor:"begin" help:"Go on with the search in the search folder."`
	Overwrite bool   `xor:"begin" help:"Delete the search in the search folder first."`
	Parallel  int    `default:"1" placeholder:"N" help:"Trials at a time; they share the threads."`
	Memory    string `placeholder:"SIZE" help:"What all trials under way may take, such as 2GB; a network that needs more is rejected. Default: as many at a time as fit into three quarters of the memory that is free; where the system does not say (other than on Linux), no limit."`
	DryRun    bool   `xor:"only,begin" help:"Show the search space, the schedule and about how long it takes, and search nothing."`
	NoReport  bool   `xor:"report" help:"Do not write report.html."`
	Report    bool   `xor:"only,begin,report" help:"Write report.html of the search in the search folder anew, and search nothing."`
	Best      int    `xor:"only,begin" placeholder:"N" help:"List the best N trials of the search folder with their values and weights, and run nothing. As many keep their weights as the keep setting says."`
	Progress  string `enum:"auto,plain,none" default:"auto" help:"How to show progress: ${enum}."`
	JSON      bool   `help:"Print events and the result as JSON, an object a line."`
}

// Help is the long help of the subcommand.
func (tuneCmd) Help() string {
	return `Searches the space that the hyper lines of the model file span, as its tune section
says: hyperband, asha, random, grid, bayesian or tpe. A value given by --set or
--values is not searched.

Each trial trains in a process of its own. One that crashes, runs out of memory or
diverges is recorded with its reason, and the search goes on. Networks are compiled
once, and those that cannot exist are never run.

The search folder gets best.values, which the other commands take, report.html, which
follows the search, a folder for each trial, and journal.jsonl. A search that was killed goes on with --resume, to the
result it would have had.

  cnnc tune doodles.cnn --dry-run
  cnnc tune doodles.cnn
  cnnc tune doodles.cnn --parallel 2 --set 'tune.budget=time=2h'
  cnnc tune doodles.cnn --best 3
  cnnc train doodles.cnn --values runs/doodles-tune/best.values`
}

// valuesFile is the best point, in the search folder.
const valuesFile = "best.values"

// Run searches.
func (c *tuneCmd) Run(s *streams) error {
	if c.Parallel < 1 {
		return usageErrorf("--parallel %d: want at least 1", c.Parallel)
	}
	if c.Best < 0 {
		return usageErrorf("--best %d: want at least 1", c.Best)
	}
	limit, err := parseBytes(c.Memory)
	if err != nil {
		return usageErrorf("--memory %s: %v", c.Memory, err)
	}
	text, err := c.read()
	if err != nil {
		return usageErr{err}
	}
	m, err := text.compileOrReport(s, compiler.Options{})
	if err != nil {
		return err
	}
	if c.Dir == "" {
		c.Dir = filepath.Join("runs", strings.ToLower(m.Plan.Name)+"-tune")
	}
	if c.Best > 0 {
		return c.list(s)
	}
	if c.Report {
		return c.report(s, text, m)
	}
	if !m.HasTrain() {
		return usageErrorf("%s: %w", m.name, errNoTrain)
	}
	g, err := c.plan(m, text, limit)
	if err != nil {
		return usageErrorf("%s: %w", m.name, err)
	}
	if c.DryRun {
		return g.dryRun(s)
	}
	if c.Overwrite {
		if err := deleteSearch(c.Dir); err != nil {
			return err
		}
	}
	return g.run(s)
}

// plannedSearch is a search that can begin.
type plannedSearch struct {
	cmd    *tuneCmd
	model  *compiled
	row    *searchAlgorithm
	search tune.Search
	runner *trialRunner
	keep   int // trials that keep their weights
	looked *spaceSurvey
}

// survey looks at the points of the space, once.
func (g *plannedSearch) survey() *spaceSurvey {
	if g.looked == nil {
		g.looked = survey(g.runner.model, g.search.Space)
	}
	return g.looked
}

// plan makes the search of the model file.
func (c *tuneCmd) plan(m *compiled, text *modelText, limit int64) (*plannedSearch, error) {
	p := m.program
	space := spaceOf(p)
	if len(space) == 0 {
		return nil, errors.New("there is nothing to search: no hyper line with choice, int, float or bool that --set leaves open")
	}
	if err := space.Check(); err != nil {
		return nil, err
	}
	row, algorithm := algorithmOf(p, m.Train.Epochs)
	metric, up := lower.Objective(p)
	g := &plannedSearch{cmd: c, model: m, row: row, keep: setting(p, "keep", "count")}
	g.runner = &trialRunner{
		model: text, space: space, objective: tune.Objective{Metric: metric, Maximize: up}, dir: c.Dir,
		always:  []elab.Override{{Text: "train.epochs=" + strconv.Itoa(algorithm.Epochs())}},
		threads: max(runtime.GOMAXPROCS(0)/c.Parallel, 1),
		known:   map[string]point{}, programs: map[[sha256.Size]byte]string{},
	}
	g.search = tune.Search{
		Space: space, Objective: g.runner.objective, Algorithm: algorithm, Seed: uint64(setting(p, "seed", "value")),
		Run:        g.runner.run,
		Check:      func(at tune.Values) error { return g.runner.look(at).err },
		Executions: setting(p, "executions", "count"), Workers: c.Parallel, MaxFailures: setting(p, "failures", "count"),
		Dir: c.Dir, Resume: c.Resume, Fixed: unsearched(text, space),
	}
	if b, ok := elab.Find(p.Tune, "budget"); ok {
		g.search.MaxTrials, g.search.MaxEpochs = b.Args["trials"].Int(), b.Args["epochs"].Int()
		g.search.MaxTime = time.Duration(b.Args["time"].Num * float64(time.Second))
	}
	g.search.Memory = func(at tune.Values) int64 { return g.runner.look(at).bytes }
	if g.search.MemoryLimit = limit; limit == 0 {
		// What is free now says how many run at a time, not what is possible.
		free := freeMemory() / 4 * 3
		g.search.MemoryLimit = free
		g.search.Memory = func(at tune.Values) int64 { return min(g.runner.look(at).bytes, free) }
	}
	g.search.About = g.describe()
	return g, nil
}

// setting is a whole number of the tune section.
func setting(p *elab.Program, name, arg string) int {
	s, _ := elab.Find(p.Tune, name)
	return s.Args[arg].Int()
}

// unsearched is what must be the same for a search to go on: the statements of the
// model file without comments and layout, and what the command line decides. The
// searched hyperparameters and the tune section are recorded by themselves;
// budgets, for one, may change.
func unsearched(m *modelText, s tune.Space) []string {
	f, _ := dsl.ParseFile(m.name, m.text)
	searched := func(name string) bool {
		return slices.ContainsFunc(s, func(p tune.Param) bool { return p.Name == name })
	}
	var out []string
	for _, st := range f.Stmts {
		switch st := st.(type) {
		case *ast.Section:
			if st.Name.Name == "tune" {
				continue
			}
		case *ast.Hyper:
			if searched(st.Name.Name) {
				continue
			}
		}
		// Settings side by side are written with or without a semicolon.
		out = append(out, strings.ReplaceAll(printer.Statement(st), "  ", "; "))
	}
	for _, o := range m.overrides {
		if !strings.HasPrefix(strings.TrimSpace(o.Text), "tune.") {
			name, value, _ := strings.Cut(o.Text, "=")
			out = append(out, "--set "+strings.TrimSpace(name)+"="+strings.TrimSpace(value))
		}
	}
	return out
}

// run runs the search to its end and tells of it.
func (g *plannedSearch) run(s *streams) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second signal kills; the trials notice
	g.runner.cancel = stop
	show := newTuneShow(g, s)
	show.begin()
	saved, shown := saveBest{g: g}, g.newReporter()
	g.search.Observe = func(e tune.Event) {
		if e.Kind == "end" {
			saved.update(e.Trials)
			shown.update(e.Trials, e.Elapsed)
		}
		show.observe(e)
	}
	res, err := g.search.Do(ctx)
	show.finish()
	if res == nil {
		return err
	}
	saved.update(res.Trials)
	err = errors.Join(err, saved.err)
	if err == nil && res.Reason != tune.Interrupted {
		err = g.prune(res)
	}
	err = errors.Join(err, shown.finish(res))
	if err2 := show.result(res); err == nil {
		err = err2
	}
	switch {
	case err != nil:
		return err
	case res.Reason == tune.Interrupted:
		return exitError(exitInterrupted)
	case len(res.Best) == 0:
		return errors.New("no trial was completed")
	}
	return nil
}

// saveBest writes the best point whenever there is a better one.
type saveBest struct {
	g    *plannedSearch
	text string
	err  error
}

func (b *saveBest) update(trials []tune.Trial) {
	best := tune.Best(trials, b.g.search.Objective)
	if len(best) == 0 {
		return
	}
	t := &best[0]
	var text strings.Builder
	fmt.Fprintf(&text, "// %s: %s %s, trial %d, epoch %d of %d\n", b.g.model.Plan.Name, b.g.search.Objective.Metric, score(t.Score), t.ID, t.BestEpoch, t.To)
	for _, o := range overridesOf(b.g.search.Space, t.Values) {
		text.WriteString(o.Text + "\n")
	}
	if text.String() == b.text {
		return
	}
	b.text = text.String()
	b.err = durable.WriteFile(filepath.Join(b.g.search.Dir, valuesFile), func(w io.Writer) error {
		_, err := io.WriteString(w, b.text)
		return err
	})
}

// prune removes checkpoints of all trials and the weights of all but the best.
// Should the search go on with a larger budget, what it needs of them is trained
// again.
func (g *plannedSearch) prune(res *tune.Result) error {
	kept := map[int]bool{}
	for _, t := range tune.BestPoints(res.Trials, g.search.Objective, g.keep) {
		kept[t.ID] = true
	}
	for _, t := range res.Trials {
		if t.State == tune.Rejected {
			continue
		}
		if err := pruneTrial(g.runner, t.ID, max(g.search.Executions, 1), kept[t.ID]); err != nil {
			return err
		}
	}
	return nil
}

// deleteSearch removes what a search wrote, and nothing else: a folder without a
// journal or a search.json holds none, whatever the names in it.
func deleteSearch(dir string) error {
	if !exists(filepath.Join(dir, tune.JournalFile)) && !exists(filepath.Join(dir, tune.SearchFile)) {
		return nil
	}
	// What says that there is a search goes last: cut off, this can be done again.
	if err := os.RemoveAll(filepath.Dir(tune.TrialDir(dir, 0))); err != nil {
		return err
	}
	for _, name := range []string{reportFile, valuesFile, tune.SearchFile, tune.JournalFile} {
		if err := os.Remove(filepath.Join(dir, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}

// list prints the best trials of the search folder.
func (c *tuneCmd) list(s *streams) error {
	rec, err := tune.Load(c.Dir)
	if errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("%s holds no search", displayName(c.Dir))
	}
	if err != nil {
		return err
	}
	best := tune.BestPoints(rec.Trials, rec.Objective, c.Best)
	if c.JSON {
		return listJSON(s.out, c.Dir, best, rec.Objective)
	}
	if err := bestTable(s.out, c.Dir, rec.Space, best, rec.Objective); err != nil {
		return err
	}
	for _, t := range best {
		if weightsOf(c.Dir, t.ID) != "" {
			dir := displayName(tune.TrialDir(c.Dir, t.ID))
			fmt.Fprintf(s.out, "\n  cnnc eval %s --values %s -o %s\n", displayName(c.File), filepath.Join(dir, trialValuesFile), dir)
			break
		}
	}
	return nil
}

// parseBytes reads a size such as 512MB or 2GB; "" is 0.
func parseBytes(text string) (int64, error) {
	if text == "" {
		return 0, nil
	}
	for _, u := range []struct {
		unit  string
		bytes float64
	}{{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}} {
		if n, ok := strings.CutSuffix(strings.ToUpper(strings.TrimSpace(text)), u.unit); ok {
			v, err := strconv.ParseFloat(strings.TrimSpace(n), 64)
			if err != nil || !(v > 0) || v*u.bytes > 1<<60 {
				break
			}
			return int64(v * u.bytes), nil
		}
	}
	return 0, errors.New("want a size such as 512MB or 2GB")
}

// announce describes the search before it begins.
func (g *plannedSearch) announce(w io.Writer) {
	s := &g.search
	fmt.Fprintf(w, "%s: %s %s; %s\n", g.model.Plan.Name, direction(s.Objective), s.Objective.Metric, g.describe())
	g.schedule(w)
	_ = g.survey().write(w)
	_, training := memory(g.model, g.runner.threads)
	fmt.Fprintf(w, "%s at a time with %s each, about %s of memory a trial; search folder %s\n",
		plural(g.cmd.Parallel, "trial"), plural(g.runner.threads, "thread"), plan.FormatBytes(plan.Total(training)), displayName(s.Dir))
}

func direction(o tune.Objective) string {
	if o.Maximize {
		return "maximize"
	}
	return "minimize"
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return strconv.Itoa(n) + " " + noun + "s"
}
