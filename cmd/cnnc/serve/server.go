package serve

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"time"

	"github.com/cnnc/cnnc/runtime/wire"
)

// Predictor computes answers. It is a Child; its methods may be called
// concurrently.
type Predictor interface {
	Model() wire.Model
	Ready() bool
	Ask(ctx context.Context, examples []Example, seen bool) ([]Answer, error)
}

// Limits bound what requests may take. Those that are 0 are DefaultLimits.
type Limits struct {
	// Body is the longest body, in bytes.
	Body int64
	// Requests is the most predictions at a time; more are told to come back.
	Requests int
	// Time is what a prediction may take, reading its body not included.
	Time time.Duration
}

// DefaultLimits are those of fields that are 0.
var DefaultLimits = Limits{Body: 16 << 20, Requests: 32, Time: 30 * time.Second}

// Time limits that do not depend on the network.
const (
	headerTime   = 10 * time.Second
	bodyTime     = 30 * time.Second
	idleTime     = 2 * time.Minute
	shutdownTime = 10 * time.Second
	headerBytes  = 64 << 10
)

// Server is the HTTP side of a network.
type Server struct {
	Predictor Predictor
	Limits    Limits
	// Page is the page at /, nil for none; see Page.
	Page []byte
	// Log is told of every request; nil for nobody.
	Log *slog.Logger
	// Loopback: the server is reached by names of this machine only. Requests with
	// other Host headers come from pages that had their name resolve to it.
	Loopback bool

	slots chan struct{}
}

// Serve answers requests that come to l until ctx ends; those under way then have
// ten seconds to finish.
func (s *Server) Serve(ctx context.Context, l net.Listener) error {
	handler := s.Handler() // sets the limits
	h := &http.Server{
		Handler: handler, ReadHeaderTimeout: headerTime, ReadTimeout: bodyTime,
		WriteTimeout: bodyTime + s.Limits.Time + headerTime, IdleTimeout: idleTime, MaxHeaderBytes: headerBytes,
	}
	if s.Log != nil {
		h.ErrorLog = slog.NewLogLogger(s.Log.Handler(), slog.LevelWarn)
	}
	return Run(ctx, h, l)
}

// Run serves until ctx ends; requests under way then have ten seconds to finish.
func Run(ctx context.Context, h *http.Server, l net.Listener) error {
	failed := make(chan error, 1)
	go func() { failed <- h.Serve(l) }()
	select {
	case err := <-failed:
		return err
	case <-ctx.Done():
	}
	end, cancel := context.WithTimeout(context.WithoutCancel(ctx), shutdownTime)
	defer cancel()
	if err := h.Shutdown(end); err != nil {
		_ = h.Close()
		return fmt.Errorf("requests were still under way after %v and were cut off", shutdownTime)
	}
	return nil
}

// Handler is the handler of all requests. It sets the limits that are not set.
func (s *Server) Handler() http.Handler {
	if s.Limits.Body <= 0 {
		s.Limits.Body = DefaultLimits.Body
	}
	if s.Limits.Requests <= 0 {
		s.Limits.Requests = DefaultLimits.Requests
	}
	if s.Limits.Time <= 0 {
		s.Limits.Time = DefaultLimits.Time
	}
	s.slots = make(chan struct{}, s.Limits.Requests)
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", s.page)
	mux.HandleFunc("/healthz", only(http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
		writeJSON(w, http.StatusOK, map[string]string{"status": "ok"})
	}))
	mux.HandleFunc("/readyz", only(http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
		if !s.Predictor.Ready() {
			fail(w, http.StatusServiceUnavailable, "%v", ErrDown)
			return
		}
		writeJSON(w, http.StatusOK, map[string]string{"status": "ready"})
	}))
	mux.HandleFunc("/v1/models/{name}", s.model)
	mux.HandleFunc("/v1/models/{name}/metadata", s.metadata)
	mux.HandleFunc("/v1/models/{name}/versions/{version}", s.version)
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		name := s.Predictor.Model().Name
		fail(w, http.StatusNotFound, "nothing is at %s; there are /, /healthz, /readyz, /v1/models/%s, /v1/models/%s/metadata and /v1/models/%s:predict", clip(r.URL.Path), name, name, name)
	})
	var h http.Handler = mux
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		fail(w, http.StatusForbidden, "the request comes from a page of another origin (%s)", clip(r.Header.Get("Origin")))
	}))
	h = cross.Handler(h)
	if s.Loopback {
		h = OnlyLoopback(h)
	}
	return logged(s.Log, h)
}

// OnlyLoopback refuses requests whose Host is not a name of this machine for
// itself: a page elsewhere whose name was made to resolve to 127.0.0.1 cannot read
// the answers.
func OnlyLoopback(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if !IsLoopback(r.Host) {
			fail(w, http.StatusForbidden, "the Host header is %q; this server is reached as localhost, 127.0.0.1 or [::1] only", clip(r.Host))
			return
		}
		h.ServeHTTP(w, r)
	})
}

