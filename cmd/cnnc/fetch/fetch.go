package fetch

import (
	"context"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// Client downloads. The zero value is ready.
type Client struct {
	HTTP *http.Client // nil: http.DefaultClient
	// Attempts is how often a file is asked for at one address when connections
	// are cut or the server fails. 0: 5.
	Attempts int
	// Pause is the time before the second attempt; it doubles with each. 0: 1 s.
	Pause time.Duration
	// Stall is how long nothing may come before a connection counts as cut. 0: 1 min.
	Stall time.Duration
	// Progress is told how far a file is; total is -1 when that is not known. May
	// be nil.
	Progress func(name string, done, total int64)
}

// errGone marks answers that another attempt at the same address cannot change.
var errGone = errors.New("not to be had")

// partState is what is known of a partial download, kept beside it.
type partState struct {
	URL, ETag string
	Size      int64
	MD5       string // as the server said
}

// Get downloads f to dir/f.Name, unless it is there and right already. What came
// before a cut is kept in dir/f.Name.part and continued, by the next call too.
func (c *Client) Get(ctx context.Context, f File, dir string) (fetched bool, err error) {
	path := filepath.Join(dir, f.Name)
	if there, err := right(path, f); there || err != nil {
		return false, err
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return false, err
	}
	var errs []error
	for _, url := range f.URLs {
		err := c.from(ctx, url, f, path)
		if err == nil {
			return true, nil
		}
		errs = append(errs, fmt.Errorf("%s: %w", url, err))
		if ctx.Err() != nil {
			break
		}
	}
	return false, fmt.Errorf("%s: %w", f.Name, errors.Join(errs...))
}

// right says whether a file is there and what it should be.
func right(path string, f File) (bool, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	if !info.Mode().IsRegular() {
		return false, fmt.Errorf("%s: there already, and not a file", path)
	}
	if f.Size > 0 && info.Size() != f.Size || info.Size() == 0 {
		return false, nil
	}
	if f.MD5 == "" {
		return true, nil // was checked before it got its name
	}
	sum, err := sumOf(path)
	return sum == f.MD5, err
}

func sumOf(path string) (string, error) {
	file, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer file.Close()
	h := md5.New()
	if _, err := io.Copy(h, file); err != nil {
		return "", err
	}
	return digest(h), nil
}

func digest(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }

// from downloads from one address, in as many attempts as it takes.
func (c *Client) from(ctx context.Context, url string, f File, path string) error {
	attempts, pause := c.Attempts, c.Pause
	if attempts <= 0 {
		attempts = 5
	}
	if pause <= 0 {
		pause = time.Second
	}
	for n := 1; ; n++ {
		err := c.attempt(ctx, url, f, path)
		if err == nil || errors.Is(err, errGone) || ctx.Err() != nil {
			return err
		}
		if n >= attempts {
			return fmt.Errorf("%d attempts, the last: %w", n, err)
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return ctx.Err()
		}
		pause *= 2
	}
}

// attempt asks once, for what is missing.
func (c *Client) attempt(ctx context.Context, url string, f File, path string) error {
	part, note := path+".part", path+".part.json"
	state, have := resumable(part, note, url)
	if have > 0 && have == state.Size { // all but the check was done
		return finish(f, state, part, note, path, have)
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stall := c.Stall
	if stall <= 0 {
		stall = time.Minute
	}
	alarm := time.AfterFunc(stall, func() { cancel(fmt.Errorf("nothing came for %v", stall)) })
	defer alarm.Stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	req.Header.Set("User-Agent", "cnnc")
	req.Header.Set("Accept-Encoding", "identity") // the file as it is
	if have > 0 {
		req.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
		if state.ETag != "" && !strings.HasPrefix(state.ETag, "W/") {
			req.Header.Set("If-Range", state.ETag)
		}
	}
	client := c.HTTP
	if client == nil {
		client = http.DefaultClient
	}
	resp, err := client.Do(req)
	if err != nil {
		return because(ctx, err)
	}
	defer resp.Body.Close()
	total, have, err := begin(resp, state, have, f)
	if err != nil {
		if errors.Is(err, errRestart) {
			os.Remove(part)
		}
		return err
	}
	if have == 0 {
		state = partState{URL: url, ETag: resp.Header.Get("ETag"), Size: total, MD5: serverSum(resp.Header)}
		if err := os.Remove(part); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("%w: %w", errGone, err)
		}
		text, err := json.Marshal(state)
		if err == nil {
			err = os.WriteFile(note, text, 0o666)
		}
		if err != nil {
			return fmt.Errorf("%w: %w", errGone, err)
		}
	}
	file, err := os.OpenFile(part, os.O_WRONLY|os.O_CREATE|os.O_APPEND, 0o666)
	if err != nil {
		return fmt.Errorf("%w: %w", errGone, err)
	}
	done, err := c.copy(file, resp.Body, f, have, total, func() { alarm.Reset(stall) })
	if err == nil {
		err = file.Sync()
	}
	if closeErr := file.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		if errors.Is(err, errGone) {
			os.Remove(part)
			os.Remove(note)
		}
		return because(ctx, err)
	}
	if total >= 0 && done < total {
		return fmt.Errorf("the connection was cut after %d of %d bytes", done, total)
	}
	return finish(f, state, part, note, path, done)
}

