package serve

import (
	"context"
	"log/slog"
	"net/http"
	"time"
)

// info is what handlers add to the line about a request.
type info struct{ instances int }

type infoKey struct{}

func infoOf(r *http.Request) *info {
	i, _ := r.Context().Value(infoKey{}).(*info)
	return i
}

// logged writes a line about every request.
func logged(log *slog.Logger, h http.Handler) http.Handler {
	if log == nil {
		return h
	}
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		begin, i, out := time.Now(), &info{}, &recorder{ResponseWriter: w, status: http.StatusOK}
		h.ServeHTTP(out, r.WithContext(context.WithValue(r.Context(), infoKey{}, i)))
		attrs := []any{
			"method", clip(r.Method), "path", clip(r.URL.Path), "status", out.status, "bytes", out.bytes,
			"ms", float64(time.Since(begin).Microseconds()) / 1000, "remote", r.RemoteAddr,
		}
		if i.instances > 0 {
			attrs = append(attrs, "instances", i.instances)
		}
		log.Info("request", attrs...)
	})
}

// recorder notes status and length of an answer.
type recorder struct {
	http.ResponseWriter
	status int
	bytes  int64
}

func (r *recorder) WriteHeader(code int) {
	r.status = code
	r.ResponseWriter.WriteHeader(code)
}

func (r *recorder) Write(b []byte) (int, error) {
	n, err := r.ResponseWriter.Write(b)
	r.bytes += int64(n)
	return n, err
}

// Unwrap lets http.ResponseController reach the writer beneath.
func (r *recorder) Unwrap() http.ResponseWriter { return r.ResponseWriter }
