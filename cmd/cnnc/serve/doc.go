// Package serve answers predictions over HTTP, in the manner of TensorFlow
// Serving's REST interface, and shows a page to draw on.
//
//	GET  /                          the page
//	GET  /v1/models/NAME            version and state
//	GET  /v1/models/NAME/metadata   shapes, classes or columns
//	POST /v1/models/NAME:predict    scores
//	GET  /healthz, /readyz          this process, and the one that computes
//
// A Child is the network's program behind a pipe (package runtime/wire): it is
// started again when it dies. A Server owns the limits: of a body, of the time of
// a request, of the requests at a time. The page is one file with its script in it;
// the same file works from any static server, with the network as WebAssembly.
//
// It imports runtime/wire and cmd/cnnc/page, and belongs to the command: no trained
// program links it.
package serve