// because names the reason that a context was cancelled for.
func because(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); cause != nil && !errors.Is(cause, context.Canceled) {
		return cause
	}
	return err
}

// resumable is how much of the file is there from the same address.
func resumable(part, note, url string) (s partState, have int64) {
	text, err := os.ReadFile(note)
	if err != nil || json.Unmarshal(text, &s) != nil || s.URL != url {
		return partState{}, 0
	}
	info, err := os.Stat(part)
	if err != nil || !info.Mode().IsRegular() {
		return partState{}, 0
	}
	return s, info.Size()
}

// errRestart: what is there cannot be continued.
var errRestart = errors.New("the partial download does not belong to the file; beginning anew")

// begin looks at the answer's header: how long the whole file is, and how much
// of it is there already, 0 when the answer is all of it.
func begin(resp *http.Response, s partState, have int64, f File) (total, from int64, err error) {
	switch resp.StatusCode {
	case http.StatusOK:
		total, have = resp.ContentLength, 0
	case http.StatusPartialContent:
		var first, last int64
		if _, err := fmt.Sscanf(resp.Header.Get("Content-Range"), "bytes %d-%d/%d", &first, &last, &total); err != nil || first != have || last != total-1 || s.Size > 0 && total != s.Size {
			return 0, 0, errRestart
		}
	case http.StatusRequestedRangeNotSatisfiable:
		return 0, 0, errRestart
	case http.StatusRequestTimeout, http.StatusTooManyRequests:
		return 0, 0, fmt.Errorf("the server says %s", resp.Status)
	default:
		if resp.StatusCode >= 500 {
			return 0, 0, fmt.Errorf("the server says %s", resp.Status)
		}
		return 0, 0, fmt.Errorf("%w: the server says %s", errGone, resp.Status)
	}
	if t := resp.Header.Get("Content-Type"); strings.HasPrefix(t, "text/html") {
		return 0, 0, fmt.Errorf("%w: the server sent a web page instead of the file", errGone)
	}
	if f.Size > 0 && total >= 0 && total != f.Size {
		return 0, 0, fmt.Errorf("%w: the file is %d bytes there, want %d", errGone, total, f.Size)
	}
	if total < 0 && f.Size > 0 {
		total = f.Size
	}
	return total, have, nil
}

// serverSum is the MD5 sum that a Google Cloud bucket tells.
func serverSum(h http.Header) string {
	for _, v := range h.Values("X-Goog-Hash") {
		for _, sum := range strings.Split(v, ",") {
			if b64, ok := strings.CutPrefix(strings.TrimSpace(sum), "md5="); ok {
				if b, err := base64.StdEncoding.DecodeString(b64); err == nil && len(b) == md5.Size {
					return hex.EncodeToString(b)
				}
			}
		}
	}
	return ""
}

// maxUnknown is the longest file of unknown length: no drawings take as much.
const maxUnknown = 16 << 30

// copy appends what comes, and looks at how the file begins.
func (c *Client) copy(w io.Writer, r io.Reader, f File, done, total int64, alive func()) (int64, error) {
	limit := total
	if total < 0 {
		limit = maxUnknown
	}
	buf := make([]byte, 1<<16)
	first := done == 0
	for {
		n, err := io.ReadAtLeast(r, buf, 1)
		if first && n > 0 {
			first = false
			head := strings.ToLower(strings.TrimSpace(string(buf[:min(n, 64)])))
			switch {
			case strings.HasPrefix(head, "<!doctype") || strings.HasPrefix(head, "<html") || strings.HasPrefix(head, "<?xml"):
				return 0, fmt.Errorf("%w: the server sent a web page instead of the file", errGone)
			case n >= len(f.Magic) && string(buf[:len(f.Magic)]) != f.Magic:
				return 0, fmt.Errorf("%w: the file begins with %q, want %q", errGone, buf[:len(f.Magic)], f.Magic)
			}
		}
		if done+int64(n) > limit {
			return done, fmt.Errorf("%w: more than %d bytes come", errGone, limit)
		}
		if _, err := w.Write(buf[:n]); err != nil {
			return done, fmt.Errorf("%w: %w", errGone, err)
		}
		done += int64(n)
		alive()
		if c.Progress != nil {
			c.Progress(f.Name, done, total)
		}
		if err == io.EOF {
			return done, nil
		}
		if err != nil {
			return done, fmt.Errorf("the connection was cut after %s bytes: %w", strconv.FormatInt(done, 10), err)
		}
	}
}

// finish checks the whole file and gives it its name.
func finish(f File, s partState, part, note, path string, size int64) error {
	want, who := f.MD5, "the known one is"
	if want == "" {
		want, who = s.MD5, "the server's is"
	}
	sum, err := sumOf(part)
	switch {
	case err != nil:
		return fmt.Errorf("%w: %w", errGone, err)
	case size == 0:
		err = fmt.Errorf("%w: the file is empty", errGone)
	case want != "" && sum != want:
		err = fmt.Errorf("%w: the checksum is %s, %s %s: another file, or damaged on the way", errGone, sum, who, want)
	}
	if err == nil {
		if err = os.Rename(part, path); err != nil {
			return fmt.Errorf("%w: %w", errGone, err)
		}
	} else {
		os.Remove(part)
	}
	os.Remove(note)
	return err
}