// IsLoopback reports whether a host, with or without a port, is this machine by its
// loopback address.
func IsLoopback(host string) bool {
	if name, _, err := net.SplitHostPort(host); err == nil {
		host = name
	}
	host = strings.ToLower(strings.Trim(host, "[]"))
	if ip := net.ParseIP(host); ip != nil {
		return ip.IsLoopback()
	}
	return host == "localhost" || strings.HasSuffix(host, ".localhost")
}

// only refuses methods other than one; HEAD goes with GET.
func only(method string, h http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if r.Method == method || method == http.MethodGet && r.Method == http.MethodHead {
			h(w, r)
			return
		}
		w.Header().Set("Allow", method)
		fail(w, http.StatusMethodNotAllowed, "%s is asked with %s, not with %s", clip(r.URL.Path), method, clip(r.Method))
	}
}

// model answers under /v1/models/NAME and /v1/models/NAME:VERB.
func (s *Server) model(w http.ResponseWriter, r *http.Request) {
	name, verb, isVerb := strings.Cut(r.PathValue("name"), ":")
	if !s.named(w, name) {
		return
	}
	if isVerb {
		s.verb(w, r, verb)
		return
	}
	only(http.MethodGet, s.status)(w, r)
}

// theVersion is the only one there is.
const theVersion = "1"

// version answers under /v1/models/NAME/versions/1 as without it.
func (s *Server) version(w http.ResponseWriter, r *http.Request) {
	version, verb, isVerb := strings.Cut(r.PathValue("version"), ":")
	if !s.named(w, r.PathValue("name")) {
		return
	}
	switch {
	case version != theVersion:
		fail(w, http.StatusNotFound, "no version %q; the only one is %s", clip(version), theVersion)
	case isVerb:
		s.verb(w, r, verb)
	default:
		only(http.MethodGet, s.status)(w, r)
	}
}

func (s *Server) verb(w http.ResponseWriter, r *http.Request, verb string) {
	if verb != "predict" {
		fail(w, http.StatusNotFound, "no verb %q; the only one is predict", clip(verb))
		return
	}
	only(http.MethodPost, s.predict)(w, r)
}

// named refuses names of other models.
func (s *Server) named(w http.ResponseWriter, name string) bool {
	if own := s.Predictor.Model().Name; name != own {
		fail(w, http.StatusNotFound, "no model %q; this server has %q", clip(name), own)
		return false
	}
	return true
}

func (s *Server) status(w http.ResponseWriter, _ *http.Request) {
	state, code, message := "AVAILABLE", "OK", ""
	if !s.Predictor.Ready() {
		state, code, message = "LOADING", "UNAVAILABLE", ErrDown.Error()
	}
	type status struct {
		Code    string `json:"error_code"`
		Message string `json:"error_message"`
	}
	type version struct {
		Version string `json:"version"`
		State   string `json:"state"`
		Status  status `json:"status"`
	}
	writeJSON(w, http.StatusOK, map[string][]version{"model_version_status": {{theVersion, state, status{code, message}}}})
}

// metadata tells what the network takes and gives.
func (s *Server) metadata(w http.ResponseWriter, r *http.Request) {
	if !s.named(w, r.PathValue("name")) {
		return
	}
	only(http.MethodGet, func(w http.ResponseWriter, _ *http.Request) {
		m := s.Predictor.Model()
		type spec struct {
			Name    string `json:"name"`
			Version string `json:"version"`
		}
		type details struct {
			wire.Model
			Preprocessing string `json:"preprocessing"`
		}
		writeJSON(w, http.StatusOK, struct {
			Spec     spec               `json:"model_spec"`
			Metadata map[string]details `json:"metadata"`
		}{spec{m.Name, theVersion}, map[string]details{"network": {m, preprocessing(&m)}}})
	})(w, r)
}

// preprocessing says what happens to an instance before the network gets it.
func preprocessing(m *wire.Model) string {
	if len(m.Columns) > 0 {
		return "rows are objects by the names of columns, or lists in their order; numbers are scaled and categories encoded as in training"
	}
	s := fmt.Sprintf("values are 0..255, %s, as nested lists [height][width][channels]; ", shape(m))
	if m.Channels == 1 {
		s += "picture files become luma"
	} else {
		s += "picture files become red, green, blue"
	}
	if m.Resize {
		s += " and are resized"
	} else {
		s += " and must have this size"
	}
	if m.Rescale != 0 && m.Rescale != 1 {
		s += fmt.Sprintf("; then values are multiplied by %.6g", m.Rescale)
	}
	return s
}

// writeJSON answers with a value.
func writeJSON(w http.ResponseWriter, code int, v any) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(v) // an error is the client's, who is gone
}

// fail answers with a sentence about what is wrong.
func fail(w http.ResponseWriter, code int, format string, args ...any) {
	writeJSON(w, code, map[string]string{"error": fmt.Sprintf(format, args...)})
}

// clip bounds what of a request is repeated in an answer.
func clip(s string) string {
	const most = 100
	if len(s) > most {
		s = strings.ToValidUTF8(s[:most], "") + "..."
	}
	return s
}
